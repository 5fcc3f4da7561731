//! What the reader of tables says, a line of JSON each time.

use std::borrow::Cow;

use plenary_organisation::import::Row;
use serde::{Deserialize, Serialize};

use super::Unreadable;

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Line<'a> {
    /// A row.
    Row {
        /// Its number.
        row: u32,
        /// Its cells.
        cells: Cow<'a, [Box<str>]>,
    },
    /// The table is whole.
    End {
        /// How many rows it has.
        end: u32,
    },
    /// The file is no table.
    Fault {
        /// Why.
        fault: Fault,
    },
}

/// Why a file is no table.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Fault {
    /// Stable name of the reason.
    pub code: String,
    /// A sentence that says what to do.
    pub detail: String,
}

impl<'a> From<&'a Row> for Line<'a> {
    fn from(row: &'a Row) -> Self {
        Self::Row { row: row.number, cells: Cow::Borrowed(&row.cells) }
    }
}

impl From<&Unreadable> for Fault {
    fn from(unreadable: &Unreadable) -> Self {
        Self { code: unreadable.code().to_owned(), detail: unreadable.to_string() }
    }
}
