//! One member's presence.

use super::roll::{Counts, UnitNumber};
use super::status::Status;
use super::{Course, Moment, Rules};

/// A member among those of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberIndex(pub u32);

impl MemberIndex {
    pub(super) const fn get(self) -> usize {
        self.0 as usize
    }
}

/// A time in which a member was there without a break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// When they came.
    pub from: Moment,
    /// When they were heard of last.
    pub until: Moment,
}

#[derive(Debug, Clone)]
pub(super) struct Member {
    pub unit: UnitNumber,
    expected: bool,
    pub excused: bool,
    pub watched_replay: bool,
    here: bool,
    intervals: Vec<Interval>,
}

impl Member {
    pub const fn new(unit: UnitNumber, expected: bool) -> Self {
        Self {
            unit,
            expected,
            excused: false,
            watched_replay: false,
            here: false,
            intervals: Vec::new(),
        }
    }

    pub const fn is_expected(&self) -> bool {
        self.expected
    }

    pub fn intervals(&self) -> &[Interval] {
        &self.intervals
    }

    pub fn last(&self) -> Option<&Interval> {
        self.intervals.last()
    }

    pub fn come(&mut self, at: Moment) {
        self.here = true;
        self.intervals.push(Interval { from: at, until: at });
    }

    pub fn stay(&mut self, until: Moment) {
        if let Some(interval) = self.intervals.last_mut() {
            self.here = true;
            interval.until = interval.until.max(until);
        }
    }

    pub const fn go(&mut self) {
        self.here = false;
    }

    pub fn status(&self, course: Course, rules: Rules) -> Status {
        let during = self.during(course);
        let Some((first, last)) = during else {
            return match course {
                _ if self.excused => Status::Excused,
                _ if self.watched_replay => Status::WatchedReplay,
                // They came before anybody here knew that it was over.
                Course::Over { ended, .. } if self.came_after(ended) => Status::WatchedReplay,
                _ if !self.expected => Status::Uninvited,
                Course::Over { .. } => Status::Absent,
                Course::Ahead | Course::On { .. } => Status::Expected,
            };
        };
        let is_late = |began: Moment| began.after(rules.late_ms) < first;
        match course {
            Course::Ahead if self.here => Status::Present,
            Course::Ahead => Status::Expected,
            Course::On { .. } if !self.here => Status::Left,
            Course::On { since } if is_late(since) => Status::Late,
            Course::On { .. } => Status::Present,
            Course::Over { ended, .. } if rules.early_ms < ended.since(last) => Status::Left,
            Course::Over { began, .. } if is_late(began) => Status::Late,
            Course::Over { .. } => Status::Present,
        }
    }

    fn came_after(&self, ended: Moment) -> bool {
        self.intervals.last().is_some_and(|interval| ended < interval.from)
    }

    /// When they came first and were heard of last while the event was going on, or before it.
    fn during(&self, course: Course) -> Option<(Moment, Moment)> {
        let (from, until) = match course {
            Course::Ahead => (Moment(0), Moment(u64::MAX)),
            Course::On { since } => (since, Moment(u64::MAX)),
            Course::Over { began, ended } => (began, ended),
        };
        let meets = |interval: &&Interval| from <= interval.until && interval.from <= until;
        let first = self.intervals.iter().find(meets)?;
        let last = self.intervals.iter().rfind(meets)?;
        Some((first.from, last.until))
    }

    /// What this member adds to their unit.
    pub fn counts(&self, course: Course, rules: Rules) -> Counts {
        Counts::of(self.status(course, rules), self.expected, self.here)
    }
}
