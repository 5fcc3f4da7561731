//! A table of people, row by row.

use std::collections::BTreeMap;

use plenary_model::limits::{NAME_CHARS_MAX, PEOPLE_MAX, ROLES_PER_PERSON_MAX};
use plenary_model::member::OrganisationRole;
use plenary_model::unit::{PersonCode, UnitCode};

use super::cells::Cell;
use super::column::{Column, OF_PEOPLE};
use super::fault::{BadTable, Faults, Trouble};
use super::table::{Row, Table};

/// A person as a table has them. What it has no column for is nothing, and stays as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// Number of their row.
    pub row: u32,
    /// Their code.
    pub code: PersonCode,
    /// Their name.
    pub name: Box<str>,
    /// Where they belong.
    pub unit: UnitCode,
    /// Their e-mail address.
    pub email: Option<Option<Box<str>>>,
    /// Their telephone number.
    pub phone: Option<Option<Box<str>>>,
    /// Their roles, in order, each once.
    pub roles: Option<Vec<OrganisationRole>>,
}

/// Reads a table of people. Rows with a fault are left out.
///
/// # Errors
/// [`BadTable`].
pub fn read_people(table: &Table) -> Result<(Vec<PersonRow>, Faults), BadTable> {
    let (places, rows) = table.columns(&OF_PEOPLE, PEOPLE_MAX)?;
    let mut faults = Faults::default();
    let mut people: Vec<PersonRow> = Vec::new();
    let mut first: BTreeMap<PersonCode, u32> = BTreeMap::new();
    for row in rows {
        let Some(person) = read(row, places, &mut faults) else { continue };
        if let Some(known) = first.get(&person.code) {
            let code = person.code.as_str();
            faults.add(row.number, Column::PersonCode, code, Trouble::Duplicate(*known));
            continue;
        }
        first.insert(person.code.clone(), row.number);
        people.push(person);
    }
    Ok((people, faults))
}

fn read(row: &Row, places: [Option<usize>; 6], faults: &mut Faults) -> Option<PersonRow> {
    let [code, name, unit, email, phone, roles] = places;
    let cell = |column, place| Cell { row: row.number, column, text: row.cell(place) };
    // All cells are read before the row is given up, so that all faults of it are listed.
    let (code, name, unit) = (
        cell(Column::PersonCode, code).code(faults),
        cell(Column::Name, name).line(NAME_CHARS_MAX, faults),
        cell(Column::Unit, unit).code::<UnitCode>(faults),
    );
    let email_read = cell(Column::Email, email).email(faults);
    let phone_read = cell(Column::Phone, phone).phone(faults);
    let roles_read = read_roles(cell(Column::Roles, roles), unit.as_ref(), faults);
    Some(PersonRow {
        row: row.number,
        code: code?,
        name: name?,
        unit: unit?,
        email: email_read.map(|read| email.map(|_| read))?,
        phone: phone_read.map(|read| phone.map(|_| read))?,
        roles: roles_read.map(|read| roles.map(|_| read))?,
    })
}

/// Roles separated by semicolons, commas or their Chinese forms.
fn read_roles(
    cell: Cell<'_>,
    own: Option<&UnitCode>,
    faults: &mut Faults,
) -> Option<Vec<OrganisationRole>> {
    let mut roles = Vec::new();
    let names = cell.text.split([';', '；', ',', '，', '、']).map(str::trim);
    for name in names.filter(|name| !name.is_empty()) {
        let (role, of) = match name.split_once([':', '：']) {
            Some((role, of)) => (role.trim(), Some(of.trim())),
            None => (name, None),
        };
        let unit = match of {
            Some(of) => of.parse().ok(),
            None => own.cloned(),
        };
        match (role.to_lowercase().as_str(), unit) {
            ("administrator" | "admin" | "管理员", _) if of.is_none() => {
                roles.push(OrganisationRole::Administrator);
            }
            ("steward" | "联络员" | "负责人", Some(unit)) => {
                roles.push(OrganisationRole::Steward(unit));
            }
            // The unit's own cell has been refused already.
            ("steward" | "联络员" | "负责人", None) if of.is_none() => {}
            _ => return cell.refuse(faults, Trouble::UnknownRole),
        }
    }
    roles.sort();
    roles.dedup();
    if ROLES_PER_PERSON_MAX < roles.len() {
        return cell.refuse(faults, Trouble::TooManyRoles);
    }
    Some(roles)
}
