//! One simulcast layer of a picture: whether it comes, what it takes, and the one keyframe request of
//! all who want one.

use std::time::{Duration, Instant};

use plenary_model::frame::{PictureCodec, TrackKind};

use crate::codec;
use crate::packet::Packet;
use crate::seat::Rid;

/// At most one keyframe request per layer in this time.
pub const KEYFRAME_GAP: Duration = Duration::from_secs(1);
/// A layer or a sound without packets for this long does not arrive any more.
pub const SILENT: Duration = Duration::from_millis(1_500);
/// A sender whose path has become narrow stops its widest layer and goes on with the others: so many
/// of their pictures without one of this layer, and so much time, and it is taken for stopped.
const PICTURES_MISSED_MAX: u32 = 3;
const STOPPED_AFTER: Duration = Duration::from_millis(150);
/// A sender on a narrow path tries again and again whether it carries more: a layer that was stopped is
/// trusted again after it has come for so long.
const TRUSTED_AFTER: Duration = Duration::from_secs(5);
const RATE_WINDOW: Duration = Duration::from_millis(1_000);

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
    pub const fn new(rid: Option<Rid>, width: u32, bits_per_second: u64) -> Self {
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
        self.flow != Flow::Stopped && self.silent_for(now).is_some_and(|time| time < SILENT)
    }

    /// Packets come, and are likely to go on coming.
    pub fn is_trusted(&self, now: Instant) -> bool {
        self.flow == Flow::Steady && self.arrives(now)
    }

    fn silent_for(&self, now: Instant) -> Option<Duration> {
        self.seen.map(|seen| now.saturating_duration_since(seen))
    }

    /// A narrower layer has begun a picture; true when this one is now taken for stopped.
    pub fn misses(&mut self, now: Instant) -> bool {
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

    /// Whether a packet is the first to come of a picture newer than all before.
    pub fn begins_picture(&mut self, packet: &Packet) -> bool {
        let begins = self.newest < packet.time;
        self.newest = self.newest.max(packet.time);
        begins
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
