//! The acts of an event, wherever its show is: with its host while that runs, in the journal before and
//! after.

use plenary_model::event::Phase;
use plenary_model::id::EventId;
use plenary_show::{Acts, Author, BegunAct, Command};
use plenary_store::{Event, Store, StoreError};

use crate::clock::wall_now;
use crate::events::{Events, Starter};
use crate::host::{CommandError, HostHandle, journalled, with_acts};

/// Why nothing was done about acts.
#[derive(Debug, thiserror::Error)]
pub enum ActsError {
    /// No act begins before the event.
    #[error("the event is not on air yet: put it on air, then let its first act begin")]
    NotOnAir,
    /// Nothing of an event that is over changes.
    #[error("this event is closed for good")]
    Closed,
    /// The show does not do it, or it could not be written.
    #[error(transparent)]
    Command(#[from] CommandError),
}

impl From<StoreError> for ActsError {
    fn from(error: StoreError) -> Self {
        Self::Command(error.into())
    }
}

impl From<plenary_show::Refused> for ActsError {
    fn from(refused: plenary_show::Refused) -> Self {
        Self::Command(refused.into())
    }
}

/// The acts of an event.
///
/// # Errors
/// [`StoreError`].
pub async fn of(store: &Store, events: &Events, event: EventId) -> Result<Acts, StoreError> {
    match events.host(event) {
        Some(host) => Ok(Acts::shown(host.show().acts.clone())),
        None => Ok(with_acts(store, event).await?.acts().clone()),
    }
}

/// The acts of an event that have begun, in the order in which they did; the last one ends with the event.
pub fn begun(event: &Event, acts: &Acts) -> Vec<BegunAct> {
    let mut begun = acts.begun();
    if event.phase == Phase::Closed
        && let Some(last) = begun.last_mut()
    {
        last.until = event.ended.map(|ended| ended.max(last.from));
    }
    begun
}

impl Starter {
    /// Plans acts or lets one begin: the acts as they are then.
    ///
    /// # Errors
    /// [`ActsError`]; nothing has changed then.
    pub async fn command_acts(
        &self,
        event: EventId,
        command: Command,
        events: &Events,
    ) -> Result<Acts, ActsError> {
        if let Some(host) = events.host(event) {
            return self.by_host(&host, command).await;
        }
        // No host starts meanwhile, which would know of nothing that is written now.
        let turn = self.starting.lock().await;
        if let Some(host) = events.host(event) {
            drop(turn);
            return self.by_host(&host, command).await;
        }
        let phase = self.phase(event).await?;
        match phase {
            Phase::Doors if matches!(command, Command::BeginAct { .. }) => {
                return Err(ActsError::NotOnAir);
            }
            Phase::Doors | Phase::OnAir => {}
            Phase::Closed => return Err(ActsError::Closed),
        }
        let mut show = with_acts(&self.store, event).await?;
        let fact = show.decide(wall_now(), Author::Person, &command)?;
        self.store.append_facts(event, vec![journalled(&fact)]).await?;
        show.apply(&fact);
        Ok(show.acts().clone())
    }

    async fn by_host(&self, host: &HostHandle, command: Command) -> Result<Acts, ActsError> {
        match host.command(command).await {
            Ok(show) => Ok(Acts::shown(show.acts.clone())),
            Err(CommandError::Ended) if self.phase(host.event()).await? == Phase::Closed => {
                Err(ActsError::Closed)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn phase(&self, event: EventId) -> Result<Phase, StoreError> {
        let known = self.store.event(event).await?.ok_or(StoreError::UnknownEvent(event))?;
        Ok(known.phase)
    }
}
