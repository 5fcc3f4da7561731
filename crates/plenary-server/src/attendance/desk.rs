//! Reaches the attendance of one event from anywhere.

use std::sync::Arc;

use plenary_audience::attendance::Status;
use plenary_model::admission::Admission;
use plenary_model::event::Phase;
use plenary_model::limits::BEATS_WAITING_MAX;
use plenary_model::member::Person;
use plenary_model::unit::PersonCode;
use plenary_organisation::UnitIndex;
use plenary_store::{Event, Excuse, GuestState, Store, StoreError};
use tokio::sync::{mpsc, oneshot, watch};

use super::guests::Guests;
use super::order::{BeatRefused, Issues, JoinRefused, Order, Place, Question, Sums};
use super::task::Task;
use crate::organisation::Organisation;

/// Reaches the attendance of one event; clones share it.
#[derive(Debug, Clone)]
pub struct AttendanceDesk {
    orders: mpsc::Sender<Order>,
    sums: watch::Receiver<Arc<Sums>>,
    /// How often passes of members were revoked; those whose never were are left out.
    issues: watch::Receiver<Issues>,
    guests: Guests,
}

impl AttendanceDesk {
    /// Reads what is known of an event's attendance and starts the task that owns it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open(
        (store, organisation): (Store, Organisation),
        event: Event,
        phase: watch::Receiver<Phase>,
    ) -> Result<Self, StoreError> {
        let guests = store.guests(event.id).await?.into_iter();
        let withdrawn = guests.filter(|guest| guest.state == GuestState::Withdrawn);
        let guests = Guests::new(withdrawn.map(|guest| guest.id).collect());
        let (task, issues) = Task::open((store, organisation), event, phase).await?;
        let (show, sums) = watch::channel(Arc::new(task.sums()));
        let (orders, waiting) = mpsc::channel(BEATS_WAITING_MAX);
        tokio::spawn(task.run(waiting, show));
        Ok(Self { orders, sums, issues, guests })
    }

    /// Lets a member in, who is there from now on.
    ///
    /// # Errors
    /// [`JoinRefused`]; nothing is kept then.
    pub async fn join(&self, person: Person, issue: u32) -> Result<(), JoinRefused> {
        let (reply, replied) = oneshot::channel();
        let order = Order::Join { person: Box::new(person), issue, reply };
        self.orders.try_send(order).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => JoinRefused::Crowded,
            mpsc::error::TrySendError::Closed(_) => JoinRefused::Ended,
        })?;
        replied.await.map_err(|_| JoinRefused::Ended)?
    }

    /// Somebody is still there.
    ///
    /// # Errors
    /// [`BeatRefused`].
    pub async fn beat(&self, person: PersonCode, issue: u32) -> Result<(), BeatRefused> {
        let (reply, replied) = oneshot::channel();
        let order = Order::Beat { person, issue, reply };
        self.orders.send(order).await.map_err(|_| BeatRefused::Ended)?;
        replied.await.map_err(|_| BeatRefused::Ended)?
    }

    /// These members are together at a place.
    ///
    /// # Errors
    /// [`JoinRefused::Store`] or [`JoinRefused::Ended`]; nobody is there then.
    pub async fn gather(&self, people: Vec<PersonCode>, place: Place) -> Result<(), JoinRefused> {
        let (reply, replied) = oneshot::channel();
        let order = Order::Gather { people, place, reply };
        self.orders.send(order).await.map_err(|_| JoinRefused::Ended)?;
        replied.await.map_err(|_| JoinRefused::Ended)?
    }

    /// Somebody need not come, or after all needs.
    ///
    /// # Errors
    /// It could not be written; nothing is changed then.
    pub async fn excuse(&self, excuse: Excuse) -> Result<(), Arc<StoreError>> {
        let closed = || Arc::new(StoreError::Closed);
        let (reply, replied) = oneshot::channel();
        let order = Order::Excuse { excuse: Box::new(excuse), reply };
        self.orders.send(order).await.map_err(|_| closed())?;
        replied.await.map_err(|_| closed())?
    }

    /// Passes of somebody that are older than this are over when this returns.
    pub async fn revoke(&self, person: PersonCode, issue: u32) {
        let (done, is_done) = oneshot::channel();
        // A desk that has ended lets nobody in.
        if self.orders.send(Order::Revoke { person, issue, done }).await.is_ok() {
            let _ = is_done.await;
        }
    }

    /// Others may come from now on; when this returns the sums know it.
    pub async fn admit(&self, admission: Admission) {
        let (done, is_done) = oneshot::channel();
        if self.orders.send(Order::Admit { admission, done }).await.is_ok() {
            // A desk that has ended lets nobody in.
            let _ = is_done.await;
        }
    }

    /// Whether a pass of this issue still holds for somebody.
    pub fn holds(&self, person: &PersonCode, issue: u32) -> bool {
        self.issues.borrow().get(person).copied().unwrap_or_default() == issue
    }

    /// Returns when a pass of this issue holds no more for somebody.
    pub async fn revoked(&self, person: &PersonCode, issue: u32) {
        let mut issues = self.issues.clone();
        let is_other = |now: &Issues| now.get(person).copied().unwrap_or_default() != issue;
        // A desk that has ended revokes nothing; whoever waits is told by its beat.
        if issues.wait_for(is_other).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// The event's guests.
    pub const fn guests(&self) -> &Guests {
        &self.guests
    }

    /// What the members of a unit itself come to, by code.
    pub async fn members_of(&self, unit: UnitIndex) -> Vec<(PersonCode, Status)> {
        let (reply, replied) = oneshot::channel();
        let sent = self.orders.send(Order::MembersOf { unit, reply }).await;
        match sent {
            Ok(()) => replied.await.unwrap_or_default(),
            Err(_) => Vec::new(),
        }
    }

    pub(super) async fn ask(&self, question: Question) {
        // A desk that has ended drops the question, and so its reply.
        let _ = self.orders.send(Order::Ask(question)).await;
    }

    /// The sums as they are now, at most half a second old.
    pub fn sums(&self) -> Arc<Sums> {
        Arc::clone(&self.sums.borrow())
    }
}
