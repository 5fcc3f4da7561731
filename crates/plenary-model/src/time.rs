//! Time on the programme clock and on the wall, as plain numbers with their unit in the type.

use serde::{Deserialize, Serialize};

/// Ticks per second of the programme clock and of every video track (RFC 3551 video clock).
pub const PROGRAMME_HZ: u64 = 90_000;
/// Samples per second of every sound that Plenary encodes.
pub const SOUND_HZ: u64 = 48_000;

/// Milliseconds since 1970 on the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WallMs(pub u64);

/// Ticks of 1/90 000 s since the event's programme clock began. It never goes back, over restarts
/// of the media worker and of the server too; `WallMs` of tick 0 is kept with the event.
#[derive(
    Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Ticks(pub u64);

impl Ticks {
    /// Whole milliseconds since tick 0, rounded down.
    pub const fn as_ms(self) -> u64 {
        self.0 / (PROGRAMME_HZ / 1000)
    }

    /// The first tick of the given millisecond.
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms * (PROGRAMME_HZ / 1000))
    }

    /// Seconds since tick 0.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / PROGRAMME_HZ as f64
    }
}
