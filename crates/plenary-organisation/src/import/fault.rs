//! What can be wrong with a table, in words that say what to do about it.

use plenary_model::limits::{
    CODE_CHARS_MAX, EMAIL_CHARS_MAX, IMPORT_FAULTS_LISTED_MAX, IMPORT_QUOTE_CHARS_MAX,
    PHONE_CHARS_MAX, ROLES_PER_PERSON_MAX, TABLE_COLUMNS_MAX, UNIT_DEPTH_MAX, UNITS_MAX,
};

use super::column::Column;

/// Why a table is no table of what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTable {
    /// There is nothing in it.
    #[error("the table is empty: its first row names the columns, each further one is an entry")]
    Empty,
    /// A column that must be there is not.
    #[error("no column is named \"{name}\": name one so in the first row, or 编码, 名称, 姓名, 上级编码, 单位编码", name = .0.name())]
    ColumnMissing(Column),
    /// Two columns mean the same.
    #[error("two columns mean \"{name}\": keep one of them", name = .0.name())]
    ColumnTwice(Column),
    /// It is wider than any table of this kind.
    #[error(
        "the table has more than {TABLE_COLUMNS_MAX} columns: delete those that are not needed"
    )]
    TooWide,
    /// It has more rows than an organisation has entries.
    #[error("the table has more than {0} rows: split the organisation or ask for a larger limit")]
    TooLong(usize),
}

impl BadTable {
    /// Stable name of the reason.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "table_empty",
            Self::ColumnMissing(_) => "column_missing",
            Self::ColumnTwice(_) => "column_twice",
            Self::TooWide => "table_too_wide",
            Self::TooLong(_) => "table_too_long",
        }
    }
}

/// What is wrong with a cell, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It must not be empty.
    #[error("fill in this cell: it must not be empty")]
    Missing,
    /// It is no code.
    #[error("use a code of at most {CODE_CHARS_MAX} visible characters without line breaks")]
    BadCode,
    /// Another row has the same code.
    #[error("row {0} has the same code: keep one of the two")]
    Duplicate(u32),
    /// It cannot be shown.
    #[error("use one line of at most {0} visible characters")]
    BadText(usize),
    /// There is no such unit, neither in the table nor known before.
    #[error("no unit has this code: correct it, or add the unit first")]
    UnknownUnit,
    /// The units above it form a circle.
    #[error("this unit would stand under itself: correct its parent or that of a unit above it")]
    Circle,
    /// It stands too deep.
    #[error("this unit stands on a level below {UNIT_DEPTH_MAX}: put it further up")]
    TooDeep,
    /// There are too many units.
    #[error("an organisation has at most {UNITS_MAX} units: leave this one out")]
    TooMany,
    /// It is no whole number.
    #[error("use a whole number")]
    BadNumber,
    /// It is no e-mail address.
    #[error(
        "use an address such as name@example.com of at most {EMAIL_CHARS_MAX} characters, or nothing"
    )]
    BadEmail,
    /// It is no telephone number.
    #[error("use digits with + - ( ) and spaces, at most {PHONE_CHARS_MAX} characters, or nothing")]
    BadPhone,
    /// There is no such role.
    #[error(
        "use administrator, steward, or steward:CODE of a unit, separated by semicolons (管理员, 联络员)"
    )]
    UnknownRole,
    /// There are too many.
    #[error("a person has at most {ROLES_PER_PERSON_MAX} roles")]
    TooManyRoles,
}

impl Trouble {
    /// Stable name, which the pages translate.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::BadCode => "bad_code",
            Self::Duplicate(_) => "duplicate",
            Self::BadText(_) => "bad_text",
            Self::UnknownUnit => "unknown_unit",
            Self::Circle => "circle",
            Self::TooDeep => "too_deep",
            Self::TooMany => "too_many",
            Self::BadNumber => "bad_number",
            Self::BadEmail => "bad_email",
            Self::BadPhone => "bad_phone",
            Self::UnknownRole => "unknown_role",
            Self::TooManyRoles => "too_many_roles",
        }
    }
}

/// A bad cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Number of its row as spreadsheets count: the first is 1.
    pub row: u32,
    /// Its column.
    pub column: Column,
    /// What is in it, cut to a readable length.
    pub value: String,
    /// What is wrong.
    pub trouble: Trouble,
}

/// All bad cells of a table, of which the first are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// In the order in which they were found.
    pub listed: Vec<Fault>,
    /// How many there are, the listed ones too.
    pub count: usize,
}

impl Faults {
    /// Takes note of a bad cell.
    pub fn add(&mut self, row: u32, column: Column, value: &str, trouble: Trouble) {
        self.count += 1;
        if self.listed.len() < IMPORT_FAULTS_LISTED_MAX {
            let value = value.chars().take(IMPORT_QUOTE_CHARS_MAX).collect();
            self.listed.push(Fault { row, column, value, trouble });
        }
    }

    /// Whether the table can be used.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }
}
