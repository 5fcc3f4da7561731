//! Typed messages between the media worker and one `plenary decode-worker`.

use bytes::Bytes;
use plenary_model::frame::PictureCodec;
use serde::{Deserialize, Serialize};

/// Descriptor of the picture ring in a decoder process; its socket is standard input.
pub const RING_FD: i32 = 3;

/// Media worker → decoder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToDecoder {
    /// An encoded picture.
    Picture {
        /// Its time on the source's clock, given back with the decoded picture.
        pts: i64,
        /// What the bytes are; in another codec than before it is a keyframe.
        codec: PictureCodec,
        /// The bytes.
        bytes: Bytes,
    },
    /// Forget all pictures: the next access unit is a keyframe after a gap.
    Reset,
    /// An Opus packet.
    Opus {
        /// Time of its first sample, in samples of 48 kHz on the source's clock.
        pts: i64,
        /// The bytes.
        bytes: Bytes,
    },
    /// The AAC frames that follow have this AudioSpecificConfig.
    AacConfig {
        /// The configuration (ISO/IEC 14496-3).
        bytes: Bytes,
    },
    /// One raw AAC frame, 48 kHz.
    Aac {
        /// Time of its first sample.
        pts: i64,
        /// The bytes.
        bytes: Bytes,
    },
    /// How large the pictures from now on are shown, in pixels; `None` asks for their full size. One
    /// that is at least twice as large may come at half its size.
    Shown {
        /// Width and height.
        size: Option<(u32, u32)>,
    },
    /// The media worker has copied the pictures out of these slots.
    Release {
        /// A bit for each slot, the lowest for slot 0.
        slots: u8,
    },
}

/// Decoder → media worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FromDecoder {
    /// A decoded picture lies in the ring.
    Picture {
        /// Which slot; the decoder does not touch it until it is released.
        slot: u8,
        /// The access unit's time.
        pts: i64,
        /// Width in pixels, even.
        width: u32,
        /// Height in pixels, even.
        height: u32,
        /// Width and height that the source has sent it with.
        sent: (u32, u32),
    },
    /// A picture was decoded, but all slots are taken: some wait to be released.
    NoRoom,
    /// The access unit gave no picture: a keyframe is needed.
    Undecodable,
    /// The picture is larger than a source may send.
    TooLarge,
    /// Decoded sound, stereo.
    Sound {
        /// Time of its first sample, in samples of 48 kHz on the source's clock.
        pts: i64,
        /// Interleaved 16-bit little-endian samples.
        samples: Bytes,
    },
}
