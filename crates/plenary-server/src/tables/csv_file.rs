//! Tables in text files, as spreadsheets of any language write them.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{self, Read};

use csv::StringRecord;
use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use plenary_model::limits::{TABLE_FILE_BYTES_MAX, TABLE_ROW_BYTES_MAX};
use plenary_organisation::import::Row;

use super::{Taker, Unreadable, formula};

/// What may stand between two cells; the one that the first line has most of does.
const SEPARATORS: [u8; 4] = *b",;\t|";
/// Text has no NUL; pictures and the like have one soon.
const LOOKED_FOR_NUL: usize = 512;

/// Reads a table from a text file: UTF-8, UTF-16 with a mark, or GB 18030.
pub(super) fn read(mut file: impl Read, take: &mut Taker<'_>) -> Result<(), Unreadable> {
    let mut bytes = Vec::new();
    file.by_ref().take(TABLE_FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if TABLE_FILE_BYTES_MAX < bytes.len() as u64 {
        return Err(Unreadable::FileTooLarge);
    }
    let text = decoded(&bytes)?;
    let since = Cell::new(0);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator(&text))
        .from_reader(Measured { text: text.as_bytes(), since: &since });
    let mut record = StringRecord::new();
    let mut number: u32 = 0;
    loop {
        let from = usize::try_from(reader.position().byte()).unwrap_or(text.len());
        number = number.saturating_add(1 + blank_rows(text.as_bytes(), from));
        if !next(&mut reader, &mut record, number)? {
            break;
        }
        since.set(0);
        let cells = record.iter().map(|cell| formula::text_of(cell).into()).collect();
        take(Row { number, cells })?;
    }
    Ok(())
}

fn next<R: Read>(
    reader: &mut csv::Reader<R>,
    record: &mut StringRecord,
    number: u32,
) -> Result<bool, Unreadable> {
    reader.read_record(record).map_err(|error| match error.kind() {
        // The text is in memory: only its measure fails.
        csv::ErrorKind::Io(_) => Unreadable::RowTooLong(number),
        _ => Unreadable::Damaged(error.to_string()),
    })
}

/// Rows without anything that come next: spreadsheets count them, the reader leaves them out.
fn blank_rows(text: &[u8], from: usize) -> u32 {
    let (before, mut rest) = text.split_at_checked(from).unwrap_or((text, &[]));
    if let ([.., b'\r'], [b'\n', behind @ ..]) = (before, rest) {
        rest = behind;
    }
    let mut rows = 0;
    while let [b'\r', b'\n', behind @ ..] | [b'\r' | b'\n', behind @ ..] = rest {
        rest = behind;
        rows += 1;
    }
    rows
}

/// Text whose reader stops when a row does not end.
struct Measured<'a> {
    text: &'a [u8],
    /// Bytes since the last row.
    since: &'a Cell<usize>,
}

impl Read for Measured<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if TABLE_ROW_BYTES_MAX < self.since.get() {
            return Err(io::Error::other("the row does not end"));
        }
        let read = self.text.read(buffer)?;
        self.since.set(self.since.get() + read);
        Ok(read)
    }
}

fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    let marked = Encoding::for_bom(bytes).map(|(encoding, length)| (encoding, &bytes[length..]));
    let (encodings, bytes) = match marked {
        Some((encoding, rest)) if [UTF_8, UTF_16LE, UTF_16BE].contains(&encoding) => {
            (vec![encoding], rest)
        }
        Some(_) | None if bytes.iter().take(LOOKED_FOR_NUL).any(|byte| *byte == 0) => {
            return Err(Unreadable::Encoding);
        }
        Some(_) | None => (vec![UTF_8, GB18030], bytes),
    };
    let mut texts = encodings
        .into_iter()
        .filter_map(|encoding| encoding.decode_without_bom_handling_and_without_replacement(bytes));
    texts.next().ok_or(Unreadable::Encoding)
}

fn separator(text: &str) -> u8 {
    let head = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |separator: &u8| head.bytes().filter(|byte| byte == separator).count();
    // The first of equals: a table of one column has none of them.
    SEPARATORS.into_iter().rev().max_by_key(count).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> Result<Vec<Row>, Unreadable> {
        let mut rows = Vec::new();
        read(bytes, &mut |row| {
            rows.push(row);
            Ok(())
        })?;
        Ok(rows)
    }

    fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
        let rows = rows(bytes).unwrap().into_iter();
        rows.map(|row| row.cells.into_iter().map(String::from).collect()).collect()
    }

    #[test]
    fn the_same_table_is_read_from_every_usual_encoding() {
        let text = "编码,名称\n44,广东\n";
        let wanted = [["编码", "名称"], ["44", "广东"]].map(|row| row.map(String::from).to_vec());
        let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        let chinese = GB18030.encode(text).0.into_owned();
        let words = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes);
        let little: Vec<u8> = [0xFF, 0xFE].into_iter().chain(words(u16::to_le_bytes)).collect();
        let big: Vec<u8> = [0xFE, 0xFF].into_iter().chain(words(u16::to_be_bytes)).collect();
        for bytes in [text.as_bytes(), &marked, &chinese, &little, &big] {
            assert_eq!(cells(bytes), wanted);
        }
    }

    #[test]
    fn separators_and_quotes_are_those_of_the_file() {
        assert_eq!(cells(b"a;b\r\n1;\"x;\"\"y\"\"\"\r\n"), [["a", "b"], ["1", "x;\"y\""]]);
        assert_eq!(cells(b"a\tb\n1\t2"), [["a", "b"], ["1", "2"]]);
        assert_eq!(cells(b"a|b\r1|2\r"), [["a", "b"], ["1", "2"]]);
        assert_eq!(cells(b"a\n'+1\n'b"), [["a"], ["+1"], ["'b"]]);
    }

    #[test]
    fn rows_are_numbered_as_spreadsheets_show_them() {
        let numbers = |text: &str| -> Vec<u32> {
            rows(text.as_bytes()).unwrap().iter().map(|row| row.number).collect()
        };
        assert_eq!(numbers("a,b\n\n1,\"two\nlines\"\n3"), [1, 3, 4]);
        assert_eq!(numbers("\r\n\r\na\r\nb\r\n\r\nc\r\n"), [3, 4, 6]);
        assert_eq!(numbers("a\rb\r\rc"), [1, 2, 4]);
    }

    #[test]
    fn a_row_that_does_not_end_is_refused_by_its_number() {
        let text = format!("a,b\n1,2\n3,\"{}", "4\n".repeat(TABLE_ROW_BYTES_MAX));
        assert!(matches!(rows(text.as_bytes()), Err(Unreadable::RowTooLong(3))));
        let whole = format!("a,b\n{}", "1,2\n".repeat(TABLE_ROW_BYTES_MAX));
        assert_eq!(rows(whole.as_bytes()).unwrap().len(), TABLE_ROW_BYTES_MAX + 1);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for bytes in [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], b"code\xFF,name\n", b"\xFF\xFE\0\xD8"]
        {
            assert!(matches!(rows(bytes), Err(Unreadable::Encoding)), "{bytes:?}");
        }
        assert_eq!(rows(b"").unwrap(), []);
    }
}
