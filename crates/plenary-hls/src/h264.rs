//! H.264 access units: Annex B start codes taken apart, parameter sets found.

use bytes::{BufMut, BytesMut};

const NAL_IDR: u8 = 5;
const NAL_SPS: u8 = 7;
const NAL_PPS: u8 = 8;
const NAL_DELIMITER: u8 = 9;
const NAL_FILLER: u8 = 12;

/// The parameter sets of a stream (ITU-T H.264 section 7.3.2), without start codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterSets {
    /// Sequence parameter set, at least 4 bytes.
    pub sps: Vec<u8>,
    /// Picture parameter set.
    pub pps: Vec<u8>,
}

impl ParameterSets {
    /// The codec name of RFC 6381, for example `avc1.4d401f`.
    pub fn codec(&self) -> String {
        format!("avc1.{:02x}{:02x}{:02x}", self.sps[1], self.sps[2], self.sps[3])
    }

    /// The first parameter sets in an access unit, if both are there and whole.
    pub fn find(annex_b: &[u8]) -> Option<Self> {
        let of_kind = |kind| nal_units(annex_b).find(|nal| nal_kind(nal) == kind);
        let sps = of_kind(NAL_SPS).filter(|sps| 4 <= sps.len() && sps.len() < 65_536)?;
        let pps = of_kind(NAL_PPS).filter(|pps| pps.len() < 65_536)?;
        Some(Self { sps: sps.to_vec(), pps: pps.to_vec() })
    }
}

/// Does the access unit hold an IDR slice?
pub fn is_idr(annex_b: &[u8]) -> bool {
    nal_units(annex_b).any(|nal| nal_kind(nal) == NAL_IDR)
}

/// The access unit with 4-byte lengths in the place of start codes (ISO/IEC 14496-15), without
/// what lives in the init segment or says nothing to a decoder.
pub fn length_prefixed(annex_b: &[u8]) -> BytesMut {
    let mut sample = BytesMut::with_capacity(annex_b.len() + 16);
    for nal in nal_units(annex_b) {
        if matches!(nal_kind(nal), NAL_SPS | NAL_PPS | NAL_DELIMITER | NAL_FILLER) {
            continue;
        }
        sample.put_u32(nal.len() as u32);
        sample.put_slice(nal);
    }
    sample
}

/// The NAL units of an access unit, none empty, without start codes and trailing zeros.
pub fn nal_units(annex_b: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = after_start_code(annex_b).unwrap_or_default();
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = find_start_code(rest).unwrap_or(rest.len());
            let nal = without_trailing_zeros(&rest[..end]);
            rest = rest.get(end + 3..).unwrap_or_default();
            if !nal.is_empty() {
                return Some(nal);
            }
        }
        None
    })
}

fn nal_kind(nal: &[u8]) -> u8 {
    nal.first().map_or(0, |byte| byte & 0x1f)
}

fn after_start_code(bytes: &[u8]) -> Option<&[u8]> {
    find_start_code(bytes).and_then(|at| bytes.get(at + 3..))
}

fn find_start_code(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at + 3 <= bytes.len() {
        // The third byte decides how far to skip: most windows hold no zero there.
        match bytes[at + 2] {
            0 => at += 1,
            1 if bytes[at] == 0 && bytes[at + 1] == 0 => return Some(at),
            _ => at += 3,
        }
    }
    None
}

fn without_trailing_zeros(nal: &[u8]) -> &[u8] {
    let end = nal.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    &nal[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_and_four_byte_start_codes_part_the_units() {
        let unit = [0, 0, 0, 1, 0x67, 1, 2, 3, 0, 0, 1, 0x68, 9, 0, 0, 0, 1, 0x65, 0, 0, 3, 1];
        let units: Vec<&[u8]> = nal_units(&unit).collect();
        assert_eq!(units, [&[0x67, 1, 2, 3][..], &[0x68, 9], &[0x65, 0, 0, 3, 1]]);
        assert!(is_idr(&unit));
        assert_eq!(&length_prefixed(&unit)[..], [0, 0, 0, 5, 0x65, 0, 0, 3, 1]);
        let sets = ParameterSets::find(&unit).expect("both are there");
        assert_eq!(sets.codec(), "avc1.010203");
    }

    #[test]
    fn garbage_has_no_units() {
        for bytes in [&[][..], &[0], &[0, 0], &[0, 0, 1], &[0, 0, 0, 0, 0], &[7; 40]] {
            assert_eq!(nal_units(bytes).count(), 0, "{bytes:?}");
        }
    }
}
