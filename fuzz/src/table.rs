//! Tables that people upload: text files and workbooks.

use std::io::Cursor;

use plenary_model::limits::{TABLE_COLUMNS_MAX, TABLE_ROW_BYTES_MAX};
use plenary_server::tables;

/// A file as a table; every row of it keeps to its limits.
pub fn table_file(data: &[u8]) {
    let read = tables::read(Cursor::new(data), &mut |row| {
        let bytes: usize = row.cells.iter().map(|cell| cell.len()).sum();
        assert!(row.cells.len() <= TABLE_COLUMNS_MAX, "a row keeps to its columns");
        assert!(bytes <= TABLE_ROW_BYTES_MAX, "a row keeps to its length");
        assert!(0 < row.number, "spreadsheets count from one");
        Ok(())
    });
    if let Err(unreadable) = read {
        assert!(!unreadable.to_string().is_empty(), "a refusal says why");
    }
}
