//! Tables that people upload and download: read in a process of their own, because files of strangers
//! are no friends; written so that no spreadsheet runs what is in a cell.

mod archive;
mod cage;
pub mod child;
mod csv_file;
mod formula;
mod limit;
mod line;
mod unreadable;
pub mod worker;
pub mod write;
mod xlsx_file;

use std::io::{Read, Seek};

use plenary_organisation::import::Row;

use limit::Limit;
pub use unreadable::Unreadable;

/// How every zip archive begins, and so every workbook.
const ZIP: &[u8] = b"PK\x03\x04";
/// How workbooks of the time before 2007 begin, and those with a password (Compound File Binary).
const COMPOUND: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];
/// A stream of this name in a compound file holds a workbook with a password (MS-OFFCRYPTO 2.3.4.4).
const PROTECTED: &str = "EncryptedPackage";

/// Takes the rows of a table one after the other.
pub type Taker<'a> = dyn FnMut(Row) -> Result<(), Unreadable> + 'a;

/// Reads a table from a file, by what it begins with, and hands over its rows in order.
///
/// # Errors
/// [`Unreadable`]; the rows before are worth nothing then.
pub fn read(mut file: impl Read + Seek, take: &mut Taker<'_>) -> Result<(), Unreadable> {
    let mut head = Vec::new();
    file.rewind().and_then(|()| file.by_ref().take(4).read_to_end(&mut head))?;
    file.rewind()?;
    let mut limit = Limit::default();
    let mut take = |row: Row| {
        let row = limit::without_blank_ends(row);
        limit.count(&row)?;
        take(row)
    };
    match head.as_slice() {
        ZIP => xlsx_file::read(file, &mut take),
        COMPOUND => Err(compound(file)),
        _ => csv_file::read(file, &mut take),
    }
}

fn compound(mut file: impl Read) -> Unreadable {
    let mut bytes = Vec::new();
    if let Err(error) = file.read_to_end(&mut bytes) {
        return error.into();
    }
    let name: Vec<u8> = PROTECTED.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let protected = bytes.windows(name.len()).any(|window| window == name);
    if protected { Unreadable::Protected } else { Unreadable::OldWorkbook }
}
