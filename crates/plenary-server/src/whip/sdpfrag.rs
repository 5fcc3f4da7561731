//! Pieces of session descriptions in the bodies of WHIP and WHEP: what an offer's lines are for, and
//! the fragments that carry candidates and ICE restarts (`application/trickle-ice-sdpfrag`, RFC 8840
//! section 9).

use plenary_model::limits::MEDIA_LINES_MAX;
use plenary_stage::signal::{TrackOffer, TrackUse};

/// How long credentials may be, in characters (RFC 8839 section 5.4).
const UFRAG_CHARS: std::ops::RangeInclusive<usize> = 4..=256;
const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 22..=256;

/// What a fragment asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fragment {
    /// More candidates of the connection that there is, or their end. A server that is reached at
    /// fixed addresses needs none: it answers where checks come from (RFC 8445 section 2.5).
    Candidates,
    /// A restart with these credentials.
    Restart {
        /// User fragment.
        ufrag: String,
        /// Password.
        password: String,
    },
}

/// The fragment cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadFragment {
    /// One of the credentials is missing.
    #[error("a fragment names a=ice-ufrag and a=ice-pwd together")]
    Half,
    /// A credential has other characters or another length than RFC 8839 says.
    #[error("a=ice-ufrag has 4 to 256 and a=ice-pwd 22 to 256 letters, digits, + and /")]
    Credentials,
    /// Media lines with different credentials.
    #[error("all lines of a bundle have the same credentials")]
    Differing,
    /// Neither credentials nor candidates.
    #[error("a fragment has candidates, a=end-of-candidates or new credentials")]
    Nothing,
}

/// Reads a fragment for a connection whose offer had these credentials.
///
/// # Errors
/// [`BadFragment`].
pub fn read(body: &str, offer: &str) -> Result<Fragment, BadFragment> {
    let ufrag = only(body, "a=ice-ufrag:")?;
    let password = only(body, "a=ice-pwd:")?;
    let trickles =
        |line: &str| line.starts_with("a=candidate:") || line.trim_end() == "a=end-of-candidates";
    let candidates = body.lines().any(trickles);
    match (ufrag, password) {
        (None, None) if candidates => Ok(Fragment::Candidates),
        (None, None) => Err(BadFragment::Nothing),
        (Some(_), None) | (None, Some(_)) => Err(BadFragment::Half),
        (Some(ufrag), Some(password)) => {
            let of_ice = |text: &str| {
                text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte))
            };
            let fits =
                UFRAG_CHARS.contains(&ufrag.len()) && PASSWORD_CHARS.contains(&password.len());
            if !(fits && of_ice(ufrag) && of_ice(password)) {
                return Err(BadFragment::Credentials);
            }
            let known = (only(offer, "a=ice-ufrag:"), only(offer, "a=ice-pwd:"));
            if known == (Ok(Some(ufrag)), Ok(Some(password))) {
                return Ok(Fragment::Candidates);
            }
            Ok(Fragment::Restart { ufrag: ufrag.to_owned(), password: password.to_owned() })
        }
    }
}

/// The value that all lines with this name have.
fn only<'a>(text: &'a str, name: &str) -> Result<Option<&'a str>, BadFragment> {
    let mut values = text.lines().filter_map(|line| line.strip_prefix(name)).map(str::trim);
    let first = values.next();
    if values.all(|value| Some(value) == first) { Ok(first) } else { Err(BadFragment::Differing) }
}

/// The offer again with new credentials: an offer of an ICE restart.
pub fn restarted(offer: &str, ufrag: &str, password: &str) -> String {
    let mut again = String::with_capacity(offer.len());
    for line in offer.lines() {
        if line.starts_with("a=candidate:") || line.trim_end() == "a=end-of-candidates" {
            continue;
        }
        if line.starts_with("a=ice-ufrag:") {
            again.push_str(&format!("a=ice-ufrag:{ufrag}"));
        } else if line.starts_with("a=ice-pwd:") {
            again.push_str(&format!("a=ice-pwd:{password}"));
        } else {
            again.push_str(line);
        }
        again.push_str("\r\n");
    }
    again
}

/// Of an answer to a restart what the other side needs (RFC 9725 section 4.3.2).
pub fn of_answer(answer: &str) -> String {
    let of_session = ["a=ice-lite", "a=group:BUNDLE"];
    let of_line = ["a=mid:", "a=ice-ufrag:", "a=ice-pwd:", "a=candidate:", "a=end-of-candidates"];
    let kept = |line: &str, names: &[&str]| names.iter().any(|name| line.starts_with(name));
    let mut sections = answer.split_inclusive('\n').peekable();
    let mut fragment = String::new();
    while let Some(line) = sections.next_if(|line| !line.starts_with("m=")) {
        if kept(line, &of_session) || kept(line, &of_line) {
            fragment.push_str(line);
        }
    }
    fragment.extend(sections.next());
    while let Some(line) = sections.next_if(|line| !line.starts_with("m=")) {
        if kept(line, &of_line) {
            fragment.push_str(line);
        }
    }
    fragment
}

/// Names the ICE session of an answer.
pub fn tag(answer: &str) -> String {
    let ufrag = answer.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:"));
    format!("\"{}\"", ufrag.unwrap_or_default().trim())
}

/// The picture and the sound that an offer sends: its first lines of each kind.
pub fn sent(offer: &str) -> Vec<TrackOffer> {
    let mut found: [Option<TrackOffer>; 2] = [None, None];
    for section in offer.split("\nm=").skip(1).take(MEDIA_LINES_MAX) {
        let (slot, kind) = match section.split(' ').next() {
            Some("video") => (0, TrackUse::CameraVideo),
            Some("audio") => (1, TrackUse::CameraAudio),
            _ => continue,
        };
        let mut lines = section.lines().map(str::trim_end);
        let sends = !lines.clone().any(|line| line == "a=recvonly" || line == "a=inactive");
        let mid = lines.find_map(|line| line.strip_prefix("a=mid:"));
        if let Some(mid) = mid.filter(|_| sends && found[slot].is_none()) {
            found[slot] = Some(TrackOffer { mid: mid.to_owned(), kind });
        }
    }
    found.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=sendonly\r\na=ice-ufrag:EsAw\r\n\
        a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=candidate:1 1 udp 1 10.0.0.1 5000 typ host\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=sendonly\r\na=ice-ufrag:EsAw\r\n\
        a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:2\r\na=recvonly\r\n";

    fn fragment(ufrag: &str, password: &str, rest: &str) -> Result<Fragment, BadFragment> {
        read(&format!("a=ice-ufrag:{ufrag}\r\na=ice-pwd:{password}\r\n{rest}"), OFFER)
    }

    #[test]
    fn known_credentials_bring_candidates_and_new_ones_a_restart() {
        let more =
            "m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 udp 1 10.0.0.2 1 typ host\r\n";
        assert_eq!(fragment("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1", more), Ok(Fragment::Candidates));
        assert_eq!(read("a=mid:0\r\na=end-of-candidates\r\n", OFFER), Ok(Fragment::Candidates));
        let (ufrag, password) = ("ysXw", "vw5LmwG4y/e6dPP/zAP9Gp5k");
        assert_eq!(
            fragment(ufrag, password, ""),
            Ok(Fragment::Restart { ufrag: ufrag.into(), password: password.into() })
        );
    }

    #[test]
    fn fragments_that_contradict_themselves_are_refused() {
        assert_eq!(read("", OFFER), Err(BadFragment::Nothing));
        assert_eq!(read("a=ice-ufrag:EsAw\r\n", OFFER), Err(BadFragment::Half));
        let password = "P2uYro0UCOQ4zxjKXaWCBui1";
        for bad in ["", "abc", "abc d", "abc\u{e9}", &"a".repeat(257)] {
            assert_eq!(fragment(bad, password, ""), Err(BadFragment::Credentials), "{bad}");
        }
        assert_eq!(fragment("EsAw", "short", ""), Err(BadFragment::Credentials));
        let two = "m=audio 9 RTP/AVP 0\r\na=ice-ufrag:Other\r\n";
        assert_eq!(fragment("EsAw", password, two), Err(BadFragment::Differing));
    }

    #[test]
    fn a_restart_is_the_same_offer_with_other_credentials() {
        let again = restarted(OFFER, "new+", "0123456789012345678901");
        assert!(
            !again.contains("EsAw") && !again.contains("P2uYro") && !again.contains("candidate")
        );
        assert_eq!(again.matches("a=ice-ufrag:new+\r\n").count(), 2);
        let back = restarted(&again, "EsAw", "P2uYro0UCOQ4zxjKXaWCBui1");
        let kept: Vec<&str> = OFFER.lines().filter(|l| !l.starts_with("a=candidate")).collect();
        assert_eq!(back.lines().collect::<Vec<_>>(), kept);
    }

    #[test]
    fn of_an_answer_the_first_line_carries_the_ice_session() {
        let answer = "v=0\r\na=ice-lite\r\na=group:BUNDLE 0 1\r\nm=audio 9 X 111\r\na=mid:0\r\n\
            a=ice-ufrag:srv1\r\na=ice-pwd:p\r\na=rtpmap:111 opus/48000/2\r\n\
            a=candidate:1 1 udp 1 10.0.0.1 5000 typ host\r\na=end-of-candidates\r\n\
            m=video 9 X 96\r\na=mid:1\r\n";
        assert_eq!(
            of_answer(answer),
            "a=ice-lite\r\na=group:BUNDLE 0 1\r\nm=audio 9 X 111\r\na=mid:0\r\n\
             a=ice-ufrag:srv1\r\na=ice-pwd:p\r\n\
             a=candidate:1 1 udp 1 10.0.0.1 5000 typ host\r\na=end-of-candidates\r\n"
        );
        assert_eq!(tag(answer), "\"srv1\"");
    }

    #[test]
    fn what_an_offer_sends_is_its_first_lines_of_each_kind() {
        let of = |offer: &str| -> Vec<(String, TrackUse)> {
            sent(offer).into_iter().map(|track| (track.mid, track.kind)).collect()
        };
        assert_eq!(
            of(OFFER),
            [("1".into(), TrackUse::CameraVideo), ("0".into(), TrackUse::CameraAudio)]
        );
        assert_eq!(of(&OFFER.replace("sendonly", "recvonly")), []);
        assert_eq!(of("m=video"), []);
        assert_eq!(of(""), []);
    }
}
