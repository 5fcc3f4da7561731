//! Cells as values: each reader notes what is wrong with its cell, and goes on.

use std::str::FromStr;

use plenary_model::limits::{EMAIL_CHARS_MAX, PHONE_CHARS_MAX};
use plenary_model::text::clean_line;
use plenary_model::unit::BadCode;

use super::column::Column;
use super::fault::{Faults, Trouble};

/// One cell.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'a> {
    /// Number of its row.
    pub row: u32,
    /// Its column.
    pub column: Column,
    /// What is in it, without the spaces round it.
    pub text: &'a str,
}

impl Cell<'_> {
    /// A code; a cell that must not be empty.
    pub fn code<C: FromStr<Err = BadCode>>(self, faults: &mut Faults) -> Option<C> {
        if self.text.is_empty() {
            return self.refuse(faults, Trouble::Missing);
        }
        match self.text.parse() {
            Ok(code) => Some(code),
            Err(BadCode::Empty | BadCode::TooLong | BadCode::Hidden) => {
                self.refuse(faults, Trouble::BadCode)
            }
        }
    }

    /// A code, or nothing.
    pub fn code_if_any<C: FromStr<Err = BadCode>>(self, faults: &mut Faults) -> Option<Option<C>> {
        if self.text.is_empty() { Some(None) } else { self.code(faults).map(Some) }
    }

    /// A line to show, of at most so many characters; a cell that must not be empty. Line breaks within
    /// a cell become spaces, hidden characters go.
    pub fn line(self, chars_max: usize, faults: &mut Faults) -> Option<Box<str>> {
        let line = self.line_if_any(chars_max, faults)?;
        if line.is_empty() { self.refuse(faults, Trouble::Missing) } else { Some(line) }
    }

    /// The same; the cell may be empty.
    pub fn line_if_any(self, chars_max: usize, faults: &mut Faults) -> Option<Box<str>> {
        let line = clean_line(self.text);
        if chars_max < line.chars().count() || self.text.contains('\0') {
            return self.refuse(faults, Trouble::BadText(chars_max));
        }
        Some(line.into())
    }

    /// A whole number; nothing is zero.
    pub fn number(self, faults: &mut Faults) -> Option<i32> {
        if self.text.is_empty() {
            return Some(0);
        }
        match self.text.parse() {
            Ok(number) => Some(number),
            Err(_) => self.refuse(faults, Trouble::BadNumber),
        }
    }

    /// An e-mail address, or nothing.
    pub fn email(self, faults: &mut Faults) -> Option<Option<Box<str>>> {
        if self.text.is_empty() {
            return Some(None);
        }
        let visible = self.text.chars().all(|c| !c.is_whitespace() && !c.is_control());
        let parts = self.text.rsplit_once('@');
        let whole = parts.is_some_and(|(who, host)| {
            !who.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.')
        });
        let fits = self.text.chars().count() <= EMAIL_CHARS_MAX;
        if visible && whole && fits && clean_line(self.text) == self.text {
            Some(Some(self.text.into()))
        } else {
            self.refuse(faults, Trouble::BadEmail)
        }
    }

    /// A telephone number, or nothing.
    pub fn phone(self, faults: &mut Faults) -> Option<Option<Box<str>>> {
        if self.text.is_empty() {
            return Some(None);
        }
        let known = |c: char| c.is_ascii_digit() || "+-() .,#*;".contains(c);
        let dials =
            self.text.chars().all(known) && self.text.contains(|c: char| c.is_ascii_digit());
        if dials && self.text.len() <= PHONE_CHARS_MAX {
            Some(Some(self.text.into()))
        } else {
            self.refuse(faults, Trouble::BadPhone)
        }
    }

    /// Notes what is wrong.
    pub fn refuse<T>(self, faults: &mut Faults, trouble: Trouble) -> Option<T> {
        faults.add(self.row, self.column, self.text, trouble);
        None
    }
}
