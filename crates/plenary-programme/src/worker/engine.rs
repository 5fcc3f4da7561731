//! The thread that owns the programme: it waits for the clock and for nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError};
use std::time::Duration;

use plenary_model::id::SourceId;
use plenary_model::ladder::Ladder;
use plenary_model::limits::{SOURCES_MAX, WORKER_EVENTS_MAX};
use plenary_model::scene::{CANVAS_HEIGHT, CANVAS_WIDTH};

use crate::canvas::Frame;
use crate::clip::Player;
use crate::clock::{BLOCK_SAMPLES, CHANNELS, Clock, monotonic_us};
use crate::cpu::own_us;
use crate::encode::programme::Together;
use crate::encode::{Effort, PictureKind};
use crate::event::Event;
use crate::governor::{Governor, Second};
use crate::layout::along;
use crate::limiter::LOOK_AHEAD_SAMPLES;
use crate::mix::Mixer;
use crate::protocol::{FromWorker, GovernorStep, Notice, SourceState, Start, Stats, ToWorker};
use crate::source::{Shown, Source};

use super::air::OnAir;
use super::encoders::{Common, Job, Rendition};
use super::graphics::Gallery;
use super::outbox::Outbox;
use super::sound_out::{self, SoundJob};
use super::stats::Durations;
use super::{WorkerError, selftest};

/// The sound is delayed by the limiter, so it is read this much ahead: both leave together.
const LIMITER_US: u64 = LOOK_AHEAD_SAMPLES as u64 * 1_000_000 / 48_000;
/// How wide a source off air is wanted: its smallest layer, so that a take shows it at once.
const STANDBY_WIDTH: u32 = 320;
/// Frames between two reports of every source: half a second at 30 fps.
const STATES_EVERY_FRAMES: u64 = 15;
/// Canvases that are kept for reuse: queues of two, one in each of two encoders, the last.
const CANVASES_KEPT_MAX: usize = 8;

/// Whether the programme goes on.
enum Next {
    GoOn,
    End,
}

#[derive(Debug, Default)]
struct Counts {
    missed: u64,
    skipped: u64,
    skipped_before: u64,
}

/// The programme of one event.
pub(super) struct Engine {
    ladder: Ladder,
    clock: Clock,
    frame: u64,
    block: u64,
    sources: BTreeMap<SourceId, Source>,
    players: BTreeMap<SourceId, Player>,
    gallery: Gallery,
    on_air: OnAir,
    muted: BTreeSet<SourceId>,
    mixer: Mixer,
    renditions: Vec<Rendition>,
    sound: SyncSender<SoundJob>,
    canvases: Vec<Arc<Frame>>,
    last: Arc<Frame>,
    wanted: BTreeMap<SourceId, u32>,
    counts: Counts,
    tick_late: Durations,
    encode_late: Durations,
    governor: Governor,
    outbox: Outbox,
    events: SyncSender<Event>,
}

impl Engine {
    pub(super) fn new(
        start: Start,
        socket: UnixStream,
        events: SyncSender<Event>,
    ) -> Result<Self, WorkerError> {
        let ladder = start.ladder;
        selftest::check(&ladder)?;
        let outbox = Outbox::open(socket).map_err(WorkerError::Inherited)?;
        let size = (ladder.video[0].width, ladder.video[0].height);
        let gallery =
            Gallery::open(start.title, size, events.clone()).map_err(WorkerError::Inherited)?;
        let mut governor = Governor::new(&ladder);
        if selftest::is_slow(&ladder)? {
            governor.start_low();
        }
        let encode_late = Durations::default();
        let common = Common {
            choice: start.encoder,
            together: Together::default(),
            outbox: outbox.clone(),
            durations: encode_late.clone(),
        };
        let renditions = (0..)
            .zip(&ladder.video)
            .map(|(index, rendition)| Rendition::start(index, &ladder, rendition, common.clone()));
        let renditions = renditions.collect::<Result<Vec<_>, _>>()?;
        let clock = Clock::new(&ladder, start.first, start.first_due_us, monotonic_us());
        let sound = sound_out::start(&ladder.audio, clock.frame_time(0), outbox.clone())?;
        let mut engine = Self {
            clock,
            frame: 0,
            block: 0,
            sources: BTreeMap::new(),
            players: BTreeMap::new(),
            gallery,
            on_air: OnAir::new(),
            muted: BTreeSet::new(),
            mixer: Mixer::default(),
            renditions,
            sound,
            canvases: Vec::new(),
            last: Arc::new(Frame::black(size.0, size.1)),
            wanted: BTreeMap::new(),
            counts: Counts::default(),
            tick_late: Durations::default(),
            encode_late,
            governor,
            outbox,
            events,
            ladder,
        };
        engine.govern();
        engine.outbox.deliver(FromWorker::Started { first: clock.frame_time(0) });
        Ok(engine)
    }

    pub(super) fn run(mut self, woken_by: &Receiver<Event>) -> Result<(), WorkerError> {
        loop {
            let due = self.clock.frame_due_us(self.frame).min(self.clock.block_due_us(self.block));
            // Nothing that comes in has an effect before the next tick, so nothing wakes this thread
            // before it: a waking costs more than most of what it would be for.
            std::thread::sleep(Duration::from_micros(due.saturating_sub(monotonic_us())));
            for event in woken_by.try_iter().take(WORKER_EVENTS_MAX) {
                if let Next::End = self.handle(event) {
                    return Ok(());
                }
            }
            self.tick();
        }
    }

    fn handle(&mut self, event: Event) -> Next {
        let mut notices = Vec::new();
        match event {
            Event::Server(message) => self.order(message),
            Event::ServerGone => return Next::End,
            Event::Decoded { source, generation, decoded } => {
                if let Some(source) = self.sources.get_mut(&source) {
                    source.decoded(generation, decoded, monotonic_us(), &mut notices);
                }
            }
            Event::Clip { source, unit } => {
                if let Some(source) = self.sources.get_mut(&source) {
                    source.take(unit);
                }
            }
            Event::ClipFailed { source } => notices.push(Notice::ClipFailed(source)),
            Event::Drawn(drawn) => self.gallery.hang(drawn),
        }
        self.notify(notices);
        Next::GoOn
    }

    fn order(&mut self, message: ToWorker) {
        match message {
            ToWorker::Start(_) => tracing::warn!("a running programme was told to start"),
            ToWorker::SourceAdded { source, card } => {
                self.add(source, card);
            }
            ToWorker::ClipAdded { source, card, path } => {
                if self.add(source, card) && !self.players.contains_key(&source) {
                    match Player::start(source, path, self.events.clone()) {
                        Ok(player) => drop(self.players.insert(source, player)),
                        Err(error) => {
                            tracing::warn!(%source, %error, "a clip's thread cannot be started");
                            self.notify(vec![Notice::ClipFailed(source)]);
                        }
                    }
                }
            }
            ToWorker::SourceRemoved { source } => {
                self.players.remove(&source);
                self.sources.remove(&source);
                self.gallery.forget(source);
                self.mixer.remove(source);
                self.wanted.remove(&source);
            }
            ToWorker::Contribution(contribution) => {
                if let Some(source) = self.sources.get_mut(&contribution.source) {
                    source.take(contribution.into());
                }
            }
            ToWorker::Programme { air, wipe } => {
                self.on_air.take(air, wipe);
                self.changed();
            }
            ToWorker::Muted(sources) => {
                self.muted = sources.into_iter().collect();
                self.changed();
            }
        }
    }

    /// False when there are too many sources already.
    fn add(&mut self, id: SourceId, card: plenary_model::person::Card) -> bool {
        if !self.sources.contains_key(&id) && SOURCES_MAX <= self.sources.len() {
            tracing::warn!(source = %id, "one source more than the programme can hold is left out");
            return false;
        }
        self.gallery.introduce(id, &card);
        let events = &self.events;
        let new = || Source::new(id, events.clone());
        self.sources.entry(id).or_insert_with(new);
        self.changed();
        true
    }

    /// After any change of scene, sources or governor: who is heard, drawn, and wanted how wide.
    fn changed(&mut self) {
        let mut heard = self.on_air.heard();
        heard.retain(|source| !self.muted.contains(source));
        self.mixer.open(heard);
        self.gallery.prepare(&self.on_air.scenes());
        let small = self.governor.step() == GovernorStep::SmallLayers;
        let on_air = self.on_air.sizes();
        let (width, height) = (self.ladder.video[0].width, self.ladder.video[0].height);
        for (id, source) in &mut self.sources {
            let size = on_air
                .get(id)
                .map(|(w, h)| (along(*w, width, CANVAS_WIDTH), along(*h, height, CANVAS_HEIGHT)));
            source.show_at(size);
            let place = size.map_or(STANDBY_WIDTH, |(width, _)| {
                if small { (width / 2).max(STANDBY_WIDTH) } else { width }
            });
            if self.wanted.insert(*id, place) != Some(place) {
                self.outbox.post(FromWorker::WantedWidth { source: *id, width: place });
            }
        }
    }

    fn tick(&mut self) {
        let now = monotonic_us();
        if self.clock.block_due_us(self.block) <= now {
            self.feed_decoders(now);
        }
        while self.clock.block_due_us(self.block) <= now {
            self.mix();
        }
        if self.clock.frame_due_us(self.frame) <= now {
            self.picture(now);
        }
    }

    /// Once per sound block: often enough for pictures, and each time wakes every decoder.
    fn feed_decoders(&mut self, now: u64) {
        let mut notices = Vec::new();
        for (id, source) in &mut self.sources {
            source.tick(now, &mut notices);
            if source.needs_keyframe(now) {
                self.outbox.post(FromWorker::NeedKeyframe { source: *id });
            }
        }
        self.notify(notices);
    }

    fn mix(&mut self) {
        let at = self.clock.block_due_us(self.block) + LIMITER_US;
        let mut sound = [0.0; BLOCK_SAMPLES * CHANNELS];
        for (id, source) in &mut self.sources {
            if source.hear(at, &mut sound) {
                self.mixer.add(*id, &sound);
            }
        }
        let job = SoundJob { time: self.clock.block_time(self.block), mixed: self.mixer.finish() };
        self.block += 1;
        if let Err(TrySendError::Full(_)) = self.sound.try_send(job) {
            tracing::warn!("the sound encoders are more than a second late; 20 ms are lost");
        }
    }

    /// Makes the frame that is due; frames that were missed stay the previous picture, which is
    /// encoded again only where an IDR belongs.
    fn picture(&mut self, now: u64) {
        let newest = self.clock.frame_at(now).max(self.frame);
        for missed in self.frame..newest {
            self.counts.missed += 1;
            if self.clock.is_grid(missed) {
                self.submit(missed, PictureKind::Idr);
            }
        }
        let due = self.clock.frame_due_us(newest);
        self.tick_late.add(now.saturating_sub(due));
        let until = due + self.clock.frame_us() / 2;
        let shown: BTreeMap<SourceId, Shown> =
            self.sources.iter_mut().map(|(id, source)| (*id, source.show(until, now))).collect();
        let faded = self.on_air.fades();
        let mut canvas = self.canvas();
        if let Some(canvas) = Arc::get_mut(&mut canvas) {
            self.on_air.compose(&shown, &self.gallery, due, canvas);
        }
        self.last = canvas;
        if faded && !self.on_air.fades() {
            self.changed();
        }
        let kind = if self.clock.is_grid(newest) { PictureKind::Idr } else { PictureKind::Any };
        self.submit(newest, kind);
        let since = std::mem::replace(&mut self.frame, newest + 1);
        self.report(since, newest, now);
    }

    /// A canvas that nobody looks at.
    fn canvas(&mut self) -> Arc<Frame> {
        let idle = self.canvases.iter_mut().position(|frame| Arc::get_mut(frame).is_some());
        let canvas = match idle {
            Some(at) => self.canvases.swap_remove(at),
            None => Arc::new(Frame::black(self.last.width(), self.last.height())),
        };
        // The former frame may be reused as soon as the encoders have let go of it.
        if self.canvases.len() < CANVASES_KEPT_MAX {
            self.canvases.push(Arc::clone(&self.last));
        }
        canvas
    }

    fn submit(&mut self, frame: u64, kind: PictureKind) {
        let step = self.governor.step();
        let lowest = self.renditions.len() - 1;
        for (i, rendition) in self.renditions.iter().enumerate() {
            let without = GovernorStep::WithoutLargest <= step
                && i == 0
                && 0 < lowest
                && 720 < self.ladder.video[0].height;
            let half = GovernorStep::HalfRateLowest <= step
                && i == lowest
                && 0 < lowest
                && kind == PictureKind::Any
                && !frame.is_multiple_of(2);
            if without || half {
                continue;
            }
            let skipped = rendition.encode(Job {
                frame: Arc::clone(&self.last),
                time: self.clock.frame_time(frame),
                kind,
                due_us: self.clock.frame_due_us(frame),
            });
            self.counts.skipped += u64::from(skipped);
        }
    }

    fn report(&mut self, since: u64, frame: u64, now: u64) {
        if passed(since, frame, STATES_EVERY_FRAMES) {
            for (id, source) in &self.sources {
                let (width, height) = source.picture_size();
                self.outbox.post(FromWorker::Source(SourceState {
                    source: *id,
                    picture: source.picture_state(now),
                    level_db: self.mixer.level_db(*id),
                    width,
                    height,
                }));
            }
        }
        if !passed(since, frame, u64::from(self.ladder.frames_per_second)) {
            return;
        }
        let encode_p99_us = self.encode_late.take_p99();
        let skipped = self.counts.skipped - self.counts.skipped_before;
        self.counts.skipped_before = self.counts.skipped;
        let decoders: u64 = self.sources.values().map(Source::decoder_cpu_us).sum();
        let encoders: u64 = self.renditions.iter().map(Rendition::process_us).sum();
        let changed = self.governor.second(Second { encode_p99_us, skipped });
        self.outbox.post(FromWorker::Stats(Stats {
            ticks: frame + 1,
            missed: self.counts.missed,
            skipped: self.counts.skipped,
            tick_late_p99_us: self.tick_late.take_p99(),
            encode_p99_us,
            cpu_us: own_us() + decoders + encoders,
            governor: self.governor.step(),
        }));
        if changed.is_some() {
            self.govern();
            self.changed();
        }
    }

    /// Puts the governor's step into force.
    fn govern(&mut self) {
        let step = self.governor.step();
        if step != GovernorStep::Full || 0 < self.frame {
            self.notify(vec![Notice::Governor(step)]);
        }
        for (rendition, settings) in self.renditions.iter().zip(&self.ladder.video) {
            let large = 1_080 <= settings.height;
            let low = large || GovernorStep::LowComplexity <= step;
            rendition.set_effort(if low { Effort::Low } else { Effort::Medium });
        }
    }

    fn notify(&self, notices: Vec<Notice>) {
        for notice in notices {
            self.outbox.post(FromWorker::Notice(notice));
        }
    }
}

/// Whether a multiple of `every` lies in `since..=frame`; frames may be missed in between.
const fn passed(since: u64, frame: u64, every: u64) -> bool {
    since <= frame / every * every
}
