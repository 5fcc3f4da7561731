//! How the rest of the server speaks to a media thread and what it hears.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};

use plenary_model::frame::{Bus, Contribution, ProgrammeOpus, ProgrammePicture};
use plenary_model::id::{EventId, SeatId, SourceId};
use plenary_stage::egress::{self, ViewerId};
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
    /// A seat's last offer was not acted on.
    Refused {
        /// Whose.
        seat: SeatId,
        /// Why.
        refused: Refused,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// The thread is behind; try again.
    #[error("the stage is busy, try again")]
    Busy,
    /// The thread has ended.
    #[error("the stage has ended")]
    Gone,
}

/// An offer of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Session description of type offer.
    pub sdp: String,
    /// What each media line is for.
    pub tracks: Vec<TrackOffer>,
    /// A new peer connection.
    pub fresh: bool,
}

/// What a host tells the stage of its event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// A seat takes part from now on; one that is there starts over.
    Join {
        /// Which.
        seat: SeatId,
        /// How.
        part: Part,
    },
    /// A page offers. The answer comes as [`MediaEvent::Say`] or [`MediaEvent::Refused`], before
    /// what follows from it.
    Offer {
        /// Its seat.
        seat: SeatId,
        /// The offer.
        offer: Offer,
    },
    /// What a page shows.
    Wants {
        /// Its seat.
        seat: SeatId,
        /// Pictures, the most important first.
        pictures: Vec<Wanted>,
        /// It shows the programme too.
        programme: bool,
    },
    /// A seat leaves for good.
    Leave {
        /// Which.
        seat: SeatId,
    },
    /// Feeds a source to the media worker about this wide, or ends it.
    Feed {
        /// Which.
        source: SourceId,
        /// Width of its tile.
        width: Option<u32>,
    },
    /// The media worker's decoder needs a keyframe.
    FeedKeyframe {
        /// Of this source.
        source: SourceId,
    },
    /// The stage closes with all its connections.
    Close,
}

/// An order that the media thread did not take.
#[derive(Debug)]
pub enum Untaken {
    /// The thread is behind; here is the order again.
    Busy(Order),
    /// The thread has ended.
    Gone,
}

/// What a media thread is told of the viewers of an event's low-delay programme.
#[derive(Debug)]
pub(super) enum ViewerOrder {
    /// Viewers may come.
    Open,
    /// Somebody offers to receive, for the first time or to restart ICE.
    Offer {
        viewer: ViewerId,
        bus: Bus,
        sdp: String,
        /// Takes the answer's session description.
        reply: oneshot::Sender<Result<String, egress::Refused>>,
        /// With the first offer: dropped when the viewer is gone.
        gone: Option<oneshot::Sender<()>>,
    },
    /// A viewer leaves.
    Leave { viewer: ViewerId },
    /// All viewers leave.
    Close,
}

pub(super) enum Command {
    Open {
        events: mpsc::Sender<MediaEvent>,
    },
    Order(Order),
    Viewer(ViewerOrder),
    Picture(ProgrammePicture),
    Opus(ProgrammeOpus),
    /// The last handle is gone.
    End,
}

/// A command with the event that it is for.
pub(super) type Sent = (Option<EventId>, Command);

struct Line {
    commands: SyncSender<Sent>,
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
    pub(super) fn new(commands: SyncSender<Sent>, waker: mio::Waker) -> Self {
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

    /// Tells the stage of an event something; what has not been opened does not hear it.
    ///
    /// # Errors
    /// The thread is busy or gone.
    pub fn tell(&self, event: EventId, order: Order) -> Result<(), Untaken> {
        self.put(event, Command::Order(order)).map_err(|untaken| match untaken {
            TrySendError::Full((_, Command::Order(order))) => Untaken::Busy(order),
            TrySendError::Full(_) => unreachable!("what is given back is what was sent"),
            TrySendError::Disconnected(_) => Untaken::Gone,
        })
    }

    /// Tells the viewers of an event something.
    ///
    /// # Errors
    /// As [`Self::open`]; the order is lost then.
    pub(super) fn tell_viewers(
        &self,
        event: EventId,
        order: ViewerOrder,
    ) -> Result<(), MediaError> {
        self.send(event, Command::Viewer(order))
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
        self.put(event, command).map_err(|untaken| match untaken {
            TrySendError::Full(_) => MediaError::Busy,
            TrySendError::Disconnected(_) => MediaError::Gone,
        })
    }

    fn put(&self, event: EventId, command: Command) -> Result<(), TrySendError<Sent>> {
        self.0.commands.try_send((Some(event), command))?;
        if let Err(error) = self.0.waker.wake() {
            tracing::warn!(%error, "the media thread was not woken and hears a command late");
        }
        Ok(())
    }
}
