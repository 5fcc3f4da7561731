//! Who speaks: smoothed levels with a threshold, a lead that a newcomer must have, and a least
//! time on the floor, so that coughs and pauses do not switch.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use plenary_model::id::SeatId;

/// Silence, as the level extension has it (RFC 6464).
pub const SILENCE_DB: f32 = -127.0;
const SPEECH_DB: f32 = -45.0;
const LEAD_DB: f32 = 6.0;
const FLOOR_MIN: Duration = Duration::from_millis(1_000);
const PAUSE_MAX: Duration = Duration::from_millis(2_500);
const STALE: Duration = Duration::from_millis(500);

/// A level that rises fast and falls slowly.
#[derive(Debug, Clone, Copy)]
pub struct Level {
    db: f32,
    at: Option<Instant>,
}

impl Default for Level {
    fn default() -> Self {
        Self { db: SILENCE_DB, at: None }
    }
}

impl Level {
    /// A packet with this level came.
    pub fn hear(&mut self, now: Instant, db: i8) {
        let db = f32::from(db).clamp(SILENCE_DB, 0.0);
        let share = if self.db < db { 0.3 } else { 0.08 };
        self.db += (db - self.db) * share;
        self.at = Some(now);
    }

    /// The level now; silence when nothing has come lately.
    pub fn at(&self, now: Instant) -> f32 {
        match self.at {
            Some(at) if now.saturating_duration_since(at) <= STALE => self.db,
            Some(_) | None => SILENCE_DB,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Floor {
    seat: SeatId,
    since: Instant,
    heard: Instant,
}

/// The active speaker.
#[derive(Debug, Default)]
pub struct Speaker {
    levels: BTreeMap<SeatId, Level>,
    floor: Option<Floor>,
}

impl Speaker {
    /// A seat's microphone sent a packet with this level.
    pub fn hear(&mut self, now: Instant, seat: SeatId, db: i8) {
        self.levels.entry(seat).or_default().hear(now, db);
    }

    /// A seat's microphone is gone.
    pub fn forget(&mut self, seat: SeatId) {
        self.levels.remove(&seat);
    }

    /// Who speaks, as it was decided last.
    pub fn current(&self) -> Option<SeatId> {
        self.floor.map(|floor| floor.seat)
    }

    /// Decides; `Some` when it changed. To be asked a few times a second.
    pub fn decide(&mut self, now: Instant) -> Option<Option<SeatId>> {
        let loudest = self
            .levels
            .iter()
            .map(|(seat, level)| (*seat, level.at(now)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .filter(|(_, db)| SPEECH_DB <= *db);
        let before = self.floor.map(|floor| floor.seat);
        self.floor = match (self.floor, loudest) {
            (None, None) => None,
            (None, Some((seat, _))) => Some(Floor { seat, since: now, heard: now }),
            (Some(floor), loudest) => self.keep_or_give(now, floor, loudest),
        };
        let after = self.floor.map(|floor| floor.seat);
        (before != after).then_some(after)
    }

    fn keep_or_give(
        &self,
        now: Instant,
        floor: Floor,
        loudest: Option<(SeatId, f32)>,
    ) -> Option<Floor> {
        let Some(level) = self.levels.get(&floor.seat) else {
            return loudest.map(|(seat, _)| Floor { seat, since: now, heard: now });
        };
        let own = level.at(now);
        let heard = if SPEECH_DB <= own { now } else { floor.heard };
        let kept = Some(Floor { heard, ..floor });
        match loudest {
            Some((seat, db)) if seat != floor.seat => {
                let leads = own + LEAD_DB <= db;
                if leads && FLOOR_MIN <= now.saturating_duration_since(floor.since) {
                    Some(Floor { seat, since: now, heard: now })
                } else {
                    kept
                }
            }
            Some(_) => kept,
            None if PAUSE_MAX <= now.saturating_duration_since(heard) => None,
            None => kept,
        }
    }
}
