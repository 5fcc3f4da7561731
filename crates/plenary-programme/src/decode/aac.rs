//! The AAC decoder of clips and contributions.

use fdk_aac::dec::{Decoder, Transport};

use super::DecodeError;

const CODEC: &str = "AAC";
/// Samples of the longest frame: HE-AAC doubles 1 024, eight channels.
const FRAME_VALUES_MAX: usize = 2_048 * 8;
const FRAME_BYTES_MAX: usize = 8 * 1_024;

/// A decoder for raw AAC frames of one track; gives interleaved stereo at the track's rate.
pub struct AacDecoder {
    decoder: Decoder,
    values: Vec<i16>,
}

/// What a decoded frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AacBlock {
    /// Samples per second.
    pub rate_hz: u32,
    /// Samples per channel that were appended.
    pub samples: usize,
    /// How far the decoder's output lags behind its input so far, in samples per channel; it comes
    /// on top of the encoder's delay.
    pub delay_samples: u32,
}

impl AacDecoder {
    /// Makes a decoder from an AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1).
    pub fn new(config: &[u8]) -> Result<Self, DecodeError> {
        let damaged = |_| DecodeError::Damaged { codec: CODEC };
        let mut decoder = Decoder::new(Transport::Raw);
        decoder.config_raw(config).map_err(damaged)?;
        decoder.set_min_output_channels(2).map_err(damaged)?;
        decoder.set_max_output_channels(2).map_err(damaged)?;
        Ok(Self { decoder, values: vec![0; FRAME_VALUES_MAX] })
    }

    /// Decodes one frame and appends interleaved stereo to `out`, full scale is 1.0.
    pub fn decode(&mut self, frame: &[u8], out: &mut Vec<f32>) -> Result<AacBlock, DecodeError> {
        if FRAME_BYTES_MAX < frame.len() {
            return Err(DecodeError::TooLong { bytes: frame.len() });
        }
        let damaged = |_| DecodeError::Damaged { codec: CODEC };
        self.decoder.fill(frame).map_err(damaged)?;
        self.decoder.decode_frame(&mut self.values).map_err(damaged)?;
        let info = self.decoder.stream_info();
        let number = |n: i32| usize::try_from(n).map_err(|_| DecodeError::Damaged { codec: CODEC });
        let (samples, channels) = (number(info.frameSize)?, number(info.numChannels)?);
        let rate_hz = number(info.sampleRate)? as u32;
        let values = self
            .values
            .get(..samples * channels)
            .filter(|_| channels == 2)
            .ok_or(DecodeError::Damaged { codec: CODEC })?;
        out.extend(values.iter().map(|&value| f32::from(value) / 32_768.0));
        Ok(AacBlock { rate_hz, samples, delay_samples: info.outputDelay })
    }
}
