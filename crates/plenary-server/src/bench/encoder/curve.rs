//! What one encoder needs for the same quality as another, over all qualities that both reach
//! (after Bjøntegaard, between points on straight lines of logarithmic rate).

use serde::Serialize;

/// Steps in which the common range is walked through.
const STEPS: usize = 200;

/// Rates at equal quality.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Equal {
    /// Bits of the second encoder for one of the first.
    pub ratio: f64,
    /// The least quality that both reach.
    pub from: f64,
    /// The best quality that both reach.
    pub to: f64,
}

/// Compares two curves of quality and rate; `None` when they have no quality in common.
pub(super) fn equal(first: &[(f64, f64)], second: &[(f64, f64)]) -> Option<Equal> {
    let [first, second] = [first, second].map(|curve| {
        let mut curve = curve.to_vec();
        curve.sort_by(|a, b| a.0.total_cmp(&b.0));
        curve
    });
    let from = first.first()?.0.max(second.first()?.0);
    let to = first.last()?.0.min(second.last()?.0);
    if to <= from {
        return None;
    }
    let apart = (0..=STEPS).map(|step| {
        let quality = from + (to - from) * step as f64 / STEPS as f64;
        logarithm_at(&second, quality) - logarithm_at(&first, quality)
    });
    let ratio = (apart.sum::<f64>() / (STEPS + 1) as f64).exp();
    Some(Equal { ratio, from, to })
}

/// The logarithm of the rate that a curve, sorted by quality, has at a quality within it.
fn logarithm_at(curve: &[(f64, f64)], quality: f64) -> f64 {
    let after = curve.partition_point(|point| point.0 < quality).clamp(1, curve.len() - 1);
    let (low, high) = (curve[after - 1], curve[after]);
    let share = ((quality - low.0) / (high.0 - low.0).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
    low.1.ln() * (1.0 - share) + high.1.ln() * share
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_the_bits_at_every_quality_are_a_ratio_of_a_half() {
        let first = [(70.0, 1_000.0), (80.0, 2_000.0), (90.0, 4_000.0)];
        let second = [(75.0, 1_000.0 * 2.0_f64.sqrt() / 2.0), (85.0, 2_000.0 / 2.0_f64.sqrt())];
        let found = equal(&first, &second).expect("they meet");
        assert!((found.ratio - 0.5).abs() < 1e-9, "{found:?}");
        assert_eq!((found.from, found.to), (75.0, 85.0));
    }

    #[test]
    fn curves_that_never_meet_say_nothing() {
        assert_eq!(equal(&[(70.0, 1.0), (80.0, 2.0)], &[(90.0, 1.0), (95.0, 2.0)]), None);
        assert_eq!(equal(&[], &[(90.0, 1.0)]), None);
    }
}
