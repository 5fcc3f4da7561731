//! Reads an H.264 sequence parameter set (ITU-T H.264 section 7.3.2.1.1) before the decoder does,
//! so that nobody can make it allocate a giant picture.

/// Most pictures of an order cycle (ITU-T H.264 section 7.4.2.1.1).
const ORDER_CYCLE_MAX: u32 = 255;

/// What a sequence parameter set says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sps {
    /// `profile_idc`: 66 baseline, 77 main, 100 high.
    pub profile: u8,
    /// The constraint flags byte.
    pub constraints: u8,
    /// `level_idc`: ten times the level.
    pub level: u8,
    /// Width in pixels after cropping.
    pub width: u32,
    /// Height in pixels after cropping.
    pub height: u32,
    /// Only whole frames, no fields.
    pub progressive: bool,
    /// 1 is 4:2:0.
    pub chroma_format: u32,
    /// Bits per sample, the larger of luma and chroma.
    pub bits: u32,
    /// How colours are to be understood, when it says so.
    pub colour: Option<ColourDescription>,
}

/// Colour description of the VUI (ITU-T H.264 annex E).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColourDescription {
    /// Samples use all of 0 to 255.
    pub full_range: bool,
    /// `colour_primaries`; 1 is BT.709.
    pub primaries: u8,
    /// `transfer_characteristics`; 1 is BT.709.
    pub transfer: u8,
    /// `matrix_coefficients`; 1 is BT.709.
    pub matrix: u8,
}

/// The NAL units of an Annex B byte stream, without start codes and trailing zeros.
pub fn nal_units(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = after_start_code(stream);
    std::iter::from_fn(move || {
        let current = rest?;
        let next = find_start_code(current);
        rest = next.and_then(|at| after_start_code(&current[at..]));
        let mut unit = &current[..next.unwrap_or(current.len())];
        while let [shorter @ .., 0] = unit {
            unit = shorter;
        }
        Some(unit)
    })
    .filter(|unit| !unit.is_empty())
}

fn find_start_code(bytes: &[u8]) -> Option<usize> {
    bytes.windows(3).position(|w| w == [0, 0, 1])
}

fn after_start_code(bytes: &[u8]) -> Option<&[u8]> {
    find_start_code(bytes).map(|at| &bytes[at + 3..])
}

/// `nal_unit_type` of a non-empty NAL unit: 5 IDR slice, 7 SPS, 8 PPS.
pub fn nal_type(unit: &[u8]) -> u8 {
    unit.first().map_or(0, |head| head & 0x1f)
}

/// Whether a coded slice (NAL unit of type 1) is bidirectional (ITU-T H.264 table 7-6).
pub fn is_b_slice(unit: &[u8]) -> bool {
    let mut bits = Bits::new(unit.get(1..).unwrap_or_default());
    bits.unsigned().and_then(|_first_macroblock| bits.unsigned()).is_some_and(|t| t % 5 == 1)
}

impl Sps {
    /// Parses a NAL unit of type 7 with its header byte. `None` when it is cut or nonsense.
    pub fn parse(unit: &[u8]) -> Option<Self> {
        if nal_type(unit) != 7 {
            return None;
        }
        let mut bits = Bits::new(unit.get(1..)?);
        let (profile, constraints, level) =
            (bits.take(8)? as u8, bits.take(8)? as u8, bits.take(8)? as u8);
        bits.unsigned()?;
        let (mut chroma_format, mut depth) = (1, 8);
        if matches!(
            profile,
            100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135
        ) {
            (chroma_format, depth) = high_profile_fields(&mut bits)?;
        }
        skip_picture_order(&mut bits)?;
        bits.unsigned()?;
        bits.take(1)?;
        let columns = bits.unsigned()?.checked_add(1)?;
        let map_rows = bits.unsigned()?.checked_add(1)?;
        let progressive = bits.flag()?;
        if !progressive {
            bits.take(1)?;
        }
        bits.take(1)?;
        let rows = map_rows.checked_mul(if progressive { 1 } else { 2 })?;
        let crop = if bits.flag()? { crop(&mut bits)? } else { [0; 4] };
        let unit_x = if matches!(chroma_format, 1 | 2) { 2 } else { 1 };
        let unit_y = if chroma_format == 1 { 2 } else { 1 } * if progressive { 1 } else { 2 };
        let cropped = |size: u32, a: u32, b: u32, unit: u32| {
            let cut = a.checked_add(b)?.checked_mul(unit)?;
            size.checked_mul(16)?.checked_sub(cut).filter(|left| 0 < *left)
        };
        let width = cropped(columns, crop[0], crop[1], unit_x)?;
        let height = cropped(rows, crop[2], crop[3], unit_y)?;
        let colour = if bits.flag()? { colour(&mut bits)? } else { None };
        Some(Self {
            profile,
            constraints,
            level,
            width,
            height,
            progressive,
            chroma_format,
            bits: depth,
            colour,
        })
    }
}

fn crop(bits: &mut Bits<'_>) -> Option<[u32; 4]> {
    Some([bits.unsigned()?, bits.unsigned()?, bits.unsigned()?, bits.unsigned()?])
}

fn high_profile_fields(bits: &mut Bits<'_>) -> Option<(u32, u32)> {
    let chroma_format = bits.unsigned()?;
    if chroma_format == 3 {
        bits.take(1)?;
    }
    let depth = bits.unsigned()?.max(bits.unsigned()?).checked_add(8)?;
    bits.take(1)?;
    if bits.flag()? {
        for list in 0..if chroma_format == 3 { 12 } else { 8 } {
            if bits.flag()? {
                skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some((chroma_format, depth))
}

fn skip_scaling_list(bits: &mut Bits<'_>, size: u32) -> Option<()> {
    let (mut last, mut next) = (8_i64, 8_i64);
    for _ in 0..size {
        if next != 0 {
            next = (last + i64::from(bits.signed()?)).rem_euclid(256);
        }
        if next != 0 {
            last = next;
        }
    }
    Some(())
}

fn skip_picture_order(bits: &mut Bits<'_>) -> Option<()> {
    bits.unsigned()?;
    match bits.unsigned()? {
        0 => {
            bits.unsigned()?;
        }
        1 => {
            bits.take(1)?;
            bits.signed()?;
            bits.signed()?;
            let cycle = bits.unsigned()?;
            if ORDER_CYCLE_MAX < cycle {
                return None;
            }
            for _ in 0..cycle {
                bits.signed()?;
            }
        }
        _ => {}
    }
    Some(())
}

fn colour(bits: &mut Bits<'_>) -> Option<Option<ColourDescription>> {
    if bits.flag()? && bits.take(8)? == 255 {
        bits.take(32)?;
    }
    if bits.flag()? {
        bits.take(1)?;
    }
    if !bits.flag()? {
        return Some(None);
    }
    bits.take(3)?;
    let full_range = bits.flag()?;
    if !bits.flag()? {
        return Some(None);
    }
    Some(Some(ColourDescription {
        full_range,
        primaries: bits.take(8)? as u8,
        transfer: bits.take(8)? as u8,
        matrix: bits.take(8)? as u8,
    }))
}

/// Reads bits most significant first and steps over emulation prevention bytes.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    bit: u8,
    zeros: u8,
}

impl<'a> Bits<'a> {
    const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, bit: 0, zeros: 0 }
    }

    fn one(&mut self) -> Option<u32> {
        if self.bit == 0 && self.zeros == 2 && *self.bytes.get(self.at)? == 3 {
            self.at += 1;
            self.zeros = 0;
        }
        let byte = *self.bytes.get(self.at)?;
        let value = byte >> (7 - self.bit) & 1;
        self.bit += 1;
        if self.bit == 8 {
            self.bit = 0;
            self.at += 1;
            self.zeros = if byte == 0 { (self.zeros + 1).min(2) } else { 0 };
        }
        Some(value.into())
    }

    fn take(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0_u32, |value, _| Some(value << 1 | self.one()?))
    }

    fn flag(&mut self) -> Option<bool> {
        Some(self.one()? == 1)
    }

    /// `ue(v)` (ITU-T H.264 section 9.1).
    fn unsigned(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.one()? == 0 {
            zeros += 1;
            if 31 < zeros {
                return None;
            }
        }
        Some((1 << zeros) - 1 + self.take(zeros)?)
    }

    /// `se(v)` (ITU-T H.264 section 9.1.1).
    fn signed(&mut self) -> Option<i32> {
        let code = i64::from(self.unsigned()?);
        let magnitude = (code + 1) / 2;
        i32::try_from(if code % 2 == 0 { -magnitude } else { magnitude }).ok()
    }
}
