//! `bench programme`: four 720p30 senders through the real media worker in real time, beside
//! GStreamer doing the same work.

use std::fs;
use std::io::BufReader;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use plenary_hls::packager::{Input, Output, Packager, Past, Setup};
use plenary_hls::track::Made;
use plenary_model::frame::{Contribution, PictureCodec, TrackKind};
use plenary_model::id::SourceId;
use plenary_model::ladder::Ladder;
use plenary_model::person::Card;
use plenary_model::scene::{Layout, Scene};
use plenary_model::time::{Ticks, WallMs};
use plenary_programme::canvas::{Colour, Frame};
use plenary_programme::clock::monotonic_us;
use plenary_programme::encode::h264::OpenH264Encoder;
use plenary_programme::encode::opus::OpusEncoder;
use plenary_programme::encode::{Choice, PictureKind, VideoEncoder as _, VideoSettings};
use plenary_programme::protocol::{
    Air, FromWorker, GovernorStep, Start, Stats, ToWorker, Wipe, wire,
};
use serde::Serialize;

use super::gstreamer;
use super::processes::children_of;
use super::stages::{Reading, Stages};

const SOURCES: u32 = 4;
const WIDTH: u32 = 1_280;
const HEIGHT: u32 = 720;
/// Pictures that are encoded before and sent round and round.
const TAPE_PICTURES: usize = 60;
const TAPE_SOUNDS: usize = 100;
const BITS_PER_SECOND: u32 = 2_000_000;
/// Decoders start and the first GOP comes before anything is counted.
const WARM_UP_SECONDS: u64 = 3;

/// What the run cost.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Seconds that were measured.
    pub seconds: f64,
    /// CPU of worker, decoders and packager, in cores.
    pub cores: f64,
    /// Where it goes in worker and decoders.
    pub stages: Stages,
    /// The packager's part of it.
    pub packaging_cores: f64,
    /// Bits per second of all packaged parts.
    pub packaged_bits_per_second: f64,
    /// Proportional set size of worker and decoders, MiB.
    pub pss_mib: f64,
    /// Pictures of the largest rendition per second.
    pub pictures_per_second: f64,
    /// Frame intervals without a new picture.
    pub missed: u64,
    /// Pictures that an encoder was too late for.
    pub skipped: u64,
    /// Worst second's 99th percentile of ticks' lateness, milliseconds.
    pub tick_late_p99_ms: f64,
    /// Worst second's 99th percentile of tick to encoded, milliseconds.
    pub encode_p99_ms: f64,
    /// What the governor took back for a second at least: figures of a worker that was not on
    /// `Full` all the time are of less work.
    pub governor: GovernorStep,
    /// The same pictures through GStreamer, in cores; absent when it is not installed.
    pub gstreamer_cores: Option<f64>,
    /// Ours as a share of GStreamer's.
    pub share_of_gstreamer: Option<f64>,
}

/// Measures for about `seconds`.
pub fn run(seconds: u64) -> anyhow::Result<Figures> {
    let tape = Arc::new(Tape::record()?);
    let gstreamer = gstreamer_cores(&tape, seconds)?;
    let (mut child, socket) = start_worker()?;
    let measured = measure(&child, &socket, &tape, seconds);
    // Closing the socket is how a worker is told to end.
    drop(socket);
    child.wait().context("the media worker does not end")?;
    let mut figures = measured?;
    figures.gstreamer_cores = gstreamer;
    figures.share_of_gstreamer = gstreamer.map(|cores| figures.cores / cores);
    Ok(figures)
}

/// One sender's pictures and sounds.
struct Tape {
    pictures: Vec<(Bytes, bool)>,
    sounds: Vec<Bytes>,
}

impl Tape {
    fn record() -> anyhow::Result<Self> {
        let settings = VideoSettings::speaker(WIDTH, HEIGHT, 30, BITS_PER_SECOND);
        let mut encoder = OpenH264Encoder::new(settings)?;
        let mut pictures = Vec::new();
        for n in 0..TAPE_PICTURES {
            let kind = if n == 0 { PictureKind::Idr } else { PictureKind::Any };
            let time = Ticks(n as u64 * 3_000);
            let encoded = encoder.encode(&moving_picture(n).picture(), time, kind)?;
            let encoded = encoded.context("the encoder gave no picture")?;
            pictures.push((encoded.bytes, encoded.idr));
        }
        let mut encoder = OpusEncoder::new(48_000)?;
        let mut sounds = Vec::new();
        for block in 0..TAPE_SOUNDS {
            let sample = |i: usize| 0.2 * ((block * 960 + i / 2) as f32 * 0.0576).sin();
            sounds.push(encoder.encode(&(0..1_920).map(sample).collect::<Vec<_>>())?);
        }
        Ok(Self { pictures, sounds })
    }
}

/// A soft background with camera noise, and a large shape that moves to and fro.
fn moving_picture(n: usize) -> Frame {
    let mut frame = Frame::filled(WIDTH, HEIGHT, Colour::from_rgb(70, 80, 100));
    let shift = n.min(TAPE_PICTURES - n) as u32 * 8;
    let mut noise = 0x9e37_79b9_u32 ^ n as u32;
    for (i, sample) in frame.planes_mut().y.iter_mut().enumerate() {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (x, y) = (i % WIDTH as usize, i / WIDTH as usize);
        *sample = (60 + x / 16 + y / 12) as u8 + (noise >> 30) as u8;
    }
    frame.fill_rect(200 + shift, 160, 420, 560, Colour::from_rgb(190, 150, 120));
    frame.fill_rect(320 + shift, 240, 180, 220, Colour::from_rgb(230, 190, 160));
    frame
}

fn start_worker() -> anyhow::Result<(Child, UnixStream)> {
    let (ours, theirs) = UnixStream::pair()?;
    let child = Command::new(std::env::current_exe()?)
        .arg("media-worker")
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::null())
        .spawn()
        .context("the media worker cannot be started")?;
    Ok((child, ours))
}

fn source(n: u32) -> anyhow::Result<SourceId> {
    Ok(format!("cam_{n:032x}").parse()?)
}

fn measure(
    child: &Child,
    socket: &UnixStream,
    tape: &Arc<Tape>,
    seconds: u64,
) -> anyhow::Result<Figures> {
    let mut to = socket.try_clone()?;
    let (title, first_due_us) = ("Bench".to_owned(), monotonic_us());
    let (ladder, encoder) = (Ladder::two_cores(), Choice::BuiltIn);
    let start = Start { ladder, encoder, title, first: Ticks(0), first_due_us };
    wire::send(&mut to, &ToWorker::Start(start))?;
    let mut scene = Scene::empty(Layout::Four);
    for n in 0..SOURCES {
        let card = Card { name: format!("Sender {n}"), unit: String::new(), title: String::new() };
        wire::send(&mut to, &ToWorker::SourceAdded { source: source(n)?, card })?;
        scene.places[n as usize] = Some(source(n)?);
    }
    wire::send(&mut to, &ToWorker::Programme { air: Air::Scene(scene), wipe: Wipe::Cut })?;
    let (tape, until) = (Arc::clone(tape), seconds + WARM_UP_SECONDS);
    let sender = std::thread::spawn(move || send(&mut to, &tape, until));
    let figures = listen(child.id(), &mut BufReader::new(socket.try_clone()?), seconds);
    socket.shutdown(std::net::Shutdown::Both)?;
    // The sender ends at the closed socket at the latest; what it could not send does not matter.
    let _ = sender.join();
    figures
}

fn send(to: &mut UnixStream, tape: &Tape, seconds: u64) -> anyhow::Result<()> {
    let start = monotonic_us();
    let (mut picture, mut sound) = (0u64, 0u64);
    while picture < seconds * 30 + 60 {
        let (picture_due, sound_due) = (start + picture * 1_000_000 / 30, start + sound * 20_000);
        let due = picture_due.min(sound_due);
        std::thread::sleep(Duration::from_micros(due.saturating_sub(monotonic_us())));
        let is_picture = picture_due <= sound_due;
        let n = if is_picture { &mut picture } else { &mut sound };
        for source_number in 0..SOURCES {
            let message =
                ToWorker::Contribution(piece(source(source_number)?, tape, *n, is_picture, due));
            wire::send(to, &message)?;
        }
        *n += 1;
    }
    Ok(())
}

fn piece(source: SourceId, tape: &Tape, n: u64, is_picture: bool, due: u64) -> Contribution {
    let (kind, rtp_time, bytes, keyframe) = if is_picture {
        let (bytes, keyframe) = &tape.pictures[n as usize % TAPE_PICTURES];
        (TrackKind::Picture(PictureCodec::H264), n * 3_000, bytes, *keyframe)
    } else {
        (TrackKind::Opus, n * 960, &tape.sounds[n as usize % TAPE_SOUNDS], false)
    };
    let (bytes, report, after_loss) = (bytes.clone(), None, false);
    Contribution { source, kind, rtp_time, report, arrival_us: due, keyframe, after_loss, bytes }
}

fn listen(worker: u32, from: &mut BufReader<UnixStream>, seconds: u64) -> anyhow::Result<Figures> {
    let (mut pictures, mut worst_tick, mut worst_encode) = (0u64, 0, 0);
    let mut governor = GovernorStep::Full;
    let mut packaging = Packaging::new();
    let mut before: Option<(u64, Stats, Reading)> = None;
    while let Some(message) = wire::receive::<FromWorker>(from)? {
        match message {
            FromWorker::Picture(picture) => {
                pictures += u64::from(picture.rendition == 0 && before.is_some());
                packaging.take(Input::Picture(picture));
            }
            FromWorker::Aac(frame) => packaging.take(Input::Aac(frame)),
            FromWorker::Stats(stats) => {
                let now = monotonic_us();
                if stats.ticks < WARM_UP_SECONDS * 30 {
                    continue;
                }
                let Some((since, start, stages)) = &before else {
                    before = Some((now, stats, Reading::of(worker)));
                    (packaging.cpu_us, packaging.bytes) = (0, 0);
                    continue;
                };
                worst_tick = stats.tick_late_p99_us.max(worst_tick);
                worst_encode = stats.encode_p99_us.max(worst_encode);
                governor = stats.governor.max(governor);
                if now < since + seconds * 1_000_000 {
                    continue;
                }
                let elapsed = (now - since) as f64 / 1e6;
                let cpu_us = stats.cpu_us.saturating_sub(start.cpu_us) + packaging.cpu_us;
                return Ok(Figures {
                    seconds: elapsed,
                    cores: cpu_us as f64 / 1e6 / elapsed,
                    stages: Reading::of(worker).since(*stages, elapsed),
                    packaging_cores: packaging.cpu_us as f64 / 1e6 / elapsed,
                    packaged_bits_per_second: packaging.bytes as f64 * 8.0 / elapsed,
                    pss_mib: pss_mib_of_tree(worker),
                    pictures_per_second: pictures as f64 / elapsed,
                    missed: stats.missed - start.missed,
                    skipped: stats.skipped - start.skipped,
                    tick_late_p99_ms: f64::from(worst_tick) / 1e3,
                    encode_p99_ms: f64::from(worst_encode) / 1e3,
                    governor,
                    gstreamer_cores: None,
                    share_of_gstreamer: None,
                });
            }
            _ => {}
        }
    }
    anyhow::bail!("the media worker ended before the measurement did")
}

/// Memory of a process and its children, shared pages counted by their share.
fn pss_mib_of_tree(process: u32) -> f64 {
    let all = children_of(process).into_iter().chain([process]);
    all.map(|process| {
        let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup"));
        let rollup = rollup.unwrap_or_default();
        let line = rollup.lines().find(|line| line.starts_with("Pss:"));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok()).unwrap_or(0.0)
    })
    .sum::<f64>()
        / 1024.0
}

/// The same pictures through GStreamer, in cores.
fn gstreamer_cores(tape: &Tape, seconds: u64) -> anyhow::Result<Option<f64>> {
    let folder = tempfile::tempdir().context("no temporary folder")?;
    for (n, (bytes, _)) in tape.pictures.iter().enumerate() {
        fs::write(folder.path().join(format!("{n}.h264")), bytes)?;
    }
    let tape = gstreamer::Loop { folder: folder.path(), pictures: tape.pictures.len() };
    let cpu_seconds = gstreamer::cpu_seconds(tape, seconds)?;
    Ok(cpu_seconds.map(|cpu| cpu / seconds as f64))
}

/// Our packager, and what it costs.
struct Packaging {
    packager: Packager,
    made: Vec<Output>,
    cpu_us: u64,
    bytes: u64,
}

impl Packaging {
    fn new() -> Self {
        let (ladder, wall_of_zero) = (Ladder::two_cores(), WallMs(0));
        let setup = Setup { ladder, wall_of_zero, window_seconds: 60 };
        let packager = Packager::new(setup, Past::default());
        Self { packager, made: Vec::new(), cpu_us: 0, bytes: 0 }
    }

    fn take(&mut self, input: Input) {
        let before = thread_cpu_us();
        self.packager.handle(input, &mut self.made);
        self.cpu_us += thread_cpu_us() - before;
        for output in self.made.drain(..) {
            if let Output::Made { made: Made::Part(part), .. } = output {
                self.bytes += part.bytes.len() as u64;
            }
        }
    }
}

/// CPU time of the calling thread in microseconds.
fn thread_cpu_us() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a valid timespec for the call to fill.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut now) };
    now.tv_sec as u64 * 1_000_000 + now.tv_nsec as u64 / 1_000
}
