//! What encoders and low-delay viewers send: bodies of WHIP and WHEP, offers to view, RTCP.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use plenary_model::frame::Bus;
use plenary_server::sdpfrag;
use plenary_stage::egress::rtcp::{self, Feedback};
use plenary_stage::egress::slab::Slab;
use plenary_stage::egress::{Egress, Input, Output, ViewerId};
use plenary_stage::peer::Peer;
use plenary_stage::signal::TrackUse;
use plenary_stage::{Identity, TransportAddress};

use crate::pieces::pieces;

const VIEWER: ViewerId = ViewerId(1);
const STEP: Duration = Duration::from_millis(20);

fn address(last: u8) -> TransportAddress {
    TransportAddress::Udp(SocketAddr::from(([10, 0, 0, last], 5_000)))
}

/// A fragment and behind a line of four dashes the offer that it is about.
pub fn session_fragment(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (body, offer) = text.split_once("----\n").unwrap_or((text, ""));
    if let Ok(sdpfrag::Fragment::Restart { ufrag, password }) = sdpfrag::read(body, offer) {
        let again = sdpfrag::restarted(offer, &ufrag, &password);
        assert!(!again.contains("a=candidate:"), "candidates of the old session are gone");
        let same = sdpfrag::read(body, &again);
        let named = again.contains("a=ice-ufrag:") && again.contains("a=ice-pwd:");
        assert!(!named || same == Ok(sdpfrag::Fragment::Candidates), "a restart is done once");
    }
    for track in sdpfrag::sent(text) {
        assert!(text.contains(&track.mid), "nothing is sent that was not offered");
    }
    assert!(sdpfrag::of_answer(text).len() <= text.len());
    assert!(sdpfrag::tag(text).starts_with('"'));
}

/// Compound RTCP packets, as they are after decryption.
pub fn viewer_rtcp(data: &[u8]) {
    let said = rtcp::read(data);
    assert!(said.len() <= data.len() / 4, "nothing is said that does not stand there");
    let entries = said.iter().filter(|one| matches!(one, Feedback::Missing { .. })).count();
    assert!(entries * 4 <= data.len());
}

/// Pieces: the first is an offer to view, the others are datagrams, in turn from the viewer and from
/// a stranger; an empty one lets time pass.
pub fn viewer_offer(data: &[u8]) {
    let now = Instant::now();
    let identity = Identity::generate().expect("the crypto library works");
    let mut egress = Egress::new(now, identity, vec![address(1)]);
    let mut slab = Slab::default();
    let mut out = Vec::new();
    let mut rest = pieces(data).into_iter();
    let sdp = rest.next().and_then(|sdp| std::str::from_utf8(sdp).ok()).unwrap_or_default();
    let sdp = sdp.replace("\r\n", "\n").replace('\n', "\r\n");
    let offer = Input::Offer { viewer: VIEWER, bus: Bus::Programme, sdp: &sdp };
    egress.handle(now, offer, &mut out);
    let answered = |out: &[Output]| {
        let mut answers = out.iter().filter_map(|output| match output {
            Output::Answer { answer, .. } => Some(answer.is_ok()),
            Output::Datagram { .. } | Output::Gone { .. } => None,
        });
        answers.next().expect("an offer is answered or refused")
    };
    assert_eq!(answered(&out), egress.has(VIEWER), "who is refused leaves nothing behind");
    let mut at = now;
    for (index, bytes) in rest.take(16).enumerate() {
        at += STEP;
        let from = if index % 2 == 0 { address(2) } else { address(3) };
        let datagram = Input::Datagram { from, to: address(1), bytes };
        let input = if bytes.is_empty() { Input::Wake } else { datagram };
        egress.handle(at, input, &mut out);
        while egress.fill(at, &mut slab) {
            slab.clear();
        }
    }
    let mut peer = Peer::new(at, address(4));
    peer.add(TrackUse::ProgrammeVideo, 1, 1);
    let (sdp, _) = peer.offer().expect("a line was added");
    out.clear();
    let viewer = ViewerId(2);
    egress.handle(at, Input::Offer { viewer, bus: Bus::Programme, sdp: &sdp }, &mut out);
    assert!(answered(&out), "the next viewer is let in after any of this");
}
