//! Reads the picture's size out of an H.264 sequence parameter set (H.264 section 7.3.2.1.1).

/// Width and height in pixels after cropping; `None` when it does not parse.
pub fn picture_size(unit: &[u8]) -> Option<(u32, u32)> {
    let body = unescape(unit.get(1..)?);
    let mut bits = Bits { bytes: &body, at: 0 };
    let profile = bits.take(8)?;
    bits.take(16)?;
    bits.unsigned()?;
    let chroma = if matches!(
        profile,
        44 | 83 | 86 | 100 | 110 | 118 | 122 | 128 | 134 | 135 | 138 | 139 | 244
    ) {
        high_profile_fields(&mut bits)?
    } else {
        1
    };
    bits.unsigned()?;
    match bits.unsigned()? {
        0 => {
            bits.unsigned()?;
        }
        1 => skip_order_cycle(&mut bits)?,
        _ => {}
    }
    bits.unsigned()?;
    bits.take(1)?;
    let width = bits.unsigned()?.checked_add(1)?.checked_mul(16)?;
    let map_units = bits.unsigned()?.checked_add(1)?.checked_mul(16)?;
    let frames_only = bits.take(1)?;
    let fields = 2 - frames_only;
    let height = map_units.checked_mul(fields)?;
    if frames_only == 0 {
        bits.take(1)?;
    }
    bits.take(1)?;
    let (mut crop_x, mut crop_y) = (0u32, 0u32);
    if bits.take(1)? == 1 {
        let (left, right) = (bits.unsigned()?, bits.unsigned()?);
        let (top, bottom) = (bits.unsigned()?, bits.unsigned()?);
        let unit_x = if matches!(chroma, 1 | 2) { 2 } else { 1 };
        let unit_y = fields * if chroma == 1 { 2 } else { 1 };
        crop_x = left.checked_add(right)?.checked_mul(unit_x)?;
        crop_y = top.checked_add(bottom)?.checked_mul(unit_y)?;
    }
    let size = (width.checked_sub(crop_x)?, height.checked_sub(crop_y)?);
    (0 < size.0 && 0 < size.1).then_some(size)
}

/// The fields that only high profiles have; returns `chroma_format_idc`.
fn high_profile_fields(bits: &mut Bits<'_>) -> Option<u32> {
    let chroma = bits.unsigned()?;
    if chroma == 3 {
        bits.take(1)?;
    }
    bits.unsigned()?;
    bits.unsigned()?;
    bits.take(1)?;
    if bits.take(1)? == 1 {
        for list in 0..if chroma == 3 { 12 } else { 8 } {
            if bits.take(1)? == 1 {
                skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some(chroma)
}

fn skip_scaling_list(bits: &mut Bits<'_>, size: u32) -> Option<()> {
    let (mut last, mut next) = (8i32, 8i32);
    for _ in 0..size {
        if next != 0 {
            next = (last.wrapping_add(bits.signed()?)) & 0xff;
        }
        if next != 0 {
            last = next;
        }
    }
    Some(())
}

fn skip_order_cycle(bits: &mut Bits<'_>) -> Option<()> {
    bits.take(1)?;
    bits.unsigned()?;
    bits.unsigned()?;
    let count = bits.unsigned()?;
    if 255 < count {
        return None;
    }
    for _ in 0..count {
        bits.unsigned()?;
    }
    Some(())
}

/// Removes emulation prevention bytes (H.264 section 7.4.1).
fn unescape(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut zeros = 0;
    for &byte in bytes {
        if 2 <= zeros && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        plain.push(byte);
    }
    plain
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = *self.bytes.get(self.at / 8)?;
            value = (value << 1) | u32::from((byte >> (7 - self.at % 8)) & 1);
            self.at += 1;
        }
        Some(value)
    }

    /// Exp-Golomb code `ue(v)` (section 9.1).
    fn unsigned(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.take(1)? == 0 {
            zeros += 1;
            if 31 < zeros {
                return None;
            }
        }
        Some(((1u64 << zeros) - 1) as u32 + self.take(zeros)?)
    }

    fn signed(&mut self) -> Option<i32> {
        let code = self.unsigned()?;
        let half = (code.div_ceil(2)) as i32;
        Some(if code % 2 == 1 { half } else { -half })
    }
}
