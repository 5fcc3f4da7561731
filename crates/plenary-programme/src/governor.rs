//! When encoding is late, the governor takes back quality step by step so that the clock keeps
//! running, and gives it back slowly.

use std::collections::VecDeque;

use plenary_model::ladder::Ladder;

use crate::protocol::GovernorStep;

/// Encoding later than this, tick to encoded, is too late: three quarters of a tick at 30 fps.
const LATE_US: u32 = 25_000;
/// Seconds that are looked at together.
const WINDOW_SECONDS: usize = 5;
/// Late seconds within the window that call for a step down: one or two are other work passing by.
const LATE_SECONDS: usize = 3;
/// Pictures skipped within the window, because a queue was full, that call for a step down.
const SKIPPED_MAX: u64 = 3;
/// A step is given back when good seconds outweigh bad ones by so many.
const CREDIT_FIRST: u32 = 20;
/// What it takes at most to go back to a step that was given back too early and doubled it.
const CREDIT_LAST: u32 = 320;
/// What a bad second costs: with one in six there is no way up.
const BAD_COSTS: u32 = 5;
/// A step down within so many seconds after a step up means that the step up was too early.
const TOO_EARLY_SECONDS: u32 = 30;
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

impl Second {
    const fn late(self) -> bool {
        LATE_US < self.encode_p99_us
    }
}

/// Decides after every second.
#[derive(Debug)]
pub struct Governor {
    steps: Vec<GovernorStep>,
    at: usize,
    window: VecDeque<Second>,
    credit: u32,
    /// The credit that it takes to go back up to each step.
    needed: Vec<u32>,
    /// Seconds since a step up that may still turn out to be too early.
    tried: Option<u32>,
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
        Self {
            needed: vec![CREDIT_FIRST; steps.len()],
            steps,
            at: 0,
            window: VecDeque::new(),
            credit: 0,
            tried: None,
        }
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
        self.window.push_back(second);
        if WINDOW_SECONDS < self.window.len() {
            self.window.pop_front();
        }
        let bad = second.late() || 0 < second.skipped;
        self.credit = if bad { self.credit.saturating_sub(BAD_COSTS) } else { self.credit + 1 };
        self.tried = self.tried.map(|seconds| seconds + 1);
        if self.tried.is_some_and(|seconds| TOO_EARLY_SECONDS < seconds) {
            self.tried = None;
            self.needed[self.at] = CREDIT_FIRST;
        }
        if self.overloaded() && self.at + 1 < self.steps.len() {
            if self.tried.take().is_some() {
                self.needed[self.at] = (self.needed[self.at] * 2).min(CREDIT_LAST);
            }
            self.at += 1;
        } else if 0 < self.at && self.needed[self.at - 1] <= self.credit {
            self.at -= 1;
            self.tried = Some(0);
        } else {
            return None;
        }
        self.credit = 0;
        self.window.clear();
        Some(self.step())
    }

    fn overloaded(&self) -> bool {
        let late = self.window.iter().filter(|second| second.late()).count();
        let skipped: u64 = self.window.iter().map(|second| second.skipped).sum();
        LATE_SECONDS <= late || SKIPPED_MAX <= skipped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps of `seconds` seconds, each with its number.
    fn steps(seconds: u32, second: impl Fn(u32, GovernorStep) -> Second) -> Vec<String> {
        let mut governor = Governor::new(&Ladder::two_cores());
        let each = (0..seconds).filter_map(|n| {
            let step = governor.step();
            governor.second(second(n, step)).map(|step| format!("{n} {step:?}"))
        });
        each.collect()
    }

    const fn lasting(ms: u32) -> Second {
        Second { encode_p99_us: ms * 1_000, skipped: 0 }
    }

    #[test]
    fn it_steps_down_fast_and_up_slowly() {
        let log = steps(100, |n, _| lasting(if n < 9 { 40 } else { 9 }));
        let expected = [
            "2 LowComplexity",
            "5 HalfRateLowest",
            "8 SmallLayers",
            "28 HalfRateLowest",
            "48 LowComplexity",
            "68 Full",
        ];
        assert_eq!(log, expected);
    }

    #[test]
    fn skipped_pictures_step_down_at_once() {
        let log = steps(4, |n, _| Second { encode_p99_us: 9_000, skipped: u64::from(n == 1) * 3 });
        assert_eq!(log, ["1 LowComplexity"]);
    }

    #[test]
    fn single_slow_seconds_change_nothing_and_hold_nothing_down() {
        assert_eq!(steps(60, |n, _| lasting(if n % 3 == 0 { 90 } else { 10 })), [""; 0]);
        let log = steps(100, |n, _| lasting(if n < 3 || n % 10 == 0 { 90 } else { 20 }));
        assert_eq!(log, ["2 LowComplexity", "46 Full"]);
    }

    #[test]
    fn a_machine_that_is_too_slow_for_a_step_is_asked_ever_more_rarely() {
        let too_slow = |_, step| lasting(if step == GovernorStep::Full { 40 } else { 9 });
        let expected = [
            "2 LowComplexity",
            "22 Full",
            "25 LowComplexity",
            "65 Full",
            "68 LowComplexity",
            "148 Full",
            "151 LowComplexity",
        ];
        assert_eq!(steps(200, too_slow), expected);
    }

    #[test]
    fn a_step_that_was_tried_too_early_does_not_make_the_others_wait() {
        // Too slow for the full quality at first; a burst after the second try costs two steps.
        let log = steps(200, |n, step| {
            let burst = (45..51).contains(&n);
            let slow = n < 60 && step == GovernorStep::Full;
            lasting(if slow || burst { 40 } else { 9 })
        });
        let expected = [
            "2 LowComplexity",
            "22 Full",
            "25 LowComplexity",
            "47 HalfRateLowest",
            "50 SmallLayers",
            "70 HalfRateLowest",
            "90 LowComplexity",
            "130 Full",
        ];
        assert_eq!(log, expected);
    }

    #[test]
    fn a_step_that_holds_is_given_back_as_readily_as_at_first() {
        let log = steps(300, |n, step| {
            let slow = n < 80 && step == GovernorStep::Full;
            lasting(if slow || (200..203).contains(&n) { 40 } else { 9 })
        });
        let expected = [
            "2 LowComplexity",
            "22 Full",
            "25 LowComplexity",
            "65 Full",
            "68 LowComplexity",
            "148 Full",
            "202 LowComplexity",
            "222 Full",
        ];
        assert_eq!(log, expected);
    }
}
