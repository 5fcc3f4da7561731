//! A running media worker with its socket, and eyes and ears for what it gives.

use std::io::BufReader;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plenary_model::frame::{Bus, ProgrammePicture};
use plenary_model::id::SourceId;
use plenary_model::ladder::{AudioRendition, Ladder, VideoRendition};
use plenary_model::person::Card;
use plenary_model::scene::{Layout, Scene};
use plenary_model::time::Ticks;
use plenary_programme::clock::monotonic_us;
use plenary_programme::decode::h264::H264Decoder;
use plenary_programme::decode::opus::OpusDecoder;
use plenary_programme::encode::Choice;
use plenary_programme::protocol::{Air, FromWorker, Start, ToWorker, Wipe, wire};

/// A worker that says nothing for this long is dead; tests end instead of hanging.
const SILENT_MAX: Duration = Duration::from_secs(20);

/// One frame at 30 per second.
pub const FRAME: u64 = 3_000;

/// The worker's end of a test.
pub struct Rig {
    pub child: Child,
    to: Arc<Mutex<UnixStream>>,
    from: Receiver<FromWorker>,
    eye: H264Decoder,
}

/// Writes to the worker from any thread.
#[derive(Clone)]
pub struct Line(Arc<Mutex<UnixStream>>);

impl Line {
    /// False when the worker is gone.
    pub fn send(&self, message: &ToWorker) -> bool {
        wire::send(&mut *self.0.lock().unwrap(), message).is_ok()
    }
}

pub fn camera(n: u32) -> SourceId {
    format!("cam_{n:032x}").parse().unwrap()
}

/// A small ladder, so that many tests run beside each other.
pub fn ladder() -> Ladder {
    let video = |name: &str, width, height| VideoRendition {
        name: name.into(),
        width,
        height,
        bits_per_second: 600_000,
    };
    Ladder {
        video: vec![video("v360", 640, 360), video("v180", 320, 180)],
        audio: AudioRendition { name: "a64".into(), bits_per_second: 64_000 },
        ..Ladder::two_cores()
    }
}

impl Rig {
    pub fn start() -> Self {
        Self::with_encoder(Choice::BuiltIn)
    }

    pub fn with_encoder(encoder: Choice) -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .arg("media-worker")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .spawn()
            .unwrap();
        let (sender, from) = channel();
        let mut reader = BufReader::new(ours.try_clone().unwrap());
        std::thread::spawn(move || {
            while let Ok(Some(message)) = wire::receive(&mut reader) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let to = Arc::new(Mutex::new(ours));
        let rig = Self { child, to, from, eye: H264Decoder::new().unwrap() };
        let (first, first_due_us) = (Ticks(0), monotonic_us());
        let (ladder, title) = (ladder(), "试播".into());
        let start = Start { ladder, encoder, title, first, first_due_us };
        rig.tell(&ToWorker::Start(start));
        rig
    }

    pub fn line(&self) -> Line {
        Line(Arc::clone(&self.to))
    }

    pub fn tell(&self, message: &ToWorker) {
        assert!(self.line().send(message), "the worker lives");
    }

    pub fn add(&self, source: SourceId) {
        let card = Card { name: "林小满".into(), unit: "成都".into(), title: String::new() };
        self.tell(&ToWorker::SourceAdded { source, card });
    }

    /// Takes a scene with a cut.
    pub fn take(&self, layout: Layout, places: &[SourceId]) {
        let mut scene = Scene::empty(layout);
        for (place, source) in scene.places.iter_mut().zip(places) {
            *place = Some(*source);
        }
        self.tell(&ToWorker::Programme { air: Air::Scene(scene), wipe: Wipe::Cut });
    }

    /// Waits until the worker has obeyed everything that it was told: it answers a new source with
    /// the width that is wanted of it.
    pub fn until_obeyed(&self) {
        let last = camera(0xffff);
        self.add(last);
        self.until(|message| match message {
            FromWorker::WantedWidth { source, .. } if source == last => Some(()),
            _ => None,
        });
    }

    /// The next thing that the worker says.
    pub fn next(&self) -> FromWorker {
        self.from.recv_timeout(SILENT_MAX).expect("the worker speaks")
    }

    /// Waits until the worker says something for which `look` gives a value.
    pub fn until<T>(&self, mut look: impl FnMut(FromWorker) -> Option<T>) -> T {
        loop {
            if let Some(found) = look(self.next()) {
                return found;
            }
        }
    }

    /// Everything that is said before the programme has gone on for `seconds`.
    pub fn for_seconds(&self, seconds: f64) -> Vec<FromWorker> {
        let mut all = Vec::new();
        let mut first = None;
        loop {
            let message = self.next();
            if let FromWorker::Picture(picture) = &message {
                let first = *first.get_or_insert(picture.time);
                if seconds <= Ticks(picture.time.0.saturating_sub(first.0)).as_secs_f64() {
                    return all;
                }
            }
            all.push(message);
        }
    }

    /// Decodes a picture of the largest rendition and reads colours at shares of its size.
    /// Pictures must be given in order from an IDR on.
    pub fn colours(&mut self, picture: &ProgrammePicture, at: &[(f32, f32)]) -> Vec<[u8; 3]> {
        let Ok(Some(decoded)) = self.eye.decode(&picture.bytes) else { return Vec::new() };
        at.iter()
            .map(|(x, y)| {
                let x = (decoded.width() as f32 * x) as usize / 2;
                let y = (decoded.height() as f32 * y) as usize / 2;
                [decoded.y.row(y * 2)[x * 2], decoded.u.row(y)[x], decoded.v.row(y)[x]]
            })
            .collect()
    }

    /// Waits until these sources are live.
    pub fn until_live(&self, sources: &[SourceId]) {
        use plenary_programme::protocol::PictureState;
        let mut missing = sources.to_vec();
        while !missing.is_empty() {
            let live = self.until(|message| match message {
                FromWorker::Source(s) if s.picture == PictureState::Live => Some(s.source),
                _ => None,
            });
            missing.retain(|source| *source != live);
        }
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether two colours look alike after two codecs.
pub fn alike(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) < 20)
}

/// Left channel of the Opus packets of one bus.
pub fn opus_sound(messages: &[FromWorker], bus: Bus) -> Vec<f32> {
    let mut ear = OpusDecoder::new().unwrap();
    let mut stereo = Vec::new();
    for message in messages {
        match message {
            FromWorker::Opus(packet) if packet.bus == bus => {
                ear.decode(&packet.bytes, &mut stereo).unwrap();
            }
            _ => {}
        }
    }
    stereo.as_chunks::<2>().0.iter().map(|frame| frame[0]).collect()
}

/// Strength of a frequency (Goertzel), 1 = full-scale sine.
pub fn strength(sound: &[f32], frequency: f32) -> f64 {
    let (mut re, mut im) = (0.0f64, 0.0f64);
    for (n, sample) in sound.iter().enumerate() {
        let angle = n as f64 * f64::from(frequency) / 48_000.0 * std::f64::consts::TAU;
        re += f64::from(*sample) * angle.cos();
        im += f64::from(*sample) * angle.sin();
    }
    re.hypot(im) * 2.0 / sound.len().max(1) as f64
}
