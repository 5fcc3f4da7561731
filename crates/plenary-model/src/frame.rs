//! Encoded pictures and sounds on their way: from a seat to the media worker, and from there to
//! the packager, the recording and the low-delay return.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::id::SourceId;
use crate::time::Ticks;

/// How a picture of a source is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PictureCodec {
    /// H.264 access unit, Annex B with start codes (ITU-T H.264 annex B).
    H264,
    /// VP8 frame (RFC 6386 section 9).
    Vp8,
}

/// Width and height in pixels of a VP8 keyframe; `None` for any other frame (RFC 6386 section 9.1).
pub fn vp8_keyframe_size(frame: &[u8]) -> Option<(u32, u32)> {
    let head = frame.get(..10)?;
    let is_keyframe = head[0] & 1 == 0 && head[3..6] == [0x9d, 0x01, 0x2a];
    // The upper two bits of each say how much larger it is to be shown; nobody does.
    let side = |at: usize| u32::from(u16::from_le_bytes([head[at], head[at + 1]]) & 0x3fff);
    let size = (side(6), side(8));
    (is_keyframe && 0 < size.0 && 0 < size.1).then_some(size)
}

/// What a contribution's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TrackKind {
    /// One picture.
    Picture(PictureCodec),
    /// One Opus packet (RFC 6716), 48 kHz.
    Opus,
}

impl TrackKind {
    /// Whether it is a picture, of any codec.
    pub const fn is_picture(self) -> bool {
        match self {
            Self::Picture(_) => true,
            Self::Opus => false,
        }
    }
}

/// A sender report (RFC 3550 section 6.4.1): ties a track's RTP clock to the sender's wall clock,
/// so that picture and sound of one sender can be aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderReport {
    /// The sender's wall clock in microseconds (any epoch, the same for all tracks of the sender).
    pub wall_us: u64,
    /// The track's extended RTP time at that moment.
    pub rtp_time: u64,
}

/// One encoded picture or sound packet of a source, complete and in decoding order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// Whose it is.
    pub source: SourceId,
    /// What the bytes are.
    pub kind: TrackKind,
    /// Extended RTP time (90 kHz for pictures, 48 kHz for sound).
    pub rtp_time: u64,
    /// The newest sender report of this track, once one has come.
    pub report: Option<SenderReport>,
    /// When the last packet of it arrived: microseconds of the machine's monotonic clock
    /// (`CLOCK_MONOTONIC`, the same in every process).
    pub arrival_us: u64,
    /// A picture that decodes without earlier ones.
    pub keyframe: bool,
    /// Packets before it were lost for good: a decoder must wait for a keyframe.
    pub after_loss: bool,
    /// The access unit or packet.
    pub bytes: Bytes,
}

/// One encoded picture of the programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgrammePicture {
    /// Index into [`crate::ladder::Ladder::video`].
    pub rendition: u8,
    /// Presentation time = decoding time (no B-frames).
    pub time: Ticks,
    /// An IDR picture; all renditions have theirs at the same times.
    pub idr: bool,
    /// H.264 access unit, Annex B, parameter sets before each IDR.
    pub bytes: Bytes,
}

/// One encoded AAC-LC frame of the programme: 1 024 samples, stereo, 48 kHz, without ADTS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgrammeAac {
    /// Presentation time of its first sample, in samples of 48 kHz on the programme clock
    /// (encoder delay already taken off).
    pub time_samples: u64,
    /// Raw AAC frame (ISO/IEC 14496-3 raw_data_block).
    pub bytes: Bytes,
}

/// Which mix an Opus packet of the programme carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Bus {
    /// Everything on air.
    Programme,
    /// Everything on air except people on the stage: seats hear each other directly, so this is
    /// what a seat gets beside them and nobody hears themselves back (mix-minus).
    Return,
}

/// One encoded Opus packet of the programme, 20 ms, stereo, 48 kHz.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgrammeOpus {
    /// The mix it carries.
    pub bus: Bus,
    /// Time of its first sample.
    pub time: Ticks,
    /// The packet.
    pub bytes: Bytes,
}
