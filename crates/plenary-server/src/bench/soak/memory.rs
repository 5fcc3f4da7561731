//! Whether processes grow that are killed now and then: each life counts from its own warm-up on.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::super::processes::memory_kib;

/// A process younger than this still fills its caches; the broadcast keeps two minutes in memory.
const WARM: Duration = Duration::from_secs(150);
/// Readings at each end of a life; the median of them counts.
const READINGS: usize = 9;

/// How memory has grown over all lives of a process.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Growth {
    /// Lives that were long enough to say something.
    pub lives: usize,
    /// How long they were watched after their warm-up, in minutes.
    pub minutes: f64,
    /// Memory of the first of them after its warm-up, in KiB.
    pub warm_kib: f64,
    /// How much all of them together have grown, in KiB.
    pub grown_kib: f64,
    /// The same in percent of the memory of the first; none when no life was long enough.
    pub grown_percent: Option<f64>,
}

/// The lives of a process that is started again when it has died.
#[derive(Debug, Default)]
pub(super) struct Lives {
    lives: Vec<Life>,
}

#[derive(Debug)]
struct Life {
    process: u32,
    began: Instant,
    seen: Instant,
    warm: Vec<u64>,
    newest: Vec<u64>,
}

impl Lives {
    /// Reads the memory of the process that lives now; so much of it does not count.
    pub(super) fn see(&mut self, process: u32, without_kib: u64) {
        let now = Instant::now();
        if self.lives.last().is_none_or(|life| life.process != process) {
            let (warm, newest) = (Vec::new(), Vec::new());
            self.lives.push(Life { process, began: now, seen: now, warm, newest });
        }
        if let (Some(life), Some(kib)) = (self.lives.last_mut(), memory_kib(process)) {
            life.take(now, kib.saturating_sub(without_kib));
        }
    }

    /// Sums up.
    pub(super) fn growth(&self) -> Growth {
        let long: Vec<&Life> =
            self.lives.iter().filter(|life| READINGS <= life.newest.len()).collect();
        let warm_kib = long.first().map_or(0.0, |life| median(&life.warm));
        let grown = long.iter().map(|life| median(&life.newest) - median(&life.warm));
        let grown_kib = grown.fold(0.0, |all, life| all + life);
        let watched = long.iter().map(|life| life.seen - life.began - WARM).sum::<Duration>();
        Growth {
            lives: long.len(),
            minutes: (watched.as_secs_f64() / 6.0).round() / 10.0,
            warm_kib,
            grown_kib,
            grown_percent: (!long.is_empty()).then(|| grown_kib * 100.0 / warm_kib),
        }
    }
}

impl Life {
    fn take(&mut self, now: Instant, kib: u64) {
        if now - self.began < WARM {
            return;
        }
        self.seen = now;
        if self.warm.len() < READINGS {
            return self.warm.push(kib);
        }
        if self.newest.len() == READINGS {
            self.newest.remove(0);
        }
        self.newest.push(kib);
    }
}

fn median(kib: &[u64]) -> f64 {
    let mut sorted = kib.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).map_or(0.0, |kib| *kib as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_life_counts_from_its_own_warm_up_on() {
        let began = Instant::now();
        let mut lives = Lives::default();
        for (process, seconds, grows) in [(1, 400, 10), (2, 155, 99), (3, 200, 1)] {
            let (warm, newest) = (Vec::new(), Vec::new());
            let mut life = Life { process, began, seen: began, warm, newest };
            for second in 0..seconds {
                life.take(began + Duration::from_secs(second), 5_000 + grows * second);
            }
            lives.lives.push(life);
        }
        let growth = lives.growth();
        // From the middle of the first readings to that of the last: 241 s and 41 s.
        assert_eq!((growth.lives, growth.warm_kib, growth.grown_kib), (2, 6_540.0, 2_451.0));
        assert!((growth.minutes - 5.0).abs() < 0.2, "{growth:?}");
        assert_eq!(Lives::default().growth().grown_percent, None);
    }
}
