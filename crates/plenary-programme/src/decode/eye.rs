//! The decoder of one source's pictures, whichever codec they come in.

use plenary_model::frame::PictureCodec;

use super::DecodeError;
use super::h264::H264Decoder;
#[cfg(feature = "vp8")]
use super::vp8::Vp8Decoder;
use crate::canvas::Picture;

/// A decoder that changes with its source's codec.
pub enum Eye {
    /// H.264.
    H264(H264Decoder),
    /// VP8.
    #[cfg(feature = "vp8")]
    Vp8(Vp8Decoder),
}

impl Eye {
    /// Makes a decoder that waits for a keyframe.
    ///
    /// # Errors
    /// The library cannot be set up, or this build leaves the codec out.
    pub fn new(codec: PictureCodec) -> Result<Self, DecodeError> {
        match codec {
            PictureCodec::H264 => H264Decoder::new().map(Self::H264),
            #[cfg(feature = "vp8")]
            PictureCodec::Vp8 => Vp8Decoder::new().map(Self::Vp8),
            #[cfg(not(feature = "vp8"))]
            PictureCodec::Vp8 => {
                Err(DecodeError::Unsupported { what: "VP8, which this build leaves out" })
            }
        }
    }

    /// What it decodes.
    pub const fn codec(&self) -> PictureCodec {
        match self {
            Self::H264(_) => PictureCodec::H264,
            #[cfg(feature = "vp8")]
            Self::Vp8(_) => PictureCodec::Vp8,
        }
    }

    /// Decodes one picture; in another codec than the one before it begins with a keyframe. As
    /// [`H264Decoder::decode`] otherwise.
    ///
    /// # Errors
    /// After any of them the decoder goes on with the next keyframe.
    pub fn decode(
        &mut self,
        codec: PictureCodec,
        bytes: &[u8],
    ) -> Result<Option<Picture<'_>>, DecodeError> {
        if self.codec() != codec {
            *self = Self::new(codec)?;
        }
        match self {
            Self::H264(decoder) => decoder.decode(bytes),
            #[cfg(feature = "vp8")]
            Self::Vp8(decoder) => decoder.decode(bytes),
        }
    }

    /// Says that packets before the next picture were lost for good.
    pub const fn lost(&mut self) {
        match self {
            Self::H264(decoder) => decoder.lost(),
            #[cfg(feature = "vp8")]
            Self::Vp8(decoder) => decoder.lost(),
        }
    }
}
