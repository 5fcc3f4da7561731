//! Facts on their way into the journal, and the show that they come to.

use plenary_model::id::EventId;
use plenary_show::{Fact, OF_ACTS, Show};
use plenary_store::{Event, NewFact, Store, StoreError};

use super::StartError;

/// A fact as the journal keeps it.
pub fn journalled(fact: &Fact) -> NewFact {
    let json = match serde_json::to_string(fact) {
        Ok(json) => json,
        Err(error) => unreachable!("facts have no part that JSON cannot hold: {error}"),
    };
    NewFact { at: fact.at_ms, kind: fact.change.kind().into(), json }
}

/// The show as the journal tells it.
///
/// # Errors
/// The journal cannot be read.
pub async fn restored(store: &Store, event: &Event) -> Result<Show, StartError> {
    let mut show = Show::new();
    for stored in store.load_facts(event.id, 0).await? {
        let fact: Fact = serde_json::from_str(&stored.json)
            .map_err(|source| StartError::Fact { seq: stored.seq, source })?;
        show.apply(&fact);
    }
    Ok(show)
}

/// A show that has the acts which the journal tells, and nothing else of it.
///
/// # Errors
/// [`StoreError`]; [`StoreError::Unreadable`] when a newer version wrote it.
pub async fn with_acts(store: &Store, event: EventId) -> Result<Show, StoreError> {
    let mut show = Show::new();
    for stored in store.facts_of_kinds(event, &OF_ACTS).await? {
        let fact: Fact = serde_json::from_str(&stored.json).map_err(|error| {
            let reason = format!("fact {} cannot be read: {error}", stored.seq);
            StoreError::Unreadable { column: "facts", reason }
        })?;
        show.apply(&fact);
    }
    Ok(show)
}
