//! The Opus encoder of the low-delay return and of synthetic speakers.

use bytes::Bytes;
use opusic_c::{Application, Bitrate, Channels, Encoder, ErrorCode, InbandFec, SampleRate};

use super::EncodeError;

const CODEC: &str = "Opus";
/// Largest packet of one frame (RFC 6716 section 3.2.1).
const PACKET_BYTES_MAX: usize = 1_275;
/// Loss that the redundancy inside packets is made for; a stage sees bursts below it.
const EXPECTED_LOSS_PERCENT: u8 = 5;
/// Measured: half a per cent of a core per stream; 10 costs more and sounds the same.
const COMPLEXITY: u8 = 9;

/// Samples per channel of one 20 ms block.
pub const BLOCK_SAMPLES: usize = 960;

/// An Opus encoder for interleaved stereo at 48 kHz in blocks of 20 ms.
pub struct OpusEncoder {
    encoder: Encoder,
    delay_samples: u32,
}

impl OpusEncoder {
    /// Makes an encoder with in-band error correction.
    pub fn new(bits_per_second: u32) -> Result<Self, EncodeError> {
        let refused = |e: ErrorCode| EncodeError::Settings { codec: CODEC, code: e as i64 };
        let mut encoder = Encoder::new(Channels::Stereo, SampleRate::Hz48000, Application::Audio)
            .map_err(refused)?;
        encoder.set_bitrate(Bitrate::Value(bits_per_second)).map_err(refused)?;
        encoder.set_complexity(COMPLEXITY).map_err(refused)?;
        encoder.set_inband_fec(InbandFec::Mode2).map_err(refused)?;
        encoder.set_packet_loss(EXPECTED_LOSS_PERCENT).map_err(refused)?;
        let delay_samples = encoder.get_look_ahead().map_err(refused)?;
        Ok(Self { encoder, delay_samples })
    }

    /// How far decoded sound lags behind what was given in, in samples per channel.
    pub const fn delay_samples(&self) -> u32 {
        self.delay_samples
    }

    /// Encodes exactly one block of [`BLOCK_SAMPLES`] per channel, full scale is 1.0.
    pub fn encode(&mut self, block: &[f32]) -> Result<Bytes, EncodeError> {
        if block.len() != BLOCK_SAMPLES * 2 {
            return Err(EncodeError::WrongSize {
                codec: CODEC,
                expected: format!("{} samples", BLOCK_SAMPLES * 2),
                got: format!("{} samples", block.len()),
            });
        }
        let mut packet = [0; PACKET_BYTES_MAX];
        let length = self
            .encoder
            .encode_float_to_slice(block, &mut packet)
            .map_err(|e| EncodeError::Failed { codec: CODEC, code: e as i64 })?;
        Ok(Bytes::copy_from_slice(&packet[..length]))
    }
}
