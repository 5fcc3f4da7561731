//! What a seat sends: the layers of a picture, and a sound with its level.

use std::time::{Duration, Instant};

use plenary_model::frame::PictureCodec;
use plenary_model::id::SourceId;

use crate::api::SourceState;
use crate::layer::{Layer, SILENT};
use crate::packet::Packet;
use crate::seat::{Mid, Rid};
use crate::speaker::Level;

/// What a browser says of a microphone that is switched off: it sends on (RFC 6464 section 3).
const SILENCE_DB: i8 = -127;
/// Silence that has lasted so long is thinned out for the others.
const SILENT_AFTER: Duration = Duration::from_millis(500);
/// Of thinned silence one packet in so long goes on, as of an Opus encoder with discontinuous
/// transmission (RFC 6716 section 2.1.9).
const SILENCE_EVERY: Duration = Duration::from_millis(400);

/// What a packet of a layer brought.
#[derive(Debug, Clone, Copy)]
pub struct Noted {
    /// A receiver can start with it.
    pub starts: bool,
    /// A layer has begun or has stopped, so that who gets which is to be chosen anew.
    pub changes: bool,
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
        let begins = layer.begins_picture(packet);
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
            .is_some_and(|seen| now.saturating_duration_since(seen) < SILENT);
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
