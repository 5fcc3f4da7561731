//! What a table would change, as people see it before it is carried out.

use std::collections::BTreeMap;

use plenary_model::limits::IMPORT_SHOWN_MAX;
use plenary_model::member::{Person, Standing};
use plenary_model::unit::{UnitCode, UnitRecord};
use plenary_organisation::Tree;
use plenary_organisation::import::{Column, Faults, PersonChange};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a table is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TableSubject)]
pub enum Subject {
    /// The units.
    Units,
    /// The people.
    People,
}

/// What would happen to a unit or a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportKind)]
pub enum Kind {
    /// It was not known.
    New,
    /// It has another name.
    Renamed,
    /// It stands under another unit, or they belong to another.
    Moved,
    /// Something else about it is different.
    Changed,
    /// It was closed, or they had left.
    Reopened,
    /// The table does not have it.
    Missing,
}

/// How many there are of each kind; one that is renamed and moved counts in both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportCounts)]
pub struct Counts {
    /// Not known before.
    pub new: usize,
    /// With another name.
    pub renamed: usize,
    /// Under or in another unit.
    pub moved: usize,
    /// Otherwise different.
    pub changed: usize,
    /// Closed or left before.
    pub reopened: usize,
    /// As they were.
    pub unchanged: usize,
    /// Not in the table.
    pub missing: usize,
}

impl Counts {
    const fn of(&mut self, kind: Kind) -> &mut usize {
        match kind {
            Kind::New => &mut self.new,
            Kind::Renamed => &mut self.renamed,
            Kind::Moved => &mut self.moved,
            Kind::Changed => &mut self.changed,
            Kind::Reopened => &mut self.reopened,
            Kind::Missing => &mut self.missing,
        }
    }
}

/// A unit or a person before or after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportSide)]
pub struct Side {
    /// Its name.
    pub name: String,
    /// Code of the unit that it stands under or belongs to; nothing at the top.
    #[schema(required)]
    pub unit: Option<String>,
    /// Name of that unit.
    #[schema(required)]
    pub unit_name: Option<String>,
}

/// One change, for showing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportShown)]
pub struct Shown {
    /// What happens.
    pub kind: Kind,
    /// To whom.
    pub code: String,
    /// How it is known; nothing of a new one.
    #[schema(required)]
    pub before: Option<Side>,
    /// How it would be known; nothing of a missing one.
    #[schema(required)]
    pub after: Option<Side>,
}

/// A cell that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BadCell {
    /// Number of its row as spreadsheets count.
    pub row: u32,
    /// Its column.
    pub column: Column,
    /// What is in it, cut to a readable length.
    pub value: String,
    /// Stable name of what is wrong.
    pub code: String,
    /// What to do.
    pub what_to_do: String,
}

/// All cells that cannot be used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportFaults)]
pub struct Faulty {
    /// How many there are.
    pub count: usize,
    /// The first of them.
    pub listed: Vec<BadCell>,
}

impl From<Faults> for Faulty {
    fn from(faults: Faults) -> Self {
        let listed = faults.listed.into_iter().map(|fault| BadCell {
            row: fault.row,
            column: fault.column,
            value: fault.value,
            code: fault.trouble.code().to_owned(),
            what_to_do: fault.trouble.to_string(),
        });
        Self { count: faults.count, listed: listed.collect() }
    }
}

/// What a table would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportPreview)]
pub struct Preview {
    /// What the table is about.
    pub subject: Subject,
    /// The organisation that it was compared with: it holds as long as this is the same.
    pub revision: u64,
    /// Rows of the table, without the first.
    pub rows: usize,
    /// How many of each kind.
    pub counts: Counts,
    /// What cannot be used; the table can be applied only when there is nothing.
    pub faults: Faulty,
    /// The first of each kind.
    pub shown: Vec<Shown>,
}

/// Counts changes, and keeps the first of each kind.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub counts: Counts,
    shown: BTreeMap<Kind, Vec<Shown>>,
}

impl Tally {
    /// Everything that was kept, by kind.
    pub fn into_shown(self) -> Vec<Shown> {
        self.shown.into_values().flatten().collect()
    }

    /// A unit that is new or different.
    pub fn unit(&mut self, (before, after): (&Tree, &Tree), is: &UnitRecord) {
        let was = before.find(&is.code).map(|index| before.record(index));
        let mut kinds = Vec::new();
        match &was {
            None => kinds.push(Kind::New),
            Some(was) => {
                let differs = [
                    (Kind::Renamed, was.name != is.name),
                    (Kind::Moved, was.parent != is.parent),
                    (Kind::Changed, (&was.kind, was.order) != (&is.kind, is.order)),
                    (Kind::Reopened, !was.is_open() && is.is_open()),
                ];
                kinds.extend(differs.into_iter().filter(|(_, does)| *does).map(|(kind, _)| kind));
            }
        }
        self.note(&kinds, || {
            let was = was.as_ref().map(|was| side(before, &was.name, was.parent.as_ref()));
            (is.code.to_string(), was, Some(side(after, &is.name, is.parent.as_ref())))
        });
    }

    /// A unit that the table does not have.
    pub fn missing_unit(&mut self, tree: &Tree, code: &UnitCode) {
        let unit = tree.find(code).map(|index| tree.record(index));
        let was = unit.map(|unit| side(tree, &unit.name, unit.parent.as_ref()));
        self.note(&[Kind::Missing], || (code.to_string(), was, None));
    }

    /// Somebody who is new or different.
    pub fn person(&mut self, tree: &Tree, change: &PersonChange) {
        let (was, is, kinds) = match change {
            PersonChange::Joined(is) => (None, is, vec![Kind::New]),
            PersonChange::Changed { was, is } => {
                let rest = |person: &Person| {
                    (person.email.clone(), person.phone.clone(), person.roles.clone())
                };
                let differs = [
                    (Kind::Renamed, was.name != is.name),
                    (Kind::Moved, was.unit != is.unit),
                    (Kind::Changed, rest(was) != rest(is)),
                    (Kind::Reopened, was.standing == Standing::Left),
                ];
                let kinds = differs.into_iter().filter(|(_, does)| *does).map(|(kind, _)| kind);
                (Some(was), is, kinds.collect())
            }
        };
        self.note(&kinds, || {
            let of = |person: &Person| side(tree, &person.name, Some(&person.unit));
            (is.code.to_string(), was.map(of), Some(of(is)))
        });
    }

    /// Somebody whom the table does not have.
    pub fn missing_person(&mut self, tree: &Tree, person: &Person) {
        let was = || side(tree, &person.name, Some(&person.unit));
        self.note(&[Kind::Missing], || (person.code.to_string(), Some(was()), None));
    }

    fn note(
        &mut self,
        kinds: &[Kind],
        show: impl FnOnce() -> (String, Option<Side>, Option<Side>),
    ) {
        let mut wanted = Vec::new();
        for kind in kinds {
            *self.counts.of(*kind) += 1;
            if *self.counts.of(*kind) <= IMPORT_SHOWN_MAX {
                wanted.push(*kind);
            }
        }
        if wanted.is_empty() {
            return;
        }
        let (code, before, after) = show();
        for kind in wanted {
            let (code, before, after) = (code.clone(), before.clone(), after.clone());
            self.shown.entry(kind).or_default().push(Shown { kind, code, before, after });
        }
    }
}

fn side(tree: &Tree, name: &str, unit: Option<&UnitCode>) -> Side {
    let named = unit.and_then(|unit| tree.find(unit)).map(|index| tree.unit(index).name.clone());
    Side { name: name.to_owned(), unit: unit.map(ToString::to_string), unit_name: named }
}
