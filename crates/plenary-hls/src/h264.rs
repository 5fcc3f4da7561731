//! H.264 access units: Annex B start codes taken apart, parameter sets found.

use bytes::{BufMut, BytesMut};

const NAL_SLICES: std::ops::RangeInclusive<u8> = 1..=5;
const NAL_IDR: u8 = 5;
const NAL_SPS: u8 = 7;
const NAL_PPS: u8 = 8;
const NAL_DELIMITER: u8 = 9;
const NAL_FILLER: u8 = 12;

/// Sets of each kind that are kept: as many as an init segment can hold sequence parameter sets.
const SETS_MAX: usize = 31;

/// The parameter sets of a stream (ITU-T H.264 section 7.3.2), without start codes. There is more
/// than one of a kind where another encoder may go on in the middle of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterSets {
    /// Sequence parameter sets of at least 4 bytes, at least one.
    pub sps: Vec<Vec<u8>>,
    /// Picture parameter sets, at least one.
    pub pps: Vec<Vec<u8>>,
}

impl ParameterSets {
    /// The codec name of RFC 6381, for example `avc1.4d401f`.
    pub fn codec(&self) -> String {
        let sps = &self.sps[0];
        format!("avc1.{:02x}{:02x}{:02x}", sps[1], sps[2], sps[3])
    }

    /// The parameter sets in an access unit, before its slices, if there are whole ones of both kinds.
    pub fn find(annex_b: &[u8]) -> Option<Self> {
        let of_kind = |kind, least: usize| -> Option<Vec<Vec<u8>>> {
            let head = nal_units(annex_b).take_while(|nal| !NAL_SLICES.contains(&nal_kind(nal)));
            let all = head.filter(|nal| nal_kind(nal) == kind);
            let whole = all.filter(|nal| (least..65_536).contains(&nal.len()));
            let sets: Vec<_> = whole.take(SETS_MAX).map(<[u8]>::to_vec).collect();
            (!sets.is_empty()).then_some(sets)
        };
        Some(Self { sps: of_kind(NAL_SPS, 4)?, pps: of_kind(NAL_PPS, 1)? })
    }

    /// Whether a stream with these sets needs no others.
    pub fn hold(&self, other: &Self) -> bool {
        let all = |of: &[Vec<u8>], known: &[Vec<u8>]| of.iter().all(|set| known.contains(set));
        all(&other.sps, &self.sps) && all(&other.pps, &self.pps)
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
    fn all_parameter_sets_are_found_and_those_of_one_encoder_are_among_them() {
        let both =
            [0, 0, 1, 0x67, 1, 2, 3, 0, 0, 1, 0x68, 9, 0, 0, 1, 0x67, 4, 5, 6, 0, 0, 1, 0x68, 8];
        let sets = ParameterSets::find(&both).expect("both are there");
        assert_eq!(sets.sps, [[0x67, 1, 2, 3], [0x67, 4, 5, 6]]);
        assert_eq!(sets.pps, [[0x68, 9], [0x68, 8]]);
        let second = ParameterSets::find(&both[12..]).expect("both are there");
        assert!(sets.hold(&second) && !second.hold(&sets));
    }

    #[test]
    fn garbage_has_no_units() {
        for bytes in [&[][..], &[0], &[0, 0], &[0, 0, 1], &[0, 0, 0, 0, 0], &[7; 40]] {
            assert_eq!(nal_units(bytes).count(), 0, "{bytes:?}");
        }
    }
}
