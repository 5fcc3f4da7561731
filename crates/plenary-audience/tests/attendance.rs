//! Attendance as stewards and organisers see it, by scripts and by chance.

use std::fmt::Write as _;

use insta::assert_snapshot;
use plenary_audience::attendance::{
    Attendance, Counts, Course, Fact, MemberIndex, Moment, Rules, Status, UnitNumber,
};
use proptest::prelude::*;

const MINUTE: u64 = 60_000;
const RULES: Rules = Rules { silent_ms: 90_000, late_ms: 10 * MINUTE, early_ms: 10 * MINUTE };

/// The group, a province, and a city in it.
const PARENTS: [Option<UnitNumber>; 3] = [None, Some(UnitNumber(0)), Some(UnitNumber(1))];

fn minute(minute: u64) -> Moment {
    Moment(minute * MINUTE)
}

/// Somebody who beats every 30 seconds from one minute to another.
fn stays(attendance: &mut Attendance, member: MemberIndex, from: u64, until: u64) {
    for half in from * 2..=until * 2 {
        let at = Moment(half * MINUTE / 2);
        attendance.wake(at);
        let fact = attendance.beat(member, at).expect("a member");
        attendance.apply(fact);
    }
}

fn said(attendance: &Attendance) -> String {
    let mut said = String::new();
    for unit in 0..3 {
        let counts = attendance.counts(UnitNumber(unit));
        let Counts { expected, here, came, missing, late, left, excused, watched_replay, .. } =
            counts;
        writeln!(
            said,
            "{unit}: {expected} expected, {here} here, {came} came, {missing} missing, {late} late, \
             {left} left, {excused} excused, {watched_replay} watched the replay"
        )
        .expect("text");
    }
    said
}

#[test]
fn an_evening_is_counted_by_unit_and_everything_above() {
    let mut attendance = Attendance::new(RULES, PARENTS.into());
    let [top, province, city] = [0, 1, 2].map(UnitNumber);
    let chair = attendance.add(top, true);
    let late = attendance.add(province, true);
    let early = attendance.add(city, true);
    let excused = attendance.add(city, true);
    let absent = attendance.add(city, true);
    let replay = attendance.add(city, true);
    let guest = attendance.add(city, false);
    stays(&mut attendance, chair, 0, 5);
    attendance.apply(Fact::Excused { member: excused, excused: true });
    attendance.go(Course::On { since: minute(5) });
    stays(&mut attendance, early, 5, 20);
    assert_snapshot!(said(&attendance), @r"
    0: 6 expected, 1 here, 2 came, 3 missing, 0 late, 1 left, 1 excused, 0 watched the replay
    1: 5 expected, 1 here, 1 came, 3 missing, 0 late, 0 left, 1 excused, 0 watched the replay
    2: 4 expected, 1 here, 1 came, 2 missing, 0 late, 0 left, 1 excused, 0 watched the replay
    ");
    stays(&mut attendance, late, 21, 65);
    stays(&mut attendance, chair, 65, 66);
    stays(&mut attendance, guest, 66, 66);
    assert_eq!(attendance.status(late), Some(Status::Late));
    attendance.go(Course::Over { began: minute(5), ended: minute(66) });
    attendance.apply(Fact::WatchedReplay { member: replay });
    let everybody = [chair, late, early, excused, absent, replay, guest];
    let statuses = everybody.map(|member| attendance.status(member).expect("a member"));
    assert_eq!(
        statuses,
        [
            Status::Present,
            Status::Late,
            Status::Left,
            Status::Excused,
            Status::Absent,
            Status::WatchedReplay,
            Status::Late
        ]
    );
    attendance.wake(minute(70));
    assert_snapshot!(said(&attendance), @r"
    0: 6 expected, 0 here, 4 came, 1 missing, 2 late, 1 left, 1 excused, 1 watched the replay
    1: 5 expected, 0 here, 3 came, 1 missing, 2 late, 1 left, 1 excused, 1 watched the replay
    2: 4 expected, 0 here, 2 came, 1 missing, 1 late, 1 left, 1 excused, 1 watched the replay
    ");
    let spans = attendance.intervals(chair).iter().map(|i| (i.from, i.until)).collect::<Vec<_>>();
    assert_eq!(spans, [(minute(0), minute(5)), (minute(65), minute(66))]);
}

#[test]
fn whoever_falls_silent_is_gone_when_it_is_time_and_comes_back_with_a_new_interval() {
    let mut attendance = Attendance::new(RULES, PARENTS.into());
    let member = attendance.add(UnitNumber(2), true);
    attendance.go(Course::On { since: minute(0) });
    assert_eq!(attendance.deadline(), None);
    stays(&mut attendance, member, 0, 1);
    assert_eq!(attendance.changed_units(), [2, 1, 0].map(UnitNumber));
    attendance.wake(Moment(MINUTE + 90_000));
    assert_eq!(attendance.counts(UnitNumber(0)).here, 1, "90 seconds are no silence");
    let gone = attendance.deadline().expect("somebody is there");
    assert_eq!(gone, Moment(MINUTE + 90_001));
    attendance.wake(gone);
    assert_eq!(attendance.counts(UnitNumber(0)).here, 0);
    assert_eq!(attendance.status(member), Some(Status::Left));
    assert_eq!(attendance.changed_units(), [2, 1, 0].map(UnitNumber));
    assert_eq!(attendance.changed_units(), []);
    let back = attendance.beat(member, minute(3)).expect("a member");
    assert_eq!(back, Fact::Came { member, at: minute(3) });
    attendance.apply(back);
    assert_eq!(attendance.status(member), Some(Status::Present));
    assert_eq!(attendance.intervals(member).len(), 2);
    assert_eq!(attendance.beat(MemberIndex(9), minute(3)), None);
}

/// What the sums should be, counted anew.
fn recounted(attendance: &Attendance, units: &[UnitNumber], unit: UnitNumber) -> [u32; 4] {
    let within = |mut at: UnitNumber| loop {
        if at == unit {
            return true;
        }
        match PARENTS[at.0 as usize] {
            Some(parent) => at = parent,
            None => return false,
        }
    };
    let statuses = (0..).map(MemberIndex).zip(units).filter(|(_, at)| within(**at));
    let statuses: Vec<Status> =
        statuses.filter_map(|(member, _)| attendance.status(member)).collect();
    let count = |of: &[Status]| statuses.iter().filter(|status| of.contains(status)).count() as u32;
    [
        count(&[Status::Present, Status::Late, Status::Left]),
        count(&[Status::Expected, Status::Absent]),
        count(&[Status::Late]),
        count(&[Status::Left]),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_the_sums_are_those_of_a_recount(
        places in prop::collection::vec((0_u32..3, any::<bool>()), 1..12),
        happens in prop::collection::vec((0_u32..12, 0_u8..8, 0_u64..200_000), 0..120),
    ) {
        let mut attendance = Attendance::new(RULES, PARENTS.into());
        for (unit, expected) in &places {
            attendance.add(UnitNumber(*unit), *expected);
        }
        let units: Vec<UnitNumber> = places.iter().map(|(unit, _)| UnitNumber(*unit)).collect();
        let mut now = Moment(0);
        let mut facts = Vec::new();
        let mut courses = Vec::new();
        for (who, what, later) in happens {
            now = now.after(later);
            attendance.wake(now);
            let member = MemberIndex(who);
            let fact = match what {
                0 => Some(Fact::Excused { member, excused: later % 2 == 0 }),
                1 => Some(Fact::WatchedReplay { member }),
                2 if courses.is_empty() => {
                    courses.push(Course::On { since: now });
                    attendance.go(Course::On { since: now });
                    None
                }
                _ => attendance.beat(member, now),
            };
            facts.extend(fact);
            fact.into_iter().for_each(|fact| attendance.apply(fact));
            for unit in [0, 1, 2].map(UnitNumber) {
                let Counts { came, missing, late, left, .. } = attendance.counts(unit);
                prop_assert_eq!([came, missing, late, left], recounted(&attendance, &units, unit));
            }
        }
        // Restored from its facts it is the same, but for those who have fallen silent meanwhile.
        let mut restored = Attendance::new(RULES, PARENTS.into());
        for (unit, expected) in &places {
            restored.add(UnitNumber(*unit), *expected);
        }
        facts.into_iter().for_each(|fact| restored.apply(fact));
        courses.into_iter().for_each(|course| restored.go(course));
        restored.wake(now);
        for unit in [0, 1, 2].map(UnitNumber) {
            prop_assert_eq!(restored.counts(unit), attendance.counts(unit));
        }
    }
}
