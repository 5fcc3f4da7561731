//! Which segments the low-latency playlist shows, and in which of them parts are announced.

use crate::grid::Scale;
use crate::history::History;

/// Parts are announced in the last three target durations (rfc8216bis section 4.4.4.9).
const PART_TARGET_DURATIONS: u64 = 3;
/// A delta update may leave out what is older than six target durations (section 4.4.3.8).
pub const SKIP_TARGET_DURATIONS: u32 = 6;

/// Indexes into [`History::whole`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First segment of the playlist.
    pub first: usize,
    /// First segment that a delta update must hold.
    pub first_unskipped: usize,
    /// First segment whose parts are announced.
    pub first_with_parts: usize,
}

impl Window {
    /// The window of `seconds` that ends at the newest part.
    pub fn of(history: &History, scale: &Scale, seconds: u32, target_duration: u32) -> Self {
        // Durations are summed: over a break of the encoder, time may jump.
        let since = |seconds: u64| {
            let mut left = seconds * scale.hz;
            left = left.saturating_sub(history.open.as_ref().map_or(0, |open| open.duration));
            let kept = history.whole.iter().rev().take_while(|segment| {
                let inside = 0 < left;
                left = left.saturating_sub(segment.duration);
                inside
            });
            let kept = kept.count();
            history.whole.len() - kept
        };
        let target = u64::from(target_duration);
        let first = since(u64::from(seconds));
        Self {
            first,
            first_unskipped: since(target * u64::from(SKIP_TARGET_DURATIONS)).max(first),
            first_with_parts: since(target * PART_TARGET_DURATIONS).max(first),
        }
    }
}
