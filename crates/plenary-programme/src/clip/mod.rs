//! Clips: an MP4 file that needs no preparing, looping as a source like any other.

mod boxes;
mod index;
mod player;

use std::fs::File;
use std::path::Path;

use plenary_model::limits::CLIP_BYTES_MAX;

pub use index::{Index, Sample};
pub use player::Player;

/// Why a file cannot be played as it is. The text is for the person who gave the file.
#[derive(Debug, thiserror::Error)]
pub enum ClipError {
    /// The file cannot be read.
    #[error("the file cannot be read")]
    Unreadable(#[from] std::io::Error),
    /// Longer than [`CLIP_BYTES_MAX`].
    #[error("the file is larger than {} GiB", CLIP_BYTES_MAX >> 30)]
    TooLarge,
    /// No MP4, or a damaged one.
    #[error("the file is not a whole MP4 file ({0})")]
    NotMp4(&'static str),
    /// The picture is in a form that is not played.
    #[error("the picture must be H.264, progressive, 8 bit, 4:2:0, without B-frames: {0}")]
    Picture(&'static str),
    /// The picture is too large.
    #[error("the picture of {0}x{1} is larger than 1920x1200")]
    PictureSize(u32, u32),
    /// The sound is in a form that is not played.
    #[error("the sound must be AAC-LC at 48 kHz: {0}")]
    Sound(&'static str),
}

/// What a playable clip is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClipInfo {
    /// Length in milliseconds.
    pub duration_ms: u64,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Pictures in all.
    pub pictures: usize,
    /// Whether it has sound.
    pub sound: ClipSound,
}

/// The sound of a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClipSound {
    /// No sound track.
    Silent,
    /// AAC-LC, 48 kHz.
    Aac,
}

/// Looks whether a file can be played as it is.
pub fn probe(path: &Path) -> Result<ClipInfo, ClipError> {
    let index = Index::read(&File::open(path)?)?;
    Ok(ClipInfo {
        duration_ms: index.duration_us / 1000,
        width: index.width,
        height: index.height,
        pictures: index.pictures.len(),
        sound: if index.sounds.is_empty() { ClipSound::Silent } else { ClipSound::Aac },
    })
}
