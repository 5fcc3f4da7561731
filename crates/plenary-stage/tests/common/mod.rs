//! A stage, peers and a bad network between them in virtual time.

pub mod units;
pub mod vp8;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use plenary_model::frame::{Contribution, PictureCodec, TrackKind};
use plenary_model::id::{SeatId, SourceId};
use plenary_stage::codec;
use plenary_stage::packet::Packet;
use plenary_stage::peer::{self, Peer};
use plenary_stage::signal::{SlotSource, ToPage, TrackUse, Wanted};
use plenary_stage::{
    Config, Identity, Input, Link, Output, Part, Refused, SourceState, Stage, TransportAddress,
};
use uuid::Uuid;

use units::unit;
use vp8::vp8_frame;

const MS: Duration = Duration::from_millis(1);

/// What the network does to datagrams, in percent.
#[derive(Clone, Copy, Default)]
pub struct Weather {
    pub loss: u64,
    pub twice: u64,
    pub late: u64,
}

/// What a client's link carries towards it; what would wait longer than this is dropped.
const LINK_QUEUE: Duration = Duration::from_millis(300);

pub struct Client {
    pub seat: SeatId,
    pub peer: Peer,
    pub address: TransportAddress,
    pub layers: usize,
    pub sends: bool,
    /// Layers that it does not send for now.
    pub stopped: BTreeSet<usize>,
    pub alive: bool,
    pub up: bool,
    pub frame: u32,
    pub keyframes_asked: Vec<(Instant, usize)>,
    pub packets: Vec<(String, Packet)>,
    pub map: Vec<SlotSource>,
    pub undecodable: Vec<SourceId>,
    pub slots: (usize, usize),
    /// Bits per second of its link towards it, if it is limited.
    pub link_bps: Option<u64>,
    link_busy: Option<Instant>,
    refresh: BTreeSet<usize>,
}

pub struct World {
    pub now: Instant,
    pub stage: Stage,
    pub clients: Vec<Client>,
    pub weather: Weather,
    pub fed: Vec<Contribution>,
    /// Every access unit that was sent, with layer, frame and whether it is a keyframe.
    pub sent: BTreeMap<Vec<u8>, (usize, u32, bool)>,
    pub links: Vec<(SeatId, Link)>,
    pub speaking: Vec<Option<SeatId>>,
    pub sources: Vec<SourceState>,
    pub refused: Vec<Refused>,
    pub voice: Vec<i8>,
    queue: BTreeMap<(Instant, u64), (TransportAddress, TransportAddress, Vec<u8>)>,
    count: u64,
    random: u64,
    start: Instant,
    ticks: u64,
    server: [TransportAddress; 2],
}

pub fn seat(number: u128) -> SeatId {
    SeatId::new(Uuid::from_u128(number))
}

impl World {
    pub fn new(seed: u64) -> Self {
        let now = Instant::now();
        let server = SocketAddr::from(([10, 0, 0, 1], 3478));
        let server = [TransportAddress::Udp(server), TransportAddress::Tcp(server)];
        let config = Config {
            identity: Identity::generate().expect("the crypto library works"),
            addresses: server.to_vec(),
            anchor: (now, 1_000_000),
        };
        Self {
            now,
            stage: Stage::new(config),
            clients: Vec::new(),
            weather: Weather::default(),
            fed: Vec::new(),
            sent: BTreeMap::new(),
            links: Vec::new(),
            speaking: Vec::new(),
            sources: Vec::new(),
            refused: Vec::new(),
            voice: Vec::new(),
            queue: BTreeMap::new(),
            count: 0,
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
            start: now,
            ticks: 0,
            server,
        }
    }

    /// A seat joins with a new connection; `layers` 0 is an observer. Returns its index.
    pub fn join(&mut self, number: u128, layers: usize, slots: (usize, usize)) -> usize {
        self.join_with(number, layers, slots, &[PictureCodec::H264])
    }

    /// As [`Self::join`], with a browser that knows these codecs.
    pub fn join_with(
        &mut self,
        number: u128,
        layers: usize,
        slots: (usize, usize),
        codecs: &[PictureCodec],
    ) -> usize {
        let part = if layers == 0 { Part::Observer } else { Part::Speaker };
        self.input(Input::Join { seat: seat(number), part });
        let address = self.next_address();
        self.open_at(address, number, (layers, slots), codecs)
    }

    /// A page of a seat that has joined opens a new connection. Returns its index.
    pub fn open(&mut self, number: u128, layers: usize, slots: (usize, usize)) -> usize {
        let address = self.next_address();
        self.open_at(address, number, (layers, slots), &[PictureCodec::H264])
    }

    fn next_address(&self) -> TransportAddress {
        let last = self.clients.len() as u8 + 1;
        TransportAddress::Udp(SocketAddr::from(([10, 0, 1, last], 5000)))
    }

    /// The same from an address, with these codecs of pictures.
    pub fn open_at(
        &mut self,
        address: TransportAddress,
        number: u128,
        (layers, slots): (usize, (usize, usize)),
        codecs: &[PictureCodec],
    ) -> usize {
        let index = self.clients.len();
        let mut peer = Peer::with_codecs(self.now, address, codecs);
        if 0 < layers {
            peer.add(TrackUse::CameraVideo, 1, layers);
            peer.add(TrackUse::CameraAudio, 1, 1);
        }
        peer.add(TrackUse::Video, slots.0, 1);
        peer.add(TrackUse::Audio, slots.1, 1);
        peer.add(TrackUse::ProgrammeVideo, 1, 1);
        peer.add(TrackUse::ProgrammeAudio, 1, 1);
        self.clients.push(Client {
            seat: seat(number),
            peer,
            address,
            layers: layers.max(1),
            sends: 0 < layers,
            stopped: BTreeSet::new(),
            alive: true,
            up: false,
            frame: 0,
            keyframes_asked: Vec::new(),
            packets: Vec::new(),
            map: Vec::new(),
            undecodable: Vec::new(),
            slots: (0, 0),
            link_bps: None,
            link_busy: None,
            refresh: (0..3).collect(),
        });
        self.voice.push(-30);
        self.negotiate(index, true);
        index
    }

    pub fn negotiate(&mut self, index: usize, fresh: bool) {
        let (sdp, tracks) = self.clients[index].peer.offer().expect("lines were added");
        let seat = self.clients[index].seat;
        self.input(Input::Offer { seat, sdp: &sdp, tracks: &tracks, fresh });
    }

    pub fn wants(&mut self, index: usize, pictures: &[(usize, u32)]) {
        let pictures: Vec<Wanted> = pictures
            .iter()
            .map(|(of, width)| Wanted { source: self.camera(*of), width: *width })
            .collect();
        let seat = self.clients[index].seat;
        self.input(Input::Wants { seat, pictures: &pictures, programme: true });
    }

    pub fn camera(&self, index: usize) -> SourceId {
        SourceId::Camera(self.clients[index].seat)
    }

    pub fn input(&mut self, input: Input<'_>) {
        let mut out = Vec::new();
        self.stage.handle(self.now, input, &mut out);
        self.take(out);
    }

    /// The access units that arrived on a picture slot, by layer and frame.
    pub fn seen(&self, index: usize) -> Vec<(usize, u32)> {
        let mut feed = plenary_stage::feed::Feed::new(self.camera(index), 1);
        feed.target = Some(0);
        let mut out = Vec::new();
        for (_, packet) in &self.clients[index].packets {
            if let TrackKind::Picture(codec) = packet.kind {
                let starts = codec::start(codec, &packet.payload).is_some();
                feed.packet(0, starts, packet.clone(), &mut out);
            }
        }
        out.iter()
            .map(|fed| self.sent.get(fed.contribution.bytes.as_ref()))
            .map(|known| known.map_or((9, 0), |(layer, frame, _)| (*layer, *frame)))
            .collect()
    }

    /// Lets virtual time pass.
    pub fn run(&mut self, ms: u64) {
        let end = self.now + MS * ms as u32;
        while self.now < end {
            self.now += MS;
            self.ticks += 1;
            let due: Vec<_> = {
                let later = self.queue.split_off(&(self.now + Duration::from_nanos(1), 0));
                std::mem::replace(&mut self.queue, later).into_values().collect()
            };
            for (from, to, bytes) in due {
                self.arrive(from, to, &bytes);
            }
            if self.stage.deadline().is_some_and(|at| at <= self.now) {
                self.input(Input::Wake);
            }
            for index in 0..self.clients.len() {
                if self.clients[index].alive {
                    self.tick_client(index);
                }
            }
        }
    }

    fn tick_client(&mut self, index: usize) {
        let mut out = Vec::new();
        let now = self.now;
        let passed =
            u64::try_from(now.duration_since(self.start).as_millis()).expect("a test is short");
        let client = &mut self.clients[index];
        if client.peer.deadline() <= now {
            client.peer.wake(now, &mut out);
        }
        if client.up && client.sends && self.ticks % 33 == index as u64 {
            client.frame += 1;
            for layer in 0..client.layers {
                if client.stopped.contains(&layer) {
                    continue;
                }
                let key = client.refresh.remove(&layer) || client.frame % 300 == 1;
                let unit = match client.peer.picture_codec() {
                    Some(PictureCodec::Vp8) => vp8_frame(index, layer, client.frame, key),
                    Some(PictureCodec::H264) | None => unit(index, layer, client.frame, key),
                };
                let time = passed * 90 + layer as u64 * 1_000_003;
                client.peer.send_picture(
                    now,
                    TrackUse::CameraVideo,
                    layer,
                    (time, &unit),
                    &mut out,
                );
                self.sent.insert(unit, (layer, client.frame, key));
            }
        }
        if client.up && client.sends && self.ticks % 20 == index as u64 {
            let sound = [0xfc, index as u8, 3, 4];
            let level = self.voice[index];
            client.peer.send_sound(
                now,
                TrackUse::CameraAudio,
                (passed * 48, level),
                &sound,
                &mut out,
            );
        }
        self.told(index, out);
    }

    fn arrive(&mut self, from: TransportAddress, to: TransportAddress, bytes: &[u8]) {
        if self.server.contains(&to) {
            self.input(Input::Datagram { from, to, bytes });
            return;
        }
        let Some(index) = self.clients.iter().position(|c| c.address == to && c.alive) else {
            return;
        };
        let mut out = Vec::new();
        self.clients[index].peer.receive(self.now, from, bytes, &mut out);
        self.told(index, out);
    }

    /// What a peer said outside of the world's own steps.
    pub fn forward(&mut self, index: usize, out: Vec<peer::Output>) {
        self.told(index, out);
    }

    fn told(&mut self, index: usize, out: Vec<peer::Output>) {
        let now = self.now;
        for output in out {
            let client = &mut self.clients[index];
            match output {
                peer::Output::Datagram { to, bytes } => {
                    let from = client.address;
                    self.post(from, to, bytes);
                }
                peer::Output::Up => client.up = true,
                peer::Output::Down => client.up = false,
                peer::Output::KeyframeWanted { layer, .. } => {
                    client.keyframes_asked.push((now, layer));
                    client.refresh.insert(layer);
                }
                peer::Output::Packet { mid, packet } => client.packets.push((mid, packet)),
            }
        }
    }

    fn take(&mut self, out: Vec<Output>) {
        for output in out {
            match output {
                Output::Datagram { from, to, bytes } => self.post(from, to, bytes),
                Output::Say { seat, message } => self.said(seat, message),
                Output::Refused { refused, .. } => self.refused.push(refused),
                Output::Contribution(contribution) => self.fed.push(contribution),
                Output::Link { seat, link } => self.links.push((seat, link)),
                Output::Speaking(seat) => self.speaking.push(seat),
                Output::Sources(states) => self.sources = states,
            }
        }
    }

    fn said(&mut self, seat: SeatId, message: ToPage) {
        let Some(index) = self.clients.iter().rposition(|c| c.seat == seat) else { return };
        let client = &mut self.clients[index];
        match message {
            ToPage::Answer { sdp } => {
                let mut out = Vec::new();
                client.peer.answer(self.now, &sdp, &mut out).expect("the answer fits");
                self.told(index, out);
            }
            ToPage::Slots { video, audio } => client.slots = (video, audio),
            ToPage::Map { slots, undecodable } => {
                client.map = slots;
                client.undecodable = undecodable;
            }
            ToPage::Renegotiate => {
                // The library under the peer offers only when a line was added.
                client.peer.add(TrackUse::Audio, 1, 1);
                client.refresh = (0..3).collect();
                self.negotiate(index, false);
            }
        }
    }

    fn post(&mut self, from: TransportAddress, to: TransportAddress, bytes: Vec<u8>) {
        let dice = self.random();
        if dice % 100 < self.weather.loss {
            return;
        }
        let Some(wait) = self.link_wait(to, bytes.len()) else { return };
        let late = if self.random() % 100 < self.weather.late { 1 + self.random() % 40 } else { 0 };
        let copies = if self.random() % 100 < self.weather.twice { 2 } else { 1 };
        for copy in 0..copies {
            self.count += 1;
            let at = self.now + wait + MS * (5 + late as u32 + copy * 7);
            self.queue.insert((at, self.count), (from, to, bytes.clone()));
        }
    }

    /// How long a datagram waits for the link of its client; `None` when it is dropped.
    fn link_wait(&mut self, to: TransportAddress, bytes: usize) -> Option<Duration> {
        let client = self.clients.iter_mut().find(|client| client.address == to);
        let Some((client, bps)) = client.and_then(|client| client.link_bps.map(|b| (client, b)))
        else {
            return Some(Duration::ZERO);
        };
        let free = client.link_busy.map_or(self.now, |busy| busy.max(self.now));
        if LINK_QUEUE < free - self.now {
            return None;
        }
        let done = free + Duration::from_micros((bytes as u64 + 28) * 8_000_000 / bps);
        client.link_busy = Some(done);
        Some(done - self.now)
    }

    fn random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}
