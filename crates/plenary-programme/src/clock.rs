//! The programme clock: which moment every frame and every sound block belongs to.

use plenary_model::ladder::Ladder;
use plenary_model::time::{PROGRAMME_HZ, SOUND_HZ, Ticks};

/// Samples per channel of one sound block, 20 ms.
pub const BLOCK_SAMPLES: usize = 960;
/// Channels of every sound inside the programme.
pub const CHANNELS: usize = 2;
/// One sound block, interleaved stereo.
pub type Block = [f32; BLOCK_SAMPLES * CHANNELS];

const BLOCK_TICKS: u64 = BLOCK_SAMPLES as u64 * PROGRAMME_HZ / SOUND_HZ;

/// Microseconds of the machine's monotonic clock, the same in every process.
pub fn monotonic_us() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a valid timespec for the call to fill.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    assert_eq!(failed, 0, "CLOCK_MONOTONIC exists on every Linux");
    now.tv_sec as u64 * 1_000_000 + now.tv_nsec as u64 / 1_000
}

/// Samples of 48 kHz since tick 0; exact for the times of frames and blocks.
pub const fn samples(time: Ticks) -> u64 {
    time.0 * SOUND_HZ / PROGRAMME_HZ
}

/// Which frames of a run are IDR pictures in all renditions. The grid begins with the first frame of
/// the run, because the segments of the broadcast do: each of them must begin with an IDR, the short
/// first ones too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Number of the frame that begins the second segment.
    pub opening: u64,
    /// Frames from one IDR to the next.
    pub gop: u64,
}

impl Grid {
    /// The grid of a ladder.
    pub fn of(ladder: &Ladder) -> Self {
        let frame_ticks = frame_ticks(ladder);
        let opening = Ticks::from_ms(u64::from(ladder.opening_ms()[0])).0;
        let gop = u64::from(ladder.gop_seconds.max(1)) * PROGRAMME_HZ;
        Self { opening: opening.div_ceil(frame_ticks), gop: gop.div_ceil(frame_ticks) }
    }

    /// Whether frame `n` is an IDR.
    pub const fn holds(&self, n: u64) -> bool {
        n == self.opening || n.is_multiple_of(self.gop)
    }
}

/// Ticks from one frame to the next.
fn frame_ticks(ladder: &Ladder) -> u64 {
    PROGRAMME_HZ / u64::from(ladder.frames_per_second.max(1))
}

/// Ties frame and block numbers to programme time and to the monotonic clock, without rounding
/// errors that add up.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    first: Ticks,
    start_us: u64,
    frame_ticks: u64,
    grid: Grid,
}

impl Clock {
    /// A clock on which `first`, rounded up to a whole frame so that frames stay on the event's
    /// grid over restarts, is due at `first_due_us`. Its frame 0 is the first that is not
    /// past at `now_us`.
    pub fn new(ladder: &Ladder, first: Ticks, first_due_us: u64, now_us: u64) -> Self {
        let frame_ticks = frame_ticks(ladder);
        let past = (now_us.saturating_sub(first_due_us) * 9).div_ceil(100 * frame_ticks);
        Self {
            first: Ticks((first.0.div_ceil(frame_ticks) + past) * frame_ticks),
            start_us: first_due_us + past * frame_ticks * 100 / 9,
            frame_ticks,
            grid: Grid::of(ladder),
        }
    }

    /// Programme time of frame `n`.
    pub const fn frame_time(&self, n: u64) -> Ticks {
        Ticks(self.first.0 + n * self.frame_ticks)
    }

    /// When frame `n` is due, monotonic microseconds.
    pub const fn frame_due_us(&self, n: u64) -> u64 {
        self.start_us + n * self.frame_ticks * 100 / 9
    }

    /// The newest frame that is due at `now_us`.
    pub const fn frame_at(&self, now_us: u64) -> u64 {
        now_us.saturating_sub(self.start_us) * 9 / (100 * self.frame_ticks)
    }

    /// Whether frame `n` is an IDR in all renditions.
    pub const fn is_grid(&self, n: u64) -> bool {
        self.grid.holds(n)
    }

    /// Programme time of the first sample of block `k`.
    pub const fn block_time(&self, k: u64) -> Ticks {
        Ticks(self.first.0 + k * BLOCK_TICKS)
    }

    /// When block `k` is due, monotonic microseconds.
    pub const fn block_due_us(&self, k: u64) -> u64 {
        self.start_us + k * BLOCK_TICKS * 100 / 9
    }

    /// Length of one frame in microseconds, rounded down.
    pub const fn frame_us(&self) -> u64 {
        self.frame_ticks * 100 / 9
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_continued_clock_begins_with_an_idr_and_never_drifts() {
        let clock = Clock::new(&Ladder::two_cores(), Ticks(540_001), 1_000_000, 0);
        assert_eq!(clock.frame_time(0), Ticks(543_000), "rounded up to a whole frame");
        let grid: Vec<u64> = (0..130).filter(|n| clock.is_grid(*n)).collect();
        assert_eq!(grid, [0, 15, 60, 120], "IDR at once, after a part, then every 2 s");
        let day = 24 * 3600;
        assert_eq!(clock.frame_due_us(day * 30), 1_000_000 + day * 1_000_000);
        assert_eq!(clock.block_due_us(day * 50), 1_000_000 + day * 1_000_000);
        assert_eq!(samples(clock.block_time(50)) - samples(clock.block_time(0)), 48_000);
    }

    #[test]
    fn a_worker_that_starts_late_goes_on_where_the_clock_is() {
        let (before, after) = (0, 2_050_000);
        let [whole, late] =
            [before, after].map(|now| Clock::new(&Ladder::two_cores(), Ticks(0), 0, now));
        assert_eq!(late.frame_time(0), whole.frame_time(62));
        assert_eq!(late.frame_due_us(9), whole.frame_due_us(71));
        assert!(after <= late.frame_due_us(0));
    }

    #[test]
    fn the_newest_due_frame_is_found_after_a_pause() {
        let clock = Clock::new(&Ladder::two_cores(), Ticks(0), 500, 500);
        for n in [0, 1, 2, 3, 1000] {
            assert_eq!(clock.frame_at(clock.frame_due_us(n) + 1), n);
        }
    }
}
