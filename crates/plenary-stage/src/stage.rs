//! The stage: takes what happened, keeps seats, sources and feeds, and says what to do.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use plenary_model::id::{SeatId, SourceId};
use plenary_model::limits::{SEATS_MAX, VIDEO_SLOTS_MAX};

use crate::address::TransportAddress;
use crate::api::{Input, Link, Output, Part, Refused};
use crate::demux::Demux;
use crate::feed::{Fed, Feed};
use crate::member::{Member, Sources};
use crate::programme::{Epoch, Programme};
use crate::seat::{Event, Identity, Seat};
use crate::signal::{ToPage, Wanted};
use crate::speaker::Speaker;

/// Layers, speaker and requests are looked at this often.
const TICK: Duration = Duration::from_millis(250);
/// Sources are reported every second tick.
const REPORT_TICKS: u64 = 2;
/// A connection without a sign of life for this long is given up: longer than a change of network.
pub(crate) const INTERRUPTED_MAX: Duration = Duration::from_secs(15);
/// A new connection over which nothing has come for this long is given up: longer than browsers look for
/// a way.
pub(crate) const CONNECTING_MAX: Duration = Duration::from_secs(30);

/// What a stage is told once.
#[derive(Debug, Clone)]
pub struct Config {
    /// Certificate of all connections.
    pub identity: Identity,
    /// Candidate addresses: where datagrams for the stage arrive, as the pages reach them.
    pub addresses: Vec<TransportAddress>,
    /// A moment, and the same moment in microseconds of `CLOCK_MONOTONIC`.
    pub anchor: (Instant, u64),
}

/// The conference core of one event.
pub struct Stage {
    pub(crate) config: Config,
    pub(crate) members: BTreeMap<SeatId, Member>,
    pub(crate) demux: Demux<SeatId>,
    pub(crate) sources: Sources,
    pub(crate) feeds: BTreeMap<SourceId, Feed>,
    pub(crate) speaker: Speaker,
    pub(crate) programme: Programme,
    pub(crate) epoch: Epoch,
    /// Which slots a source's pictures and sounds go to.
    pub(crate) picture_routes: BTreeMap<SourceId, Vec<(SeatId, usize)>>,
    pub(crate) sound_routes: BTreeMap<SourceId, Vec<(SeatId, usize)>>,
    pub(crate) events: VecDeque<(SeatId, Event)>,
    pub(crate) dirty: BTreeSet<SeatId>,
    /// Layers must be chosen again before this input ends.
    pub(crate) rechoose: bool,
    next_tick: Option<Instant>,
    ticks: u64,
    reported: bool,
}

impl Stage {
    /// An empty stage.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            members: BTreeMap::new(),
            demux: Demux::default(),
            sources: BTreeMap::new(),
            feeds: BTreeMap::new(),
            speaker: Speaker::default(),
            programme: Programme::default(),
            epoch: Epoch::default(),
            picture_routes: BTreeMap::new(),
            sound_routes: BTreeMap::new(),
            events: VecDeque::new(),
            dirty: BTreeSet::new(),
            rechoose: false,
            next_tick: None,
            ticks: 0,
            reported: false,
        }
    }

    /// Whether a datagram is for one of this stage's seats; the shell asks when one socket serves
    /// several stages.
    pub fn claims(&self, from: TransportAddress, datagram: &[u8]) -> bool {
        self.demux.owner(from, datagram).is_some()
    }

    /// Takes what happened. A panic while handling one seat's connection loses that connection
    /// only.
    pub fn handle(&mut self, now: Instant, input: Input<'_>, out: &mut Vec<Output>) {
        match input {
            Input::Datagram { from, to, bytes } => {
                if let Some(id) = self.demux.owner(from, bytes) {
                    self.with_seat(id, |seat, events| seat.receive(now, from, to, bytes, events));
                }
            }
            Input::Wake => self.wake(now, out),
            Input::Join { seat, part } => self.join(now, seat, part, out),
            Input::Offer { seat, sdp, tracks, fresh } => {
                if let Err(refused) = self.offer(now, seat, (sdp, tracks), fresh, out) {
                    out.push(Output::Refused { seat, refused });
                }
            }
            Input::Wants { seat, pictures, programme } => {
                self.wants(now, seat, pictures, programme, out);
            }
            Input::Leave { seat } => {
                self.unplug(now, seat, out);
                self.members.remove(&seat);
                self.refresh(now, out);
            }
            Input::Feed { source, width } => self.feed(source, width),
            Input::FeedKeyframe { source } => self.want_feed_keyframe(source),
            Input::ProgrammePicture(picture) => self.programme_picture(now, &picture),
            Input::ProgrammeOpus(sound) => self.programme_sound(now, &sound),
        }
        self.settle(now, out);
    }

    /// When to wake the stage; at least a millisecond after the last input.
    pub fn deadline(&self) -> Option<Instant> {
        let seats = self.members.values().filter_map(|m| m.seat.as_ref()).map(Seat::deadline);
        let feeds = self.feeds.values().filter_map(Feed::deadline);
        seats.chain(feeds).chain(self.next_tick).min()
    }

    fn join(&mut self, now: Instant, id: SeatId, part: Part, out: &mut Vec<Output>) {
        if SEATS_MAX <= self.members.len() && !self.members.contains_key(&id) {
            out.push(Output::Refused { seat: id, refused: Refused::StageFull });
            return;
        }
        self.unplug(now, id, out);
        self.members.insert(id, Member::new(part));
        self.next_tick.get_or_insert(now + TICK);
        self.refresh(now, out);
    }

    fn wants(
        &mut self,
        now: Instant,
        id: SeatId,
        pictures: &[Wanted],
        programme: bool,
        out: &mut Vec<Output>,
    ) {
        let Some(member) = self.members.get_mut(&id) else { return };
        member.wants = pictures.iter().take(VIDEO_SLOTS_MAX).copied().collect();
        if !programme {
            member.viewer.pause();
        }
        member.wants_programme = programme;
        self.refresh(now, out);
    }

    fn feed(&mut self, source: SourceId, width: Option<u32>) {
        match width {
            None => {
                self.feeds.remove(&source);
            }
            Some(width) => {
                self.feeds.entry(source).or_insert_with(|| Feed::new(source, width)).width = width;
            }
        }
        self.rechoose = true;
    }

    fn want_feed_keyframe(&mut self, source: SourceId) {
        let layer = self.feeds.get(&source).and_then(|feed| feed.layer().or(feed.target));
        self.want_keyframe(source, layer);
    }

    pub(crate) fn want_keyframe(&mut self, source: SourceId, layer: Option<usize>) {
        let picture = self.sources.get_mut(&source).and_then(|s| s.picture.as_mut());
        if let Some(layer) = picture.zip(layer).and_then(|(p, layer)| p.layers.get_mut(layer)) {
            layer.want_keyframe();
        }
    }

    fn wake(&mut self, now: Instant, out: &mut Vec<Output>) {
        let due = |seat: &Seat| seat.deadline() <= now;
        let woken: Vec<SeatId> = self
            .members
            .iter()
            .filter(|(_, member)| member.seat.as_ref().is_some_and(due))
            .map(|(id, _)| *id)
            .collect();
        for id in woken {
            self.with_seat(id, |seat, events| seat.wake(now, events));
        }
        let waiting: Vec<SourceId> = self
            .feeds
            .iter()
            .filter(|(_, feed)| feed.deadline().is_some_and(|at| at <= now))
            .map(|(source, _)| *source)
            .collect();
        for source in waiting {
            let mut fed = Vec::new();
            let damaged = self.feeds.get_mut(&source).is_some_and(|f| f.wake(now, &mut fed));
            self.deliver(fed, out);
            if damaged {
                self.want_feed_keyframe(source);
            }
        }
        if self.next_tick.is_some_and(|at| at <= now) {
            self.tick(now, out);
        }
    }

    fn tick(&mut self, now: Instant, out: &mut Vec<Output>) {
        self.next_tick = (!self.members.is_empty()).then(|| now + TICK);
        self.ticks += 1;
        self.rechoose = true;
        if let Some(speaking) = self.speaker.decide(now) {
            out.push(Output::Speaking(speaking));
        }
        let lost: Vec<SeatId> = self
            .members
            .iter()
            .filter(|(_, m)| m.patience_ends.is_some_and(|at| at <= now))
            .map(|(id, _)| *id)
            .collect();
        for id in lost {
            self.drop_connection(now, id, Link::Down, out);
        }
        if self.ticks.is_multiple_of(REPORT_TICKS) && (self.reported || !self.sources.is_empty()) {
            self.reported = !self.sources.is_empty();
            let states = self.sources.iter().map(|(id, source)| source.state(*id, now));
            out.push(Output::Sources(states.collect()));
        }
        // Voices beyond the slots take turns by loudness.
        self.refresh(now, out);
    }

    /// Works until nothing more follows from the input.
    fn settle(&mut self, now: Instant, out: &mut Vec<Output>) {
        loop {
            while let Some((id, event)) = self.events.pop_front() {
                self.event(now, id, event, out);
            }
            if let Some(id) = self.dirty.pop_first() {
                self.with_seat(id, |seat, events| seat.wake(now, events));
                continue;
            }
            if self.rechoose {
                self.rechoose = false;
                self.choose_layers(now, out);
            }
            self.request_keyframes(now);
            if self.events.is_empty() && self.dirty.is_empty() {
                break;
            }
        }
    }

    pub(crate) fn deliver(&self, fed: Vec<Fed>, out: &mut Vec<Output>) {
        let (anchor, anchor_us) = self.config.anchor;
        for Fed { mut contribution, arrival } in fed {
            let since = arrival.saturating_duration_since(anchor).as_micros();
            contribution.arrival_us = anchor_us + u64::try_from(since).unwrap_or(u64::MAX);
            out.push(Output::Contribution(contribution));
        }
    }

    /// Tells pages about slots and what is on them, after seats, sources or wishes changed.
    pub(crate) fn refresh(&mut self, now: Instant, out: &mut Vec<Output>) {
        self.picture_routes.clear();
        self.sound_routes.clear();
        for (&id, member) in &mut self.members {
            let needed = member.slots_needed(id, &self.sources);
            if member.said_slots != Some(needed) {
                member.said_slots = Some(needed);
                let message = ToPage::Slots { video: needed.0, audio: needed.1 };
                out.push(Output::Say { seat: id, message });
            }
            member.assign(id, now, &self.sources);
            for (index, slot) in member.pictures.iter().enumerate() {
                if let Some(source) = slot.source {
                    self.picture_routes.entry(source).or_default().push((id, index));
                }
            }
            for (index, slot) in member.sounds.iter().enumerate() {
                if let Some(source) = slot.source {
                    self.sound_routes.entry(source).or_default().push((id, index));
                }
            }
        }
        self.say_maps(out);
        self.ask_for_codec(out);
        self.rechoose = true;
    }

    /// Tells pages what is on their slots, where that changed.
    pub(crate) fn say_maps(&mut self, out: &mut Vec<Output>) {
        for (&id, member) in &mut self.members {
            let map = member.map(&self.sources);
            if member.said_map != map {
                member.said_map.clone_from(&map);
                let (slots, undecodable) = map;
                out.push(Output::Say { seat: id, message: ToPage::Map { slots, undecodable } });
            }
        }
    }

    /// Gives up a seat's connection and says so.
    pub(crate) fn drop_connection(
        &mut self,
        now: Instant,
        id: SeatId,
        link: Link,
        out: &mut Vec<Output>,
    ) {
        let there = self.members.get(&id).is_some_and(|member| member.seat.is_some());
        if there || link == Link::Faulted {
            self.unplug(now, id, out);
            out.push(Output::Link { seat: id, link });
            self.refresh(now, out);
        }
    }

    /// Takes a seat's connection and sources off the stage.
    pub(crate) fn unplug(&mut self, now: Instant, id: SeatId, out: &mut Vec<Output>) {
        let Some(member) = self.members.get_mut(&id) else { return };
        if let Some(mut seat) = member.seat.take() {
            let mut events = Vec::new();
            let closed = catch_unwind(AssertUnwindSafe(|| seat.close(now, &mut events)));
            for event in events {
                if let (Ok(()), Event::Send { from, to, bytes }) = (&closed, event) {
                    out.push(Output::Datagram { from, to, bytes });
                }
            }
        }
        member.unplug();
        self.demux.forget(id);
        self.speaker.forget(id);
        self.remove_sources(id, |_| false);
    }

    /// Removes the sources of a seat except those to keep.
    pub(crate) fn remove_sources(&mut self, id: SeatId, keep: impl Fn(SourceId) -> bool) {
        for source in [SourceId::Camera(id), SourceId::Screen(id)] {
            if !keep(source) && self.sources.remove(&source).is_some() {
                if let Some(feed) = self.feeds.get_mut(&source) {
                    feed.restart();
                }
                for member in self.members.values_mut() {
                    for slot in member.pictures.iter_mut().chain(&mut member.sounds) {
                        if slot.source == Some(source) {
                            slot.stop();
                        }
                    }
                }
            }
        }
    }

    /// Works on a seat's connection, which is given up if that panics.
    pub(crate) fn with_seat<R>(
        &mut self,
        id: SeatId,
        work: impl FnOnce(&mut Seat, &mut Vec<Event>) -> R,
    ) -> Option<R> {
        let member = self.members.get_mut(&id)?;
        let seat = member.seat.as_mut()?;
        let mut events = Vec::new();
        let done = catch_unwind(AssertUnwindSafe(|| work(seat, &mut events)));
        if let Ok(result) = done {
            self.events.extend(events.into_iter().map(|event| (id, event)));
            Some(result)
        } else {
            tracing::error!(seat = %id, "handling a connection panicked; it is given up");
            member.seat = None;
            self.events.push_back((id, Event::Fault));
            None
        }
    }
}
