//! When encoding is late, the governor takes back quality step by step so that the clock keeps
//! running, and gives it back slowly.

use plenary_model::ladder::Ladder;

use crate::protocol::GovernorStep;

/// Encoding later than this, tick to encoded, is too late: three quarters of a tick at 30 fps.
const LATE_US: u32 = 25_000;
/// Skipped pictures within the window that count as too late.
const SKIPPED_MAX: u64 = 3;
/// Seconds in a row that must be late before a step down.
const LATE_SECONDS: u32 = 3;
/// Seconds in a row that must be fine before a step up: a machine that was overloaded once mostly
/// is again, so it goes up slowly.
const FINE_SECONDS: u32 = 60;
/// Fine means well below late.
const FINE_US: u32 = 12_000;
/// Renditions above this height can be left out.
const LARGE_HEIGHT: u32 = 720;

/// One second of encoding.
#[derive(Debug, Clone, Copy)]
pub struct Second {
    /// 99th percentile of tick → encoded, in microseconds.
    pub encode_p99_us: u32,
    /// Pictures skipped because an encoder's queue was full.
    pub skipped: u64,
}

/// Decides after every second.
#[derive(Debug)]
pub struct Governor {
    steps: Vec<GovernorStep>,
    at: usize,
    late: u32,
    fine: u32,
}

impl Governor {
    /// A governor for a ladder: steps that would change nothing there are left out.
    pub fn new(ladder: &Ladder) -> Self {
        let large = ladder.video.first().is_some_and(|first| LARGE_HEIGHT < first.height);
        let mut steps = vec![GovernorStep::Full, GovernorStep::LowComplexity];
        if large && 1 < ladder.video.len() {
            steps.push(GovernorStep::WithoutLargest);
        }
        if 1 < ladder.video.len() {
            steps.push(GovernorStep::HalfRateLowest);
        }
        steps.push(GovernorStep::SmallLayers);
        Self { steps, at: 0, late: 0, fine: 0 }
    }

    /// Where it stands. Every step includes the ones before it.
    pub fn step(&self) -> GovernorStep {
        self.steps[self.at]
    }

    /// Begins one step lower, because the self-test at the start was slow.
    pub fn start_low(&mut self) {
        self.at = 1;
    }

    /// Takes one second in; the new step when it changed.
    pub fn second(&mut self, second: Second) -> Option<GovernorStep> {
        let late = LATE_US < second.encode_p99_us || SKIPPED_MAX <= second.skipped;
        let fine = second.encode_p99_us < FINE_US && second.skipped == 0;
        self.late = if late { self.late + 1 } else { 0 };
        self.fine = if fine { self.fine + 1 } else { 0 };
        if LATE_SECONDS <= self.late && self.at + 1 < self.steps.len() {
            self.at += 1;
        } else if FINE_SECONDS <= self.fine && 0 < self.at {
            self.at -= 1;
        } else {
            return None;
        }
        (self.late, self.fine) = (0, 0);
        Some(self.step())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_steps_down_fast_and_up_slowly() {
        let mut governor = Governor::new(&Ladder::two_cores());
        let mut log = Vec::new();
        for n in 0..200u32 {
            let encode_p99_us = if n < 12 { 40_000 } else { 9_000 };
            if let Some(step) = governor.second(Second { encode_p99_us, skipped: 0 }) {
                log.push(format!("{n} {step:?}"));
            }
        }
        assert_eq!(
            log,
            [
                "2 LowComplexity",
                "5 HalfRateLowest",
                "8 SmallLayers",
                "71 HalfRateLowest",
                "131 LowComplexity",
                "191 Full"
            ]
        );
    }

    #[test]
    fn a_single_slow_second_changes_nothing() {
        let mut governor = Governor::new(&Ladder::two_cores());
        for n in 0..30 {
            let second =
                Second { encode_p99_us: if n % 3 == 0 { 90_000 } else { 10_000 }, skipped: 0 };
            assert_eq!(governor.second(second), None);
        }
    }
}
