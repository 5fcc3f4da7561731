//! The server's side of `plenary table-worker`: starts it on a file, follows what it says, and ends it
//! when it says too much, takes too long, or nobody waits any more.

use std::fs::File;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use plenary_model::limits::{
    TABLE_FILE_BYTES_MAX, TABLE_LINE_BYTES_MAX, TABLE_READING_S_MAX, TABLE_WORKER_MEMORY_MAX,
};
use plenary_organisation::import::{Row, Table};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{ChildStdout, Command};
use tokio::sync::watch;

use super::Unreadable;
use super::limit::Limit;
use super::line::{Fault, Line};

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file is none; the sentence says what to do about it.
    #[error("{detail}")]
    Unreadable {
        /// Stable name of the reason.
        code: String,
        /// What to do.
        detail: String,
    },
    /// The process ran out of memory.
    #[error("reading the table takes more than {} MiB of memory: copy the table alone into a new file", TABLE_WORKER_MEMORY_MAX / (1024 * 1024))]
    Memory,
    /// The process ran out of time.
    #[error("reading the table takes too long: copy the table alone into a new file")]
    Time,
    /// The process died of the file.
    #[error("the file is damaged: open it in a spreadsheet and save it anew as XLSX")]
    Died,
    /// The system starts no process.
    #[error("the reader of tables cannot be started")]
    Start(#[source] io::Error),
    /// What the process says is not understood.
    #[error("the reader of tables failed")]
    Said(#[source] io::Error),
}

impl ReadError {
    /// Stable name of the reason, which the pages translate.
    pub fn code(&self) -> &str {
        match self {
            Self::Unreadable { code, .. } => code,
            Self::Memory => "table_memory",
            Self::Time => "table_time",
            Self::Died => "damaged",
            Self::Start(_) | Self::Said(_) => "table_reader",
        }
    }
}

impl From<Unreadable> for ReadError {
    fn from(unreadable: Unreadable) -> Self {
        Fault::from(&unreadable).into()
    }
}

impl From<Fault> for ReadError {
    fn from(Fault { code, detail }: Fault) -> Self {
        Self::Unreadable { code, detail }
    }
}

/// Reads the table in a file with `program table-worker`; `rows` shows how many there are so far.
/// Dropping the future ends the process.
///
/// # Errors
/// [`ReadError`].
pub async fn read(
    program: &Path,
    file: File,
    rows: &watch::Sender<u32>,
) -> Result<Table, ReadError> {
    let metadata = file.metadata().map_err(Unreadable::File)?;
    if !metadata.is_file() {
        return Err(Unreadable::NoFile.into());
    }
    if TABLE_FILE_BYTES_MAX < metadata.len() {
        return Err(Unreadable::FileTooLarge.into());
    }
    let mut child = Command::new(program)
        .arg0("plenary")
        .arg("table-worker")
        .env_clear()
        .stdin(Stdio::from(file))
        .stdout(Stdio::piped())
        // What a library says in its panic may be somebody's name.
        .stderr(Stdio::null())
        // Ctrl-C is for the server.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(ReadError::Start)?;
    let Some(said) = child.stdout.take() else {
        return Err(ReadError::Start(io::Error::other("it has no standard output")));
    };
    let following = async {
        let table = follow(said, rows).await?;
        match table {
            Some(table) => Ok(table),
            None => Err(died_of(child.wait().await.map_err(ReadError::Said)?)),
        }
    };
    let most = Duration::from_secs(TABLE_READING_S_MAX);
    tokio::time::timeout(most, following).await.unwrap_or(Err(ReadError::Time))
}

/// The table as the process says it; nothing when it ends before its last line.
async fn follow(said: ChildStdout, rows: &watch::Sender<u32>) -> Result<Option<Table>, ReadError> {
    let mut said = BufReader::with_capacity(64 * 1024, said);
    let mut text = Vec::new();
    let mut table = Table::default();
    // It reads what strangers wrote, so its word is not taken for it.
    let mut limit = Limit::default();
    loop {
        text.clear();
        let most = TABLE_LINE_BYTES_MAX as u64;
        let read = (&mut said).take(most).read_until(b'\n', &mut text).await;
        read.map_err(ReadError::Said)?;
        if text.last() != Some(&b'\n') {
            let whole = text.len() < TABLE_LINE_BYTES_MAX;
            return if whole { Ok(None) } else { Err(unexpected("its line is too long")) };
        }
        match serde_json::from_slice(&text).map_err(|_| unexpected("its line is none of ours"))? {
            Line::Row { row, cells } => {
                let row = Row { number: row, cells: cells.into_owned() };
                limit.count(&row)?;
                table.rows.push(row);
                rows.send_replace(u32::try_from(table.rows.len()).unwrap_or(u32::MAX));
            }
            Line::End { end } if end as usize == table.rows.len() => return Ok(Some(table)),
            Line::End { .. } => return Err(unexpected("it has not said all rows")),
            Line::Fault { fault } => return Err(fault.into()),
        }
    }
}

fn unexpected(what: &'static str) -> ReadError {
    ReadError::Said(io::Error::new(io::ErrorKind::InvalidData, what))
}

fn died_of(status: ExitStatus) -> ReadError {
    match status.signal() {
        // Out of memory it aborts; the system kills what it needs memory of.
        Some(libc::SIGABRT | libc::SIGKILL) => ReadError::Memory,
        Some(libc::SIGXCPU) => ReadError::Time,
        Some(_) | None => ReadError::Died,
    }
}
