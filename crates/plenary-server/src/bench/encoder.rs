//! `bench encoder`: the built-in encoder and the one of ffmpeg on the same pictures, used as the
//! programme uses them: bits and CPU, and what VMAF says of the decoded pictures.

mod content;
mod curve;
mod texture;

use std::fs::{self, File};
use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use plenary_model::ladder::{Ladder, VideoRendition};
use plenary_model::time::{PROGRAMME_HZ, Ticks};
use plenary_programme::canvas::{Frame, i420_bytes};
use plenary_programme::clock::Grid;
use plenary_programme::cpu::{own_us, process_us};
use plenary_programme::encode::ffmpeg::FfmpegEncoder;
use plenary_programme::encode::h264::OpenH264Encoder;
use plenary_programme::encode::{EncodedPicture, PictureKind, VideoEncoder, VideoSettings};
use serde::{Deserialize, Serialize};

use self::content::{HEIGHT, Kind, RATE, WIDTH};
use self::curve::{Equal, equal};

/// Target rates, in kb/s: from where faults are seen to where hardly any is.
const TARGETS_KBPS: [u32; 5] = [600, 1_000, 1_600, 2_500, 4_000];
/// Pictures that are given after the end, so that an encoder with delay gives all before it: more than
/// one may keep.
const AFTER_THE_END: u64 = 120;

/// What is to be measured, and with which programs.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Length of each clip.
    pub seconds: u64,
    /// Files to measure with instead of the three painted kinds.
    pub clips: Vec<PathBuf>,
    /// The ffmpeg that encodes.
    pub ffmpeg: PathBuf,
    /// An ffmpeg with libvmaf.
    pub judge: PathBuf,
}

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Each clip.
    pub clips: Vec<OfClip>,
}

/// One clip.
#[derive(Debug, Serialize)]
pub struct OfClip {
    /// What it shows, or its file.
    pub clip: String,
    /// The built-in encoder at each rate.
    pub built_in: Vec<Point>,
    /// The encoder of ffmpeg at each rate.
    pub ffmpeg: Vec<Point>,
    /// Bits of ffmpeg's for one of the built-in encoder's where both have the same VMAF; none when
    /// they never have.
    pub bits_at_equal_vmaf: Option<Equal>,
}

/// One encoder at one rate.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Point {
    /// What it was told, in kb/s.
    pub target_kbps: u32,
    /// What it made of that, in kb/s.
    pub kbps: f64,
    /// Most bits of one second, in kb/s.
    pub peak_second_kbps: f64,
    /// Mean VMAF of the pictures.
    pub vmaf: f64,
    /// CPU of a picture in milliseconds, that of the process and of the pipes to it included.
    pub cpu_ms: f64,
}

/// Measures.
///
/// # Errors
/// A program is missing or failed.
pub fn run(plan: &Plan) -> anyhow::Result<Figures> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let count = usize::try_from(plan.seconds.max(1))? * RATE as usize;
    let mut clips = Vec::new();
    if plan.clips.is_empty() {
        for kind in Kind::ALL {
            clips.push(measure(plan, folder.path(), kind.name().into(), &kind.paint(count)?)?);
        }
    }
    for file in &plan.clips {
        let frames = decoded(plan, file, count)?;
        clips.push(measure(plan, folder.path(), file.display().to_string(), &frames)?);
    }
    Ok(Figures { clips })
}

fn measure(plan: &Plan, folder: &Path, clip: String, frames: &[Frame]) -> anyhow::Result<OfClip> {
    let mut file = BufWriter::new(File::create(folder.join("clip.yuv"))?);
    frames.iter().try_for_each(|frame| file.write_all(frame.bytes()))?;
    file.into_inner()?;
    let (mut built_in, mut ffmpeg) = (Vec::new(), Vec::new());
    for target_kbps in TARGETS_KBPS {
        let rendition = VideoRendition {
            name: "bench".into(),
            width: WIDTH,
            height: HEIGHT,
            bits_per_second: target_kbps * 1_000,
        };
        let settings = VideoSettings::programme(&rendition, RATE);
        let mut encoder = OpenH264Encoder::new(settings.clone())?;
        let made = encode(&mut encoder, frames, || 0)?;
        built_in.push(point(plan, folder, target_kbps, &made)?);
        let grid = Grid::of(&Ladder::two_cores());
        let mut encoder = FfmpegEncoder::start(&plan.ffmpeg, settings, grid, Vec::new())
            .with_context(|| format!("cannot start {}", plan.ffmpeg.display()))?;
        let process = encoder.process();
        let made = encode(&mut encoder, frames, || process_us(process))?;
        ffmpeg.push(point(plan, folder, target_kbps, &made)?);
    }
    let curve = |points: &[Point]| -> Vec<(f64, f64)> {
        points.iter().map(|point| (point.vmaf, point.kbps)).collect()
    };
    let bits_at_equal_vmaf = equal(&curve(&built_in), &curve(&ffmpeg));
    Ok(OfClip { clip, built_in, ffmpeg, bits_at_equal_vmaf })
}

struct Made {
    pictures: Vec<EncodedPicture>,
    cpu_us: u64,
}

/// Encodes as a programme does: IDRs on its grid, one picture after the other.
fn encode(
    encoder: &mut dyn VideoEncoder,
    frames: &[Frame],
    process_us: impl Fn() -> u64,
) -> anyhow::Result<Made> {
    let grid = Grid::of(&Ladder::two_cores());
    let last = frames.last().context("the clip is empty")?;
    let mut pictures: Vec<EncodedPicture> = Vec::new();
    let before = own_us();
    for n in 0..frames.len() as u64 + AFTER_THE_END {
        let frame = frames.get(n as usize).unwrap_or(last);
        let kind = if grid.holds(n) { PictureKind::Idr } else { PictureKind::Any };
        let time = Ticks(n * PROGRAMME_HZ / u64::from(RATE));
        pictures.extend(encoder.encode(&frame.picture(), time, kind)?);
        pictures.extend(std::iter::from_fn(|| encoder.ready()));
        if frames.len() <= pictures.len() {
            break;
        }
    }
    let cpu_us = own_us() - before + process_us();
    anyhow::ensure!(frames.len() <= pictures.len(), "an encoder has kept pictures");
    pictures.truncate(frames.len());
    Ok(Made { pictures, cpu_us })
}

fn point(plan: &Plan, folder: &Path, target_kbps: u32, made: &Made) -> anyhow::Result<Point> {
    let mut file = BufWriter::new(File::create(folder.join("made.h264"))?);
    made.pictures.iter().try_for_each(|picture| file.write_all(&picture.bytes))?;
    file.into_inner()?;
    let kbits = |pictures: &[EncodedPicture]| {
        pictures.iter().map(|picture| picture.bytes.len() as f64 * 8.0 / 1_000.0).sum::<f64>()
    };
    let second = RATE as usize;
    let seconds = made.pictures.len() as f64 / f64::from(RATE);
    Ok(Point {
        target_kbps,
        kbps: kbits(&made.pictures) / seconds,
        peak_second_kbps: made.pictures.windows(second).map(kbits).fold(0.0, f64::max),
        vmaf: vmaf(plan, folder)?,
        cpu_ms: made.cpu_us as f64 / 1_000.0 / made.pictures.len() as f64,
    })
}

/// The log of libvmaf, as far as it is read.
#[derive(Deserialize)]
struct Log {
    pooled_metrics: Metrics,
}

#[derive(Deserialize)]
struct Metrics {
    vmaf: Pooled,
}

#[derive(Deserialize)]
struct Pooled {
    mean: f64,
}

/// The mean VMAF of what was made, next to the clip.
fn vmaf(plan: &Plan, folder: &Path) -> anyhow::Result<f64> {
    let words = format!(
        "-nostdin -hide_banner -loglevel error -framerate {RATE} -f h264 -i made.h264 \
         -f rawvideo -pix_fmt yuv420p -video_size {WIDTH}x{HEIGHT} -framerate {RATE} -i clip.yuv \
         -lavfi [0:v]settb=1/{RATE},setpts=N[made];[1:v]settb=1/{RATE},setpts=N[clip];\
         [made][clip]libvmaf=n_threads=2:log_fmt=json:log_path=vmaf.json -f null -"
    );
    let ran = Command::new(&plan.judge)
        .args(words.split_whitespace())
        .current_dir(folder)
        .output()
        .with_context(|| format!("cannot start {}", plan.judge.display()))?;
    anyhow::ensure!(
        ran.status.success(),
        "{} cannot judge (it needs libvmaf; name another with --judge FILE): {}",
        plan.judge.display(),
        String::from_utf8_lossy(&ran.stderr).trim()
    );
    let log = folder.join("vmaf.json");
    let read: Log = serde_json::from_slice(&fs::read(&log)?)?;
    fs::remove_file(log)?;
    Ok(read.pooled_metrics.vmaf.mean)
}

/// The beginning of a file, in the size of the programme.
fn decoded(plan: &Plan, file: &Path, count: usize) -> anyhow::Result<Vec<Frame>> {
    let mut command = Command::new(&plan.ffmpeg);
    command.args(["-nostdin", "-hide_banner", "-loglevel", "error", "-i"]).arg(file);
    let fit = format!(
        "fps={RATE},scale={WIDTH}:{HEIGHT}:force_original_aspect_ratio=increase,\
         crop={WIDTH}:{HEIGHT}"
    );
    command.args(["-an", "-vf", &fit, "-frames:v", &count.to_string()]);
    command.args(["-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1"]);
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start ffmpeg")?;
    let mut from = child.stdout.take().context("a child without output")?;
    let mut frames = Vec::new();
    loop {
        let mut bytes = Vec::with_capacity(i420_bytes(WIDTH, HEIGHT));
        let whole = from.by_ref().take(bytes.capacity() as u64).read_to_end(&mut bytes)?;
        if whole < i420_bytes(WIDTH, HEIGHT) {
            break;
        }
        frames.push(Frame::from_bytes(WIDTH, HEIGHT, bytes)?);
    }
    let status = child.wait()?;
    anyhow::ensure!(status.success(), "{} cannot be decoded", file.display());
    Ok(frames)
}
