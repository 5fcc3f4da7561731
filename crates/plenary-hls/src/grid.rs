//! The grid of segments and parts that all renditions share, in ticks of the programme clock, and
//! its reading in the ticks of one track.

use plenary_model::ladder::Ladder;
use plenary_model::time::{PROGRAMME_HZ, SOUND_HZ, Ticks};

/// Samples in one AAC-LC frame.
pub const AAC_FRAME: u64 = 1024;

/// Lengths that all renditions share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Lengths of the first two segments of a stretch in programme ticks.
    pub opening: [u64; 2],
    /// Length of every later segment in programme ticks.
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
            opening: ladder.opening_ms().map(|ms| Ticks::from_ms(u64::from(ms)).0),
            segment: u64::from(ladder.segment_seconds) * PROGRAMME_HZ,
            part: Ticks::from_ms(u64::from(ladder.part_ms)).0,
        }
    }

    /// The grid of a stretch whose encoders did not begin with it, so that no IDR comes after its
    /// first part.
    pub const fn without_opening(self) -> Self {
        Self { opening: [self.segment, self.segment], ..self }
    }

    /// Length of segment `index` of a stretch, in programme ticks.
    pub const fn length(&self, index: u64) -> u64 {
        match index {
            0 => self.opening[0],
            1 => self.opening[1],
            _ => self.segment,
        }
    }

    /// Where segment `index` of a stretch begins, in programme ticks after the stretch.
    pub const fn start(&self, index: u64) -> u64 {
        let [first, second] = self.opening;
        match index {
            0 => 0,
            1 => first,
            _ => first + second + (index - 2) * self.segment,
        }
    }

    /// Which segment of a stretch holds the moment `since` its beginning, in programme ticks.
    pub const fn index_at(&self, since: u64) -> u64 {
        let [first, second] = self.opening;
        if since < first {
            0
        } else if since < first + second {
            1
        } else {
            2 + (since - first - second) / self.segment
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_segments_of_a_stretch_are_a_part_and_the_rest_of_the_first_gop() {
        let grid = Grid::new(&Ladder::two_cores());
        let starts: Vec<u64> = (0..5).map(|index| grid.start(index) / 900).collect();
        assert_eq!(starts, [0, 50, 200, 600, 1000], "hundredths of a second");
        for index in 0..9 {
            assert_eq!(grid.start(index) + grid.length(index), grid.start(index + 1));
            assert_eq!(grid.index_at(grid.start(index)), index);
            assert_eq!(grid.index_at(grid.start(index + 1) - 1), index);
        }
    }
}
