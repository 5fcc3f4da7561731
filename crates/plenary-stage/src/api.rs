//! What goes into the stage and what comes out of it.

use plenary_model::frame::{Contribution, ProgrammeOpus, ProgrammePicture};
use plenary_model::id::{SeatId, SourceId};

use crate::address::TransportAddress;
use crate::signal::{ToPage, TrackOffer, Wanted};

/// How a seat takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Sends and receives; hears the programme without the people on the stage.
    Speaker,
    /// Only receives (the studio); hears the whole programme.
    Observer,
}

/// Something that happened outside.
#[derive(Debug)]
pub enum Input<'a> {
    /// A datagram came in on one of the stage's addresses.
    Datagram {
        /// The sender.
        from: TransportAddress,
        /// The candidate address that it came to.
        to: TransportAddress,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// The deadline has come.
    Wake,
    /// A seat takes part from now on. A seat that is there already starts over.
    Join {
        /// Minted by the shell.
        seat: SeatId,
        /// How.
        part: Part,
    },
    /// A page offers.
    Offer {
        /// Its seat, which must have joined.
        seat: SeatId,
        /// Session description of type offer.
        sdp: &'a str,
        /// What each media line is for.
        tracks: &'a [TrackOffer],
        /// A new peer connection, not a renegotiation.
        fresh: bool,
    },
    /// What a page shows; nothing more is sent to it.
    Wants {
        /// Its seat.
        seat: SeatId,
        /// Pictures, the most important first.
        pictures: &'a [Wanted],
        /// It shows the programme too.
        programme: bool,
    },
    /// A seat leaves for good.
    Leave {
        /// Which.
        seat: SeatId,
    },
    /// The media worker wants a source, about this wide; `None` ends it.
    Feed {
        /// Which.
        source: SourceId,
        /// Width of its tile.
        width: Option<u32>,
    },
    /// The media worker's decoder needs a keyframe of a source that is fed.
    FeedKeyframe {
        /// Which.
        source: SourceId,
    },
    /// The programme's next picture.
    ProgrammePicture(ProgrammePicture),
    /// The programme's next sound.
    ProgrammeOpus(ProgrammeOpus),
}

/// How a seat's connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Media flows.
    Up,
    /// Nothing has come for some seconds; it may come back by itself.
    Interrupted,
    /// The peer connection is gone; the page must offer afresh.
    Down,
    /// The peer connection was given up because handling it broke a belief of ours; the page must
    /// offer afresh.
    Faulted,
}

/// Why an offer was not acted on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The shell named a seat that has not joined.
    #[error("this seat is not on the stage")]
    UnknownSeat,
    /// Too many seats.
    #[error("the stage is full")]
    StageFull,
    /// The description is longer or has more lines than the limits say.
    #[error("the offer is too large")]
    OfferTooLarge,
    /// The description does not parse or does not fit the connection.
    #[error("the offer cannot be used: {0}")]
    BadOffer(String),
    /// A track names a line that the offer does not have, or twice the same.
    #[error("track {0} does not match the offer")]
    BadTrack(String),
    /// An observer offered to send.
    #[error("this connection may only receive")]
    OnlyReceives,
}

impl Refused {
    /// Code for programs; it never changes its meaning.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownSeat => "seat_unknown",
            Self::StageFull => "stage_full",
            Self::OfferTooLarge => "offer_too_large",
            Self::BadOffer(_) => "offer_bad",
            Self::BadTrack(_) => "track_bad",
            Self::OnlyReceives => "only_receives",
        }
    }
}

/// How a source does, for the studio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SourceState {
    /// Which.
    pub source: SourceId,
    /// Packets of it came within the last second and a half.
    pub arriving: bool,
    /// Smoothed sound level in dBov (0 is full scale, −127 silence); `None` without sound.
    pub level_db: Option<f32>,
    /// Packets lost on the way to us, before repair, in percent.
    pub loss_percent: f32,
    /// Size of its largest arriving picture, once a keyframe told it.
    pub size: Option<(u32, u32)>,
}

/// Something for the shell to do or pass on.
#[derive(Debug)]
pub enum Output {
    /// Send these bytes.
    Datagram {
        /// From this candidate address.
        from: TransportAddress,
        /// To this one.
        to: TransportAddress,
        /// At most one MTU.
        bytes: Vec<u8>,
    },
    /// Say this to the page of a seat.
    Say {
        /// Whose page.
        seat: SeatId,
        /// The message.
        message: ToPage,
    },
    /// A seat's last offer was not acted on; the old connection, if any, goes on.
    Refused {
        /// Whose.
        seat: SeatId,
        /// Why.
        refused: Refused,
    },
    /// A picture or sound for the media worker.
    Contribution(Contribution),
    /// A seat's connection changed.
    Link {
        /// Whose.
        seat: SeatId,
        /// What it is now.
        link: Link,
    },
    /// Somebody else speaks, or nobody.
    Speaking(Option<SeatId>),
    /// All sources, twice a second while there are any, and once when the last has gone.
    Sources(Vec<SourceState>),
}
