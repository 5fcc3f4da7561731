//! How many came to each act, by what is recorded or by a sealed book.

use std::sync::Arc;

use plenary_audience::attendance::{ActCounts, ActTime, Moment};
use plenary_model::time::WallMs;
use plenary_model::unit::UnitCode;
use plenary_organisation::UnitIndex;
use plenary_show::BegunAct;
use plenary_store::Event;
use tokio::sync::oneshot;

use super::desk::AttendanceDesk;
use super::question::Question;
use super::register::number;
use super::task::Task;
use crate::organisation::Directory;

/// How long an answer holds: looking at every member takes some 10 ms, for which nobody comes in.
const HOLDS_MS: u64 = 1_000;

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

/// When acts went on, on the event's own clock.
pub(super) fn times(event: &Event, acts: &[BegunAct]) -> Vec<ActTime> {
    let moment = |wall: WallMs| Moment(wall.0.saturating_sub(event.created.0));
    let times = acts.iter().map(|act| {
        let (from, until) = (moment(act.from), act.until.map(moment));
        ActTime { from, until }
    });
    times.collect()
}

impl AttendanceDesk {
    /// How many came to each of these acts, in the order in which they began; nothing when the desk has
    /// ended.
    pub async fn act_sums(&self, acts: Vec<BegunAct>) -> Option<Arc<ActSums>> {
        let (reply, replied) = oneshot::channel();
        self.ask(Question::Acts { acts, reply }).await;
        replied.await.ok()
    }
}

impl Task {
    pub(super) fn act_sums(&mut self, acts: Vec<BegunAct>) -> Arc<ActSums> {
        let second = self.now().0 / HOLDS_MS;
        match &self.acts {
            Some((of, known)) if *of == second && known.acts == acts => Arc::clone(known),
            Some(_) | None => {
                let counts = self.register.attendance().came_to(&times(&self.event, &acts));
                let directory = Arc::clone(self.register.directory());
                let sums = Arc::new(ActSums { directory, acts, counts });
                self.acts = Some((second, Arc::clone(&sums)));
                sums
            }
        }
    }
}
