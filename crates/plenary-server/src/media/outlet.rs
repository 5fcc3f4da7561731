//! From a stage's outputs to its event's host through a bounded queue.

use std::collections::BTreeSet;

use plenary_model::id::SourceId;
use plenary_model::limits::MEDIA_EVENTS_MAX;
use tokio::sync::mpsc;

use super::handle::MediaEvent;

/// What a full queue did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// It is on its way.
    Yes,
    /// It gave way; nothing more is to be done.
    No,
    /// A contribution gave way: its source needs a keyframe.
    Damaged(SourceId),
}

/// The queue to one host. The last quarter of it is kept for what pages are told: contributions
/// and level reports give way first, and the source's next contribution says that some were lost.
pub struct Outlet {
    events: mpsc::Sender<MediaEvent>,
    damaged: BTreeSet<(SourceId, bool)>,
}

impl Outlet {
    pub const fn new(events: mpsc::Sender<MediaEvent>) -> Self {
        Self { events, damaged: BTreeSet::new() }
    }

    /// Passes an event on without waiting.
    pub fn pass(&mut self, mut event: MediaEvent) -> Passed {
        let reserve = self.events.max_capacity().min(MEDIA_EVENTS_MAX) / 4;
        let roomy = reserve < self.events.capacity();
        match &mut event {
            MediaEvent::Contribution(contribution) => {
                let key = (contribution.source, contribution.kind.is_picture());
                if !roomy {
                    self.damaged.insert(key);
                    return if key.1 { Passed::Damaged(key.0) } else { Passed::No };
                }
                contribution.after_loss |= self.damaged.remove(&key);
            }
            MediaEvent::Sources(_) if !roomy => return Passed::No,
            MediaEvent::Sources(_)
            | MediaEvent::Say { .. }
            | MediaEvent::Refused { .. }
            | MediaEvent::Link { .. }
            | MediaEvent::Speaking(_) => {}
        }
        match self.events.try_send(event) {
            Ok(()) => Passed::Yes,
            Err(mpsc::error::TrySendError::Full(_)) => {
                tracing::warn!("a host does not take what its stage says; a message is lost");
                Passed::No
            }
            Err(mpsc::error::TrySendError::Closed(_)) => Passed::No,
        }
    }
}
