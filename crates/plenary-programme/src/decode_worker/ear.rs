//! The sound half of a decoder process: Opus with repair of small losses, and AAC of clips.

use bytes::Bytes;

use crate::decode::DecodeError;
use crate::decode::aac::AacDecoder;
use crate::decode::opus::OpusDecoder;

/// Longest loss that is made up, in samples: 60 ms; beyond it silence is more honest.
const CONCEALED_SAMPLES_MAX: i64 = 2_880;
const SOUND_HZ: u32 = 48_000;

pub(super) struct Ear {
    opus: OpusDecoder,
    aac: Option<AacDecoder>,
    /// Where the next packet begins when none is lost.
    expected: Option<i64>,
    samples: Vec<f32>,
}

impl Ear {
    pub(super) fn new() -> Result<Self, DecodeError> {
        Ok(Self { opus: OpusDecoder::new()?, aac: None, expected: None, samples: Vec::new() })
    }

    /// A wrong configuration leaves the clip silent.
    pub(super) fn configure_aac(&mut self, config: &[u8]) {
        self.aac = AacDecoder::new(config).ok();
    }

    /// The packet's sound with that of a small loss before it, and the time of the first sample.
    pub(super) fn opus(&mut self, pts: i64, packet: &[u8]) -> Option<(i64, Bytes)> {
        self.samples.clear();
        let lost = self.expected.map_or(0, |expected| pts - expected);
        if 0 < lost && lost <= CONCEALED_SAMPLES_MAX && lost % 120 == 0 {
            let last = lost.min(960);
            if 0 < lost - last {
                self.opus.conceal((lost - last) as usize, &mut self.samples).ok()?;
            }
            self.opus.recover(packet, last as usize, &mut self.samples).ok()?;
        }
        let made_up = (self.samples.len() / 2) as i64;
        let decoded = self.opus.decode(packet, &mut self.samples).ok()?;
        self.expected = Some(pts + decoded as i64);
        Some((pts - made_up, pcm(&self.samples)))
    }

    pub(super) fn aac(&mut self, pts: i64, frame: &[u8]) -> Option<(i64, Bytes)> {
        self.samples.clear();
        let block = self.aac.as_mut()?.decode(frame, &mut self.samples).ok()?;
        // The decoder's limiter looks ahead, so what comes out belongs to a moment before.
        let pts = pts - i64::from(block.delay_samples);
        (block.rate_hz == SOUND_HZ).then(|| (pts, pcm(&self.samples)))
    }
}

fn pcm(samples: &[f32]) -> Bytes {
    let sample = |s: &f32| ((s * 32_768.0).clamp(-32_768.0, 32_767.0) as i16).to_le_bytes();
    samples.iter().flat_map(sample).collect()
}
