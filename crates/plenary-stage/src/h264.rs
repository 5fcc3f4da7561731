//! H.264 in RTP (RFC 6184): access units to packets and back, and the little that must be read
//! from inside them.

use std::sync::Arc;

use plenary_model::limits::ACCESS_UNIT_BYTES_MAX;

use crate::access_unit::{AccessUnit, Malformed};

const START_CODE: [u8; 4] = [0, 0, 0, 1];
const SLICE: u8 = 1;
const IDR: u8 = 5;
const SEI: u8 = 6;
const SPS: u8 = 7;
const PPS: u8 = 8;
const DELIMITER: u8 = 9;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;

/// Puts the payloads of one access unit together. The caller gives them in order, says where the
/// unit ends, and says when one is missing.
#[derive(Debug, Default)]
pub struct Depacketizer {
    bytes: Vec<u8>,
    in_fragment: bool,
    has_sps: bool,
    has_idr: bool,
}

impl Depacketizer {
    /// Takes the next payload of the current access unit.
    ///
    /// # Errors
    /// The unit is damaged; the caller discards the rest of it.
    pub fn push(&mut self, payload: &[u8]) -> Result<(), Malformed> {
        let (&head, rest) = payload.split_first().ok_or(Malformed::Short)?;
        match head & 0x1f {
            1..=23 => {
                if self.in_fragment {
                    return Err(Malformed::Orphan);
                }
                self.unit(payload)
            }
            STAP_A => self.aggregate(rest),
            FU_A => self.fragment(head, rest),
            other => Err(Malformed::Type(other)),
        }
    }

    /// Ends the access unit. `None` when there is nothing, or only the start of a fragment.
    pub fn finish(&mut self) -> Option<AccessUnit> {
        let done = std::mem::take(self);
        (!done.bytes.is_empty() && !done.in_fragment)
            .then_some(AccessUnit { bytes: done.bytes, keyframe: done.has_sps && done.has_idr })
    }

    /// Nothing of a unit is there.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn aggregate(&mut self, mut rest: &[u8]) -> Result<(), Malformed> {
        if self.in_fragment {
            return Err(Malformed::Orphan);
        }
        while let Some((size, tail)) = rest.split_first_chunk::<2>() {
            let size = usize::from(u16::from_be_bytes(*size));
            let unit = tail.get(..size).filter(|u| !u.is_empty()).ok_or(Malformed::Short)?;
            self.unit(unit)?;
            rest = &tail[size..];
        }
        if rest.is_empty() { Ok(()) } else { Err(Malformed::Short) }
    }

    fn fragment(&mut self, indicator: u8, rest: &[u8]) -> Result<(), Malformed> {
        let (&header, rest) = rest.split_first().ok_or(Malformed::Short)?;
        let (start, end) = (header & 0x80 != 0, header & 0x40 != 0);
        if start == self.in_fragment {
            return Err(Malformed::Orphan);
        }
        if start {
            self.unit(&[(indicator & 0xe0) | (header & 0x1f)])?;
        }
        self.room(rest.len())?;
        self.bytes.extend_from_slice(rest);
        self.in_fragment = !end;
        Ok(())
    }

    fn unit(&mut self, unit: &[u8]) -> Result<(), Malformed> {
        self.room(unit.len() + START_CODE.len())?;
        let kind = unit.first().map_or(0, |head| head & 0x1f);
        self.has_sps |= kind == SPS;
        self.has_idr |= kind == IDR;
        self.bytes.extend_from_slice(&START_CODE);
        self.bytes.extend_from_slice(unit);
        Ok(())
    }

    const fn room(&self, more: usize) -> Result<(), Malformed> {
        if ACCESS_UNIT_BYTES_MAX < self.bytes.len() + more { Err(Malformed::Large) } else { Ok(()) }
    }
}

/// The NAL units of an Annex B stream, without start codes and trailing zeros.
pub fn units(annex_b: &[u8]) -> Vec<&[u8]> {
    let mut starts = Vec::new();
    let mut at = 0;
    while let Some(found) =
        annex_b.get(at..).and_then(|tail| tail.windows(3).position(|window| window == [0, 0, 1]))
    {
        starts.push(at + found);
        at += found + 3;
    }
    let mut units = Vec::with_capacity(starts.len());
    for (index, &start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(annex_b.len());
        let body = &annex_b[start + 3..end];
        let length = body.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        if 0 < length {
            units.push(&body[..length]);
        }
    }
    units
}

/// The RTP payloads of one Annex B access unit, each at most `payload_max` bytes (at least 16).
/// Parameter sets travel together (STAP-A), large units in fragments (FU-A); access unit
/// delimiters stay behind.
pub fn packetize(access_unit: &[u8], payload_max: usize) -> Vec<Arc<[u8]>> {
    let payload_max = payload_max.max(16);
    let mut payloads = Vec::new();
    let mut small: Vec<&[u8]> = Vec::new();
    for unit in units(access_unit) {
        match unit[0] & 0x1f {
            DELIMITER => {}
            SPS | PPS | SEI if stap_length(&small) + 2 + unit.len() <= payload_max => {
                small.push(unit);
            }
            _ => {
                flush_small(&mut small, &mut payloads);
                if unit.len() <= payload_max {
                    payloads.push(unit.into());
                } else {
                    fragment_into(unit, payload_max, &mut payloads);
                }
            }
        }
    }
    flush_small(&mut small, &mut payloads);
    payloads
}

fn stap_length(units: &[&[u8]]) -> usize {
    1 + units.iter().map(|unit| 2 + unit.len()).sum::<usize>()
}

fn flush_small(small: &mut Vec<&[u8]>, payloads: &mut Vec<Arc<[u8]>>) {
    match small.as_slice() {
        [] => return,
        [only] => payloads.push((*only).into()),
        several => {
            let importance = several.iter().map(|unit| unit[0] & 0x60).max().unwrap_or(0);
            let mut payload = Vec::with_capacity(stap_length(several));
            payload.push(importance | STAP_A);
            for unit in several {
                payload.extend_from_slice(&(unit.len() as u16).to_be_bytes());
                payload.extend_from_slice(unit);
            }
            payloads.push(payload.into());
        }
    }
    small.clear();
}

fn fragment_into(unit: &[u8], payload_max: usize, payloads: &mut Vec<Arc<[u8]>>) {
    let (head, body) = (unit[0], &unit[1..]);
    let count = body.len().div_ceil(payload_max - 2);
    // Equal pieces: no runt at the end that costs a packet of its own.
    let size = body.len().div_ceil(count);
    for (index, piece) in body.chunks(size).enumerate() {
        let start = if index == 0 { 0x80 } else { 0 };
        let end = if (index + 1) * size < body.len() { 0 } else { 0x40 };
        let mut payload = Vec::with_capacity(piece.len() + 2);
        payload.push((head & 0xe0) | FU_A);
        payload.push(start | end | (head & 0x1f));
        payload.extend_from_slice(piece);
        payloads.push(payload.into());
    }
}

/// The sequence parameter set in a payload, if it carries one: where a receiver can start.
pub fn sequence_parameters(payload: &[u8]) -> Option<&[u8]> {
    match payload.first()? & 0x1f {
        SPS => Some(payload),
        STAP_A => {
            let mut rest = &payload[1..];
            while let Some((size, tail)) = rest.split_first_chunk::<2>() {
                let unit = tail.get(..usize::from(u16::from_be_bytes(*size)))?;
                if unit.first()? & 0x1f == SPS {
                    return Some(unit);
                }
                rest = &tail[unit.len()..];
            }
            None
        }
        _ => None,
    }
}

/// A payload that can only stand at the start of an access unit: after a loss, what follows it is
/// whole. A slice counts when it begins with the picture's first macroblock (H.264 section 7.3.3:
/// `first_mb_in_slice` is the first field, and zero is the single bit 1).
pub fn starts_access_unit(payload: &[u8]) -> bool {
    let starts = |kind: u8, first: Option<&u8>| match kind {
        SPS | DELIMITER | SEI => true,
        SLICE | IDR => first.is_some_and(|byte| byte & 0x80 != 0),
        _ => false,
    };
    let Some(&head) = payload.first() else { return false };
    match head & 0x1f {
        STAP_A => payload.get(3).is_some_and(|unit| starts(unit & 0x1f, payload.get(4))),
        FU_A => {
            payload.get(1).is_some_and(|fu| fu & 0x80 != 0 && starts(fu & 0x1f, payload.get(2)))
        }
        kind => starts(kind, payload.get(1)),
    }
}
