//! Finds the table of contents of an MP4 file and leaves of it what playing needs, so that its
//! reader meets a bounded number of small boxes: one of eight bytes can cost it a hundred times as
//! many.

use std::fs::File;
use std::os::unix::fs::FileExt;

use plenary_model::limits::{CLIP_BOXES_MAX, CLIP_DESCRIPTION_BYTES_MAX, CLIP_INDEX_BYTES_MAX};

use super::ClipError;

const CUT_SHORT: ClipError = ClipError::NotMp4("it is cut short");
const IN_FRAGMENTS: ClipError = ClipError::NotMp4("it is in fragments");
const DAMAGED: ClipError = ClipError::NotMp4("its table of contents is damaged");

/// The head of a box.
struct Head {
    kind: [u8; 4],
    /// Bytes of the head.
    head: usize,
    /// Bytes of the whole box.
    bytes: u64,
}

/// Reads the head at the front of `bytes`, of which at least eight are there; the box ends at most
/// `left` bytes after its beginning.
fn head(bytes: &[u8], left: u64) -> Option<Head> {
    let (size, rest) = bytes.split_first_chunk::<4>()?;
    let (kind, rest) = rest.split_first_chunk::<4>()?;
    let (head, bytes) = match u32::from_be_bytes(*size) {
        0 => (8, left),
        1 => (16, u64::from_be_bytes(*rest.first_chunk::<8>()?)),
        bytes => (8, u64::from(bytes)),
    };
    (head as u64 <= bytes && bytes <= left).then_some(Head { kind: *kind, head, bytes })
}

/// The `moov` box of a file, wherever it stands, without what playing does not need.
pub fn read_moov(file: &File, length: u64) -> Result<Vec<u8>, ClipError> {
    let (mut at, mut boxes) = (0, 0);
    while at + 8 <= length {
        let mut start = [0; 16];
        let known = usize::try_from(length - at).map_or(16, |left| left.min(16));
        file.read_exact_at(&mut start[..known], at)?;
        let found = head(&start[..known], length - at).ok_or(CUT_SHORT)?;
        count(&mut boxes)?;
        match &found.kind {
            b"moov" => {
                let bytes = usize::try_from(found.bytes).unwrap_or(usize::MAX);
                if CLIP_INDEX_BYTES_MAX < bytes {
                    return Err(ClipError::NotMp4("its table of contents is too long"));
                }
                let mut whole = vec![0; bytes];
                file.read_exact_at(&mut whole, at)?;
                let mut plain = Vec::with_capacity(bytes);
                keep(*b"moov", &whole[found.head..], &mut plain, &mut boxes)?;
                return Ok(plain);
            }
            b"moof" => return Err(IN_FRAGMENTS),
            _ => at += found.bytes,
        }
    }
    Err(ClipError::NotMp4("it has no table of contents"))
}

fn count(boxes: &mut usize) -> Result<(), ClipError> {
    *boxes += 1;
    if CLIP_BOXES_MAX < *boxes {
        return Err(ClipError::NotMp4("it has too many boxes"));
    }
    Ok(())
}

/// Writes a container box with those of its children that playing needs.
fn keep(
    container: [u8; 4],
    mut content: &[u8],
    out: &mut Vec<u8>,
    boxes: &mut usize,
) -> Result<(), ClipError> {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&container);
    // Some writers end a container with a few zeros.
    while 8 <= content.len() {
        let found = head(content, content.len() as u64).ok_or(DAMAGED)?;
        let (child, rest) = content.split_at(found.bytes as usize);
        let body = &child[found.head..];
        count(boxes)?;
        match (&container, &found.kind) {
            (b"moov", b"mvex") => return Err(IN_FRAGMENTS),
            (b"moov", b"trak")
            | (b"trak", b"edts" | b"mdia")
            | (b"mdia", b"minf")
            | (b"minf", b"stbl") => keep(found.kind, body, out, boxes)?,
            (b"stbl", b"stts" | b"ctts" | b"stss" | b"stsc" | b"stsz" | b"stco" | b"co64") => {
                write(found.kind, body, out);
            }
            (b"moov", b"mvhd")
            | (b"trak", b"tkhd")
            | (b"edts", b"elst")
            | (b"mdia", b"mdhd" | b"hdlr")
            | (b"minf", b"vmhd" | b"smhd" | b"nmhd" | b"sthd" | b"hmhd" | b"dinf")
            | (b"stbl", b"stsd") => {
                if CLIP_DESCRIPTION_BYTES_MAX < body.len() {
                    return Err(ClipError::NotMp4("a description in it is too long"));
                }
                write(found.kind, body, out);
            }
            _ => {}
        }
        content = rest;
    }
    let bytes = (out.len() - start) as u32;
    out[start..start + 4].copy_from_slice(&bytes.to_be_bytes());
    Ok(())
}

fn write(kind: [u8; 4], body: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(8 + body.len() as u32).to_be_bytes());
    out.extend_from_slice(&kind);
    out.extend_from_slice(body);
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::fd::FromRawFd as _;

    use super::*;

    /// A file in memory.
    fn file(bytes: &[u8]) -> File {
        // SAFETY: the name is a C string; the call gives a new descriptor or -1.
        let fd = unsafe { libc::memfd_create(c"clip".as_ptr(), libc::MFD_CLOEXEC) };
        assert!(0 <= fd, "a file in memory");
        // SAFETY: the descriptor is new and belongs to nobody else.
        let mut file = unsafe { File::from_raw_fd(fd) };
        file.write_all(bytes).expect("space for it");
        file
    }

    fn read(bytes: &[u8]) -> Result<Vec<u8>, String> {
        read_moov(&file(bytes), bytes.len() as u64).map_err(|error| error.to_string())
    }

    fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        write(*kind, body, &mut out);
        out
    }

    #[test]
    fn what_playing_does_not_need_is_left_out() {
        let needed = [boxed(b"mvhd", b"head"), boxed(b"trak", &boxed(b"tkhd", b"track"))].concat();
        let more = [&needed[..], &boxed(b"udta", b"a name"), &boxed(b"meta", &[0; 90]), &[0; 4]];
        let clip = [boxed(b"free", b"room"), boxed(b"moov", &more.concat())].concat();
        assert_eq!(read(&clip), Ok(boxed(b"moov", &needed)));
    }

    #[test]
    fn a_file_of_many_small_boxes_is_refused() {
        let crowd = boxed(b"free", b"").repeat(CLIP_BOXES_MAX + 1);
        for clip in [crowd.clone(), boxed(b"moov", &crowd)] {
            let refused = "the file is not a whole MP4 file (it has too many boxes)";
            assert_eq!(read(&clip), Err(refused.to_owned()));
        }
    }

    #[test]
    fn only_the_tables_of_samples_may_be_long() {
        let long = vec![0; CLIP_DESCRIPTION_BYTES_MAX + 1];
        let within = |kind: &[u8; 4]| {
            [b"stbl", b"minf", b"mdia", b"trak", b"moov"]
                .iter()
                .fold(boxed(kind, &long), |inner, container| boxed(container, &inner))
        };
        assert_eq!(read(&within(b"stsz")), Ok(within(b"stsz")));
        let refused = "the file is not a whole MP4 file (a description in it is too long)";
        assert_eq!(read(&within(b"stsd")), Err(refused.to_owned()));
    }
}
