//! The voices of the synthetic speakers: a tone of its own for each, keyed by the wall clock, so
//! that the mark in a picture tells whether the tone must be heard with it.

use std::f32::consts::TAU;

use plenary_model::time::{SOUND_HZ, WallMs};
use plenary_programme::encode::opus::BLOCK_SAMPLES;

/// Tones begin at whole multiples of this on the wall clock.
pub const PERIOD_MS: u64 = 1_000;
/// Peak of the tone: −20 dBFS, so that four at once stay far from the limiter.
const AMPLITUDE: f32 = 0.1;
/// A tone is faded in and out over this many samples, against clicks.
const RAMP_SAMPLES: u64 = 240;
/// Level of the tone as RFC 6464 counts it: peak −20 dB, a sine's mean is 3 dB lower.
const TONE_DBOV: i8 = -23;
const SILENCE_DBOV: i8 = -127;

/// One speaker's voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Voice {
    /// Frequency in hertz; whole, so that every second begins in the same phase.
    pub hertz: u64,
    /// How long the tone lasts in each period.
    pub on_ms: u64,
}

impl Voice {
    /// The voice of the synthetic source with this number: frequencies have no common overtones
    /// below the eighth, lengths differ by 100 ms.
    pub const fn of(source: u8) -> Self {
        const HERTZ: [u64; 4] = [310, 470, 710, 1_070];
        let which = (source % 4) as usize;
        Self { hertz: HERTZ[which], on_ms: 300 + 100 * which as u64 }
    }

    /// Whether the tone is on at this moment.
    pub const fn is_on(self, wall: WallMs) -> bool {
        wall.0 % PERIOD_MS < self.on_ms
    }

    /// The 20 ms of interleaved stereo that begin at the given sample of the wall clock
    /// (48 per millisecond since 1970), with their level in dBov.
    pub fn block(self, first_sample: u64) -> (Vec<f32>, i8) {
        let mut samples = Vec::with_capacity(BLOCK_SAMPLES * 2);
        let mut heard = false;
        for n in first_sample..first_sample + BLOCK_SAMPLES as u64 {
            let gain = self.gain(n);
            heard |= 0.0 < gain;
            let turn = (n % SOUND_HZ) * self.hertz % SOUND_HZ;
            let sample = AMPLITUDE * gain * (TAU * turn as f32 / SOUND_HZ as f32).sin();
            samples.extend([sample, sample]);
        }
        (samples, if heard { TONE_DBOV } else { SILENCE_DBOV })
    }

    fn gain(self, sample: u64) -> f32 {
        let within = sample % (PERIOD_MS * SOUND_HZ / 1_000);
        let left = (self.on_ms * SOUND_HZ / 1_000).saturating_sub(within);
        within.min(left).min(RAMP_SAMPLES) as f32 / RAMP_SAMPLES as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tone_is_heard_exactly_while_its_wall_clock_says_so() {
        for source in 0..4 {
            let voice = Voice::of(source);
            for block in 0..100 {
                let wall_ms = 1_795_000_000_000 + block * 20;
                let (samples, level) = voice.block(wall_ms * 48);
                let peak = samples.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
                let on = voice.is_on(WallMs(wall_ms));
                assert_eq!(on, 0.05 < peak, "{source} {block}");
                assert_eq!(on, level == TONE_DBOV);
                assert!(peak <= AMPLITUDE);
            }
        }
    }
}
