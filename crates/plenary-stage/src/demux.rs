//! Whose is a datagram: by its address when we have answered it there, by the ICE user name in a
//! STUN request otherwise. Everything else costs a look at 20 bytes and is dropped.

use std::collections::HashMap;
use std::hash::Hash;

use plenary_model::limits::SEAT_ADDRESSES_MAX;

use crate::address::TransportAddress;

const STUN_COOKIE: [u8; 4] = 0x2112_a442_u32.to_be_bytes();
const STUN_USERNAME: u16 = 0x0006;
const STUN_USE_CANDIDATE: u16 = 0x0025;

/// What the first byte of a datagram says (RFC 7983 section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// STUN (RFC 8489) with its magic cookie.
    Stun,
    /// DTLS record.
    Dtls,
    /// RTP or RTCP.
    Rtp,
    /// None of ours.
    Garbage,
}

/// Sorts a datagram.
pub fn classify(datagram: &[u8]) -> Kind {
    match datagram.first() {
        Some(0..=3) if datagram.get(4..8) == Some(&STUN_COOKIE) && 20 <= datagram.len() => {
            Kind::Stun
        }
        Some(20..=63) if 13 <= datagram.len() => Kind::Dtls,
        Some(128..=191) if 8 <= datagram.len() => Kind::Rtp,
        _ => Kind::Garbage,
    }
}

/// The receiver's ICE user fragment in a STUN message: the part of USERNAME before the colon
/// (RFC 8445 section 7.2.2).
pub fn stun_ufrag(datagram: &[u8]) -> Option<&str> {
    let name = stun_attribute(datagram, STUN_USERNAME)?;
    std::str::from_utf8(name).ok()?.split(':').next()
}

/// Whether a STUN message nominates the path that it came on (RFC 8445 section 7.1.2).
pub fn stun_nominates(datagram: &[u8]) -> bool {
    stun_attribute(datagram, STUN_USE_CANDIDATE).is_some()
}

/// The first attribute of this kind (RFC 8489 section 14).
fn stun_attribute(datagram: &[u8], wanted: u16) -> Option<&[u8]> {
    if classify(datagram) != Kind::Stun {
        return None;
    }
    let mut rest = datagram.get(20..)?;
    while let Some((head, tail)) = rest.split_first_chunk::<4>() {
        let kind = u16::from_be_bytes([head[0], head[1]]);
        let size = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = tail.get(..size)?;
        if kind == wanted {
            return Some(value);
        }
        rest = tail.get(size.next_multiple_of(4)..)?;
    }
    None
}

/// Which seat or viewer has which address and user fragment. Only looked up, never walked in order.
#[derive(Debug)]
pub struct Demux<K> {
    by_address: HashMap<TransportAddress, K>,
    by_ufrag: HashMap<String, K>,
    addresses: HashMap<K, Vec<TransportAddress>>,
}

impl<K> Default for Demux<K> {
    fn default() -> Self {
        Self { by_address: HashMap::new(), by_ufrag: HashMap::new(), addresses: HashMap::new() }
    }
}

impl<K: Copy + Eq + Hash> Demux<K> {
    /// Whom a datagram is for.
    pub fn owner(&self, from: TransportAddress, datagram: &[u8]) -> Option<K> {
        match classify(datagram) {
            Kind::Garbage => None,
            Kind::Dtls | Kind::Rtp => self.by_address.get(&from).copied(),
            Kind::Stun => match stun_ufrag(datagram) {
                Some(ufrag) => self.by_ufrag.get(ufrag).copied(),
                None => self.by_address.get(&from).copied(),
            },
        }
    }

    /// A connection's own user fragment, before its answer goes out.
    pub fn expect(&mut self, ufrag: &str, owner: K) {
        self.by_ufrag.insert(ufrag.to_owned(), owner);
    }

    /// We send to this address: its check was authentic, so what comes from it is theirs.
    pub fn learn(&mut self, address: TransportAddress, owner: K) {
        if self.by_address.get(&address) == Some(&owner) {
            return;
        }
        if let Some(before) = self.by_address.insert(address, owner)
            && let Some(list) = self.addresses.get_mut(&before)
        {
            list.retain(|known| *known != address);
        }
        let list = self.addresses.entry(owner).or_default();
        list.push(address);
        if SEAT_ADDRESSES_MAX < list.len() {
            let oldest = list.remove(0);
            self.by_address.remove(&oldest);
        }
    }

    /// Forgets a connection.
    pub fn forget(&mut self, owner: K) {
        for address in self.addresses.remove(&owner).unwrap_or_default() {
            self.by_address.remove(&address);
        }
        self.by_ufrag.retain(|_, other| *other != owner);
    }
}
