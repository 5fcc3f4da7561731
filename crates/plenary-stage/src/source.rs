//! What a seat sends: the layers of a picture with their measured rates, and a sound with its
//! level. Keyframe requests of all who want one are made one here.

use std::time::{Duration, Instant};

use plenary_model::frame::{PictureCodec, TrackKind};
use plenary_model::id::SourceId;

use crate::api::SourceState;
use crate::codec;
use crate::packet::Packet;
use crate::seat::{Mid, Rid};
use crate::speaker::Level;

/// At most one keyframe request per layer in this time.
pub const KEYFRAME_GAP: Duration = Duration::from_secs(1);
/// A layer without packets for this long does not arrive any more.
pub const LAYER_SILENT: Duration = Duration::from_millis(1_500);
/// A sender whose path has become narrow stops its widest layer and goes on with the others: so many
/// of their pictures without one of this layer, and so much time, and it is taken for stopped.
const PICTURES_MISSED_MAX: u32 = 3;
const STOPPED_AFTER: Duration = Duration::from_millis(150);
/// A sender on a narrow path tries again and again whether it carries more: a layer that was stopped is
/// trusted again after it has come for so long.
const TRUSTED_AFTER: Duration = Duration::from_secs(5);
const RATE_WINDOW: Duration = Duration::from_millis(1_000);
/// What a browser says of a microphone that is switched off: it sends on (RFC 6464 section 3).
const SILENCE_DB: i8 = -127;
/// Silence that has lasted so long is thinned out for the others.
const SILENT_AFTER: Duration = Duration::from_millis(500);
/// Of thinned silence one packet in so long goes on, as of an Opus encoder with discontinuous
/// transmission (RFC 6716 section 2.1.9).
const SILENCE_EVERY: Duration = Duration::from_millis(400);

/// Whether the sender goes on with a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// As far as is known.
    Steady,
    /// The narrower layers go on without it.
    Stopped,
    /// It comes again after a stop.
    Back { since: Instant },
}

/// What a packet of a layer brought.
#[derive(Debug, Clone, Copy)]
pub struct Noted {
    /// A receiver can start with it.
    pub starts: bool,
    /// A layer has begun or has stopped, so that who gets which is to be chosen anew.
    pub changes: bool,
}

/// One simulcast layer, or the only one.
#[derive(Debug)]
pub struct Layer {
    /// Its name in the packets.
    pub rid: Option<Rid>,
    /// Size from its last keyframe.
    pub size: Option<(u32, u32)>,
    guess: (u32, u64),
    /// Its codec, and the newest sequence number in it.
    codec: Option<(PictureCodec, u64)>,
    seen: Option<Instant>,
    /// RTP time of the newest picture.
    newest: u64,
    flow: Flow,
    /// Pictures of narrower layers since its last packet.
    missed: u32,
    window: (Option<Instant>, u64),
    rate: Option<u64>,
    wanted: bool,
    asked: Option<Instant>,
}

impl Layer {
    /// A layer of which no packet has come; the guesses hold until some have.
    const fn new(rid: Option<Rid>, width: u32, bits_per_second: u64) -> Self {
        Self {
            rid,
            size: None,
            guess: (width, bits_per_second),
            codec: None,
            seen: None,
            newest: 0,
            flow: Flow::Steady,
            missed: 0,
            window: (None, 0),
            rate: None,
            wanted: false,
            asked: None,
        }
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.size.map_or(self.guess.0, |(width, _)| width)
    }

    /// Bits per second.
    pub fn rate(&self) -> u64 {
        self.rate.unwrap_or(self.guess.1)
    }

    /// Packets come.
    pub fn arrives(&self, now: Instant) -> bool {
        self.flow != Flow::Stopped && self.silent_for(now).is_some_and(|time| time < LAYER_SILENT)
    }

    /// Packets come, and are likely to go on coming.
    fn is_trusted(&self, now: Instant) -> bool {
        self.flow == Flow::Steady && self.arrives(now)
    }

    fn silent_for(&self, now: Instant) -> Option<Duration> {
        self.seen.map(|seen| now.saturating_duration_since(seen))
    }

    /// A narrower layer has begun a picture; true when this one is now taken for stopped.
    fn misses(&mut self, now: Instant) -> bool {
        self.missed += 1;
        let silent = self.silent_for(now).is_some_and(|time| STOPPED_AFTER <= time);
        let stops = self.flow != Flow::Stopped && silent && PICTURES_MISSED_MAX <= self.missed;
        if stops {
            self.flow = Flow::Stopped;
            self.wanted = false;
        }
        stops
    }

    fn goes_on(&mut self, now: Instant) {
        self.missed = 0;
        self.flow = match self.flow {
            Flow::Steady => Flow::Steady,
            Flow::Stopped => Flow::Back { since: now },
            Flow::Back { since } if TRUSTED_AFTER <= now.saturating_duration_since(since) => {
                Flow::Steady
            }
            Flow::Back { since } => Flow::Back { since },
        };
    }

    /// Whether a packet continues the layer. A sender that changes its codec does so with a keyframe;
    /// what comes of the old codec after it, or of the new one before it, is left out.
    pub fn takes(&mut self, codec: PictureCodec, packet: &Packet) -> bool {
        let (known, newest) = self.codec.unwrap_or((codec, 0));
        let changes = || newest < packet.seq && codec::start(codec, &packet.payload).is_some();
        let takes = known == codec || changes();
        if takes {
            self.codec = Some((codec, newest.max(packet.seq)));
        } else {
            self.wanted = true;
        }
        takes
    }

    /// Counts a packet; true when a receiver can start with it.
    pub fn note(&mut self, packet: &Packet) -> bool {
        let now = packet.arrival;
        self.goes_on(now);
        self.seen = Some(now);
        self.window.1 += packet.payload.len() as u64 * 8;
        let since = *self.window.0.get_or_insert(now);
        let passed = now.saturating_duration_since(since);
        if RATE_WINDOW <= passed {
            let fresh = self.window.1 * 1_000 / (passed.as_millis() as u64).max(1);
            self.rate = Some(self.rate.map_or(fresh, |old| (old + fresh) / 2));
            self.window = (Some(now), 0);
        }
        let TrackKind::Picture(codec) = packet.kind else { return false };
        let Some(start) = codec::start(codec, &packet.payload) else { return false };
        self.size = start.size.or(self.size);
        self.wanted = false;
        true
    }

    /// Somebody needs a keyframe. A layer that was stopped comes back with one by itself, and until then
    /// a request would only cost the layers beside it.
    pub fn want_keyframe(&mut self) {
        self.wanted = self.flow != Flow::Stopped;
    }

    /// True when the request is to go out now.
    pub fn keyframe_due(&mut self, now: Instant) -> bool {
        let quiet = self.asked.is_none_or(|at| KEYFRAME_GAP <= now.saturating_duration_since(at));
        let due = self.wanted && quiet;
        if due {
            self.asked = Some(now);
        }
        due
    }
}

/// A picture.
#[derive(Debug)]
pub struct Picture {
    /// The line it comes on.
    pub mid: Mid,
    /// Narrowest first.
    pub layers: Vec<Layer>,
    /// How it is encoded; its sender may change that.
    pub codec: Option<PictureCodec>,
}

impl Picture {
    /// A picture with the given layers; no names mean one layer without.
    pub fn new(mid: Mid, mut rids: Vec<Rid>) -> Self {
        rids.truncate(plenary_model::limits::LAYERS_MAX);
        rids.sort_by_key(rank);
        let count = rids.len();
        let layers = if rids.is_empty() {
            vec![Layer::new(None, 1280, 1_500_000)]
        } else {
            rids.into_iter()
                .enumerate()
                .map(|(index, rid)| {
                    let halvings = (count - 1 - index) as u32;
                    Layer::new(Some(rid), 1280 >> halvings, 1_500_000 >> (2 * halvings).min(4))
                })
                .collect()
        };
        Self { mid, layers, codec: None }
    }

    /// Which layer a packet belongs to.
    pub fn layer(&self, rid: Option<Rid>) -> Option<usize> {
        self.layers.iter().position(|layer| layer.rid == rid)
    }

    /// Counts a packet of a layer.
    pub fn note(&mut self, index: usize, packet: &Packet) -> Noted {
        let now = packet.arrival;
        let layer = &mut self.layers[index];
        let mut changes = !layer.arrives(now);
        let begins = layer.newest < packet.time;
        layer.newest = layer.newest.max(packet.time);
        let starts = layer.note(packet);
        if begins {
            for wider in &mut self.layers[index + 1..] {
                changes |= wider.misses(now);
            }
        }
        Noted { starts, changes }
    }

    /// The narrowest layer that arrives and is at least this wide, or the widest there is; `None`
    /// while nothing arrives. One that its sender stopped not long ago is only a way out.
    pub fn layer_for(&self, now: Instant, width: u32) -> Option<usize> {
        let trusted = self.layers.iter().any(|layer| layer.is_trusted(now));
        let comes = |layer: &Layer| match trusted {
            true => layer.is_trusted(now),
            false => layer.arrives(now),
        };
        let arriving = || (0..self.layers.len()).filter(|&i| comes(&self.layers[i]));
        // A tile a little wider than a layer is not worth four times its bits.
        arriving()
            .find(|&i| u64::from(width) * 4 <= u64::from(self.layers[i].width()) * 5)
            .or_else(|| arriving().next_back())
    }
}

/// Narrow layers first: `l m h`, `q h f` and numbers are the names in use.
fn rank(rid: &Rid) -> (u8, String) {
    let text = rid.to_string();
    let rank = match text.as_str() {
        "l" | "q" => 0,
        "m" => 1,
        "h" => 2,
        "f" => 3,
        _ => 0,
    };
    (rank, text)
}

/// A sound.
#[derive(Debug)]
pub struct Sound {
    /// The line it comes on.
    pub mid: Mid,
    /// How loud it is.
    pub level: Level,
    seen: Option<Instant>,
    silence: Option<Silence>,
}

/// Digital silence.
#[derive(Debug, Clone, Copy)]
struct Silence {
    since: Instant,
    /// When a packet of it went on last.
    told: Instant,
}

impl Sound {
    /// A sound of which nothing has come.
    pub fn new(mid: Mid) -> Self {
        Self { mid, level: Level::default(), seen: None, silence: None }
    }

    /// Counts a packet; true when it goes on to those who hear it, false when it is silence of which
    /// they have heard enough.
    pub fn note(&mut self, packet: &Packet) -> bool {
        let now = packet.arrival;
        self.seen = Some(now);
        if let Some(db) = packet.level_db {
            self.level.hear(now, db);
        }
        if packet.level_db.is_none_or(|db| SILENCE_DB < db) {
            self.silence = None;
            return true;
        }
        let silence = self.silence.get_or_insert(Silence { since: now, told: now });
        let begins = now.saturating_duration_since(silence.since) < SILENT_AFTER;
        let goes_on = begins || SILENCE_EVERY <= now.saturating_duration_since(silence.told);
        if goes_on {
            silence.told = now;
        }
        goes_on
    }
}

/// Camera and microphone, or screen with sound, of one seat.
#[derive(Debug, Default)]
pub struct Source {
    /// Its picture.
    pub picture: Option<Picture>,
    /// Its sound.
    pub sound: Option<Sound>,
    /// Loss of its lines in percent, before repair.
    pub loss_percent: f32,
}

impl Source {
    /// For the studio.
    pub fn state(&self, source: SourceId, now: Instant) -> SourceState {
        let layers = self.picture.iter().flat_map(|picture| &picture.layers);
        let sounds = self
            .sound
            .as_ref()
            .and_then(|sound| sound.seen)
            .is_some_and(|seen| now.saturating_duration_since(seen) < LAYER_SILENT);
        SourceState {
            source,
            arriving: sounds || layers.clone().any(|layer| layer.arrives(now)),
            level_db: self.sound.as_ref().map(|sound| sound.level.at(now)),
            loss_percent: self.loss_percent,
            size: layers
                .filter(|layer| layer.arrives(now))
                .filter_map(|layer| layer.size)
                .next_back(),
        }
    }
}
