//! How many came to each act, by what is recorded or by a sealed book.

use std::sync::Arc;

use plenary_audience::attendance::{ActTime, Moment};
use plenary_model::time::WallMs;
use plenary_show::BegunAct;
use plenary_store::Event;
use tokio::sync::oneshot;

use super::desk::AttendanceDesk;
use super::order::{ActSums, Question};
use super::task::Task;

/// How long an answer holds: looking at every member takes some 10 ms, for which nobody comes in.
const HOLDS_MS: u64 = 1_000;

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
