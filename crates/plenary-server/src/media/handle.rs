//! How the rest of the server speaks to a media thread and what it hears.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};

use plenary_model::frame::{Contribution, ProgrammeOpus, ProgrammePicture};
use plenary_model::id::{EventId, SeatId, SourceId};
use plenary_stage::signal::{ToPage, TrackOffer, Wanted};
use plenary_stage::{Link, Part, Refused, SourceState};
use tokio::sync::{mpsc, oneshot};

/// What an event's host hears from its stage, in order.
#[derive(Debug)]
pub enum MediaEvent {
    /// Say this to the page of a seat.
    Say {
        /// Whose page.
        seat: SeatId,
        /// The message.
        message: ToPage,
    },
    /// A seat's connection changed.
    Link {
        /// Whose.
        seat: SeatId,
        /// What it is now.
        link: Link,
    },
    /// Somebody else speaks, or nobody.
    Speaking(Option<SeatId>),
    /// All sources, twice a second.
    Sources(Vec<SourceState>),
    /// A picture or sound for the media worker.
    Contribution(Contribution),
}

/// Why a media thread did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// The page asked for the impossible.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The thread is behind; try again.
    #[error("the stage is busy, try again")]
    Busy,
    /// The thread has ended.
    #[error("the stage has ended")]
    Gone,
}

/// An offer of a page.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Session description of type offer.
    pub sdp: String,
    /// What each media line is for.
    pub tracks: Vec<TrackOffer>,
    /// A new peer connection.
    pub fresh: bool,
}

pub(super) enum Command {
    Open {
        events: mpsc::Sender<MediaEvent>,
    },
    Close,
    Join {
        seat: SeatId,
        part: Part,
    },
    Offer {
        seat: SeatId,
        offer: Offer,
        reply: oneshot::Sender<Result<(), Refused>>,
    },
    Wants {
        seat: SeatId,
        pictures: Vec<Wanted>,
        programme: bool,
    },
    Leave {
        seat: SeatId,
    },
    Feed {
        source: SourceId,
        width: Option<u32>,
    },
    FeedKeyframe {
        source: SourceId,
    },
    Picture(ProgrammePicture),
    Opus(ProgrammeOpus),
    /// The last handle is gone.
    End,
}

struct Line {
    commands: SyncSender<(Option<EventId>, Command)>,
    waker: mio::Waker,
}

impl Drop for Line {
    fn drop(&mut self) {
        // A full queue ends by itself: the thread finds the channel closed.
        let _full = self.commands.try_send((None, Command::End));
        let _gone = self.waker.wake();
    }
}

/// Speaks to a media thread; cheap to clone. The thread ends with the last handle.
#[derive(Clone)]
pub struct MediaHandle(Arc<Line>);

impl MediaHandle {
    pub(super) fn new(commands: SyncSender<(Option<EventId>, Command)>, waker: mio::Waker) -> Self {
        Self(Arc::new(Line { commands, waker }))
    }

    /// Opens the stage of an event. What happens on it goes into `events`, which should hold
    /// [`plenary_model::limits::MEDIA_EVENTS_MAX`]. Opening again starts over.
    ///
    /// # Errors
    /// The thread is busy or gone, as for all that follow.
    pub fn open(&self, event: EventId, events: mpsc::Sender<MediaEvent>) -> Result<(), MediaError> {
        self.send(event, Command::Open { events })
    }

    /// Closes the stage of an event with all its connections.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn close(&self, event: EventId) -> Result<(), MediaError> {
        self.send(event, Command::Close)
    }

    /// A seat takes part from now on; one that is there starts over.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn join(&self, event: EventId, seat: SeatId, part: Part) -> Result<(), MediaError> {
        self.send(event, Command::Join { seat, part })
    }

    /// Hands over an offer. The answer comes as [`MediaEvent::Say`], before what follows from it.
    ///
    /// # Errors
    /// The offer is refused; or as [`Self::open`].
    pub async fn offer(
        &self,
        event: EventId,
        seat: SeatId,
        offer: Offer,
    ) -> Result<(), MediaError> {
        let (reply, answered) = oneshot::channel();
        self.send(event, Command::Offer { seat, offer, reply })?;
        answered.await.map_err(|_| MediaError::Gone)?.map_err(MediaError::Refused)
    }

    /// What a page shows.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn wants(
        &self,
        event: EventId,
        seat: SeatId,
        pictures: Vec<Wanted>,
        programme: bool,
    ) -> Result<(), MediaError> {
        self.send(event, Command::Wants { seat, pictures, programme })
    }

    /// A seat leaves for good.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn leave(&self, event: EventId, seat: SeatId) -> Result<(), MediaError> {
        self.send(event, Command::Leave { seat })
    }

    /// Feeds a source to the media worker about this wide, or ends it.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn feed(
        &self,
        event: EventId,
        source: SourceId,
        width: Option<u32>,
    ) -> Result<(), MediaError> {
        self.send(event, Command::Feed { source, width })
    }

    /// The media worker's decoder needs a keyframe.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn feed_keyframe(&self, event: EventId, source: SourceId) -> Result<(), MediaError> {
        self.send(event, Command::FeedKeyframe { source })
    }

    /// The programme's next picture, for the return to the stage.
    ///
    /// # Errors
    /// As [`Self::open`]; the picture is lost then.
    pub fn programme_picture(
        &self,
        event: EventId,
        picture: ProgrammePicture,
    ) -> Result<(), MediaError> {
        self.send(event, Command::Picture(picture))
    }

    /// The programme's next sound, for the return to the stage.
    ///
    /// # Errors
    /// As [`Self::open`]; the sound is lost then.
    pub fn programme_opus(&self, event: EventId, sound: ProgrammeOpus) -> Result<(), MediaError> {
        self.send(event, Command::Opus(sound))
    }

    fn send(&self, event: EventId, command: Command) -> Result<(), MediaError> {
        self.0.commands.try_send((Some(event), command)).map_err(|error| match error {
            TrySendError::Full(_) => MediaError::Busy,
            TrySendError::Disconnected(_) => MediaError::Gone,
        })?;
        self.0.waker.wake().map_err(|_| MediaError::Gone)
    }
}
