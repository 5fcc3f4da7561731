//! How often one may guess a password: some times in a row, then once in a while. Without a clock.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use plenary_model::limits::{
    SIGN_IN_FAILURES_MAX, SIGN_IN_FAILURES_REMEMBERED_MAX, SIGN_IN_PAUSE_SECONDS,
};

/// How soon one failure is forgotten.
const PAUSE: Duration = Duration::from_secs(SIGN_IN_PAUSE_SECONDS);

/// What failures are counted for: an account's name, or where the guesses come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guessing {
    /// This account.
    Account(String),
    /// Whatever comes from here.
    From(std::net::IpAddr),
}

/// Failed attempts of late.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    /// When all failures of each are forgotten.
    forgotten: BTreeMap<Guessing, Instant>,
}

impl Attempts {
    /// How long one more has to wait; nothing when it may be made now.
    pub(super) fn wait(&self, now: Instant, guessing: &Guessing) -> Option<Duration> {
        let forgotten = self.forgotten.get(guessing)?;
        // With the most failures in a row it is this far away.
        let most = PAUSE * (SIGN_IN_FAILURES_MAX - 1);
        forgotten.checked_duration_since(now + most).filter(|wait| !wait.is_zero())
    }

    /// One more has failed.
    pub(super) fn failed(&mut self, now: Instant, guessing: Guessing) {
        if SIGN_IN_FAILURES_REMEMBERED_MAX <= self.forgotten.len() {
            self.forgotten.retain(|_, forgotten| now < *forgotten);
        }
        if SIGN_IN_FAILURES_REMEMBERED_MAX <= self.forgotten.len()
            && let Some(soonest) = self.forgotten.iter().min_by_key(|(_, at)| **at)
        {
            let soonest = soonest.0.clone();
            self.forgotten.remove(&soonest);
        }
        let forgotten = self.forgotten.entry(guessing).or_insert(now);
        *forgotten = (*forgotten).max(now) + PAUSE;
    }

    /// One was none after all.
    pub(super) fn take_back(&mut self, guessing: &Guessing) {
        if let Some(forgotten) = self.forgotten.get_mut(guessing) {
            *forgotten = forgotten.checked_sub(PAUSE).unwrap_or(*forgotten);
        }
    }

    /// The right one was given.
    pub(super) fn succeeded(&mut self, guessing: &Guessing) {
        self.forgotten.remove(guessing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(name: &str) -> Guessing {
        Guessing::Account(name.into())
    }

    #[test]
    fn after_some_failures_in_a_row_one_more_is_allowed_each_pause() {
        let start = Instant::now();
        let mut attempts = Attempts::default();
        for _ in 0..SIGN_IN_FAILURES_MAX {
            assert_eq!(attempts.wait(start, &account("a")), None);
            attempts.failed(start, account("a"));
        }
        assert_eq!(attempts.wait(start, &account("a")), Some(PAUSE));
        assert_eq!(attempts.wait(start, &account("b")), None);
        let later = start + PAUSE;
        assert_eq!(attempts.wait(later, &account("a")), None);
        attempts.failed(later, account("a"));
        assert_eq!(attempts.wait(later, &account("a")), Some(PAUSE));
        attempts.take_back(&account("a"));
        assert_eq!(attempts.wait(later, &account("a")), None);
        attempts.failed(later, account("a"));
        attempts.succeeded(&account("a"));
        assert_eq!(attempts.wait(later, &account("a")), None);
    }

    #[test]
    fn all_are_forgotten_in_time_and_a_crowd_takes_no_more_memory() {
        let start = Instant::now();
        let mut attempts = Attempts::default();
        for _ in 0..SIGN_IN_FAILURES_MAX {
            attempts.failed(start, account("target"));
        }
        for n in 0..2 * SIGN_IN_FAILURES_REMEMBERED_MAX {
            attempts.failed(start, account(&n.to_string()));
        }
        assert_eq!(attempts.forgotten.len(), SIGN_IN_FAILURES_REMEMBERED_MAX);
        assert!(attempts.wait(start, &account("target")).is_some(), "others do not free it");
        attempts.failed(start + PAUSE * 100, account("new"));
        assert_eq!(attempts.forgotten.len(), 1);
    }
}
