//! Tables as people download them: the columns that an import reads, and no cell that a spreadsheet runs.

use std::io::{self, Write};

use plenary_model::member::{OrganisationRole, Person};
use plenary_model::unit::UnitCode;
use plenary_organisation::Tree;
use plenary_organisation::import::{Column, OF_PEOPLE, OF_UNITS};
use rust_xlsxwriter::{Workbook, XlsxError};

use super::formula;

/// Spreadsheets recognise UTF-8 by it.
const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();

/// What a table is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text in UTF-8, for spreadsheets and programs.
    Csv,
    /// A workbook with one sheet.
    Xlsx,
}

/// Why a table is not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Nobody takes it, or the disk is full.
    #[error("the table cannot be written")]
    Io(#[from] io::Error),
    /// A workbook cannot hold it.
    #[error("a workbook cannot hold the table: write it as CSV")]
    Workbook(#[from] XlsxError),
}

/// Writes all open units, each behind the one that it stands under.
///
/// # Errors
/// [`WriteError`].
pub fn write_units(tree: &Tree, format: Format, out: impl Write + Send) -> Result<(), WriteError> {
    let open = tree.all().map(|index| tree.record(index)).filter(|unit| unit.is_open());
    let rows = open.map(|unit| {
        let parent = unit.parent.as_ref().map_or("", UnitCode::as_str).to_owned();
        [unit.code.to_string(), unit.name, parent, unit.kind, unit.order.to_string()]
    });
    write_rows(head(OF_UNITS.map(|(column, _)| column)), rows, format, out)
}

/// Writes these people.
///
/// # Errors
/// [`WriteError`].
pub fn write_people<'a>(
    people: impl Iterator<Item = &'a Person>,
    format: Format,
    out: impl Write + Send,
) -> Result<(), WriteError> {
    let text = |text: &Option<Box<str>>| text.as_deref().unwrap_or_default().to_owned();
    let rows = people.map(|person| {
        let Person { code, name, unit, email, phone, roles, .. } = person;
        let roles: Vec<String> = roles.iter().map(role_text).collect();
        let (code, name, unit) = (code.to_string(), name.to_string(), unit.to_string());
        [code, name, unit, text(email), text(phone), roles.join("; ")]
    });
    write_rows(head(OF_PEOPLE.map(|(column, _)| column)), rows, format, out)
}

/// The unit stands there always, so that the role stays the same when somebody moves.
fn role_text(role: &OrganisationRole) -> String {
    match role {
        OrganisationRole::Administrator => "administrator".to_owned(),
        OrganisationRole::Steward(unit) => format!("steward:{unit}"),
    }
}

fn head<const N: usize>(columns: [Column; N]) -> [String; N] {
    columns.map(|column| column.name().to_owned())
}

/// Writes any rows under their titles.
///
/// # Errors
/// [`WriteError`].
pub fn write_rows<R: AsRef<[String]>>(
    head: R,
    rows: impl Iterator<Item = R>,
    format: Format,
    out: impl Write + Send,
) -> Result<(), WriteError> {
    let rows = std::iter::once(head).chain(rows);
    match format {
        Format::Csv => write_csv(rows, out),
        Format::Xlsx => write_xlsx(rows, out),
    }
}

fn write_csv(
    rows: impl Iterator<Item = impl AsRef<[String]>>,
    mut out: impl Write,
) -> Result<(), WriteError> {
    out.write_all(BYTE_ORDER_MARK)?;
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    for row in rows {
        let cells: Vec<_> = row.as_ref().iter().map(|text| formula::disarmed(text)).collect();
        table.write_record(cells.iter().map(|cell| cell.as_bytes())).map_err(io::Error::from)?;
    }
    Ok(table.flush()?)
}

/// All cells are text, which no spreadsheet runs; rows wait in a temporary file, not in memory.
fn write_xlsx(
    rows: impl Iterator<Item = impl AsRef<[String]>>,
    out: impl Write + Send,
) -> Result<(), WriteError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory()?;
    for (row, number) in rows.zip(0..) {
        for (text, column) in row.as_ref().iter().zip(0..) {
            if !text.is_empty() {
                sheet.write_string(number, column, formula::distinct(text))?;
            }
        }
    }
    Ok(book.save_to_writer(out)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::{Cursor, Read as _};

    use insta::assert_snapshot;
    use plenary_model::member::Standing;
    use plenary_model::unit::{UnitRecord, UnitState};
    use plenary_organisation::import::{Table, plan_people, plan_units, read_people, read_units};

    use super::*;
    use crate::tables::read;

    fn tree() -> Tree {
        let names =
            ["总部 \"HQ\"", "=HYPERLINK(1)", "+1; x\u{200D}", "'t Hart, Ltd", "'=1", "＝1", "-"];
        let record = |(name, number): (&&str, i32)| UnitRecord {
            code: if number == 0 { "@0".into() } else { format!("0{number}") }.parse().unwrap(),
            name: (*name).to_owned(),
            kind: if number % 2 == 0 { "-branch".to_owned() } else { String::new() },
            order: 3 - number,
            parent: (0 < number).then(|| "@0".parse().unwrap()),
            state: UnitState::Open,
        };
        Tree::from_records(names.iter().zip(0..).map(record).collect()).unwrap()
    }

    fn people() -> Vec<Person> {
        let steward = |unit: &str| OrganisationRole::Steward(unit.parse().unwrap());
        let person = |code: &str, phone: Option<&str>, roles| Person {
            code: code.parse().unwrap(),
            name: format!("=王 {code}").into(),
            unit: "@0".parse().unwrap(),
            email: phone.map(|_| "-x@example.com".into()),
            phone: phone.map(Into::into),
            roles,
            standing: Standing::Member,
        };
        vec![
            person("+1", Some("+86 (20) 8888"), vec![OrganisationRole::Administrator]),
            person("'+1", None, vec![steward("01"), steward("@0")]),
            person("007", Some("13800138000"), vec![]),
        ]
    }

    fn written(format: Format) -> [Vec<u8>; 2] {
        let [mut units, mut members] = [Vec::new(), Vec::new()];
        write_units(&tree(), format, &mut units).unwrap();
        write_people(people().iter(), format, &mut members).unwrap();
        [units, members]
    }

    fn table(bytes: Vec<u8>) -> Table {
        let mut table = Table::default();
        let take = &mut |row| {
            table.rows.push(row);
            Ok(())
        };
        read(Cursor::new(bytes), take).unwrap();
        table
    }

    #[test]
    fn what_was_written_changes_nothing_when_it_comes_back() {
        for format in [Format::Csv, Format::Xlsx] {
            let [units, members] = written(format).map(table);
            let (rows, mut faults) = read_units(&units).unwrap();
            let plan = plan_units(&tree(), &rows, &mut faults);
            assert_eq!((plan.changes, plan.unchanged, plan.missing), (vec![], 7, vec![]));
            let known: BTreeMap<_, _> =
                people().into_iter().map(|person| (person.code.clone(), person)).collect();
            let (rows, mut faults) = read_people(&members).unwrap();
            let plan = plan_people(&tree(), &known, rows, &mut faults);
            assert_eq!((plan.changes, plan.unchanged, plan.missing), (vec![], 3, vec![]));
        }
    }

    #[test]
    fn no_cell_of_the_text_is_run() {
        let [units, members] = written(Format::Csv).map(|bytes| String::from_utf8(bytes).unwrap());
        assert!(units.starts_with('\u{FEFF}') && units.ends_with("\r\n"));
        assert_snapshot!(members.trim_start_matches('\u{FEFF}').replace("\r\n", "\n"), @r"
        code,name,unit,email,phone,roles
        '+1,'=王 +1,'@0,'-x@example.com,'+86 (20) 8888,administrator
        ''+1,'=王 '+1,'@0,,,steward:01; steward:@0
        007,'=王 007,'@0,'-x@example.com,13800138000,
        ");
    }

    #[test]
    fn all_cells_of_the_workbook_are_text() {
        let [units, members] = written(Format::Xlsx);
        for (bytes, cells) in [(units, 5 + 7 * 5 - 1 - 3), (members, 6 + 6 + 4 + 5)] {
            let mut book = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
            let mut sheet = String::new();
            let mut part = book.by_name("xl/worksheets/sheet1.xml").unwrap();
            part.read_to_string(&mut sheet).unwrap();
            let texts =
                sheet.matches(" t=\"s\"").count() + sheet.matches(" t=\"inlineStr\"").count();
            assert_eq!((sheet.matches("<c ").count(), texts), (cells, cells), "{sheet}");
            assert!(!sheet.contains("<f"), "{sheet}");
        }
    }
}
