//! Tickets: signed texts that say when it is whose turn to come in. Nothing of those who wait is kept.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use plenary_model::id::EventId;
use plenary_model::time::WallMs;

const TAG_BYTES: usize = 16;
/// A turn and the tag.
const CHARS: usize = (8 + TAG_BYTES).div_ceil(3) * 4;

/// Signs and reads tickets.
#[derive(Debug, Clone)]
pub struct Tickets(hmac::Key);

impl Tickets {
    /// Tickets of an installation, by the keys that its secret gives for names.
    pub fn new(key_for: impl Fn(&str) -> [u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &key_for("ticket")))
    }

    /// A ticket for the holder of this pass.
    pub fn sign(&self, (event, pass): (EventId, &str), turn: WallMs) -> String {
        let mut said = turn.0.to_be_bytes().to_vec();
        said.extend(self.tag((event, pass), turn));
        URL_SAFE_NO_PAD.encode(said)
    }

    /// When it is the turn of the holder of this pass; nothing when the text is no ticket of theirs.
    pub fn read(&self, (event, pass): (EventId, &str), text: &str) -> Option<WallMs> {
        if text.len() != CHARS {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (turn, tag) = bytes.split_first_chunk::<8>()?;
        let turn = WallMs(u64::from_be_bytes(*turn));
        let right = self.tag((event, pass), turn);
        verify_slices_are_equal(tag, &right).is_ok().then_some(turn)
    }

    fn tag(&self, (event, pass): (EventId, &str), turn: WallMs) -> Vec<u8> {
        let mut said = turn.0.to_be_bytes().to_vec();
        said.extend(event.uuid().into_bytes());
        said.extend(pass.as_bytes());
        hmac::sign(&self.0, &said).as_ref()[..TAG_BYTES].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_ticket_is_for_one_pass_at_one_event() {
        let tickets = Tickets::new(|_| [7; 32]);
        let (here, there) = (EventId::new(Uuid::from_u128(1)), EventId::new(Uuid::from_u128(2)));
        let turn = WallMs(1_795_000_000_123);
        let ticket = tickets.sign((here, "pass"), turn);
        assert_eq!(ticket.len(), CHARS);
        assert_eq!(tickets.read((here, "pass"), &ticket), Some(turn));
        assert_eq!(tickets.read((there, "pass"), &ticket), None);
        assert_eq!(tickets.read((here, "other"), &ticket), None);
        assert_eq!(Tickets::new(|_| [8; 32]).read((here, "pass"), &ticket), None);
        for at in 0..ticket.len() {
            let mut changed = ticket.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(tickets.read((here, "pass"), &changed), None, "{changed}");
        }
        for bad in ["", "A", &"A".repeat(CHARS), &"A".repeat(1_000_000)] {
            assert_eq!(tickets.read((here, "pass"), bad), None);
        }
    }
}
