//! What reaches a source: one encoded piece, from a seat's track or from a clip's file.

use bytes::Bytes;
use plenary_model::frame::{Contribution, PictureCodec, SenderReport, TrackKind};

/// One encoded piece of a source.
#[derive(Debug, Clone)]
pub struct Unit {
    /// What the bytes are.
    pub media: Media,
    /// Extended RTP time, 90 kHz for pictures, 48 kHz for sound.
    pub rtp: i64,
    /// Monotonic microseconds.
    pub arrival_us: u64,
    /// The track's newest sender report.
    pub report: Option<SenderReport>,
    /// The bytes.
    pub bytes: Bytes,
}

/// What a [`Unit`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// A picture that decodes without earlier ones.
    Keyframe(PictureCodec),
    /// A picture.
    Picture(PictureCodec),
    /// A picture before which others were lost.
    PictureAfterLoss,
    /// Opus packet.
    Opus,
    /// AAC configuration, to be applied before the next frame.
    AacConfig,
    /// Raw AAC frame.
    Aac,
}

impl From<Contribution> for Unit {
    fn from(c: Contribution) -> Self {
        let media = match (c.kind, c.keyframe, c.after_loss) {
            (TrackKind::Opus, _, _) => Media::Opus,
            (TrackKind::Picture(codec), true, _) => Media::Keyframe(codec),
            (TrackKind::Picture(_), false, true) => Media::PictureAfterLoss,
            (TrackKind::Picture(codec), false, false) => Media::Picture(codec),
        };
        Self {
            media,
            rtp: c.rtp_time as i64,
            arrival_us: c.arrival_us,
            report: c.report,
            bytes: c.bytes,
        }
    }
}

impl Media {
    /// Whether it is an access unit.
    pub const fn is_picture(self) -> bool {
        match self {
            Self::Keyframe(_) | Self::Picture(_) | Self::PictureAfterLoss => true,
            Self::Opus | Self::AacConfig | Self::Aac => false,
        }
    }
}
