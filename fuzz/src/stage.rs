//! The stage: datagrams, offers, RTP payloads, parameter sets.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use plenary_model::frame::{PictureCodec, SenderReport, TrackKind};
use plenary_model::id::{SeatId, SourceId};
use plenary_model::limits::ACCESS_UNIT_BYTES_MAX;
use plenary_programme::decode::sps::Sps;
use plenary_programme::jitter::SourceClock;
use plenary_stage::codec;
use plenary_stage::demux::{Demux, classify, stun_ufrag};
use plenary_stage::feed::Feed;
use plenary_stage::h264::{self, Depacketizer};
use plenary_stage::packet::{Packet, Rewriter};
use plenary_stage::peer::{self, Peer};
use plenary_stage::signal::{ToPage, TrackOffer, TrackUse};
use plenary_stage::{
    Config, Identity, Input, Link, Output, Part, Stage, TransportAddress, sps, vp8,
};
use uuid::Uuid;

use crate::pieces::{Numbers, pieces};

const SEAT: SeatId = SeatId::new(Uuid::from_u128(7));
const STAGE: TransportAddress = local(9);
const PEER: TransportAddress = local(50);
const STRANGER: TransportAddress = local(666);
/// One step of virtual time.
const STEP: Duration = Duration::from_millis(10);
/// Steps until a connection is up; it takes about 20.
const STEPS_MAX: usize = 300;

const fn local(port: u16) -> TransportAddress {
    TransportAddress::Udp(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
}

fn config(now: Instant) -> Config {
    static IDENTITY: OnceLock<Identity> = OnceLock::new();
    let identity =
        IDENTITY.get_or_init(|| Identity::generate().expect("the crypto library works")).clone();
    Config { identity, addresses: vec![STAGE], anchor: (now, 0) }
}

/// A stage with one seat and the page that sits there.
struct Scene {
    now: Instant,
    stage: Stage,
    peer: Peer,
    ufrag: String,
    link: Option<Link>,
}

impl Scene {
    /// The offer is answered, no datagram has been sent.
    fn answered() -> Self {
        let now = Instant::now();
        let mut stage = Stage::new(config(now));
        let mut peer = Peer::new(now, PEER);
        let mut out = Vec::new();
        stage.handle(now, Input::Join { seat: SEAT, part: Part::Speaker }, &mut out);
        peer.add(TrackUse::CameraVideo, 1, 1);
        peer.add(TrackUse::CameraAudio, 1, 1);
        let (sdp, tracks) = peer.offer().expect("lines were added");
        let offer = Input::Offer { seat: SEAT, sdp: &sdp, tracks: &tracks, fresh: true };
        stage.handle(now, offer, &mut out);
        let answer = out.iter().find_map(|output| match output {
            Output::Say { message: ToPage::Answer { sdp }, .. } => Some(sdp.clone()),
            _ => None,
        });
        let answer = answer.expect("a good offer is answered");
        let ufrag = answer.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:"));
        let ufrag = ufrag.expect("an answer has credentials").to_owned();
        peer.answer(now, &answer, &mut Vec::new()).expect("the answer fits");
        Self { now, stage, peer, ufrag, link: None }
    }

    /// Both sides talk until `done`.
    fn talk(&mut self, done: impl Fn(&Self) -> bool) {
        for _ in 0..STEPS_MAX {
            self.step();
            if done(self) {
                return;
            }
        }
        unreachable!("page and stage reach each other");
    }

    fn step(&mut self) {
        self.now += STEP;
        let mut said = Vec::new();
        self.peer.wake(self.now, &mut said);
        for output in said {
            if let peer::Output::Datagram { bytes, .. } = output {
                self.receive(PEER, &bytes);
            }
        }
        let mut out = Vec::new();
        self.stage.handle(self.now, Input::Wake, &mut out);
        self.take(out);
    }

    fn receive(&mut self, from: TransportAddress, bytes: &[u8]) {
        let mut out = Vec::new();
        self.stage.handle(self.now, Input::Datagram { from, to: STAGE, bytes }, &mut out);
        self.take(out);
    }

    fn take(&mut self, out: Vec<Output>) {
        let mut said = Vec::new();
        for output in out {
            match output {
                Output::Datagram { to, bytes, .. } if to == PEER => {
                    self.peer.receive(self.now, STAGE, &bytes, &mut said);
                }
                Output::Link { link, .. } => {
                    assert_ne!(link, Link::Faulted, "no input breaks a connection's handling");
                    self.link = Some(link);
                }
                _ => {}
            }
        }
        for output in said {
            if let peer::Output::Datagram { bytes, .. } = output {
                self.receive(PEER, &bytes);
            }
        }
    }

    /// A binding request with the right user name in front of `attributes`.
    fn binding_request(&self, attributes: &[u8]) -> Vec<u8> {
        let name = format!("{}:page", self.ufrag);
        let padded = name.len().next_multiple_of(4);
        let length = u16::try_from(4 + padded + attributes.len()).unwrap_or(u16::MAX);
        let mut bytes = vec![0, 1];
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&[0x21, 0x12, 0xa4, 0x42]);
        bytes.extend_from_slice(b"transaction!");
        bytes.extend_from_slice(&[0, 6]);
        bytes.extend_from_slice(&(name.len() as u16).to_be_bytes());
        bytes.extend_from_slice(name.as_bytes());
        bytes.resize(24 + padded, 0);
        bytes.extend_from_slice(attributes);
        bytes
    }
}

/// Datagrams at the media port: the first byte says how far the page's connection is (0 answered,
/// 1 its address is known, 2 media flows), then pieces: 0 from the page's address, 1 from a
/// stranger's, 2 attributes of a binding request with the right user name, 3 time passes.
pub fn stage_datagram(data: &[u8]) {
    let (head, rest) = data.split_first().unwrap_or((&0, &[]));
    let mut scene = Scene::answered();
    match head % 3 {
        0 => {}
        1 => scene.talk(|scene| scene.stage.claims(PEER, &[22; 13])),
        _ => scene.talk(|scene| scene.link == Some(Link::Up)),
    }
    let before = scene.link;
    for piece in pieces(rest).into_iter().take(16) {
        let Some((&how, bytes)) = piece.split_first() else { continue };
        let _ = (classify(bytes), stun_ufrag(bytes), Demux::<u8>::default().owner(STRANGER, bytes));
        match how % 4 {
            0 => scene.receive(PEER, bytes),
            1 => scene.receive(STRANGER, bytes),
            2 => {
                let request = scene.binding_request(bytes);
                assert_eq!(stun_ufrag(&request), Some(scene.ufrag.as_str()));
                scene.receive(STRANGER, &request);
            }
            _ => scene.step(),
        }
    }
    scene.step();
    if before == Some(Link::Up) {
        assert_eq!(scene.link, Some(Link::Up), "no foreign datagram ends a conference");
    }
}

/// Offers, parted by lines of four dashes: the first is fresh, the others renegotiate. What each
/// line is for follows from its kind and direction.
pub fn stage_offer(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let now = Instant::now();
    let mut stage = Stage::new(config(now));
    let mut out = Vec::new();
    stage.handle(now, Input::Join { seat: SEAT, part: Part::Speaker }, &mut out);
    for (index, sdp) in text.split("----\n").take(4).enumerate() {
        // Checked-in text has bare line ends, browsers send both characters.
        let sdp = sdp.replace("\r\n", "\n").replace('\n', "\r\n");
        let tracks = tracks(&sdp);
        let fresh = index == 0;
        out.clear();
        let offer = Input::Offer { seat: SEAT, sdp: &sdp, tracks: &tracks, fresh };
        stage.handle(now + STEP, offer, &mut out);
        let mut replies = 0;
        for output in &out {
            match output {
                Output::Say { message: ToPage::Answer { .. }, .. } | Output::Refused { .. } => {
                    replies += 1;
                }
                Output::Link { link, .. } => {
                    assert_ne!(*link, Link::Faulted, "no offer breaks the library under the stage");
                }
                _ => {}
            }
        }
        assert!(0 < replies, "an offer is answered or refused");
    }
    let mut page = Peer::new(now, PEER);
    page.add(TrackUse::CameraVideo, 1, 1);
    let (sdp, tracks) = page.offer().expect("a line was added");
    out.clear();
    let offer = Input::Offer { seat: SEAT, sdp: &sdp, tracks: &tracks, fresh: true };
    stage.handle(now + 2 * STEP, offer, &mut out);
    let answered =
        |output: &Output| matches!(output, Output::Say { message: ToPage::Answer { .. }, .. });
    assert!(out.iter().any(answered), "the seat can start over after any offer");
}

fn tracks(sdp: &str) -> Vec<TrackOffer> {
    let mut tracks = Vec::new();
    for media in sdp.split("\r\nm=").skip(1) {
        let value = |key: &str| media.lines().find_map(|line| line.strip_prefix(key));
        let Some(mid) = value("a=mid:") else { continue };
        let receives = media.lines().any(|line| line == "a=recvonly");
        let kind = match (media.starts_with("video"), receives, tracks.len() < 2) {
            (true, false, true) => TrackUse::CameraVideo,
            (false, false, true) => TrackUse::CameraAudio,
            (true, false, false) => TrackUse::ScreenVideo,
            (false, false, false) => TrackUse::ScreenAudio,
            (true, true, true) => TrackUse::ProgrammeVideo,
            (false, true, true) => TrackUse::ProgrammeAudio,
            (true, true, false) => TrackUse::Video,
            (false, true, false) => TrackUse::Audio,
        };
        tracks.push(TrackOffer { mid: mid.to_owned(), kind });
    }
    tracks
}

/// Pieces are the RTP payloads of one H.264 track; an empty one ends the access unit.
pub fn rtp_h264(data: &[u8]) {
    let mut unit = Depacketizer::default();
    for payload in pieces(data) {
        if let Some(parameters) = h264::sequence_parameters(payload) {
            let _ = sps::picture_size(parameters);
        }
        let _ = h264::starts_access_unit(payload);
        if !payload.is_empty() {
            if unit.push(payload).is_err() {
                unit = Depacketizer::default();
            }
            continue;
        }
        let Some(done) = unit.finish() else { continue };
        assert!(done.bytes.len() <= ACCESS_UNIT_BYTES_MAX);
        assert!(done.bytes.starts_with(&[0, 0, 0, 1]), "Annex B begins with a start code");
    }
}

/// Pieces are the RTP payloads of one VP8 track; an empty one ends the frame and begins another
/// layer.
pub fn rtp_vp8(data: &[u8]) {
    let mut frame = vp8::Depacketizer::default();
    let mut continuity = vp8::Continuity::default();
    for payload in pieces(data) {
        if payload.is_empty() {
            if let Some(done) = frame.finish() {
                assert!(done.bytes.len() <= ACCESS_UNIT_BYTES_MAX);
            }
            continue;
        }
        let starts = vp8::starts_frame(payload);
        if vp8::keyframe_size(payload).is_some() {
            assert!(starts, "a keyframe's size stands at its start");
            continuity.switch(payload);
        }
        let mapped = continuity.map(&Arc::from(payload));
        assert_eq!(mapped.len(), payload.len());
        assert_eq!(vp8::starts_frame(&mapped), starts, "only counters change");
        if frame.push(payload).is_err() {
            frame = vp8::Depacketizer::default();
        }
    }
}

const fn kind(flags: u8) -> TrackKind {
    match (flags & 1 == 0, flags & 32 == 0) {
        (true, true) => TrackKind::Picture(PictureCodec::H264),
        (true, false) => TrackKind::Picture(PictureCodec::Vp8),
        (false, _) => TrackKind::Opus,
    }
}

/// Pieces are packets of one source with a short head of our own: flags, layer, step of the
/// sequence number, step of the RTP time, sender's clock, time that passed.
pub fn stage_feed(data: &[u8]) {
    let start = Instant::now();
    let mut feed = Feed::new(SourceId::Camera(SEAT), 640);
    let (mut seq, mut time, mut now) = (1_u64 << 32, 1_u64 << 32, start);
    let mut rewriter = Rewriter::default();
    let mut clock = SourceClock::default();
    for piece in pieces(data) {
        let mut head = Numbers(piece);
        let [flags, layer] = head.take();
        seq = seq.wrapping_add_signed(i16::from_be_bytes(head.take()).into());
        time = time.wrapping_add_signed(i32::from_be_bytes(head.take()).into());
        // The NTP clock of a sender report ends in 2036, in microseconds that is 52 bits.
        let wall_us = u64::from_be_bytes(head.take()) >> 12;
        now += Duration::from_millis(head.take::<1>()[0].into());
        let report = SenderReport { wall_us, rtp_time: time };
        let packet = Packet {
            kind: kind(flags),
            seq,
            time,
            marker: flags & 2 != 0,
            payload: Arc::from(head.0),
            level_db: None,
            report: (flags & 4 != 0).then_some(report),
            arrival: now,
        };
        let layer = usize::from(layer % 4);
        feed.target = Some(layer);
        if flags & 8 != 0 {
            rewriter.switch(&packet);
        }
        let _ = rewriter.map(&packet);
        let starts = match packet.kind {
            TrackKind::Picture(codec) => codec::start(codec, &packet.payload).is_some(),
            TrackKind::Opus => false,
        };
        let mut fed = Vec::new();
        let _ = feed.packet(layer, starts, packet, &mut fed);
        if flags & 16 != 0 {
            feed.restart();
        }
        let _ = feed.wake(now, &mut fed);
        for fed in fed {
            let given = fed.contribution;
            assert!(given.bytes.len() <= ACCESS_UNIT_BYTES_MAX);
            let arrival = now.duration_since(start).as_micros() as u64;
            let track = match given.kind {
                TrackKind::Picture(_) => &mut clock.picture,
                TrackKind::Opus => &mut clock.sound,
            };
            let _ = track.observe(given.rtp_time, given.report, arrival);
            let _ = clock.picture_due_us(given.rtp_time as i64);
            let _ = clock.sound_position(arrival as i64);
        }
    }
}

/// One sequence parameter set with its header byte: the stage's reader and the worker's agree.
pub fn h264_parameters(data: &[u8]) {
    let size = sps::picture_size(data);
    let parsed = Sps::parse(data);
    if let Some(parsed) = parsed {
        let picture = (parsed.width, parsed.height);
        assert_eq!(size, Some(picture), "both readers see the same picture");
    }
}
