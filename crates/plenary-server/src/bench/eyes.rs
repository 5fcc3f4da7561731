//! Decodes followed parts: pictures with their marks, and sound.

use std::collections::BTreeMap;

use plenary_model::scene::Tile;
use plenary_programme::canvas::Plane;
use plenary_programme::decode::aac::AacDecoder;
use plenary_programme::decode::h264::H264Decoder;

use super::follow::{Arrived, wall_ms};
use super::fragment::{self, Init};
use super::web::Web;
use crate::demo::marker::{self, Mark};

/// Init segments by path.
#[derive(Debug, Default)]
struct Inits(BTreeMap<String, Init>);

impl Inits {
    fn get(&mut self, web: &Web, path: &str) -> anyhow::Result<&Init> {
        if !self.0.contains_key(path) {
            let init = Init::parse(&web.get(path)?.ok()?.body)?;
            self.0.insert(path.to_owned(), init);
        }
        Ok(&self.0[path])
    }
}

/// One decoded picture of the programme.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its time, in milliseconds since the programme's beginning.
    pub programme_ms: f64,
    /// The same in milliseconds since 1970, as EXT-X-PROGRAM-DATE-TIME has it.
    pub date_ms: f64,
    /// What the marks in the asked tiles say.
    pub marks: Vec<Option<Mark>>,
    /// Its mean luma: 16 is black.
    pub light: f64,
    /// When it was decoded, in milliseconds since 1970.
    pub at_ms: f64,
}

impl Seen {
    /// What the mark in the first tile says.
    pub fn mark(&self) -> Option<Mark> {
        self.marks.first().copied().flatten()
    }
}

/// Decodes the pictures of one rendition.
pub struct Eyes {
    web: Web,
    inits: Inits,
    decoder: H264Decoder,
}

impl Eyes {
    /// Eyes for a broadcast of this server.
    ///
    /// # Errors
    /// The decoder cannot be made.
    pub fn new(web: Web) -> anyhow::Result<Self> {
        Ok(Self { web, inits: Inits::default(), decoder: H264Decoder::new()? })
    }

    /// Decodes a part and reads the marks in `tiles`. Pictures before the first keyframe are left
    /// out.
    ///
    /// # Errors
    /// The part is not what our own broadcast makes, or does not decode.
    pub fn see(&mut self, part: &Arrived, tiles: &[Tile]) -> anyhow::Result<Vec<Seen>> {
        let init = self.inits.get(&self.web, &part.init)?;
        let to_ms = |ticks: u64| ticks as f64 * 1_000.0 / f64::from(init.hz);
        let samples = fragment::samples(&part.bytes)?;
        let first_ms = samples.first().map_or(0.0, |first| to_ms(first.time));
        let mut seen = Vec::new();
        let mut unit = Vec::new();
        for (index, sample) in samples.iter().enumerate() {
            unit.clear();
            if index == 0 && part.part == 0 {
                unit.extend_from_slice(&init.config);
            }
            fragment::annex_b(sample.bytes, &mut unit);
            let picture = match self.decoder.decode(&unit) {
                Ok(Some(picture)) => picture,
                Ok(None) | Err(plenary_programme::decode::DecodeError::WaitForKeyframe) => continue,
                Err(error) => return Err(error.into()),
            };
            let programme_ms = to_ms(sample.time);
            seen.push(Seen {
                programme_ms,
                date_ms: part.begins_ms + programme_ms - first_ms,
                light: mean(&picture.y),
                marks: tiles.iter().map(|tile| marker::read(&picture.y, *tile)).collect(),
                at_ms: wall_ms(),
            });
        }
        Ok(seen)
    }
}

/// Mean of every fourth row.
fn mean(luma: &Plane<'_>) -> f64 {
    let rows = (0..luma.height()).step_by(4);
    let (count, sum) = rows
        .flat_map(|y| luma.row(y))
        .fold((0_u64, 0_u64), |(count, sum), sample| (count + 1, sum + u64::from(*sample)));
    sum as f64 / count.max(1) as f64
}

/// Decodes the sound.
pub struct Ears {
    web: Web,
    inits: Inits,
    decoder: Option<AacDecoder>,
    /// Left samples in order, each stretch with the sample time of its first.
    pub heard: Vec<(u64, Vec<f32>)>,
}

impl Ears {
    /// Ears for a broadcast of this server.
    pub fn new(web: Web) -> Self {
        Self { web, inits: Inits::default(), decoder: None, heard: Vec::new() }
    }

    /// Decodes a part and keeps what is heard.
    ///
    /// # Errors
    /// The part is not what our own broadcast makes, or does not decode.
    pub fn hear(&mut self, part: &Arrived) -> anyhow::Result<()> {
        let init = self.inits.get(&self.web, &part.init)?;
        let decoder = match &mut self.decoder {
            Some(decoder) => decoder,
            none => none.insert(AacDecoder::new(&init.config)?),
        };
        for sample in fragment::samples(&part.bytes)? {
            let mut stereo = Vec::new();
            let block = decoder.decode(sample.bytes, &mut stereo)?;
            let Some(time) = sample.time.checked_sub(u64::from(block.delay_samples)) else {
                continue;
            };
            let left = stereo.chunks_exact(2).map(|pair| pair[0]);
            match self.heard.last_mut() {
                Some((start, known)) if *start + known.len() as u64 == time => known.extend(left),
                _ => self.heard.push((time, left.collect())),
            }
        }
        Ok(())
    }
}
