//! How late the clock's ticks and the encoders are, and what the processes cost.

use std::sync::{Arc, Mutex, PoisonError};

/// Durations of the last second; any thread adds, one reads.
#[derive(Debug, Clone, Default)]
pub(super) struct Durations(Arc<Mutex<Vec<u32>>>);

/// Most durations of one second: 8 renditions of 60 pictures.
const DURATIONS_MAX: usize = 480;

impl Durations {
    pub(super) fn add(&self, us: u64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < DURATIONS_MAX {
            all.push(u32::try_from(us).unwrap_or(u32::MAX));
        }
    }

    /// The 99th percentile since the last call, 0 without any.
    pub(super) fn take_p99(&self) -> u32 {
        let mut all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        all.sort_unstable();
        all.get((all.len() * 99).div_ceil(100).saturating_sub(1)).copied().unwrap_or(0)
    }
}

/// CPU time of this process, all its threads, in microseconds.
pub(super) fn own_cpu_us() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a valid timespec for the call to fill.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut now) };
    now.tv_sec as u64 * 1_000_000 + now.tv_nsec as u64 / 1_000
}

/// CPU time of another living process in microseconds, 0 when it is gone (proc(5), `stat`).
pub fn cpu_us_of(process: u32) -> u64 {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{process}/stat")) else { return 0 };
    // The program's name may hold anything, so fields count from its last bracket.
    let Some((_, fields)) = stat.rsplit_once(')') else { return 0 };
    let ticks: u64 =
        fields.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
    // SAFETY: asks the system for a constant.
    let per_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) }.max(1) as u64;
    ticks * 1_000_000 / per_second
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_percentile_is_of_the_last_second_only() {
        let durations = Durations::default();
        (1..=200).for_each(|us| durations.add(us));
        assert_eq!((durations.take_p99(), durations.take_p99()), (198, 0));
    }
}
