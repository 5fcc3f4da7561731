//! Datagrams of strangers at a media port: from many addresses, at a steady rate, none of them with
//! credentials that the stage gave out.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Addresses that they come from.
const ADDRESSES: u8 = 64;
/// Datagrams are sent in bunches, so often each second.
const BUNCHES_HZ: u32 = 100;
const DATAGRAM_BYTES: usize = 1_200;
/// RFC 8489 section 5.
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];

/// What a stranger sends.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Noise,
    ClientHello,
    BindingRequest,
    Rtp,
    Rtcp,
}

const KINDS: [Kind; 5] =
    [Kind::Noise, Kind::ClientHello, Kind::BindingRequest, Kind::Rtp, Kind::Rtcp];

/// Strangers who send until they are told to stop.
pub(super) struct Strangers {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<u64>,
}

impl Strangers {
    /// Lets them send so many datagrams a second to addresses of this machine.
    ///
    /// # Errors
    /// The system gives no sockets.
    pub(super) fn start(targets: Vec<SocketAddr>, per_second: u32) -> anyhow::Result<Self> {
        let mut sockets = Vec::new();
        for host in 1..=ADDRESSES {
            sockets.push(UdpSocket::bind((Ipv4Addr::new(127, 0, 1, host), 0))?);
        }
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new().name("strangers".into()).spawn(move || {
            let mut sent = 0;
            let mut random = Random(0x9e37_79b9_7f4a_7c15);
            let (began, mut bunches) = (Instant::now(), 0_u32);
            while !stopped.load(Ordering::Relaxed) {
                for _ in 0..per_second / BUNCHES_HZ {
                    let bytes = datagram(&mut random);
                    let from = &sockets[random.below(sockets.len())];
                    for target in &targets {
                        // A full queue of the receiver is part of it.
                        sent += u64::from(from.send_to(&bytes, target).is_ok());
                    }
                }
                bunches += 1;
                let due = began + Duration::from_secs(1) * bunches / BUNCHES_HZ;
                thread::sleep(due.saturating_duration_since(Instant::now()));
            }
            sent
        })?;
        Ok(Self { stop, thread })
    }

    /// Ends them; how many datagrams they have sent.
    ///
    /// # Errors
    /// Their thread has panicked.
    pub(super) fn stop(self) -> anyhow::Result<u64> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow::anyhow!("the strangers' thread failed"))
    }
}

fn datagram(random: &mut Random) -> Vec<u8> {
    let mut bytes = vec![0; 16 + random.below(DATAGRAM_BYTES)];
    bytes.iter_mut().for_each(|byte| *byte = random.next() as u8);
    match KINDS[random.below(KINDS.len())] {
        Kind::Noise => bytes,
        Kind::ClientHello => client_hello(random),
        Kind::BindingRequest => binding_request(random),
        Kind::Rtp => {
            bytes[0] = 0x80;
            bytes[1] = 96 + bytes[1] % 32;
            bytes
        }
        Kind::Rtcp => {
            bytes[0] = 0x80 | (bytes[0] & 0x1f);
            bytes[1] = 200 + bytes[1] % 7;
            bytes
        }
    }
}

/// A ClientHello of DTLS 1.2 without extensions (RFC 6347 section 4.2): record, handshake header, body.
fn client_hello(random: &mut Random) -> Vec<u8> {
    let mut body = vec![0xfe, 0xfd];
    body.extend((0..32).map(|_| random.next() as u8));
    // No session, no cookie, one cipher suite, no compression.
    body.extend([0, 0, 0, 2, 0xc0, 0x2b, 1, 0]);
    let length = (body.len() as u32).to_be_bytes();
    let handshake = [&[1], &length[1..], &[0, 0, 0, 0, 0], &length[1..], &body].concat();
    let record = [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0];
    [&record[..], &(handshake.len() as u16).to_be_bytes(), &handshake].concat()
}

/// A binding request of ICE with a user name and an integrity that nobody gave out (RFC 8489, RFC 8445
/// section 7.1).
fn binding_request(random: &mut Random) -> Vec<u8> {
    let name = format!("{:08x}:{:08x}", random.next() as u32, random.next() as u32);
    let mut attributes = [&[0, 6, 0, name.len() as u8], name.as_bytes()].concat();
    attributes.resize(attributes.len().next_multiple_of(4), 0);
    // PRIORITY, USE-CANDIDATE, MESSAGE-INTEGRITY.
    attributes.extend([0, 0x24, 0, 4, 0x6e, 0, 1, 0xff, 0, 0x25, 0, 0, 0, 8, 0, 20]);
    attributes.extend((0..20).map(|_| random.next() as u8));
    let length = (attributes.len() as u16).to_be_bytes();
    let transaction: Vec<u8> = (0..12).map(|_| random.next() as u8).collect();
    [&[0, 1], &length[..], &MAGIC_COOKIE, &transaction, &attributes].concat()
}

/// Numbers that a seed decides (xorshift).
#[derive(Debug)]
pub(super) struct Random(pub(super) u64);

impl Random {
    /// The next number.
    pub(super) const fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `end`.
    pub(super) const fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use plenary_stage::demux::{self, classify, stun_ufrag};

    use super::*;

    #[test]
    fn what_they_send_looks_like_what_it_says() {
        let mut random = Random(7);
        let hello = client_hello(&mut random);
        let request = binding_request(&mut random);
        assert_eq!((classify(&hello), classify(&request)), (demux::Kind::Dtls, demux::Kind::Stun));
        assert_eq!(stun_ufrag(&request).map(str::len), Some(8));
    }
}
