//! Control of one viewer's connection: session descriptions, ICE and DTLS are the WebRTC library's.
//! Media and RTCP are not: the library gets other keys than the viewer has, and what it would send
//! with them is dropped here.

use std::time::{Duration, Instant};

use plenary_model::frame::{PictureCodec, TrackKind};
use str0m::change::SdpOffer;
use str0m::media::{Media, MediaKind, Mid};
use str0m::net::Receive;
use str0m::rtp::Extension;
use str0m::{Rtc, RtcConfig};

use crate::address::{TransportAddress, path_of};
use crate::demux::{Kind, classify, stun_nominates};
use crate::egress::Path;
use crate::egress::line::Stream;
use crate::formats::Formats;
use crate::handshake::{self, KeySlot, Keys};
use crate::seat::{Identity, PLAYOUT_DELAY_ID, WAKE_MIN, codecs, payload_for};

/// Numbers of extensions; an offer may give them others.
const ABS_SEND_TIME_ID: u8 = 2;
const MID_ID: u8 = 4;
/// How often a connection that is up is looked at: the library has nothing to do then.
const WAKE_UP: Duration = Duration::from_secs(1);
/// What a STUN success response to a check begins with (RFC 8489 section 5).
const BINDING_SUCCESS: [u8; 2] = [0x01, 0x01];

/// What a connection's control tells.
pub(crate) enum Event {
    Send {
        from: TransportAddress,
        to: TransportAddress,
        bytes: Vec<u8>,
    },
    /// The handshake is done.
    Keys(Keys),
    /// The viewer has proved to be there.
    Alive,
    /// The viewer has proved to be at the second address, and wants to be sent to from our first.
    Path(Path),
    /// The connection is gone.
    Down,
}

/// What was agreed on.
pub(crate) struct Agreed {
    /// Session description of type answer.
    pub answer: String,
    pub video: Option<Stream>,
    pub audio: Option<Stream>,
    /// Our user fragment in its checks.
    pub ufrag: String,
}

pub(crate) struct Control {
    rtc: Rtc,
    keys: KeySlot,
    formats: Formats,
    deadline: Instant,
    up: bool,
    down: bool,
}

impl Control {
    pub fn new(now: Instant, identity: &Identity, addresses: &[TransportAddress]) -> Self {
        let mut config = RtcConfig::new()
            .set_crypto_provider(handshake::PROVIDER.clone())
            .set_dtls_cert(identity.certificate())
            .set_ice_lite(true)
            .set_rtp_mode(true)
            .clear_extension_map()
            .set_extension(ABS_SEND_TIME_ID, Extension::AbsoluteSendTime)
            .set_extension(MID_ID, Extension::RtpMid)
            .set_extension(PLAYOUT_DELAY_ID, Extension::PlayoutDelay);
        codecs(config.codec_config(), &[PictureCodec::H264]);
        for params in config.codec_config().iter_mut() {
            // Then browsers say themselves what the path carries (REMB), four times a second at
            // most, instead of when each packet came.
            params.set_fb_transport_cc(false);
        }
        let (mut rtc, keys) = handshake::keeping_keys(|| config.build(now));
        for candidate in addresses.iter().filter_map(|address| address.candidate()) {
            rtc.add_local_candidate(candidate);
        }
        Self { rtc, keys, formats: Formats::default(), deadline: now, up: false, down: false }
    }

    pub const fn deadline(&self) -> Instant {
        self.deadline
    }

    pub const fn is_up(&self) -> bool {
        self.up
    }

    /// Answers the first offer, or one that restarts ICE; the error is a sentence for who offered.
    pub fn accept_offer(
        &mut self,
        now: Instant,
        sdp: &str,
        events: &mut Vec<Event>,
    ) -> Result<Agreed, String> {
        let offer = SdpOffer::from_sdp_string(sdp).map_err(|error| error.to_string())?;
        self.formats = self.formats.with(sdp).map_err(|refused| refused.to_string())?;
        let answer = self.rtc.sdp_api().accept_offer(offer).map_err(|error| error.to_string());
        self.drain(now, events);
        let answer = answer?.to_sdp_string();
        let lines = mids(sdp);
        let video = self.stream(&lines, MediaKind::Video);
        let audio = self.stream(&lines, MediaKind::Audio);
        if video.is_none() && audio.is_none() {
            return Err("it receives neither H.264 pictures nor Opus sound".to_owned());
        }
        let ufrag = self.rtc.direct_api().local_ice_credentials().ufrag;
        Ok(Agreed { answer, video, audio, ufrag })
    }

    /// The first line of this kind that the viewer receives.
    fn stream(&mut self, lines: &[Mid], kind: MediaKind) -> Option<Stream> {
        let receives = |media: &&Media| media.kind() == kind && media.direction().is_sending();
        let media = lines.iter().filter_map(|mid| self.rtc.media(*mid)).find(receives)?;
        let track = match kind {
            MediaKind::Video => TrackKind::Picture(PictureCodec::H264),
            MediaKind::Audio => TrackKind::Opus,
        };
        let params = self.rtc.codec_config().params();
        let found = payload_for(params, media.remote_pts(), track, true)?;
        let (payload_type, repair_type) = (*found.pt(), found.resend().map(|pt| *pt));
        let id = |extension| media.remote_extmap().id_of(extension);
        let mid = media.mid();
        let stream = Stream {
            payload_type,
            ssrc: 0,
            repair: None,
            mid: mid.to_string(),
            mid_id: id(Extension::RtpMid),
            abs_send_time_id: id(Extension::AbsoluteSendTime),
            playout_delay_id: id(Extension::PlayoutDelay),
        };
        let mut api = self.rtc.direct_api();
        let sender = api.stream_tx_by_mid(mid, None)?;
        let repair = repair_type.zip(sender.rtx().map(|ssrc| *ssrc));
        Some(Stream { ssrc: *sender.ssrc(), repair, ..stream })
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
        if self.rtc.handle_input(str0m::Input::Receive(now, receive)).is_err() {
            self.rtc.disconnect();
        }
        let known = events.len();
        self.drain(now, events);
        let answered = events[known..].iter().any(|event| match event {
            Event::Send { to, bytes, .. } => *to == from && bytes.starts_with(&BINDING_SUCCESS),
            Event::Keys(_) | Event::Alive | Event::Path(_) | Event::Down => false,
        });
        if answered {
            events.push(Event::Alive);
            events.extend(stun_nominates(bytes).then_some(Event::Path((to, from))));
        }
    }

    pub fn wake(&mut self, now: Instant, events: &mut Vec<Event>) {
        self.time_passes(now);
        self.drain(now, events);
    }

    /// Says goodbye, so that the viewer knows at once.
    pub fn close(&mut self, now: Instant, events: &mut Vec<Event>) {
        if self.rtc.close().is_ok() {
            self.drain(now, events);
        }
        self.rtc.disconnect();
    }

    fn time_passes(&mut self, now: Instant) {
        if self.rtc.handle_input(str0m::Input::Timeout(now)).is_err() {
            self.rtc.disconnect();
        }
    }

    /// Takes what there is, up to a timeout that lies ahead.
    fn drain(&mut self, now: Instant, events: &mut Vec<Event>) {
        while self.pump(now, events) {
            self.time_passes(now);
        }
        if !self.rtc.is_alive() && !self.down {
            self.down = true;
            events.push(Event::Down);
        }
    }

    /// Takes what there is up to the next timeout; true when that is near and something was sent.
    fn pump(&mut self, now: Instant, events: &mut Vec<Event>) -> bool {
        let mut sent = false;
        loop {
            match self.rtc.poll_output() {
                Ok(str0m::Output::Timeout(at)) => {
                    let least = if self.up { WAKE_UP } else { WAKE_MIN };
                    self.deadline = at.max(now + least);
                    return sent && at <= now + WAKE_MIN && self.rtc.is_alive();
                }
                Ok(str0m::Output::Transmit(transmit)) => {
                    sent = true;
                    match classify(&transmit.contents) {
                        // With keys that the viewer does not have.
                        Kind::Rtp | Kind::Garbage => {}
                        Kind::Stun | Kind::Dtls => {
                            let (from, to) = path_of(&transmit);
                            let bytes = transmit.contents.to_vec();
                            events.push(Event::Send { from, to, bytes });
                        }
                    }
                }
                Ok(str0m::Output::Event(str0m::Event::Connected)) => {
                    self.up = true;
                    events.extend(self.keys.take().map(Event::Keys));
                }
                Ok(str0m::Output::Event(_)) => {}
                Err(_) => {
                    self.rtc.disconnect();
                    return false;
                }
            }
        }
    }
}

/// The names of the media lines of a description, in order.
fn mids(sdp: &str) -> Vec<Mid> {
    sdp.lines()
        .filter_map(|line| line.strip_prefix("a=mid:"))
        .map(|mid| mid.trim().into())
        .collect()
}
