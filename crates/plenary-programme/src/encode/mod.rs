//! Encoders of the programme and of synthetic speakers, behind types that hide the libraries.

pub mod aac;
pub mod ffmpeg;
pub mod h264;
pub mod opus;
pub mod programme;

use std::path::PathBuf;

use bytes::Bytes;
use plenary_model::ladder::VideoRendition;
use plenary_model::time::Ticks;
use serde::{Deserialize, Serialize};

use crate::canvas::Picture;

/// An encoder that cannot be made or has broken; the caller replaces it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The library refused the settings.
    #[error("the {codec} encoder refused its settings (code {code})")]
    Settings {
        /// Which encoder.
        codec: &'static str,
        /// The library's code.
        code: i64,
    },
    /// The library failed on a picture or a block of sound.
    #[error("the {codec} encoder failed (code {code})")]
    Failed {
        /// Which encoder.
        codec: &'static str,
        /// The library's code.
        code: i64,
    },
    /// The input has not the size that the encoder was made for.
    #[error("the {codec} encoder was made for {expected}, not for {got}")]
    WrongSize {
        /// Which encoder.
        codec: &'static str,
        /// What it takes.
        expected: String,
        /// What it was given.
        got: String,
    },
    /// The process that encodes is of no use any more.
    #[error("the encoder's process {0}")]
    Process(&'static str),
}

/// Which encoder a programme's pictures begin with.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Choice {
    /// openh264, in the worker's own process.
    #[default]
    BuiltIn,
    /// x264 in an ffmpeg process for each rendition, until one of them fails.
    Ffmpeg {
        /// What is started: a file, or a name that the search path finds.
        program: PathBuf,
    },
}

/// Which H.264 profile a stream keeps to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Main with CABAC: the programme.
    Main,
    /// Constrained baseline with CAVLC: what every WebRTC peer negotiates.
    ConstrainedBaseline,
}

/// How hard an encoder tries; the governor changes it while the encoder runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Cheapest: 1080p, synthetic speakers, an overloaded machine.
    Low,
    /// A tenth to a third dearer and a little better: 720p and below.
    Medium,
}

/// What a video encoder is made for.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoSettings {
    /// Width in pixels, even.
    pub width: u32,
    /// Height in pixels, even.
    pub height: u32,
    /// Pictures per second.
    pub frames_per_second: u32,
    /// Target rate in bits per second.
    pub bits_per_second: u32,
    /// Rate that no second shall exceed, in bits per second.
    pub max_bits_per_second: u32,
    /// Profile.
    pub profile: Profile,
    /// Effort at the start.
    pub effort: Effort,
    /// Slices per picture, each encoded by a thread of its own; 1 for all but 1080p.
    pub slices: u32,
}

/// Pictures of at least this many rows are cut into slices and encoded at low effort: one thread
/// takes 15 ms for them, half of a tick.
const SLICED_FROM_HEIGHT: u32 = 1_080;
/// Slices of such pictures.
const SLICES_OF_LARGE: u32 = 4;

impl VideoSettings {
    /// A rendition of the programme.
    pub fn programme(rendition: &VideoRendition, frames_per_second: u32) -> Self {
        let large = SLICED_FROM_HEIGHT <= rendition.height;
        Self {
            width: rendition.width,
            height: rendition.height,
            frames_per_second,
            bits_per_second: rendition.bits_per_second,
            max_bits_per_second: rendition.bits_per_second / 2 * 3,
            profile: Profile::Main,
            effort: if large { Effort::Low } else { Effort::Medium },
            slices: if large { SLICES_OF_LARGE } else { 1 },
        }
    }

    /// A synthetic speaker: cheap, and decodable by every WebRTC peer.
    pub const fn speaker(
        width: u32,
        height: u32,
        frames_per_second: u32,
        bits_per_second: u32,
    ) -> Self {
        Self {
            width,
            height,
            frames_per_second,
            bits_per_second,
            max_bits_per_second: bits_per_second / 2 * 3,
            profile: Profile::ConstrainedBaseline,
            effort: Effort::Low,
            slices: 1,
        }
    }
}

impl VideoSettings {
    /// Whether a picture has the size that the encoder was made for.
    fn check_size(&self, codec: &'static str, picture: &Picture<'_>) -> Result<(), EncodeError> {
        let (expected, got) = ((self.width, self.height), (picture.width(), picture.height()));
        if expected == got {
            return Ok(());
        }
        let text = |(width, height)| format!("{width}x{height}");
        Err(EncodeError::WrongSize { codec, expected: text(expected), got: text(got) })
    }
}

/// Which kind of picture the caller needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureKind {
    /// An IDR picture with parameter sets before it: the start of a GOP, or a keyframe request.
    Idr,
    /// Whatever costs fewest bits.
    Any,
}

/// One encoded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedPicture {
    /// The time that the picture was given in with.
    pub time: Ticks,
    /// It decodes without earlier ones; parameter sets come first in `bytes`.
    pub idr: bool,
    /// Access unit, Annex B (ITU-T H.264 annex B).
    pub bytes: Bytes,
}

/// Turns pictures into H.264 access units without B-frames.
pub trait VideoEncoder: Send {
    /// Encodes one picture; an encoder with delay returns an earlier one or none.
    fn encode(
        &mut self,
        picture: &Picture<'_>,
        time: Ticks,
        kind: PictureKind,
    ) -> Result<Option<EncodedPicture>, EncodeError>;

    /// A further picture that is finished; to be asked until there is none.
    fn ready(&mut self) -> Option<EncodedPicture> {
        None
    }

    /// Changes the effort from the next picture on.
    fn set_effort(&mut self, effort: Effort) -> Result<(), EncodeError>;

    /// Changes the target rate from the next picture on; the maximum keeps its ratio to it.
    fn set_bits_per_second(&mut self, bits_per_second: u32) -> Result<(), EncodeError>;
}

#[cfg(test)]
pub(crate) mod tests;
