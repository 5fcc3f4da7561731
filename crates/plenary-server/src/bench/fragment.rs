//! Reads the samples out of CMAF parts (ISO/IEC 14496-12), as far as our own broadcast uses it.

use anyhow::Context as _;

/// What a decoder must know of a track.
#[derive(Debug, Clone)]
pub struct Init {
    /// Ticks per second of its times.
    pub hz: u32,
    /// H.264: the parameter sets in Annex B. AAC: the AudioSpecificConfig.
    pub config: Vec<u8>,
}

/// One sample.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// Decode time in the track's ticks; nothing is reordered.
    pub time: u64,
    /// As it lies in the file.
    pub bytes: &'a [u8],
}

impl Init {
    /// Reads an init segment.
    ///
    /// # Errors
    /// A box is missing or cut off.
    pub fn parse(init: &[u8]) -> anyhow::Result<Self> {
        let media = find(init, &[*b"moov", *b"trak", *b"mdia"])?;
        let header = find(media, &[*b"mdhd"])?;
        let at = if header.first() == Some(&1) { 20 } else { 12 };
        let hz = be32(header, at)?;
        let table = find(media, &[*b"minf", *b"stbl", *b"stsd"])?;
        let entry = table.get(8..).context("stsd is cut off")?;
        let config = match find(entry, &[*b"avc1"]) {
            Ok(avc1) => {
                let children = avc1.get(78..).context("avc1 is cut off")?;
                parameter_sets(find(children, &[*b"avcC"])?)?
            }
            Err(_) => {
                let mp4a = find(entry, &[*b"mp4a"])?;
                let children = mp4a.get(28..).context("mp4a is cut off")?;
                specific_config(find(children, &[*b"esds"])?)?
            }
        };
        Ok(Self { hz, config })
    }
}

/// The samples of a part.
///
/// # Errors
/// A box is missing or cut off.
pub fn samples(part: &[u8]) -> anyhow::Result<Vec<Sample<'_>>> {
    let track = find(part, &[*b"moof", *b"traf"])?;
    let decode_time = find(track, &[*b"tfdt"])?;
    let mut time = match decode_time.first() {
        Some(1) => u64::from(be32(decode_time, 4)?) << 32 | u64::from(be32(decode_time, 8)?),
        _ => u64::from(be32(decode_time, 4)?),
    };
    let run = find(track, &[*b"trun"])?;
    let mut data = find(part, &[*b"mdat"])?;
    let flags = be32(run, 0)? & 0x00ff_ffff;
    let mut at = 8 + 4 * (flags & 0x5).count_ones() as usize;
    let mut samples = Vec::new();
    for _ in 0..be32(run, 4)? {
        anyhow::ensure!(flags & 0x300 == 0x300, "trun has no durations and sizes of its own");
        let (duration, size) = (be32(run, at)?, be32(run, at + 4)? as usize);
        at += 4 * (flags & 0xf00).count_ones() as usize;
        let (bytes, rest) = data.split_at_checked(size).context("mdat is cut off")?;
        samples.push(Sample { time, bytes });
        time += u64::from(duration);
        data = rest;
    }
    Ok(samples)
}

/// Turns length-prefixed units into Annex B.
pub fn annex_b(mut sample: &[u8], out: &mut Vec<u8>) {
    while let Some((length, rest)) = sample.split_first_chunk::<4>() {
        let length = (u32::from_be_bytes(*length) as usize).min(rest.len());
        out.extend([0, 0, 0, 1]);
        out.extend_from_slice(&rest[..length]);
        sample = &rest[length..];
    }
}

/// The body of the box at the end of a path.
fn find<'a>(mut within: &'a [u8], path: &[[u8; 4]]) -> anyhow::Result<&'a [u8]> {
    for kind in path {
        let mut rest = within;
        within = loop {
            let name = String::from_utf8_lossy(kind);
            let length = be32(rest, 0).with_context(|| format!("there is no {name}"))? as usize;
            let body = rest.get(8..length).with_context(|| format!("cut off before {name}"))?;
            if rest[4..8] == *kind {
                break body;
            }
            rest = &rest[length..];
        };
    }
    Ok(within)
}

fn be32(bytes: &[u8], at: usize) -> anyhow::Result<u32> {
    let four = bytes.get(at..at + 4).and_then(<[u8]>::first_chunk).context("a box is cut off")?;
    Ok(u32::from_be_bytes(*four))
}

/// ISO/IEC 14496-15 section 5.3.3.
fn parameter_sets(record: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = record.get(5..).context("avcC is cut off")?;
    for mask in [0x1f, 0xff] {
        let (count, mut units) = rest.split_first().context("avcC is cut off")?;
        for _ in 0..count & mask {
            let (length, tail) = units.split_first_chunk::<2>().context("avcC is cut off")?;
            let length = usize::from(u16::from_be_bytes(*length));
            let (unit, tail) = tail.split_at_checked(length).context("avcC is cut off")?;
            out.extend([0, 0, 0, 1]);
            out.extend_from_slice(unit);
            units = tail;
        }
        rest = units;
    }
    Ok(out)
}

/// ISO/IEC 14496-1 section 7.2.6: descriptors inside one another.
fn specific_config(esds: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut rest = esds.get(4..).context("esds is cut off")?;
    while let Some((tag, mut body)) = rest.split_first() {
        let mut length = 0;
        while let Some((byte, tail)) = body.split_first() {
            length = length << 7 | usize::from(byte & 0x7f);
            body = tail;
            if byte & 0x80 == 0 {
                break;
            }
        }
        rest = match tag {
            3 => body.get(3..).context("esds is cut off")?,
            4 => body.get(13..).context("esds is cut off")?,
            5 => return Ok(body.get(..length).context("esds is cut off")?.to_vec()),
            _ => body.get(length..).context("esds is cut off")?,
        };
    }
    anyhow::bail!("esds has no AudioSpecificConfig")
}
