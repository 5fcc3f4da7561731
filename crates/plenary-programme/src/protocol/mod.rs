//! Typed messages between the server and one `plenary media-worker`, over a stream socket.

mod air;
pub mod child;
pub mod wire;

use std::path::PathBuf;

use bytes::Bytes;
use plenary_model::frame::{Contribution, ProgrammeAac, ProgrammeOpus, ProgrammePicture};
use plenary_model::id::SourceId;
use plenary_model::ladder::Ladder;
use plenary_model::person::Card;
use plenary_model::time::Ticks;
use serde::{Deserialize, Serialize};

pub use air::{Air, Wipe};

use crate::encode::Choice;

/// How a programme begins, or goes on after the worker had died.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// The renditions to make.
    pub ladder: Ladder,
    /// What encodes their pictures.
    pub encoder: Choice,
    /// The event's title, for the slate.
    pub title: String,
    /// A tick of the event's programme clock; rounded up to the next whole frame of the ladder.
    pub first: Ticks,
    /// When that tick is due, monotonic microseconds. When it is past, the programme begins with
    /// the next frame that is not: so a worker that is started again with the same words goes on
    /// where the clock is, and no time comes twice.
    pub first_due_us: u64,
}

/// Server → worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToWorker {
    /// The first message, exactly once.
    Start(Start),
    /// A source can be shown from now on; a known one gets the new card.
    SourceAdded {
        /// Whose pictures and sounds.
        source: SourceId,
        /// What stands in for the picture.
        card: Card,
    },
    /// A looping clip can be shown from now on.
    ClipAdded {
        /// Its id, [`SourceId::Clip`].
        source: SourceId,
        /// What stands in for the picture.
        card: Card,
        /// The file; checked before by [`crate::clip::probe`].
        path: PathBuf,
    },
    /// The source is gone for good; its places become empty.
    SourceRemoved {
        /// Which.
        source: SourceId,
    },
    /// One encoded picture or sound packet of an added source; of an unknown one it is dropped.
    Contribution(Contribution),
    /// What is on air from the next tick on.
    Programme {
        /// Scene or slate.
        air: Air,
        /// Cut or cross-fade.
        wipe: Wipe,
    },
    /// The sources that are silent although they are on air; replaces the former list.
    Muted(Vec<SourceId>),
}

/// What is seen of a source, for the director.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PictureState {
    /// Fresh pictures.
    Live,
    /// The last picture stands.
    Held,
    /// The person's card stands in.
    Card,
    /// There has been no picture yet.
    None,
}

/// One source as the director's panel shows it; sent twice a second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SourceState {
    /// Which source.
    pub source: SourceId,
    /// What is seen of it.
    pub picture: PictureState,
    /// Its loudness over the last half second before the fader, in dB full scale (RMS);
    /// [`SILENCE_DB`] when there is no sound.
    pub level_db: f32,
    /// Width of its newest picture, 0 when there was none.
    pub width: u32,
    /// Height of its newest picture, 0 when there was none.
    pub height: u32,
}

/// What [`SourceState::level_db`] says for silence.
pub const SILENCE_DB: f32 = -120.0;

/// What the governor has taken back so that the clock keeps running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum GovernorStep {
    /// Everything as configured.
    Full,
    /// All encoders at low complexity.
    LowComplexity,
    /// The largest rendition is not encoded while it is above 720 lines.
    WithoutLargest,
    /// The smallest rendition at half the frame rate.
    HalfRateLowest,
    /// Sources are asked for their smallest simulcast layers as well.
    SmallLayers,
}

/// Something the director should know, as a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Notice {
    /// The governor went to this step.
    Governor(GovernorStep),
    /// A decoder died and was started again.
    DecoderRestarted(SourceId),
    /// A decoder cannot be started; the source stays a card.
    DecoderFailed(SourceId),
    /// A clip could not be read; the source stays a card.
    ClipFailed(SourceId),
    /// A source sends pictures beyond the allowed size; it stays a card.
    PictureTooLarge(SourceId),
    /// The encoder of this rendition failed and was opened again.
    EncoderRestarted(u8),
    /// An encoder process failed, or there is no time for them: the built-in encoder makes all
    /// pictures from now on.
    EncoderReplaced,
}

/// How the worker does, once a second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Ticks since the start.
    pub ticks: u64,
    /// Frame intervals in which no new picture could be made.
    pub missed: u64,
    /// Pictures that an encoder did not take because it was late.
    pub skipped: u64,
    /// 99th percentile of how late ticks came, over the last second, in microseconds.
    pub tick_late_p99_us: u32,
    /// 99th percentile of tick → encoded of the slowest rendition, in microseconds.
    pub encode_p99_us: u32,
    /// CPU of the worker and of its living decoders and encoders since their start, in microseconds.
    pub cpu_us: u64,
    /// Where the governor stands.
    pub governor: GovernorStep,
}

/// Loudness of the programme (EBU R 128), once a second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Loudness {
    /// Momentary loudness, LUFS, over 400 ms.
    pub momentary_lufs: f32,
    /// Short-term loudness, LUFS, over 3 s.
    pub short_term_lufs: f32,
    /// Highest sample of the last second, dB full scale.
    pub peak_db: f32,
}

/// Worker → server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FromWorker {
    /// The clock runs; its first picture will have this time.
    Started {
        /// Time of the first picture.
        first: Ticks,
    },
    /// One encoded picture.
    Picture(ProgrammePicture),
    /// One AAC frame.
    Aac(ProgrammeAac),
    /// One Opus packet of a bus.
    Opus(ProgrammeOpus),
    /// The source's sender must send a keyframe.
    NeedKeyframe {
        /// Which source.
        source: SourceId,
    },
    /// The source is shown this wide now: chooses its simulcast layer.
    WantedWidth {
        /// Which source.
        source: SourceId,
        /// In pixels of the largest rendition.
        width: u32,
    },
    /// A source's state.
    Source(SourceState),
    /// How the worker does.
    Stats(Stats),
    /// How loud the programme is.
    Loudness(Loudness),
    /// For the director.
    Notice(Notice),
    /// The AudioSpecificConfig of the AAC frames (ISO/IEC 14496-3), before the first of them.
    AacConfig(Bytes),
}
