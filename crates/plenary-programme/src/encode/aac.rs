//! The AAC-LC encoder of the broadcast: fdk-aac, 48 kHz stereo, raw frames.

use bytes::Bytes;
use fdk_aac::enc::{AudioObjectType, BitRate, ChannelMode, Encoder, EncoderParams, Transport};

use super::EncodeError;

const CODEC: &str = "AAC";
/// Samples per channel of one AAC-LC frame (ISO/IEC 14496-3 section 4.5.1).
pub const FRAME_SAMPLES: usize = 1_024;
const CHANNELS: usize = 2;
/// Room for one frame: 6 144 bits per channel at most (ISO/IEC 14496-3 section 4.5.3.2).
const FRAME_BYTES_MAX: usize = 2_048;

/// One encoded frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AacFrame {
    /// When its decoded sound belongs, in samples since the first that was given in; the encoder's
    /// delay is taken off, so the first frames begin before zero and can be left out.
    pub start_samples: i64,
    /// Raw frame without ADTS.
    pub bytes: Bytes,
}

/// An AAC-LC encoder that takes blocks of any length.
pub struct AacEncoder {
    encoder: Encoder,
    delay_samples: u32,
    config: Bytes,
    waiting: Vec<i16>,
    frames_out: i64,
}

impl AacEncoder {
    /// Makes an encoder for interleaved stereo at 48 kHz.
    pub fn new(bits_per_second: u32) -> Result<Self, EncodeError> {
        let refused = |code: i64| EncodeError::Settings { codec: CODEC, code };
        let encoder = Encoder::new(EncoderParams {
            bit_rate: BitRate::Cbr(bits_per_second),
            sample_rate: plenary_model::time::SOUND_HZ as u32,
            transport: Transport::Raw,
            channels: ChannelMode::Stereo,
            audio_object_type: AudioObjectType::Mpeg4LowComplexity,
        })
        .map_err(|_| refused(-1))?;
        let info = encoder.info().map_err(|_| refused(-2))?;
        if info.frameLength as usize != FRAME_SAMPLES {
            return Err(refused(i64::from(info.frameLength)));
        }
        let config = info.confBuf.get(..info.confSize as usize).ok_or_else(|| refused(-3))?;
        Ok(Self {
            delay_samples: info.nDelay,
            config: Bytes::copy_from_slice(config),
            encoder,
            waiting: Vec::with_capacity(2 * FRAME_SAMPLES * CHANNELS),
            frames_out: 0,
        })
    }

    /// How far decoded sound lags behind what was given in, in samples per channel.
    pub const fn delay_samples(&self) -> u32 {
        self.delay_samples
    }

    /// The AudioSpecificConfig that a decoder needs (ISO/IEC 14496-3 section 1.6.2.1).
    pub fn config(&self) -> &Bytes {
        &self.config
    }

    /// Takes interleaved stereo samples (full scale is 1.0) and appends the frames that are ready.
    pub fn encode(&mut self, samples: &[f32], out: &mut Vec<AacFrame>) -> Result<(), EncodeError> {
        self.waiting.extend(samples.iter().map(|&sample| to_i16(sample)));
        let mut taken = 0;
        while FRAME_SAMPLES * CHANNELS <= self.waiting.len() - taken {
            let block = &self.waiting[taken..taken + FRAME_SAMPLES * CHANNELS];
            let mut bytes = [0; FRAME_BYTES_MAX];
            let done = self
                .encoder
                .encode(block, &mut bytes)
                .map_err(|_| EncodeError::Failed { codec: CODEC, code: -1 })?;
            if done.input_consumed != block.len() {
                let code = done.input_consumed as i64;
                return Err(EncodeError::Failed { codec: CODEC, code });
            }
            taken += FRAME_SAMPLES * CHANNELS;
            if done.output_size == 0 {
                continue;
            }
            out.push(AacFrame {
                start_samples: self.frames_out * FRAME_SAMPLES as i64
                    - i64::from(self.delay_samples),
                bytes: Bytes::copy_from_slice(&bytes[..done.output_size]),
            });
            self.frames_out += 1;
        }
        self.waiting.drain(..taken);
        Ok(())
    }
}

/// Rounds to 16 bits; beyond full scale it clips.
fn to_i16(sample: f32) -> i16 {
    (sample * 32_767.0).round() as i16
}
