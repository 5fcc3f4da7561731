//! Gentle gain control: brings quiet and loud speakers towards one level, slowly, and leaves
//! silence alone.

use crate::clock::{BLOCK_SAMPLES, Block};

/// Where speech is brought to, mean square: −20 dB full scale.
const WANTED_DB: f64 = -20.0;
/// Below this it is taken for a pause, and the gain stays.
const PAUSE_DB: f64 = -45.0;
const GAIN_MIN_DB: f64 = -8.0;
const GAIN_MAX_DB: f64 = 8.0;
/// How fast the gain moves: 2 dB a second, not heard as pumping.
const STEP_DB: f64 = 0.04;

#[derive(Debug, Default)]
pub(super) struct Agc {
    gain_db: f64,
    /// Mean square over about 0.4 s.
    level: f64,
}

/// A gain that goes in a straight line over one block.
pub(super) struct Ramp {
    from: f32,
    step: f32,
}

impl Ramp {
    pub(super) fn at(&self, sample: usize) -> f32 {
        self.from + self.step * sample as f32
    }
}

impl Agc {
    pub(super) fn gain(&mut self, sound: &Block) -> Ramp {
        let from = amplitude(self.gain_db);
        self.level += (super::mean_square(sound) - self.level) * 0.05;
        let level_db = 10.0 * self.level.max(1e-12).log10();
        if PAUSE_DB < level_db {
            let wanted = (WANTED_DB - level_db).clamp(GAIN_MIN_DB, GAIN_MAX_DB);
            self.gain_db += (wanted - self.gain_db).clamp(-STEP_DB, STEP_DB);
        }
        Ramp { from, step: (amplitude(self.gain_db) - from) / BLOCK_SAMPLES as f32 }
    }
}

fn amplitude(db: f64) -> f32 {
    10f64.powf(db / 20.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled_db(input_db: f64) -> f64 {
        let mut agc = Agc::default();
        let sound = [amplitude(input_db); BLOCK_SAMPLES * 2];
        for _ in 0..1_000 {
            agc.gain(&sound);
        }
        (input_db + agc.gain_db).round()
    }

    #[test]
    fn levels_come_together_and_silence_is_not_blown_up() {
        let settled = [-6.0, -14.0, -20.0, -26.0, -40.0, -60.0].map(settled_db);
        assert_eq!(settled, [-14.0, -20.0, -20.0, -20.0, -32.0, -60.0]);
    }
}
