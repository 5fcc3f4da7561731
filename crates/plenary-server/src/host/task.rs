//! The host's task: one loop that owns the show, the roster, the open pages and the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use plenary_model::event::Phase;
use plenary_model::id::{EventId, SeatId, SourceId};
use plenary_model::limits::SEATS_MAX;
use plenary_model::person::Card;
use plenary_model::scene::Transition;
use plenary_programme::protocol::FromWorker;
use plenary_show::{Author, Change, Command, Direction, Director, Roster, Seen, Show, ShowView};
use plenary_stage::{Link, Part};
use plenary_store::Store;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use super::clips::Found;
use super::feeds::Feeds;
use super::health::Healths;
use super::journal::journalled;
use super::pages::{Pages, Role};
use super::sources::Sources;
use super::stage::EventStage;
use super::{AttachRefused, Attached, CommandError, Message, Page, PageId};
use crate::app::{stopped, wall_now};
use crate::http::layouts;
use crate::live::LiveHandle;
use crate::media::{MediaEvent, Offer};
use crate::worker::WorkerHandle;
use crate::ws::message::{Closed, FromPage, ToPage};

/// How often the task looks at what is due.
const TICK: Duration = Duration::from_millis(100);
/// How many ticks lie between two looks at the sources.
const SOURCES_TICKS: u64 = 5;
/// How many ticks lie between two health messages.
const HEALTH_TICKS: u64 = 10;
/// How long a seat is kept for a page that went without a word.
const GRACE: Duration = Duration::from_secs(30);

/// What the task is made of.
pub struct Task {
    pub(super) event: EventId,
    pub(super) title: String,
    pub(super) store: Store,
    pub(super) media: EventStage,
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
                Some(message) = inbox.messages.recv() => match message {
                    Message::Close { reply } => {
                        let closed = self.close().await;
                        let over = closed.is_ok();
                        // Whoever asked may have gone; the event is over all the same.
                        let _ = reply.send(closed);
                        if over {
                            tokio::spawn(self.media.close());
                            return;
                        }
                    }
                    other => self.on_message(other).await,
                },
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

    async fn on_message(&mut self, message: Message) {
        match message {
            Message::Command { author, command, reply } => {
                let done = self.command(author, &command).await;
                // Whoever asked may have gone; the command is done all the same.
                let _ = reply.send(done);
            }
            Message::Attach { page, reply } => self.attach(page, reply),
            Message::Said { page, message } => self.hear(page, message),
            Message::Detach { page } => self.detach(page),
            Message::Close { .. } => unreachable!("the loop ends with it"),
        }
    }

    /// Ends the event for good: first in the database, then for everybody.
    async fn close(&mut self) -> Result<(), CommandError> {
        self.store.set_phase(self.event, Phase::Closed).await?;
        self.phase.send_replace(Phase::Closed);
        self.pages.say_to_all(&ToPage::Closed { code: Closed::Ended });
        self.live.close().await;
        Ok(())
    }

    /// Decides, journals, applies, and tells everybody, in this order.
    async fn command(
        &mut self,
        author: Author,
        command: &Command,
    ) -> Result<Arc<ShowView>, CommandError> {
        let fact = self.show.decide(wall_now(), author, command)?;
        self.store.append_facts(self.event, vec![journalled(&fact)]).await?;
        let before = self.show.view();
        self.show.apply(&fact);
        let view = Arc::new(self.show.view());
        self.view.send_replace(Arc::clone(&view));
        if before.programme != view.programme {
            let transition = match fact.change {
                Change::Took { transition } => transition,
                Change::PreviewSet { .. }
                | Change::PreviewUndone
                | Change::LowerThirdSet { .. }
                | Change::SlateSet { .. }
                | Change::DirectionSet { .. }
                | Change::SourceMutedSet { .. } => Transition::Cut,
            };
            self.worker.set_programme(view.programme.clone(), transition);
        }
        if before.muted != view.muted {
            self.worker.set_muted(view.muted.clone());
        }
        for source in view.preview.sources() {
            self.ensure_source(source);
        }
        self.update_feeds();
        self.pages.say_to_studios(&ToPage::Show { show: Arc::clone(&view) });
        self.say_roster();
        Ok(view)
    }

    fn attach(&mut self, page: Page, reply: oneshot::Sender<Result<Attached, AttachRefused>>) {
        let (seat, role, card) = match page {
            Page::Stage { seat, card } => (seat, Role::Speaker, Some(card)),
            Page::Studio => (SeatId::new(Uuid::now_v7()), Role::Director, None),
        };
        if SEATS_MAX <= self.joined.len() && !self.joined.contains(&seat) {
            let _ = reply.send(Err(AttachRefused::StageFull));
            return;
        }
        let opened = self.pages.open(seat, role);
        let Ok(attached) = &opened else {
            let _ = reply.send(opened);
            return;
        };
        let page = attached.page;
        let part = match role {
            Role::Speaker => Part::Speaker,
            Role::Director => Part::Observer,
        };
        if self.joined.insert(seat) {
            self.media.join(seat, part);
        }
        self.leaving.remove(&seat);
        if let Some(card) = &card {
            self.cards.insert(seat, card.clone());
        }
        self.welcome(page, seat, role, card);
        if reply.send(opened).is_err() {
            self.detach(page);
        }
    }

    fn welcome(&mut self, page: PageId, seat: SeatId, role: Role, card: Option<Card>) {
        self.pages.say(
            page,
            &ToPage::Welcome {
                event: self.event,
                title: self.title.clone(),
                seat: card.is_some().then_some(seat),
                card,
                ice_servers: Vec::new(),
                layouts: layouts::all(),
            },
        );
        self.pages.say(page, &ToPage::Roster { people: self.roster.people(&self.show) });
        self.pages.say(page, &ToPage::Speaking { seat: self.speaking });
        if role == Role::Director {
            self.pages.say(page, &ToPage::Show { show: Arc::new(self.show.view()) });
            self.say_sources();
        }
    }

    fn hear(&mut self, page: PageId, message: FromPage) {
        let Some((seat, role)) = self.pages.who(page) else { return };
        match message {
            FromPage::Offer { sdp, tracks, fresh } => {
                self.media.offer(seat, Offer { sdp, tracks, fresh });
                if self.media.has_ended() {
                    let message = "the stage has ended".into();
                    self.pages.say(page, &ToPage::Refused { code: "stage_ended", message });
                }
            }
            FromPage::Wants { pictures, programme } => {
                self.media.wants(seat, pictures, programme);
            }
            FromPage::Muted { microphone, camera } => {
                let microphone = self.roster.see(seat, Seen::Microphone(!microphone));
                let camera = self.roster.see(seat, Seen::Camera(!camera));
                if microphone || camera {
                    self.say_roster();
                }
            }
            FromPage::Hand { raised } => self.see(seat, Seen::Hand(raised)),
            FromPage::Leave if role == Role::Speaker => {
                self.pages.close(page);
                self.leave(seat);
            }
            FromPage::Leave => {}
        }
    }

    fn detach(&mut self, page: PageId) {
        match self.pages.close(page) {
            Some((seat, Role::Director)) => {
                self.joined.remove(&seat);
                self.media.leave(seat);
            }
            Some((seat, Role::Speaker)) if !self.pages.has(seat) => {
                self.leaving.insert(seat, Instant::now() + GRACE);
            }
            Some(_) | None => {}
        }
    }

    /// The seat is given up: its sources go, its places show nothing.
    fn leave(&mut self, seat: SeatId) {
        self.leaving.remove(&seat);
        self.joined.remove(&seat);
        self.media.leave(seat);
        for source in [SourceId::Camera(seat), SourceId::Screen(seat)] {
            if self.sources.remove(source) {
                self.worker.remove_source(source);
            }
        }
        if self.roster.leave(seat) {
            self.say_roster();
        }
    }

    fn on_stage(&mut self, event: MediaEvent) {
        match event {
            MediaEvent::Say { seat, message } => {
                self.pages.say_to_seat(seat, &message.into());
            }
            MediaEvent::Refused { seat, refused } => {
                let (code, message) = (refused.code(), refused.to_string());
                self.pages.say_to_seat(seat, &ToPage::Refused { code, message });
            }
            MediaEvent::Link { seat, link } => self.on_link(seat, link),
            MediaEvent::Speaking(seat) => {
                self.speaking = seat;
                self.pages.say_to_all(&ToPage::Speaking { seat });
            }
            MediaEvent::Sources(states) => {
                self.sources.see_stage(&states);
                self.see_screens(&states);
            }
            MediaEvent::Contribution(_) => unreachable!("media goes its own way, past the host"),
        }
    }

    fn on_link(&mut self, seat: SeatId, link: Link) {
        let Some(card) = self.cards.get(&seat).cloned() else { return };
        match link {
            Link::Up => {
                if let Err(full) = self.roster.join(seat, card) {
                    let told = ToPage::Refused { code: "stage_full", message: full.to_string() };
                    self.pages.say_to_seat(seat, &told);
                    return;
                }
                self.ensure_source(SourceId::Camera(seat));
                self.say_roster();
            }
            Link::Interrupted | Link::Down | Link::Faulted => self.see(seat, Seen::Lost),
        }
    }

    /// A screen is shared as long as its packets come.
    fn see_screens(&mut self, states: &[plenary_stage::SourceState]) {
        let mut changed = false;
        let seats: Vec<SeatId> = self.cards.keys().copied().collect();
        for seat in seats {
            let screen = SourceId::Screen(seat);
            let shared = states.iter().any(|state| state.source == screen && state.arriving);
            changed |= self.roster.see(seat, Seen::Screen(shared));
            if shared {
                self.ensure_source(screen);
            }
        }
        if changed {
            self.say_roster();
        }
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
        self.media.tell_again();
        self.direct().await;
        self.update_feeds();
        let now = Instant::now();
        let given_up: Vec<SeatId> =
            self.leaving.iter().filter(|(_, at)| **at <= now).map(|(seat, _)| *seat).collect();
        for seat in given_up {
            self.leave(seat);
        }
        if ticks.is_multiple_of(SOURCES_TICKS) {
            self.say_sources();
        }
        if ticks.is_multiple_of(HEALTH_TICKS) && self.pages.has_studio() {
            let life = *self.worker.life().borrow();
            let health = self.health.now(life, &self.live, self.began.elapsed());
            self.pages.say_to_studios(&ToPage::Health(health));
        }
    }

    /// Lets the automatic direction do what is due.
    async fn direct(&mut self) {
        if self.show.direction() != Direction::Automatic {
            return;
        }
        let now_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        if now_ms < self.director.deadline() {
            return;
        }
        let mut live = self.sources.live();
        live.retain(|source| source.id.seat().is_some_and(|seat| self.cast.contains(&seat)));
        let Some(command) = self.director.handle(now_ms, &self.show, &live) else { return };
        if let Err(error) = self.command(Author::Automatic, &command).await {
            tracing::warn!(event = %self.event, %error, "the automatic direction was refused");
        }
    }

    fn ensure_source(&mut self, source: SourceId) {
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

    fn update_feeds(&mut self) {
        for change in self.feeds.update(Instant::now(), &self.show) {
            self.feed(change);
        }
    }

    fn see(&mut self, seat: SeatId, seen: Seen) {
        if self.roster.see(seat, seen) {
            self.say_roster();
        }
    }

    fn say_roster(&mut self) {
        let people = self.roster.people(&self.show);
        self.pages.say_to_all(&ToPage::Roster { people });
    }

    fn say_sources(&mut self) {
        if self.pages.has_studio() {
            let sources = self.sources.list(&self.show, |source| self.feeds.has(source));
            self.pages.say_to_studios(&ToPage::Sources { sources });
        }
    }
}
