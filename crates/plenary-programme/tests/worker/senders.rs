//! Synthetic people: a flat colour and a tone, encoded once and sent round and round in real time.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use bytes::Bytes;
use plenary_model::frame::{
    Contribution, PictureCodec, SenderReport, TrackKind, vp8_keyframe_size,
};
use plenary_model::id::SourceId;
use plenary_model::time::Ticks;
use plenary_programme::canvas::{Colour, Frame};
use plenary_programme::clock::monotonic_us;
use plenary_programme::encode::h264::OpenH264Encoder;
use plenary_programme::encode::opus::OpusEncoder;
use plenary_programme::encode::{PictureKind, VideoEncoder, VideoSettings};
use plenary_programme::protocol::ToWorker;

use super::rig::{Line, Rig};

/// What a sender does at the moment.
#[derive(Clone, Copy, PartialEq)]
pub enum Mood {
    Sends = 0,
    Stalls = 1,
    Garbage = 2,
}

/// What a sender sends: one second of pictures and sounds, the first picture a keyframe.
pub struct Tape {
    pub pictures: Vec<Recorded>,
    pub sounds: Vec<Bytes>,
    /// How much later than sounds pictures travel.
    pub picture_late_us: u64,
}

/// One encoded picture.
#[derive(Clone)]
pub struct Recorded {
    pub codec: PictureCodec,
    pub bytes: Bytes,
    pub keyframe: bool,
}

/// A sender in a thread of its own; it ends with the worker or when it is dropped.
pub struct Sender {
    mood: Arc<AtomicU8>,
}

const END: u8 = 9;

/// One second of a picture and of a tone; `colour` and `amplitude` say what each frame and sample
/// is.
pub fn tape(
    colour: impl Fn(usize) -> Colour,
    frequency: f32,
    amplitude: impl Fn(usize) -> f32,
) -> Tape {
    let pictures = pictures(|n| Frame::filled(320, 180, colour(n)));
    let mut encoder = OpusEncoder::new(64_000).unwrap();
    let sounds = (0..50).map(|block| {
        let samples: Vec<f32> = (0..1_920)
            .map(|i| {
                let n = block * 960 + i / 2;
                let angle = n as f32 / 48_000.0 * frequency * std::f32::consts::TAU;
                amplitude(n) * angle.sin()
            })
            .collect();
        encoder.encode(&samples).unwrap()
    });
    Tape { pictures, sounds: sounds.collect(), picture_late_us: 0 }
}

fn pictures(frame: impl Fn(usize) -> Frame) -> Vec<Recorded> {
    let first = frame(0);
    let settings = VideoSettings::speaker(first.width(), first.height(), 30, 300_000);
    let mut encoder = OpenH264Encoder::new(settings).unwrap();
    let picture = |n: usize| {
        let kind = if n == 0 { PictureKind::Idr } else { PictureKind::Any };
        let picture = encoder.encode(&frame(n).picture(), Ticks(n as u64 * 3_000), kind);
        let picture = picture.unwrap().unwrap();
        Recorded { codec: PictureCodec::H264, bytes: picture.bytes, keyframe: picture.idr }
    };
    (0..30).map(picture).collect()
}

/// A silent person of 640x360 with fine stripes in the middle: even columns white, odd ones black.
pub fn striped() -> Tape {
    let striped = |_| {
        let mut frame = Frame::filled(640, 360, Colour::from_rgb(110, 110, 110));
        for row in frame.planes_mut().y.chunks_exact_mut(640).skip(164).take(32) {
            for (x, sample) in row.iter_mut().enumerate().skip(304).take(32) {
                *sample = if x % 2 == 0 { 235 } else { 16 };
            }
        }
        frame
    };
    Tape { pictures: pictures(striped), ..tape(|_| Colour::BLACK, 100.0, |_| 0.0) }
}

/// Pictures in VP8, as another program encodes them; the first is a keyframe.
pub fn vp8(frame: &Frame, count: usize) -> Vec<Recorded> {
    let size = format!("{}x{}", frame.width(), frame.height());
    let input = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-r", "30", "-s", &size, "-i", "-"];
    let coded = ["-c:v", "libvpx", "-b:v", "300k", "-deadline", "realtime", "-auto-alt-ref", "0"];
    let mut ffmpeg = Command::new("ffmpeg")
        .args(["-v", "error"])
        .args(input)
        .args(coded)
        .args(["-f", "ivf", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("ffmpeg is installed (package ffmpeg)");
    let (mut raw, bytes) = (ffmpeg.stdin.take().unwrap(), frame.bytes().repeat(count));
    let writer = std::thread::spawn(move || raw.write_all(&bytes));
    let ivf = ffmpeg.wait_with_output().unwrap().stdout;
    writer.join().unwrap().expect("ffmpeg reads all pictures");
    let mut rest = ivf.get(32..).expect("an IVF file");
    let mut pictures = Vec::new();
    while let Some((head, tail)) = rest.split_first_chunk::<12>() {
        let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let (frame, tail) = tail.split_at(length);
        let bytes = Bytes::copy_from_slice(frame);
        let keyframe = vp8_keyframe_size(frame).is_some();
        pictures.push(Recorded { codec: PictureCodec::Vp8, bytes, keyframe });
        rest = tail;
    }
    assert_eq!(pictures.len(), count);
    pictures
}

/// A person of one colour and one tone.
pub fn plain(colour: Colour, frequency: f32) -> Tape {
    tape(|_| colour, frequency, |_| 0.2)
}

impl Sender {
    pub fn start(rig: &Rig, source: SourceId, tape: Tape) -> Self {
        rig.add(source);
        let mood = Arc::new(AtomicU8::new(Mood::Sends as u8));
        let (line, shared) = (rig.line(), Arc::clone(&mood));
        std::thread::spawn(move || send(&line, source, &tape, &shared));
        Self { mood }
    }

    pub fn set(&self, mood: Mood) {
        self.mood.store(mood as u8, Ordering::Relaxed);
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.mood.store(END, Ordering::Relaxed);
    }
}

fn send(line: &Line, source: SourceId, tape: &Tape, mood: &AtomicU8) {
    let start = monotonic_us();
    let (mut picture, mut sound) = (0u64, 0u64);
    loop {
        let picture_due = start + picture * 1_000_000 / 30 + tape.picture_late_us;
        let sound_due = start + sound * 20_000;
        let due = picture_due.min(sound_due);
        std::thread::sleep(Duration::from_micros(due.saturating_sub(monotonic_us())));
        let is_picture = picture_due <= sound_due;
        let n = if is_picture { &mut picture } else { &mut sound };
        let mood = mood.load(Ordering::Relaxed);
        if mood == END {
            return;
        }
        let mut contribution = piece(source, tape, *n, is_picture, due);
        *n += 1;
        if mood == Mood::Garbage as u8 {
            let noise = contribution.bytes.iter().enumerate();
            contribution.bytes = noise.map(|(i, b)| if i < 5 { *b } else { b ^ 0x5a }).collect();
            contribution.keyframe = is_picture;
        }
        if mood != Mood::Stalls as u8 && !line.send(&ToWorker::Contribution(contribution)) {
            return;
        }
    }
}

fn piece(source: SourceId, tape: &Tape, n: u64, is_picture: bool, due: u64) -> Contribution {
    let (kind, hz, per, bytes, keyframe) = if is_picture {
        let picture = &tape.pictures[n as usize % tape.pictures.len()];
        (TrackKind::Picture(picture.codec), 90_000, 3_000, &picture.bytes, picture.keyframe)
    } else {
        (TrackKind::Opus, 48_000, 960, &tape.sounds[n as usize % tape.sounds.len()], false)
    };
    let zero = hz * 7;
    Contribution {
        source,
        kind,
        rtp_time: zero + n * per,
        report: Some(SenderReport { wall_us: 1_000_000_000, rtp_time: zero }),
        arrival_us: due,
        keyframe,
        after_loss: false,
        bytes: bytes.clone(),
    }
}
