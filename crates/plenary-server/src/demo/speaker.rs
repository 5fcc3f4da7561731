//! Synthetic speakers: each a thread with a real UDP socket and a real WebRTC peer, which joins
//! the stage like anybody else and comes back by itself when the connection is lost.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use plenary_model::id::SeatId;
use plenary_programme::font::Fonts;
use plenary_stage::peer::Output;
use plenary_stage::signal::{TrackOffer, TrackUse};
use plenary_store::Seat;
use tokio::runtime::Handle;

use super::painter::Subject;
use super::track::{MediaClock, PictureTrack, SoundTrack, TrackError};
use crate::media::call::{self, Call, PeerOffer};

/// Pictures per second of a camera.
const CAMERA_FPS: u32 = 30;
/// Pictures per second of slides; only their clock moves.
const SLIDES_FPS: u32 = 5;
/// How long a speaker waits before it tries again to join.
const RETRY: Duration = Duration::from_secs(1);
/// Longest sleep of a thread, so that it hears soon that it shall stop.
const NAP: Duration = Duration::from_millis(100);

/// One synthetic speaker.
#[derive(Debug, Clone)]
pub struct Cast {
    /// The seat with its card.
    pub seat: Seat,
    /// Number in the mark; it decides colour and voice.
    pub source: u8,
    /// Shares slides beside the camera.
    pub slides: bool,
}

/// An offer of a speaker to the stage: the seat joins afresh, and the answer goes back.
#[derive(Debug)]
pub struct Offer {
    /// Whose.
    pub seat: SeatId,
    /// Session description of type offer.
    pub sdp: String,
    /// What its lines are for.
    pub tracks: Vec<TrackOffer>,
}

/// Where and how large the speakers send.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Local address of their sockets, from which the stage is reached.
    pub local: IpAddr,
    /// Width of their pictures, a multiple of 320; see [`width_for`].
    pub width: u32,
    /// Fonts of the names.
    pub fonts: Fonts,
    /// Their pictures are grainy and use all their bits.
    pub grain: bool,
}

/// How wide pictures the four speakers can afford beside the programme. They cost 0.31 core at
/// 1280, 0.19 at 960 and 0.13 at 640, painting and sound included.
pub const fn width_for(cores: usize) -> u32 {
    if cores <= 2 { 960 } else { 1280 }
}

/// The speakers' threads; they end when this is dropped.
pub struct Speakers {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Speakers {
    /// Starts a thread per speaker. `offer` carries an offer to the stage and gives the answer's
    /// session description, or a sentence why not; it is awaited on the given runtime.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start<F, A>(
        cast: Vec<Cast>,
        setting: &Setting,
        runtime: &Handle,
        offer: &F,
    ) -> io::Result<Self>
    where
        F: Fn(Offer) -> A + Clone + Send + 'static,
        A: Future<Output = Result<String, String>>,
    {
        let mut speakers = Self { stop: Arc::default(), threads: Vec::new() };
        for one in cast {
            let speaker = Speaker {
                name: format!("speaker-{}", one.source),
                cast: one,
                setting: setting.clone(),
                stop: Arc::clone(&speakers.stop),
            };
            let (runtime, offer) = (runtime.clone(), offer.clone());
            let thread = thread::Builder::new()
                .name(speaker.name.clone())
                .spawn(move || speaker.run(|an_offer| runtime.block_on(offer(an_offer))))?;
            speakers.threads.push(thread);
        }
        Ok(speakers)
    }
}

impl Drop for Speakers {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::warn!("a synthetic speaker had ended with a panic");
            }
        }
    }
}

struct Speaker {
    name: String,
    cast: Cast,
    setting: Setting,
    stop: Arc<AtomicBool>,
}

#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error(transparent)]
    Call(#[from] call::Lost),
    #[error(transparent)]
    Track(#[from] TrackError),
}

/// Everything that a speaker sends; it goes on over lost connections.
struct Tracks {
    camera: PictureTrack,
    sound: SoundTrack,
    slides: Option<PictureTrack>,
}

impl Speaker {
    fn run(&self, offer: impl Fn(Offer) -> Result<String, String>) {
        let seat = self.cast.seat.id;
        let mut tracks = match self.tracks() {
            Ok(tracks) => tracks,
            Err(error) => {
                tracing::error!(%seat, error = &error as &dyn std::error::Error, "no speaker");
                return;
            }
        };
        while !self.stopped() {
            if let Err(lost) = self.attend(&mut tracks, &offer) {
                tracing::info!(%seat, %lost, "a synthetic speaker joins again");
                self.rest();
            }
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn rest(&self) {
        let until = Instant::now() + RETRY;
        while !self.stopped() && Instant::now() < until {
            thread::sleep(NAP);
        }
    }

    fn tracks(&self) -> Result<Tracks, TrackError> {
        let Cast { seat, source, slides } = &self.cast;
        let Setting { width, fonts, grain, .. } = &self.setting;
        let clock = MediaClock::begin();
        let picture = |subject, fps| {
            PictureTrack::new((*source, subject), &seat.card, (*width, fps), fonts, clock)
        };
        let camera = picture(Subject::Camera, CAMERA_FPS)?;
        Ok(Tracks {
            camera: if *grain { camera.grainy() } else { camera },
            sound: SoundTrack::new(*source, clock)?,
            slides: slides.then(|| picture(Subject::Slides, SLIDES_FPS)).transpose()?,
        })
    }

    /// Joins the stage and sends until told to stop (`Ok`) or the connection is lost.
    fn attend(
        &self,
        tracks: &mut Tracks,
        offer: impl Fn(Offer) -> Result<String, String>,
    ) -> Result<(), Lost> {
        let mut lines = vec![(TrackUse::CameraVideo, 1, 1), (TrackUse::CameraAudio, 1, 1)];
        if tracks.slides.is_some() {
            lines.push((TrackUse::ScreenVideo, 1, 1));
        }
        let seat = self.cast.seat.id;
        let exchange = |PeerOffer { sdp, tracks }| offer(Offer { seat, sdp, tracks });
        let mut call = Call::open(self.setting.local, &lines, exchange)?;
        while !self.stopped() {
            if call.is_up() {
                tracks.send_due(&mut call)?;
            }
            let due = if call.is_up() { tracks.deadline() } else { Instant::now() + NAP };
            call.step(due, |output| match output {
                // Which one was asked for does not matter: flat pictures make small keyframes.
                Output::Up | Output::KeyframeWanted { .. } => tracks.want_keyframes(),
                Output::Datagram { .. } | Output::Down | Output::Packet { .. } => {}
            })?;
        }
        Ok(())
    }
}

impl Tracks {
    /// When the next picture or sound is due.
    fn deadline(&self) -> Instant {
        let due = self.camera.deadline().min(self.sound.deadline());
        self.slides.iter().map(PictureTrack::deadline).fold(due, Instant::min)
    }

    /// Sends what is due.
    fn send_due(&mut self, call: &mut Call) -> Result<(), TrackError> {
        let now = Instant::now();
        let (peer, out) = call.peer();
        if let Some(sound) = self.sound.due(now)? {
            let head = (sound.time, sound.level_db);
            peer.send_sound(now, TrackUse::CameraAudio, head, &sound.packet, out);
        }
        let cameras = [(Some(&mut self.camera), TrackUse::CameraVideo)];
        let slides = [(self.slides.as_mut(), TrackUse::ScreenVideo)];
        for (track, kind) in cameras.into_iter().chain(slides) {
            let Some(picture) = track.map(|track| track.due(now)).transpose()?.flatten() else {
                continue;
            };
            let unit = (picture.time, &*picture.access_unit);
            peer.send_picture(Instant::now(), kind, 0, unit, out);
        }
        Ok(())
    }

    /// The next picture of each track is a keyframe.
    const fn want_keyframes(&mut self) {
        self.camera.want_keyframe();
        if let Some(slides) = &mut self.slides {
            slides.want_keyframe();
        }
    }
}
