//! `plenary table-worker`: reads a table from the file on standard input and says it on standard
//! output, in a cage; a bad file ends this process and nothing else.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::{AsFd, OwnedFd};

use plenary_model::limits::TABLE_FILE_BYTES_MAX;

use super::cage;
use super::line::{Fault, Line};
use super::{Unreadable, read};

/// Reads one table and ends.
///
/// # Errors
/// The cage cannot be closed, or nobody listens.
pub fn run() -> io::Result<()> {
    cage::close()?;
    let file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let out: OwnedFd = io::stdout().as_fd().try_clone_to_owned()?;
    let mut out = BufWriter::with_capacity(64 * 1024, File::from(out));
    let last = match say_rows(&file, &mut out) {
        Ok(end) => Line::End { end },
        Err(Unreadable::Unwanted(error)) => return Err(error),
        Err(unreadable) => Line::Fault { fault: Fault::from(&unreadable) },
    };
    say(&mut out, &last)?;
    out.flush()
}

fn say_rows(file: &File, out: &mut impl Write) -> Result<u32, Unreadable> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(Unreadable::NoFile);
    }
    if TABLE_FILE_BYTES_MAX < metadata.len() {
        return Err(Unreadable::FileTooLarge);
    }
    let mut rows = 0;
    read(file, &mut |row| {
        rows += 1;
        say(out, &Line::from(&row)).map_err(Unreadable::Unwanted)
    })?;
    Ok(rows)
}

fn say(out: &mut impl Write, line: &Line<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}
