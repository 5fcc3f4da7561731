//! What the stage must know of a picture's encoding, whichever it is: where a receiver can start,
//! where a picture begins, and how packets become one picture again.

use plenary_model::frame::PictureCodec;

use crate::access_unit::{AccessUnit, Malformed};
use crate::{h264, sps, vp8};

/// Puts the payloads of one picture together. The caller gives them in order, says where the
/// picture ends, and says when one is missing.
#[derive(Debug)]
pub enum Depacketizer {
    /// RFC 6184.
    H264(h264::Depacketizer),
    /// RFC 7741.
    Vp8(vp8::Depacketizer),
}

impl Depacketizer {
    /// For pictures of this codec.
    pub fn new(codec: PictureCodec) -> Self {
        match codec {
            PictureCodec::H264 => Self::H264(h264::Depacketizer::default()),
            PictureCodec::Vp8 => Self::Vp8(vp8::Depacketizer::default()),
        }
    }

    /// Its codec.
    pub const fn codec(&self) -> PictureCodec {
        match self {
            Self::H264(_) => PictureCodec::H264,
            Self::Vp8(_) => PictureCodec::Vp8,
        }
    }

    /// Takes the next payload of the current picture.
    ///
    /// # Errors
    /// The picture is damaged; the caller discards the rest of it.
    pub fn push(&mut self, payload: &[u8]) -> Result<(), Malformed> {
        match self {
            Self::H264(unit) => unit.push(payload),
            Self::Vp8(frame) => frame.push(payload),
        }
    }

    /// Ends the picture. `None` when there is nothing, or only the start of a fragment.
    pub fn finish(&mut self) -> Option<AccessUnit> {
        match self {
            Self::H264(unit) => unit.finish(),
            Self::Vp8(frame) => frame.finish(),
        }
    }

    /// Forgets what there is of the current picture.
    pub fn discard(&mut self) {
        *self = Self::new(self.codec());
    }

    /// Nothing of a picture is there.
    pub const fn is_empty(&self) -> bool {
        match self {
            Self::H264(unit) => unit.is_empty(),
            Self::Vp8(frame) => frame.is_empty(),
        }
    }
}

/// A payload with which a receiver can start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Width and height in pixels, where they could be read.
    pub size: Option<(u32, u32)>,
}

/// Whether a receiver can start with a payload.
pub fn start(codec: PictureCodec, payload: &[u8]) -> Option<Start> {
    match codec {
        PictureCodec::H264 => {
            h264::sequence_parameters(payload).map(|sps| Start { size: sps::picture_size(sps) })
        }
        PictureCodec::Vp8 => vp8::keyframe_size(payload).map(|size| Start { size: Some(size) }),
    }
}

/// A payload that can only stand at the start of a picture: after a loss, what follows it is whole.
pub fn starts_picture(codec: PictureCodec, payload: &[u8]) -> bool {
    match codec {
        PictureCodec::H264 => h264::starts_access_unit(payload),
        PictureCodec::Vp8 => vp8::starts_frame(payload),
    }
}
