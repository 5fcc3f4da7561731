//! Starts the host of an event: replays its journal, goes on with its broadcast, and wires stage,
//! media worker and broadcast together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use plenary_model::id::SeatId;
use plenary_model::ladder::Ladder;
use plenary_model::limits::{HOST_QUEUE_MAX, MEDIA_EVENTS_MAX, WORKER_EVENTS_MAX};
use plenary_model::person::Card;
use plenary_model::time::Ticks;
use plenary_programme::clock::monotonic_us;
use plenary_programme::encode::Choice;
use plenary_programme::protocol::Start;
use plenary_show::{Director, Roster};
use plenary_store::{Event, Store, StoreError};
use tokio::sync::{mpsc, watch};

use super::feeds::Feeds;
use super::health::Healths;
use super::journal::restored;
use super::pages::Pages;
use super::sources::Sources;
use super::stage::EventStage;
use super::task::{Inbox, Task};
use super::{HostHandle, clip_folder, pump};
use crate::clock::wall_now;
use crate::live;
use crate::media::{MediaError, MediaHandle, Viewers};
use crate::turn::Turn;
use crate::worker::WorkerHandle;

/// Why an event cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal holds something that this version does not know.
    #[error("fact {seq} of the journal cannot be read; was it written by a newer version?")]
    Fact {
        /// Its number.
        seq: u64,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The broadcast.
    #[error(transparent)]
    Live(#[from] live::StartError),
    /// The stage.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// There is no thread for it.
    #[error("this server has no thread for a stage")]
    NoThread,
}

/// What a host needs from the server.
pub struct Parts {
    /// The event.
    pub event: Event,
    /// Its renditions.
    pub ladder: Ladder,
    /// What encodes their pictures.
    pub encoder: Choice,
    /// The journal.
    pub store: Store,
    /// The stage's thread.
    pub media: MediaHandle,
    /// All media threads, for those who view the programme at low delay.
    pub threads: Vec<MediaHandle>,
    /// Most of them.
    pub viewers_max: usize,
    /// STUN and TURN servers that pages are told of.
    pub turn: Turn,
    /// What is started as `program media-worker`.
    pub program: PathBuf,
    /// The broadcasts.
    pub live: live::Registry,
    /// Seats that an automatic direction may put on air.
    pub cast: Vec<SeatId>,
    /// Turns true when the server stops.
    pub stop: watch::Receiver<bool>,
}

/// Starts the host and everything under it.
///
/// # Errors
/// [`StartError`]; nothing of the event runs then.
pub async fn start(parts: Parts) -> Result<HostHandle, StartError> {
    let Parts { event, ladder, encoder, store, media, threads, viewers_max, .. } = parts;
    let Parts { turn, program, live, cast, stop, .. } = parts;
    let show = restored(&store, &event).await?;
    let epoch = store.set_epoch(event.id, wall_now()).await?;
    let broadcast = live.start(live::Start {
        event: event.id,
        key: event.key,
        ladder: ladder.clone(),
        wall_of_zero: epoch,
        folder: store.folder().recording(event.id),
    })?;
    let elapsed = Ticks::from_ms(wall_now().0.saturating_sub(epoch.0));
    let first = elapsed.max(broadcast.resumes_at());
    let (worker_out, worker_in) = mpsc::channel(WORKER_EVENTS_MAX);
    let (title, first_due_us) = (event.title.clone(), monotonic_us());
    let begin = Start { ladder, encoder, title, first, first_due_us };
    let worker = WorkerHandle::start(program, begin, worker_out);
    let (stage_out, stage_in) = mpsc::channel(MEDIA_EVENTS_MAX);
    media.open(event.id, stage_out)?;
    let viewers = Viewers::open(event.id, threads, viewers_max)?;
    let (to_host, stage) = mpsc::channel(MEDIA_EVENTS_MAX);
    tokio::spawn(pump::from_stage(stage_in, worker.clone(), to_host));
    let (to_host, from_worker) = mpsc::channel(WORKER_EVENTS_MAX);
    let pumped = (event.id, broadcast.clone(), viewers.clone());
    tokio::spawn(pump::from_worker(worker_in, pumped, to_host));
    let (messages, inbox) = mpsc::channel(HOST_QUEUE_MAX);
    let (view, shown) = watch::channel(Arc::new(show.view()));
    let (phase, phases) = watch::channel(event.phase);
    let (seated, now_seated) = watch::channel(BTreeSet::new());
    let clips = clip_folder::watch(store.folder().clips(event.id));
    let task = Task {
        event: event.id,
        title: event.title,
        cards: cards(&store, event.id).await?,
        clips: BTreeMap::new(),
        store,
        media: EventStage::new(event.id, media),
        viewers: viewers.clone(),
        turn,
        worker,
        live: broadcast,
        show,
        view,
        roster: Roster::default(),
        director: Director::new(0),
        cast: cast.into_iter().collect(),
        pages: Pages::default(),
        sources: Sources::default(),
        feeds: Feeds::default(),
        health: Healths::new(),
        joined: Default::default(),
        leaving: BTreeMap::new(),
        speaking: None,
        phase,
        seated,
        began: Instant::now(),
    };
    tokio::spawn(task.run(Inbox { messages: inbox, stage, worker: from_worker, clips, stop }));
    let id = event.id;
    Ok(HostHandle { event: id, messages, show: shown, phase: phases, seated: now_seated, viewers })
}

/// Serves the recording of a closed event.
///
/// # Errors
/// [`StartError`] when the recording cannot be read.
pub fn replay(
    event: &Event,
    ladder: Ladder,
    store: &Store,
    live: &live::Registry,
) -> Result<(), StartError> {
    let Some(epoch) = event.epoch else { return Ok(()) };
    live.replay(live::Start {
        event: event.id,
        key: event.key.clone(),
        ladder,
        wall_of_zero: epoch,
        folder: store.folder().recording(event.id),
    })?;
    Ok(())
}

/// The card of every seat, so that a scene shows people by name before they come back.
async fn cards(
    store: &Store,
    event: plenary_model::id::EventId,
) -> Result<BTreeMap<SeatId, Card>, StoreError> {
    let seats = store.seats(event).await?;
    Ok(seats.into_iter().map(|seat| (seat.id, seat.card)).collect())
}
