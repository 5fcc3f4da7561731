//! What a page and the stage say to each other about connections, exactly as in `docs/protocol.md`.

use plenary_model::id::SourceId;
use serde::{Deserialize, Serialize};

/// What a media line of an offer is for, seen from the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrackUse {
    /// The page sends its camera.
    CameraVideo,
    /// The page sends its microphone.
    CameraAudio,
    /// The page sends its screen.
    ScreenVideo,
    /// The page sends the sound of its screen.
    ScreenAudio,
    /// Receive slot for a picture.
    Video,
    /// Receive slot for a sound.
    Audio,
    /// The page receives the programme's picture.
    ProgrammeVideo,
    /// The page receives the programme's sound.
    ProgrammeAudio,
}

impl TrackUse {
    /// Whether it carries pictures.
    pub const fn is_picture(self) -> bool {
        match self {
            Self::CameraVideo | Self::ScreenVideo | Self::Video | Self::ProgrammeVideo => true,
            Self::CameraAudio | Self::ScreenAudio | Self::Audio | Self::ProgrammeAudio => false,
        }
    }
}

/// One media line of an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackOffer {
    /// The `a=mid` of the line.
    pub mid: String,
    /// What it is for.
    pub kind: TrackUse,
}

/// A picture that a page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Whose picture.
    pub source: SourceId,
    /// How wide it is on the page, in device pixels.
    pub width: u32,
}

/// What arrives on one receive slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotSource {
    /// The slot's `a=mid`.
    pub mid: String,
    /// The source, or nothing.
    pub source: Option<SourceId>,
}

/// What the stage says to a page; the JSON form is the message itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToPage {
    /// The answer to the last offer.
    Answer {
        /// Session description of type answer.
        sdp: String,
    },
    /// How many receive slots the page should have.
    Slots {
        /// For pictures.
        video: usize,
        /// For sounds.
        audio: usize,
    },
    /// What arrives on each receive slot, always all of them.
    Map {
        /// In the order of the offer.
        slots: Vec<SlotSource>,
        /// Pictures that the page wants and cannot decode: it offered no codec that they come in.
        undecodable: Vec<SourceId>,
    },
    /// The page shall offer again as it is: the answer will ask for another codec.
    Renegotiate,
}
