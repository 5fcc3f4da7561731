//! A table of units, row by row.

use std::collections::BTreeMap;

use plenary_model::limits::{UNIT_CHARS_MAX, UNITS_MAX};
use plenary_model::unit::UnitCode;

use super::cells::Cell;
use super::column::{Column, OF_UNITS};
use super::fault::{BadTable, Faults, Trouble};
use super::table::{Row, Table};

/// A unit as a table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRow {
    /// Number of its row.
    pub row: u32,
    /// Its code.
    pub code: UnitCode,
    /// Its name.
    pub name: Box<str>,
    /// The unit that it stands under; nothing is the top.
    pub parent: Option<UnitCode>,
    /// Its kind; nothing when the table does not say.
    pub kind: Option<Box<str>>,
    /// Its place among its siblings; nothing when the table does not say.
    pub order: Option<i32>,
}

/// Reads a table of units. Rows with a fault are left out.
///
/// # Errors
/// [`BadTable`].
pub fn read_units(table: &Table) -> Result<(Vec<UnitRow>, Faults), BadTable> {
    let (places, rows) = table.columns(&OF_UNITS, UNITS_MAX)?;
    let mut faults = Faults::default();
    let mut units: Vec<UnitRow> = Vec::new();
    let mut first: BTreeMap<UnitCode, u32> = BTreeMap::new();
    for row in rows {
        let Some(unit) = read(row, places, &mut faults) else { continue };
        if let Some(known) = first.get(&unit.code) {
            let code = unit.code.as_str();
            faults.add(row.number, Column::UnitCode, code, Trouble::Duplicate(*known));
            continue;
        }
        first.insert(unit.code.clone(), row.number);
        units.push(unit);
    }
    Ok((units, faults))
}

fn read(row: &Row, places: [Option<usize>; 5], faults: &mut Faults) -> Option<UnitRow> {
    let [code, name, parent, kind, order] = places;
    let cell = |column, place| Cell { row: row.number, column, text: row.cell(place) };
    // All cells are read before the row is given up, so that all faults of it are listed.
    let read = (
        cell(Column::UnitCode, code).code(faults),
        cell(Column::Name, name).line(UNIT_CHARS_MAX, faults),
        cell(Column::Parent, parent).code_if_any(faults),
        cell(Column::Kind, kind).line_if_any(UNIT_CHARS_MAX, faults),
        cell(Column::Order, order).number(faults),
    );
    let (Some(code_read), Some(name), Some(parent), Some(kind_read), Some(order_read)) = read
    else {
        return None;
    };
    Some(UnitRow {
        row: row.number,
        code: code_read,
        name,
        parent,
        kind: kind.map(|_| kind_read),
        order: order.map(|_| order_read),
    })
}
