//! The VP8 decoder: libvpx through its raw interface, fed with whole frames. It does not conceal:
//! after a loss it asks for a keyframe.

mod library;

use plenary_model::frame::vp8_keyframe_size;
use plenary_model::limits::ACCESS_UNIT_BYTES_MAX;

use super::{DecodeError, check_size};
use crate::canvas::Picture;

use library::Library;

const CODEC: &str = "VP8";

/// Where the decoder stands in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    /// Only a keyframe helps.
    WaitsForKeyframe,
    /// The frames before this one were good.
    Decodes,
}

/// A decoder for one source.
pub struct Vp8Decoder {
    library: Library,
    stand: Stand,
}

impl Vp8Decoder {
    /// Makes a decoder that waits for a keyframe.
    ///
    /// # Errors
    /// The library cannot be set up.
    pub fn new() -> Result<Self, DecodeError> {
        Ok(Self { library: Library::open()?, stand: Stand::WaitsForKeyframe })
    }

    /// Decodes one frame. The picture borrows the decoder's memory until the next call. `None`:
    /// nothing wrong, but the frame is not one to be shown.
    ///
    /// # Errors
    /// After any of them the decoder goes on with the next keyframe.
    pub fn decode(&mut self, frame: &[u8]) -> Result<Option<Picture<'_>>, DecodeError> {
        if let Err(error) = self.check(frame) {
            self.stand = Stand::WaitsForKeyframe;
            return Err(error);
        }
        let decoded = self.library.decode(frame);
        self.stand = if decoded.is_ok() { Stand::Decodes } else { Stand::WaitsForKeyframe };
        match decoded {
            Ok(()) => {}
            Err(DecodeError::Broken { .. }) => {
                self.library = Library::open()?;
                return Err(DecodeError::WaitForKeyframe);
            }
            Err(error) => return Err(error),
        }
        self.library.picture()
    }

    /// Says that packets before the next frame were lost for good.
    pub const fn lost(&mut self) {
        self.stand = Stand::WaitsForKeyframe;
    }

    /// Looks at what a frame is before the decoder allocates for it.
    fn check(&self, frame: &[u8]) -> Result<(), DecodeError> {
        if ACCESS_UNIT_BYTES_MAX < frame.len() {
            return Err(DecodeError::TooLong { bytes: frame.len() });
        }
        match (vp8_keyframe_size(frame), self.stand) {
            (Some((width, height)), _) => check_size(width, height),
            // The library would take nothing at all for a lost frame and make one up.
            (None, Stand::Decodes) if !frame.is_empty() => Ok(()),
            (None, Stand::Decodes | Stand::WaitsForKeyframe) => Err(DecodeError::WaitForKeyframe),
        }
    }
}

#[cfg(test)]
mod tests;
