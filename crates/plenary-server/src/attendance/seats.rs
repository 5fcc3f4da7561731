//! Members on the stage are there: their seats say so for them, as pages of members do for theirs.

use std::collections::BTreeSet;

use plenary_model::id::{EventId, SeatId};
use plenary_store::Store;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::desk::AttendanceDesk;
use super::gathering::EVERY;
use super::order::{JoinRefused, Place};

/// Tells attendance of the members on the stage, until the stage or the attendance ends.
pub async fn attend(
    event: EventId,
    store: Store,
    desk: AttendanceDesk,
    mut seated: watch::Receiver<BTreeSet<SeatId>>,
) {
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            changed = seated.changed() => if changed.is_err() { return },
            _ = tick.tick() => {}
        }
        let now = seated.borrow_and_update().clone();
        match tell(event, &store, &desk, &now).await {
            Ok(()) => {}
            Err(JoinRefused::Ended) => return,
            Err(error) => tracing::error!(%error, "members on the stage do not count this time"),
        }
    }
}

/// The members on these seats are there now.
///
/// # Errors
/// As [`AttendanceDesk::gather`]; [`JoinRefused::Store`] also when it cannot be read who they are.
pub async fn tell(
    event: EventId,
    store: &Store,
    desk: &AttendanceDesk,
    seated: &BTreeSet<SeatId>,
) -> Result<(), JoinRefused> {
    if seated.is_empty() {
        return Ok(());
    }
    let members =
        store.seated_members(event).await.map_err(|error| JoinRefused::Store(error.into()))?;
    let there = members.into_iter().filter(|(seat, _)| seated.contains(seat));
    let there: Vec<_> = there.map(|(_, person)| person).collect();
    if there.is_empty() {
        return Ok(());
    }
    desk.gather(there, Place::Stage).await
}
