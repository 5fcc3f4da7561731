//! Sums for each unit and everything below it. A change of one member is added on the way up from their
//! unit; nothing is ever counted anew.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::status::Status;

/// A unit among those of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitNumber(pub u32);

/// How many members of a unit and everything below it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    /// Are expected.
    pub expected: u32,
    /// Are there now.
    pub here: u32,
    /// Were there, now or before, expected or not.
    pub came: u32,
    /// Are expected, are not excused, and have not come, nor watched the replay.
    pub missing: u32,
    /// Came late and are there; after the event, came late and stayed.
    pub late: u32,
    /// Came and are gone; after the event, went too early.
    pub left: u32,
    /// Need not come, and did not.
    pub excused: u32,
    /// Never came, and have watched the replay.
    pub watched_replay: u32,
    /// Were counted in halls without a name.
    #[serde(default)]
    pub heads: u32,
}

impl Counts {
    /// What one member adds.
    pub fn of(status: Status, expected: bool, here: bool) -> Self {
        let one = |of: bool| u32::from(of);
        Self {
            expected: one(expected),
            here: one(here),
            came: one(matches!(status, Status::Present | Status::Late | Status::Left)),
            missing: one(matches!(status, Status::Expected | Status::Absent)),
            late: one(status == Status::Late),
            left: one(status == Status::Left),
            excused: one(status == Status::Excused),
            watched_replay: one(status == Status::WatchedReplay),
            heads: 0,
        }
    }

    /// Somebody among those that are counted comes to something else.
    pub fn exchange(&mut self, was: &Self, is: &Self) {
        let change = |count: &mut u32, was: u32, is: u32| *count = *count + is - was;
        change(&mut self.expected, was.expected, is.expected);
        change(&mut self.here, was.here, is.here);
        change(&mut self.came, was.came, is.came);
        change(&mut self.missing, was.missing, is.missing);
        change(&mut self.late, was.late, is.late);
        change(&mut self.left, was.left, is.left);
        change(&mut self.excused, was.excused, is.excused);
        change(&mut self.watched_replay, was.watched_replay, is.watched_replay);
        change(&mut self.heads, was.heads, is.heads);
    }
}

#[derive(Debug, Clone)]
pub(super) struct Roll {
    parents: Vec<Option<UnitNumber>>,
    sums: Vec<Counts>,
    changed: Vec<UnitNumber>,
    is_changed: Vec<bool>,
}

impl Roll {
    pub fn new(parents: Vec<Option<UnitNumber>>) -> Self {
        let units = parents.len();
        Self {
            parents,
            sums: vec![Counts::default(); units],
            changed: Vec::new(),
            is_changed: vec![false; units],
        }
    }

    pub fn of(&self, unit: UnitNumber) -> Counts {
        self.sums.get(unit.0 as usize).copied().unwrap_or_default()
    }

    /// Somebody new is in a unit.
    pub fn enter(&mut self, unit: UnitNumber, counts: &Counts) {
        self.exchange(unit, &Counts::default(), counts);
    }

    /// Somebody of a unit counts differently now.
    pub fn exchange(&mut self, unit: UnitNumber, was: &Counts, is: &Counts) {
        if was == is {
            return;
        }
        let Self { parents, sums, changed, is_changed } = self;
        for index in upwards(parents, unit.0 as usize) {
            sums[index].exchange(was, is);
            if !std::mem::replace(&mut is_changed[index], true) {
                changed.push(UnitNumber(index as u32));
            }
        }
    }

    /// How many units there are.
    pub const fn units(&self) -> usize {
        self.parents.len()
    }

    /// A unit and those above it, from below.
    pub fn upwards(&self, unit: usize) -> impl Iterator<Item = usize> {
        upwards(&self.parents, unit)
    }

    pub fn take_changed(&mut self) -> Vec<UnitNumber> {
        for unit in &self.changed {
            self.is_changed[unit.0 as usize] = false;
        }
        std::mem::take(&mut self.changed)
    }
}

/// A unit and those above it. No way up is longer than there are units, even where they form a circle.
fn upwards(parents: &[Option<UnitNumber>], unit: usize) -> impl Iterator<Item = usize> {
    let above = |at: &usize| parents.get(*at).copied().flatten().map(|above| above.0 as usize);
    let way = std::iter::successors(Some(unit), above);
    way.take_while(|at| *at < parents.len()).take(parents.len())
}
