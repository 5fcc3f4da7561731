//! The sample clip: an animated title with soft tones, made by our own encoders and packager and
//! put into the event's folder of clips.

use std::f32::consts::TAU;
use std::io;
use std::path::Path;

use bytes::Bytes;
use plenary_hls::packager::{Input, Output, Packager, Past, Setup};
use plenary_hls::progressive::{self, Damaged, Track};
use plenary_hls::track::Made;
use plenary_model::frame::{ProgrammeAac, ProgrammePicture};
use plenary_model::ladder::{Ladder, VideoRendition};
use plenary_model::time::{PROGRAMME_HZ, SOUND_HZ, Ticks, WallMs};
use plenary_programme::blend::{FADE_END, cross_fade};
use plenary_programme::canvas::{Colour, Frame};
use plenary_programme::card::Painter;
use plenary_programme::encode::aac::AacEncoder;
use plenary_programme::encode::h264::OpenH264Encoder;
use plenary_programme::encode::{EncodeError, PictureKind, VideoEncoder as _, VideoSettings};
use plenary_programme::font::Fonts;
use plenary_programme::graphic::GraphicError;

const NAME: &str = "片头 Opening.mp4";
const TITLE: &str = "颁奖典礼 Awards";
const SECONDS: u64 = 10;
const WIDTH: u32 = 640;
const HEIGHT: u32 = 360;
const FRAMES_PER_SECOND: u64 = 30;
const GOLD: Colour = Colour::from_rgb(0xf0, 0xc0, 0x4a);
/// The title comes and goes within this many pictures.
const FADE_FRAMES: u64 = 20;
/// One note a second: a pentatonic scale up and down, in hertz.
const NOTES: [f32; 10] = [262.0, 294.0, 330.0, 392.0, 440.0, 523.0, 440.0, 392.0, 330.0, 294.0];
/// Peak of a note: −20 dBFS.
const AMPLITUDE: f32 = 0.1;

/// Why there is no sample clip.
#[derive(Debug, thiserror::Error)]
pub enum ClipFailed {
    /// The title cannot be drawn.
    #[error("the title cannot be drawn")]
    Title(#[from] GraphicError),
    /// An encoder.
    #[error(transparent)]
    Encoder(#[from] EncodeError),
    /// The file's tables.
    #[error(transparent)]
    Tables(#[from] Damaged),
    /// The disk.
    #[error("the sample clip cannot be written")]
    Write(#[from] io::Error),
}

/// Makes the clip, unless the folder holds it already. Takes about a second of one core.
///
/// # Errors
/// [`ClipFailed`]; the folder holds no half file then.
pub fn seed(folder: &Path, fonts: Fonts) -> Result<(), ClipFailed> {
    let path = folder.join(NAME);
    if path.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    let file = film(fonts)?;
    // Under another name until it is whole.
    let draft = path.with_extension("part");
    std::fs::write(&draft, file)?;
    Ok(std::fs::rename(&draft, &path)?)
}

fn film(fonts: Fonts) -> Result<Vec<u8>, ClipFailed> {
    let ladder = ladder();
    let setup = Setup { ladder: ladder.clone(), wall_of_zero: WallMs(0), window_seconds: 60 };
    let mut packager = Packager::new(setup, Past::default());
    let mut reel = Reel::default();
    let mut out = Vec::new();
    for input in pictures(&ladder, fonts)?.into_iter().chain(sounds(&ladder)?).chain([Input::Close])
    {
        packager.handle(input, &mut out);
        for output in out.drain(..) {
            reel.take(output)?;
        }
    }
    reel.whole()
}

fn ladder() -> Ladder {
    let name = "clip".to_owned();
    let video = VideoRendition { name, width: WIDTH, height: HEIGHT, bits_per_second: 800_000 };
    Ladder { video: vec![video], ..Ladder::two_cores() }
}

fn pictures(ladder: &Ladder, fonts: Fonts) -> Result<Vec<Input>, ClipFailed> {
    let title = Painter::new(fonts, HEIGHT).slate(TITLE, WIDTH, HEIGHT)?;
    let settings = VideoSettings::programme(&ladder.video[0], ladder.frames_per_second);
    let mut encoder = OpenH264Encoder::new(settings)?;
    let mut frame = Frame::black(WIDTH, HEIGHT);
    let mut all = Vec::new();
    // As the engine does: the packager's second segment begins there.
    let second = u64::from(ladder.opening_ms()[0]) * FRAMES_PER_SECOND / 1000;
    for n in 0..SECONDS * FRAMES_PER_SECOND {
        paint(&title, n, &mut frame);
        let gop = u64::from(ladder.gop_seconds) * FRAMES_PER_SECOND;
        let grid = n == second || n.is_multiple_of(gop);
        let kind = if grid { PictureKind::Idr } else { PictureKind::Any };
        let time = Ticks(n * PROGRAMME_HZ / FRAMES_PER_SECOND);
        if let Some(picture) = encoder.encode(&frame.picture(), time, kind)? {
            let (time, idr, bytes) = (picture.time, picture.idr, picture.bytes);
            all.push(Input::Picture(ProgrammePicture { rendition: 0, time, idr, bytes }));
        }
    }
    Ok(all)
}

/// The title out of the dark and back into it, over a line of gold that grows.
fn paint(title: &Frame, n: u64, frame: &mut Frame) {
    let last = SECONDS * FRAMES_PER_SECOND - 1;
    let weight = n.min(last - n).min(FADE_FRAMES) * u64::from(FADE_END) / FADE_FRAMES;
    cross_fade(&Frame::black(WIDTH, HEIGHT), title, weight as u16, frame);
    let grown = (u64::from(WIDTH) * n / last) as u32 & !1;
    frame.fill_rect((WIDTH - grown) / 4 * 2, HEIGHT - 40, grown, 4, GOLD);
}

fn sounds(ladder: &Ladder) -> Result<Vec<Input>, ClipFailed> {
    let mut encoder = AacEncoder::new(ladder.audio.bits_per_second)?;
    let mut frames = Vec::new();
    for second in 0..SECONDS {
        let stereo: Vec<f32> = (0..SOUND_HZ).flat_map(|n| [note(second, n); 2]).collect();
        encoder.encode(&stereo, &mut frames)?;
    }
    let input = |frame: plenary_programme::encode::aac::AacFrame| {
        // What begins before the first picture holds only the encoder's own delay.
        let time_samples = u64::try_from(frame.start_samples).ok()?;
        Some(Input::Aac(ProgrammeAac { time_samples, bytes: frame.bytes }))
    };
    Ok(frames.into_iter().filter_map(input).collect())
}

/// A bell: struck at once, dying away within its second.
fn note(second: u64, sample: u64) -> f32 {
    let hertz = NOTES[second as usize % NOTES.len()];
    let at = sample as f32 / SOUND_HZ as f32;
    let struck = (at * 200.0).min(1.0);
    let dying = (1.0 - at).powi(2);
    AMPLITUDE * struck * dying * (TAU * hertz * at).sin()
}

/// What the packager made, on its way into one file.
#[derive(Default)]
struct Reel {
    tracks: Vec<(usize, Bytes, Track)>,
    pieces: Vec<(usize, Bytes)>,
}

impl Reel {
    fn take(&mut self, output: Output) -> Result<(), Damaged> {
        match output {
            Output::Init { rendition, bytes, .. } => {
                let track = Track::new(&bytes)?;
                self.tracks.push((rendition, bytes, track));
            }
            Output::Made { rendition, made: Made::Part(part) } => {
                let at = self.tracks.iter().position(|(of, _, _)| *of == rendition);
                let at = at.unwrap_or_else(|| unreachable!("an init segment precedes its parts"));
                let (_, init, track) = &mut self.tracks[at];
                let payload = track.push(init, &part.bytes)?;
                let range = payload.offset as usize..(payload.offset + payload.len) as usize;
                self.pieces.push((at, part.bytes.slice(range)));
            }
            Output::Made { made: Made::Segment { .. } | Made::Gap { .. }, .. }
            | Output::Live(_)
            | Output::Replay { .. }
            | Output::Multivariant { .. }
            | Output::Dropped { .. } => {}
        }
        Ok(())
    }

    fn whole(self) -> Result<Vec<u8>, ClipFailed> {
        let tracks: Vec<Track> = self.tracks.into_iter().map(|(_, _, track)| track).collect();
        let order: Vec<(usize, u64)> =
            self.pieces.iter().map(|(track, bytes)| (*track, bytes.len() as u64)).collect();
        let mut file = progressive::head(&tracks, &order)?;
        self.pieces.iter().for_each(|(_, bytes)| file.extend_from_slice(bytes));
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenary_programme::clip::{ClipSound, probe};

    #[test]
    fn the_sample_clip_can_be_played() {
        let folder = tempfile::tempdir().unwrap();
        seed(folder.path(), Fonts::from_system().unwrap()).unwrap();
        let clip = probe(&folder.path().join(NAME)).unwrap();
        assert_eq!((clip.width, clip.height, clip.pictures), (640, 360, 300));
        assert_eq!((clip.duration_ms, clip.sound), (10_000, ClipSound::Aac));
    }
}
