//! The Opus decoder with concealment and in-band error correction.

use opusic_c::{Channels, Decoder, ErrorCode, SampleRate};

use super::DecodeError;

const CODEC: &str = "Opus";
const CHANNELS: usize = 2;
/// Longest packet: 120 ms (RFC 6716 section 3.2.5).
pub const PACKET_SAMPLES_MAX: usize = 5_760;
/// Longest packet in bytes: 48 frames of 1 275 bytes and their lengths, rounded up.
const PACKET_BYTES_MAX: usize = 64 * 1_024;

/// A decoder for one source; gives interleaved stereo at 48 kHz whatever the packet holds.
pub struct OpusDecoder {
    decoder: Decoder,
}

impl OpusDecoder {
    /// Makes a decoder.
    pub fn new() -> Result<Self, DecodeError> {
        let decoder = Decoder::new(Channels::Stereo, SampleRate::Hz48000).map_err(failed)?;
        Ok(Self { decoder })
    }

    /// Samples per channel in a packet, read from its head; `None` when it is no Opus packet.
    pub fn samples_in(&self, packet: &[u8]) -> Option<usize> {
        self.decoder.get_nb_samples(packet).ok().filter(|&n| 0 < n && n <= PACKET_SAMPLES_MAX)
    }

    /// Decodes a packet and appends its sound to `out`; returns samples per channel.
    pub fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<usize, DecodeError> {
        if PACKET_BYTES_MAX < packet.len() {
            return Err(DecodeError::TooLong { bytes: packet.len() });
        }
        let samples = self.samples_in(packet).ok_or(DecodeError::Damaged { codec: CODEC })?;
        self.run(packet, samples, false, out)
    }

    /// Makes up `samples` per channel for a lost packet (a multiple of 120, at most 5 760).
    pub fn conceal(&mut self, samples: usize, out: &mut Vec<f32>) -> Result<usize, DecodeError> {
        self.run(&[], clean_length(samples), false, out)
    }

    /// Restores the lost packet before `next` from the copy inside it, or conceals without one.
    /// Then decode `next` itself as usual.
    pub fn recover(
        &mut self,
        next: &[u8],
        samples: usize,
        out: &mut Vec<f32>,
    ) -> Result<usize, DecodeError> {
        if next.is_empty() || PACKET_BYTES_MAX < next.len() {
            return self.conceal(samples, out);
        }
        self.run(next, clean_length(samples), true, out)
    }

    fn run(
        &mut self,
        packet: &[u8],
        samples: usize,
        correct: bool,
        out: &mut Vec<f32>,
    ) -> Result<usize, DecodeError> {
        let start = out.len();
        out.resize(start + samples * CHANNELS, 0.0);
        match self.decoder.decode_float_to_slice(packet, &mut out[start..], correct) {
            Ok(decoded) => {
                out.truncate(start + decoded * CHANNELS);
                Ok(decoded)
            }
            Err(code) => {
                out.truncate(start);
                Err(failed(code))
            }
        }
    }
}

/// The library takes multiples of 2.5 ms only.
fn clean_length(samples: usize) -> usize {
    (samples / 120 * 120).clamp(120, PACKET_SAMPLES_MAX)
}

fn failed(code: ErrorCode) -> DecodeError {
    match code {
        ErrorCode::InvalidPacket | ErrorCode::BadArg | ErrorCode::BufferTooSmall => {
            DecodeError::Damaged { codec: CODEC }
        }
        other => DecodeError::Broken { codec: CODEC, code: other as i64 },
    }
}
