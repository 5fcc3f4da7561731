//! A whole peer without a browser, as synthetic speakers, load and tests need it: offers, sends
//! access units and Opus, tells what arrives. On the client's side the only file that names the
//! WebRTC library.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use plenary_model::frame::{PictureCodec, TrackKind};
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::media::{
    Direction, KeyframeRequestKind, MediaKind, Mid, Rid, Simulcast, SimulcastLayer,
};
use str0m::net::Receive;
use str0m::rtp::{ExtensionValues, RtpWrite};
use str0m::{IceConnectionState, Rtc, RtcConfig};

use crate::address::{TransportAddress, path_of};
use crate::h264;
use crate::packet::Packet;
use crate::preference::asked_for;
use crate::seat::{codecs, convert, track_kind};
use crate::signal::{TrackOffer, TrackUse};
use crate::vp8;

const PAYLOAD_BYTES_MAX: usize = 1_100;
const WAKE_MIN: Duration = Duration::from_millis(1);
/// Names of the layers, narrowest first.
pub const LAYERS: [&str; 3] = ["l", "m", "h"];

/// Something a peer has to tell.
#[derive(Debug)]
pub enum Output {
    /// Send these bytes.
    Datagram {
        /// To this address.
        to: TransportAddress,
        /// At most one MTU.
        bytes: Vec<u8>,
    },
    /// Media flows.
    Up,
    /// The connection is lost; a new peer must be made.
    Down,
    /// The stage wants a keyframe of a layer (0 without simulcast).
    KeyframeWanted {
        /// The line's `a=mid`.
        mid: String,
        /// Index into [`LAYERS`].
        layer: usize,
    },
    /// A packet came on a line.
    Packet {
        /// The line's `a=mid`.
        mid: String,
        /// The packet.
        packet: Packet,
    },
}

/// The other side's description cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the other side's description cannot be used: {0}")]
pub struct BadAnswer(String);

#[derive(Debug)]
struct Line {
    mid: Mid,
    kind: TrackUse,
    layers: usize,
}

/// The peer.
pub struct Peer {
    rtc: Rtc,
    address: TransportAddress,
    codec: Option<PictureCodec>,
    lines: Vec<Line>,
    new_lines: Vec<(TrackUse, usize)>,
    pending: Option<SdpPendingOffer>,
    sequence: BTreeMap<(Mid, usize), u64>,
    pictures: BTreeMap<(Mid, usize), vp8::Counters>,
    deadline: Instant,
    down: bool,
}

impl Peer {
    /// A peer that is reached at `address` and knows H.264.
    pub fn new(now: Instant, address: TransportAddress) -> Self {
        Self::with_codecs(now, address, &[PictureCodec::H264])
    }

    /// A peer that is reached at `address` and knows these codecs of pictures.
    pub fn with_codecs(now: Instant, address: TransportAddress, pictures: &[PictureCodec]) -> Self {
        let mut config = RtcConfig::new().set_rtp_mode(true);
        codecs(config.codec_config(), pictures);
        let mut rtc = config.build(now);
        if let Some(candidate) = address.active_candidate() {
            rtc.add_local_candidate(candidate);
        }
        Self {
            rtc,
            address,
            codec: None,
            lines: Vec::new(),
            new_lines: Vec::new(),
            pending: None,
            sequence: BTreeMap::new(),
            pictures: BTreeMap::new(),
            deadline: now,
            down: false,
        }
    }

    /// Adds lines to the next offer; `layers` above 1 is simulcast, for sent pictures only.
    pub fn add(&mut self, kind: TrackUse, count: usize, layers: usize) {
        self.new_lines.extend((0..count).map(|_| (kind, layers.clamp(1, LAYERS.len()))));
    }

    /// The next offer with what its lines are for; `None` when nothing was added.
    pub fn offer(&mut self) -> Option<(String, Vec<TrackOffer>)> {
        let mut api = self.rtc.sdp_api();
        for (kind, layers) in self.new_lines.drain(..) {
            let (media, direction) = shape(kind);
            let simulcast = (1 < layers).then(|| {
                let mut simulcast = Simulcast::new();
                for name in &LAYERS[..layers] {
                    simulcast.add_send_layer(SimulcastLayer::new(name));
                }
                simulcast
            });
            let mid = api.add_media(media, direction, None, None, simulcast);
            self.lines.push(Line { mid, kind, layers });
        }
        let (offer, pending) = api.apply()?;
        self.pending = Some(pending);
        Some((offer.to_sdp_string(), self.tracks()))
    }

    /// What the lines of the last offer are for.
    pub fn tracks(&self) -> Vec<TrackOffer> {
        let track = |line: &Line| TrackOffer { mid: line.mid.to_string(), kind: line.kind };
        self.lines.iter().map(track).collect()
    }

    /// Takes the answer to the last offer.
    ///
    /// # Errors
    /// There was no offer, or the answer does not fit it.
    pub fn answer(
        &mut self,
        now: Instant,
        sdp: &str,
        out: &mut Vec<Output>,
    ) -> Result<(), BadAnswer> {
        let bad = |error: &dyn std::fmt::Display| BadAnswer(error.to_string());
        let answer = SdpAnswer::from_sdp_string(sdp).map_err(|error| bad(&error))?;
        let pending = self.pending.take().ok_or_else(|| bad(&"nothing was offered"))?;
        self.rtc.sdp_api().accept_answer(pending, answer).map_err(|error| bad(&error))?;
        self.codec = asked_for(sdp);
        self.drain(now, out);
        Ok(())
    }

    /// Answers the offer of a server that offers itself, receiving what it sends.
    ///
    /// # Errors
    /// The offer cannot be used.
    pub fn accept(
        &mut self,
        now: Instant,
        sdp: &str,
        out: &mut Vec<Output>,
    ) -> Result<String, BadAnswer> {
        let bad = |error: &dyn std::fmt::Display| BadAnswer(error.to_string());
        let offer = SdpOffer::from_sdp_string(sdp).map_err(|error| bad(&error))?;
        let answer = self.rtc.sdp_api().accept_offer(offer).map_err(|error| bad(&error))?;
        self.drain(now, out);
        Ok(answer.to_sdp_string())
    }

    /// A datagram came to the peer's address.
    pub fn receive(
        &mut self,
        now: Instant,
        from: TransportAddress,
        bytes: &[u8],
        out: &mut Vec<Output>,
    ) {
        let (source, destination) = (from.socket(), self.address.socket());
        if let Ok(receive) = Receive::new(from.protocol(), source, destination, bytes) {
            self.input(now, str0m::Input::Receive(now, receive), out);
        }
    }

    /// The deadline has come.
    pub fn wake(&mut self, now: Instant, out: &mut Vec<Output>) {
        self.input(now, str0m::Input::Timeout(now), out);
    }

    /// When to wake it.
    pub const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The codec of pictures that the last answer asked for.
    pub const fn picture_codec(&self) -> Option<PictureCodec> {
        self.codec
    }

    /// Sends a picture in the codec that the last answer asked for (H.264: an access unit, Annex B;
    /// VP8: a frame) on the first line of that use; `time` in 90 kHz.
    pub fn send_picture(
        &mut self,
        now: Instant,
        kind: TrackUse,
        layer: usize,
        (time, access_unit): (u64, &[u8]),
        out: &mut Vec<Output>,
    ) {
        let line = self.lines.iter().find(|line| line.kind == kind);
        let Some((codec, line)) = self.codec.zip(line) else { return };
        let payloads = match codec {
            PictureCodec::H264 => h264::packetize(access_unit, PAYLOAD_BYTES_MAX),
            PictureCodec::Vp8 => {
                let counters = self.pictures.entry((line.mid, layer)).or_default();
                counters.picture = counters.picture.wrapping_add(1) & 0x7fff;
                counters.base = counters.base.wrapping_add(1);
                vp8::packetize(access_unit, PAYLOAD_BYTES_MAX, *counters)
            }
        };
        let count = payloads.len();
        for (index, payload) in payloads.into_iter().enumerate() {
            let marker = index + 1 == count;
            let picture = TrackKind::Picture(codec);
            self.send(now, (kind, layer), picture, (time, marker, None), payload, out);
        }
        self.wake(now, out);
    }

    /// Sends an Opus packet on the first line of that use; `time` in 48 kHz, level in dBov.
    pub fn send_sound(
        &mut self,
        now: Instant,
        kind: TrackUse,
        (time, level_db): (u64, i8),
        packet: &[u8],
        out: &mut Vec<Output>,
    ) {
        let head = (time, false, Some(level_db));
        self.send(now, (kind, 0), TrackKind::Opus, head, packet.into(), out);
        self.wake(now, out);
    }

    /// Asks for a keyframe on a line that it receives.
    pub fn request_keyframe(&mut self, now: Instant, mid: &str, out: &mut Vec<Output>) {
        if let Some(stream) = self.rtc.direct_api().stream_rx_by_mid(Mid::from(mid), None) {
            stream.request_keyframe(KeyframeRequestKind::Pli);
        }
        self.drain(now, out);
        self.wake(now, out);
    }

    /// Says what its path carries (REMB) on a line that it receives, in bits per second.
    pub fn say_estimate(&mut self, now: Instant, mid: &str, bps: u64, out: &mut Vec<Output>) {
        if let Some(stream) = self.rtc.direct_api().stream_rx_by_mid(Mid::from(mid), None) {
            stream.request_remb(bps.into());
        }
        self.drain(now, out);
        self.wake(now, out);
    }

    fn send(
        &mut self,
        now: Instant,
        (kind, layer): (TrackUse, usize),
        codec: TrackKind,
        (time, marker, level_db): (u64, bool, Option<i8>),
        payload: std::sync::Arc<[u8]>,
        out: &mut Vec<Output>,
    ) {
        let Some(line) = self.lines.iter().find(|line| line.kind == kind) else { return };
        let mid = line.mid;
        let rid = (1 < line.layers).then(|| Rid::from(LAYERS[layer.min(line.layers - 1)]));
        let Some(media) = self.rtc.media(mid) else { return };
        let params = self.rtc.codec_config().params().iter();
        let Some(pt) = params
            .filter(|params| track_kind(params) == Some(codec))
            .map(str0m::format::PayloadParams::pt)
            .find(|pt| media.remote_pts().contains(pt))
        else {
            return;
        };
        let sequence = self.sequence.entry((mid, layer)).or_insert(0);
        *sequence += 1;
        let number = *sequence;
        if let Some(stream) = self.rtc.direct_api().stream_tx_by_mid(mid, rid) {
            let extensions = ExtensionValues {
                audio_level: level_db,
                voice_activity: level_db.map(|level| -50 < level),
                rid,
                ..ExtensionValues::default()
            };
            stream.write_rtp(
                RtpWrite::new(pt, number.into(), time as u32, now, payload)
                    .marker(marker)
                    .nackable(codec.is_picture())
                    .ext_vals(extensions),
            );
        }
        self.drain(now, out);
    }

    fn input(&mut self, now: Instant, input: str0m::Input<'_>, out: &mut Vec<Output>) {
        if self.rtc.handle_input(input).is_err() {
            self.rtc.disconnect();
        }
        self.drain(now, out);
    }

    fn drain(&mut self, now: Instant, out: &mut Vec<Output>) {
        loop {
            match self.rtc.poll_output() {
                Ok(str0m::Output::Timeout(at)) => {
                    self.deadline = at.max(now + WAKE_MIN);
                    break;
                }
                Ok(str0m::Output::Transmit(transmit)) => {
                    let (_, to) = path_of(&transmit);
                    out.push(Output::Datagram { to, bytes: transmit.contents.to_vec() });
                }
                Ok(str0m::Output::Event(event)) => self.event(event, out),
                Err(_) => {
                    self.rtc.disconnect();
                    break;
                }
            }
        }
        if !self.rtc.is_alive() && !self.down {
            self.down = true;
            out.push(Output::Down);
        }
    }

    fn event(&mut self, event: str0m::Event, out: &mut Vec<Output>) {
        match event {
            str0m::Event::Connected => out.push(Output::Up),
            str0m::Event::IceConnectionStateChange(IceConnectionState::Disconnected)
                if !self.down =>
            {
                self.down = true;
                out.push(Output::Down);
            }
            str0m::Event::KeyframeRequest(request) => {
                let name = request.rid.map(|rid| rid.to_string());
                let layer = name.and_then(|name| LAYERS.iter().position(|known| *known == name));
                let mid = request.mid.to_string();
                out.push(Output::KeyframeWanted { mid, layer: layer.unwrap_or(0) });
            }
            str0m::Event::RtpPacket(packet) => {
                let ssrc = packet.header.ssrc;
                let mid = self.rtc.direct_api().stream_rx(&ssrc).map(|stream| stream.mid());
                let params = self.rtc.codec_config().params().iter();
                let kind = params
                    .filter(|params| params.pt() == packet.header.payload_type)
                    .find_map(track_kind);
                if let Some((mid, kind)) = mid.zip(kind) {
                    let packet = convert(kind, packet);
                    out.push(Output::Packet { mid: mid.to_string(), packet });
                }
            }
            _ => {}
        }
    }
}

const fn shape(kind: TrackUse) -> (MediaKind, Direction) {
    match kind {
        TrackUse::CameraVideo | TrackUse::ScreenVideo => (MediaKind::Video, Direction::SendOnly),
        TrackUse::CameraAudio | TrackUse::ScreenAudio => (MediaKind::Audio, Direction::SendOnly),
        TrackUse::Video | TrackUse::ProgrammeVideo => (MediaKind::Video, Direction::RecvOnly),
        TrackUse::Audio | TrackUse::ProgrammeAudio => (MediaKind::Audio, Direction::RecvOnly),
    }
}
