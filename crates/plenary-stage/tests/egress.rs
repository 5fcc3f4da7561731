//! The low-delay programme to viewers over a bad network in virtual time: the viewers are peers with
//! the WebRTC library's receiving side.

#[path = "common/units.rs"]
mod units;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use plenary_model::frame::{Bus, ProgrammeOpus, ProgrammePicture, TrackKind};
use plenary_model::time::Ticks;
use plenary_stage::egress::slab::Slab;
use plenary_stage::egress::{Egress, Input, Output, Refused, ViewerId};
use plenary_stage::h264::Depacketizer;
use plenary_stage::packet::Packet;
use plenary_stage::peer::{self, Peer};
use plenary_stage::signal::TrackUse;
use plenary_stage::{Identity, TransportAddress};
use units::unit;

const MS: Duration = Duration::from_millis(1);
const SERVER: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1)), 3478);
const PORTS: [TransportAddress; 2] = [TransportAddress::Udp(SERVER), TransportAddress::Tcp(SERVER)];
/// A keyframe every two seconds at 30 pictures a second.
const GOP: u32 = 60;

struct Watcher {
    peer: Peer,
    address: TransportAddress,
    up: bool,
    packets: Vec<(String, Packet)>,
    /// Kilobits a second that its path carries; what is more is lost.
    narrow: Option<u64>,
    carried: u64,
}

struct World {
    now: Instant,
    start: Instant,
    egress: Egress,
    slab: Slab,
    watchers: Vec<Watcher>,
    /// Percent of datagrams that are lost, both ways.
    loss: u64,
    /// Renditions and the size of their pictures.
    renditions: Vec<usize>,
    frame: u32,
    units: BTreeMap<Vec<u8>, (u8, u32)>,
    gone: Vec<ViewerId>,
    answers: Vec<Result<String, Refused>>,
    /// SSRC and sequence number, or SSRC and RTCP index, of all that each address was sent.
    nonces: BTreeMap<TransportAddress, BTreeSet<(bool, u32, u64)>>,
    twice: usize,
    queue: BTreeMap<(Instant, u64), (TransportAddress, TransportAddress, Vec<u8>)>,
    /// All that the server was sent.
    to_server: Vec<Vec<u8>>,
    count: u64,
    random: u64,
}

fn udp(ip: [u8; 4], port: u16) -> TransportAddress {
    TransportAddress::Udp(SocketAddr::from((ip, port)))
}

impl World {
    fn new(renditions: &[usize]) -> Self {
        let now = Instant::now();
        let identity = Identity::generate().expect("the crypto library works");
        Self {
            now,
            start: now,
            egress: Egress::new(now, identity, PORTS.to_vec()),
            slab: Slab::default(),
            watchers: Vec::new(),
            loss: 0,
            renditions: renditions.to_vec(),
            frame: 0,
            units: BTreeMap::new(),
            gone: Vec::new(),
            answers: Vec::new(),
            nonces: BTreeMap::new(),
            twice: 0,
            queue: BTreeMap::new(),
            to_server: Vec::new(),
            count: 0,
            random: 0x1234_5678_9abc_def1,
        }
    }

    fn watch(&mut self) -> usize {
        self.watch_at(udp([10, 0, 1, self.watchers.len() as u8 + 1], 5000))
    }

    fn watch_at(&mut self, address: TransportAddress) -> usize {
        let index = self.watchers.len();
        let mut peer = Peer::new(self.now, address);
        peer.add(TrackUse::ProgrammeVideo, 1, 1);
        peer.add(TrackUse::ProgrammeAudio, 1, 1);
        let (sdp, _) = peer.offer().expect("lines were added");
        self.watchers.push(Watcher {
            peer,
            address,
            up: false,
            packets: Vec::new(),
            narrow: None,
            carried: 0,
        });
        self.offer(index, &sdp);
        let answer = self.answers.pop().expect("an answer").expect("the offer is fine");
        let mut out = Vec::new();
        self.watchers[index].peer.answer(self.now, &answer, &mut out).expect("the answer fits");
        self.said(index, out);
        index
    }

    fn offer(&mut self, index: usize, sdp: &str) {
        let viewer = ViewerId(index as u64);
        self.input(Input::Offer { viewer, bus: Bus::Programme, sdp });
    }

    fn input(&mut self, input: Input<'_>) {
        let mut out = Vec::new();
        self.egress.handle(self.now, input, &mut out);
        for output in out {
            match output {
                Output::Datagram { from, to, bytes } => self.post(from, to, bytes),
                Output::Answer { answer, .. } => self.answers.push(answer),
                Output::Gone { viewer } => self.gone.push(viewer),
            }
        }
        loop {
            let more = self.egress.fill(self.now, &mut self.slab);
            let mut sent = Vec::new();
            for (run, bytes) in self.slab.runs() {
                sent.extend(bytes.chunks(run.segment).map(|one| (run.from, run.to, one.to_vec())));
            }
            self.slab.clear();
            for (from, to, bytes) in sent {
                self.note_nonce(to, &bytes);
                self.post(from, to, bytes);
            }
            if !more {
                return;
            }
        }
    }

    /// Fewer than 65 536 packets of a stream are sent in a test, so its sequence number is its index.
    fn note_nonce(&mut self, to: TransportAddress, datagram: &[u8]) {
        let word =
            |at: usize| u32::from_be_bytes(datagram[at..at + 4].try_into().expect("four bytes"));
        let control = (192..=223).contains(&datagram[1]);
        let nonce = if control {
            (true, word(4), u64::from(word(datagram.len() - 4)))
        } else {
            (false, word(8), u64::from(u16::from_be_bytes([datagram[2], datagram[3]])))
        };
        let new = self.nonces.entry(to).or_default().insert(nonce);
        self.twice += usize::from(!new);
    }

    fn run(&mut self, ms: u64) {
        let end = self.now + MS * ms as u32;
        while self.now < end {
            self.now += MS;
            let later = self.queue.split_off(&(self.now + Duration::from_nanos(1), 0));
            let due = std::mem::replace(&mut self.queue, later);
            for (from, to, bytes) in due.into_values() {
                self.arrive(from, to, &bytes);
            }
            if self.egress.deadline().is_some_and(|at| at <= self.now) {
                self.input(Input::Wake);
            }
            let passed = (self.now - self.start).as_millis() as u64;
            if passed.is_multiple_of(33) {
                self.programme(passed);
            }
            if passed.is_multiple_of(20) {
                let bytes = vec![0xfc, passed as u8, 7].into();
                let sound = ProgrammeOpus { bus: Bus::Programme, time: Ticks(passed * 90), bytes };
                self.input(Input::Sound(&sound));
            }
            for index in 0..self.watchers.len() {
                let mut out = Vec::new();
                let (watcher, now) = (&mut self.watchers[index], self.now);
                if watcher.peer.deadline() <= now {
                    watcher.peer.wake(now, &mut out);
                }
                if passed.is_multiple_of(1_000) {
                    self.estimate(index, &mut out);
                }
                self.said(index, out);
            }
        }
    }

    /// A browser on a narrow path says what came of it.
    fn estimate(&mut self, index: usize, out: &mut Vec<peer::Output>) {
        let watcher = &mut self.watchers[index];
        let carried = std::mem::take(&mut watcher.carried);
        if let Some(narrow) = watcher.narrow {
            let bps = (carried * 3 / 2).min(narrow * 1_000);
            let mid = watcher.peer.tracks()[0].mid.clone();
            watcher.peer.say_estimate(self.now, &mid, bps, out);
        }
    }

    fn programme(&mut self, passed: u64) {
        let idr = self.frame.is_multiple_of(GOP);
        self.frame += 1;
        for (rendition, layer) in self.renditions.clone().into_iter().enumerate() {
            let rendition = rendition as u8;
            let mut bytes = unit(200 + usize::from(rendition), layer, self.frame, idr);
            // About 2 Mb/s of the largest, 0.5 Mb/s of one that is two smaller.
            bytes.extend((0..2_500 * (layer + 1)).map(|i| (i % 89) as u8 | 0x80));
            self.units.insert(bytes.clone(), (rendition, self.frame));
            let time = Ticks(passed * 90);
            let picture = ProgrammePicture { rendition, time, idr, bytes: bytes.into() };
            self.input(Input::Picture(&picture));
        }
    }

    fn arrive(&mut self, from: TransportAddress, to: TransportAddress, bytes: &[u8]) {
        if PORTS.contains(&to) {
            self.to_server.push(bytes.to_vec());
            self.input(Input::Datagram { from, to, bytes });
            return;
        }
        let Some(index) = self.watchers.iter().position(|w| w.address == to) else { return };
        let watcher = &mut self.watchers[index];
        let media = (128..=191).contains(&bytes[0]);
        if let Some(narrow) = watcher.narrow.filter(|_| media) {
            if narrow * 1_000 < watcher.carried {
                return;
            }
            watcher.carried += bytes.len() as u64 * 8;
        }
        let mut out = Vec::new();
        watcher.peer.receive(self.now, from, bytes, &mut out);
        self.said(index, out);
    }

    fn said(&mut self, index: usize, out: Vec<peer::Output>) {
        for output in out {
            let watcher = &mut self.watchers[index];
            match output {
                peer::Output::Datagram { to, bytes } => {
                    let from = watcher.address;
                    self.post(from, to, bytes);
                }
                peer::Output::Up => watcher.up = true,
                peer::Output::Down => watcher.up = false,
                peer::Output::Packet { mid, packet } => watcher.packets.push((mid, packet)),
                peer::Output::KeyframeWanted { .. } => {}
            }
        }
    }

    fn post(&mut self, from: TransportAddress, to: TransportAddress, bytes: Vec<u8>) {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        if self.loss <= self.random % 100 {
            self.count += 1;
            self.queue.insert((self.now + 10 * MS, self.count), (from, to, bytes));
        }
    }

    /// Rendition and number of the pictures that came whole, in the order of their packets.
    fn seen(&self, index: usize) -> Vec<(u8, u32)> {
        let packets = &self.watchers[index].packets;
        let mut pictures: Vec<&Packet> = packets
            .iter()
            .map(|(_, packet)| packet)
            .filter(|p| p.kind == TrackKind::Picture(plenary_model::frame::PictureCodec::H264))
            .collect();
        pictures.sort_by_key(|packet| packet.seq);
        let mut seen = Vec::new();
        let mut whole = Depacketizer::default();
        let mut last = None;
        for packet in pictures {
            if last.is_some_and(|last| last + 1 != packet.seq) {
                whole = Depacketizer::default();
            }
            last = Some(packet.seq);
            let taken = whole.push(&packet.payload).is_ok();
            if packet.marker || !taken {
                let unit = whole.finish().filter(|_| taken);
                seen.extend(unit.and_then(|unit| self.units.get(&unit.bytes).copied()));
            }
        }
        seen
    }
}

#[test]
fn a_viewer_sees_and_hears_the_programme_from_its_last_keyframe_on() {
    let mut world = World::new(&[1]);
    world.run(3_000);
    let viewer = world.watch();
    world.run(3_000);
    assert!(world.watchers[viewer].up);
    let seen = world.seen(viewer);
    let key = seen[0].1;
    assert_eq!(key % GOP, 1, "it begins with a keyframe");
    let all: Vec<(u8, u32)> = (key..key + seen.len() as u32).map(|number| (0, number)).collect();
    assert_eq!(seen, all, "no picture is missing");
    assert!(world.frame - seen.last().unwrap().1 <= 1, "up to now");
    let sounds = world.watchers[viewer].packets.iter();
    let sounds = sounds.filter(|(_, packet)| packet.kind == TrackKind::Opus).count();
    assert!((135..=150).contains(&sounds), "{sounds} of 150");
    assert_eq!(world.twice, 0);
}

#[test]
fn what_is_lost_on_the_way_is_sent_again() {
    let mut world = World::new(&[1]);
    let viewers = [world.watch(), world.watch()];
    world.run(2_000);
    world.loss = 5;
    world.run(10_000);
    world.loss = 0;
    world.run(1_000);
    for viewer in viewers {
        let seen = world.seen(viewer).len();
        assert!(world.frame as usize - 20 <= seen, "{seen} of {} came whole", world.frame);
        let packets = world.watchers[viewer].packets.len();
        assert!(packets < 13 * 250 * 5 / 4, "{packets}: not much is sent twice");
    }
    assert_eq!(world.twice, 0, "no nonce twice");
}

#[test]
fn a_narrow_path_gets_the_small_rendition_and_the_wide_one_beside_it_the_large() {
    let mut world = World::new(&[2, 0]);
    let (wide, narrow) = (world.watch(), world.watch());
    world.watchers[narrow].narrow = Some(900);
    world.run(20_000);
    let share = |seen: Vec<(u8, u32)>, rendition: u8| {
        let late: Vec<_> = seen.iter().filter(|(_, number)| 300 < *number).collect();
        late.iter().filter(|(of, _)| *of == rendition).count() * 100 / late.len().max(1)
    };
    assert_eq!(share(world.seen(wide), 0), 100, "in percent");
    let small = share(world.seen(narrow), 1);
    assert!(80 <= small, "{small} %");
    world.watchers[narrow].narrow = Some(5_000);
    world.run(60_000);
    let last = world.seen(narrow);
    assert!(last.ends_with(&[(0, world.frame - 1)]) || last.ends_with(&[(0, world.frame)]));
    assert_eq!(world.twice, 0);
}

#[test]
fn viewers_at_the_same_numbers_of_udp_and_tcp_are_two() {
    let mut world = World::new(&[1]);
    let numbers = SocketAddr::from(([10, 0, 1, 1], 5000));
    let (over_udp, over_tcp) = (TransportAddress::Udp(numbers), TransportAddress::Tcp(numbers));
    for address in [over_udp, over_tcp] {
        let viewer = world.watch_at(address);
        world.run(2_000);
        assert!(world.watchers[viewer].up, "{address:?}");
    }
    for viewer in 0..2 {
        let seen = world.seen(viewer);
        assert!(world.frame - seen.last().unwrap().1 <= 1, "{viewer}");
        assert_eq!(seen.len() as u32, seen.last().unwrap().1 - seen[0].1 + 1, "none is missing");
    }
    assert_eq!(world.twice, 0);
}

#[test]
fn a_viewer_who_moves_to_another_network_goes_on_there() {
    let mut world = World::new(&[1]);
    let viewer = world.watch();
    world.run(2_000);
    // The library does not move by itself; its router does: from now on it is seen elsewhere.
    let elsewhere = udp([10, 9, 9, 9], 6000);
    world.watchers[viewer].address = elsewhere;
    let before = world.watchers[viewer].packets.len();
    world.run(6_000);
    let came = world.watchers[viewer].packets.len() - before;
    assert!(800 < came, "{came} packets after the move");
    assert_eq!(world.gone, []);
    assert_eq!(world.twice, 0);
}

#[test]
fn viewers_who_leave_or_vanish_are_forgotten() {
    let mut world = World::new(&[1]);
    let (leaves, vanishes, stays) = (world.watch(), world.watch(), world.watch());
    world.run(2_000);
    assert_eq!(world.egress.viewers(), 3);
    world.input(Input::Leave { viewer: ViewerId(leaves as u64) });
    assert_eq!(world.egress.viewers(), 2);
    world.watchers.remove(vanishes);
    world.run(40_000);
    assert_eq!(world.gone, [ViewerId(vanishes as u64)]);
    assert_eq!(world.egress.viewers(), 1);
    let _ = stays;
    assert!(world.watchers[1].up, "the others see on");
}

#[test]
fn what_a_stranger_forges_or_repeats_does_not_keep_a_view_open() {
    let mut world = World::new(&[1]);
    let viewer = world.watch();
    world.run(3_000);
    let address = world.watchers[viewer].address;
    let is_control = |bytes: &[u8]| 128 <= bytes[0] && (192..=223).contains(&bytes[1]);
    let overheard = world.to_server.iter().rfind(|bytes| is_control(bytes));
    let repeated = overheard.expect("a viewer reports").clone();
    let mut forged = repeated.clone();
    *forged.last_mut().expect("a datagram has bytes") ^= 1;
    world.watchers.clear();
    for _ in 0..40 {
        for bytes in [&repeated, &forged] {
            world.input(Input::Datagram { from: address, to: PORTS[0], bytes });
        }
        world.run(1_000);
    }
    assert_eq!(world.gone, [ViewerId(viewer as u64)]);
}

#[test]
fn an_offer_that_cannot_be_used_leaves_nothing_behind() {
    let mut world = World::new(&[1]);
    let mut sender = Peer::new(world.now, udp([10, 0, 0, 9], 1));
    sender.add(TrackUse::CameraVideo, 1, 1);
    let (sends_only, _) = sender.offer().unwrap();
    let long = "v=0\r\n".repeat(100_000);
    for bad in ["", "v=0", "\0", sends_only.as_str(), long.as_str()] {
        world.offer(0, bad);
        assert!(world.answers.pop().unwrap().is_err(), "{:?}", bad.get(..20));
        assert_eq!(world.egress.viewers(), 0);
    }
    assert_eq!(world.gone, [], "nobody was there");
}

#[test]
fn strangers_change_nothing() {
    let mut world = World::new(&[1]);
    let viewer = world.watch();
    world.run(1_000);
    let home = world.watchers[viewer].address;
    for from in [home, udp([10, 6, 6, 6], 666)] {
        for first in 0..=255 {
            for length in [1, 12, 13, 20, 28, 100, 1_400] {
                let mut bytes = vec![first; length];
                if 8 <= length {
                    bytes[4..8].copy_from_slice(&0x2112_a442_u32.to_be_bytes());
                }
                world.input(Input::Datagram { from, to: PORTS[0], bytes: &bytes });
            }
        }
    }
    world.run(2_000);
    let seen = world.seen(viewer);
    assert!(world.frame - seen.last().unwrap().1 <= 1);
    assert_eq!(seen.len() as u32, seen.last().unwrap().1 - seen[0].1 + 1, "none is missing");
}
