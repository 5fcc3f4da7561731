//! The programme's way back to the stage: packetised once, kept since the last IDR so that a
//! joining seat starts at once, sent to each viewer in one row of sequence numbers.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use plenary_model::frame::ProgrammePicture;
use plenary_model::limits::{GOP_BYTES_MAX, PROGRAMME_PACKETS_KEPT};
use plenary_model::time::PROGRAMME_HZ;

use crate::h264;
use crate::layer::KEYFRAME_GAP;

/// Largest RTP payload that we make: with header, extensions and tag it stays below the 1 200
/// bytes that pass every path.
const PAYLOAD_BYTES_MAX: usize = 1_100;
/// Pictures of a replayed GOP are told to be this much apart together: less than one picture at
/// 30 per second, so that time never goes back. The player decodes them all and shows the last.
const REPLAY_TICKS: u64 = 2_900;
/// A replay that takes longer than this on the viewer's link holds up what follows it, so a
/// smaller rendition starts instead and the wished one follows with its next IDR.
const REPLAY_MS_MAX: u64 = 300;
/// A rendition this far behind the others does not come any more: the encoder has given it up.
const STOPPED_TICKS: u64 = PROGRAMME_HZ;

/// One packet of a picture, the same for all viewers.
#[derive(Debug)]
pub struct Packet {
    /// What follows the RTP header.
    pub payload: Arc<[u8]>,
    /// Last of its picture.
    pub marker: bool,
}

/// Packets in the order in which they were made, each with a number that is never used again.
#[derive(Debug, Default)]
struct Packets {
    kept: VecDeque<Packet>,
    /// Number of the first that is kept.
    first: u64,
}

impl Packets {
    /// Number of the next packet.
    fn next(&self) -> u64 {
        self.first + self.kept.len() as u64
    }

    fn get(&self, number: u64) -> Option<&Packet> {
        self.kept.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    /// Lets go of the oldest that nobody asks for again, up to the one that is still `needed`.
    fn forget(&mut self, needed: u64) {
        while PROGRAMME_PACKETS_KEPT < self.kept.len() && self.first < needed {
            self.kept.pop_front();
            self.first += 1;
        }
    }
}

/// A picture in packets.
#[derive(Debug)]
struct Prepared {
    time: u64,
    packets: Range<u64>,
}

#[derive(Debug, Default)]
struct Gop {
    pictures: Vec<Prepared>,
    bytes: usize,
    rate: Option<u64>,
}

/// The renditions of the programme as they come.
#[derive(Debug, Default)]
pub struct Programme {
    gops: BTreeMap<u8, Gop>,
    packets: Packets,
    /// Time of the last picture of any rendition.
    newest: u64,
}

/// What a viewer may have.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    /// The rendition to show in the end.
    pub wished: u8,
    /// What the viewer's link has for the programme.
    pub bits_per_second: u64,
}

impl Programme {
    /// Takes the next picture of a rendition.
    pub fn push(&mut self, picture: &ProgrammePicture) {
        self.newest = picture.time.0;
        let gop = self.gops.entry(picture.rendition).or_default();
        if picture.idr {
            gop.measure(picture.time.0);
            gop.pictures.clear();
            gop.bytes = 0;
        } else if gop.pictures.is_empty() {
            return;
        }
        gop.bytes += picture.bytes.len();
        if GOP_BYTES_MAX < gop.bytes {
            gop.pictures.clear();
            return;
        }
        let first = self.packets.next();
        let payloads = h264::packetize(&picture.bytes, PAYLOAD_BYTES_MAX);
        let count = payloads.len();
        let packet = |(index, payload)| Packet { payload, marker: index + 1 == count };
        self.packets.kept.extend(payloads.into_iter().enumerate().map(packet));
        let packets = first..self.packets.next();
        gop.pictures.push(Prepared { time: picture.time.0, packets });
        self.forget();
    }

    /// A packet that is still kept.
    pub fn packet(&self, number: u64) -> Option<&Packet> {
        self.packets.get(number)
    }

    /// Lets go of what no viewer starts with.
    fn forget(&mut self) {
        let newest = self.newest;
        self.gops.retain(|_, gop| !gop.has_stopped(newest));
        let first = |gop: &Gop| gop.pictures.first().map(|picture| picture.packets.start);
        let needed = self.gops.values().filter_map(first).min();
        self.packets.forget(needed.unwrap_or(u64::MAX));
    }

    /// The rendition for a viewer that can take so many bits per second and has `current`;
    /// renditions count from the largest.
    pub fn rendition_for(&self, bits_per_second: u64, current: Option<u8>) -> Option<u8> {
        let fits = |index: u8, gop: &Gop| {
            // Going up needs a reserve, staying hardly any: no flapping at the edge.
            let stays = current.is_some_and(|current| current <= index);
            let cost = |rate: u64| rate + if stays { rate / 20 } else { rate / 4 };
            gop.rate.is_none_or(|rate| cost(rate) <= bits_per_second)
        };
        self.running().find(|(index, gop)| fits(*index, gop)).map(|(i, _)| i).or(self.smallest())
    }

    /// The smallest rendition.
    pub fn smallest(&self) -> Option<u8> {
        self.running().last().map(|(index, _)| index)
    }

    /// The next larger rendition.
    pub fn larger(&self, rendition: u8) -> Option<u8> {
        self.running().map(|(index, _)| index).take_while(|index| *index < rendition).last()
    }

    /// What a rendition needs of a link.
    pub fn cost(&self, rendition: u8) -> u64 {
        let rate = self.gops.get(&rendition).and_then(|gop| gop.rate).unwrap_or(1_000_000);
        rate + rate / 4
    }

    /// Renditions of which pictures come.
    fn running(&self) -> impl Iterator<Item = (u8, &Gop)> {
        let newest = self.newest;
        let all = self.gops.iter().map(|(index, gop)| (*index, gop));
        all.filter(move |(_, gop)| !gop.has_stopped(newest))
    }

    /// The rendition that a viewer without a picture starts with: the largest within its share
    /// whose replay is over soon.
    fn start_for(&self, share: Share) -> Option<u8> {
        let backlog = |gop: &Gop| gop.bytes as u64 * 8;
        let soon = |gop: &Gop| backlog(gop) <= share.bits_per_second * REPLAY_MS_MAX / 1_000;
        let starts = |gop: &Gop| !gop.pictures.is_empty();
        let mut able = self.running().filter(|(i, gop)| share.wished <= *i && starts(gop));
        able.find(|(_, gop)| soon(gop)).map(|(index, _)| index).or_else(|| {
            let (index, gop) = self.running().last()?;
            let bearable = backlog(gop) <= share.bits_per_second || gop.pictures.len() == 1;
            (bearable && starts(gop)).then_some(index)
        })
    }
}

impl Gop {
    fn has_stopped(&self, newest: u64) -> bool {
        self.pictures.last().is_some_and(|last| last.time + STOPPED_TICKS < newest)
    }

    fn measure(&mut self, until: u64) {
        let Some(first) = self.pictures.first() else { return };
        let ticks = until.saturating_sub(first.time);
        let bits = self.bytes as u64 * 8 * PROGRAMME_HZ;
        self.rate = bits.checked_div(ticks).or(self.rate);
    }
}

/// One packet for a viewer.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// Its sequence number.
    pub seq: u64,
    /// Its RTP time.
    pub time: u32,
    /// Number of the packet among the programme's.
    pub packet: u64,
}

/// What one viewer has got.
#[derive(Debug, Default)]
pub struct Viewer {
    rendition: Option<u8>,
    seq: u64,
    sound_seq: u64,
    lost: bool,
    replayed: Option<Instant>,
    /// Added to programme times, so that a programme that starts over does not turn time back.
    ahead: u64,
    time_last: Option<u64>,
}

impl Viewer {
    /// The viewer cannot decode any more.
    pub const fn want_keyframe(&mut self) {
        self.lost = true;
    }

    /// The viewer sees no programme for now.
    pub const fn pause(&mut self) {
        self.rendition = None;
    }

    /// The rendition that it gets.
    pub const fn rendition(&self) -> Option<u8> {
        self.rendition
    }

    /// The packets that the newest picture of `rendition` brings to this viewer.
    pub fn picture(
        &mut self,
        now: Instant,
        programme: &Programme,
        rendition: u8,
        share: Share,
        steps: &mut impl Extend<Step>,
    ) {
        let Some(gop) = programme.gops.get(&rendition) else { return };
        let Some(newest) = gop.pictures.last() else { return };
        let idr = gop.pictures.len() == 1;
        if self.needs_start(now, programme) && programme.start_for(share) == Some(rendition) {
            self.rendition = Some(rendition);
            self.replayed = Some(now);
            self.lost = false;
            let count = gop.pictures.len() as u64;
            for (index, picture) in gop.pictures.iter().enumerate() {
                let back = REPLAY_TICKS * (count - 1 - index as u64) / count;
                self.steps(picture, newest.time.saturating_sub(back), steps);
            }
            return;
        }
        if self.rendition.is_some() && rendition == share.wished && idr {
            self.rendition = Some(rendition);
        }
        if self.rendition == Some(rendition) {
            self.lost &= !idr;
            self.steps(newest, newest.time, steps);
        }
    }

    /// It has nothing, what it has has stopped, or it cannot decode what it has.
    fn needs_start(&self, now: Instant, programme: &Programme) -> bool {
        let quiet =
            self.replayed.is_none_or(|at| KEYFRAME_GAP <= now.saturating_duration_since(at));
        let has = self.rendition.and_then(|rendition| programme.gops.get(&rendition));
        has.is_none_or(|gop| gop.has_stopped(programme.newest)) || self.lost && quiet
    }

    /// Sequence number of the next sound packet.
    pub const fn sound(&mut self) -> u64 {
        self.sound_seq += 1;
        self.sound_seq
    }

    fn steps(&mut self, picture: &Prepared, time: u64, steps: &mut impl Extend<Step>) {
        let mut time = time + self.ahead;
        if let Some(last) = self.time_last {
            if time + PROGRAMME_HZ < last {
                self.ahead += last + REPLAY_TICKS - time;
                time = last + REPLAY_TICKS;
            }
            time = time.max(last + 1);
        }
        self.time_last = Some(time);
        let first = self.seq + 1;
        self.seq += picture.packets.end - picture.packets.start;
        let numbers = (first..).zip(picture.packets.clone());
        steps.extend(numbers.map(|(seq, packet)| Step { seq, time: time as u32, packet }));
    }
}

/// Ties the programme clock to ours for sender reports, the same for picture and sound.
#[derive(Debug, Default)]
pub struct Epoch(Option<Instant>);

impl Epoch {
    /// When the given moment of the programme was, by our clock: always a little in the past.
    pub fn wallclock(&mut self, now: Instant, programme_ticks: u64) -> Instant {
        const BACK: Duration = Duration::from_secs(1);
        const DRIFT_MAX: Duration = Duration::from_secs(3);
        let since = Duration::from_micros(programme_ticks.saturating_mul(1_000_000) / PROGRAMME_HZ);
        if let Some(wall) = self.0.and_then(|zero| zero.checked_add(since))
            && wall <= now
            && now.duration_since(wall) <= DRIFT_MAX
        {
            return wall;
        }
        let wall = now.checked_sub(BACK).unwrap_or(now);
        self.0 = wall.checked_sub(since);
        wall
    }
}
