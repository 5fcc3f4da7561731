//! Whether somebody may come to an event, by where they belong.

use plenary_model::admission::{Admission, AdmittedUnit};
use plenary_model::member::{Person, Standing};
use plenary_model::unit::PersonCode;

use crate::tree::{Tree, UnitIndex};

/// Why somebody may not come.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TurnedAway {
    /// They have left the organisation.
    #[error("you are no member of this organisation any more")]
    Left,
    /// Their unit is not there any more.
    #[error("your unit is not in the organisation any more: ask your administrator")]
    NoUnit,
    /// It is for members of others.
    #[error("this event is for {}; you belong to {own}", listed(.admitted, *.more))]
    OtherUnit {
        /// Names of the first units that it is for; none when it is for people by name.
        admitted: Vec<String>,
        /// How many more there are.
        more: usize,
        /// Name of their unit, with those above it.
        own: String,
    },
}

/// How many names a sentence may hold; further ones are counted.
const NAMES_MAX: usize = 3;

fn listed(names: &[String], more: usize) -> String {
    match (names.join(", "), more) {
        (none, _) if none.is_empty() => "people who are invited by name".into(),
        (some, 0) => some,
        (some, more) => format!("{some} and {more} more"),
    }
}

/// An event's admission among the units of a tree.
#[derive(Debug, Clone)]
pub struct Doors<'a> {
    tree: &'a Tree,
    admission: &'a Admission,
    units: Vec<(UnitIndex, Option<u32>)>,
}

impl<'a> Doors<'a> {
    /// Units that are not in the tree let nobody in.
    pub fn new(tree: &'a Tree, admission: &'a Admission) -> Self {
        let chosen: &[AdmittedUnit] = match admission {
            Admission::Everybody | Admission::Members => &[],
            Admission::Chosen { units, .. } => units,
        };
        let units =
            chosen.iter().filter_map(|chosen| Some((tree.find(&chosen.unit)?, chosen.places)));
        Self { tree, admission, units: units.collect() }
    }

    /// Whether somebody is invited, without looking for places.
    pub fn invites(&self, code: &PersonCode, unit: UnitIndex) -> bool {
        match self.admission {
            Admission::Everybody | Admission::Members => true,
            Admission::Chosen { people, .. } => {
                people.contains(code) || self.chosen_above(unit).next().is_some()
            }
        }
    }

    /// The chosen units that somebody comes with, and how many of each may come: each must have a place.
    pub fn places(
        &self,
        code: &PersonCode,
        unit: UnitIndex,
    ) -> impl Iterator<Item = (UnitIndex, u32)> {
        let by_name = match self.admission {
            Admission::Everybody | Admission::Members => false,
            Admission::Chosen { people, .. } => people.contains(code),
        };
        let limited = self.chosen_above(unit).filter_map(|(unit, places)| Some((unit, places?)));
        limited.filter(move |_| !by_name)
    }

    /// Lets somebody in, and gives the place of their unit.
    ///
    /// # Errors
    /// [`TurnedAway`] says why not.
    pub fn admit(&self, person: &Person) -> Result<UnitIndex, TurnedAway> {
        match person.standing {
            Standing::Member => {}
            Standing::Left => return Err(TurnedAway::Left),
        }
        let unit = self.tree.find(&person.unit).ok_or(TurnedAway::NoUnit)?;
        if self.invites(&person.code, unit) {
            return Ok(unit);
        }
        let name = |(unit, _): &(UnitIndex, Option<u32>)| self.tree.unit(*unit).name.clone();
        Err(TurnedAway::OtherUnit {
            admitted: self.units.iter().take(NAMES_MAX).map(name).collect(),
            more: self.units.len().saturating_sub(NAMES_MAX),
            own: self.path(unit),
        })
    }

    fn chosen_above(&self, unit: UnitIndex) -> impl Iterator<Item = (UnitIndex, Option<u32>)> {
        self.units.iter().copied().filter(move |(top, _)| self.tree.is_within(unit, *top))
    }

    /// The name of a unit behind those above it, without the top of the organisation.
    fn path(&self, unit: UnitIndex) -> String {
        let mut path: Vec<&str> =
            self.tree.upwards(unit).map(|unit| self.tree.unit(unit).name.as_str()).collect();
        if 1 < path.len() {
            path.pop();
        }
        path.reverse();
        path.join(" · ")
    }
}
