//! When those who were ticked off in a hall are heard of again. Without a clock.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use plenary_model::id::LinkId;

/// As often as pages of members say that they are there.
pub const EVERY: Duration = Duration::from_secs(30);

/// When those in each hall were heard of last.
#[derive(Debug, Default)]
pub struct Gathering(BTreeMap<LinkId, Instant>);

impl Gathering {
    /// Whether it is time for a hall whose page asks now; if so, they are heard of now.
    pub fn is_due(&mut self, hall: LinkId, now: Instant) -> bool {
        self.0.retain(|_, last| now < *last + EVERY);
        let due = !self.0.contains_key(&hall);
        if due {
            self.0.insert(hall, now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_page_that_asks_every_few_seconds_keeps_its_hall_there() {
        let [hall, other] = [Uuid::from_u128(1), Uuid::from_u128(2)].map(LinkId::new);
        let (mut gathering, began) = (Gathering::default(), Instant::now());
        let at = |seconds| began + Duration::from_secs(seconds);
        let due = (0..=90).step_by(5).filter(|seconds| gathering.is_due(hall, at(*seconds)));
        assert_eq!(due.collect::<Vec<_>>(), [0, 30, 60, 90]);
        assert!(gathering.is_due(other, at(91)));
    }
}
