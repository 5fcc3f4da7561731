//! One RTP stream to one viewer: a header that only its sequence number, times and marker change
//! in, and what was sent, for repair and reports.

use std::time::Instant;

use plenary_model::limits::REPAIR_PACKETS_KEPT;

use crate::egress::rtcp;
use crate::egress::slab::Slab;
use crate::egress::srtp::{Indices, Sealer, Unprotected};
use crate::egress::{Path, Sent};
use crate::programme::Step;
use crate::seat::AT_ONCE_MAX_MS;

const FIXED_HEADER: usize = 12;
/// Header extensions in the one-byte form (RFC 8285 section 4.2) and its largest number.
const ONE_BYTE: [u8; 2] = [0xbe, 0xde];
const ONE_BYTE_ID_MAX: u8 = 14;
const ONE_BYTE_LENGTH_MAX: usize = 16;

/// What the session descriptions agreed on for a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stream {
    /// Payload type.
    pub payload_type: u8,
    /// Its source.
    pub ssrc: u32,
    /// Payload type and source of its retransmissions (RFC 4588), when the viewer takes them.
    pub repair: Option<(u8, u32)>,
    /// Name of its media line.
    pub mid: String,
    /// Number of the extension that carries the name.
    pub mid_id: Option<u8>,
    /// Number of the extension that estimates of the path are made from.
    pub abs_send_time_id: Option<u8>,
    /// Number of the extension that says when to show a picture.
    pub playout_delay_id: Option<u8>,
}

/// The unchanging part of a header, and where the time of sending stands in it.
#[derive(Debug)]
struct Template {
    bytes: Vec<u8>,
    abs_at: Option<usize>,
}

impl Template {
    fn new(stream: &Stream, (payload_type, ssrc): (u8, u32), picture: bool) -> Self {
        let mut elements = Vec::new();
        let mut abs_at = None;
        let fits = |id: &u8| (1..=ONE_BYTE_ID_MAX).contains(id);
        if let Some(id) = stream.abs_send_time_id.filter(fits) {
            abs_at = Some(FIXED_HEADER + 4 + elements.len() + 1);
            elements.extend([id << 4 | 2, 0, 0, 0]);
        }
        if let Some(id) = stream.playout_delay_id.filter(fits).filter(|_| picture) {
            // Least zero, most in units of 10 ms, 12 bits each.
            let most = (AT_ONCE_MAX_MS / 10) as u16;
            elements.extend([id << 4 | 2, 0, (most >> 8) as u8, most as u8]);
        }
        let named = (1..=ONE_BYTE_LENGTH_MAX).contains(&stream.mid.len());
        if let Some(id) = stream.mid_id.filter(fits).filter(|_| named) {
            elements.push(id << 4 | (stream.mid.len() - 1) as u8);
            elements.extend(stream.mid.as_bytes());
        }
        elements.resize(elements.len().next_multiple_of(4), 0);
        let mut bytes = vec![0; FIXED_HEADER];
        bytes[0] = 0x80;
        bytes[1] = payload_type;
        bytes[8..12].copy_from_slice(&ssrc.to_be_bytes());
        if !elements.is_empty() {
            bytes[0] |= 0x10;
            bytes.extend(ONE_BYTE);
            bytes.extend(((elements.len() / 4) as u16).to_be_bytes());
            bytes.extend(elements);
        }
        Self { bytes, abs_at }
    }

    /// Writes the header of one packet to the front of `packet`.
    fn write(&self, packet: &mut [u8], (seq, time, marker): (u16, u32, bool), sent: Sent) {
        packet[..self.bytes.len()].copy_from_slice(&self.bytes);
        packet[1] |= u8::from(marker) << 7;
        packet[2..4].copy_from_slice(&seq.to_be_bytes());
        packet[4..8].copy_from_slice(&time.to_be_bytes());
        if let Some(at) = self.abs_at {
            packet[at..at + 3].copy_from_slice(&sent.abs_send_time);
        }
    }
}

/// A stream with its place in sequence, source and nonces.
#[derive(Debug)]
struct Sender {
    template: Template,
    ssrc: u32,
    indices: Indices,
}

impl Sender {
    /// Seals a packet into the slab.
    fn send(
        &mut self,
        (seq, time, marker): (u64, u32, bool),
        payload: &[u8],
        out: &mut Outgoing<'_>,
    ) -> Result<(), Unprotected> {
        self.indices.take(seq)?;
        let header = self.template.bytes.len();
        let length = header + payload.len() + out.sealer.tag_len();
        let packet = out.slab.datagram(out.path, length);
        self.template.write(packet, (seq as u16, time, marker), out.sent);
        let sealed = out.sealer.seal((self.ssrc, seq), header, payload, packet);
        if sealed.is_err() {
            out.slab.take_back(length);
        }
        sealed
    }
}

/// Where and with what a viewer's packets are sealed.
pub(super) struct Outgoing<'a> {
    /// When.
    pub sent: Sent,
    /// From and to where.
    pub path: Path,
    /// With the viewer's keys.
    pub sealer: &'a mut Sealer,
    /// Into this.
    pub slab: &'a mut Slab,
}

/// One line to one viewer.
#[derive(Debug)]
pub struct Line {
    sender: Sender,
    repair: Option<Sender>,
    /// What was sent by its sequence number; only when it can be repaired.
    history: Vec<Step>,
    packets: u32,
    octets: u32,
    /// RTP time of the last packet, and when what it holds was made.
    last: Option<(u32, Instant)>,
}

impl Line {
    /// A stream that was agreed on.
    pub fn new(stream: &Stream, picture: bool) -> Self {
        let sender = |payload_type: u8, ssrc: u32| Sender {
            template: Template::new(stream, (payload_type, ssrc), picture),
            ssrc,
            indices: Indices::default(),
        };
        let repair = stream.repair.filter(|_| picture);
        Self {
            sender: sender(stream.payload_type, stream.ssrc),
            repair: repair.map(|(payload_type, ssrc)| sender(payload_type, ssrc)),
            history: Vec::new(),
            packets: 0,
            octets: 0,
            last: None,
        }
    }

    /// Its source.
    pub const fn ssrc(&self) -> u32 {
        self.sender.ssrc
    }

    /// Sends a packet; one that cannot be sealed is lost.
    pub fn send(
        &mut self,
        step: Step,
        (marker, payload): (bool, &[u8]),
        made: Instant,
        out: &mut Outgoing<'_>,
    ) {
        if self.sender.send((step.seq, step.time, marker), payload, out).is_err() {
            return;
        }
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload.len() as u32);
        self.last = Some((step.time, made));
        if self.repair.is_some() {
            let at = place(step.seq);
            if self.history.is_empty() {
                self.history = vec![Step { seq: 0, time: 0, packet: 0 }; REPAIR_PACKETS_KEPT];
            }
            self.history[at] = step;
        }
    }

    /// What was sent with this sequence number, when it is still known.
    pub fn sent(&self, seq: u16) -> Option<Step> {
        let newest = self.sender.indices.newest();
        let back = u64::from((newest as u16).wrapping_sub(seq));
        let wanted = newest.checked_sub(back)?;
        self.history.get(place(wanted)).copied().filter(|step| 0 < wanted && step.seq == wanted)
    }

    /// Sends a packet again on the stream of retransmissions (RFC 4588 section 4).
    pub fn send_again(
        &mut self,
        step: Step,
        (marker, payload): (bool, &[u8]),
        scratch: &mut Vec<u8>,
        out: &mut Outgoing<'_>,
    ) {
        let Some(repair) = self.repair.as_mut() else { return };
        scratch.clear();
        scratch.extend_from_slice(&(step.seq as u16).to_be_bytes());
        scratch.extend_from_slice(payload);
        let seq = repair.indices.newest() + 1;
        // Lost once more; the viewer asks again.
        let _ = repair.send((seq, step.time, marker), scratch, out);
    }

    /// The sender report, once something was sent; `ntp` says a moment as NTP does.
    pub fn report(&self, ntp: impl Fn(Instant) -> u64) -> Option<rtcp::Sent> {
        let (rtp_time, made) = self.last?;
        Some(rtcp::Sent {
            ssrc: self.sender.ssrc,
            ntp: ntp(made),
            rtp_time,
            packets: self.packets,
            octets: self.octets,
        })
    }
}

const fn place(seq: u64) -> usize {
    (seq % REPAIR_PACKETS_KEPT as u64) as usize
}
