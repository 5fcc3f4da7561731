//! How measured values are summed up.

use serde::Serialize;

/// The spread of measured values, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// How many were measured.
    pub count: usize,
    /// Half of them are below.
    pub p50_ms: f64,
    /// 95 of 100 are below.
    pub p95_ms: f64,
    /// 99 of 100 are below.
    pub p99_ms: f64,
    /// The largest.
    pub max_ms: f64,
}

impl Spread {
    /// Sums up; `None` when nothing was measured.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let at = |part: f64| {
            let index = ((values.len() as f64 * part).ceil() as usize).saturating_sub(1);
            values.get(index).map(|value| (value * 10.0).round() / 10.0)
        };
        Some(Self {
            count: values.len(),
            p50_ms: at(0.5)?,
            p95_ms: at(0.95)?,
            p99_ms: at(0.99)?,
            max_ms: at(1.0)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let spread = Spread::of((1..=100).rev().map(f64::from).collect());
        let expected =
            Spread { count: 100, p50_ms: 50.0, p95_ms: 95.0, p99_ms: 99.0, max_ms: 100.0 };
        assert_eq!(spread, Some(expected));
        assert_eq!(Spread::of(Vec::new()), None);
    }
}
