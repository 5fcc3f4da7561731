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
