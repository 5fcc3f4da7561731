//! `plenary import`: the import desk for somebody at a terminal.

use std::fmt;
use std::fs::File;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use plenary_store::Store;
use serde::Serialize;
use tokio::sync::watch;

use super::{Kind, Missing, Preview, Side, Subject, read};
use crate::clock::wall_now;

/// How often the rows so far are shown.
const SHOW_EVERY: Duration = Duration::from_millis(200);
/// Changes of each kind, and bad cells, that the report has lines for.
const LINES_MAX: usize = 5;

/// What to import.
#[derive(Debug)]
pub struct Order {
    /// What the table is about.
    pub subject: Subject,
    /// The table.
    pub file: PathBuf,
    /// The data folder.
    pub data: PathBuf,
    /// What to do with those whom the table does not have; nothing looks only.
    pub apply: Option<Missing>,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What the table changes.
    #[serde(flatten)]
    pub preview: Preview,
    /// Units or people written; nothing when it was a preview or cells are bad.
    pub written: Option<usize>,
    /// How long it took.
    pub seconds: f64,
    /// Most memory of this process, in MiB.
    pub memory_mib: u64,
    /// Most memory of the process that read the table, in MiB.
    pub reader_memory_mib: u64,
}

/// Imports a table.
///
/// # Errors
/// The file is no table, or the data folder cannot be used.
pub async fn import(order: Order) -> anyhow::Result<Report> {
    let started = Instant::now();
    let path = &order.file;
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let store = match order.apply {
        Some(_) => Store::open(&order.data).await?,
        None => Store::open_to_read(&order.data).await?,
    };
    let (rows, seen) = watch::channel(0);
    let showing = tokio::spawn(show(seen));
    let program = Path::new("/proc/self/exe");
    let draft = read((program, &store), order.subject, file, &rows).await;
    drop(rows);
    showing.await?;
    let draft = draft.with_context(|| path.display().to_string())?;
    let preview = draft.preview().clone();
    let written = match order.apply {
        Some(missing) if preview.faults.count == 0 => {
            Some(draft.apply(&store, missing, wall_now()).await?.written)
        }
        Some(_) | None => None,
    };
    store.close().await;
    Ok(Report {
        preview,
        written,
        seconds: started.elapsed().as_secs_f64(),
        memory_mib: peak_mib(libc::RUSAGE_SELF),
        reader_memory_mib: peak_mib(libc::RUSAGE_CHILDREN),
    })
}

/// Shows how many rows there are so far, on a terminal.
async fn show(mut rows: watch::Receiver<u32>) {
    if !std::io::stderr().is_terminal() {
        return;
    }
    while rows.changed().await.is_ok() {
        let count = *rows.borrow_and_update();
        // A terminal that is gone needs no progress.
        let _ = write!(std::io::stderr(), "\r{count} rows");
        tokio::time::sleep(SHOW_EVERY).await;
    }
    let _ = write!(std::io::stderr(), "\r\x1b[K");
}

/// Most memory that this process, or one that it started, has had at once.
fn peak_mib(whose: libc::c_int) -> u64 {
    // SAFETY: all of it is numbers, for which zero is fine.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: `usage` is valid for the call to fill.
    if unsafe { libc::getrusage(whose, &mut usage) } != 0 {
        return 0;
    }
    u64::try_from(usage.ru_maxrss).unwrap_or_default() / 1024
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Preview { subject, rows, counts, faults, shown, .. } = &self.preview;
        let what = match subject {
            Subject::Units => "units",
            Subject::People => "people",
        };
        writeln!(f, "{rows} {what} in the table")?;
        let counted = [
            (Kind::New, "new", counts.new),
            (Kind::Renamed, "renamed", counts.renamed),
            (Kind::Moved, "moved", counts.moved),
            (Kind::Changed, "changed", counts.changed),
            (Kind::Reopened, "reopened", counts.reopened),
            (Kind::Missing, "missing in the table", counts.missing),
        ];
        for (kind, name, count) in counted.into_iter().filter(|(_, _, count)| 0 < *count) {
            writeln!(f, "  {count} {name}")?;
            for one in shown.iter().filter(|one| one.kind == kind).take(LINES_MAX) {
                let (before, after) = (said(one.before.as_ref()), said(one.after.as_ref()));
                writeln!(f, "    {}  {before}{}{after}", one.code, arrow(&before, &after))?;
            }
        }
        writeln!(f, "  {} unchanged", counts.unchanged)?;
        for bad in faults.listed.iter().take(LINES_MAX) {
            let (column, value) = (bad.column.name(), &bad.value);
            writeln!(f, "Row {}, {column} {value:?}: {}", bad.row, bad.what_to_do)?;
        }
        if LINES_MAX < faults.count {
            writeln!(f, "… and {} more bad cells", faults.count - LINES_MAX)?;
        }
        match self.written {
            Some(written) => writeln!(f, "{written} written in {:.1} s", self.seconds),
            None => writeln!(f, "Nothing was written."),
        }
    }
}

fn said(side: Option<&Side>) -> String {
    let Some(Side { name, unit_name, .. }) = side else { return String::new() };
    unit_name.as_ref().map_or_else(|| name.clone(), |unit| format!("{name} ({unit})"))
}

const fn arrow(before: &str, after: &str) -> &'static str {
    if before.is_empty() || after.is_empty() { "" } else { " → " }
}
