//! Passes: short signed texts that say who somebody is, for personal links and for the cookies of
//! members. There is one algorithm, HMAC-SHA-256 cut to 128 bits (RFC 2104 section 5) over everything
//! that is said, with a key of its own for each kind; so a pass of one kind is nothing as another.
//!
//! ```text
//! version 1 · kind · expiry (s, 8 bytes) · issue (4 bytes) · event (16 bytes, zeros for all) · code · tag
//! all of it in base64url without padding (RFC 4648 section 5)
//! ```

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use plenary_model::id::EventId;
use plenary_model::limits::CODE_CHARS_MAX;
use plenary_model::time::WallMs;
use plenary_model::unit::PersonCode;
use uuid::Uuid;

const VERSION: u8 = 1;
const TAG_BYTES: usize = 16;
const HEAD_BYTES: usize = 2 + 8 + 4 + 16;
/// Longest pass in characters: a code of the longest characters.
const CHARS_MAX: usize = (HEAD_BYTES + 4 * CODE_CHARS_MAX + TAG_BYTES).div_ceil(3) * 4;

/// What a pass lets its holder do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A personal link: come to an event as this member.
    Invitation,
    /// A member's cookie: be there, at one event.
    Presence,
    /// A guest's link; the person is the guest's id.
    GuestInvitation,
    /// A guest's cookie.
    GuestPresence,
}

impl Kind {
    const ALL: [Self; 4] =
        [Self::Invitation, Self::Presence, Self::GuestInvitation, Self::GuestPresence];

    const fn number(self) -> u8 {
        match self {
            Self::Invitation => 1,
            Self::Presence => 2,
            Self::GuestInvitation => 3,
            Self::GuestPresence => 4,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Presence => "presence",
            Self::GuestInvitation => "guest invitation",
            Self::GuestPresence => "guest presence",
        }
    }
}

/// What a pass says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// Who its holder is.
    pub person: PersonCode,
    /// Where it holds; nothing is every event.
    pub event: Option<EventId>,
    /// Counts up when a person's passes are revoked: older ones are over.
    pub issue: u32,
    /// Until when it holds, to the second.
    pub expires: WallMs,
}

/// Why a text is no pass. Strangers are only told that it is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPass {
    /// It is not of this installation and kind, or was changed.
    #[error("this link is not valid")]
    Forged,
    /// It was one.
    #[error("this link has expired")]
    Expired,
    /// It is one, of another event.
    #[error("this link is for another event")]
    OtherEvent,
}

/// Signs and reads passes.
#[derive(Debug, Clone)]
pub struct Passes {
    keys: [hmac::Key; 4],
}

impl Passes {
    /// Passes of an installation, by the keys that its secret gives for names.
    pub fn new(key_for: impl Fn(&str) -> [u8; 32]) -> Self {
        let key = |kind: Kind| hmac::Key::new(hmac::HMAC_SHA256, &key_for(kind.name()));
        Self { keys: Kind::ALL.map(key) }
    }

    fn tag(&self, kind: Kind, said: &[u8]) -> hmac::Tag {
        let [invitation, presence, guest_invitation, guest_presence] = &self.keys;
        let key = match kind {
            Kind::Invitation => invitation,
            Kind::Presence => presence,
            Kind::GuestInvitation => guest_invitation,
            Kind::GuestPresence => guest_presence,
        };
        hmac::sign(key, said)
    }

    /// A pass as text.
    pub fn sign(&self, kind: Kind, pass: &Pass) -> String {
        let mut said = vec![VERSION, kind.number()];
        said.extend((pass.expires.0 / 1_000).to_be_bytes());
        said.extend(pass.issue.to_be_bytes());
        said.extend(pass.event.map_or(Uuid::nil(), EventId::uuid).into_bytes());
        said.extend(pass.person.as_str().as_bytes());
        let tag = self.tag(kind, &said);
        said.extend(&tag.as_ref()[..TAG_BYTES]);
        URL_SAFE_NO_PAD.encode(said)
    }

    /// What a text says, as a pass of this kind for this event. Whether it was revoked is for the caller
    /// to see.
    ///
    /// # Errors
    /// [`BadPass`].
    pub fn read(
        &self,
        kind: Kind,
        text: &str,
        event: EventId,
        now: WallMs,
    ) -> Result<Pass, BadPass> {
        if CHARS_MAX < text.len() {
            return Err(BadPass::Forged);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadPass::Forged)?;
        let (said, tag) = bytes
            .len()
            .checked_sub(TAG_BYTES)
            .map(|at| bytes.split_at(at))
            .ok_or(BadPass::Forged)?;
        let right = self.tag(kind, said);
        verify_slices_are_equal(tag, &right.as_ref()[..TAG_BYTES]).map_err(|_| BadPass::Forged)?;
        let pass = parse(kind, said).ok_or(BadPass::Forged)?;
        if pass.expires <= now {
            return Err(BadPass::Expired);
        }
        match pass.event {
            Some(of) if of != event => Err(BadPass::OtherEvent),
            Some(_) | None => Ok(pass),
        }
    }
}

fn parse(kind: Kind, said: &[u8]) -> Option<Pass> {
    let (head, code) = said.split_first_chunk::<HEAD_BYTES>()?;
    let (marks, rest) = head.split_first_chunk::<2>()?;
    let (expires, rest) = rest.split_first_chunk::<8>()?;
    let (issue, event) = rest.split_first_chunk::<4>()?;
    if *marks != [VERSION, kind.number()] {
        return None;
    }
    let event = Uuid::from_slice(event).ok()?;
    Some(Pass {
        person: std::str::from_utf8(code).ok()?.parse().ok()?,
        event: (!event.is_nil()).then(|| EventId::new(event)),
        issue: u32::from_be_bytes(*issue),
        expires: WallMs(u64::from_be_bytes(*expires).checked_mul(1_000)?),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: WallMs = WallMs(1_795_000_000_000);
    const HERE: EventId = EventId::new(Uuid::from_u128(7));
    const ELSEWHERE: EventId = EventId::new(Uuid::from_u128(8));

    fn passes(secret: u8) -> Passes {
        Passes::new(|name| {
            let mut key = [secret; 32];
            key[..name.len()].copy_from_slice(name.as_bytes());
            key
        })
    }

    fn pass() -> Pass {
        let expires = WallMs(NOW.0 + 5_000);
        Pass { person: "天河-0007".parse().unwrap(), event: None, issue: 3, expires }
    }

    fn read(text: &str) -> Result<Pass, BadPass> {
        passes(1).read(Kind::Invitation, text, HERE, NOW)
    }

    /// A text with a right tag, whatever it says.
    fn tagged(said: &[u8]) -> String {
        let tag = passes(1).tag(Kind::Invitation, said);
        URL_SAFE_NO_PAD.encode([said, &tag.as_ref()[..TAG_BYTES]].concat())
    }

    #[test]
    fn a_pass_says_what_was_signed() {
        let text = passes(1).sign(Kind::Invitation, &pass());
        assert_eq!(read(&text), Ok(pass()));
        assert_eq!(text.len(), 76, "it fits into a small QR code: {text}");
        let here = Pass { event: Some(HERE), ..pass() };
        assert_eq!(read(&passes(1).sign(Kind::Invitation, &here)), Ok(here));
    }

    #[test]
    fn what_is_true_no_more_is_told_apart_from_what_never_was() {
        let sign = |pass: &Pass| passes(1).sign(Kind::Invitation, pass);
        let over = Pass { expires: NOW, ..pass() };
        assert_eq!(read(&sign(&over)), Err(BadPass::Expired));
        let elsewhere = Pass { event: Some(ELSEWHERE), ..pass() };
        assert_eq!(read(&sign(&elsewhere)), Err(BadPass::OtherEvent));
    }

    /// Texts that were never anything of ours.
    fn foreign() -> Vec<String> {
        let jwt = |head: &str, tag: &str| {
            let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
            format!("{}.{}.{tag}", part(head), part(r#"{"sub":"天河-0007","exp":9999999999}"#))
        };
        vec![
            // Nothing, and not of our alphabet.
            String::new(),
            " ".into(),
            "\0".into(),
            "null".into(),
            "天河-0007".into(),
            "../../etc/passwd".into(),
            "' OR 1=1 --".into(),
            "=".repeat(80),
            "A".repeat(80),
            "_".repeat(CHARS_MAX),
            "A".repeat(CHARS_MAX + 1),
            "A".repeat(10_000_000),
            jwt(r#"{"alg":"none","typ":"JWT"}"#, ""),
            jwt(r#"{"alg":"HS256","typ":"JWT"}"#, "AAAA"),
            jwt(r#"{"alg":"RS256","kid":"../../dev/null"}"#, "AAAA"),
        ]
    }

    #[test]
    fn no_hostile_text_is_a_pass() {
        let good = passes(1).sign(Kind::Invitation, &pass());
        let bytes = URL_SAFE_NO_PAD.decode(&good).unwrap();
        let said = &bytes[..bytes.len() - TAG_BYTES];
        let with = |at: usize, byte: u8| {
            let mut said = said.to_vec();
            said[at] = byte;
            said
        };
        let mut hostile: Vec<String> = vec![
            // The right one in another form.
            format!("{good}="),
            format!("{good}=="),
            format!(" {good}"),
            format!("{good}\n"),
            format!("{good}\0"),
            format!("{good}{good}"),
            format!("{good}.{good}"),
            good.to_uppercase(),
            good.to_lowercase(),
            good.chars().rev().collect(),
            good.replace(['-', '_'], "+"),
            format!("%41{}", &good[1..]),
            good[1..].to_owned(),
            good[..good.len() - 1].to_owned(),
            // Of other makers and kinds.
            passes(2).sign(Kind::Invitation, &pass()),
            passes(1).sign(Kind::Presence, &pass()),
            passes(2).sign(Kind::Presence, &pass()),
            passes(1).sign(Kind::GuestInvitation, &pass()),
            passes(1).sign(Kind::GuestPresence, &pass()),
            // Without a tag, with a short one, with one of zeros.
            URL_SAFE_NO_PAD.encode(said),
            URL_SAFE_NO_PAD.encode(&bytes[..bytes.len() - 1]),
            URL_SAFE_NO_PAD.encode([said, &[0; TAG_BYTES]].concat()),
            URL_SAFE_NO_PAD.encode([said, &[0; 32]].concat()),
            URL_SAFE_NO_PAD.encode(&bytes[bytes.len() - TAG_BYTES..]),
            // Signed by somebody who has the key and is mad.
            tagged(&[]),
            tagged(&[VERSION]),
            tagged(&said[..HEAD_BYTES - 1]),
            tagged(&said[..HEAD_BYTES]),
            tagged(&with(0, 0)),
            tagged(&with(0, 2)),
            tagged(&with(0, 255)),
            tagged(&with(1, 0)),
            tagged(&with(1, Kind::Presence.number())),
            tagged(&with(2, 255)),
            tagged(&with(HEAD_BYTES, 255)),
            tagged(&with(HEAD_BYTES, b'\n')),
            tagged(&[&said[..HEAD_BYTES], &[b'x'; CODE_CHARS_MAX + 1]].concat()),
            tagged(&[&said[..HEAD_BYTES], " x".as_bytes()].concat()),
        ];
        // Each bit of it changed, each end of it cut off.
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                hostile.push(URL_SAFE_NO_PAD.encode(changed));
            }
            hostile.push(URL_SAFE_NO_PAD.encode(&bytes[..at]));
        }
        hostile.extend(foreign());
        for text in &hostile {
            let shown: String = text.chars().take(100).collect();
            assert_eq!(read(text), Err(BadPass::Forged), "{shown}");
        }
        assert_eq!(read(&good), Ok(pass()));
    }

    proptest! {
        #[test]
        fn nothing_by_chance_is_a_pass(text in "[A-Za-z0-9_-]{0,120}") {
            prop_assert_eq!(read(&text), Err(BadPass::Forged));
        }
    }
}
