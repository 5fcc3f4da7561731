//! Reads the FLV stream of an encoder process: the smallest container that says how long each
//! picture is and when, so that none waits for the next one to be known as whole.

use std::io::{self, Read};

use plenary_model::limits::ACCESS_UNIT_BYTES_MAX;

/// Bytes of the stream's head, with the length of no tag before the first.
const HEAD: usize = 13;
/// Bytes of a tag's head.
const TAG_HEAD: usize = 11;
/// Bytes after a tag that repeat its length.
const TAG_TAIL: usize = 4;
const TAG_SCRIPT: u8 = 18;
const TAG_VIDEO: u8 = 9;
/// The codec number of H.264 in the low half of a video tag's first byte.
const CODEC_H264: u8 = 7;
const PACKET_SETS: u8 = 0;
const PACKET_PICTURE: u8 = 1;
const PACKET_END: u8 = 2;
const START_CODE: [u8; 4] = [0, 0, 0, 1];
const NAL_IDR: u8 = 5;
/// Remarks of the encoder and delimiters, which no decoder of ours needs.
const NAL_LEFT_OUT: [u8; 2] = [6, 9];

/// One picture of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    /// Milliseconds since the first picture; goes round with 32 bits.
    pub(super) ms: u32,
    /// It decodes without earlier ones.
    pub(super) idr: bool,
    /// Annex B; an IDR has all parameter sets before it.
    pub(super) bytes: Vec<u8>,
}

/// The pictures of a stream.
#[derive(Debug)]
pub(super) struct Units<R> {
    from: R,
    sets: Vec<u8>,
    also: Vec<u8>,
}

impl<R: Read> Units<R> {
    /// Reads the stream's head. Each IDR has the parameter sets `also` (Annex B) after its own.
    pub(super) fn open(mut from: R, also: Vec<u8>) -> io::Result<Self> {
        let head: [u8; HEAD] = read(&mut from)?;
        if !head.starts_with(b"FLV") {
            return Err(malformed());
        }
        Ok(Self { from, sets: Vec::new(), also })
    }

    /// Waits for the next picture; an error at the end of the stream too.
    pub(super) fn next(&mut self) -> io::Result<Unit> {
        loop {
            let head: [u8; TAG_HEAD] = read(&mut self.from)?;
            let length = u32::from_be_bytes([0, head[1], head[2], head[3]]) as usize;
            if ACCESS_UNIT_BYTES_MAX < length {
                return Err(malformed());
            }
            let mut body = vec![0; length];
            self.from.read_exact(&mut body)?;
            let _: [u8; TAG_TAIL] = read(&mut self.from)?;
            match head[0] {
                TAG_SCRIPT => continue,
                TAG_VIDEO => {}
                _ => return Err(malformed()),
            }
            let [kind, packet, _, _, _, data @ ..] = &body[..] else { return Err(malformed()) };
            if kind & 0x8f != CODEC_H264 {
                return Err(malformed());
            }
            match *packet {
                PACKET_SETS => self.sets = sets(data).ok_or_else(malformed)?,
                PACKET_PICTURE => {
                    let ms = u32::from_be_bytes([head[7], head[4], head[5], head[6]]);
                    return self.unit(ms, data).ok_or_else(malformed);
                }
                PACKET_END => return Err(io::ErrorKind::UnexpectedEof.into()),
                _ => return Err(malformed()),
            }
        }
    }

    fn unit(&self, ms: u32, mut data: &[u8]) -> Option<Unit> {
        let mut bytes = Vec::with_capacity(data.len() + self.sets.len());
        let mut idr = false;
        while !data.is_empty() {
            let (length, rest) = data.split_first_chunk::<4>()?;
            let (nal, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
            data = rest;
            let kind = nal.first()? & 0x1f;
            if NAL_LEFT_OUT.contains(&kind) {
                continue;
            }
            if kind == NAL_IDR && !idr {
                idr = true;
                bytes.extend_from_slice(&self.sets);
                bytes.extend_from_slice(&self.also);
            }
            bytes.extend_from_slice(&START_CODE);
            bytes.extend_from_slice(nal);
        }
        let undescribed = idr && self.sets.is_empty();
        (!bytes.is_empty() && !undescribed).then_some(Unit { ms, idr, bytes })
    }
}

/// The parameter sets of an AVCDecoderConfigurationRecord with lengths of four bytes (ISO/IEC
/// 14496-15 section 5.3.3) as Annex B.
fn sets(record: &[u8]) -> Option<Vec<u8>> {
    let (head, mut rest) = record.split_first_chunk::<5>()?;
    if head[4] & 3 != 3 {
        return None;
    }
    let mut out = Vec::new();
    for mask in [0x1f, 0xff] {
        let (count, mut after) = rest.split_first()?;
        for _ in 0..count & mask {
            let (length, sets) = after.split_first_chunk::<2>()?;
            let (set, left) = sets.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            out.extend_from_slice(&START_CODE);
            out.extend_from_slice(set);
            after = left;
        }
        rest = after;
    }
    (!out.is_empty()).then_some(out)
}

fn read<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn malformed() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(kind: u8, ms: u32, body: &[u8]) -> Vec<u8> {
        let length = (body.len() as u32).to_be_bytes();
        let time = ms.to_be_bytes();
        let head = [kind, length[1], length[2], length[3], time[1], time[2], time[3], time[0]];
        [&head[..], &[0; 3], body, &[0; 4]].concat()
    }

    fn stream(tags: &[Vec<u8>]) -> Vec<u8> {
        [b"FLV\x01\x01\0\0\0\x09\0\0\0\0".to_vec(), tags.concat()].concat()
    }

    const RECORD: [u8; 18] = [0x17, 0, 0, 0, 0, 1, 77, 64, 31, 0xff, 0xe1, 0, 2, 0x67, 1, 1, 0, 1];

    #[test]
    fn pictures_come_out_with_their_times_and_an_idr_with_its_parameter_sets() {
        let record = [&RECORD[..], &[0x68]].concat();
        let idr = [0x17, 1, 0, 0, 0, 0, 0, 0, 2, 6, 9, 0, 0, 0, 2, 0x65, 7];
        let other = [0x27, 1, 0, 0, 0, 0, 0, 0, 2, 0x41, 8];
        let tags =
            [tag(18, 0, b"meta"), tag(9, 0, &record), tag(9, 33, &idr), tag(9, 1 << 24, &other)];
        let bytes = stream(&tags);
        let also = vec![0, 0, 1, 0x67, 9];
        let mut units = Units::open(&bytes[..], also).expect("a head");
        let first = units.next().expect("a picture");
        assert_eq!((first.ms, first.idr), (33, true));
        let own = [0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68];
        assert_eq!(first.bytes, [&own[..], &[0, 0, 1, 0x67, 9, 0, 0, 0, 1, 0x65, 7]].concat());
        let second = units.next().expect("a picture");
        assert_eq!((second.ms, second.idr), (1 << 24, false));
        assert_eq!(second.bytes, [0, 0, 0, 1, 0x41, 8]);
        assert_eq!(units.next().expect_err("the end").kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn what_is_cut_too_long_or_something_else_is_an_error() {
        let cut = tag(9, 0, &[0x27, 1, 0, 0, 0, 0, 0, 0, 9, 0x41]);
        let other_codec = tag(9, 0, &[0x94, 1, 0, 0, 0, 0, 0, 0, 1, 0x41]);
        let no_sets = tag(9, 0, &[0x17, 1, 0, 0, 0, 0, 0, 0, 1, 0x65]);
        let sound = tag(8, 0, &[0; 8]);
        let long = [9, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0].to_vec();
        for tag in [cut, other_codec, no_sets, sound, long] {
            let bytes = stream(std::slice::from_ref(&tag));
            let mut units = Units::open(&bytes[..], Vec::new()).expect("a head");
            let error = units.next().expect_err("no picture");
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{tag:?}");
        }
        assert!(Units::open(&b"ffmpeg version"[..], Vec::new()).is_err());
    }
}
