//! A table as it came out of a file, and where its columns are.

use plenary_model::limits::TABLE_COLUMNS_MAX;

use super::column::Column;
use super::fault::BadTable;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number as spreadsheets count: the first is 1.
    pub number: u32,
    /// Its cells from the left.
    pub cells: Vec<Box<str>>,
}

impl Row {
    /// A cell without the spaces round it; empty where the row ends before it.
    pub fn cell(&self, place: Option<usize>) -> &str {
        place.and_then(|place| self.cells.get(place)).map_or("", |cell| cell.trim())
    }

    /// Whether nothing is in it; such rows are left out.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

/// A table; its first row names the columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// All rows in order.
    pub rows: Vec<Row>,
}

impl Table {
    /// Finds these columns; gives their places in the same order, and the entries.
    ///
    /// # Errors
    /// [`BadTable`].
    pub fn columns<const N: usize>(
        &self,
        wanted: &[(Column, bool); N],
        rows_max: usize,
    ) -> Result<([Option<usize>; N], impl Iterator<Item = &Row>), BadTable> {
        let mut rows = self.rows.iter().filter(|row| !row.is_blank());
        let head = rows.next().ok_or(BadTable::Empty)?;
        if self.rows.iter().any(|row| TABLE_COLUMNS_MAX < row.cells.len()) {
            return Err(BadTable::TooWide);
        }
        if rows_max < self.rows.len() {
            return Err(BadTable::TooLong(rows_max));
        }
        let mut places = [None; N];
        for (place, (column, needed)) in places.iter_mut().zip(wanted) {
            let mut named = head.cells.iter().enumerate().filter(|(_, cell)| column.is_named(cell));
            *place = named.next().map(|(index, _)| index);
            if named.next().is_some() {
                return Err(BadTable::ColumnTwice(*column));
            }
            if *needed && place.is_none() {
                return Err(BadTable::ColumnMissing(*column));
            }
        }
        Ok((places, rows))
    }
}
