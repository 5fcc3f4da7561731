//! How many were there at some time during each act.

use super::{Attendance, Moment, UnitNumber};

/// When an act went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActTime {
    /// When it began.
    pub from: Moment,
    /// When it was over, from which on nobody is there any more; it goes on, if there is none.
    pub until: Option<Moment>,
}

/// How many of each unit and everything below it came to each act.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActCounts {
    acts: usize,
    /// By unit, then by act.
    came: Vec<u32>,
}

impl ActCounts {
    /// Those of so many acts, that are known of each unit; what is missing of a unit's is nobody.
    pub fn known(acts: usize, units: &[Vec<u32>]) -> Self {
        let padded = |unit: &Vec<u32>| {
            let mut row = unit.clone();
            row.resize(acts, 0);
            row
        };
        Self { acts, came: units.iter().flat_map(padded).collect() }
    }

    /// How many of a unit came to each act.
    pub fn of(&self, unit: UnitNumber) -> &[u32] {
        let from = unit.0 as usize * self.acts;
        self.came.get(from..from + self.acts).unwrap_or_default()
    }
}

impl Attendance {
    /// How many came to each of these acts; each begins when the one before it is over, or later. It looks
    /// at every member.
    pub fn came_to(&self, acts: &[ActTime]) -> ActCounts {
        let (units, width) = (self.roll.units(), acts.len());
        let mut own = vec![0_u32; units * width];
        for member in &self.members {
            let row = member.unit.0 as usize * width;
            let Some(row) = own.get_mut(row..row + width) else { continue };
            // The first act to which this member is not counted yet.
            let mut next = 0;
            for interval in member.intervals() {
                let is_over = |act: &ActTime| act.until.is_some_and(|until| until <= interval.from);
                let first = acts.partition_point(is_over).max(next);
                let met = acts[first..].iter().take_while(|act| act.from <= interval.until).count();
                for count in &mut row[first..first + met] {
                    *count += 1;
                }
                next = first + met;
            }
        }
        let mut came = vec![0_u32; units * width];
        // No row is empty where there are no acts: there is none.
        for (unit, row) in own.chunks_exact(width.max(1)).enumerate() {
            if row.iter().all(|count| *count == 0) {
                continue;
            }
            for above in self.roll.upwards(unit) {
                for (sum, count) in came[above * width..].iter_mut().zip(row) {
                    *sum += count;
                }
            }
        }
        ActCounts { acts: width, came }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Fact, Rules};
    use super::*;

    fn stays(attendance: &mut Attendance, unit: u32, times: &[(u64, u64)]) {
        let member = attendance.add(UnitNumber(unit), true);
        for (from, until) in times {
            attendance.apply(Fact::Came { member, at: Moment(*from) });
            attendance.apply(Fact::Stayed { member, until: Moment(*until) });
        }
    }

    fn group() -> Attendance {
        let rules = Rules { silent_ms: 75, late_ms: 0, early_ms: 0 };
        Attendance::new(rules, vec![None, Some(UnitNumber(0)), Some(UnitNumber(0))])
    }

    fn act(from: u64, until: Option<u64>) -> ActTime {
        ActTime { from: Moment(from), until: until.map(Moment) }
    }

    #[test]
    fn an_act_counts_each_member_once_up_to_the_top() {
        let mut attendance = group();
        // Twice within the first act, and gone when the second begins.
        stays(&mut attendance, 1, &[(0, 120), (150, 199)]);
        // From the end of the first act to the beginning of the third.
        stays(&mut attendance, 1, &[(199, 300)]);
        stays(&mut attendance, 2, &[(200, 200)]);
        stays(&mut attendance, 0, &[(0, 99), (900, 900)]);
        stays(&mut attendance, 2, &[]);
        let acts = [act(100, Some(200)), act(200, Some(300)), act(300, None)];
        let counts = attendance.came_to(&acts);
        assert_eq!(counts.of(UnitNumber(0)), [2, 2, 2]);
        assert_eq!(counts.of(UnitNumber(1)), [2, 1, 1]);
        assert_eq!(counts.of(UnitNumber(2)), [0, 1, 0]);
        assert_eq!(counts.of(UnitNumber(3)), [0; 0]);
        assert_eq!(attendance.came_to(&[]).of(UnitNumber(0)), [0; 0]);
    }

    #[test]
    fn what_is_known_of_units_is_told_as_it_is() {
        let known = ActCounts::known(2, &[vec![3, 1], vec![], vec![2]]);
        let told = [0, 1, 2, 3].map(|unit| known.of(UnitNumber(unit)).to_vec());
        assert_eq!(told, [vec![3, 1], vec![0, 0], vec![2, 0], vec![]]);
    }

    fn any_times() -> impl Strategy<Value = Vec<(u64, u64)>> {
        prop::collection::vec((0..40_u64, 0..30_u64), 0..5).prop_map(|steps| {
            let mut at = 0;
            let times = steps.into_iter().map(|(gap, length)| {
                let from = at + gap;
                at = from + length + 1;
                (from, from + length)
            });
            times.collect()
        })
    }

    proptest! {
        #[test]
        fn one_pass_finds_whom_a_look_at_every_act_and_interval_finds(
            members in prop::collection::vec((0..3_u32, any_times()), 0..12),
            begins in prop::collection::btree_set(0..200_u64, 0..6),
            ends in prop::option::of(200..240_u64),
        ) {
            let mut attendance = group();
            for (unit, times) in &members {
                stays(&mut attendance, *unit, times);
            }
            let begins: Vec<u64> = begins.into_iter().collect();
            let nexts = begins.iter().skip(1).copied().map(Some).chain([ends]);
            let acts: Vec<ActTime> =
                begins.iter().zip(nexts).map(|(from, until)| act(*from, until)).collect();
            let counts = attendance.came_to(&acts);
            for unit in 0..3 {
                for (number, time) in acts.iter().enumerate() {
                    let of_unit = members.iter().filter(|(of, _)| unit == 0 || *of == unit);
                    let met = of_unit.filter(|(_, times)| times.iter().any(|(from, until)| {
                        let begins_before = time.until.is_none_or(|end| Moment(*from) < end);
                        begins_before && time.from <= Moment(*until)
                    }));
                    let counted = counts.of(UnitNumber(unit))[number] as usize;
                    prop_assert_eq!(counted, met.count(), "unit {} act {}", unit, number);
                }
            }
        }
    }
}
