//! The stage of one event, as its host speaks to it.

use plenary_model::id::{EventId, SeatId, SourceId};
use plenary_stage::Part;
use plenary_stage::signal::Wanted;

use crate::media::{MediaError, MediaHandle, Offer};

/// A media handle bound to one event. A command that the media thread cannot take is logged: what
/// it was about comes again, with the page's next message or the next change of the show.
pub struct EventStage {
    event: EventId,
    media: MediaHandle,
}

impl EventStage {
    /// The stage of this event, which must be open.
    pub const fn new(event: EventId, media: MediaHandle) -> Self {
        Self { event, media }
    }

    /// A seat takes part from now on.
    pub fn join(&self, seat: SeatId, part: Part) {
        self.log("join", self.media.join(self.event, seat, part));
    }

    /// Hands over an offer; the answer comes as an event.
    ///
    /// # Errors
    /// Why the offer was not acted on.
    pub async fn offer(&self, seat: SeatId, offer: Offer) -> Result<(), MediaError> {
        self.media.offer(self.event, seat, offer).await
    }

    /// What a page shows.
    pub fn wants(&self, seat: SeatId, pictures: Vec<Wanted>, programme: bool) {
        self.log("wants", self.media.wants(self.event, seat, pictures, programme));
    }

    /// A seat leaves for good.
    pub fn leave(&self, seat: SeatId) {
        self.log("leave", self.media.leave(self.event, seat));
    }

    /// Ends all connections.
    pub fn close(&self) {
        self.log("close", self.media.close(self.event));
    }

    /// Feeds a source to the media worker, or ends it; says whether that was taken.
    pub fn feed(&self, source: SourceId, width: Option<u32>) -> bool {
        self.log("feed", self.media.feed(self.event, source, width))
    }

    /// A decoder needs a keyframe.
    pub fn feed_keyframe(&self, source: SourceId) {
        self.log("keyframe", self.media.feed_keyframe(self.event, source));
    }

    fn log(&self, command: &'static str, done: Result<(), MediaError>) -> bool {
        if let Err(error) = &done {
            tracing::warn!(event = %self.event, command, %error, "the stage did not take a command");
        }
        done.is_ok()
    }
}
