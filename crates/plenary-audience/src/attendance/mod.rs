//! Attendance at one event: beats of pages and seats become intervals of presence for each member, and
//! sums for each unit and everything below it, kept up to date with every change.

mod acts;
mod curve;
mod member;
mod roll;
mod status;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use acts::{ActCounts, ActTime};
pub use curve::Curve;
pub use member::{Interval, MemberIndex};
pub use roll::{Counts, UnitNumber};
pub use status::Status;

use member::Member;
use roll::Roll;

/// A moment of the event's own clock, which never goes back: milliseconds since the event was made.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(transparent)]
pub struct Moment(pub u64);

impl Moment {
    /// So many milliseconds later.
    #[must_use]
    pub const fn after(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds since an earlier moment; zero since a later one.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// What counts as being there, late, and gone too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Whoever has not been heard of for longer is not there any more.
    pub silent_ms: u64,
    /// Whoever comes later than this after the beginning is late.
    pub late_ms: u64,
    /// Whoever goes earlier than this before the end has left early.
    pub early_ms: u64,
}

/// Where the event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// It has not begun.
    Ahead,
    /// It is going on since then.
    On {
        /// Its beginning.
        since: Moment,
    },
    /// It is over.
    Over {
        /// Its beginning.
        began: Moment,
        /// Its end.
        ended: Moment,
    },
}

/// What happened to a member's presence; what must be stored before anybody hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// They came, or came back: a new interval.
    Came {
        /// Who.
        member: MemberIndex,
        /// When.
        at: Moment,
    },
    /// They are still there: their interval is this long.
    Stayed {
        /// Who.
        member: MemberIndex,
        /// Until when, at least.
        until: Moment,
    },
    /// They need not come; or, after all, they need.
    Excused {
        /// Who.
        member: MemberIndex,
        /// Whether they need not.
        excused: bool,
    },
    /// They have watched the replay.
    WatchedReplay {
        /// Who.
        member: MemberIndex,
    },
}

/// The attendance of one event.
#[derive(Debug, Clone)]
pub struct Attendance {
    rules: Rules,
    course: Course,
    members: Vec<Member>,
    roll: Roll,
    /// Who was heard of, in the order in which it happened; those heard of since stand here again.
    heard: VecDeque<(Moment, MemberIndex)>,
}

impl Attendance {
    /// The attendance of an event at which nobody is expected yet. Of each unit `parents` names the one
    /// that it stands under.
    pub fn new(rules: Rules, parents: Vec<Option<UnitNumber>>) -> Self {
        Self {
            rules,
            course: Course::Ahead,
            members: Vec::new(),
            roll: Roll::new(parents),
            heard: VecDeque::new(),
        }
    }

    /// In a hall of a unit so many were counted who have no name, where it was so many before.
    pub fn count_heads(&mut self, unit: UnitNumber, was: u32, is: u32) {
        let [was, is] = [was, is].map(|heads| Counts { heads, ..Counts::default() });
        self.roll.exchange(unit, &was, &is);
    }

    /// Somebody of a unit may come, and is expected or not. Members are numbered in this order.
    pub fn add(&mut self, unit: UnitNumber, expected: bool) -> MemberIndex {
        let index = MemberIndex(u32::try_from(self.members.len()).unwrap_or(u32::MAX));
        let member = Member::new(unit, expected);
        self.roll.enter(unit, &member.counts(self.course, self.rules));
        self.members.push(member);
        index
    }

    /// How many members there are.
    pub const fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is nobody.
    pub const fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// A page or a seat says that its member is there: what is to be stored, and then applied. Whoever
    /// comes after the end watches the replay.
    pub fn beat(&self, member: MemberIndex, at: Moment) -> Option<Fact> {
        let known = self.members.get(member.get())?;
        if let Course::Over { ended, .. } = self.course
            && ended < at
        {
            return Some(Fact::WatchedReplay { member });
        }
        Some(match known.last() {
            Some(interval) if at.since(interval.until) <= self.rules.silent_ms => {
                Fact::Stayed { member, until: at }
            }
            Some(_) | None => Fact::Came { member, at },
        })
    }

    /// Makes a fact true; one about somebody who is not there does nothing.
    pub fn apply(&mut self, fact: Fact) {
        match fact {
            Fact::Came { member, at } => {
                self.change(member, |known| known.come(at));
                self.heard.push_back((at, member));
            }
            Fact::Stayed { member, until } => {
                self.change(member, |known| known.stay(until));
                self.heard.push_back((until, member));
            }
            Fact::Excused { member, excused } => {
                self.change(member, |known| known.excused = excused);
            }
            Fact::WatchedReplay { member } => {
                self.change(member, |known| known.watched_replay = true);
            }
        }
    }

    /// The event has begun or ended. Everybody is looked at again.
    pub fn go(&mut self, course: Course) {
        let before = std::mem::replace(&mut self.course, course);
        for member in &self.members {
            let (was, is) = [before, course].map(|at| member.counts(at, self.rules)).into();
            self.roll.exchange(member.unit, &was, &is);
        }
    }

    /// Lets those go of whom nothing was heard for too long.
    pub fn wake(&mut self, now: Moment) {
        while let Some((at, member)) = self.heard.front().copied() {
            if now.since(at) <= self.rules.silent_ms {
                return;
            }
            self.heard.pop_front();
            let newest = self.members.get(member.get()).and_then(Member::last);
            if newest.is_some_and(|interval| interval.until == at) {
                self.change(member, Member::go);
            }
        }
    }

    /// When to wake it.
    pub fn deadline(&self) -> Option<Moment> {
        self.heard.front().map(|(at, _)| at.after(self.rules.silent_ms + 1))
    }

    /// What a unit and everything below it come to.
    pub fn counts(&self, unit: UnitNumber) -> Counts {
        self.roll.of(unit)
    }

    /// The units that have changed since this was asked last, each once.
    pub fn changed_units(&mut self) -> Vec<UnitNumber> {
        self.roll.take_changed()
    }

    /// What is known of a member's presence.
    pub fn intervals(&self, member: MemberIndex) -> &[Interval] {
        self.members.get(member.get()).map_or(&[], Member::intervals)
    }

    /// Whether a member is expected.
    pub fn is_expected(&self, member: MemberIndex) -> bool {
        self.members.get(member.get()).is_some_and(Member::is_expected)
    }

    /// What a member comes to.
    pub fn status(&self, member: MemberIndex) -> Option<Status> {
        Some(self.members.get(member.get())?.status(self.course, self.rules))
    }

    fn change(&mut self, index: MemberIndex, change: impl FnOnce(&mut Member)) {
        let Some(member) = self.members.get_mut(index.get()) else { return };
        let was = member.counts(self.course, self.rules);
        change(member);
        let is = member.counts(self.course, self.rules);
        self.roll.exchange(member.unit, &was, &is);
    }
}
