//! The books of all events in this server: who closes or corrects one does so alone, and what is sealed is
//! shown from what was read of it before.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use plenary_model::event::Phase;
use plenary_model::id::EventId;
use plenary_model::limits::LEDGERS_MAX;
use plenary_store::{Event, Store, StoreError};
use tokio::sync::Mutex as Turn;

use super::book::{self, BookError, By, Correction};
use super::desk::AttendanceDesk;
use super::ledger::Ledger;

/// The books; clones share them.
#[derive(Clone)]
pub struct Books(Arc<Inner>);

struct Inner {
    store: Store,
    read: Mutex<BTreeMap<EventId, Arc<Ledger>>>,
    /// Held while a book is written.
    turn: Turn<()>,
}

impl Books {
    /// The books in a store.
    pub fn new(store: Store) -> Self {
        Self(Arc::new(Inner { store, read: Mutex::default(), turn: Turn::default() }))
    }

    /// The sealed book of an event.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn ledger(&self, event: &Event) -> Result<Option<Arc<Ledger>>, StoreError> {
        if event.phase != Phase::Closed {
            return Ok(None);
        }
        let Some(book) = self.0.store.book(event.id).await? else { return Ok(None) };
        let known = self.read(|read| read.get(&event.id).cloned());
        if let Some(known) = known.filter(|known| known.book == book) {
            return Ok(Some(known));
        }
        let Some(ledger) = Ledger::read(&self.0.store, event).await? else { return Ok(None) };
        let ledger = Arc::new(ledger);
        self.read(|read| {
            if LEDGERS_MAX <= read.len() {
                read.clear();
            }
            read.insert(event.id, Arc::clone(&ledger));
        });
        Ok(Some(ledger))
    }

    /// Writes and seals the book of an event that is over. It is done to the end even when nobody waits
    /// for it any more.
    ///
    /// # Errors
    /// [`BookError`].
    pub async fn close(
        &self,
        desk: AttendanceDesk,
        event: Event,
        by: By,
    ) -> Result<Arc<Ledger>, BookError> {
        let books = self.clone();
        let closing = tokio::spawn(async move {
            let _turn = books.0.turn.lock().await;
            if let Some(ledger) = books.ledger(&event).await? {
                return Ok(ledger);
            }
            book::close((&books.0.store, &desk), &event, by).await?;
            books.ledger(&event).await?.ok_or(BookError::NoRecord)
        });
        closing.await.map_err(|_| BookError::NoRecord)?
    }

    /// Corrects the book of an event.
    ///
    /// # Errors
    /// [`BookError`]; [`BookError::Unsealed`] when it is not sealed yet.
    pub async fn correct(
        &self,
        event: &Event,
        correction: Correction,
        by: By,
    ) -> Result<Arc<Ledger>, BookError> {
        let _turn = self.0.turn.lock().await;
        let ledger = self.ledger(event).await?.ok_or(BookError::Unsealed)?;
        book::correct(&self.0.store, event, &ledger, (correction, by)).await?;
        self.ledger(event).await?.ok_or(BookError::Unsealed)
    }

    fn read<T>(&self, look: impl FnOnce(&mut BTreeMap<EventId, Arc<Ledger>>) -> T) -> T {
        look(&mut self.0.read.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
