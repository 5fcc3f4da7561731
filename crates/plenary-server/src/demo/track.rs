//! What a synthetic source sends: its pictures and its sound, encoded when they are due.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use plenary_model::person::Card;
use plenary_model::time::{PROGRAMME_HZ, SOUND_HZ, Ticks, WallMs};
use plenary_programme::encode::h264::OpenH264Encoder;
use plenary_programme::encode::opus::{BLOCK_SAMPLES, OpusEncoder};
use plenary_programme::encode::{EncodeError, PictureKind, VideoEncoder, VideoSettings};
use plenary_programme::font::Fonts;
use plenary_programme::graphic::GraphicError;

use super::marker::FRAMES_WRAP;
use super::painter::{Painter, Subject};
use super::voice::Voice;

/// Flat colours need few bits even at 720p.
const PICTURE_BITS_PER_SECOND: u32 = 800_000;
const SOUND_BITS_PER_SECOND: u32 = 32_000;
const BLOCK: Duration = Duration::from_millis(BLOCK_SAMPLES as u64 * 1_000 / SOUND_HZ);
/// A track that is later than this (the process was stopped) goes on from now instead of sending
/// everything at once.
const LATE_MAX: Duration = Duration::from_millis(300);

/// A source that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum TrackError {
    /// Its name cannot be drawn.
    #[error("cannot draw a synthetic speaker")]
    Graphic(#[from] GraphicError),
    /// Its encoder cannot be made or broke.
    #[error("cannot encode a synthetic speaker")]
    Encode(#[from] EncodeError),
}

/// The clock that pictures and sound of one source share: whole milliseconds of the wall clock at
/// its start, then monotonic.
#[derive(Debug, Clone, Copy)]
pub struct MediaClock {
    start: Instant,
    start_wall: WallMs,
}

impl MediaClock {
    /// A clock that begins now.
    pub fn begin() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { start: Instant::now(), start_wall: WallMs(since.as_millis() as u64) }
    }

    fn wall(self, at: Duration) -> WallMs {
        WallMs(self.start_wall.0 + at.as_millis() as u64)
    }

    fn instant(self, at: Duration) -> Instant {
        self.start + at
    }

    /// The first grid point at or after `now`.
    fn index_after(self, now: Instant, step: Duration) -> u64 {
        let since = now.saturating_duration_since(self.start);
        (since.as_nanos().div_ceil(step.as_nanos())) as u64
    }
}

/// One encoded picture that is due.
pub struct DuePicture {
    /// RTP time, 90 kHz.
    pub time: u64,
    /// Access unit, Annex B.
    pub access_unit: Bytes,
}

/// The pictures of a source.
pub struct PictureTrack {
    painter: Painter,
    encoder: OpenH264Encoder,
    clock: MediaClock,
    step: Duration,
    index: u64,
    frame: u32,
    keyframe_wanted: bool,
}

impl PictureTrack {
    /// Pictures of this width (a multiple of 320), 16:9.
    ///
    /// # Errors
    /// [`TrackError`].
    pub fn new(
        (source, subject): (u8, Subject),
        card: &Card,
        (width, frames_per_second): (u32, u32),
        fonts: &Fonts,
        clock: MediaClock,
    ) -> Result<Self, TrackError> {
        let settings = VideoSettings::speaker(
            width,
            width * 9 / 16,
            frames_per_second,
            PICTURE_BITS_PER_SECOND,
        );
        Ok(Self {
            painter: Painter::new((source, subject), card, width, fonts)?,
            encoder: OpenH264Encoder::new(settings)?,
            clock,
            step: Duration::from_nanos(1_000_000_000 / u64::from(frames_per_second)),
            index: 0,
            frame: 0,
            keyframe_wanted: true,
        })
    }

    /// The same with grain, see [`Painter::grainy`].
    pub fn grainy(self) -> Self {
        Self { painter: self.painter.grainy(), ..self }
    }

    /// When the next picture is due.
    pub fn deadline(&self) -> Instant {
        self.clock.instant(self.step * self.index as u32)
    }

    /// The next picture is one that decodes without earlier ones.
    pub const fn want_keyframe(&mut self) {
        self.keyframe_wanted = true;
    }

    /// The next picture, when it is due.
    ///
    /// # Errors
    /// When the encoder broke.
    pub fn due(&mut self, now: Instant) -> Result<Option<DuePicture>, TrackError> {
        if now < self.deadline() {
            return Ok(None);
        }
        if self.deadline() + LATE_MAX < now {
            self.index = self.clock.index_after(now, self.step);
            return Ok(None);
        }
        let at = self.step * self.index as u32;
        self.index += 1;
        let time = at.as_micros() as u64 * (PROGRAMME_HZ / 1_000) / 1_000;
        let kind = if self.keyframe_wanted { PictureKind::Idr } else { PictureKind::Any };
        let painted = self.painter.paint(self.frame, self.clock.wall(at));
        let encoded = self.encoder.encode(&painted.picture(), Ticks(time), kind)?;
        self.frame = (self.frame + 1) % FRAMES_WRAP;
        let Some(encoded) = encoded else { return Ok(None) };
        self.keyframe_wanted &= !encoded.idr;
        Ok(Some(DuePicture { time, access_unit: encoded.bytes }))
    }
}

/// One encoded block of sound that is due.
pub struct DueSound {
    /// RTP time, 48 kHz.
    pub time: u64,
    /// Opus packet.
    pub packet: Bytes,
    /// Its level in dBov.
    pub level_db: i8,
}

/// The sound of a source.
pub struct SoundTrack {
    voice: Voice,
    encoder: OpusEncoder,
    clock: MediaClock,
    index: u64,
}

impl SoundTrack {
    /// The voice of a source.
    ///
    /// # Errors
    /// When the encoder cannot be made.
    pub fn new(source: u8, clock: MediaClock) -> Result<Self, TrackError> {
        let encoder = OpusEncoder::new(SOUND_BITS_PER_SECOND)?;
        Ok(Self { voice: Voice::of(source), encoder, clock, index: 0 })
    }

    /// When the next block is due.
    pub fn deadline(&self) -> Instant {
        self.clock.instant(BLOCK * self.index as u32)
    }

    /// The next block, when it is due. It begins at its due time, as a picture does: the sender
    /// reports of both tracks then name the same wall clock.
    ///
    /// # Errors
    /// When the encoder broke.
    pub fn due(&mut self, now: Instant) -> Result<Option<DueSound>, TrackError> {
        if now < self.deadline() {
            return Ok(None);
        }
        if self.deadline() + LATE_MAX < now {
            self.index = self.clock.index_after(now, BLOCK);
            return Ok(None);
        }
        let at = BLOCK * self.index as u32;
        self.index += 1;
        let lead = u64::from(self.encoder.delay_samples());
        let first = self.clock.wall(at).0 * (SOUND_HZ / 1_000);
        // The encoder delays what it is given, so it is given what comes that much later.
        let (samples, level_db) = self.voice.block(first + lead);
        let packet = self.encoder.encode(&samples)?;
        let time = at.as_millis() as u64 * (SOUND_HZ / 1_000);
        Ok(Some(DueSound { time, packet, level_db }))
    }
}
