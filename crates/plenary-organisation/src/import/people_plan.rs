//! What a table of people changes among them.

use std::collections::{BTreeMap, BTreeSet};

use plenary_model::member::{OrganisationRole, Person, Standing};
use plenary_model::unit::{PersonCode, UnitCode, UnitState};

use super::column::Column;
use super::fault::{Faults, Trouble};
use super::people::PersonRow;
use crate::tree::Tree;

/// What happens to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonChange {
    /// They are new.
    Joined(Person),
    /// They are known, and something about them is different.
    Changed {
        /// How they are known.
        was: Person,
        /// What they are from now on.
        is: Person,
    },
}

/// What would happen to the people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeoplePlan {
    /// The changes, in the order of the table.
    pub changes: Vec<PersonChange>,
    /// Rows that change nothing.
    pub unchanged: usize,
    /// Members whom the table does not have, in the order of their codes; whether they have left is for
    /// a person to say.
    pub missing: Vec<PersonCode>,
}

/// Compares a table of people with those who are known, and their units with the tree. Rows that cannot
/// be are added to the `faults`, and the plan is good only when there are none.
pub fn plan_people(
    tree: &Tree,
    known: &BTreeMap<PersonCode, Person>,
    rows: Vec<PersonRow>,
    faults: &mut Faults,
) -> PeoplePlan {
    let there: BTreeSet<&PersonCode> = rows.iter().map(|row| &row.code).collect();
    let members = known.values().filter(|person| person.standing == Standing::Member);
    let missing = members.map(|person| &person.code).filter(|code| !there.contains(code));
    let mut plan = PeoplePlan { missing: missing.cloned().collect(), ..PeoplePlan::default() };
    for row in rows {
        if !stands(tree, &row, faults) {
            continue;
        }
        let was = known.get(&row.code);
        let is = person(row, was);
        match was {
            None => plan.changes.push(PersonChange::Joined(is)),
            Some(was) if *was == is => plan.unchanged += 1,
            Some(was) => plan.changes.push(PersonChange::Changed { was: was.clone(), is }),
        }
    }
    plan
}

/// Whether all units of a row are there and open.
fn stands(tree: &Tree, row: &PersonRow, faults: &mut Faults) -> bool {
    let is_open = |code: &UnitCode| {
        tree.find(code).is_some_and(|index| tree.unit(index).state == UnitState::Open)
    };
    let mut stands = true;
    let mut see = |column, code: &UnitCode| {
        if !is_open(code) {
            faults.add(row.row, column, code.as_str(), Trouble::UnknownUnit);
            stands = false;
        }
    };
    see(Column::Unit, &row.unit);
    for role in row.roles.iter().flatten() {
        match role {
            OrganisationRole::Steward(unit) if *unit != row.unit => see(Column::Roles, unit),
            OrganisationRole::Steward(_) | OrganisationRole::Administrator => {}
        }
    }
    stands
}

fn person(row: PersonRow, was: Option<&Person>) -> Person {
    Person {
        code: row.code,
        name: row.name,
        unit: row.unit,
        email: row.email.unwrap_or_else(|| was.and_then(|was| was.email.clone())),
        phone: row.phone.unwrap_or_else(|| was.and_then(|was| was.phone.clone())),
        roles: row.roles.unwrap_or_else(|| was.map(|was| was.roles.clone()).unwrap_or_default()),
        standing: Standing::Member,
    }
}
