//! The H.264 encoder of a separate ffmpeg process: x264 with a lookahead of ten pictures and no
//! B-frames, which needs fewer bits than the built-in one for most pictures, and more CPU and time.

mod flv;
mod process;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use plenary_model::time::{PROGRAMME_HZ, Ticks};

use self::flv::Unit;
use self::process::{Ended, Process};
use super::h264::level;
use super::{
    Effort, EncodeError, EncodedPicture, PictureKind, Profile, VideoEncoder, VideoSettings,
};
use crate::canvas::{Frame, Picture};
use crate::clock::Grid;

/// Pictures that x264 looks ahead.
const LOOKAHEAD: u32 = 10;
/// Until its delay has shown, a process that has kept so many pictures is waited for: the lookahead,
/// and room for what versions of ffmpeg add.
const DELAY_MAX: usize = 20;
/// Most pictures in the process, three seconds of them; beyond it the caller is held up.
const KEPT_MAX: usize = 90;
/// How long one call waits for the picture that is its turn, so that it is sent as soon as it is
/// there: less than a tick, because the next one is waiting then.
const ANSWER_WAIT: Duration = Duration::from_millis(25);
/// A process that owes a picture for longer hangs; players have more than this in hand.
const SILENT_MAX: Duration = Duration::from_secs(1);
/// The same for its first picture, because it must start.
const START_MAX: Duration = Duration::from_secs(3);
/// The same where nobody waits for the programme yet.
const CHECK_MAX: Duration = Duration::from_secs(10);
/// Pictures that were left out and are made up for by repeating the last one: half a second. A
/// longer hole is no programme for a process that counts pictures.
const REPEATED_MAX: u64 = 15;

const ENDED: EncodeError = EncodeError::Process("has ended or gives no H.264");
const HANGS: EncodeError = EncodeError::Process("owes a picture for too long");
const STRANGE: EncodeError =
    EncodeError::Process("gives other pictures than it was given, or misses an IDR");
const OFF_GRID: EncodeError = EncodeError::Process("cannot make this picture an IDR");
const HOLE: EncodeError = EncodeError::Process("was left without pictures");
const FIXED_RATE: EncodeError = EncodeError::Process("cannot change its rate");

/// A picture that was given to the process and did not come back yet.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The picture.
    pub frame: Arc<Frame>,
    /// Its time.
    pub time: Ticks,
    /// What was asked for.
    pub kind: PictureKind,
}

/// What is left of an encoder that is given up.
#[derive(Debug)]
pub struct Unfinished {
    /// Pictures that came back and were not fetched.
    pub ready: VecDeque<EncodedPicture>,
    /// Pictures after them that did not come back, in order.
    pub kept: VecDeque<Kept>,
}

/// The program of the configuration is no encoder; the text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// It cannot be started.
    #[error("cannot start {program} as the encoder")]
    Start {
        /// Which program.
        program: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It started and made no pictures.
    #[error("{program} does not encode: {said}")]
    Mute {
        /// Which program.
        program: PathBuf,
        /// What it said, or what was wrong.
        said: String,
    },
}

/// An x264 encoder for one rendition in a process of its own.
#[derive(Debug)]
pub struct FfmpegEncoder {
    process: Process,
    settings: VideoSettings,
    grid: Grid,
    /// In the process, oldest first.
    kept: VecDeque<Kept>,
    ready: VecDeque<EncodedPicture>,
    /// Frames for reuse.
    pool: Vec<Arc<Frame>>,
    first: Option<Ticks>,
    given: u64,
    answered: u64,
    /// Pictures that stay in the process: the fewest that were seen in it.
    delay: usize,
    owes_since: Option<Instant>,
    start_max: Duration,
}

impl FfmpegEncoder {
    /// Starts a process. Its first picture will be frame 0 of the grid; each IDR names the parameter
    /// sets `also` (Annex B) after its own, whose ids are 1.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start(
        program: &Path,
        settings: VideoSettings,
        grid: Grid,
        also: Vec<u8>,
    ) -> std::io::Result<Self> {
        Ok(Self {
            process: Process::start(program, &arguments(&settings, grid), also)?,
            settings,
            grid,
            kept: VecDeque::new(),
            ready: VecDeque::new(),
            pool: Vec::new(),
            first: None,
            given: 0,
            answered: 0,
            delay: DELAY_MAX,
            owes_since: None,
            start_max: START_MAX,
        })
    }

    /// Id of the process.
    pub fn process(&self) -> u32 {
        self.process.id()
    }

    /// Kills the process and gives what others must go on with.
    pub fn give_up(mut self) -> Unfinished {
        // What has come until now need not be made again; after an error nothing does.
        while let Ok(true) = self.collect(Duration::ZERO) {}
        Unfinished { ready: self.ready, kept: self.kept }
    }

    fn ticks(&self) -> u64 {
        PROGRAMME_HZ / u64::from(self.settings.frames_per_second.max(1))
    }

    /// Puts a picture in; what was left out before it is the last picture again.
    fn put(
        &mut self,
        frame: Arc<Frame>,
        time: Ticks,
        kind: PictureKind,
    ) -> Result<(), EncodeError> {
        let first = *self.first.get_or_insert(time);
        let since = time.0.checked_sub(first.0).ok_or(HOLE)?;
        let number = since / self.ticks();
        if !since.is_multiple_of(self.ticks()) || number < self.given {
            return Err(HOLE);
        }
        if self.given + REPEATED_MAX < number {
            return Err(HOLE);
        }
        if kind == PictureKind::Idr && !self.grid.holds(number) {
            return Err(OFF_GRID);
        }
        while self.given < number {
            let last = self.kept.back().map_or(&frame, |last| &last.frame);
            let time = Ticks(first.0 + self.given * self.ticks());
            self.give(Kept { frame: Arc::clone(last), time, kind: PictureKind::Any })?;
        }
        self.give(Kept { frame, time, kind })
    }

    fn give(&mut self, picture: Kept) -> Result<(), EncodeError> {
        let frame = Arc::clone(&picture.frame);
        self.kept.push_back(picture);
        self.given += 1;
        self.process.give(frame).map_err(|Ended| ENDED)
    }

    fn copy(&mut self, picture: &Picture<'_>) -> Arc<Frame> {
        let idle = self.pool.iter_mut().position(|frame| Arc::get_mut(frame).is_some());
        let mut frame = match idle {
            Some(at) => self.pool.swap_remove(at),
            None => return Arc::new(Frame::from_picture(picture)),
        };
        if let Some(frame) = Arc::get_mut(&mut frame) {
            frame.copy_from(picture);
        }
        frame
    }

    /// Takes the next answer in, waited for so long; false when there is none.
    fn collect(&mut self, wait: Duration) -> Result<bool, EncodeError> {
        match self.process.next(wait) {
            Ok(Some(unit)) => self.accept(unit).map(|()| true),
            Ok(None) => Ok(false),
            Err(Ended) => Err(ENDED),
        }
    }

    fn accept(&mut self, unit: Unit) -> Result<(), EncodeError> {
        let rate = u64::from(self.settings.frames_per_second);
        // The number of the picture in milliseconds, rounded by whoever wrote it.
        let expected = ((self.answered * 1_000 + rate / 2) / rate) as u32;
        let as_expected = unit.ms.wrapping_sub(expected).wrapping_add(1) <= 2;
        let wanted = |kept: &&Kept| as_expected && (kept.kind == PictureKind::Any || unit.idr);
        let kept = self.kept.front().filter(wanted).ok_or(STRANGE)?;
        let bytes = Bytes::from(unit.bytes);
        self.ready.push_back(EncodedPicture { time: kept.time, idr: unit.idr, bytes });
        self.pool.extend(self.kept.pop_front().map(|kept| kept.frame));
        self.pool.truncate(DELAY_MAX);
        self.answered += 1;
        self.owes_since = None;
        Ok(())
    }

    /// Waits for the answer whose turn it is.
    fn settle(&mut self) -> Result<(), EncodeError> {
        let began = Instant::now();
        while self.delay < self.kept.len() {
            let patience = if self.answered == 0 { self.start_max } else { SILENT_MAX };
            let since = *self.owes_since.get_or_insert_with(Instant::now);
            let left = patience.checked_sub(since.elapsed()).ok_or(HANGS)?;
            let full = KEPT_MAX <= self.kept.len();
            let wait =
                if full { left } else { left.min(ANSWER_WAIT.saturating_sub(began.elapsed())) };
            if !self.collect(wait)? && !full {
                return Ok(());
            }
        }
        Ok(())
    }
}

impl VideoEncoder for FfmpegEncoder {
    fn encode(
        &mut self,
        picture: &Picture<'_>,
        time: Ticks,
        kind: PictureKind,
    ) -> Result<Option<EncodedPicture>, EncodeError> {
        self.settings.check_size("x264", picture)?;
        while self.collect(Duration::ZERO)? {}
        if 0 < self.answered {
            self.delay = self.delay.min(self.kept.len());
        }
        let frame = self.copy(picture);
        self.put(frame, time, kind)?;
        self.settle()?;
        Ok(self.ready.pop_front())
    }

    fn ready(&mut self) -> Option<EncodedPicture> {
        self.ready.pop_front()
    }

    /// It has one effort only.
    fn set_effort(&mut self, _effort: Effort) -> Result<(), EncodeError> {
        Ok(())
    }

    /// Refused: the process was told when it started.
    fn set_bits_per_second(&mut self, _bits_per_second: u32) -> Result<(), EncodeError> {
        Err(FIXED_RATE)
    }
}

/// Has a program encode a few pictures as it would in a programme. One that only takes too long is
/// not refused: a server that starts again on a busy machine shall go on with its event.
///
/// # Errors
/// [`Unusable`].
pub fn check(program: &Path) -> Result<(), Unusable> {
    let settings =
        VideoSettings { profile: Profile::Main, ..VideoSettings::speaker(64, 64, 30, 100_000) };
    let grid = Grid { opening: 15, gop: 60 };
    let ticks = PROGRAMME_HZ / u64::from(settings.frames_per_second);
    let black = Frame::black(settings.width, settings.height);
    let mut encoder = FfmpegEncoder::start(program, settings, grid, Vec::new())
        .map_err(|source| Unusable::Start { program: program.to_owned(), source })?;
    encoder.start_max = CHECK_MAX;
    for number in 0.. {
        let kind = if grid.holds(number) { PictureKind::Idr } else { PictureKind::Any };
        match encoder.encode(&black.picture(), Ticks(number * ticks), kind) {
            Ok(None) => {}
            Ok(Some(_)) => break,
            Err(error) => {
                let mut said = encoder.process.last_words();
                if said.is_empty() && error == HANGS {
                    tracing::warn!("{} takes very long to encode a picture", program.display());
                    break;
                }
                if said.is_empty() {
                    said = error.to_string();
                }
                return Err(Unusable::Mute { program: program.to_owned(), said });
            }
        }
    }
    Ok(())
}

/// What the program is told.
fn arguments(settings: &VideoSettings, grid: Grid) -> Vec<String> {
    let VideoSettings { width, height, frames_per_second, bits_per_second, .. } = settings;
    let profile = match settings.profile {
        Profile::Main => "main",
        Profile::ConstrainedBaseline => "baseline",
    };
    // A buffer of a second at the maximum: with less, x264 has no room for the keyframes of a noisy
    // picture and stays far below its target.
    let max = settings.max_bits_per_second;
    let slices = settings.slices.clamp(1, 8);
    let Grid { opening, gop } = grid;
    let level = level(settings);
    let x264 = format!(
        "scenecut=0:open-gop=0:force-cfr=1:sliced-threads=1:sps-id=1:level={level}:\
         colorprim=bt709:transfer=bt709:colormatrix=bt709:fullrange=off"
    );
    let words = format!(
        "-nostdin -hide_banner -loglevel error \
         -f rawvideo -pix_fmt yuv420p -video_size {width}x{height} -framerate {frames_per_second} \
         -i pipe:0 -an -fps_mode passthrough \
         -c:v libx264 -preset veryfast -profile:v {profile} -rc-lookahead {LOOKAHEAD} -bf 0 -refs 1 \
         -b:v {bits_per_second} -maxrate {max} -bufsize {max} -g {gop} \
         -threads {slices} -forced-idr 1 -force_key_frames expr:eq(n,{opening})+not(mod(n,{gop})) \
         -x264-params {x264} -flush_packets 1 -flvflags no_duration_filesize -f flv pipe:1"
    );
    words.split_whitespace().map(str::to_owned).collect()
}
