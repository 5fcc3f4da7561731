//! Supervisor of one event's media worker: starts the process, starts it again when it dies or
//! hangs, and tells the new one everything that the old one knew.

mod process;
mod state;

use std::path::PathBuf;

use plenary_model::frame::Contribution;
use plenary_model::id::SourceId;
use plenary_model::limits::{WORKER_IN_MAX, WORKER_ORDERS_MAX};
use plenary_model::person::Card;
use plenary_model::scene::{Programme, Transition};
use plenary_programme::protocol::{FromWorker, Start, ToWorker};
use tokio::sync::{mpsc, watch};

/// Whether the media worker lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// The process runs; its id.
    Running {
        /// Process id.
        process: u32,
    },
    /// It died or was ended; a new one is being started.
    Restarting,
}

/// The way to one media worker; clones reach the same one. When all are dropped, it ends.
#[derive(Debug, Clone)]
pub struct WorkerHandle {
    orders: mpsc::Sender<ToWorker>,
    contributions: mpsc::Sender<Contribution>,
    life: watch::Receiver<Life>,
}

impl WorkerHandle {
    /// Starts the worker as `program media-worker` and its supervisor as a task. `out` gets what
    /// it says; a second [`FromWorker::Started`] means that it was started again, and its first
    /// pictures are IDR. When nobody reads `out`, the worker skips pictures.
    pub fn start(program: PathBuf, start: Start, out: mpsc::Sender<FromWorker>) -> Self {
        let (orders, orders_in) = mpsc::channel(WORKER_ORDERS_MAX);
        let (contributions, contributions_in) = mpsc::channel(WORKER_IN_MAX);
        let (life_out, life) = watch::channel(Life::Restarting);
        let inbox = process::Inbox { orders: orders_in, contributions: contributions_in };
        tokio::spawn(process::supervise(program, state::State::new(start), inbox, out, life_out));
        Self { orders, contributions, life }
    }

    /// Makes a person's source known, or changes its card.
    pub fn add_source(&self, source: SourceId, card: Card) {
        self.order(ToWorker::SourceAdded { source, card });
    }

    /// Makes a looping clip known; the file was probed before.
    pub fn add_clip(&self, source: SourceId, card: Card, path: PathBuf) {
        self.order(ToWorker::ClipAdded { source, card, path });
    }

    /// A source is gone for good.
    pub fn remove_source(&self, source: SourceId) {
        self.order(ToWorker::SourceRemoved { source });
    }

    /// Puts a programme on air with the next frame.
    pub fn set_programme(&self, programme: Programme, transition: Transition) {
        self.order(ToWorker::Programme { air: programme.into(), wipe: transition.into() });
    }

    /// Replaces the list of sources that are silent although they are on air.
    pub fn set_muted(&self, sources: Vec<SourceId>) {
        self.order(ToWorker::Muted(sources));
    }

    /// Hands over one encoded piece; false when so much waits that it was dropped, and the source
    /// should send a keyframe. Never waits, so any thread may call it.
    pub fn send_contribution(&self, contribution: Contribution) -> bool {
        self.contributions.try_send(contribution).is_ok()
    }

    /// Whether the worker lives, and its changes.
    pub fn life(&self) -> watch::Receiver<Life> {
        self.life.clone()
    }

    fn order(&self, order: ToWorker) {
        if self.orders.try_send(order).is_err() {
            tracing::error!("the media worker's supervisor does not listen; an order is lost");
        }
    }
}
