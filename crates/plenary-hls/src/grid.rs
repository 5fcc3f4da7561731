//! The grid of segments and parts that all renditions share, in ticks of the programme clock, and
//! its reading in the ticks of one track.

use plenary_model::ladder::Ladder;
use plenary_model::time::{PROGRAMME_HZ, SOUND_HZ, Ticks};

/// Samples in one AAC-LC frame.
pub const AAC_FRAME: u64 = 1024;

/// Lengths that all renditions share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Length of a segment in programme ticks.
    pub segment: u64,
    /// Length of a part in programme ticks.
    pub part: u64,
}

/// Lengths of one track in its own ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// Ticks per second.
    pub hz: u64,
    /// Usual duration of a frame.
    pub frame: u64,
    /// Longest part: no part is ever longer.
    pub part_target: u64,
    /// How much earlier than the grid a frame may end or begin and still count as on it.
    pub slack: u64,
}

impl Grid {
    /// The grid of a ladder.
    pub fn new(ladder: &Ladder) -> Self {
        Self {
            segment: u64::from(ladder.segment_seconds) * PROGRAMME_HZ,
            part: Ticks::from_ms(u64::from(ladder.part_ms)).0,
        }
    }
}

impl Scale {
    /// Of the pictures of a ladder.
    pub fn of_pictures(ladder: &Ladder) -> Self {
        let frame = PROGRAMME_HZ / u64::from(ladder.frames_per_second.max(1));
        // Times are rounded to whole ticks or milliseconds on the way here.
        Self::new(PROGRAMME_HZ, frame, frame / 8, Grid::new(ladder).part)
    }

    /// Of the sound of a ladder.
    pub fn of_sound(ladder: &Ladder) -> Self {
        let part = Grid::new(ladder).part * SOUND_HZ / PROGRAMME_HZ;
        Self::new(SOUND_HZ, AAC_FRAME, 0, part)
    }

    fn new(hz: u64, frame: u64, slack: u64, part: u64) -> Self {
        Self { hz, frame, part_target: part.div_ceil(frame) * frame, slack }
    }

    /// The first tick of the track at or after a time.
    pub fn at_or_after(&self, time: u64) -> u64 {
        (u128::from(time) * u128::from(self.hz)).div_ceil(u128::from(PROGRAMME_HZ)) as u64
    }

    /// The programme tick at or before a tick of the track.
    pub fn programme(&self, ticks: u64) -> Ticks {
        Ticks((u128::from(ticks) * u128::from(PROGRAMME_HZ) / u128::from(self.hz)) as u64)
    }

    /// Seconds.
    pub fn seconds(&self, ticks: u64) -> f64 {
        ticks as f64 / self.hz as f64
    }

    /// The declared PART-TARGET in milliseconds, rounded up.
    pub fn part_target_ms(&self) -> u32 {
        (self.part_target * 1000).div_ceil(self.hz) as u32
    }
}
