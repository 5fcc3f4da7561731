//! How many come in each second, and when it is whose turn. Without a clock.

use plenary_model::time::WallMs;

/// How much of its rate is saved up while nobody comes, in microseconds.
const SAVED_US: u64 = 1_000_000;
/// How far turns move away when those who were let in could not be written down.
const HELD_UP_US: u64 = 1_000_000;

/// Gives turns, each after the one before.
#[derive(Debug)]
pub struct Turnstile {
    /// From one turn to the next, in microseconds.
    gap_us: u64,
    /// The last turn that was given.
    last_us: u64,
}

impl Turnstile {
    /// Lets in at most so many each second.
    pub fn new(per_second_max: u32) -> Self {
        Self { gap_us: (1_000_000 / u64::from(per_second_max.max(1))).max(1), last_us: 0 }
    }

    /// The turn of one who comes now.
    pub fn arrive(&mut self, now: WallMs) -> WallMs {
        let now_us = now.0 * 1_000;
        self.last_us = (self.last_us + self.gap_us).max(now_us.saturating_sub(SAVED_US));
        WallMs(self.last_us.div_ceil(1_000))
    }

    /// More were let in than could be written down: whoever comes from now on waits longer.
    pub fn hold_up(&mut self, now: WallMs) {
        self.last_us = self.last_us.max(now.0 * 1_000 + HELD_UP_US);
    }

    /// The place in line of one whose turn this is.
    pub fn place(&self, now: WallMs, turn: WallMs) -> u64 {
        (turn.0.saturating_sub(now.0) * 1_000).div_ceil(self.gap_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: WallMs = WallMs(1_795_000_000_000);

    #[test]
    fn a_crowd_comes_in_one_after_the_other_and_nobody_waits_for_an_empty_door() {
        let mut door = Turnstile::new(5);
        let turns: Vec<u64> = (0..40).map(|_| door.arrive(NOW).0).collect();
        let at_once = turns.iter().filter(|turn| **turn <= NOW.0).count();
        assert_eq!(at_once, 6, "what was saved up in a second, and the first");
        for (one, next) in turns.iter().zip(&turns[1..]) {
            assert_eq!(next - one, 200);
        }
        assert_eq!(turns[39], NOW.0 + 34 * 200);
        assert_eq!(door.place(NOW, WallMs(turns[39])), 34);
        let later = WallMs(NOW.0 + 60_000);
        assert!(door.arrive(later) <= later);
    }

    #[test]
    fn who_comes_while_nothing_can_be_written_is_told_a_later_turn() {
        let mut door = Turnstile::new(5_000);
        assert!(door.arrive(NOW) <= NOW);
        door.hold_up(NOW);
        assert!(NOW.0 + 1_000 <= door.arrive(NOW).0);
        assert_eq!(Turnstile::new(0).gap_us, 1_000_000);
        assert_eq!(Turnstile::new(u32::MAX).gap_us, 1);
    }
}
