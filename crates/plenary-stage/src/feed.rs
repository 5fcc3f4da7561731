//! From a source's packets to access units and Opus packets for the media worker, in order, with
//! everything that is damaged left out and the place marked.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use plenary_model::frame::{Contribution, PictureCodec, SenderReport, TrackKind};
use plenary_model::id::SourceId;
use plenary_model::limits::REORDER_PACKETS_MAX;

use crate::codec::{self, Depacketizer};
use crate::packet::{Packet, span_ticks};

/// How long a picture's packet may be late: it is asked for four times, 105 ms apart, and on a path that
/// loses 5 % each way every tenth repair is lost too. A picture that comes late is a short halt; one that is
/// given up costs the wait for a keyframe.
const PICTURE_LATE: Duration = Duration::from_millis(450);
/// Sound is not repaired, only reordered.
const SOUND_LATE: Duration = Duration::from_millis(60);

/// A contribution whose arrival is still an instant; the stage turns it into microseconds.
#[derive(Debug)]
pub struct Fed {
    /// All but the arrival, which is zero.
    pub contribution: Contribution,
    /// When its last packet came.
    pub arrival: Instant,
}

#[derive(Debug)]
struct Reorder {
    next: Option<u64>,
    waiting: BTreeMap<u64, Packet>,
    blocked_since: Option<Instant>,
    late: Duration,
}

impl Reorder {
    const fn new(late: Duration) -> Self {
        Self { next: None, waiting: BTreeMap::new(), blocked_since: None, late }
    }

    fn start_at(&mut self, seq: u64) {
        self.next = Some(seq);
        self.waiting.clear();
        self.blocked_since = None;
    }

    fn push(&mut self, packet: Packet) {
        let next = *self.next.get_or_insert(packet.seq);
        if next <= packet.seq {
            self.waiting.insert(packet.seq, packet);
        }
    }

    /// The next packet in order, and whether packets before it were given up.
    fn pop(&mut self, now: Instant) -> Option<(Packet, bool)> {
        let first = *self.waiting.keys().next()?;
        let gap = self.next != Some(first);
        if gap {
            let since = *self.blocked_since.get_or_insert(now);
            let patient = now.saturating_duration_since(since) < self.late;
            if patient && self.waiting.len() <= REORDER_PACKETS_MAX {
                return None;
            }
        }
        let packet = self.waiting.remove(&first)?;
        self.next = Some(first + 1);
        self.blocked_since = None;
        Some((packet, gap))
    }

    fn deadline(&self) -> Option<Instant> {
        self.blocked_since.map(|since| since + self.late)
    }
}

/// Times of changing origins on one unbroken clock.
#[derive(Debug, Default)]
struct Clock {
    offset: u64,
    last: Option<(u64, Instant)>,
    report: Option<SenderReport>,
}

impl Clock {
    /// The packet's layer or connection is another one: its RTP clock began elsewhere.
    fn switch(&mut self, first: &Packet) {
        let Some((last, at)) = self.last else { return };
        let hz = first.clock_hz();
        let by_report = self.report.zip(first.report).and_then(|(old, new)| {
            let wall = i64::try_from(new.wall_us).ok()? - i64::try_from(old.wall_us).ok()?;
            let apart = wall.checked_mul(i64::try_from(hz).ok()?)? / 1_000_000;
            let since_report = first.time.wrapping_sub(new.rtp_time) as i64;
            Some(old.rtp_time.wrapping_add_signed(apart.checked_add(since_report)?))
        });
        let passed = span_ticks(first.arrival.saturating_duration_since(at), hz);
        let by_arrival = last.wrapping_add(passed.max(1));
        // Reports of another sender (a new connection of another device) do not compare.
        let time = by_report.filter(|time| last < *time && *time < by_arrival.saturating_add(hz));
        self.offset = time.unwrap_or(by_arrival).wrapping_sub(first.time);
        self.report = None;
    }

    fn map(&mut self, packet: &Packet) -> u64 {
        let time = packet.time.wrapping_add(self.offset);
        self.last = Some((time, packet.arrival));
        self.report = packet.report.map(|report| SenderReport {
            rtp_time: report.rtp_time.wrapping_add(self.offset),
            ..report
        });
        time
    }
}

#[derive(Debug)]
struct Pictures {
    layer: Option<usize>,
    order: Reorder,
    unit: Depacketizer,
    unit_time: Option<u64>,
    broken: bool,
    lost: bool,
    last: Option<Packet>,
    clock: Clock,
}

#[derive(Debug)]
struct Sounds {
    running: bool,
    order: Reorder,
    clock: Clock,
}

/// Feeds one source to the media worker.
#[derive(Debug)]
pub struct Feed {
    source: SourceId,
    /// Width of its tile.
    pub width: u32,
    /// The layer to change to at its next keyframe.
    pub target: Option<usize>,
    pictures: Pictures,
    sounds: Sounds,
}

impl Feed {
    /// Starts with the next keyframe.
    pub fn new(source: SourceId, width: u32) -> Self {
        Self {
            source,
            width,
            target: None,
            pictures: Pictures {
                layer: None,
                order: Reorder::new(PICTURE_LATE),
                unit: Depacketizer::new(PictureCodec::H264),
                unit_time: None,
                broken: false,
                lost: false,
                last: None,
                clock: Clock::default(),
            },
            sounds: Sounds {
                running: false,
                order: Reorder::new(SOUND_LATE),
                clock: Clock::default(),
            },
        }
    }

    /// The source's connection is another one from now on.
    pub fn restart(&mut self) {
        self.pictures.layer = None;
        self.pictures.unit.discard();
        self.pictures.unit_time = None;
        self.pictures.order.waiting.clear();
        self.pictures.order.blocked_since = None;
        self.pictures.lost = true;
        self.sounds.running = false;
        self.target = None;
    }

    /// It waits for a keyframe of its target layer.
    pub fn waits(&self) -> bool {
        self.target.is_some() && self.pictures.layer != self.target
    }

    /// The layer that is fed now.
    pub const fn layer(&self) -> Option<usize> {
        self.pictures.layer
    }

    /// Takes a packet of the source. `starts`: a receiver can start with it. Returns whether the
    /// fed layer needs a keyframe because something was lost.
    pub fn packet(
        &mut self,
        layer: usize,
        starts: bool,
        packet: Packet,
        out: &mut Vec<Fed>,
    ) -> bool {
        let now = packet.arrival;
        match packet.kind {
            TrackKind::Picture(_) => {
                let pictures = &mut self.pictures;
                if starts && pictures.layer != Some(layer) && self.target == Some(layer) {
                    pictures.start(layer, &packet);
                }
                if pictures.layer != Some(layer) {
                    return false;
                }
                pictures.order.push(packet);
            }
            TrackKind::Opus => {
                if !self.sounds.running {
                    self.sounds.running = true;
                    self.sounds.clock.switch(&packet);
                    self.sounds.order.start_at(packet.seq);
                }
                self.sounds.order.push(packet);
            }
        }
        self.wake(now, out)
    }

    /// Gives up on what is too late. Returns as [`Self::packet`].
    pub fn wake(&mut self, now: Instant, out: &mut Vec<Fed>) -> bool {
        let mut damaged = false;
        while let Some((packet, gap)) = self.pictures.order.pop(now) {
            damaged |= self.pictures.take(self.source, packet, gap, out);
        }
        while let Some((packet, gap)) = self.sounds.order.pop(now) {
            let time = self.sounds.clock.map(&packet);
            let contribution = Contribution {
                source: self.source,
                kind: TrackKind::Opus,
                rtp_time: time,
                report: self.sounds.clock.report,
                arrival_us: 0,
                keyframe: false,
                after_loss: gap,
                bytes: Bytes::copy_from_slice(&packet.payload),
            };
            out.push(Fed { contribution, arrival: packet.arrival });
        }
        damaged
    }

    /// When to wake it.
    pub fn deadline(&self) -> Option<Instant> {
        [self.pictures.order.deadline(), self.sounds.order.deadline()].into_iter().flatten().min()
    }
}

impl Pictures {
    fn start(&mut self, layer: usize, first: &Packet) {
        self.layer = Some(layer);
        self.order.start_at(first.seq);
        self.unit.discard();
        self.unit_time = None;
        self.broken = false;
        self.last = None;
        self.clock.switch(first);
    }

    /// Takes the next packet in order; true when a loss was found with it.
    fn take(&mut self, source: SourceId, packet: Packet, gap: bool, out: &mut Vec<Fed>) -> bool {
        let TrackKind::Picture(codec) = packet.kind else { return false };
        let mut damaged = gap;
        if gap {
            self.unit.discard();
        }
        if self.unit.codec() != codec {
            self.unit = Depacketizer::new(codec);
            self.unit_time = None;
        }
        if self.unit_time == Some(packet.time) {
            self.broken |= gap;
        } else {
            // A unit without a marker ends where the next one begins.
            self.emit(source, out);
            self.unit_time = Some(packet.time);
            self.broken = gap && !codec::starts_picture(codec, &packet.payload);
        }
        if !self.broken && self.unit.push(&packet.payload).is_err() {
            self.broken = true;
            damaged = true;
        }
        if self.broken {
            self.unit.discard();
        }
        self.lost |= damaged;
        let ends = packet.marker;
        self.last = Some(packet);
        if ends {
            damaged |= self.emit(source, out);
            self.unit_time = None;
            self.broken = false;
        }
        damaged
    }

    /// True when what was there is not a whole unit.
    fn emit(&mut self, source: SourceId, out: &mut Vec<Fed>) -> bool {
        let begun = !self.unit.is_empty();
        let Some(unit) = self.unit.finish() else {
            self.lost |= begun;
            return begun;
        };
        let Some(last) = &self.last else { return false };
        let rtp_time = self.clock.map(last);
        let contribution = Contribution {
            source,
            kind: TrackKind::Picture(self.unit.codec()),
            rtp_time,
            report: self.clock.report,
            arrival_us: 0,
            keyframe: unit.keyframe,
            after_loss: std::mem::take(&mut self.lost),
            bytes: unit.bytes.into(),
        };
        out.push(Fed { contribution, arrival: last.arrival });
        false
    }
}
