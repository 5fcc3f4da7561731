//! Tables in workbooks (Office Open XML).

use std::io::{BufReader, Read, Seek};

use calamine::{DataRef, ExcelDateTime, Reader as _, Xlsx, XlsxError};
use plenary_model::limits::TABLE_COLUMNS_MAX;
use plenary_organisation::import::Row;

use super::{Taker, Unreadable, archive, formula};

/// Numbers that spreadsheets keep all digits of are below it.
const ROUNDED_FROM: f64 = 1e15;

/// Reads the first sheet that has anything in it.
pub(super) fn read(mut file: impl Read + Seek, take: &mut Taker<'_>) -> Result<(), Unreadable> {
    archive::check(BufReader::new(&mut file))?;
    file.rewind()?;
    let mut book = Xlsx::new(BufReader::new(file)).map_err(unreadable)?;
    for sheet in book.sheet_names() {
        if read_sheet(&mut book, &sheet, take)? {
            return Ok(());
        }
    }
    Ok(())
}

/// Cells come one by one, so that a sheet that claims a million columns costs nothing. Whether there
/// was anything.
fn read_sheet<R: Read + Seek>(
    book: &mut Xlsx<R>,
    sheet: &str,
    take: &mut Taker<'_>,
) -> Result<bool, Unreadable> {
    let mut reader = match book.worksheet_cells_reader(sheet) {
        Ok(reader) => reader,
        // A sheet that is a chart.
        Err(XlsxError::NotAWorksheet(_)) => return Ok(false),
        Err(error) => return Err(unreadable(error)),
    };
    let mut row: Option<Row> = None;
    let mut some = false;
    while let Some(cell) = reader.next_cell().map_err(unreadable)? {
        let (line, column) = cell.get_position();
        let text = text_of(cell.get_value(), line, column)?;
        if text.is_empty() {
            continue;
        }
        let number = line.saturating_add(1);
        if row.as_ref().is_none_or(|row| row.number != number)
            && let Some(whole) = row.replace(Row { number, cells: Vec::new() })
        {
            take(whole)?;
        }
        some = true;
        if TABLE_COLUMNS_MAX <= column as usize {
            return Err(Unreadable::TooWide(number));
        }
        if let Some(row) = &mut row {
            put(row, column as usize, formula::text_of(&text));
        }
    }
    row.map_or(Ok(some), |last| take(last).map(|()| some))
}

fn put(row: &mut Row, column: usize, text: &str) {
    if row.cells.len() <= column {
        row.cells.resize(column + 1, "".into());
    }
    row.cells[column] = text.into();
}

/// A cell as it would be typed: whole numbers without a point, because codes look like numbers.
fn text_of(cell: &DataRef<'_>, row: u32, column: u32) -> Result<String, Unreadable> {
    Ok(match cell {
        DataRef::Empty => String::new(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if ROUNDED_FROM <= number.abs() => {
            return Err(Unreadable::Rounded(name(row, column)));
        }
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(true) => "TRUE".to_owned(),
        DataRef::Bool(false) => "FALSE".to_owned(),
        DataRef::DateTime(time) => date(time),
        DataRef::Error(error) => {
            let (cell, error) = (name(row, column), error.to_string());
            return Err(Unreadable::CellError { cell, error });
        }
    })
}

fn date(time: &ExcelDateTime) -> String {
    if time.is_duration() {
        return time.as_f64().to_string();
    }
    match time.to_ymd_hms_milli() {
        (year, month, day, 0, 0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
        (year, month, day, hour, minute, second, _) => {
            format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
        }
    }
}

/// A cell as spreadsheets name it: `B7`.
fn name(row: u32, column: u32) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while 0 < left {
        let letter = (left - 1) % 26;
        letters.push(char::from(b'A' + letter as u8));
        left = (left - 1) / 26;
    }
    letters.reverse();
    format!("{}{}", String::from_iter(letters), row.saturating_add(1))
}

fn unreadable(error: XlsxError) -> Unreadable {
    match error {
        XlsxError::Password => Unreadable::Protected,
        error => Unreadable::Damaged(error.to_string()),
    }
}
