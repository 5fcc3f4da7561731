//! The task that owns one event's attendance. What comes in together is kept together, in one commit, and
//! only then answered: nothing that was acknowledged is ever lost.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use plenary_audience::attendance::{Course, Curve, Fact, MemberIndex, Moment};
use plenary_model::event::Phase;
use plenary_model::id::EventId;
use plenary_model::limits::BEATS_PER_COMMIT_MAX;
use plenary_model::member::Person;
use plenary_model::time::WallMs;
use plenary_model::unit::PersonCode;
use plenary_store::{Event, PresenceRow, Store, StoreError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{MissedTickBehavior, interval};

use super::order::{ActSums, BeatRefused, Issues, JoinRefused, Order, Place, Sums};
use super::register::{Kept, Register, Unnamed};
use crate::clock::wall_now;
use crate::organisation::Organisation;

/// How often sums are shown anew, and silent members looked for.
const SHOW_EVERY: Duration = Duration::from_millis(500);

async fn register(
    store: &Store,
    organisation: &Organisation,
    event: &Event,
) -> Result<Register, StoreError> {
    let directory = organisation.now();
    let kept = Kept {
        people: store.people().await?,
        issues: store.issues().await?,
        presence: store.presence(event.id).await?,
        excuses: store.excuses(event.id).await?,
        replays: store.replays(event.id).await?,
        halls: unnamed(store, event.id).await?,
    };
    let admission = event.admission.clone();
    let made = tokio::task::spawn_blocking(move || Register::new(directory, admission, kept));
    Ok(made.await.expect("a register is made from whatever is kept"))
}

/// How many were counted in each hall who have no name.
async fn unnamed(store: &Store, event: EventId) -> Result<Vec<Unnamed>, StoreError> {
    let halls = store.counted_halls(event).await?.into_iter().map(|counted| {
        let heads = counted.unnamed();
        Unnamed { hall: counted.hall.id, unit: counted.hall.unit, heads }
    });
    Ok(halls.collect())
}

/// The event's own clock: it goes on over restarts, and never back when the wall clock does.
struct Clock {
    base: Moment,
    began: Instant,
}

impl Clock {
    fn now(&self) -> Moment {
        let ms = self.began.elapsed().as_millis();
        self.base.after(u64::try_from(ms).unwrap_or(u64::MAX))
    }
}

/// What the task owns.
pub(super) struct Task {
    pub(super) event: Event,
    store: Store,
    organisation: Organisation,
    pub(super) register: Register,
    clock: Clock,
    revision: u64,
    phase: watch::Receiver<Phase>,
    issues: watch::Sender<Issues>,
    /// Whether its book is sealed or being written: from then on nothing is recorded.
    pub(super) sealed: bool,
    /// The last curve that was asked for, of which minute and where the event stood.
    pub(super) curve: Option<((u64, Course), Arc<Curve>)>,
    /// The last sums of acts that were asked for, and when.
    pub(super) acts: Option<(u64, Arc<ActSums>)>,
}

/// What is to be kept before anybody is answered.
#[derive(Default)]
struct Batch {
    facts: BTreeMap<MemberIndex, Fact>,
    coming: Vec<MemberIndex>,
    joins: Vec<oneshot::Sender<Result<(), JoinRefused>>>,
    beats: Vec<oneshot::Sender<Result<(), BeatRefused>>>,
}

impl Task {
    /// Reads what is known of an event's attendance.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open(
        (store, organisation): (Store, Organisation),
        event: Event,
        phase: watch::Receiver<Phase>,
    ) -> Result<(Self, watch::Receiver<Issues>), StoreError> {
        let register = register(&store, &organisation, &event).await?;
        let (tell_issues, issues) = watch::channel(Issues::clone(register.issues()));
        let heard = store.last_moment(event.id).await?.map_or(0, |last| last + 1);
        let elapsed = wall_now().0.saturating_sub(event.created.0);
        let clock = Clock { base: Moment(elapsed.max(heard)), began: Instant::now() };
        let sealed = store.book(event.id).await?.is_some();
        let mut task = Self {
            event,
            store,
            organisation,
            register,
            clock,
            revision: 0,
            phase,
            issues: tell_issues,
            sealed,
            curve: None,
            acts: None,
        };
        task.follow_phase();
        task.register.wake(task.clock.now());
        Ok((task, issues))
    }

    pub async fn run(mut self, mut orders: mpsc::Receiver<Order>, show: watch::Sender<Arc<Sums>>) {
        let mut tick = interval(SHOW_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut taken = Vec::new();
        loop {
            tokio::select! {
                count = orders.recv_many(&mut taken, BEATS_PER_COMMIT_MAX) => {
                    if count == 0 {
                        return;
                    }
                    self.take(taken.drain(..), &show).await;
                }
                _ = tick.tick() => self.look_round(&show).await,
            }
        }
    }

    /// Silent members go, the organisation and the event go on, and sums that have changed are shown.
    async fn look_round(&mut self, show: &watch::Sender<Arc<Sums>>) {
        let newer = self.organisation.now().revision() != self.register.directory().revision();
        if newer {
            self.read_again().await;
        }
        self.follow().await;
        self.register.wake(self.clock.now());
        if self.register.has_changed() || newer {
            self.show(show);
        }
    }

    /// The event may have begun or ended.
    async fn follow(&mut self) {
        if !self.phase.has_changed().unwrap_or(false) {
            return;
        }
        // With it come the beginning of the programme, and the end.
        match self.store.event(self.event.id).await {
            Ok(event) => {
                self.event = event.unwrap_or_else(|| self.event.clone());
                self.follow_phase();
            }
            Err(error) => tracing::error!(%error, "attendance does not know of the event's end"),
        }
    }

    /// Makes the register anew from what is kept, for the organisation and the admission of now.
    async fn read_again(&mut self) {
        match register(&self.store, &self.organisation, &self.event).await {
            Ok(register) => {
                self.register = register;
                // Units have other numbers now.
                (self.curve, self.acts) = (None, None);
                self.issues.send_replace(Issues::clone(self.register.issues()));
                self.follow_phase();
                self.register.wake(self.clock.now());
            }
            Err(error) => tracing::error!(%error, "attendance keeps the organisation of before"),
        }
    }

    fn show(&mut self, show: &watch::Sender<Arc<Sums>>) {
        self.revision += 1;
        show.send_replace(Arc::new(self.sums()));
    }

    pub fn sums(&self) -> Sums {
        let directory = Arc::clone(self.register.directory());
        Sums { directory, counts: self.register.sums(), revision: self.revision }
    }

    fn follow_phase(&mut self) {
        self.phase.mark_unchanged();
        let course = self.course();
        self.register.go(course);
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Where the event stands.
    pub(super) fn course(&self) -> Course {
        let moment = |wall: WallMs| Moment(wall.0.saturating_sub(self.event.created.0));
        let began = self.event.epoch.map(moment);
        let now = self.clock.now();
        let phase = *self.phase.borrow();
        match (phase, began) {
            (Phase::Doors, _) => Course::Ahead,
            (Phase::OnAir, began) => Course::On { since: began.unwrap_or(now) },
            (Phase::Closed, began) => {
                let ended = self.event.ended.map_or(now, moment);
                Course::Over { began: began.unwrap_or(ended), ended }
            }
        }
    }

    async fn take(&mut self, orders: impl Iterator<Item = Order>, show: &watch::Sender<Arc<Sums>>) {
        self.follow().await;
        let now = self.clock.now();
        let mut batch = Batch::default();
        for order in orders {
            match order {
                Order::Join { person, issue, reply } => {
                    if let Err(refused) = self.join(&person, issue, now, &mut batch) {
                        // Who does not wait any more needs no answer; so for all replies.
                        let _ = reply.send(Err(refused));
                    } else {
                        batch.joins.push(reply);
                    }
                }
                Order::Gather { people, place, reply } => {
                    self.gather(&people, place, now, &mut batch);
                    batch.joins.push(reply);
                }
                Order::Beat { person, issue, reply } => {
                    match self.beat(&person, issue, now, &mut batch) {
                        Some(()) => batch.beats.push(reply),
                        None => drop(reply.send(Err(BeatRefused::Unknown))),
                    }
                }
                Order::Ask(question) => {
                    // Who asks sees what came before.
                    self.keep(std::mem::take(&mut batch)).await;
                    self.answer(question);
                }
                Order::Excuse { reply, .. } if self.sealed => {
                    let _ = reply.send(Err(Arc::new(StoreError::BookSealed)));
                }
                Order::Excuse { excuse, reply } => {
                    let kept = self.store.excuse(self.event.id, (*excuse).clone()).await;
                    if kept.is_ok() {
                        self.register.excuse(&excuse.person, excuse.excused);
                    }
                    let _ = reply.send(kept.map_err(Arc::new));
                }
                Order::Revoke { person, issue, done } => {
                    self.register.revoke(person, issue);
                    self.issues.send_replace(Issues::clone(self.register.issues()));
                    let _ = done.send(());
                }
                Order::Admit { admission, done } => {
                    // Members have other numbers then.
                    self.keep(std::mem::take(&mut batch)).await;
                    self.event.admission = admission;
                    self.read_again().await;
                    self.show(show);
                    let _ = done.send(());
                }
                Order::MembersOf { unit, reply } => {
                    let _ = reply.send(self.register.members_of(unit));
                }
            }
        }
        self.keep(batch).await;
    }

    fn join(
        &mut self,
        person: &Person,
        issue: u32,
        now: Moment,
        batch: &mut Batch,
    ) -> Result<(), JoinRefused> {
        if !self.register.is_valid(&person.code, issue) {
            return Err(JoinRefused::Revoked);
        }
        let member = self.register.admit(person, &batch.coming)?;
        if self.sealed {
            return Ok(());
        }
        if let Some(fact) = self.register.beat(member, now) {
            let is_new = batch.facts.insert(member, fact).is_none();
            if is_new && matches!(fact, Fact::Came { .. }) {
                batch.coming.push(member);
            }
        }
        Ok(())
    }

    fn gather(&mut self, people: &[PersonCode], place: Place, now: Moment, batch: &mut Batch) {
        let counts = |known: &MemberIndex| match place {
            Place::Hall => self.register.invites(*known),
            Place::Stage => true,
        };
        let known = people.iter().filter_map(|code| self.register.number(code));
        let known: Vec<MemberIndex> = known.filter(counts).collect();
        for member in known.into_iter().filter(|_| !self.sealed) {
            if let Some(fact) = self.register.beat(member, now) {
                batch.facts.insert(member, fact);
            }
        }
    }

    fn beat(&self, person: &PersonCode, issue: u32, now: Moment, batch: &mut Batch) -> Option<()> {
        let member = self.register.number(person)?;
        if !self.register.is_valid(person, issue) {
            return None;
        }
        if !self.sealed {
            batch.facts.insert(member, self.register.beat(member, now)?);
        }
        Some(())
    }

    async fn keep(&mut self, batch: Batch) {
        let facts: Vec<Fact> = batch.facts.into_values().collect();
        let rows: Vec<_> = facts.iter().filter_map(|fact| self.register.row(*fact)).collect();
        let replays = facts.iter().filter_map(|fact| self.register.replay(*fact)).collect();
        let kept = self.written(rows, replays).await.map_err(Arc::new);
        if kept.is_ok() {
            for fact in facts {
                self.register.apply(fact);
            }
        }
        for reply in batch.joins {
            let _ = reply.send(kept.clone().map_err(JoinRefused::Store));
        }
        for reply in batch.beats {
            let _ = reply.send(kept.clone().map_err(BeatRefused::Store));
        }
    }

    async fn written(
        &self,
        rows: Vec<PresenceRow>,
        replays: Vec<PersonCode>,
    ) -> Result<(), StoreError> {
        if !rows.is_empty() {
            self.store.keep_presence(self.event.id, rows).await?;
        }
        if !replays.is_empty() {
            self.store.keep_replays(self.event.id, replays, wall_now()).await?;
        }
        Ok(())
    }
}
