//! Why a file is no table that can be read, in words that say what to do.

use std::io;

use plenary_model::limits::{
    TABLE_BYTES_MAX, TABLE_CELL_BYTES, TABLE_COLUMNS_MAX, TABLE_FILE_BYTES_MAX,
    TABLE_ROW_BYTES_MAX, TABLE_ROWS_MAX,
};

const MIB: u64 = 1024 * 1024;

/// Why a file is no table.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is a folder, a pipe or something else that has no end.
    #[error("this is no file: name a file in CSV or XLSX")]
    NoFile,
    /// It is larger than any table.
    #[error("the file is larger than {} MiB: delete columns and sheets that are not needed", TABLE_FILE_BYTES_MAX / MIB)]
    FileTooLarge,
    /// It is no text, or in an encoding that is not known here.
    #[error(
        "the file is no text in UTF-8 or GB 18030, and no workbook: save it as XLSX or as CSV UTF-8"
    )]
    Encoding,
    /// A workbook of a kind that is not read.
    #[error("this is a workbook of Excel 97 to 2003: save it as XLSX")]
    OldWorkbook,
    /// A workbook that opens with a password only.
    #[error("the workbook is protected with a password: save it without one")]
    Protected,
    /// It does not read.
    #[error("the file is damaged ({0}): open it in a spreadsheet and save it anew as XLSX")]
    Damaged(String),
    /// A workbook that is small and unpacks to something large.
    #[error(
        "the workbook unpacks to more than any table of an organisation: copy the table into a new workbook and save that"
    )]
    Unpacks,
    /// It has more columns than any table of this kind.
    #[error("row {0} has more than {TABLE_COLUMNS_MAX} columns: delete those that are not needed")]
    TooWide(u32),
    /// A row is longer than any of an organisation.
    #[error(
        "row {0} is longer than {TABLE_ROW_BYTES_MAX} bytes: look there for a quotation mark that is never closed"
    )]
    RowTooLong(u32),
    /// It holds more than any organisation has.
    #[error("the table is too large: it may have {TABLE_ROWS_MAX} rows and {} MiB, with {TABLE_CELL_BYTES} bytes for each cell", TABLE_BYTES_MAX as u64 / MIB)]
    TooLarge,
    /// What a formula in a cell came to is an error.
    #[error("cell {cell} shows {error}: correct its formula, or write what it should be")]
    CellError {
        /// The cell as spreadsheets name it.
        cell: String,
        /// What the spreadsheet shows there.
        error: String,
    },
    /// A number from which the spreadsheet has taken digits.
    #[error(
        "cell {0} holds a number of more than 15 digits, which spreadsheets round: format the column as text and type it again"
    )]
    Rounded(String),
    /// The system does not give its bytes.
    #[error("the file cannot be read: {0}")]
    File(#[from] io::Error),
    /// Nobody takes the rows any more.
    #[error("nobody waits for the table any more")]
    Unwanted(#[source] io::Error),
}

impl Unreadable {
    /// Stable name of the reason, which the pages translate.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoFile => "no_file",
            Self::FileTooLarge => "file_too_large",
            Self::Encoding => "encoding",
            Self::OldWorkbook => "old_workbook",
            Self::Protected => "protected",
            Self::Damaged(_) => "damaged",
            Self::Unpacks => "unpacks",
            Self::TooWide(_) => "table_too_wide",
            Self::RowTooLong(_) => "row_too_long",
            Self::TooLarge => "table_too_large",
            Self::CellError { .. } => "cell_error",
            Self::Rounded(_) => "rounded",
            Self::File(_) => "file",
            Self::Unwanted(_) => "unwanted",
        }
    }
}
