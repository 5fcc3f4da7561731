//! Loudness of the programme after EBU R 128.

use ebur128::{EbuR128, Mode};

use crate::clock::Block;
use crate::protocol::{Loudness, SILENCE_DB};

/// Measures the blocks that go out.
pub struct Meter {
    ebu: Option<EbuR128>,
    peak: f32,
}

impl Default for Meter {
    fn default() -> Self {
        Self { ebu: EbuR128::new(2, 48_000, Mode::M | Mode::S).ok(), peak: 0.0 }
    }
}

impl Meter {
    /// Takes one block in.
    pub fn add(&mut self, block: &Block) {
        self.peak = block.iter().fold(self.peak, |peak, sample| peak.max(sample.abs()));
        // It refuses only a wrong channel count, which the type rules out.
        self.ebu.as_mut().map(|ebu| ebu.add_frames_f32(block));
    }

    /// The loudness now, and the peak since the last call.
    pub fn read(&mut self) -> Loudness {
        let finite =
            |value: Option<f64>| value.filter(|v| v.is_finite()).map_or(SILENCE_DB, |v| v as f32);
        let peak = std::mem::take(&mut self.peak);
        Loudness {
            momentary_lufs: finite(self.ebu.as_ref().and_then(|ebu| ebu.loudness_momentary().ok())),
            short_term_lufs: finite(
                self.ebu.as_ref().and_then(|ebu| ebu.loudness_shortterm().ok()),
            ),
            peak_db: 20.0 * peak.max(1e-6).log10(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_scale_tone_measures_as_the_standard_says() {
        let mut meter = Meter::default();
        for n in 0..200 {
            meter.add(&std::array::from_fn(|i| {
                let t = (n * 960 + i / 2) as f32 / 48_000.0;
                0.1 * (t * 1_000.0 * std::f32::consts::TAU).sin()
            }));
        }
        let loudness = meter.read();
        // A 1 kHz stereo sine at −20 dBFS reads −20 LUFS (EBU Tech 3341, case 1 scaled).
        assert!((loudness.momentary_lufs + 20.0).abs() < 0.2, "{loudness:?}");
        assert!((loudness.short_term_lufs + 20.0).abs() < 0.2, "{loudness:?}");
        assert!((loudness.peak_db + 20.0).abs() < 0.1, "{loudness:?}");
    }
}
