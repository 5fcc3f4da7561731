//! Decoders of what seats, contributions and clips send. Every byte they get is a stranger's.

pub mod aac;
pub mod eye;
pub mod h264;
pub mod opus;
pub mod sps;
#[cfg(feature = "vp8")]
pub mod vp8;

use plenary_model::limits::{SOURCE_HEIGHT_MAX, SOURCE_WIDTH_MAX};

/// Why there is no picture or sound from some bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Something before was lost or damaged: nothing decodes until the next keyframe, so ask the
    /// sender for one and hold the last picture.
    #[error("waiting for a keyframe")]
    WaitForKeyframe,
    /// The picture is larger than a source may send.
    #[error("a picture of {width}x{height} is larger than a source may send")]
    TooLarge {
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
    },
    /// The access unit or packet is longer than a source may send.
    #[error("{bytes} bytes at once are more than a source may send")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The stream uses something that cannot be decoded here (interlaced, 10 bit, 4:2:2).
    #[error("the stream uses {what}, which cannot be decoded")]
    Unsupported {
        /// What.
        what: &'static str,
    },
    /// The bytes are no packet of this codec; one packet is lost, the next may be good.
    #[error("not a valid {codec} packet")]
    Damaged {
        /// Which codec.
        codec: &'static str,
    },
    /// The library failed; the decoder has to be made again.
    #[error("the {codec} decoder broke (code {code})")]
    Broken {
        /// Which codec.
        codec: &'static str,
        /// The library's code.
        code: i64,
    },
}

/// Refuses sizes beyond what a source may send.
const fn check_size(width: u32, height: u32) -> Result<(), DecodeError> {
    // A phone held upright sends a tall picture: the two limits may change places.
    let (long, short) = if height < width { (width, height) } else { (height, width) };
    if SOURCE_WIDTH_MAX < long || SOURCE_HEIGHT_MAX < short {
        return Err(DecodeError::TooLarge { width, height });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
