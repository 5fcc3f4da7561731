//! How many were there over time.

use super::member::Interval;
use super::{Attendance, Moment, UnitNumber};

/// How many of each unit and everything below it were there, at points that stand equally far apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Curve {
    /// The first point.
    pub from: Moment,
    /// From one to the next, in milliseconds.
    pub step_ms: u64,
    /// How many points there are.
    points: usize,
    /// By unit, then by point.
    here: Vec<u32>,
}

impl Curve {
    /// The points of a unit.
    pub fn of(&self, unit: UnitNumber) -> &[u32] {
        let from = unit.0 as usize * self.points;
        self.here.get(from..from + self.points).unwrap_or_default()
    }
}

impl Attendance {
    /// How many were there at so many points from a moment on. It looks at every member.
    pub fn curve(&self, from: Moment, step_ms: u64, points: usize) -> Curve {
        let step_ms = step_ms.max(1);
        let units = self.roll.units();
        // First who comes and goes at each point, and from that who is there.
        let mut change = vec![0_i32; units * (points + 1)];
        for member in &self.members {
            let row = member.unit.0 as usize * (points + 1);
            let Some(row) = change.get_mut(row..row + points + 1) else { continue };
            for Interval { from: came, until } in member.intervals() {
                let first = came.since(from).div_ceil(step_ms);
                let behind = match until.after(1) {
                    until if until <= from => 0,
                    until => until.since(from).div_ceil(step_ms),
                };
                let place = |point: u64| usize::try_from(point).unwrap_or(points).min(points);
                if first < behind {
                    row[place(first)] += 1;
                    row[place(behind)] -= 1;
                }
            }
        }
        let mut here = vec![0_u32; units * points];
        for (unit, row) in change.chunks_exact(points + 1).enumerate() {
            let mut now = 0;
            for (point, change) in row.iter().take(points).enumerate() {
                now += change;
                let count = u32::try_from(now).unwrap_or_default();
                if 0 < count {
                    for above in self.roll.upwards(unit) {
                        here[above * points + point] += count;
                    }
                }
            }
        }
        Curve { from, step_ms, points, here }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Fact, Rules};
    use super::*;

    #[test]
    fn a_point_counts_who_is_there_then_up_to_the_top() {
        let rules = Rules { silent_ms: 75, late_ms: 0, early_ms: 0 };
        let mut attendance = Attendance::new(rules, vec![None, Some(UnitNumber(0))]);
        let stays = |attendance: &mut Attendance, unit, from, until| {
            let member = attendance.add(UnitNumber(unit), true);
            attendance.apply(Fact::Came { member, at: Moment(from) });
            attendance.apply(Fact::Stayed { member, until: Moment(until) });
        };
        stays(&mut attendance, 1, 0, 100);
        stays(&mut attendance, 1, 150, 250);
        stays(&mut attendance, 0, 101, 199);
        stays(&mut attendance, 0, 201, 299);
        stays(&mut attendance, 0, 300, 900);
        let curve = attendance.curve(Moment(100), 100, 3);
        assert_eq!(curve.of(UnitNumber(0)), [1, 1, 1]);
        assert_eq!(curve.of(UnitNumber(1)), [1, 1, 0]);
        assert_eq!(curve.of(UnitNumber(2)), [0; 0]);
        assert_eq!(attendance.curve(Moment(0), 50, 4).of(UnitNumber(0)), [1, 1, 1, 2]);
    }
}
