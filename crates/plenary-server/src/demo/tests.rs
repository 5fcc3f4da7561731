//! Synthetic speakers on a real stage over real sockets: what arrives is read from pixels.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use plenary_model::frame::{Contribution, PictureCodec, TrackKind};
use plenary_model::id::{SeatId, SourceId};
use plenary_model::limits::DATAGRAM_BYTES_MAX;
use plenary_model::person::Card;
use plenary_model::scene::Tile;
use plenary_programme::decode::h264::H264Decoder;
use plenary_programme::font::Fonts;
use plenary_stage::signal::ToPage;
use plenary_stage::{Config, Identity, Input, Output, Part, Stage, TransportAddress};
use plenary_store::Seat;
use uuid::Uuid;

use super::marker::{self, Mark};
use super::speaker::Cast;
use super::{Offer, Setting, Speakers};

const WIDTH: u32 = 640;
const H264: TrackKind = TrackKind::Picture(PictureCodec::H264);

type Call = (Offer, Sender<Result<String, String>>);

/// A stage with a socket of its own, driven by the test.
struct Rig {
    stage: Stage,
    socket: UdpSocket,
    calls: Receiver<Call>,
    waiting: BTreeMap<SeatId, Sender<Result<String, String>>>,
    contributions: Vec<Contribution>,
}

impl Rig {
    fn new(calls: Receiver<Call>) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let stage = Stage::new(Config {
            identity: Identity::generate().unwrap(),
            addresses: vec![TransportAddress::Udp(socket.local_addr().unwrap())],
            anchor: (Instant::now(), 0),
        });
        Self { stage, socket, calls, waiting: BTreeMap::new(), contributions: Vec::new() }
    }

    fn step(&mut self) {
        while let Ok((offer, answer)) = self.calls.try_recv() {
            self.waiting.insert(offer.seat, answer);
            self.tell(Input::Join { seat: offer.seat, part: Part::Speaker });
            self.tell(Input::Offer {
                seat: offer.seat,
                sdp: &offer.sdp,
                tracks: &offer.tracks,
                fresh: true,
            });
        }
        let now = Instant::now();
        if self.stage.deadline().is_some_and(|deadline| deadline <= now) {
            self.tell(Input::Wake);
        }
        let mut datagram = [0; DATAGRAM_BYTES_MAX];
        self.socket.set_read_timeout(Some(Duration::from_millis(2))).unwrap();
        if let Ok((length, from)) = self.socket.recv_from(&mut datagram) {
            let to = TransportAddress::Udp(self.socket.local_addr().unwrap());
            let from = TransportAddress::Udp(from);
            self.tell(Input::Datagram { from, to, bytes: &datagram[..length] });
        }
    }

    fn tell(&mut self, input: Input<'_>) {
        let mut out = Vec::new();
        self.stage.handle(Instant::now(), input, &mut out);
        for output in out {
            match output {
                Output::Datagram { to, bytes, .. } => {
                    self.socket.send_to(&bytes, to.socket()).unwrap();
                }
                Output::Say { seat, message: ToPage::Answer { sdp } } => {
                    self.waiting[&seat].send(Ok(sdp)).unwrap();
                }
                Output::Refused { seat, refused } => {
                    self.waiting[&seat].send(Err(refused.to_string())).unwrap();
                }
                Output::Contribution(contribution) => self.contributions.push(contribution),
                Output::Say { .. }
                | Output::Link { .. }
                | Output::Speaking(_)
                | Output::Sources(_) => {}
            }
        }
    }

    fn feed(&mut self, source: SourceId) {
        self.tell(Input::Feed { source, width: Some(WIDTH) });
        self.tell(Input::FeedKeyframe { source });
    }
}

fn seat(n: u8) -> Seat {
    let card = Card { name: format!("讲者 {n}"), unit: "北区".into(), title: String::new() };
    Seat { id: SeatId::new(Uuid::from_u128(u128::from(n) + 1)), card }
}

fn speakers(count: u8, runtime: &tokio::runtime::Handle) -> (Rig, Speakers) {
    let (call, calls) = channel::<Call>();
    let rig = Rig::new(calls);
    let setting = Setting {
        local: Ipv4Addr::LOCALHOST.into(),
        width: WIDTH,
        fonts: Fonts::from_system().unwrap(),
        grain: false,
    };
    let cast = (0..count).map(|n| Cast { seat: seat(n), source: n, slides: n == 0 }).collect();
    let offer = move |offer: Offer| {
        let (answer, answered) = channel();
        call.send((offer, answer)).unwrap();
        async move { answered.recv().unwrap() }
    };
    let speakers = Speakers::start(cast, &setting, runtime, &offer).unwrap();
    (rig, speakers)
}

/// Decodes what arrived of each source and reads the marks.
fn marks(contributions: &[Contribution]) -> BTreeMap<SourceId, Vec<Mark>> {
    let mut decoders = BTreeMap::new();
    let mut marks: BTreeMap<SourceId, Vec<Mark>> = BTreeMap::new();
    let pictures = contributions.iter().filter(|c| c.kind.is_picture());
    for picture in pictures {
        let decoder = decoders.entry(picture.source).or_insert_with(|| H264Decoder::new().unwrap());
        let Ok(Some(decoded)) = decoder.decode(&picture.bytes) else { continue };
        let tile = Tile { x: 0, y: 0, width: decoded.width(), height: decoded.height() };
        marks.entry(picture.source).or_default().extend(marker::read(&decoded.y, tile));
    }
    marks
}

#[test]
fn every_speaker_and_the_slides_arrive_with_a_gapless_counter() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (mut rig, speakers) = speakers(2, runtime.handle());
    let sources = [
        (SourceId::Camera(seat(0).id), 0),
        (SourceId::Camera(seat(1).id), 1),
        (SourceId::Screen(seat(0).id), 0),
    ];
    for (source, _) in sources {
        rig.feed(source);
    }
    loop {
        rig.step();
        let arrived = |source: SourceId, kind: TrackKind| {
            rig.contributions.iter().filter(|c| c.source == source && c.kind == kind).count()
        };
        let cameras = sources[..2].iter();
        let all = cameras.clone().all(|(s, _)| 40 <= arrived(*s, H264))
            && cameras.clone().all(|(s, _)| 50 <= arrived(*s, TrackKind::Opus))
            && 3 <= arrived(sources[2].0, H264);
        if all {
            break;
        }
    }
    let marks = marks(&rig.contributions);
    for (source, number) in sources {
        let seen = &marks[&source];
        assert!(3 <= seen.len(), "{source} {seen:?}");
        assert!(seen.iter().all(|mark| mark.source == number), "{source} {seen:?}");
        for pair in seen.windows(2) {
            assert_eq!(pair[0].frame + 1, pair[1].frame, "{source}");
            assert!(pair[0].wall < pair[1].wall, "{source}");
        }
    }
    // The stage answers no more; the speakers end all the same.
    drop(rig);
    drop(speakers);
}
