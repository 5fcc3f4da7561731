//! The encoder of one rendition of the programme: an ffmpeg process while all of them do well, the
//! built-in one from the picture on at which one does not.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use plenary_model::time::Ticks;

use super::ffmpeg::{FfmpegEncoder, Kept, Unfinished};
use super::h264::OpenH264Encoder;
use super::{
    Choice, Effort, EncodeError, EncodedPicture, PictureKind, VideoEncoder, VideoSettings,
};
use crate::canvas::{Frame, Picture};
use crate::clock::Grid;
use crate::decode::sps::{nal_type, nal_units};

/// How long one call makes up for pictures that a lost process has kept: less than a tick, so that
/// none of those that come meanwhile is skipped.
const CATCH_UP: Duration = Duration::from_millis(20);
const NAL_SPS: u8 = 7;
const NAL_PPS: u8 = 8;

/// What the renditions of a programme share: when the process of one fails, all go on with the
/// built-in encoder, so that none is later than another.
#[derive(Debug, Default, Clone)]
pub struct Together(Arc<AtomicBool>);

impl Together {
    /// Whether all have gone on with the built-in encoder, or shall.
    pub fn is_over(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Lets all go on with the built-in encoder; true when this is the first to say so.
    fn end(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

#[derive(Debug)]
enum State {
    BuiltIn,
    /// The process makes the pictures.
    Process(Box<FfmpegEncoder>),
    /// The process is gone; the built-in encoder begins with the first picture that it has kept.
    CatchingUp(VecDeque<Kept>),
}

/// An encoder that outlives its process.
pub struct ProgrammeEncoder {
    settings: VideoSettings,
    built_in: OpenH264Encoder,
    state: State,
    together: Together,
    /// The process of this rendition was the first to be given up; nobody was told yet.
    untold: bool,
}

impl ProgrammeEncoder {
    /// Opens the encoders. A process that cannot be started is as one that fails later.
    ///
    /// # Errors
    /// The built-in encoder refuses the settings.
    pub fn new(
        settings: VideoSettings,
        choice: &Choice,
        grid: Grid,
        together: Together,
    ) -> Result<Self, EncodeError> {
        let built_in = OpenH264Encoder::new(settings.clone())?;
        let mut untold = false;
        let state = match choice {
            Choice::BuiltIn => State::BuiltIn,
            Choice::Ffmpeg { program } => {
                let sets = parameter_sets(&settings)?;
                start(program, &settings, grid, sets).unwrap_or_else(|| {
                    untold = together.end();
                    State::BuiltIn
                })
            }
        };
        Ok(Self { settings, built_in, state, together, untold })
    }

    /// Takes a picture, and adds to `out` what is finished: none, one, or several.
    ///
    /// # Errors
    /// The built-in encoder failed; it is to be opened again with [`Self::reopen`].
    pub fn encode(
        &mut self,
        picture: &Picture<'_>,
        (time, kind): (Ticks, PictureKind),
        out: &mut Vec<EncodedPicture>,
    ) -> Result<(), EncodeError> {
        if self.together.is_over() {
            self.give_up(out);
        }
        match &mut self.state {
            State::BuiltIn => {
                out.extend(self.built_in.encode(picture, time, kind)?);
                return Ok(());
            }
            State::Process(process) => match process.encode(picture, time, kind) {
                Ok(first) => {
                    out.extend(first);
                    out.extend(std::iter::from_fn(|| process.ready()));
                    return Ok(());
                }
                Err(error) => {
                    tracing::error!(%error, "the built-in encoder takes over");
                    self.untold |= self.together.end();
                    self.give_up(out);
                }
            },
            State::CatchingUp(_) => {}
        }
        self.catch_up(picture, (time, kind), out)
    }

    /// Changes the effort. A machine that is too slow for more than the least has no time for the
    /// process, which cannot be told to try less hard.
    ///
    /// # Errors
    /// The built-in encoder refused.
    pub fn set_effort(&mut self, effort: Effort) -> Result<(), EncodeError> {
        if effort == Effort::Low && matches!(self.state, State::Process(_)) {
            self.untold |= self.together.end();
        }
        self.built_in.set_effort(effort)
    }

    /// Opens the built-in encoder again after it failed.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn reopen(&mut self) -> Result<(), EncodeError> {
        self.built_in = OpenH264Encoder::new(self.settings.clone())?;
        Ok(())
    }

    /// Whether the director is to be told, by this rendition, that the process was given up.
    pub const fn take_untold(&mut self) -> bool {
        std::mem::replace(&mut self.untold, false)
    }

    /// Id of the process, while there is one.
    pub fn process(&self) -> Option<u32> {
        match &self.state {
            State::Process(process) => Some(process.process()),
            State::BuiltIn | State::CatchingUp(_) => None,
        }
    }

    fn give_up(&mut self, out: &mut Vec<EncodedPicture>) {
        let process = match std::mem::replace(&mut self.state, State::BuiltIn) {
            State::Process(process) => process,
            other @ (State::BuiltIn | State::CatchingUp(_)) => return self.state = other,
        };
        let Unfinished { ready, mut kept } = process.give_up();
        out.extend(ready);
        if let Some(first) = kept.front_mut() {
            first.kind = PictureKind::Idr;
        }
        self.state = State::CatchingUp(kept);
    }

    /// Encodes what a lost process has kept, the given picture last, as far as there is time.
    fn catch_up(
        &mut self,
        picture: &Picture<'_>,
        (time, kind): (Ticks, PictureKind),
        out: &mut Vec<EncodedPicture>,
    ) -> Result<(), EncodeError> {
        let began = Instant::now();
        let State::CatchingUp(waiting) = &mut self.state else { return Ok(()) };
        if waiting.back().is_none_or(|last| last.time < time) {
            let kind = if waiting.is_empty() { PictureKind::Idr } else { kind };
            let frame = Arc::new(Frame::from_picture(picture));
            waiting.push_back(Kept { frame, time, kind });
        }
        while let Some(next) = waiting.pop_front() {
            let Kept { frame, time, kind } = next;
            out.extend(self.built_in.encode(&frame.picture(), time, kind)?);
            if CATCH_UP < began.elapsed() {
                break;
            }
        }
        if waiting.is_empty() {
            self.state = State::BuiltIn;
        }
        Ok(())
    }
}

fn start(program: &Path, settings: &VideoSettings, grid: Grid, sets: Vec<u8>) -> Option<State> {
    match FfmpegEncoder::start(program, settings.clone(), grid, sets) {
        Ok(process) => Some(State::Process(Box::new(process))),
        Err(error) => {
            tracing::error!(%error, "the encoder's process cannot be started");
            None
        }
    }
}

/// The built-in encoder's parameter sets as Annex B. The process names them with its own, so that
/// the built-in encoder can go on in the middle of a segment without a new description.
fn parameter_sets(settings: &VideoSettings) -> Result<Vec<u8>, EncodeError> {
    let mut encoder = OpenH264Encoder::new(settings.clone())?;
    let black = Frame::black(settings.width, settings.height);
    let encoded = encoder.encode(&black.picture(), Ticks(0), PictureKind::Idr)?;
    let bytes = encoded.map(|picture| picture.bytes).unwrap_or_default();
    let sets = nal_units(&bytes).filter(|unit| matches!(nal_type(unit), NAL_SPS | NAL_PPS));
    Ok(sets.flat_map(|set| [&[0, 0, 0, 1], set].concat()).collect())
}
