//! What the task that owns one event's attendance is asked, and what it answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use plenary_audience::attendance::{ActCounts, Counts, Curve, Interval, Status};
use plenary_model::admission::Admission;
use plenary_model::member::Person;
use plenary_model::unit::{PersonCode, UnitCode};
use plenary_organisation::UnitIndex;
use plenary_show::BegunAct;
use plenary_store::{Excuse, StoreError};
use tokio::sync::oneshot;

use super::register::{Refused, Unnamed, number};
use crate::organisation::Directory;

/// The sums of one event as they were at some moment; they never change.
#[derive(Debug, Clone)]
pub struct Sums {
    /// The units that they are of.
    pub directory: Arc<Directory>,
    /// By the unit's place in the tree.
    pub counts: Vec<Counts>,
    /// Counts up with every change.
    pub revision: u64,
}

impl Sums {
    /// Of one unit and everything below it.
    pub fn of(&self, unit: UnitIndex) -> Counts {
        self.counts.get(unit.get()).copied().unwrap_or_default()
    }
}

/// Why somebody is not in.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JoinRefused {
    /// The event's door.
    #[error(transparent)]
    Door(#[from] Refused),
    /// Their link was revoked.
    #[error("this link was withdrawn: ask for a new one")]
    Revoked,
    /// More come than can be written at this moment.
    #[error("many people come at this moment: you will be let in in a few seconds")]
    Crowded,
    /// It could not be written.
    #[error("this could not be written to disk: try again")]
    Store(Arc<StoreError>),
    /// The event does not run here any more.
    #[error("the event has ended")]
    Ended,
}

/// Why a beat does not count.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BeatRefused {
    /// Nobody has joined with this pass, or it was revoked.
    #[error("join first")]
    Unknown,
    /// It could not be written; the next one counts for it.
    #[error("this could not be written to disk: try again")]
    Store(Arc<StoreError>),
    /// The event does not run here any more.
    #[error("the event has ended")]
    Ended,
}

/// Where members are who do not say themselves that they are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Before one screen. Those whom the event does not let in do not count.
    Hall,
    /// On the stage, where the event's own link has let them in.
    Stage,
}

/// What the task is asked to do, and where its answer goes.
pub(super) enum Order {
    Join {
        person: Box<Person>,
        issue: u32,
        reply: oneshot::Sender<Result<(), JoinRefused>>,
    },
    Gather {
        people: Vec<PersonCode>,
        place: Place,
        reply: oneshot::Sender<Result<(), JoinRefused>>,
    },
    Beat {
        person: PersonCode,
        issue: u32,
        reply: oneshot::Sender<Result<(), BeatRefused>>,
    },
    Excuse {
        excuse: Box<Excuse>,
        reply: oneshot::Sender<Result<(), Arc<StoreError>>>,
    },
    Revoke {
        person: PersonCode,
        issue: u32,
        done: oneshot::Sender<()>,
    },
    Admit {
        admission: Admission,
        done: oneshot::Sender<()>,
    },
    MembersOf {
        unit: UnitIndex,
        reply: oneshot::Sender<Vec<(PersonCode, Status)>>,
    },
    Ask(Question),
}

/// How often passes were revoked.
pub(super) type Issues = Arc<BTreeMap<PersonCode, u32>>;

/// One question, and where its answer goes.
pub(super) enum Question {
    /// Everything that is recorded; with `freeze` nothing more is recorded from then on.
    Record { freeze: bool, acts: Vec<BegunAct>, reply: oneshot::Sender<Recorded> },
    /// The book could not be written: it goes on.
    Thaw,
    /// The first of those who are missing in a unit and everything below it, and how many there are.
    Missing { unit: UnitIndex, reply: oneshot::Sender<(usize, Vec<PersonCode>)> },
    /// How many were there, of all units.
    Curve { reply: oneshot::Sender<Arc<Curve>> },
    /// How many came to each of these acts, of all units.
    Acts { acts: Vec<BegunAct>, reply: oneshot::Sender<Arc<ActSums>> },
    /// So many were counted in a hall who have no name.
    Heads { unnamed: Unnamed, done: oneshot::Sender<()> },
    /// What these members come to.
    Statuses { people: Vec<PersonCode>, reply: oneshot::Sender<Vec<(PersonCode, Status)>> },
    /// What a member comes to.
    Member { person: PersonCode, reply: oneshot::Sender<Option<Known>> },
}

/// What is recorded of an event.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The units.
    pub directory: Arc<Directory>,
    /// Their sums, each at its place in the tree.
    pub counts: Vec<Counts>,
    /// How many of each came to which act.
    pub acts: ActCounts,
    /// Everybody who was expected, came, was excused, or watched the replay.
    pub members: Vec<(PersonCode, Known)>,
}

/// What is known of a member.
#[derive(Debug, Clone)]
pub struct Known {
    /// Their unit.
    pub unit: UnitIndex,
    /// What they come to.
    pub status: Status,
    /// Whether they are expected.
    pub expected: bool,
    /// When they were there.
    pub present: Vec<Interval>,
}

/// How many came to each act that has begun, by unit.
#[derive(Debug, Clone)]
pub struct ActSums {
    /// The units.
    pub directory: Arc<Directory>,
    /// The acts, in the order in which they began.
    pub acts: Vec<BegunAct>,
    /// How many came.
    pub counts: ActCounts,
}

impl ActSums {
    /// Of one unit and everything below it, to each act.
    pub fn of(&self, unit: UnitIndex) -> Vec<u32> {
        self.counts.of(number(unit)).to_vec()
    }

    /// The same by the unit's code; nobody of a unit that is not there.
    pub fn of_code(&self, unit: &UnitCode) -> Vec<u32> {
        let unit = self.directory.tree().find(unit);
        unit.map_or_else(|| vec![0; self.acts.len()], |unit| self.of(unit))
    }

    /// Of all, to each act.
    pub fn of_all(&self) -> Vec<u32> {
        let mut all = vec![0; self.acts.len()];
        for top in self.directory.tree().tops() {
            for (sum, came) in all.iter_mut().zip(self.counts.of(number(*top))) {
                *sum += came;
            }
        }
        all
    }
}
