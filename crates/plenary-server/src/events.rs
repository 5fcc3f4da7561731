//! The events that are open to people in this server, and what a further one needs to be started.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use plenary_model::event::Phase;
use plenary_model::id::{EventId, SeatId};
use plenary_model::ladder::Ladder;
use plenary_programme::encode::Choice;
use plenary_store::{Event, Store, StoreError};
use tokio::sync::{Mutex, watch};

use crate::attendance::{AttendanceDesk, seats};
use crate::host::{self, HostHandle, Parts, StartError};
use crate::live;
use crate::media::MediaHandle;
use crate::organisation::Organisation;
use crate::turn::Turn;

/// One event that is open to people.
#[derive(Debug)]
struct Open {
    /// From when it is on air until it is closed.
    host: Option<HostHandle>,
    attendance: Option<AttendanceDesk>,
    /// Where it stands.
    phase: watch::Sender<Phase>,
}

/// The events that are open to people; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Events(Arc<RwLock<BTreeMap<EventId, Open>>>);

impl Events {
    /// An event is on air.
    pub fn on_air(&self, host: HostHandle) {
        let id = host.event();
        let phases = host.phases();
        self.write(|events| {
            let open = events.entry(id).or_insert_with(|| Open::new(Phase::OnAir));
            open.host = Some(host);
            open.phase.send_replace(Phase::OnAir);
            let phase = open.phase.clone();
            tokio::spawn(follow(phases, phase));
        });
    }

    /// Where an event stands, for whoever follows it; it is open to people from now on.
    pub fn phases(&self, event: EventId, phase: Phase) -> watch::Receiver<Phase> {
        self.write(|events| {
            events.entry(event).or_insert_with(|| Open::new(phase)).phase.subscribe()
        })
    }

    /// Who knows the attendance of an event that is open to people.
    pub fn attend(&self, event: EventId, desk: AttendanceDesk) {
        self.write(|events| {
            if let Some(open) = events.get_mut(&event) {
                open.attendance = Some(desk);
            }
        });
    }

    /// What is known in memory of an event's attendance goes.
    pub fn forget(&self, event: EventId) {
        self.write(|events| {
            if let Some(open) = events.get_mut(&event) {
                open.attendance = None;
            }
        });
    }

    /// The host of an event that runs here.
    pub fn host(&self, event: EventId) -> Option<HostHandle> {
        self.read(|events| events.get(&event)?.host.clone())
    }

    /// The attendance of an event that is open to people.
    pub fn attendance(&self, event: EventId) -> Option<AttendanceDesk> {
        self.read(|events| events.get(&event)?.attendance.clone())
    }

    /// All hosts, by the ids of their events.
    pub fn hosts(&self) -> Vec<HostHandle> {
        self.read(|events| events.values().filter_map(|open| open.host.clone()).collect())
    }

    /// The attendance of all events.
    pub fn desks(&self) -> Vec<AttendanceDesk> {
        self.read(|events| events.values().filter_map(|open| open.attendance.clone()).collect())
    }

    fn read<T>(&self, look: impl FnOnce(&BTreeMap<EventId, Open>) -> T) -> T {
        look(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, change: impl FnOnce(&mut BTreeMap<EventId, Open>) -> T) -> T {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Open {
    fn new(phase: Phase) -> Self {
        let (phase, _) = watch::channel(phase);
        Self { host: None, attendance: None, phase }
    }
}

/// What a host says of where its event stands goes on to all who follow the event.
async fn follow(mut phases: watch::Receiver<Phase>, phase: watch::Sender<Phase>) {
    while phases.changed().await.is_ok() {
        let now = *phases.borrow_and_update();
        phase.send_replace(now);
    }
}

/// What every event of this server is started with.
pub struct Starter {
    /// The renditions.
    pub ladder: Ladder,
    /// What encodes their pictures.
    pub encoder: Choice,
    /// Everything that is kept.
    pub store: Store,
    /// Units and people.
    pub organisation: Organisation,
    /// The media threads, which stages take in turn.
    pub media: Vec<MediaHandle>,
    /// How many stages were given a thread.
    pub opened: AtomicUsize,
    /// Most viewers of an event at low delay.
    pub viewers_max: usize,
    /// STUN and TURN servers.
    pub turn: Turn,
    /// The broadcasts.
    pub live: live::Registry,
    /// Turns true when the server stops.
    pub stop: watch::Receiver<bool>,
    /// Held while something is started.
    pub starting: Mutex<()>,
}

impl Starter {
    /// Starts what an event needs by where it stands and does not have yet, and adds it to those that are
    /// open. `cast` are the
    /// seats that an automatic direction may put on air.
    ///
    /// # Errors
    /// [`StartError`]; nothing of the event runs then.
    pub async fn start(
        &self,
        event: Event,
        cast: Vec<SeatId>,
        events: &Events,
    ) -> Result<(), StartError> {
        // Two who put the same event on air get one host.
        let _turn = self.starting.lock().await;
        let id = event.id;
        match event.phase {
            Phase::Closed => {
                return host::replay(&event, self.ladder.clone(), &self.store, &self.live);
            }
            Phase::OnAir if events.host(id).is_some() => {}
            Phase::OnAir => {
                let host = host::start(self.parts(event, cast)?).await?;
                events.on_air(host.clone());
                let desk = self.attended(id, events).await?;
                tokio::spawn(seats::attend(id, self.store.clone(), desk, host.seated()));
            }
            Phase::Doors => {}
        }
        self.attended(id, events).await.map(drop)
    }

    /// Takes up the attendance of an event, unless it is there.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn attend(&self, id: EventId, events: &Events) -> Result<AttendanceDesk, StartError> {
        let _turn = self.starting.lock().await;
        self.attended(id, events).await
    }

    async fn attended(&self, id: EventId, events: &Events) -> Result<AttendanceDesk, StartError> {
        if let Some(desk) = events.attendance(id) {
            return Ok(desk);
        }
        // The host has set the beginning of its programme.
        let event = self.store.event(id).await?.ok_or(StoreError::UnknownEvent(id))?;
        let phases = events.phases(id, event.phase);
        let from = (self.store.clone(), self.organisation.clone());
        let desk = AttendanceDesk::open(from, event, phases).await?;
        events.attend(id, desk.clone());
        Ok(desk)
    }

    fn parts(&self, event: Event, cast: Vec<SeatId>) -> Result<Parts, StartError> {
        let turn = self.opened.fetch_add(1, Ordering::Relaxed);
        let media = self.media.get(turn % self.media.len().max(1)).ok_or(StartError::NoThread)?;
        Ok(Parts {
            event,
            ladder: self.ladder.clone(),
            encoder: self.encoder.clone(),
            store: self.store.clone(),
            media: media.clone(),
            threads: self.media.clone(),
            viewers_max: self.viewers_max,
            turn: self.turn.clone(),
            // The running program itself, even when its file was replaced by a newer version.
            program: PathBuf::from("/proc/self/exe"),
            live: self.live.clone(),
            cast,
            stop: self.stop.clone(),
        })
    }
}
