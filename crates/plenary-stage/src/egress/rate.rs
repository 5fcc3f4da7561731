//! What a viewer's path carries: from the estimates that browsers send (REMB), from loss where they
//! send none, and from trials, because an estimate never grows far beyond what is sent.

use std::time::{Duration, Instant};

/// What is tried first: 720p with a reserve. A phone on a poor network falls back within seconds.
const START_BPS: u64 = 2_600_000;
/// How long a trial lasts: estimates need some seconds to follow.
const TRIAL: Duration = Duration::from_secs(4);
/// How long a viewer is left in peace before more is tried; doubled with each trial that failed.
const PATIENCE_MIN: Duration = Duration::from_secs(10);
const PATIENCE_MAX: Duration = Duration::from_secs(160);
/// An estimate that is older says nothing.
const ESTIMATE_HOLDS: Duration = Duration::from_secs(10);
/// Loss in 256ths above which the path is full, and below which it is not (as in
/// draft-ietf-rmcat-gcc-02 section 6).
const LOSS_FULL: u8 = 26;
const LOSS_FREE: u8 = 5;
const BPS_MIN: u64 = 100_000;
const BPS_MAX: u64 = 50_000_000;

#[derive(Debug, Clone, Copy)]
enum Phase {
    /// More is sent than is known to pass.
    Trial { until: Instant, bps: u64 },
    /// What is known to pass is sent, since then.
    Settled { since: Instant },
}

/// The belief about one path.
#[derive(Debug)]
pub struct Rate {
    phase: Phase,
    patience: Duration,
    estimate: Option<(Instant, u64)>,
    /// From loss alone.
    by_loss: u64,
}

impl Rate {
    /// Nothing is known yet.
    pub fn new(now: Instant) -> Self {
        Self {
            phase: Phase::Trial { until: now + TRIAL, bps: START_BPS },
            patience: PATIENCE_MIN,
            estimate: None,
            by_loss: START_BPS,
        }
    }

    /// The viewer sent an estimate, in bits per second.
    pub const fn estimated(&mut self, now: Instant, bps: u64) {
        self.estimate = Some((now, bps));
    }

    /// The viewer reported loss, in 256ths, while it was sent about this much.
    pub fn lost(&mut self, now: Instant, fraction: u8, sent_bps: u64) {
        if LOSS_FULL < fraction {
            let kept = sent_bps.saturating_sub(sent_bps * u64::from(fraction) / 512);
            self.by_loss = self.by_loss.min(kept).max(BPS_MIN);
            if let Phase::Trial { .. } = self.phase {
                self.settle(now, false);
            }
        } else if fraction < LOSS_FREE {
            self.by_loss = (self.by_loss + self.by_loss / 20).min(BPS_MAX);
        }
    }

    /// Bits per second that the viewer may be sent now. `more` is what the next larger rendition needs
    /// with a reserve, when there is one.
    pub fn allowed(&mut self, now: Instant, more: Option<u64>) -> u64 {
        match self.phase {
            Phase::Trial { until, bps } if now < until => bps.max(self.known(now)),
            Phase::Trial { bps, .. } => {
                self.settle(now, bps <= self.known(now) + bps / 4);
                self.known(now)
            }
            Phase::Settled { since } => {
                let known = self.known(now);
                match more.filter(|more| known < *more) {
                    Some(bps) if self.patience <= now - since => {
                        self.phase = Phase::Trial { until: now + TRIAL, bps };
                        bps
                    }
                    Some(_) | None => known,
                }
            }
        }
    }

    fn settle(&mut self, now: Instant, passed: bool) {
        self.patience = if passed { PATIENCE_MIN } else { (self.patience * 2).min(PATIENCE_MAX) };
        self.phase = Phase::Settled { since: now };
    }

    fn known(&self, now: Instant) -> u64 {
        match self.estimate {
            Some((at, bps)) if now.saturating_duration_since(at) < ESTIMATE_HOLDS => bps,
            Some(_) | None => self.by_loss,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_carries_all_is_sent_all_from_the_beginning() {
        let zero = Instant::now();
        let mut rate = Rate::new(zero);
        for second in 0..60 {
            let now = zero + Duration::from_secs(second);
            rate.lost(now, 0, 2_000_000);
            assert!(START_BPS <= rate.allowed(now, None), "second {second}");
        }
    }

    #[test]
    fn a_narrow_path_falls_at_once_and_is_tried_ever_more_seldom() {
        let zero = Instant::now();
        let mut rate = Rate::new(zero);
        assert_eq!(rate.allowed(zero, Some(START_BPS)), START_BPS);
        let mut trials = Vec::new();
        for second in 1..300 {
            let now = zero + Duration::from_secs(second);
            let before = rate.allowed(now, Some(START_BPS));
            let full = START_BPS <= before;
            rate.estimated(now, 800_000);
            rate.lost(now, if full { 80 } else { 0 }, before);
            if full {
                trials.push(second);
            }
            assert_eq!(rate.allowed(now, Some(START_BPS)), 800_000, "second {second}");
        }
        assert_eq!(trials, [1, 21, 61, 141], "patience doubles");
    }

    #[test]
    fn a_path_that_widens_is_found_although_its_estimate_does_not_say_so() {
        let zero = Instant::now();
        let mut rate = Rate::new(zero);
        rate.estimated(zero, 700_000);
        rate.lost(zero, 100, 2_000_000);
        assert_eq!(rate.allowed(zero, Some(START_BPS)), 700_000);
        let mut now = zero;
        let mut sent = 700_000;
        while sent < START_BPS {
            now += Duration::from_secs(1);
            // As browsers do: half as much again as what comes, at most.
            rate.estimated(now, sent * 3 / 2);
            rate.lost(now, 0, sent);
            sent = rate.allowed(now, Some(START_BPS)).min(2_700_000);
            sent = if sent < 2_500_000 { 700_000 } else { sent };
            assert!(now < zero + Duration::from_secs(30));
        }
        for second in 1..20 {
            let now = now + Duration::from_secs(second);
            rate.estimated(now, 4_000_000);
            rate.lost(now, 0, 2_600_000);
            assert!(START_BPS <= rate.allowed(now, None), "it stays");
        }
    }

    #[test]
    fn without_estimates_loss_decides() {
        let zero = Instant::now();
        let mut rate = Rate::new(zero);
        rate.lost(zero, 128, 2_000_000);
        assert_eq!(rate.allowed(zero, None), 1_500_000);
        for second in 1..40 {
            rate.lost(zero + Duration::from_secs(second), 0, 1_500_000);
        }
        assert!(START_BPS < rate.allowed(zero + Duration::from_secs(40), None));
    }
}
