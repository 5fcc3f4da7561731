//! Who is on the way to sign in elsewhere, and what they come back for. Without a clock.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use plenary_model::limits::{ELSEWHERE_MAX, ELSEWHERE_SECONDS_MAX};

/// How long one may be away.
const AWAY_MAX: Duration = Duration::from_secs(ELSEWHERE_SECONDS_MAX);

/// One who has left, bound to the browser that they left with.
#[derive(Debug)]
struct Away<T> {
    browser: String,
    left: Instant,
    errand: T,
}

/// Those who are away, by the text that they bring back.
#[derive(Debug)]
pub(super) struct Errands<T> {
    away: BTreeMap<String, Away<T>>,
    /// In the order in which they left; some have come back.
    left: VecDeque<(Instant, String)>,
}

impl<T> Default for Errands<T> {
    fn default() -> Self {
        Self { away: BTreeMap::new(), left: VecDeque::new() }
    }
}

impl<T> Errands<T> {
    /// Somebody leaves.
    pub(super) fn leave(&mut self, now: Instant, (state, browser): (String, String), errand: T) {
        while let Some((left, _)) = self.left.front() {
            if ELSEWHERE_MAX <= self.left.len() || *left + AWAY_MAX <= now {
                if let Some((_, state)) = self.left.pop_front() {
                    self.away.remove(&state);
                }
            } else {
                break;
            }
        }
        self.left.push_back((now, state.clone()));
        self.away.insert(state, Away { browser, left: now, errand });
    }

    /// Somebody is back, in this browser: what for. Nobody comes back twice.
    pub(super) fn back(&mut self, now: Instant, state: &str, browser: &str) -> Option<T> {
        let away = self.away.get(state)?;
        let is_same = verify_slices_are_equal(away.browser.as_bytes(), browser.as_bytes()).is_ok();
        if !is_same || away.left + AWAY_MAX <= now {
            return None;
        }
        self.away.remove(state).map(|away| away.errand)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leave(errands: &mut Errands<u32>, now: Instant, state: &str, errand: u32) {
        errands.leave(now, (state.into(), format!("browser of {state}")), errand);
    }

    #[test]
    fn one_comes_back_once_in_time_and_in_the_same_browser() {
        let start = Instant::now();
        let mut errands = Errands::default();
        leave(&mut errands, start, "a", 1);
        leave(&mut errands, start, "b", 2);
        assert_eq!(errands.back(start, "a", "browser of b"), None, "another browser");
        assert_eq!(errands.back(start, "", ""), None);
        assert_eq!(errands.back(start, "a", "browser of a"), Some(1));
        assert_eq!(errands.back(start, "a", "browser of a"), None, "twice");
        assert_eq!(errands.back(start + AWAY_MAX, "b", "browser of b"), None, "late");
    }

    #[test]
    fn a_crowd_takes_no_more_memory_and_those_who_left_last_come_back() {
        let start = Instant::now();
        let mut errands = Errands::default();
        for n in 0..2 * ELSEWHERE_MAX {
            leave(&mut errands, start, &n.to_string(), 0);
        }
        assert_eq!((errands.away.len(), errands.left.len()), (ELSEWHERE_MAX, ELSEWHERE_MAX));
        let last = (2 * ELSEWHERE_MAX - 1).to_string();
        assert_eq!(errands.back(start, &last, &format!("browser of {last}")), Some(0));
        leave(&mut errands, start + AWAY_MAX, "new", 1);
        assert_eq!((errands.away.len(), errands.left.len()), (1, 1));
    }
}
