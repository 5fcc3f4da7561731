//! Reaches the attendance of one event from anywhere, and says why somebody is not in.

use std::collections::BTreeMap;
use std::sync::Arc;

use plenary_audience::attendance::{Counts, Status};
use plenary_model::admission::Admission;
use plenary_model::event::Phase;
use plenary_model::limits::BEATS_WAITING_MAX;
use plenary_model::member::Person;
use plenary_model::unit::PersonCode;
use plenary_organisation::UnitIndex;
use plenary_store::{Event, Excuse, GuestState, Store, StoreError};
use tokio::sync::{mpsc, oneshot, watch};

use super::guests::Guests;
use super::question::Question;
use super::register::Refused;
use super::task::Task;
use crate::organisation::{Directory, Organisation};

/// The sums of one event as they were at some moment; they never change.
#[derive(Debug, Clone)]
pub struct Sums {
    /// The units that they are of.
    pub directory: Arc<Directory>,
    /// By the unit's place in the tree.
    pub counts: Vec<Counts>,
    /// Counts up with every change.
    pub revision: u64,
}

impl Sums {
    /// Of one unit and everything below it.
    pub fn of(&self, unit: UnitIndex) -> Counts {
        self.counts.get(unit.get()).copied().unwrap_or_default()
    }
}

/// Why somebody is not in.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JoinRefused {
    /// The event's door.
    #[error(transparent)]
    Door(#[from] Refused),
    /// Their link was revoked.
    #[error("this link was withdrawn: ask for a new one")]
    Revoked,
    /// More come than can be written at this moment.
    #[error("many people come at this moment: you will be let in in a few seconds")]
    Crowded,
    /// It could not be written.
    #[error("this could not be written to disk: try again")]
    Store(Arc<StoreError>),
    /// The event does not run here any more.
    #[error("the event has ended")]
    Ended,
}

/// Why a beat does not count.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BeatRefused {
    /// Nobody has joined with this pass, or it was revoked.
    #[error("join first")]
    Unknown,
    /// It could not be written; the next one counts for it.
    #[error("this could not be written to disk: try again")]
    Store(Arc<StoreError>),
    /// The event does not run here any more.
    #[error("the event has ended")]
    Ended,
}

/// Where members are who do not say themselves that they are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Before one screen. Those whom the event does not let in do not count.
    Hall,
    /// On the stage, where the event's own link has let them in.
    Stage,
}

/// What the task is asked to do, and where its answer goes.
pub(super) enum Order {
    Join {
        person: Box<Person>,
        issue: u32,
        reply: oneshot::Sender<Result<(), JoinRefused>>,
    },
    Gather {
        people: Vec<PersonCode>,
        place: Place,
        reply: oneshot::Sender<Result<(), JoinRefused>>,
    },
    Beat {
        person: PersonCode,
        issue: u32,
        reply: oneshot::Sender<Result<(), BeatRefused>>,
    },
    Excuse {
        excuse: Box<Excuse>,
        reply: oneshot::Sender<Result<(), Arc<StoreError>>>,
    },
    Revoke {
        person: PersonCode,
        issue: u32,
        done: oneshot::Sender<()>,
    },
    Admit {
        admission: Admission,
        done: oneshot::Sender<()>,
    },
    MembersOf {
        unit: UnitIndex,
        reply: oneshot::Sender<Vec<(PersonCode, Status)>>,
    },
    Ask(Question),
}

/// Reaches the attendance of one event; clones share it.
#[derive(Debug, Clone)]
pub struct AttendanceDesk {
    orders: mpsc::Sender<Order>,
    sums: watch::Receiver<Arc<Sums>>,
    /// How often passes of members were revoked; those whose never were are left out.
    issues: watch::Receiver<Issues>,
    guests: Guests,
}

/// How often passes were revoked.
pub(super) type Issues = Arc<BTreeMap<PersonCode, u32>>;

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
