//! VP8 in RTP (RFC 7741): frames to packets and back, the little that must be read from inside
//! them, and counters that go on when a receiver changes to another layer.

use std::sync::Arc;

use plenary_model::frame::vp8_keyframe_size;
use plenary_model::limits::ACCESS_UNIT_BYTES_MAX;

use crate::access_unit::{AccessUnit, Malformed};

/// Descriptor that [`packetize`] writes: five flag and counter bytes behind the first.
const DESCRIPTOR_BYTES: usize = 6;
/// Picture identifiers have 15 bits, or 7 in their short form.
const PICTURE_MASK: u16 = 0x7fff;
const PICTURE_SHORT_MASK: u16 = 0x7f;

/// The payload descriptor (RFC 7741 section 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Descriptor {
    /// The payload begins a partition, and the partition is the first one: a frame begins.
    starts_frame: bool,
    /// The picture identifier and where it stands.
    picture: Option<PictureId>,
    /// `TL0PICIDX` and where it stands.
    base: Option<(u8, usize)>,
    /// Where the frame's bytes begin.
    length: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PictureId {
    value: u16,
    at: usize,
    long: bool,
}

impl Descriptor {
    /// `None`: the payload ends inside it, or has nothing behind it.
    fn parse(payload: &[u8]) -> Option<Self> {
        let head = *payload.first()?;
        let mut found = Self {
            starts_frame: head & 0x10 != 0 && head & 0x07 == 0,
            picture: None,
            base: None,
            length: 1,
        };
        if head & 0x80 != 0 {
            let flags = *payload.get(1)?;
            let mut at = 2;
            if flags & 0x80 != 0 {
                let first = *payload.get(at)?;
                let long = first & 0x80 != 0;
                let short = u16::from(first & 0x7f);
                let value =
                    if long { short << 8 | u16::from(*payload.get(at + 1)?) } else { short };
                found.picture = Some(PictureId { value, at, long });
                at += if long { 2 } else { 1 };
            }
            if flags & 0x40 != 0 {
                found.base = Some((*payload.get(at)?, at));
                at += 1;
            }
            if flags & 0x30 != 0 {
                at += 1;
            }
            found.length = at;
        }
        (found.length < payload.len()).then_some(found)
    }
}

/// A payload with which a frame begins.
pub fn starts_frame(payload: &[u8]) -> bool {
    Descriptor::parse(payload).is_some_and(|descriptor| descriptor.starts_frame)
}

/// Width and height in pixels that the first payload of a keyframe tells; `None` for any other.
pub fn keyframe_size(payload: &[u8]) -> Option<(u32, u32)> {
    let descriptor = Descriptor::parse(payload)?;
    let frame = payload.get(descriptor.length..).filter(|_| descriptor.starts_frame)?;
    vp8_keyframe_size(frame)
}

/// Puts the payloads of one frame together.
#[derive(Debug, Default)]
pub struct Depacketizer {
    bytes: Vec<u8>,
}

impl Depacketizer {
    /// Takes the next payload of the current frame.
    ///
    /// # Errors
    /// The frame is damaged; the caller discards the rest of it.
    pub fn push(&mut self, payload: &[u8]) -> Result<(), Malformed> {
        let descriptor = Descriptor::parse(payload).ok_or(Malformed::Short)?;
        match (descriptor.starts_frame, self.bytes.is_empty()) {
            (true, false) => return Err(Malformed::Inside),
            (false, true) => return Err(Malformed::Orphan),
            (true, true) | (false, false) => {}
        }
        let piece = &payload[descriptor.length..];
        if ACCESS_UNIT_BYTES_MAX < self.bytes.len() + piece.len() {
            return Err(Malformed::Large);
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// Ends the frame. `None` when there is nothing.
    pub fn finish(&mut self) -> Option<AccessUnit> {
        let bytes = std::mem::take(&mut self.bytes);
        let keyframe = vp8_keyframe_size(&bytes).is_some();
        (!bytes.is_empty()).then_some(AccessUnit { bytes, keyframe })
    }

    /// Nothing of a frame is there.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// What a sender counts.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// Of frames, 15 bits.
    pub picture: u16,
    /// Of frames of the temporal base layer (`TL0PICIDX`).
    pub base: u8,
}

/// The counters that a payload carries; those it does not carry are zero.
pub fn counters(payload: &[u8]) -> Option<Counters> {
    let descriptor = Descriptor::parse(payload)?;
    Some(Counters {
        picture: descriptor.picture.map_or(0, |picture| picture.value),
        base: descriptor.base.map_or(0, |(value, _)| value),
    })
}

/// The RTP payloads of one frame of the temporal base layer, each at most `payload_max` bytes (at
/// least 16).
pub fn packetize(frame: &[u8], payload_max: usize, counters: Counters) -> Vec<Arc<[u8]>> {
    let room = payload_max.max(16) - DESCRIPTOR_BYTES;
    let count = frame.len().div_ceil(room).max(1);
    // Equal pieces: no runt at the end that costs a packet of its own.
    let size = frame.len().div_ceil(count).max(1);
    let pieces = frame.chunks(size).enumerate().map(|(index, piece)| {
        let start = if index == 0 { 0x10 } else { 0 };
        let [high, low] = (counters.picture & PICTURE_MASK).to_be_bytes();
        let mut payload = vec![0x80 | start, 0xe0, 0x80 | high, low, counters.base, 0];
        payload.extend_from_slice(piece);
        payload.into()
    });
    pieces.collect()
}

/// Gives the frames of changing origins one unbroken row of picture identifiers and `TL0PICIDX`
/// (RFC 7741 section 4.2: both go up by one with each frame). Gaps in the origin stay gaps.
#[derive(Debug, Default)]
pub struct Continuity {
    offset: Counters,
    newest: Option<Counters>,
}

impl Continuity {
    /// From this payload on the origin is another one.
    pub fn switch(&mut self, first: &[u8]) {
        let Some((newest, first)) = self.newest.zip(counters(first)) else { return };
        self.offset = Counters {
            picture: newest.picture.wrapping_add(1).wrapping_sub(first.picture) & PICTURE_MASK,
            base: newest.base.wrapping_add(1).wrapping_sub(first.base),
        };
    }

    /// The payload as it goes out; the same memory where nothing changes in it.
    pub fn map(&mut self, payload: &Arc<[u8]>) -> Arc<[u8]> {
        let Some(descriptor) = Descriptor::parse(payload) else { return payload.clone() };
        let was = self.newest.unwrap_or_default();
        let long = descriptor.picture.is_none_or(|picture| picture.long);
        let mask = if long { PICTURE_MASK } else { PICTURE_SHORT_MASK };
        let mut out = Counters {
            picture: descriptor.picture.map_or(was.picture, |picture| {
                picture.value.wrapping_add(self.offset.picture) & mask
            }),
            base: descriptor.base.map_or(was.base, |base| base.0.wrapping_add(self.offset.base)),
        };
        let changed = self.offset != Counters::default();
        let mapped = if changed { written(payload, &descriptor, out) } else { payload.clone() };
        if self.newest.is_some() && later(was.picture, out.picture, mask) {
            // A packet that comes after later ones.
            out = was;
        }
        self.newest = Some(out);
        mapped
    }
}

/// The first picture identifier is after the second, over the end of the numbers too.
const fn later(first: u16, second: u16, mask: u16) -> bool {
    let ahead = first.wrapping_sub(second) & mask;
    0 < ahead && ahead <= mask / 2
}

fn written(payload: &[u8], descriptor: &Descriptor, counters: Counters) -> Arc<[u8]> {
    let mut bytes = payload.to_vec();
    match descriptor.picture {
        Some(PictureId { at, long: true, .. }) => {
            let [high, low] = counters.picture.to_be_bytes();
            bytes[at] = 0x80 | high;
            bytes[at + 1] = low;
        }
        Some(PictureId { at, long: false, .. }) => {
            bytes[at] = counters.picture as u8;
        }
        None => {}
    }
    if let Some((_, at)) = descriptor.base {
        bytes[at] = counters.base;
    }
    bytes.into()
}
