//! A look-ahead limiter: whatever is mixed, no sample leaves above the ceiling.

use std::collections::VecDeque;

use crate::clock::{Block, CHANNELS};

/// Highest sample that leaves, −1 dB full scale: lossy codecs overshoot a little.
pub const CEILING: f32 = 0.891;
/// How far it looks ahead, and so by how much it delays the sound: 5 ms in samples.
pub const LOOK_AHEAD_SAMPLES: usize = 240;
/// Share of the way back to full gain per sample: about 150 ms.
const RELEASE: f32 = 1.0 / 7_200.0;

/// Stereo-linked limiter with a delay of [`LOOK_AHEAD_SAMPLES`].
#[derive(Debug)]
pub struct Limiter {
    delayed: VecDeque<[f32; CHANNELS]>,
    /// Needed gains that are still the least of their window, with their sample number.
    least: VecDeque<(u64, f32)>,
    /// The gains of the last window and their sum: their mean is applied.
    gains: VecDeque<f32>,
    sum: f64,
    released: f32,
    count: u64,
}

impl Default for Limiter {
    fn default() -> Self {
        Self {
            delayed: VecDeque::from(vec![[0.0; CHANNELS]; LOOK_AHEAD_SAMPLES]),
            least: VecDeque::new(),
            gains: VecDeque::from(vec![1.0; LOOK_AHEAD_SAMPLES]),
            sum: LOOK_AHEAD_SAMPLES as f64,
            released: 1.0,
            count: 0,
        }
    }
}

impl Limiter {
    /// Limits one block in place; the sound comes out [`LOOK_AHEAD_SAMPLES`] later.
    pub fn limit(&mut self, block: &mut Block) {
        for frame in block.as_chunks_mut::<CHANNELS>().0 {
            *frame = self.next(*frame);
        }
    }

    fn next(&mut self, frame: [f32; CHANNELS]) -> [f32; CHANNELS] {
        let frame = frame.map(|sample| if sample.is_finite() { sample } else { 0.0 });
        let peak = frame.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
        let needed = if CEILING < peak { CEILING / peak } else { 1.0 };
        let gain = self.least_of_window(needed);
        self.released = gain.min(self.released + (1.0 - self.released) * RELEASE);
        self.gains.push_back(self.released);
        self.sum += f64::from(self.released) - f64::from(self.gains.pop_front().unwrap_or(1.0));
        self.delayed.push_back(frame);
        let delayed = self.delayed.pop_front().unwrap_or_default();
        let mean = (self.sum / LOOK_AHEAD_SAMPLES as f64) as f32;
        delayed.map(|sample| (sample * mean).clamp(-CEILING, CEILING))
    }

    fn least_of_window(&mut self, needed: f32) -> f32 {
        while self.least.back().is_some_and(|(_, gain)| needed <= *gain) {
            self.least.pop_back();
        }
        self.least.push_back((self.count, needed));
        while self.least.front().is_some_and(|(n, _)| *n + (LOOK_AHEAD_SAMPLES as u64) < self.count)
        {
            self.least.pop_front();
        }
        self.count += 1;
        self.least.front().map_or(1.0, |(_, gain)| *gain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::BLOCK_SAMPLES;

    fn tone(amplitude: f32, from: usize) -> Block {
        std::array::from_fn(|i| amplitude * ((from + i / CHANNELS) as f32 * 0.13).sin())
    }

    #[test]
    fn quiet_sound_passes_unchanged_and_late_by_the_look_ahead() {
        let mut limiter = Limiter::default();
        let (mut first, mut second) = (tone(0.5, 0), tone(0.5, BLOCK_SAMPLES));
        let expected = first;
        limiter.limit(&mut first);
        limiter.limit(&mut second);
        let shift = LOOK_AHEAD_SAMPLES * CHANNELS;
        let out: Vec<f32> =
            first.into_iter().chain(second).skip(shift).take(expected.len()).collect();
        assert!(out.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn loud_sound_is_turned_down_without_a_flat_top() {
        let mut limiter = Limiter::default();
        let mut flat = 0;
        for n in 0..100 {
            let mut block = tone(if n % 10 < 5 { 6.0 } else { 0.1 }, n * BLOCK_SAMPLES);
            block[7] = f32::NAN;
            limiter.limit(&mut block);
            assert!(block.iter().all(|sample| sample.abs() <= CEILING));
            flat += block
                .as_chunks::<2>()
                .0
                .windows(2)
                .filter(|w| CEILING <= w[0][0].abs() && w[0] == w[1])
                .count();
        }
        assert!(flat < 20, "{flat} flat tops of 96 000 samples");
    }
}
