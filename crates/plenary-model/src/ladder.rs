//! The ladder: which renditions of the programme are made, and their clockwork.

use serde::{Deserialize, Serialize};

/// One video rendition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoRendition {
    /// Name in addresses and file names, for example `v720`.
    pub name: String,
    /// Picture width in pixels, even.
    pub width: u32,
    /// Picture height in pixels, even.
    pub height: u32,
    /// Target rate in bits per second.
    pub bits_per_second: u32,
}

/// The audio rendition, AAC-LC stereo 48 kHz.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioRendition {
    /// Name in addresses and file names, for example `a64`.
    pub name: String,
    /// Rate in bits per second.
    pub bits_per_second: u32,
}

/// All renditions of a programme with their common clockwork.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    /// Video renditions, largest first, at least one, at most 8.
    pub video: Vec<VideoRendition>,
    /// The one audio rendition.
    pub audio: AudioRendition,
    /// Pictures per second, 25 or 30.
    pub frames_per_second: u32,
    /// Seconds between IDR pictures (closed GOP).
    pub gop_seconds: u32,
    /// Seconds per segment, a multiple of `gop_seconds`.
    pub segment_seconds: u32,
    /// Longest video part in milliseconds; it divides the segment.
    pub part_ms: u32,
}

impl Ladder {
    /// Lengths in milliseconds of the first two segments after the encoders begin: one part, then
    /// the rest of the GOP; all later ones have `segment_seconds`. Players that know no parts begin
    /// with a whole segment, and so need not wait for the length of a usual one.
    pub const fn opening_ms(&self) -> [u32; 2] {
        let gop = self.gop_seconds * 1000;
        if self.part_ms < gop { [self.part_ms, gop - self.part_ms] } else { [gop, gop] }
    }

    /// What two cores carry beside everything else: 720p, 360p and audio, 0.5 s parts.
    pub fn two_cores() -> Self {
        let video = |name: &str, width, height, bits_per_second| VideoRendition {
            name: name.into(),
            width,
            height,
            bits_per_second,
        };
        Self {
            video: vec![video("v720", 1280, 720, 2_000_000), video("v360", 640, 360, 700_000)],
            audio: AudioRendition { name: "a64".into(), bits_per_second: 64_000 },
            frames_per_second: 30,
            gop_seconds: 2,
            segment_seconds: 4,
            part_ms: 500,
        }
    }
}
