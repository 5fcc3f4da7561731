//! The viewers of the low-delay programme on one media thread.

use std::collections::BTreeMap;
use std::time::Instant;

use plenary_model::frame::{ProgrammeOpus, ProgrammePicture};
use plenary_model::id::EventId;
use plenary_stage::egress::slab::Slab;
use plenary_stage::egress::{self, Egress, Input, Output, ViewerId};
use plenary_stage::{Identity, TransportAddress};
use tokio::sync::oneshot;

use super::handle::ViewerOrder;

/// Who waits for word of a viewer.
#[derive(Default)]
struct Waiting {
    answer: Option<oneshot::Sender<Result<String, egress::Refused>>>,
    /// Dropped when the viewer is gone.
    gone: Option<oneshot::Sender<()>>,
}

struct Event {
    egress: Egress,
    waiting: BTreeMap<ViewerId, Waiting>,
}

/// What is to be sent.
pub enum Sending<'a> {
    /// One datagram.
    One {
        /// From this candidate address.
        from: TransportAddress,
        /// To this one.
        to: TransportAddress,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// Many.
    Many(&'a Slab),
}

/// The viewers of all events that run here.
#[derive(Default)]
pub struct Audience {
    events: BTreeMap<EventId, Event>,
    slab: Slab,
    outputs: Vec<Output>,
}

impl Audience {
    /// Takes an order; `place` is what a new event is opened with.
    pub fn order(
        &mut self,
        now: Instant,
        event: EventId,
        order: ViewerOrder,
        place: (&Identity, &[TransportAddress]),
        send: impl FnMut(Sending<'_>),
    ) {
        match order {
            ViewerOrder::Open => {
                let egress = Egress::new(now, place.0.clone(), place.1.to_vec());
                self.events.insert(event, Event { egress, waiting: BTreeMap::new() });
            }
            ViewerOrder::Offer { viewer, bus, sdp, reply, gone } => {
                let Some(live) = self.events.get_mut(&event) else { return };
                let waiting = live.waiting.entry(viewer).or_default();
                waiting.answer = Some(reply);
                if gone.is_some() {
                    waiting.gone = gone;
                }
                self.input(now, event, Input::Offer { viewer, bus, sdp: &sdp }, send);
            }
            ViewerOrder::Leave { viewer } => {
                if let Some(live) = self.events.get_mut(&event) {
                    live.waiting.remove(&viewer);
                }
                self.input(now, event, Input::Leave { viewer }, send);
            }
            ViewerOrder::Close => drop(self.events.remove(&event)),
        }
    }

    /// Takes the programme's next picture.
    pub fn picture(
        &mut self,
        now: Instant,
        event: EventId,
        picture: &ProgrammePicture,
        send: impl FnMut(Sending<'_>),
    ) {
        self.input(now, event, Input::Picture(picture), send);
    }

    /// Takes the programme's next sound.
    pub fn sound(
        &mut self,
        now: Instant,
        event: EventId,
        sound: &ProgrammeOpus,
        send: impl FnMut(Sending<'_>),
    ) {
        self.input(now, event, Input::Sound(sound), send);
    }

    /// Takes a datagram when it is a viewer's; whether it is.
    pub fn datagram(
        &mut self,
        now: Instant,
        (from, to): (TransportAddress, TransportAddress),
        bytes: &[u8],
        send: impl FnMut(Sending<'_>),
    ) -> bool {
        let owner = self.events.iter().find(|(_, live)| live.egress.claims(from, bytes));
        let Some(event) = owner.map(|(event, _)| *event) else { return false };
        self.input(now, event, Input::Datagram { from, to, bytes }, send);
        true
    }

    /// When to wake it.
    pub fn deadline(&self) -> Option<Instant> {
        self.events.values().filter_map(|live| live.egress.deadline()).min()
    }

    /// Wakes those whose deadline has come.
    pub fn wake(&mut self, now: Instant, mut send: impl FnMut(Sending<'_>)) {
        let due = |live: &Event| live.egress.deadline().is_some_and(|at| at <= now);
        let events: Vec<EventId> =
            self.events.iter().filter(|(_, live)| due(live)).map(|(event, _)| *event).collect();
        for event in events {
            self.input(now, event, Input::Wake, &mut send);
        }
    }

    fn input(
        &mut self,
        now: Instant,
        event: EventId,
        input: Input<'_>,
        mut send: impl FnMut(Sending<'_>),
    ) {
        let Some(live) = self.events.get_mut(&event) else { return };
        live.egress.handle(now, input, &mut self.outputs);
        for output in self.outputs.drain(..) {
            match output {
                Output::Datagram { from, to, bytes } => send(Sending::One { from, to, bytes }),
                Output::Answer { viewer, answer } => live.answered(viewer, answer),
                Output::Gone { viewer } => drop(live.waiting.remove(&viewer)),
            }
        }
        loop {
            let more = live.egress.fill(now, &mut self.slab);
            if !self.slab.is_empty() {
                send(Sending::Many(&self.slab));
                self.slab.clear();
            }
            if !more {
                return;
            }
        }
    }
}

impl Event {
    /// Hands the answer on; whoever asked may have gone.
    fn answered(&mut self, viewer: ViewerId, answer: Result<String, egress::Refused>) {
        let refused = answer.is_err();
        let waiting = self.waiting.get_mut(&viewer);
        if let Some(reply) = waiting.and_then(|waiting| waiting.answer.take()) {
            let _ = reply.send(answer);
        }
        if refused && !self.egress.has(viewer) {
            self.waiting.remove(&viewer);
        }
    }
}
