//! The mixer: sources on air with their faders and gentle gain control, one bus for the programme
//! and one without the people on the stage, both limited.

mod agc;
mod loudness;

use std::collections::{BTreeMap, BTreeSet};

use plenary_model::id::SourceId;

use crate::clock::{BLOCK_SAMPLES, Block, CHANNELS};
use crate::limiter::Limiter;
use crate::protocol::SILENCE_DB;

use agc::Agc;
pub use loudness::Meter;

/// Samples that a fader takes from closed to open: 20 ms, without a click and without a hole.
const FADE_SAMPLES: f32 = BLOCK_SAMPLES as f32;
/// Blocks that a level shown to the director covers: half a second.
const LEVEL_BLOCKS: u32 = 25;

/// Both mixes of one block.
#[derive(Debug, Clone)]
pub struct Mixed {
    /// Everything on air.
    pub programme: Box<Block>,
    /// Everything on air that nobody on the stage sends.
    pub seatless: Box<Block>,
}

#[derive(Debug, Default)]
struct Strip {
    fader: f32,
    agc: Agc,
    squares: f64,
    blocks: u32,
    level_db: Option<f32>,
}

/// All strips and the two buses.
#[derive(Debug, Default)]
pub struct Mixer {
    strips: BTreeMap<SourceId, Strip>,
    open: BTreeSet<SourceId>,
    sums: Option<Mixed>,
    programme_limiter: Limiter,
    seatless_limiter: Limiter,
}

impl Mixed {
    /// Both buses silent.
    pub fn silence() -> Self {
        let block = || Box::new([0.0; BLOCK_SAMPLES * CHANNELS]);
        Self { programme: block(), seatless: block() }
    }
}

impl Mixer {
    /// The sources that are heard from the next block on; the others fade out in it.
    pub fn open(&mut self, sources: BTreeSet<SourceId>) {
        self.open = sources;
    }

    /// Forgets a source that is gone.
    pub fn remove(&mut self, source: SourceId) {
        self.strips.remove(&source);
        self.open.remove(&source);
    }

    /// Adds the source's sound to the block that is being mixed.
    pub fn add(&mut self, source: SourceId, sound: &Block) {
        let sums = self.sums.get_or_insert_with(Mixed::silence);
        let strip = self.strips.entry(source).or_default();
        let step = if self.open.contains(&source) { 1.0 } else { -1.0 } / FADE_SAMPLES;
        strip.measure(sound);
        let gain = strip.agc.gain(sound);
        if step < 0.0 && strip.fader <= 0.0 {
            return;
        }
        let seatless = source.seat().is_none();
        for (i, frame) in sound.as_chunks::<CHANNELS>().0.iter().enumerate() {
            strip.fader = (strip.fader + step).clamp(0.0, 1.0);
            for (channel, sample) in frame.iter().enumerate() {
                let value = sample * strip.fader * gain.at(i);
                sums.programme[i * CHANNELS + channel] += value;
                if seatless {
                    sums.seatless[i * CHANNELS + channel] += value;
                }
            }
        }
    }

    /// Limits and hands out the block, later by [`crate::limiter::LOOK_AHEAD_SAMPLES`].
    pub fn finish(&mut self) -> Mixed {
        let mut mixed = self.sums.take().unwrap_or_else(Mixed::silence);
        self.programme_limiter.limit(&mut mixed.programme);
        self.seatless_limiter.limit(&mut mixed.seatless);
        mixed
    }

    /// The source's level over the last half second, in dB full scale.
    pub fn level_db(&self, source: SourceId) -> f32 {
        self.strips.get(&source).and_then(|strip| strip.level_db).unwrap_or(SILENCE_DB)
    }
}

impl Strip {
    fn measure(&mut self, sound: &Block) {
        self.squares += mean_square(sound);
        self.blocks += 1;
        if LEVEL_BLOCKS <= self.blocks {
            let mean = self.squares / f64::from(self.blocks);
            self.level_db = Some((10.0 * mean.max(1e-12).log10()) as f32);
            (self.squares, self.blocks) = (0.0, 0);
        }
    }
}

fn mean_square(sound: &Block) -> f64 {
    let sum: f64 = sound.iter().map(|sample| f64::from(sample * sample)).sum();
    sum / sound.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limiter::CEILING;

    fn camera(n: u32) -> SourceId {
        format!("cam_{n:032x}").parse().expect("a source id")
    }

    fn clip(n: u32) -> SourceId {
        format!("clip_{n:032x}").parse().expect("a source id")
    }

    fn tone(frequency: f32, block: usize, amplitude: f32) -> Block {
        std::array::from_fn(|i| {
            let t = (block * BLOCK_SAMPLES + i / CHANNELS) as f32 / 48_000.0;
            amplitude * (t * frequency * std::f32::consts::TAU).sin()
        })
    }

    /// Strength of a frequency in mono samples (Goertzel), 1 = full-scale sine.
    fn strength(sound: &[f32], frequency: f32) -> f32 {
        let (mut re, mut im) = (0.0f64, 0.0f64);
        for (n, sample) in sound.iter().enumerate() {
            let angle = n as f64 * f64::from(frequency) / 48_000.0 * std::f64::consts::TAU;
            re += f64::from(*sample) * angle.cos();
            im -= f64::from(*sample) * angle.sin();
        }
        (re.hypot(im) * 2.0 / sound.len() as f64) as f32
    }

    fn left(block: &Block) -> impl Iterator<Item = f32> {
        block.as_chunks::<2>().0.iter().map(|frame| frame[0])
    }

    #[test]
    fn only_open_sources_are_heard_and_the_return_has_no_seats() {
        let mut mixer = Mixer::default();
        mixer.open([camera(1), clip(2)].into());
        let (mut programme, mut seatless) = (Vec::new(), Vec::new());
        for n in 0..50 {
            mixer.add(camera(1), &tone(500.0, n, 0.2));
            mixer.add(clip(2), &tone(900.0, n, 0.2));
            mixer.add(camera(3), &tone(1_500.0, n, 0.2));
            let mixed = mixer.finish();
            if 10 <= n {
                programme.extend(left(&mixed.programme));
                seatless.extend(left(&mixed.seatless));
            }
        }
        let heard = |bus: &[f32]| [500.0, 900.0, 1_500.0].map(|f| 0.05 < strength(bus, f));
        assert_eq!(heard(&programme), [true, true, false]);
        assert_eq!(heard(&seatless), [false, true, false]);
        assert!(strength(&seatless, 500.0) < 1e-4);
        assert!((-18.0..-16.0).contains(&mixer.level_db(camera(3))), "the level shows off air too");
    }

    #[test]
    fn a_take_fades_within_one_block_without_a_jump() {
        let mut mixer = Mixer::default();
        let mut out = Vec::new();
        for n in 0..8 {
            mixer.open(if (2..5).contains(&n) { [camera(1)].into() } else { BTreeSet::new() });
            mixer.add(camera(1), &[0.25; BLOCK_SAMPLES * CHANNELS]);
            out.extend(left(&mixer.finish().programme));
        }
        let steepest = out.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(steepest < 0.001, "{steepest}");
        let lookahead = crate::limiter::LOOK_AHEAD_SAMPLES;
        assert!(out[..2 * BLOCK_SAMPLES + lookahead].iter().all(|s| *s == 0.0));
        assert!(0.2 < out[4 * BLOCK_SAMPLES]);
        assert!(out[6 * BLOCK_SAMPLES + lookahead..].iter().all(|s| *s == 0.0));
    }

    #[test]
    fn many_loud_sources_never_clip() {
        let mut mixer = Mixer::default();
        mixer.open((0..9).map(camera).collect());
        for n in 0..100 {
            for source in 0..9 {
                mixer.add(camera(source), &tone(200.0 + source as f32 * 130.0, n, 1.0));
            }
            assert!(mixer.finish().programme.iter().all(|sample| sample.abs() <= CEILING));
        }
    }
}
