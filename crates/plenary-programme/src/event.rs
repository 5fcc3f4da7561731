//! What wakes the thread that owns the programme: the server, decoders, clips and finished drawings.

use std::sync::Arc;

use bytes::Bytes;
use plenary_model::id::SourceId;
use plenary_model::person::Card;
use plenary_model::scene::LowerThird;

use crate::canvas::Frame;
use crate::graphic::Graphic;
use crate::protocol::ToWorker;
use crate::unit::Unit;

/// What wakes the thread that owns the programme.
#[derive(Debug)]
pub enum Event {
    /// The server says something.
    Server(ToWorker),
    /// The server is gone.
    ServerGone,
    /// A decoder gave something.
    Decoded {
        /// Whose.
        source: SourceId,
        /// Which run of the decoder.
        generation: u64,
        /// What.
        decoded: Decoded,
    },
    /// A clip's next piece.
    Clip {
        /// Which clip.
        source: SourceId,
        /// The piece.
        unit: Unit,
    },
    /// A clip cannot be read any more.
    ClipFailed {
        /// Which clip.
        source: SourceId,
    },
    /// A card, lower third or slate is drawn.
    Drawn(Drawn),
}

/// What a decoder gave.
#[derive(Debug)]
pub enum Decoded {
    /// A picture.
    Picture {
        /// The access unit's time.
        pts: i64,
        /// The picture.
        frame: Arc<Frame>,
        /// Width and height that the source has sent it with.
        sent: (u32, u32),
    },
    /// Interleaved 16-bit stereo.
    Sound {
        /// Time of the first sample.
        pts: i64,
        /// The samples.
        samples: Bytes,
    },
    /// A keyframe is needed.
    Undecodable,
    /// The picture is larger than allowed.
    TooLarge,
    /// The process ended.
    Gone,
}

/// A finished drawing, with what it was drawn from.
#[derive(Debug)]
pub enum Drawn {
    /// What stands in for a source's picture.
    Card {
        /// Whose.
        source: SourceId,
        /// What it says.
        card: Card,
        /// The picture.
        frame: Frame,
    },
    /// The name in a place's corner.
    Label {
        /// The name and the width of the place.
        key: (String, u32),
        /// The picture.
        graphic: Graphic,
    },
    /// A lower third.
    LowerThird {
        /// What it says.
        fields: LowerThird,
        /// The picture.
        graphic: Graphic,
    },
    /// The slate.
    Slate(Frame),
}
