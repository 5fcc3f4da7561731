//! Cells that a spreadsheet would run: an apostrophe before them makes them text, and goes off again
//! when the table comes back.

use std::borrow::Cow;

const MARK: char = '\'';

/// What formulas begin with in one spreadsheet or another, also in their wide forms.
const BEGINNINGS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A text as a cell that no spreadsheet runs.
pub(super) fn disarmed(text: &str) -> Cow<'_, str> {
    if is_formula(text.trim_start_matches(MARK)) {
        Cow::Owned(format!("{MARK}{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A text as a cell that holds nothing but text; only what would be taken for disarmed is.
pub(super) fn distinct(text: &str) -> Cow<'_, str> {
    if text.starts_with(MARK) { disarmed(text) } else { Cow::Borrowed(text) }
}

/// The text that a cell was written from.
pub(super) fn text_of(cell: &str) -> &str {
    match cell.strip_prefix(MARK) {
        Some(text) if is_formula(text.trim_start_matches(MARK)) => text,
        Some(_) | None => cell,
    }
}

fn is_formula(text: &str) -> bool {
    text.starts_with(BEGINNINGS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_and_none_is_run() {
        let texts =
            ["", "44", "=1+1", "+86 20", "-", "@x", "'=1", "''", "'t Hart", "＝1", "\t=1", "a=1"];
        for text in texts {
            let cell = disarmed(text);
            assert!(!is_formula(&cell), "{cell:?}");
            assert_eq!(text_of(&cell), text);
            assert_eq!(text_of(&distinct(text)), text);
        }
        assert_eq!(disarmed("'t Hart"), "'t Hart");
        assert_eq!(distinct("+86"), "+86");
    }
}
