//! What a table of units changes in the tree.

use std::collections::{BTreeMap, BTreeSet};

use plenary_model::limits::{UNIT_CHARS_MAX, UNIT_DEPTH_MAX};
use plenary_model::unit::{UnitCode, UnitState};

use super::column::Column;
use super::fault::{Faults, Trouble};
use super::units::UnitRow;
use crate::tree::{Change, Refused, Tree};

/// What would happen to the tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitsPlan {
    /// The changes, in an order in which each can be made.
    pub changes: Vec<Change>,
    /// Rows that change nothing.
    pub unchanged: usize,
    /// Open units that the table does not have, in their order; whether they are closed is for a person
    /// to say.
    pub missing: Vec<UnitCode>,
}

impl UnitsPlan {
    /// The closures when the missing units are gone, in the tree `after` the changes. A unit stays
    /// open as long as one below it does.
    pub fn closures(&self, after: &Tree) -> Vec<Change> {
        let missing: BTreeSet<&UnitCode> = self.missing.iter().collect();
        let is_gone = |index| {
            let unit = after.unit(index);
            unit.state == UnitState::Closed || missing.contains(&unit.code)
        };
        let whole = |code: &&UnitCode| {
            after.find(code).is_some_and(|index| after.downwards(index).all(is_gone))
        };
        let gone = self.missing.iter().filter(whole);
        gone.map(|code| Change::Closed { code: code.clone() }).collect()
    }
}

/// Compares a table of units with the tree. Rows that cannot be are added to the `faults`, and the plan
/// is good only when there are none.
pub fn plan_units(tree: &Tree, rows: &[UnitRow], faults: &mut Faults) -> UnitsPlan {
    let mut plan = UnitsPlan { missing: missing(tree, rows), ..UnitsPlan::default() };
    let mut after = tree.clone();
    for row in from_the_top(tree, rows, faults) {
        let before = plan.changes.len();
        for change in changes(tree, row) {
            match after.check(&change) {
                Ok(()) => {
                    after.apply(&change);
                    plan.changes.push(change);
                }
                Err(refused) => {
                    faults.add(row.row, Column::Parent, parent_text(row), trouble(&refused));
                }
            }
        }
        plan.unchanged += usize::from(before == plan.changes.len());
    }
    plan
}

fn missing(tree: &Tree, rows: &[UnitRow]) -> Vec<UnitCode> {
    let there: BTreeSet<&UnitCode> = rows.iter().map(|row| &row.code).collect();
    let units = tree.all().map(|index| tree.unit(index));
    let open = units.filter(|unit| unit.state == UnitState::Open);
    open.map(|unit| &unit.code).filter(|code| !there.contains(code)).cloned().collect()
}

fn parent_text(row: &UnitRow) -> &str {
    row.parent.as_ref().map_or("", UnitCode::as_str)
}

const fn trouble(refused: &Refused) -> Trouble {
    match refused {
        Refused::TooDeep => Trouble::TooDeep,
        Refused::TooMany => Trouble::TooMany,
        Refused::UnderItself { .. } => Trouble::Circle,
        Refused::Unknown(_) | Refused::CodeTaken(_) => Trouble::UnknownUnit,
        Refused::BadName | Refused::BadKind => Trouble::BadText(UNIT_CHARS_MAX),
    }
}

/// The rows in an order in which each comes behind the unit that it stands under in the end: then no
/// unit stands under itself on the way. Rows that stand nowhere are left out, with a fault.
fn from_the_top<'a>(tree: &Tree, rows: &'a [UnitRow], faults: &mut Faults) -> Vec<&'a UnitRow> {
    let mut parents: BTreeMap<&UnitCode, Option<&UnitCode>> = tree
        .all()
        .map(|index| {
            let parent = tree.parent(index).map(|parent| &tree.unit(parent).code);
            (&tree.unit(index).code, parent)
        })
        .collect();
    parents.extend(rows.iter().map(|row| (&row.code, row.parent.as_ref())));
    let mut levels: Vec<(usize, &UnitRow)> = Vec::with_capacity(rows.len());
    for row in rows {
        match level(&parents, &row.code) {
            Ok(level) => levels.push((level, row)),
            Err(trouble) => faults.add(row.row, Column::Parent, parent_text(row), trouble),
        }
    }
    levels.sort_by_key(|(level, row)| (*level, row.row));
    levels.into_iter().map(|(_, row)| row).collect()
}

fn level(
    parents: &BTreeMap<&UnitCode, Option<&UnitCode>>,
    code: &UnitCode,
) -> Result<usize, Trouble> {
    let mut at = code;
    for level in 1..=UNIT_DEPTH_MAX {
        match parents.get(at) {
            None => return Err(Trouble::UnknownUnit),
            Some(None) => return Ok(level),
            Some(Some(parent)) if *parent == code => return Err(Trouble::Circle),
            Some(Some(parent)) => at = parent,
        }
    }
    Err(if is_endless(parents, at) { Trouble::Circle } else { Trouble::TooDeep })
}

/// Whether the way up from a unit never ends: it takes more steps than there are units.
fn is_endless(parents: &BTreeMap<&UnitCode, Option<&UnitCode>>, from: &UnitCode) -> bool {
    let up = std::iter::successors(Some(from), |at| parents.get(*at).copied().flatten());
    parents.len() < up.take(parents.len() + 1).count()
}

fn changes(tree: &Tree, row: &UnitRow) -> Vec<Change> {
    let code = &row.code;
    let Some(index) = tree.find(code) else {
        return vec![Change::Created {
            code: code.clone(),
            name: row.name.to_string(),
            kind: row.kind.as_deref().unwrap_or_default().to_owned(),
            order: row.order.unwrap_or_default(),
            parent: row.parent.clone(),
        }];
    };
    let unit = tree.unit(index);
    let mut changes = Vec::new();
    let parent = tree.parent(index).map(|parent| &tree.unit(parent).code);
    if parent != row.parent.as_ref() {
        changes.push(Change::Moved { code: code.clone(), parent: row.parent.clone() });
    }
    if unit.name != *row.name {
        changes.push(Change::Renamed { code: code.clone(), name: row.name.to_string() });
    }
    let kind = row.kind.as_deref().unwrap_or(&unit.kind);
    let order = row.order.unwrap_or(unit.order);
    if (kind, order) != (&unit.kind, unit.order) {
        changes.push(Change::Described { code: code.clone(), kind: kind.to_owned(), order });
    }
    if unit.state == UnitState::Closed {
        changes.push(Change::Reopened { code: code.clone() });
    }
    changes
}
