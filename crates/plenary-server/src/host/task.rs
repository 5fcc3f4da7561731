//! The host's task: one loop that owns the show, the roster, the open pages and the sources. What
//! it does about people, the show and clips is in the files beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use plenary_model::event::Phase;
use plenary_model::id::{EventId, SeatId, SourceId};
use plenary_model::person::Card;
use plenary_model::scene::Transition;
use plenary_programme::protocol::FromWorker;
use plenary_show::{Director, Roster, Show, ShowView};
use plenary_store::Store;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

use super::clip_folder::Found;
use super::feeds::Feeds;
use super::health::Healths;
use super::pages::Pages;
use super::sources::Sources;
use super::stage::EventStage;
use super::{CommandError, Message};
use crate::clock::{stopped, wall_now};
use crate::live::LiveHandle;
use crate::media::{MediaEvent, Viewers};
use crate::turn::Turn;
use crate::worker::WorkerHandle;
use crate::ws::message::{Closed, ToPage};

/// How often the task looks at what is due.
const TICK: Duration = Duration::from_millis(100);
/// How many ticks lie between two looks at the sources.
const SOURCES_TICKS: u64 = 5;
/// How many ticks lie between two health messages.
const HEALTH_TICKS: u64 = 10;

/// What the task is made of.
pub struct Task {
    pub(super) event: EventId,
    pub(super) title: String,
    pub(super) store: Store,
    pub(super) media: EventStage,
    pub(super) viewers: Viewers,
    pub(super) turn: Turn,
    pub(super) worker: WorkerHandle,
    pub(super) live: LiveHandle,
    pub(super) show: Show,
    pub(super) view: watch::Sender<Arc<ShowView>>,
    pub(super) roster: Roster,
    pub(super) director: Director,
    /// Seats that the automatic direction may put on air.
    pub(super) cast: BTreeSet<SeatId>,
    pub(super) cards: BTreeMap<SeatId, Card>,
    /// Names and files of the clips that were found.
    pub(super) clips: BTreeMap<SourceId, (Card, PathBuf)>,
    pub(super) pages: Pages,
    pub(super) sources: Sources,
    pub(super) feeds: Feeds,
    pub(super) health: Healths,
    /// Seats that are on the stage core.
    pub(super) joined: BTreeSet<SeatId>,
    /// Seats without a page, and when they are given up.
    pub(super) leaving: BTreeMap<SeatId, Instant>,
    pub(super) speaking: Option<SeatId>,
    pub(super) phase: watch::Sender<Phase>,
    /// The seats whose speakers have their page open.
    pub(super) seated: watch::Sender<BTreeSet<SeatId>>,
    pub(super) began: Instant,
}

/// What comes to the task from the media thread and the worker.
pub struct Inbox {
    pub(super) messages: mpsc::Receiver<Message>,
    pub(super) stage: mpsc::Receiver<MediaEvent>,
    pub(super) worker: mpsc::Receiver<FromWorker>,
    pub(super) clips: mpsc::Receiver<Found>,
    pub(super) stop: watch::Receiver<bool>,
}

impl Task {
    /// Runs until told to stop.
    pub async fn run(mut self, mut inbox: Inbox) {
        self.restore();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut ticks = 0_u64;
        loop {
            tokio::select! {
                Some(message) = inbox.messages.recv() => {
                    if self.on_message(message).await.is_break() {
                        tokio::spawn(self.media.close());
                        return;
                    }
                }
                Some(event) = inbox.stage.recv() => self.on_stage(event),
                Some(message) = inbox.worker.recv() => self.on_worker(message),
                Some(found) = inbox.clips.recv() => self.on_clip(found),
                _ = tick.tick() => {
                    ticks += 1;
                    self.on_tick(ticks).await;
                }
                () = stopped(&mut inbox.stop) => break,
            }
        }
        self.pages.say_to_all(&ToPage::Closed { code: Closed::Restart });
    }

    /// Puts on air what the journal says, before anybody is here.
    fn restore(&mut self) {
        self.worker.set_programme(self.show.programme().clone(), Transition::Cut);
        self.worker.set_muted(self.show.view().muted);
        let shown: Vec<SourceId> = [self.show.programme().scene(), self.show.preview()]
            .into_iter()
            .flat_map(plenary_model::scene::Scene::sources)
            .collect();
        for source in shown {
            self.ensure_source(source);
        }
        self.update_feeds();
    }

    /// Breaks when the event is over. Whoever asked may have gone before the answer; what they
    /// asked for is done all the same.
    async fn on_message(&mut self, message: Message) -> ControlFlow<()> {
        match message {
            Message::Command { author, command, reply } => {
                let done = self.command(author, &command).await;
                let _ = reply.send(done);
            }
            Message::Attach { page, reply } => self.attach(page, reply),
            Message::Said { page, message } => self.hear(page, message),
            Message::Detach { page } => self.detach(page),
            Message::Close { reply } => {
                let closed = self.close().await;
                let over = closed.is_ok();
                let _ = reply.send(closed);
                if over {
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    }

    /// Ends the event for good: first in the database, then for everybody.
    async fn close(&mut self) -> Result<(), CommandError> {
        self.store.set_phase(self.event, Phase::Closed, wall_now()).await?;
        self.phase.send_replace(Phase::Closed);
        self.pages.say_to_all(&ToPage::Closed { code: Closed::Ended });
        self.viewers.close();
        self.live.close().await;
        Ok(())
    }

    fn on_worker(&mut self, message: FromWorker) {
        match message {
            FromWorker::Source(state) => self.sources.see_worker(state),
            FromWorker::NeedKeyframe { source } => self.media.feed_keyframe(source),
            FromWorker::Stats(stats) => self.health.see_stats(&stats),
            FromWorker::Notice(notice) => self.health.see_notice(notice),
            FromWorker::Started { .. }
            | FromWorker::WantedWidth { .. }
            | FromWorker::Loudness(_)
            | FromWorker::AacConfig(_)
            | FromWorker::Picture(_)
            | FromWorker::Aac(_)
            | FromWorker::Opus(_) => {}
        }
    }

    async fn on_tick(&mut self, ticks: u64) {
        self.tell_seated();
        self.media.tell_again();
        self.direct().await;
        self.update_feeds();
        self.give_up_seats();
        if ticks.is_multiple_of(SOURCES_TICKS) {
            self.say_sources();
        }
        if ticks.is_multiple_of(HEALTH_TICKS) && self.pages.has_studio() {
            let life = *self.worker.life().borrow();
            let health = self.health.now(life, &self.live, self.began.elapsed());
            self.pages.say_to_studios(&ToPage::Health(health));
        }
    }

    fn tell_seated(&self) {
        let now = self.pages.seated();
        self.seated.send_if_modified(|known| {
            let changed = *known != now;
            *known = now;
            changed
        });
    }

    /// Lists a person's source and makes it known to the worker.
    pub(super) fn ensure_source(&mut self, source: SourceId) {
        let card = match source {
            SourceId::Camera(seat) | SourceId::Screen(seat) => self.cards.get(&seat).cloned(),
            // Clips are added when they are found in their folder.
            SourceId::Clip(_) => None,
        };
        let Some(card) = card else { return };
        if self.sources.add(source, card.clone()) {
            self.worker.add_source(source, card);
        }
    }

    /// Brings the feeds in line with the show.
    pub(super) fn update_feeds(&mut self) {
        for change in self.feeds.update(Instant::now(), &self.show) {
            self.feed(change);
        }
    }

    pub(super) fn say_sources(&mut self) {
        if self.pages.has_studio() {
            let sources = self.sources.list(&self.show, |source| self.feeds.has(source));
            self.pages.say_to_studios(&ToPage::Sources { sources });
        }
    }
}
