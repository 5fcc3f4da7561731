//! The low-delay programme for many viewers (WHEP): packets are made once and kept in plain for all,
//! and a viewer is little more than keys, numbers and a place in them. A core without sockets: it
//! fills memory with runs of datagrams, and the shell sends them.

mod control;
mod line;
mod rate;
pub mod rtcp;
pub mod slab;
mod srtp;
mod viewer;

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use plenary_model::frame::{Bus, ProgrammeOpus, ProgrammePicture};
use plenary_model::limits::SDP_BYTES_MAX;
use plenary_model::time::PROGRAMME_HZ;

use crate::address::TransportAddress;
use crate::demux::{Demux, Kind, classify};
use crate::programme::{Epoch, Programme};
use crate::seat::Identity;

use control::{Agreed, Control, Event};
use slab::Slab;
use viewer::{BURST_GAP, Sound, Viewer};

/// Connections are looked at so often.
const TICK: Duration = Duration::from_millis(100);
const SOUND_HZ: u64 = 48_000;

/// From our candidate address, to the viewer's.
pub type Path = (TransportAddress, TransportAddress);

/// One viewer; minted by the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ViewerId(pub u64);

/// Something that happened outside.
#[derive(Debug)]
pub enum Input<'a> {
    /// A datagram came in on one of our addresses.
    Datagram {
        /// The sender.
        from: TransportAddress,
        /// The candidate address that it came to.
        to: TransportAddress,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// The deadline has come.
    Wake,
    /// Somebody offers to receive, for the first time or to restart ICE.
    Offer {
        /// Who.
        viewer: ViewerId,
        /// Which sound they hear.
        bus: Bus,
        /// Session description of type offer.
        sdp: &'a str,
    },
    /// A viewer leaves.
    Leave {
        /// Who.
        viewer: ViewerId,
    },
    /// The programme's next picture.
    Picture(&'a ProgrammePicture),
    /// The programme's next sound.
    Sound(&'a ProgrammeOpus),
}

/// Something for the shell to do or pass on.
#[derive(Debug)]
pub enum Output {
    /// Send these bytes.
    Datagram {
        /// From this candidate address.
        from: TransportAddress,
        /// To this one.
        to: TransportAddress,
        /// At most one MTU.
        bytes: Vec<u8>,
    },
    /// The answer to a viewer's offer, or why there is none; a first offer that is refused leaves
    /// nothing behind.
    Answer {
        /// Whose.
        viewer: ViewerId,
        /// Session description of type answer.
        answer: Result<String, Refused>,
    },
    /// A viewer is gone without having left.
    Gone {
        /// Who.
        viewer: ViewerId,
    },
}

/// Why an offer was not acted on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The description is longer than the limit.
    #[error("the offer is too large")]
    TooLarge,
    /// The description does not parse, or does not fit.
    #[error("the offer cannot be used: {0}")]
    Bad(String),
}

/// What is to be sent to all viewers, one after the other.
#[derive(Debug)]
enum Work {
    Picture(u8, Instant),
    Sound(Sound),
    Burst,
    Repair(ViewerId),
}

/// The viewers of one event on one thread.
pub struct Egress {
    identity: Identity,
    addresses: Vec<TransportAddress>,
    viewers: Vec<(ViewerId, Viewer)>,
    places: HashMap<ViewerId, usize>,
    demux: Demux<ViewerId>,
    programme: Programme,
    epoch: Epoch,
    /// What times of sending count from.
    zero: Instant,
    /// When the newest picture was made.
    made: Option<Instant>,
    work: VecDeque<Work>,
    /// The next viewer of the first work.
    cursor: usize,
    scratch: Vec<u8>,
    next_tick: Option<Instant>,
    next_burst: Option<Instant>,
}

impl Egress {
    /// Without viewers; they reach us at `addresses`.
    pub fn new(now: Instant, identity: Identity, addresses: Vec<TransportAddress>) -> Self {
        Self {
            identity,
            addresses,
            viewers: Vec::new(),
            places: HashMap::new(),
            demux: Demux::default(),
            programme: Programme::default(),
            epoch: Epoch::default(),
            zero: now,
            made: None,
            work: VecDeque::new(),
            cursor: 0,
            scratch: Vec::new(),
            next_tick: None,
            next_burst: None,
        }
    }

    /// Whether a datagram is for one of the viewers.
    pub fn claims(&self, from: TransportAddress, datagram: &[u8]) -> bool {
        self.demux.owner(from, datagram).is_some()
    }

    /// Whether somebody is a viewer.
    pub fn has(&self, viewer: ViewerId) -> bool {
        self.places.contains_key(&viewer)
    }

    /// How many viewers there are, those included whose connection is not up yet.
    pub fn viewers(&self) -> usize {
        self.viewers.len()
    }

    /// When to wake it.
    pub fn deadline(&self) -> Option<Instant> {
        self.next_tick.into_iter().chain(self.next_burst).min()
    }

    /// Takes what happened; what is to be sent to many is fetched with [`Self::fill`].
    pub fn handle(&mut self, now: Instant, input: Input<'_>, out: &mut Vec<Output>) {
        match input {
            Input::Datagram { from, to, bytes } => self.datagram(now, (from, to), bytes, out),
            Input::Wake => self.wake(now, out),
            Input::Offer { viewer, bus, sdp } => {
                let answer = self.offer(now, (viewer, bus), sdp, out);
                out.push(Output::Answer { viewer, answer });
            }
            Input::Leave { viewer } => self.leave(now, viewer, out),
            Input::Picture(picture) => {
                self.programme.push(picture);
                let made = self.epoch.wallclock(now, picture.time.0);
                self.made = Some(made);
                self.add(Work::Picture(picture.rendition, made));
            }
            Input::Sound(sound) => {
                let made = self.epoch.wallclock(now, sound.time.0);
                let time = (sound.time.0 * SOUND_HZ / PROGRAMME_HZ) as u32;
                let payload = sound.bytes.clone();
                self.add(Work::Sound(Sound { bus: sound.bus, time, payload, made }));
            }
        }
    }

    /// Fills the slab with what is to be sent; true when it is full and there is more.
    pub fn fill(&mut self, now: Instant, slab: &mut Slab) -> bool {
        let sent = Sent { now, abs_send_time: abs_send_time(now, self.zero) };
        while let Some(work) = self.work.front() {
            if let Work::Repair(viewer) = work {
                if slab.is_full() {
                    return true;
                }
                if let Some((_, viewer)) = self.places.get(viewer).map(|at| &mut self.viewers[*at])
                {
                    viewer.repair(sent, &self.programme, &mut self.scratch, slab);
                }
                self.work.pop_front();
                continue;
            }
            for (_, viewer) in self.viewers.iter_mut().skip(self.cursor) {
                if slab.is_full() {
                    return true;
                }
                self.cursor += 1;
                let later = match work {
                    Work::Picture(rendition, made) => {
                        viewer.picture(sent, (&self.programme, *rendition), *made, slab);
                        viewer.waits()
                    }
                    Work::Burst => {
                        viewer.burst(sent, &self.programme, self.made.unwrap_or(now), slab)
                    }
                    Work::Sound(sound) => {
                        viewer.sound(sent, sound, slab);
                        false
                    }
                    Work::Repair(_) => false,
                };
                if later {
                    self.next_burst.get_or_insert(now + BURST_GAP);
                }
            }
            self.work.pop_front();
            self.cursor = 0;
        }
        false
    }

    fn add(&mut self, work: Work) {
        if !self.viewers.is_empty() {
            self.work.push_back(work);
        }
    }

    fn datagram(&mut self, now: Instant, path: Path, bytes: &[u8], out: &mut Vec<Output>) {
        let (from, to) = path;
        let Some(id) = self.demux.owner(from, bytes) else { return };
        if classify(bytes) != Kind::Rtp {
            self.with_control((now, id), out, |viewer, events| {
                viewer.control.receive(now, from, to, bytes, events);
            });
            return;
        }
        let Some((_, viewer)) = self.places.get(&id).map(|at| &mut self.viewers[*at]) else {
            return;
        };
        if viewer.feedback(now, bytes, &self.programme) {
            self.work.push_back(Work::Repair(id));
        }
    }

    fn offer(
        &mut self,
        now: Instant,
        (id, bus): (ViewerId, Bus),
        sdp: &str,
        out: &mut Vec<Output>,
    ) -> Result<String, Refused> {
        if SDP_BYTES_MAX < sdp.len() {
            return Err(Refused::TooLarge);
        }
        let first = !self.places.contains_key(&id);
        if first {
            let control = Control::new(now, &self.identity, &self.addresses);
            self.places.insert(id, self.viewers.len());
            self.viewers.push((id, Viewer::new(now, control, bus)));
            self.next_tick.get_or_insert(now + TICK);
        }
        let accepted = self.with_control((now, id), out, |viewer, events| {
            let agreed = viewer.control.accept_offer(now, sdp, events)?;
            viewer.take_streams(agreed.video.as_ref(), agreed.audio.as_ref());
            Ok(agreed)
        });
        let accepted = accepted.unwrap_or_else(|| Err("it broke a belief about offers".to_owned()));
        match accepted {
            Ok(Agreed { answer, ufrag, .. }) => {
                self.demux.expect(&ufrag, id);
                Ok(answer)
            }
            Err(reason) => {
                if first {
                    self.remove(id);
                }
                Err(Refused::Bad(reason))
            }
        }
    }

    fn leave(&mut self, now: Instant, id: ViewerId, out: &mut Vec<Output>) {
        self.with_control((now, id), out, |viewer, events| viewer.control.close(now, events));
        // It was not gone without leaving.
        out.retain(|output| !matches!(output, Output::Gone { viewer } if *viewer == id));
        self.remove(id);
    }

    fn wake(&mut self, now: Instant, out: &mut Vec<Output>) {
        if self.next_burst.is_some_and(|at| at <= now) {
            self.next_burst = None;
            self.add(Work::Burst);
        }
        if self.next_tick.is_none_or(|at| now < at) {
            return;
        }
        self.next_tick = Some(now + TICK);
        let due = |viewer: &Viewer| viewer.control.deadline() <= now || viewer.is_gone(now);
        let woken: Vec<ViewerId> =
            self.viewers.iter().filter(|(_, viewer)| due(viewer)).map(|(id, _)| *id).collect();
        for id in woken {
            let gone = self.with_control((now, id), out, |viewer, events| {
                viewer.control.wake(now, events);
                viewer.is_gone(now)
            });
            if gone == Some(true) {
                self.leave(now, id, out);
                out.push(Output::Gone { viewer: id });
            }
        }
        if self.viewers.is_empty() {
            self.next_tick = None;
        }
    }

    /// Works on a viewer's connection and carries out what it says. A panic of the library loses that
    /// connection only.
    fn with_control<T>(
        &mut self,
        (now, id): (Instant, ViewerId),
        out: &mut Vec<Output>,
        work: impl FnOnce(&mut Viewer, &mut Vec<Event>) -> T,
    ) -> Option<T> {
        let (_, viewer) = self.places.get(&id).map(|at| &mut self.viewers[*at])?;
        let mut events = Vec::new();
        let done = catch_unwind(AssertUnwindSafe(|| work(viewer, &mut events))).ok();
        if done.is_none() {
            events.push(Event::Down);
        }
        for event in events {
            match event {
                Event::Send { from, to, bytes } => {
                    self.demux.learn(to, id);
                    out.push(Output::Datagram { from, to, bytes });
                }
                Event::Keys(keys) => self.viewer(id, |viewer| viewer.take_keys(&keys)),
                Event::Alive => self.viewer(id, |viewer| viewer.hear(now)),
                Event::Path(path) => self.viewer(id, |viewer| viewer.take_path(path)),
                Event::Down => {
                    self.remove(id);
                    out.push(Output::Gone { viewer: id });
                }
            }
        }
        done
    }

    fn viewer(&mut self, id: ViewerId, work: impl FnOnce(&mut Viewer)) {
        if let Some(at) = self.places.get(&id) {
            work(&mut self.viewers[*at].1);
        }
    }

    fn remove(&mut self, id: ViewerId) {
        self.demux.forget(id);
        let Some(at) = self.places.remove(&id) else { return };
        self.viewers.swap_remove(at);
        if let Some((moved, _)) = self.viewers.get(at) {
            self.places.insert(*moved, at);
        }
    }
}

/// When packets leave.
#[derive(Debug, Clone, Copy)]
struct Sent {
    now: Instant,
    abs_send_time: [u8; 3],
}

/// A time of sending in seconds with 18 bits of fraction, of which 24 bits are kept
/// (<http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time>). Only differences count.
fn abs_send_time(now: Instant, zero: Instant) -> [u8; 3] {
    let since = now.saturating_duration_since(zero);
    let fixed = (since.as_nanos() << 18) / 1_000_000_000;
    let [.., a, b, c] = (fixed as u64).to_be_bytes();
    [a, b, c]
}

/// A moment as NTP says it (RFC 3550 section 4), from an epoch of ours: only the streams of one
/// viewer are compared.
fn ntp(moment: Instant, zero: Instant) -> u64 {
    const EPOCH_SECONDS: u64 = 3_900_000_000;
    let ahead = moment.saturating_duration_since(zero);
    let behind = zero.saturating_duration_since(moment);
    let fixed = |time: Duration| (time.as_nanos() << 32) / 1_000_000_000;
    (EPOCH_SECONDS << 32).wrapping_add(fixed(ahead) as u64).wrapping_sub(fixed(behind) as u64)
}
