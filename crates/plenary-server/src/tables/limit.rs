//! How much a table may hold, whatever its file says about itself.

use plenary_model::limits::{
    TABLE_BYTES_MAX, TABLE_CELL_BYTES, TABLE_COLUMNS_MAX, TABLE_ROW_BYTES_MAX, TABLE_ROWS_MAX,
};
use plenary_organisation::import::Row;

use super::Unreadable;

/// What a table holds so far.
#[derive(Debug, Default)]
pub(super) struct Limit {
    rows: usize,
    bytes: usize,
}

impl Limit {
    /// Counts a row.
    pub fn count(&mut self, row: &Row) -> Result<(), Unreadable> {
        let bytes: usize = row.cells.iter().map(|cell| cell.len()).sum();
        self.rows += 1;
        self.bytes += bytes + row.cells.len() * TABLE_CELL_BYTES;
        if TABLE_COLUMNS_MAX < row.cells.len() {
            return Err(Unreadable::TooWide(row.number));
        }
        if TABLE_ROW_BYTES_MAX < bytes {
            return Err(Unreadable::RowTooLong(row.number));
        }
        if TABLE_ROWS_MAX < self.rows || TABLE_BYTES_MAX < self.bytes {
            return Err(Unreadable::TooLarge);
        }
        Ok(())
    }
}

/// The row up to its last cell that has something in it: spreadsheets write empty ones behind.
pub(super) fn without_blank_ends(mut row: Row) -> Row {
    let filled = row.cells.iter().rposition(|cell| !cell.is_empty());
    row.cells.truncate(filled.map_or(0, |last| last + 1));
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: usize, text: &str) -> Row {
        Row { number: 7, cells: vec![text.into(); cells] }
    }

    #[test]
    fn a_table_ends_at_its_limits() {
        let mut limit = Limit::default();
        limit.count(&row(TABLE_COLUMNS_MAX, "x")).unwrap();
        let said = |row| Limit::default().count(&row).unwrap_err().code();
        assert_eq!(said(row(TABLE_COLUMNS_MAX + 1, "x")), "table_too_wide");
        assert_eq!(said(row(2, &"x".repeat(TABLE_ROW_BYTES_MAX / 2 + 1))), "row_too_long");
        let large = row(1, &"x".repeat(TABLE_ROW_BYTES_MAX));
        let taken = (0..TABLE_ROWS_MAX).take_while(|_| limit.count(&large).is_ok()).count();
        assert_eq!(taken, TABLE_BYTES_MAX / (TABLE_ROW_BYTES_MAX + TABLE_CELL_BYTES));
    }

    #[test]
    fn empty_cells_at_the_end_of_a_row_do_not_count() {
        let cells = ["a", "", "b", "", ""].map(Into::into).to_vec();
        let whole = without_blank_ends(Row { number: 1, cells });
        assert_eq!(whole.cells.iter().map(|cell| &**cell).collect::<Vec<_>>(), ["a", "", "b"]);
    }
}
