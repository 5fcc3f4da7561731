//! The head of a progressive MP4 over recorded parts: sample tables instead of fragments, so that
//! any player can seek and nothing is encoded again.

use mp4_atom::{
    Any, Co64, Codec, Decode, DecodeMaybe, Edts, Elst, ElstEntry, Encode, FourCC, Ftyp, Moof, Moov,
    Mvhd, Stbl, Stsc, StscEntry, Stsd, Stss, Stsz, StszSamples, Stts, SttsEntry, Trak,
};

/// The movie's own clock: a number that both tracks divide into whole milliseconds.
const MOVIE_HZ: u64 = 90_000;

/// The part or the init segment is damaged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not a part of a recording: {0}")]
pub struct Damaged(String);

/// Where a part's media lies inside the part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payload {
    /// First byte.
    pub offset: u64,
    /// Bytes.
    pub len: u64,
}

/// One chunk of the file: the samples of one part.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    samples: u32,
    description: u32,
}

/// One track under construction.
#[derive(Debug)]
pub struct Track {
    hz: u64,
    trak: Trak,
    codecs: Vec<Codec>,
    sizes: Vec<u32>,
    durations: Vec<u64>,
    sync: Vec<u32>,
    chunks: Vec<Chunk>,
    start: Option<u64>,
    end: u64,
}

impl Track {
    /// A track like that of an init segment.
    ///
    /// # Errors
    /// It is no init segment.
    pub fn new(init: &[u8]) -> Result<Self, Damaged> {
        let trak = trak_of(init)?;
        Ok(Self {
            hz: u64::from(trak.mdia.mdhd.timescale),
            trak,
            codecs: Vec::new(),
            sizes: Vec::new(),
            durations: Vec::new(),
            sync: Vec::new(),
            chunks: Vec::new(),
            start: None,
            end: 0,
        })
    }

    /// Takes the next part with its init segment and says which of its bytes go into the file.
    /// A hole before it is bridged: the last sample stands until the part begins.
    ///
    /// # Errors
    /// The part or the init segment is damaged.
    pub fn push(&mut self, init: &[u8], part: &[u8]) -> Result<Payload, Damaged> {
        let mut rest = part;
        let moof = Moof::decode(&mut rest).map_err(damaged)?;
        let offset = (part.len() - rest.len()) as u64 + 8;
        let fragment = moof.traf.first().ok_or_else(|| Damaged("no track".into()))?;
        let time = fragment.tfdt.as_ref().map_or(self.end, |tfdt| tfdt.base_media_decode_time);
        if let Some(last) = self.durations.last_mut() {
            *last += time.saturating_sub(self.end);
        }
        self.start.get_or_insert(time);
        self.end = self.end.max(time);
        let mut len = 0;
        let mut samples = 0;
        for sample in fragment.trun.iter().flat_map(|run| run.samples.iter()) {
            let duration = u64::from(sample.duration.unwrap_or(1));
            self.sizes.push(sample.size.unwrap_or_default());
            self.durations.push(duration);
            if sample.flags.is_none_or(|flags| flags & 0x0001_0000 == 0) {
                self.sync.push(self.sizes.len() as u32);
            }
            self.end += duration;
            len += u64::from(sample.size.unwrap_or_default());
            samples += 1;
        }
        if (part.len() as u64) < offset + len {
            return Err(Damaged("the part is cut off".into()));
        }
        let description = self.description(init)?;
        self.chunks.push(Chunk { samples, description });
        Ok(Payload { offset, len })
    }

    fn description(&mut self, init: &[u8]) -> Result<u32, Damaged> {
        let codecs = trak_of(init)?.mdia.minf.stbl.stsd.codecs;
        let codec = codecs.into_iter().next().ok_or_else(|| Damaged("no codec".into()))?;
        let known = self.codecs.iter().position(|known| *known == codec);
        let index = known.unwrap_or_else(|| {
            self.codecs.push(codec);
            self.codecs.len() - 1
        });
        Ok(index as u32 + 1)
    }

    fn start_in_movie(&self) -> u64 {
        self.start.unwrap_or_default() * MOVIE_HZ / self.hz.max(1)
    }

    fn finished(&self, id: u32, delay: u64, offsets: &[u64]) -> Trak {
        let mut trak = self.trak.clone();
        let length: u64 = self.durations.iter().sum();
        let in_movie = length * MOVIE_HZ / self.hz.max(1);
        trak.tkhd.track_id = id;
        trak.tkhd.duration = delay + in_movie;
        trak.mdia.mdhd.duration = length;
        let edit = |segment_duration, media_time| ElstEntry {
            segment_duration,
            media_time,
            media_rate: 1.into(),
        };
        if 0 < delay {
            let entries = vec![edit(delay, None), edit(in_movie, Some(0))];
            trak.edts = Some(Edts { elst: Some(Elst { entries }) });
        }
        let mut stts: Vec<SttsEntry> = Vec::new();
        for duration in &self.durations {
            let sample_delta = u32::try_from(*duration).unwrap_or(u32::MAX);
            match stts.last_mut().filter(|last| last.sample_delta == sample_delta) {
                Some(last) => last.sample_count += 1,
                None => stts.push(SttsEntry { sample_count: 1, sample_delta }),
            }
        }
        let mut stsc: Vec<StscEntry> = Vec::new();
        for (index, chunk) in self.chunks.iter().enumerate() {
            let same = stsc.last().is_some_and(|last| {
                last.samples_per_chunk == chunk.samples
                    && last.sample_description_index == chunk.description
            });
            if !same {
                stsc.push(StscEntry {
                    first_chunk: index as u32 + 1,
                    samples_per_chunk: chunk.samples,
                    sample_description_index: chunk.description,
                });
            }
        }
        let all_sync = self.sync.len() == self.sizes.len();
        trak.mdia.minf.stbl = Stbl {
            stsd: Stsd { codecs: self.codecs.clone() },
            stts: Stts { entries: stts },
            stss: (!all_sync).then(|| Stss { entries: self.sync.clone() }),
            stsc: Stsc { entries: stsc },
            stsz: Stsz { samples: StszSamples::Different { sizes: self.sizes.clone() } },
            co64: Some(Co64 { entries: offsets.to_vec() }),
            ..Default::default()
        };
        trak
    }
}

/// Everything before the media: ftyp, moov and the head of the mdat.
///
/// `order` names the track of each chunk in the order in which their payloads follow, and each
/// payload's length.
///
/// # Errors
/// A table that no box can hold.
pub fn head(tracks: &[Track], order: &[(usize, u64)]) -> Result<Vec<u8>, Damaged> {
    let media: u64 = order.iter().map(|(_, len)| len).sum();
    let size = encoded(tracks, order, 0, media)?.len() as u64;
    // Offsets have eight bytes each: the real ones do not change the size.
    encoded(tracks, order, size, media)
}

fn encoded(
    tracks: &[Track],
    order: &[(usize, u64)],
    first: u64,
    media: u64,
) -> Result<Vec<u8>, Damaged> {
    let mut offsets = vec![Vec::new(); tracks.len()];
    let mut at = first;
    for (track, len) in order {
        offsets[*track].push(at);
        at += len;
    }
    let begin = tracks.iter().map(Track::start_in_movie).min().unwrap_or_default();
    let trak: Vec<Trak> = tracks
        .iter()
        .zip(&offsets)
        .zip(1..)
        .map(|((track, offsets), id)| track.finished(id, track.start_in_movie() - begin, offsets))
        .collect();
    let brand = |name| FourCC::new(name);
    let ftyp = Ftyp {
        major_brand: brand(b"isom"),
        minor_version: 0x200,
        compatible_brands: vec![brand(b"isom"), brand(b"iso2"), brand(b"avc1"), brand(b"mp41")],
    };
    let moov = Moov {
        mvhd: Mvhd {
            timescale: MOVIE_HZ as u32,
            duration: trak.iter().map(|trak| trak.tkhd.duration).max().unwrap_or_default(),
            rate: 1.into(),
            volume: 1.into(),
            next_track_id: trak.len() as u32 + 1,
            ..Default::default()
        },
        trak,
        ..Default::default()
    };
    let mut bytes = Vec::new();
    ftyp.encode(&mut bytes).map_err(damaged)?;
    moov.encode(&mut bytes).map_err(damaged)?;
    // The long form: a day of video is beyond four gigabytes.
    bytes.extend_from_slice(&1_u32.to_be_bytes());
    bytes.extend_from_slice(b"mdat");
    bytes.extend_from_slice(&(media + 16).to_be_bytes());
    Ok(bytes)
}

fn trak_of(mut init: &[u8]) -> Result<Trak, Damaged> {
    while let Some(any) = Any::decode_maybe(&mut init).map_err(damaged)? {
        if let Any::Moov(moov) = any {
            return moov.trak.into_iter().next().ok_or_else(|| Damaged("no track".into()));
        }
    }
    Err(Damaged("no moov".into()))
}

fn damaged(error: mp4_atom::Error) -> Damaged {
    Damaged(error.to_string())
}
