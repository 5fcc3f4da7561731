//! Whether the parts of one rendition follow each other.

use super::follow::Arrived;

/// Between neighbours of an unbroken broadcast times differ by rounding alone.
const ROUNDING_MS: f64 = 2.0;

/// What was missing between the parts that came.
#[derive(Debug)]
pub(super) struct Continuity {
    /// Number, place and end of the newest part.
    last: Option<(u64, u64, f64)>,
    /// How long the programme broke off before each discontinuity, in milliseconds.
    pub(super) breaks_ms: Vec<f64>,
    /// How often something was missing without a discontinuity, or time went back.
    pub(super) missing: usize,
}

impl Continuity {
    /// Nothing seen yet.
    pub(super) const fn new() -> Self {
        Self { last: None, breaks_ms: Vec::new(), missing: 0 }
    }

    /// Takes the next part.
    pub(super) fn take(&mut self, part: &Arrived) {
        if let Some((msn, index, ended_ms)) = self.last {
            let hole_ms = part.begins_ms - ended_ms;
            let place = (part.msn, part.part);
            let follows = match part.discontinuity {
                true => (msn, index) < place,
                false => {
                    hole_ms <= ROUNDING_MS && [(msn, index + 1), (msn + 1, 0)].contains(&place)
                }
            };
            if part.discontinuity {
                self.breaks_ms.push(hole_ms);
            }
            if !follows || hole_ms < -ROUNDING_MS {
                self.missing += 1;
            }
        }
        self.last = Some((part.msn, part.part, part.ends_ms()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_without_a_discontinuity_and_time_that_goes_back_are_missing() {
        let part = |msn, part, begins_ms, discontinuity| Arrived {
            msn,
            part,
            discontinuity,
            begins_ms,
            length_ms: 500.0,
            init: String::new(),
            bytes: Vec::new(),
            at_ms: 0.0,
        };
        let mut seen = Continuity::new();
        for part in [
            part(0, 0, 0.0, false),
            part(0, 1, 500.0, false),
            part(1, 0, 1_001.0, false),
            part(2, 0, 2_500.0, true),
        ] {
            seen.take(&part);
        }
        assert_eq!((&seen.breaks_ms[..], seen.missing), (&[999.0][..], 0));
        seen.take(&part(2, 2, 3_500.0, false));
        seen.take(&part(3, 0, 3_900.0, true));
        assert_eq!(seen.missing, 2);
    }
}
