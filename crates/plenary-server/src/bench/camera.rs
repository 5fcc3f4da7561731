//! Camera and microphone of a synthetic speaker as files, for browsers with fake devices, which play
//! them over and over.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use plenary_model::person::Card;
use plenary_model::time::{SOUND_HZ, WallMs};
use plenary_programme::canvas::Picture;
use plenary_programme::encode::opus::BLOCK_SAMPLES;
use plenary_programme::font::Fonts;

use super::speaker::Voice;
use crate::demo::painter::{Painter, Subject};

const WIDTH: u32 = 1_280;
/// Pictures of a second.
pub const FRAMES_PER_SECOND: u32 = 15;
/// Whole periods of the voice, and few enough pictures for a small disk: 83 MB.
const SECONDS: u32 = 4;
/// Bytes of a stereo sample of 16 bits.
const SAMPLE_BYTES: u32 = 4;
/// Format 1 of a WAVE file: integers.
const WAVE_INTEGERS: u16 = 1;

/// The two files.
#[derive(Debug, Clone)]
pub struct Devices {
    /// Pictures of 1280 × 720 with marks and grain, 15 a second (YUV4MPEG2).
    pub camera: PathBuf,
    /// The voice, 48 kHz stereo (WAVE).
    pub microphone: PathBuf,
}

impl Devices {
    /// Makes the files of the synthetic speaker with this number in `folder`.
    ///
    /// # Errors
    /// The folder cannot be written, or there are no fonts.
    pub fn make(source: u8, folder: &Path) -> anyhow::Result<Self> {
        let devices = Self {
            camera: folder.join(format!("camera-{source}.y4m")),
            microphone: folder.join(format!("microphone-{source}.wav")),
        };
        let file = |path| std::fs::File::create(path).map(BufWriter::new);
        write_pictures(source, &mut file(&devices.camera)?)?;
        write_sound(Voice::of(source), &mut file(&devices.microphone)?)?;
        Ok(devices)
    }
}

fn write_pictures(source: u8, to: &mut impl Write) -> anyhow::Result<()> {
    let card =
        Card { name: format!("Speaker {source}"), unit: String::new(), title: String::new() };
    let fonts = Fonts::from_system()?;
    let mut painter = Painter::new((source, Subject::Camera), &card, WIDTH, &fonts)?.grainy();
    let height = WIDTH * 9 / 16;
    writeln!(to, "YUV4MPEG2 W{WIDTH} H{height} F{FRAMES_PER_SECOND}:1 Ip A1:1 C420")?;
    for frame in 0..SECONDS * FRAMES_PER_SECOND {
        let wall = WallMs(u64::from(frame) * 1_000 / u64::from(FRAMES_PER_SECOND));
        writeln!(to, "FRAME")?;
        write_planes(&painter.paint(frame, wall).picture(), to)?;
    }
    Ok(to.flush()?)
}

fn write_planes(picture: &Picture<'_>, to: &mut impl Write) -> io::Result<()> {
    for plane in [&picture.y, &picture.u, &picture.v] {
        for y in 0..plane.height() {
            to.write_all(plane.row(y))?;
        }
    }
    Ok(())
}

fn write_sound(voice: Voice, to: &mut impl Write) -> io::Result<()> {
    let hz = SOUND_HZ as u32;
    let length = SECONDS * hz * SAMPLE_BYTES;
    // "RIFF" and "fmt " chunks of a WAVE file.
    to.write_all(b"RIFF")?;
    to.write_all(&(36 + length).to_le_bytes())?;
    to.write_all(b"WAVEfmt ")?;
    to.write_all(&16_u32.to_le_bytes())?;
    to.write_all(&WAVE_INTEGERS.to_le_bytes())?;
    to.write_all(&2_u16.to_le_bytes())?;
    to.write_all(&hz.to_le_bytes())?;
    to.write_all(&(hz * SAMPLE_BYTES).to_le_bytes())?;
    to.write_all(&(SAMPLE_BYTES as u16).to_le_bytes())?;
    to.write_all(&16_u16.to_le_bytes())?;
    to.write_all(b"data")?;
    to.write_all(&length.to_le_bytes())?;
    for first in (0..u64::from(SECONDS * hz)).step_by(BLOCK_SAMPLES) {
        for sample in voice.block(first).0 {
            to.write_all(&((sample * f32::from(i16::MAX)) as i16).to_le_bytes())?;
        }
    }
    to.flush()
}
