//! One seat's peer connection; on the server's side the only file that names the WebRTC library.
//!
//! Traps of the library: every mutation is followed by a drain to its next timeout; a written
//! packet moves only at the next timeout input, and with bandwidth estimation only one packet
//! with each, a microsecond apart; with it timeouts may lie in the past for ever, so near ones are
//! served at once while packets come of them, and wake-ups are clamped.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, UNIX_EPOCH};

use plenary_model::frame::{PictureCodec, SenderReport, TrackKind};
use str0m::bwe::{Bitrate, BweKind};
use str0m::change::SdpOffer;
use str0m::config::DtlsCert;
use str0m::format::{Codec, CodecConfig, PayloadParams};
use str0m::media::{KeyframeRequestKind, MediaKind, MediaTime, Pt};
use str0m::net::Receive;
use str0m::rtp::{Extension, ExtensionValues, RtpPacket, RtpWrite, Ssrc};
use str0m::{IceConnectionState, Rtc, RtcConfig};

pub use str0m::media::{Mid, Rid};

use crate::address::{TransportAddress, path_of};
use crate::formats::Formats;
use crate::handshake;
use crate::packet::Packet;
use crate::preference::prefer;
use crate::signal::TrackUse;

/// First guess of what a page can receive; probing corrects it within a second or two.
pub const ESTIMATE_FIRST_BPS: u64 = 2_500_000;
/// A wake-up is at least this far away.
pub(crate) const WAKE_MIN: Duration = Duration::from_millis(1);
/// Number of the playout delay extension, free among the standard ones; a page's offer may give
/// it another.
pub(crate) const PLAYOUT_DELAY_ID: u8 = 5;
/// With a least delay of zero and a most of at most half a second a browser shows a picture as
/// soon as it is decoded.
pub(crate) const AT_ONCE_MAX_MS: u64 = 400;
const CONSTRAINED_BASELINE: u32 = 0x42_e01f;
const BASELINE: u32 = 0x42_001f;
const MAIN: u32 = 0x4d_001f;

/// The certificate that all connections of a server share.
#[derive(Debug, Clone)]
pub struct Identity(DtlsCert);

/// No certificate could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the crypto library cannot make a certificate")]
pub struct NoIdentity;

impl Identity {
    pub(crate) fn certificate(&self) -> DtlsCert {
        self.0.clone()
    }

    /// A fresh one, for a server that has none yet.
    ///
    /// # Errors
    /// The crypto library cannot make one.
    pub fn generate() -> Result<Self, NoIdentity> {
        let provider = str0m::crypto::from_feature_flags();
        provider.dtls_provider.generate_certificate().map(Self).ok_or(NoIdentity)
    }

    /// A certificate made elsewhere: X.509 and PKCS #8, both DER.
    pub const fn from_der(certificate: Vec<u8>, private_key: Vec<u8>) -> Self {
        Self(DtlsCert { certificate, private_key })
    }
}

/// What one connection tells the stage.
#[derive(Debug)]
pub(crate) enum Event {
    Send {
        from: TransportAddress,
        to: TransportAddress,
        bytes: Vec<u8>,
    },
    Up,
    Interrupted,
    Down,
    Packet {
        mid: Mid,
        rid: Option<Rid>,
        packet: Packet,
    },
    KeyframeWanted(Mid),
    Estimate(u64),
    Loss {
        mid: Mid,
        percent: f32,
    },
    /// Handling the connection panicked; it is gone.
    Fault,
}

/// A packet to send.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub seq: u64,
    pub time: u32,
    pub marker: bool,
    pub payload: std::sync::Arc<[u8]>,
    pub level_db: Option<i8>,
    /// When it was made, for the sender report.
    pub wallclock: Instant,
    pub kind: TrackKind,
    /// To be shown as soon as it is decoded, not in step with its sound.
    pub at_once: bool,
}

pub(crate) struct Seat {
    rtc: Rtc,
    deadline: Instant,
    streams: BTreeMap<u32, (Mid, Option<Rid>)>,
    payload_types: BTreeMap<(Mid, TrackKind), Pt>,
    formats: Formats,
    down: bool,
}

/// The codecs of the stage in order of preference: browsers take the first of an answer.
pub(crate) fn codecs(config: &mut CodecConfig, pictures: &[PictureCodec]) {
    config.clear();
    config.enable_opus(true, false);
    if pictures.contains(&PictureCodec::H264) {
        config.add_h264(108.into(), Some(109.into()), true, CONSTRAINED_BASELINE);
        config.add_h264(127.into(), Some(121.into()), true, BASELINE);
        config.add_h264(123.into(), Some(119.into()), true, MAIN);
    }
    config.enable_vp8(pictures.contains(&PictureCodec::Vp8));
}

impl Seat {
    pub fn new(now: Instant, identity: &Identity, addresses: &[TransportAddress]) -> Self {
        let mut config = RtcConfig::new()
            .set_crypto_provider(handshake::PROVIDER.clone())
            .set_dtls_cert(identity.certificate())
            .set_ice_lite(true)
            .set_rtp_mode(true)
            .set_extension(PLAYOUT_DELAY_ID, Extension::PlayoutDelay)
            .enable_bwe(Some(Bitrate::from(ESTIMATE_FIRST_BPS)))
            .set_stats_interval(Some(Duration::from_secs(1)));
        codecs(config.codec_config(), &[PictureCodec::H264, PictureCodec::Vp8]);
        let mut rtc = config.build(now);
        for candidate in addresses.iter().filter_map(|address| address.candidate()) {
            rtc.add_local_candidate(candidate);
        }
        Self {
            rtc,
            deadline: now,
            streams: BTreeMap::new(),
            payload_types: BTreeMap::new(),
            formats: Formats::default(),
            down: false,
        }
    }

    pub const fn deadline(&self) -> Instant {
        self.deadline
    }

    pub fn ufrag(&mut self) -> String {
        self.rtc.direct_api().local_ice_credentials().ufrag
    }

    /// Answers an offer; the error is a sentence for the log of the page's author. An offer that
    /// gives a payload type another format does not reach the library. The answer asks for pictures
    /// in `codec`.
    pub fn accept_offer(
        &mut self,
        now: Instant,
        sdp: &str,
        codec: PictureCodec,
        events: &mut Vec<Event>,
    ) -> Result<String, String> {
        let offer = SdpOffer::from_sdp_string(sdp).map_err(|error| error.to_string())?;
        self.formats = self.formats.with(sdp).map_err(|refused| refused.to_string())?;
        let answer = self.rtc.sdp_api().accept_offer(offer).map_err(|error| error.to_string());
        self.streams.clear();
        self.payload_types.clear();
        self.drain(now, events);
        Ok(prefer(&answer?.to_sdp_string(), codec))
    }

    /// Whether the last offer has the line.
    pub fn has(&self, mid: Mid) -> bool {
        self.rtc.media(mid).is_some()
    }

    /// Says goodbye, so that the page knows at once.
    pub fn close(&mut self, now: Instant, events: &mut Vec<Event>) {
        if self.rtc.close().is_ok() {
            self.drain(now, events);
        }
        self.rtc.disconnect();
    }

    /// Whether we may send on the line.
    pub fn sends_on(&self, mid: Mid) -> bool {
        self.rtc.media(mid).is_some_and(|media| media.direction().is_sending())
    }

    /// Whether the page may send on the line.
    pub fn receives_on(&self, mid: Mid) -> bool {
        self.rtc.media(mid).is_some_and(|media| media.direction().is_receiving())
    }

    /// Whether the line is one for pictures.
    pub fn is_picture(&self, mid: Mid) -> bool {
        self.rtc.media(mid).is_some_and(|media| media.kind() == MediaKind::Video)
    }

    /// The simulcast layers of a received line, as the page named them; empty without simulcast.
    pub fn layers(&self, mid: Mid) -> Vec<Rid> {
        match self.rtc.media(mid).map(|media| media.rids_rx()) {
            Some(str0m::media::Rids::Specific(rids)) => rids.clone(),
            Some(str0m::media::Rids::Any | str0m::media::Rids::None) | None => Vec::new(),
        }
    }

    /// Chooses the payload types of a line that we send on; the programme is H.264 Main. Pictures
    /// are forwarded as they come, for their senders have paced them: the library's pacer would
    /// hold them up for seconds whenever the estimate is too low.
    pub fn prepare_sending(&mut self, mid: Mid, track: TrackUse) {
        const H264: TrackKind = TrackKind::Picture(PictureCodec::H264);
        const VP8: TrackKind = TrackKind::Picture(PictureCodec::Vp8);
        let kinds: &[TrackKind] =
            if track.is_picture() { &[H264, VP8] } else { &[TrackKind::Opus] };
        let programme = track == TrackUse::ProgrammeVideo;
        let Some(media) = self.rtc.media(mid) else { return };
        let params = self.rtc.codec_config().params();
        for kind in kinds {
            if let Some(found) = payload_for(params, media.remote_pts(), *kind, programme) {
                self.payload_types.insert((mid, *kind), found.pt());
            }
        }
        if let Some(stream) = self.rtc.direct_api().stream_tx_by_mid(mid, None) {
            stream.set_unpaced(true);
        }
    }

    /// The codecs of pictures that the page takes on a line which was prepared for sending.
    pub fn taken_codecs(&self, mid: Mid) -> Vec<PictureCodec> {
        let taken = |codec: &PictureCodec| {
            self.payload_types.contains_key(&(mid, TrackKind::Picture(*codec)))
        };
        [PictureCodec::H264, PictureCodec::Vp8].into_iter().filter(taken).collect()
    }

    pub fn receive(
        &mut self,
        now: Instant,
        from: TransportAddress,
        to: TransportAddress,
        bytes: &[u8],
        events: &mut Vec<Event>,
    ) {
        let (source, destination) = (from.socket(), to.socket());
        let Ok(receive) = Receive::new(from.protocol(), source, destination, bytes) else { return };
        self.input(now, str0m::Input::Receive(now, receive), events);
    }

    pub fn wake(&mut self, now: Instant, events: &mut Vec<Event>) {
        self.input(now, str0m::Input::Timeout(now), events);
    }

    /// Sends a packet.
    pub fn send(&mut self, now: Instant, mid: Mid, out: Outgoing, events: &mut Vec<Event>) {
        let Some(&pt) = self.payload_types.get(&(mid, out.kind)) else { return };
        let mut api = self.rtc.direct_api();
        let Some(stream) = api.stream_tx_by_mid(mid, None) else { return };
        let extensions = ExtensionValues {
            audio_level: out.level_db,
            voice_activity: out.level_db.map(|level| -50 < level),
            play_delay_min: out.at_once.then(|| MediaTime::from_millis(0)),
            play_delay_max: out.at_once.then(|| MediaTime::from_millis(AT_ONCE_MAX_MS)),
            ..ExtensionValues::default()
        };
        let nackable = out.kind.is_picture();
        stream.write_rtp(
            RtpWrite::new(pt, out.seq.into(), out.time, out.wallclock, out.payload)
                .marker(out.marker)
                .nackable(nackable)
                .ext_vals(extensions),
        );
        self.time_passes(now);
        // One timeout, one packet: looking for more would cost as much again.
        self.pump(now, events);
    }

    pub fn request_keyframe(
        &mut self,
        now: Instant,
        mid: Mid,
        rid: Option<Rid>,
        events: &mut Vec<Event>,
    ) {
        if let Some(stream) = self.rtc.direct_api().stream_rx_by_mid(mid, rid) {
            stream.request_keyframe(KeyframeRequestKind::Pli);
        }
        self.drain(now, events);
    }

    /// Tells the estimator what we would like to send. The estimate of a link that carries little
    /// stays little, so what is missing is filled with padding until media takes its place. Probes
    /// are held below twice the second rate and their result is believed even when it is lower
    /// than the estimate, so a page that shows little must still be probed for a lot.
    pub fn desire(&mut self, now: Instant, bits_per_second: u64, events: &mut Vec<Event>) {
        let probed = (bits_per_second + bits_per_second / 2).max(ESTIMATE_FIRST_BPS);
        self.rtc.bwe().set_bitrate(Bitrate::from(bits_per_second), Bitrate::from(probed));
        self.drain(now, events);
    }

    fn input(&mut self, now: Instant, input: str0m::Input<'_>, events: &mut Vec<Event>) {
        if self.rtc.handle_input(input).is_err() {
            self.rtc.disconnect();
        }
        self.drain(now, events);
    }

    fn drain(&mut self, now: Instant, events: &mut Vec<Event>) {
        while self.pump(now, events) {
            self.time_passes(now);
        }
    }

    fn time_passes(&mut self, now: Instant) {
        if self.rtc.handle_input(str0m::Input::Timeout(now)).is_err() {
            self.rtc.disconnect();
        }
    }

    /// Takes what there is up to the next timeout; true when that is near and something was sent, so
    /// that more may wait behind it.
    fn pump(&mut self, now: Instant, events: &mut Vec<Event>) -> bool {
        let mut sent = false;
        let mut near = false;
        loop {
            match self.rtc.poll_output() {
                Ok(str0m::Output::Timeout(at)) => {
                    near = at <= now + WAKE_MIN;
                    self.deadline = at.max(now + WAKE_MIN);
                    break;
                }
                Ok(str0m::Output::Transmit(transmit)) => {
                    sent = true;
                    let (from, to) = path_of(&transmit);
                    events.push(Event::Send { from, to, bytes: transmit.contents.to_vec() });
                }
                Ok(str0m::Output::Event(event)) => self.event(event, events),
                Err(_) => {
                    self.rtc.disconnect();
                    break;
                }
            }
        }
        if !self.rtc.is_alive() && !self.down {
            self.down = true;
            events.push(Event::Down);
        }
        sent && near && !self.down
    }

    fn event(&mut self, event: str0m::Event, events: &mut Vec<Event>) {
        match event {
            str0m::Event::Connected => events.push(Event::Up),
            str0m::Event::IceConnectionStateChange(IceConnectionState::Disconnected) => {
                events.push(Event::Interrupted);
            }
            str0m::Event::IceConnectionStateChange(
                IceConnectionState::Connected | IceConnectionState::Completed,
            ) if self.rtc.is_connected() => events.push(Event::Up),
            str0m::Event::RtpPacket(packet) => events.extend(self.packet(packet)),
            str0m::Event::KeyframeRequest(request) => {
                events.push(Event::KeyframeWanted(request.mid));
            }
            str0m::Event::EgressBitrateEstimate(
                BweKind::Twcc { estimate, .. } | BweKind::Remb { estimate, .. },
            ) => events.push(Event::Estimate(estimate.as_u64())),
            str0m::Event::MediaIngressStats(stats) => {
                if let Some(loss) = stats.loss {
                    events.push(Event::Loss { mid: stats.mid, percent: loss * 100.0 });
                }
            }
            _ => {}
        }
    }

    fn packet(&mut self, packet: RtpPacket) -> Option<Event> {
        let (mid, rid) = self.stream(packet.header.ssrc)?;
        let params = self
            .rtc
            .codec_config()
            .params()
            .iter()
            .find(|params| params.pt() == packet.header.payload_type)?;
        let kind = track_kind(params)?;
        Some(Event::Packet { mid, rid, packet: convert(kind, packet) })
    }

    fn stream(&mut self, ssrc: Ssrc) -> Option<(Mid, Option<Rid>)> {
        if let Some(known) = self.streams.get(&*ssrc) {
            return Some(*known);
        }
        let mut api = self.rtc.direct_api();
        let stream = api.stream_rx(&ssrc)?;
        let found = (stream.mid(), stream.rid());
        self.streams.insert(*ssrc, found);
        Some(found)
    }
}

/// What a line is sent with, of what the page offered; `programme` is Main profile.
pub(crate) fn payload_for<'a>(
    params: &'a [PayloadParams],
    offered: &[Pt],
    kind: TrackKind,
    programme: bool,
) -> Option<&'a PayloadParams> {
    let profiles = match programme {
        true => [MAIN, CONSTRAINED_BASELINE, BASELINE],
        false => [CONSTRAINED_BASELINE, BASELINE, MAIN],
    };
    let fits = |params: &&PayloadParams| {
        offered.contains(&params.pt()) && track_kind(params) == Some(kind)
    };
    let mut offered = params.iter().filter(fits);
    match kind {
        TrackKind::Opus | TrackKind::Picture(PictureCodec::Vp8) => offered.next(),
        TrackKind::Picture(PictureCodec::H264) => profiles.iter().find_map(|profile| {
            let wanted = Some(profile >> 8);
            let id = |p: &PayloadParams| p.spec().format.profile_level_id.map(|id| id >> 8);
            offered.clone().find(|params| id(params) == wanted)
        }),
    }
}

pub(crate) fn track_kind(params: &PayloadParams) -> Option<TrackKind> {
    match params.spec().codec {
        Codec::H264 => Some(TrackKind::Picture(PictureCodec::H264)),
        Codec::Vp8 => Some(TrackKind::Picture(PictureCodec::Vp8)),
        Codec::Opus => Some(TrackKind::Opus),
        _ => None,
    }
}

pub(crate) fn convert(kind: TrackKind, packet: RtpPacket) -> Packet {
    let time = packet.time.numer();
    let report = packet.last_sender_info.and_then(|sender| {
        let wall = sender.ntp_time.duration_since(UNIX_EPOCH).ok()?;
        Some(SenderReport {
            wall_us: u64::try_from(wall.as_micros()).ok()?,
            rtp_time: extend(sender.rtp_time.numer() as u32, time),
        })
    });
    Packet {
        kind,
        seq: *packet.seq_no,
        time,
        marker: packet.header.marker,
        payload: packet.payload,
        level_db: packet.header.ext_vals.audio_level,
        report,
        arrival: packet.timestamp,
    }
}

/// The full value nearest to `near` whose low 32 bits are `low`.
fn extend(low: u32, near: u64) -> u64 {
    let ahead = low.wrapping_sub(near as u32) as i32;
    near.saturating_add_signed(i64::from(ahead))
}
