//! Decoded sound of one source, read out block by block at the source's own speed.

use std::collections::VecDeque;

use crate::clock::{BLOCK_SAMPLES, Block, CHANNELS};

/// Most sound that waits, in samples: beyond one second the oldest gives way.
const WAITING_SAMPLES_MAX: usize = 48_000;
/// Sound this far from the expected place begins anew, in samples: one second.
const JUMP_SAMPLES: i64 = 48_000;
/// Off by more than this the reader jumps instead of walking, in samples: 30 ms, because lips and
/// voice must not part for longer than the walk takes.
const LEAP_SAMPLES: f64 = 1_440.0;
/// The reader begins to correct beyond this and ends within a quarter of it: 3 ms.
const SLACK_SAMPLES: f64 = 144.0;
/// Samples by which one block may be stretched or squeezed: one percent, not heard in speech.
const STRETCH_SAMPLES: f64 = 9.6;
/// Samples of the ramp after a hole: 2 ms.
const RAMP: f32 = 1.0 / 96.0;

/// Sound between its decoder and the mixer.
#[derive(Debug, Default)]
pub struct SoundBuffer {
    frames: VecDeque<[f32; CHANNELS]>,
    /// Time of the first waiting frame, in samples of the source's clock.
    start: i64,
    /// Where the next block is read, in samples of the source's clock.
    position: Option<f64>,
    correcting: bool,
    ramp: f32,
    last: [f32; CHANNELS],
}

impl SoundBuffer {
    /// Appends decoded interleaved 16-bit stereo whose first sample has time `pts`.
    pub fn push(&mut self, pts: i64, samples: &[u8]) {
        let end = self.start + self.frames.len() as i64;
        let gap = pts - end;
        if self.frames.is_empty() || JUMP_SAMPLES < gap.abs() {
            self.frames.clear();
            self.start = pts;
        } else {
            self.frames.extend(std::iter::repeat_n([0.0; CHANNELS], gap.max(0) as usize));
        }
        let known = if self.start == pts { 0 } else { (-gap).max(0) as usize };
        let bytes = samples.as_chunks::<4>().0;
        self.frames.extend(bytes.iter().skip(known).map(|b| {
            [[b[0], b[1]], [b[2], b[3]]].map(|s| f32::from(i16::from_le_bytes(s)) / 32_768.0)
        }));
        self.forget(self.frames.len().saturating_sub(WAITING_SAMPLES_MAX));
    }

    /// Forgets everything, for example because the sender's clock jumped.
    pub fn clear(&mut self) {
        self.frames.clear();
        self.position = None;
    }

    /// Reads the block that begins at `wanted` on the source's clock; where no sound has come the
    /// block falls silent softly.
    pub fn read(&mut self, wanted: f64, out: &mut Block) {
        let from = match self.position {
            Some(position) if (wanted - position).abs() <= LEAP_SAMPLES => position,
            _ => {
                self.correcting = false;
                self.ramp = 0.0;
                wanted.round()
            }
        };
        let step = self.step(wanted - from);
        for (i, frame) in out.as_chunks_mut::<CHANNELS>().0.iter_mut().enumerate() {
            *frame = self.at(from + i as f64 * step);
        }
        let next = from + BLOCK_SAMPLES as f64 * step;
        self.position = Some(next);
        self.forget((next.floor() as i64 - 1 - self.start).max(0) as usize);
    }

    /// Source samples per output sample: exactly one, unless the reader is off.
    fn step(&mut self, error: f64) -> f64 {
        let slack = if self.correcting { SLACK_SAMPLES / 4.0 } else { SLACK_SAMPLES };
        self.correcting = slack < error.abs();
        if !self.correcting {
            return 1.0;
        }
        1.0 + (error * 0.05).clamp(-STRETCH_SAMPLES, STRETCH_SAMPLES) / BLOCK_SAMPLES as f64
    }

    fn at(&mut self, position: f64) -> [f32; CHANNELS] {
        let whole = position.floor();
        let part = (position - whole) as f32;
        let index = whole as i64 - self.start;
        let found = usize::try_from(index).ok().and_then(|index| self.frames.get(index).copied());
        let Some(here) = found else {
            self.ramp = 0.0;
            self.last = self.last.map(|sample| sample * 0.97);
            return self.last;
        };
        let next = self.frames.get(index as usize + 1).copied().unwrap_or(here);
        self.ramp = (self.ramp + RAMP).min(1.0);
        self.last = [0, 1].map(|c| (here[c] + (next[c] - here[c]) * part) * self.ramp);
        self.last
    }

    fn forget(&mut self, frames: usize) {
        let frames = frames.min(self.frames.len());
        self.frames.drain(..frames);
        self.start += frames as i64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stereo ramp whose sample at time `t` is `t`, so that positions can be read off.
    fn ramp(pts: i64, count: i64) -> Vec<u8> {
        (pts..pts + count).flat_map(|t| [(t as i16).to_le_bytes(); 2]).flatten().collect()
    }

    fn value(block: &Block, frame: usize) -> f32 {
        block[frame * CHANNELS] * 32_768.0
    }

    #[test]
    fn sound_is_read_at_its_time_and_late_or_lost_pieces_leave_only_a_hole() {
        let mut buffer = SoundBuffer::default();
        buffer.push(1_000, &ramp(1_000, 960));
        // 1 960..2 920 is lost; what comes twice is taken once.
        buffer.push(2_920, &ramp(2_920, 960));
        buffer.push(2_920, &ramp(2_920, 960));
        let mut block = [0.0; BLOCK_SAMPLES * CHANNELS];
        buffer.read(1_000.0, &mut block);
        assert_eq!((value(&block, 200), value(&block, 959)), (1_200.0, 1_959.0));
        buffer.read(1_960.0, &mut block);
        assert_eq!(value(&block, 500), 0.0);
        buffer.read(2_920.0, &mut block);
        assert_eq!((value(&block, 200), value(&block, 959)), (3_120.0, 3_879.0));
        buffer.read(3_880.0, &mut block);
        assert!(value(&block, 900).abs() < 0.1, "it falls silent");
    }

    #[test]
    fn a_drifting_source_is_followed_without_a_leap() {
        let mut buffer = SoundBuffer::default();
        let mut block = [0.0; BLOCK_SAMPLES * CHANNELS];
        let (mut worst, mut steepest) = (0.0f64, 0.0f32);
        for n in 0..2_000i64 {
            buffer.push(n * 960, &[0, 1, 0, 1].repeat(960));
            // 300 ppm fast, and one block behind.
            let wanted = (n - 2) as f64 * 960.0 * 1.000_3;
            buffer.read(wanted, &mut block);
            if 10 < n {
                worst = worst.max((wanted + 960.288 - buffer.position.unwrap_or(0.0)).abs());
                steepest = block.windows(2).map(|w| (w[1] - w[0]).abs()).fold(steepest, f32::max);
            }
        }
        assert!(worst < 480.0, "{worst} samples off");
        assert!(steepest < 1e-6, "a constant stays constant: {steepest}");
    }
}
