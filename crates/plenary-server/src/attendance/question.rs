//! Answers what is asked of attendance: what its book is written from, who is missing, how many were
//! there when, and what is known of one member.

use std::sync::Arc;

use plenary_audience::attendance::{ActTime, Counts, Course, Curve, MemberIndex, Moment, Status};
use plenary_model::limits::{CURVE_POINTS_MAX, MISSING_LISTED_MAX};
use plenary_model::unit::PersonCode;
use plenary_organisation::UnitIndex;
use plenary_show::BegunAct;
use tokio::sync::oneshot;

use super::acts::times;
use super::desk::AttendanceDesk;
use super::order::{Known, Question, Recorded};
use super::register::{Register, Unnamed};
use super::task::Task;

/// Between two points of the curve.
pub const CURVE_STEP_MS: u64 = 60_000;
/// The curve shows so much of the time before the beginning.
const BEFORE_MS: u64 = 15 * 60_000;

impl AttendanceDesk {
    /// Everything that is recorded, with who came to these acts; nothing when the desk has ended.
    pub async fn record(&self, acts: Vec<BegunAct>) -> Option<Recorded> {
        let (reply, replied) = oneshot::channel();
        self.ask(Question::Record { freeze: false, acts, reply }).await;
        replied.await.ok()
    }

    /// The same, and nothing more is recorded from then on.
    pub async fn freeze(&self, acts: Vec<BegunAct>) -> Option<Recorded> {
        let (reply, replied) = oneshot::channel();
        self.ask(Question::Record { freeze: true, acts, reply }).await;
        replied.await.ok()
    }

    /// Records again.
    pub async fn thaw(&self) {
        self.ask(Question::Thaw).await;
    }

    /// The first of those who are missing in a unit and everything below it, and how many there are.
    pub async fn missing(&self, unit: UnitIndex) -> (usize, Vec<PersonCode>) {
        let (reply, replied) = oneshot::channel();
        self.ask(Question::Missing { unit, reply }).await;
        replied.await.unwrap_or_default()
    }

    /// How many were there over time; nothing when the desk has ended.
    pub async fn curve(&self) -> Option<Arc<Curve>> {
        let (reply, replied) = oneshot::channel();
        self.ask(Question::Curve { reply }).await;
        replied.await.ok()
    }

    /// So many were counted in a hall who have no name; when this returns, the next sums know it.
    pub async fn count_heads(&self, unnamed: Unnamed) {
        let (done, is_done) = oneshot::channel();
        self.ask(Question::Heads { unnamed, done }).await;
        // A desk that has ended counts nobody.
        let _ = is_done.await;
    }

    /// What these members come to; those who are none are left out.
    pub async fn statuses(&self, people: Vec<PersonCode>) -> Vec<(PersonCode, Status)> {
        let (reply, replied) = oneshot::channel();
        self.ask(Question::Statuses { people, reply }).await;
        replied.await.unwrap_or_default()
    }

    /// What is known of a member.
    pub async fn member(&self, person: PersonCode) -> Option<Known> {
        let (reply, replied) = oneshot::channel();
        self.ask(Question::Member { person, reply }).await;
        replied.await.ok().flatten()
    }
}

impl Task {
    pub(super) fn answer(&mut self, question: Question) {
        // Who does not wait any more needs no answer.
        match question {
            Question::Record { freeze, acts, reply } => {
                let _ = reply.send(self.register.recorded(&times(&self.event, &acts)));
                self.sealed |= freeze;
            }
            Question::Thaw => self.sealed = false,
            Question::Missing { unit, reply } => drop(reply.send(self.register.missing(unit))),
            Question::Curve { reply } => {
                let _ = reply.send(self.curve());
            }
            Question::Acts { acts, reply } => drop(reply.send(self.act_sums(acts))),
            Question::Heads { unnamed, done } => {
                if !self.sealed {
                    self.register.count_heads(&unnamed);
                }
                let _ = done.send(());
            }
            Question::Statuses { people, reply } => {
                drop(reply.send(self.register.statuses(people)))
            }
            Question::Member { person, reply } => drop(reply.send(self.register.member(&person))),
        }
    }
}

impl Task {
    /// Looking at every member takes some 10 ms, for which nobody comes in: once for each point.
    fn curve(&mut self) -> Arc<Curve> {
        let minute = self.now().0 / CURVE_STEP_MS;
        let course = self.course();
        match &self.curve {
            Some((of, known)) if *of == (minute, course) => Arc::clone(known),
            Some(_) | None => {
                let curve = Arc::new(self.register.curve(course, self.now()));
                self.curve = Some(((minute, course), Arc::clone(&curve)));
                curve
            }
        }
    }
}

impl Register {
    fn recorded(&self, acts: &[ActTime]) -> Recorded {
        let members = self.members().filter_map(|(member, code, unit)| {
            let known = self.known(member, unit)?;
            (known.status != Status::Uninvited).then(|| (code.clone(), known))
        });
        Recorded {
            directory: Arc::clone(self.directory()),
            members: members.collect(),
            acts: self.attendance().came_to(acts),
            // Who is there still is not there any more in the record.
            counts: self.sums().into_iter().map(|sums| Counts { here: 0, ..sums }).collect(),
        }
    }

    fn known(&self, member: MemberIndex, unit: UnitIndex) -> Option<Known> {
        let attendance = self.attendance();
        Some(Known {
            unit,
            status: attendance.status(member)?,
            expected: attendance.is_expected(member),
            present: attendance.intervals(member).to_vec(),
        })
    }

    fn statuses(&self, people: Vec<PersonCode>) -> Vec<(PersonCode, Status)> {
        let told = people.into_iter().filter_map(|code| {
            let status = self.attendance().status(self.number(&code)?)?;
            Some((code, status))
        });
        told.collect()
    }

    fn member(&self, person: &PersonCode) -> Option<Known> {
        let wanted = self.number(person)?;
        self.known(wanted, self.unit_of(wanted)?)
    }

    fn missing(&self, unit: UnitIndex) -> (usize, Vec<PersonCode>) {
        let tree = self.directory().tree();
        let within = tree.all().filter(|of| tree.is_within(*of, unit));
        let mut missing = within.flat_map(|of| self.own(of)).filter_map(|(member, code)| {
            let status = self.attendance().status(member)?;
            matches!(status, Status::Expected | Status::Absent).then_some(code)
        });
        let first: Vec<PersonCode> = missing.by_ref().take(MISSING_LISTED_MAX).cloned().collect();
        (first.len() + missing.count(), first)
    }

    fn curve(&self, course: Course, now: Moment) -> Curve {
        let (began, until) = match course {
            Course::Ahead => (now, now),
            Course::On { since } => (since, now),
            Course::Over { began, ended } => (began, ended),
        };
        let longest = CURVE_STEP_MS * (CURVE_POINTS_MAX as u64 - 1);
        let from = began.0.saturating_sub(BEFORE_MS).max(until.0.saturating_sub(longest));
        // On whole minutes, so that points stay where they are as time goes on.
        let from = Moment(from.next_multiple_of(CURVE_STEP_MS));
        let points = until.since(from) / CURVE_STEP_MS + 1;
        let points = usize::try_from(points).unwrap_or(CURVE_POINTS_MAX);
        self.attendance().curve(from, CURVE_STEP_MS, points.min(CURVE_POINTS_MAX))
    }
}
