//! The tree of units: who stands under whom, in which order, and what may be changed about it.

mod record;

use std::collections::BTreeMap;

use plenary_model::limits::{UNIT_CHARS_MAX, UNIT_DEPTH_MAX, UNITS_MAX};
use plenary_model::text::clean_line;
use plenary_model::unit::{UnitCode, UnitState};

/// Place of a unit in a [`Tree`]; it stays the same as long as the tree is in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitIndex(u32);

impl UnitIndex {
    /// For tables beside the tree: below the tree's length.
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

/// One unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its code.
    pub code: UnitCode,
    /// Its name, as people say it.
    pub name: String,
    /// What it is to the organisation: headquarters, province, county, ….
    pub kind: String,
    /// Among the units under the same one, the least comes first; equals by code.
    pub order: i32,
    /// Whether it takes part.
    pub state: UnitState,
    parent: Option<UnitIndex>,
    children: Vec<UnitIndex>,
}

/// What happened to a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is new, and open.
    Created {
        /// Its code.
        code: UnitCode,
        /// Its name.
        name: String,
        /// Its kind.
        kind: String,
        /// Its place among its siblings.
        order: i32,
        /// The unit that it stands under; nothing is the top.
        parent: Option<UnitCode>,
    },
    /// It has another name.
    Renamed {
        /// Its code.
        code: UnitCode,
        /// The new name.
        name: String,
    },
    /// It is of another kind, or stands elsewhere among its siblings.
    Described {
        /// Its code.
        code: UnitCode,
        /// The new kind.
        kind: String,
        /// The new place among its siblings.
        order: i32,
    },
    /// It stands under another unit, with everything below it.
    Moved {
        /// Its code.
        code: UnitCode,
        /// The unit that it stands under now; nothing is the top.
        parent: Option<UnitCode>,
    },
    /// It is closed, with everything below it.
    Closed {
        /// Its code.
        code: UnitCode,
    },
    /// It is open again, with everything above it.
    Reopened {
        /// Its code.
        code: UnitCode,
    },
}

impl Change {
    /// The unit that it is about.
    pub const fn unit(&self) -> &UnitCode {
        match self {
            Self::Created { code, .. }
            | Self::Renamed { code, .. }
            | Self::Described { code, .. }
            | Self::Moved { code, .. }
            | Self::Closed { code }
            | Self::Reopened { code } => code,
        }
    }
}

/// Why a change cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no such unit.
    #[error("there is no unit {0}")]
    Unknown(UnitCode),
    /// The code belongs to another unit.
    #[error("there is a unit {0} already")]
    CodeTaken(UnitCode),
    /// A unit cannot stand under itself.
    #[error("unit {unit} cannot stand under {parent}, which is below it")]
    UnderItself {
        /// What was to be moved.
        unit: UnitCode,
        /// Where it was to go.
        parent: UnitCode,
    },
    /// The tree would become too deep.
    #[error("an organisation has at most {UNIT_DEPTH_MAX} levels")]
    TooDeep,
    /// There are too many.
    #[error("an organisation has at most {UNITS_MAX} units")]
    TooMany,
    /// The name cannot be shown.
    #[error("a unit's name is one line of 1 to {UNIT_CHARS_MAX} characters")]
    BadName,
    /// The kind cannot be shown.
    #[error("a unit's kind is one line of at most {UNIT_CHARS_MAX} characters")]
    BadKind,
}

/// All units of an organisation. Units are never removed, so that what they did stays theirs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    units: Vec<Unit>,
    by_code: BTreeMap<UnitCode, UnitIndex>,
    tops: Vec<UnitIndex>,
}

impl Tree {
    /// How many units there are, closed ones too.
    pub const fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// The place of a unit.
    pub fn find(&self, code: &UnitCode) -> Option<UnitIndex> {
        self.by_code.get(code).copied()
    }

    /// A unit by its place.
    pub fn unit(&self, index: UnitIndex) -> &Unit {
        &self.units[index.get()]
    }

    /// The units that stand under no other, in order.
    pub fn tops(&self) -> &[UnitIndex] {
        &self.tops
    }

    /// The units directly under one, in order.
    pub fn below(&self, index: UnitIndex) -> &[UnitIndex] {
        &self.unit(index).children
    }

    /// The unit that one stands under.
    pub fn parent(&self, index: UnitIndex) -> Option<UnitIndex> {
        self.unit(index).parent
    }

    /// A unit and all above it, itself first.
    pub fn upwards(&self, from: UnitIndex) -> impl Iterator<Item = UnitIndex> {
        std::iter::successors(Some(from), |index| self.parent(*index))
    }

    /// Whether a unit is `top` or anywhere below it.
    pub fn is_within(&self, unit: UnitIndex, top: UnitIndex) -> bool {
        self.upwards(unit).any(|index| index == top)
    }

    /// A unit and everything below it, each before those under it, in order.
    pub fn downwards(&self, from: UnitIndex) -> Downwards<'_> {
        Downwards { tree: self, waiting: vec![from] }
    }

    /// All units, each before those under it, in order.
    pub fn all(&self) -> Downwards<'_> {
        Downwards { tree: self, waiting: self.tops.iter().rev().copied().collect() }
    }

    /// On which level a unit stands; the top is 1.
    pub fn level(&self, index: UnitIndex) -> usize {
        self.upwards(index).count()
    }

    /// Whether a change can be made now.
    ///
    /// # Errors
    /// [`Refused`] says why not.
    pub fn check(&self, change: &Change) -> Result<(), Refused> {
        let known = |code: &UnitCode| self.find(code).ok_or_else(|| Refused::Unknown(code.clone()));
        match change {
            Change::Created { code, name, kind, parent, .. } => {
                if self.find(code).is_some() {
                    return Err(Refused::CodeTaken(code.clone()));
                }
                if UNITS_MAX <= self.len() {
                    return Err(Refused::TooMany);
                }
                check_name(name)?;
                check_kind(kind)?;
                let level = match parent {
                    Some(parent) => self.level(known(parent)?),
                    None => 0,
                };
                if UNIT_DEPTH_MAX <= level { Err(Refused::TooDeep) } else { Ok(()) }
            }
            Change::Renamed { code, name } => known(code).and(check_name(name)),
            Change::Described { code, kind, .. } => known(code).and(check_kind(kind)),
            Change::Moved { code, parent } => {
                let unit = known(code)?;
                let Some(parent) = parent else { return Ok(()) };
                let under = known(parent)?;
                if self.is_within(under, unit) {
                    let (unit, parent) = (code.clone(), parent.clone());
                    return Err(Refused::UnderItself { unit, parent });
                }
                let height = self.height(unit);
                if UNIT_DEPTH_MAX < self.level(under) + height {
                    return Err(Refused::TooDeep);
                }
                Ok(())
            }
            Change::Closed { code } | Change::Reopened { code } => known(code).map(drop),
        }
    }

    /// Makes a change that [`Self::check`] allows; one about a unit that is not there does nothing.
    pub fn apply(&mut self, change: &Change) {
        if let Change::Created { code, name, kind, order, parent } = change {
            let parent = parent.as_ref().and_then(|parent| self.find(parent));
            self.create(code, (name, kind), *order, parent);
            return;
        }
        let Some(index) = self.find(change.unit()) else { return };
        match change {
            Change::Created { .. } => {}
            Change::Renamed { name, .. } => self.units[index.get()].name.clone_from(name),
            Change::Described { kind, order, .. } => {
                let unit = &mut self.units[index.get()];
                unit.kind.clone_from(kind);
                unit.order = *order;
                let parent = unit.parent;
                self.put_under(index, parent);
            }
            Change::Moved { parent, .. } => {
                let parent = parent.as_ref().and_then(|parent| self.find(parent));
                self.put_under(index, parent);
            }
            Change::Closed { .. } => {
                for unit in self.downwards(index).collect::<Vec<_>>() {
                    self.units[unit.get()].state = UnitState::Closed;
                }
            }
            Change::Reopened { .. } => {
                for unit in self.upwards(index).collect::<Vec<_>>() {
                    self.units[unit.get()].state = UnitState::Open;
                }
            }
        }
    }

    fn create(
        &mut self,
        code: &UnitCode,
        (name, kind): (&str, &str),
        order: i32,
        parent: Option<UnitIndex>,
    ) {
        let index = UnitIndex(u32::try_from(self.units.len()).unwrap_or(u32::MAX));
        self.units.push(Unit {
            code: code.clone(),
            name: name.to_owned(),
            kind: kind.to_owned(),
            order,
            state: UnitState::Open,
            parent,
            children: Vec::new(),
        });
        self.by_code.insert(code.clone(), index);
        self.stand(index, parent);
    }

    fn put_under(&mut self, index: UnitIndex, parent: Option<UnitIndex>) {
        let before = self.unit(index).parent;
        self.siblings(before).retain(|child| *child != index);
        self.units[index.get()].parent = parent;
        self.stand(index, parent);
    }

    fn siblings(&mut self, parent: Option<UnitIndex>) -> &mut Vec<UnitIndex> {
        match parent {
            Some(parent) => &mut self.units[parent.get()].children,
            None => &mut self.tops,
        }
    }

    /// Puts a unit among those under `parent`, which are in order.
    fn stand(&mut self, index: UnitIndex, parent: Option<UnitIndex>) {
        let mut siblings = std::mem::take(self.siblings(parent));
        let place = |index: UnitIndex| {
            let unit = self.unit(index);
            (unit.order, &unit.code)
        };
        let at = siblings.partition_point(|sibling| place(*sibling) < place(index));
        siblings.insert(at, index);
        *self.siblings(parent) = siblings;
    }

    /// Levels of a unit and what is below it.
    fn height(&self, top: UnitIndex) -> usize {
        let own = self.level(top);
        self.downwards(top).map(|unit| self.level(unit) + 1 - own).max().unwrap_or(1)
    }
}

fn check_name(name: &str) -> Result<(), Refused> {
    if name.is_empty() { Err(Refused::BadName) } else { shown(name).ok_or(Refused::BadName) }
}

fn check_kind(kind: &str) -> Result<(), Refused> {
    shown(kind).ok_or(Refused::BadKind)
}

fn shown(text: &str) -> Option<()> {
    (clean_line(text) == text && text.chars().count() <= UNIT_CHARS_MAX).then_some(())
}

/// A walk through a part of a tree.
#[derive(Debug, Clone)]
pub struct Downwards<'a> {
    tree: &'a Tree,
    waiting: Vec<UnitIndex>,
}

impl Iterator for Downwards<'_> {
    type Item = UnitIndex;

    fn next(&mut self) -> Option<UnitIndex> {
        let next = self.waiting.pop()?;
        self.waiting.extend(self.tree.below(next).iter().rev());
        Some(next)
    }
}
