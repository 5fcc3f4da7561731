//! What a workbook's archive unpacks to, before anything of it is believed.

use std::io::{self, Read, Seek};

use plenary_model::limits::{TABLE_PARTS_MAX, TABLE_UNPACKED_BYTES_MAX};
use zip::ZipArchive;
use zip::result::ZipError;

use super::Unreadable;

/// Adds up what the parts say of themselves, then unpacks each once to see that it is true; keeps nothing.
pub(super) fn check(file: impl Read + Seek) -> Result<(), Unreadable> {
    let mut archive = ZipArchive::new(file).map_err(damaged)?;
    if TABLE_PARTS_MAX < archive.len() || archive.has_overlapping_files().map_err(damaged)? {
        return Err(Unreadable::Unpacks);
    }
    let mut all: u64 = 0;
    for part in 0..archive.len() {
        all = all.saturating_add(archive.by_index_raw(part).map_err(damaged)?.size());
    }
    if TABLE_UNPACKED_BYTES_MAX < all {
        return Err(Unreadable::Unpacks);
    }
    for part in 0..archive.len() {
        let part = archive.by_index(part).map_err(damaged)?;
        let said = part.size();
        let bytes = io::copy(&mut part.take(said + 1), &mut io::sink());
        if said < bytes.map_err(|error| Unreadable::Damaged(error.to_string()))? {
            return Err(Unreadable::Unpacks);
        }
    }
    Ok(())
}

fn damaged(error: ZipError) -> Unreadable {
    Unreadable::Damaged(error.to_string())
}
