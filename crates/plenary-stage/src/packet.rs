//! One RTP packet on its way through the stage, and the continuity of a slot that changes what it
//! carries.

use std::sync::Arc;
use std::time::{Duration, Instant};

use plenary_model::frame::{SenderReport, TrackKind};

/// A packet that came from a seat, unprotected and with extended counters.
#[derive(Debug, Clone)]
pub struct Packet {
    /// What it carries.
    pub kind: TrackKind,
    /// Extended sequence number.
    pub seq: u64,
    /// Extended RTP time.
    pub time: u64,
    /// Last packet of a picture.
    pub marker: bool,
    /// Shared by everybody who gets it.
    pub payload: Arc<[u8]>,
    /// Sound level in dBov (RFC 6464), negative.
    pub level_db: Option<i8>,
    /// Newest sender report of the track.
    pub report: Option<SenderReport>,
    /// When it came.
    pub arrival: Instant,
}

impl Packet {
    /// Clock of its RTP time.
    pub const fn clock_hz(&self) -> u64 {
        clock_hz(self.kind)
    }
}

/// Clock of a track's RTP time.
pub const fn clock_hz(kind: TrackKind) -> u64 {
    match kind {
        TrackKind::Picture(_) => 90_000,
        TrackKind::Opus => 48_000,
    }
}

/// A span in units of a clock.
pub fn span_ticks(span: Duration, clock_hz: u64) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX).saturating_mul(clock_hz) / 1_000_000
}

#[derive(Debug, Clone, Copy)]
struct Anchor {
    seq_in: u64,
    seq_out: u64,
    time_in: u64,
    time_out: u64,
}

/// Gives the packets of changing origins one unbroken row of sequence numbers and times. Gaps in
/// the origin stay gaps, so that the receiver asks for what is missing.
#[derive(Debug, Default)]
pub struct Rewriter {
    anchor: Option<Anchor>,
    seq_last: u64,
    time_last: u64,
    sent_last: Option<Instant>,
}

impl Rewriter {
    /// From this packet on the origin is another one; earlier packets of it are not mapped.
    pub fn switch(&mut self, first: &Packet) {
        let time_out = match self.sent_last {
            None => first.time & 0xffff_ffff,
            Some(sent) => {
                let passed = first.arrival.saturating_duration_since(sent);
                self.time_last.wrapping_add(span_ticks(passed, first.clock_hz()).max(1))
            }
        };
        self.anchor = Some(Anchor {
            seq_in: first.seq,
            seq_out: self.seq_last + 1,
            time_in: first.time,
            time_out,
        });
    }

    /// Nothing is mapped until the next [`Self::switch`].
    pub const fn pause(&mut self) {
        self.anchor = None;
    }

    /// This packet of the origin is left out. When it is the newest it leaves no gap, and earlier ones
    /// are not mapped any more.
    pub const fn leave_out(&mut self, packet: &Packet) {
        let Some(anchor) = &mut self.anchor else { return };
        if let Some(after) = packet.seq.checked_sub(anchor.seq_in)
            && self.seq_last < anchor.seq_out + after
        {
            anchor.seq_in = packet.seq + 1;
            anchor.seq_out = self.seq_last + 1;
        }
    }

    /// Sequence number and time of a packet on the way out; `None` when it belongs to the time
    /// before the switch.
    pub fn map(&mut self, packet: &Packet) -> Option<(u64, u32)> {
        let anchor = self.anchor?;
        let seq = anchor.seq_out + packet.seq.checked_sub(anchor.seq_in)?;
        let time = anchor.time_out.wrapping_add(packet.time.wrapping_sub(anchor.time_in));
        if self.seq_last < seq {
            self.seq_last = seq;
            self.time_last = time;
            self.sent_last = Some(packet.arrival);
        }
        Some((seq, time as u32))
    }
}
