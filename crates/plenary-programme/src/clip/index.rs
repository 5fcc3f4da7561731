//! The table of contents of an MP4 file (ISO/IEC 14496-12): which bytes are due when.

use std::fs::File;
use std::io::Cursor;

use mp4_atom::{Codec, Decode, Moov, StszSamples, Trak};
use plenary_model::limits::{
    ACCESS_UNIT_BYTES_MAX, CLIP_BYTES_MAX, CLIP_SAMPLES_MAX, CLIP_US_MAX, SOURCE_HEIGHT_MAX,
    SOURCE_WIDTH_MAX,
};

use crate::decode::sps::Sps;

use super::ClipError;
use super::boxes::read_moov;

/// MPEG-4 audio as `objectTypeIndication` (ISO/IEC 14496-1).
const MPEG4_AUDIO: u8 = 0x40;
/// AAC-LC as audio object type.
const AAC_LC: u8 = 2;

/// One picture or sound frame in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// First byte in the file.
    pub offset: u64,
    /// Length in bytes.
    pub bytes: u32,
    /// When it is due, microseconds from the start of the clip; before zero lies the sound that an
    /// AAC decoder needs to begin with and nobody hears.
    pub time_us: i64,
    /// It decodes without earlier ones.
    pub sync: bool,
}

/// A playable file.
#[derive(Debug)]
pub struct Index {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Length of one round in microseconds.
    pub duration_us: u64,
    /// Access units in decoding order.
    pub pictures: Vec<Sample>,
    /// AAC frames.
    pub sounds: Vec<Sample>,
    /// Parameter sets with start codes, to stand before keyframes.
    pub parameter_sets: Vec<u8>,
    /// Bytes of the length before each NAL unit.
    pub length_bytes: usize,
    /// AudioSpecificConfig of the sound.
    pub aac_config: Vec<u8>,
}

impl Index {
    /// Reads and checks a file.
    pub fn read(file: &File) -> Result<Self, ClipError> {
        let length = file.metadata()?.len();
        if CLIP_BYTES_MAX < length {
            return Err(ClipError::TooLarge);
        }
        let moov = Moov::decode(&mut Cursor::new(read_moov(file, length)?))
            .map_err(|_| ClipError::NotMp4("its table of contents is damaged"))?;
        let track =
            |kind: &[u8; 4]| moov.trak.iter().find(|trak| trak.mdia.hdlr.handler == kind.into());
        let Some(video) = track(b"vide") else {
            return Err(ClipError::Picture("there is no picture track"));
        };
        let movie_hz = moov.mvhd.timescale;
        let mut index = read_picture(video, movie_hz, length)?;
        if let Some(sound) = track(b"soun") {
            index.aac_config = check_sound(sound)?;
            index.sounds = samples(sound, movie_hz, length)?;
        }
        Ok(index)
    }
}

fn read_picture(video: &Trak, movie_hz: u32, file_bytes: u64) -> Result<Index, ClipError> {
    let stbl = &video.mdia.minf.stbl;
    let avcc = match stbl.stsd.codecs.as_slice() {
        [Codec::Avc1(entry)] => &entry.avcc,
        [_] => return Err(ClipError::Picture("it is another codec")),
        _ => return Err(ClipError::Picture("it changes its codec")),
    };
    let sps = avcc.sequence_parameter_sets.first().and_then(|sps| Sps::parse(sps));
    let sps = sps.ok_or(ClipError::Picture("its parameter set is damaged"))?;
    if !sps.progressive {
        return Err(ClipError::Picture("it is interlaced"));
    }
    if sps.chroma_format != 1 || sps.bits != 8 {
        return Err(ClipError::Picture("it has more than 8 bits or other colours"));
    }
    let (long, short) = (sps.width.max(sps.height), sps.width.min(sps.height));
    if SOURCE_WIDTH_MAX < long || SOURCE_HEIGHT_MAX < short {
        return Err(ClipError::PictureSize(sps.width, sps.height));
    }
    let shifts = stbl.ctts.iter().flat_map(|ctts| &ctts.entries).map(|e| e.sample_offset);
    if shifts.clone().min() != shifts.max() {
        return Err(ClipError::Picture("it has B-frames"));
    }
    let sets = avcc.sequence_parameter_sets.iter().chain(&avcc.picture_parameter_sets);
    let parameter_sets = sets.flat_map(|set| [&[0, 0, 0, 1], set.as_slice()].concat()).collect();
    let mut pictures = samples(video, movie_hz, file_bytes)?;
    // What an edit list cuts off at the start is needed for decoding, so it is due at once.
    pictures.iter_mut().for_each(|picture| picture.time_us = picture.time_us.max(0));
    if !pictures.first().is_some_and(|first| first.sync) {
        return Err(ClipError::Picture("it does not begin with a keyframe"));
    }
    let scale = u64::from(video.mdia.mdhd.timescale.max(1));
    let last = pictures.last().map_or(0, |sample| sample.time_us.unsigned_abs());
    if CLIP_US_MAX < last {
        return Err(ClipError::NotMp4("it is longer than a day"));
    }
    let table = stbl.stts.entries.last().map_or(0, |entry| u64::from(entry.sample_delta));
    Ok(Index {
        width: sps.width,
        height: sps.height,
        // Times are rounded down, so the end is rounded up.
        duration_us: last + (table * 1_000_000).div_ceil(scale).max(1_000),
        pictures,
        sounds: Vec::new(),
        parameter_sets,
        length_bytes: usize::from(avcc.length_size),
        aac_config: Vec::new(),
    })
}

fn check_sound(sound: &Trak) -> Result<Vec<u8>, ClipError> {
    let [Codec::Mp4a(entry)] = sound.mdia.minf.stbl.stsd.codecs.as_slice() else {
        return Err(ClipError::Sound("it is another codec"));
    };
    let config = &entry.esds.es_desc.dec_config;
    if config.object_type_indication != MPEG4_AUDIO {
        return Err(ClipError::Sound("it is another codec"));
    }
    let Some(specific) = &config.dec_specific else {
        return Err(ClipError::Sound("its configuration is missing"));
    };
    if specific.profile != AAC_LC {
        return Err(ClipError::Sound("it is another kind of AAC"));
    }
    if entry.audio.sample_rate.integer() != 48_000 || sound.mdia.mdhd.timescale != 48_000 {
        return Err(ClipError::Sound("it has another sampling rate"));
    }
    Ok(specific.raw.clone())
}

/// The track's samples with their places and times.
fn samples(track: &Trak, movie_hz: u32, file_bytes: u64) -> Result<Vec<Sample>, ClipError> {
    let damaged = ClipError::NotMp4("its table of contents contradicts itself");
    let stbl = &track.mdia.minf.stbl;
    let (count, size_of): (usize, Box<dyn Fn(usize) -> u32>) = match &stbl.stsz.samples {
        StszSamples::Identical { count, size } => (*count as usize, Box::new(move |_| *size)),
        StszSamples::Different { sizes } => (sizes.len(), Box::new(move |i| sizes[i])),
    };
    if CLIP_SAMPLES_MAX < count {
        return Err(ClipError::NotMp4("it has too many pictures or sounds"));
    }
    let times = times(track, movie_hz, count);
    let sync = stbl.stss.as_ref().map(|stss| &stss.entries);
    let mut out = Vec::with_capacity(count);
    for (chunk, start) in chunk_offsets(track).enumerate() {
        let mut offset = start;
        for _ in 0..samples_in_chunk(track, chunk) {
            let i = out.len();
            let (Some(time_us), true) = (times.get(i), i < count) else { break };
            let bytes = size_of(i);
            let end = offset.checked_add(u64::from(bytes)).filter(|end| *end <= file_bytes);
            let Some(end) = end.filter(|_| bytes as usize <= ACCESS_UNIT_BYTES_MAX) else {
                return Err(damaged);
            };
            let sync = sync.is_none_or(|all| all.binary_search(&(i as u32 + 1)).is_ok());
            out.push(Sample { offset, bytes, time_us: *time_us, sync });
            offset = end;
        }
    }
    if out.len() == count && 0 < count { Ok(out) } else { Err(damaged) }
}

/// Due times in microseconds.
fn times(track: &Trak, movie_hz: u32, count: usize) -> Vec<i64> {
    let stbl = &track.mdia.minf.stbl;
    let hz = i128::from(track.mdia.mdhd.timescale.max(1));
    let start_us = i128::from(start_us(track, movie_hz));
    let shift = stbl.ctts.as_ref().and_then(|ctts| ctts.entries.first());
    let mut at = shift.map_or(0, |entry| i128::from(entry.sample_offset));
    let deltas = stbl.stts.entries.iter();
    let deltas = deltas.flat_map(|e| std::iter::repeat_n(e.sample_delta, e.sample_count as usize));
    deltas
        .take(count)
        .map(|delta| {
            let time_us = start_us + at * 1_000_000 / hz;
            at += i128::from(delta);
            i64::try_from(time_us).unwrap_or(i64::MAX)
        })
        .collect()
}

/// When the track's first sample is due by its edit list (ISO/IEC 14496-12 section 8.6.6): empty
/// edits delay the track, the first other one cuts off its beginning.
fn start_us(track: &Trak, movie_hz: u32) -> i64 {
    let Some(list) = track.edts.as_ref().and_then(|edts| edts.elst.as_ref()) else { return 0 };
    let in_us = |ticks: u64, hz: u32| {
        let us = i128::from(ticks) * 1_000_000 / i128::from(hz.max(1));
        i64::try_from(us).unwrap_or(i64::MAX)
    };
    let mut start = 0i64;
    for edit in &list.entries {
        if let Some(cut) = edit.media_time {
            return start.saturating_sub(in_us(cut, track.mdia.mdhd.timescale));
        }
        start = start.saturating_add(in_us(edit.segment_duration, movie_hz));
    }
    start
}

fn chunk_offsets(track: &Trak) -> Box<dyn Iterator<Item = u64> + '_> {
    let stbl = &track.mdia.minf.stbl;
    match (&stbl.stco, &stbl.co64) {
        (Some(stco), _) => Box::new(stco.entries.iter().map(|offset| u64::from(*offset))),
        (None, Some(co64)) => Box::new(co64.entries.iter().copied()),
        (None, None) => Box::new(std::iter::empty()),
    }
}

fn samples_in_chunk(track: &Trak, chunk: usize) -> u32 {
    let entries = &track.mdia.minf.stbl.stsc.entries;
    let at = entries.partition_point(|entry| entry.first_chunk as usize <= chunk + 1);
    at.checked_sub(1).map_or(0, |at| entries[at].samples_per_chunk)
}
