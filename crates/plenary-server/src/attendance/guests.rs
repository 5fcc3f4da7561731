//! The guests of one event: who is there, and who may not be any more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use plenary_model::id::GuestId;
use tokio::sync::watch;

/// Whoever is silent for so long is gone, as with members.
const SILENT: Duration = Duration::from_secs(75);

/// The guests of one event; clones share them. They are in no unit's sums and in no book: who they were is
/// for their hosts to know.
#[derive(Debug, Clone)]
pub struct Guests {
    withdrawn: Arc<watch::Sender<BTreeSet<GuestId>>>,
    /// When each was heard last.
    heard: Arc<Mutex<BTreeMap<GuestId, Instant>>>,
}

impl Guests {
    /// With these withdrawn already.
    pub(super) fn new(withdrawn: BTreeSet<GuestId>) -> Self {
        let (withdrawn, _) = watch::channel(withdrawn);
        Self { withdrawn: Arc::new(withdrawn), heard: Arc::default() }
    }

    /// A guest's link was withdrawn.
    pub fn withdraw(&self, guest: GuestId) {
        self.withdrawn.send_if_modified(|withdrawn| withdrawn.insert(guest));
        self.heard(|heard| heard.remove(&guest));
    }

    /// Whether a guest's link was not withdrawn.
    pub fn holds(&self, guest: GuestId) -> bool {
        !self.withdrawn.borrow().contains(&guest)
    }

    /// Returns when a guest's link is withdrawn.
    pub async fn withdrawn(&self, guest: GuestId) {
        let mut changes = self.withdrawn.subscribe();
        // It only ends with this server.
        let _ = changes.wait_for(|withdrawn| withdrawn.contains(&guest)).await;
    }

    /// A guest is there.
    pub fn beat(&self, guest: GuestId, now: Instant) {
        self.heard(|heard| heard.insert(guest, now));
    }

    /// How many are there.
    pub fn here(&self, now: Instant) -> usize {
        self.heard(|heard| {
            heard.retain(|_, last| now < *last + SILENT);
            heard.len()
        })
    }

    fn heard<T>(&self, look: impl FnOnce(&mut BTreeMap<GuestId, Instant>) -> T) -> T {
        look(&mut self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
