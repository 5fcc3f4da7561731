//! One OS thread that owns UDP sockets and the stages of some events.

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token, Waker};
use plenary_model::id::EventId;
use plenary_model::limits::{DATAGRAM_BYTES_MAX, MEDIA_COMMANDS_MAX};
use plenary_stage::{Config, Identity, Input, Output, Stage, TransportAddress};
use tokio::sync::mpsc;

use super::audience::Audience;
use super::endpoint::Endpoint;
use super::handle::{Command, MediaEvent, MediaHandle, Offer, Order, Sent, ViewerOrder};
use super::outlet::{Outlet, Passed};
use super::ports::Ports;

const WAKER: Token = Token(usize::MAX);
/// Datagrams and commands that are handled before the clock is looked at again.
const BATCH: usize = 256;
/// Longest sleep without a deadline.
const SLEEP_MAX: Duration = Duration::from_secs(1);

/// What a media thread is told once.
#[derive(Debug, Clone)]
pub struct MediaConfig {
    /// Where media arrives; at least one.
    pub endpoints: Vec<Endpoint>,
    /// Most connections of media over TCP; with 0 it comes over UDP alone.
    pub connections_max: usize,
    /// Certificate of all connections.
    pub identity: Identity,
}

struct Live {
    stage: Stage,
    outlet: Outlet,
}

struct Thread {
    poll: Poll,
    out: Ports,
    identity: Identity,
    lives: BTreeMap<EventId, Live>,
    audience: Audience,
    commands: Receiver<Sent>,
}

/// Opens the sockets and starts the thread. Returns its handle and the candidate addresses.
///
/// # Errors
/// An address cannot be bound, or the thread not started.
pub fn spawn(config: MediaConfig) -> io::Result<(MediaHandle, Vec<TransportAddress>)> {
    let poll = Poll::new()?;
    let waker = Waker::new(poll.registry(), WAKER)?;
    let out = Ports::open(poll.registry(), &config.endpoints, config.connections_max)?;
    let addresses = out.addresses.clone();
    let (sender, commands) = sync_channel(MEDIA_COMMANDS_MAX);
    let identity = config.identity;
    let (lives, audience) = (BTreeMap::new(), Audience::default());
    let thread = Thread { poll, out, identity, lives, audience, commands };
    std::thread::Builder::new().name("media".into()).spawn(move || thread.run())?;
    Ok((MediaHandle::new(sender, waker), addresses))
}

impl Thread {
    fn run(mut self) {
        let mut events = Events::with_capacity(64);
        let mut outputs = Vec::new();
        let mut more = false;
        loop {
            let sleep = if more { Duration::ZERO } else { self.sleep() };
            if let Err(error) = self.poll.poll(&mut events, Some(sleep))
                && error.kind() != io::ErrorKind::Interrupted
            {
                tracing::error!(%error, "the media thread cannot wait for its sockets and ends");
                return;
            }
            // Sockets are edge-triggered and drained in batches, so each is tried every time.
            more = false;
            for index in 0..self.out.all.len() {
                more |= self.read(index, &mut outputs);
            }
            for event in &events {
                self.out.streams.happened(event.token());
            }
            more |= self.read_streams(&mut outputs);
            match self.take_commands(&mut outputs) {
                Some(left) => more |= left,
                None => return,
            }
            self.wake_stages(&mut outputs);
        }
    }

    fn sleep(&self) -> Duration {
        let deadline = self.lives.values().filter_map(|live| live.stage.deadline()).min();
        let others = [self.audience.deadline(), self.out.streams.deadline()];
        let deadline = deadline.into_iter().chain(others.into_iter().flatten()).min();
        let until = deadline.map(|at| at.saturating_duration_since(Instant::now()));
        until.unwrap_or(SLEEP_MAX).min(SLEEP_MAX)
    }

    /// Reads a batch; true when there may be more.
    fn read(&mut self, index: usize, outputs: &mut Vec<Output>) -> bool {
        let mut buffer = [0; DATAGRAM_BYTES_MAX];
        for _ in 0..BATCH {
            let port = &self.out.all[index];
            let to = port.address;
            match port.socket.recv_from(&mut buffer) {
                Ok((length, from)) => {
                    let path = (TransportAddress::Udp(from), TransportAddress::Udp(to));
                    self.datagram(path, &buffer[..length], outputs);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                // The kernel reports here that an earlier datagram of ours met a closed port.
                Err(_) => {}
            }
        }
        true
    }

    /// Takes what came over TCP; true when there may be more.
    fn read_streams(&mut self, outputs: &mut Vec<Output>) -> bool {
        let mut came = Vec::new();
        let more = self.out.streams.read(Instant::now(), &mut came);
        for one in came {
            let path = (TransportAddress::Tcp(one.from), TransportAddress::Tcp(one.to));
            if self.datagram(path, &one.bytes, outputs) {
                self.out.streams.claimed(Instant::now(), &one);
            }
        }
        more
    }

    /// Hands a datagram to whom it is for; false when it is for nobody.
    fn datagram(
        &mut self,
        (from, to): (TransportAddress, TransportAddress),
        bytes: &[u8],
        outputs: &mut Vec<Output>,
    ) -> bool {
        let owner = self.lives.iter_mut().find(|(_, live)| live.stage.claims(from, bytes));
        if let Some((_, live)) = owner {
            live.stage.handle(Instant::now(), Input::Datagram { from, to, bytes }, outputs);
            carry_out(&mut self.out, live, outputs);
            return true;
        }
        let Self { audience, out, .. } = self;
        audience.datagram(Instant::now(), (from, to), bytes, |sending| out.send(sending))
    }

    /// Takes a batch of commands; true when there may be more, `None` at the end.
    fn take_commands(&mut self, outputs: &mut Vec<Output>) -> Option<bool> {
        for _ in 0..BATCH {
            match self.commands.try_recv() {
                Ok((Some(event), command)) => self.command(event, command, outputs),
                Ok((None, _)) | Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => return Some(false),
            }
        }
        Some(true)
    }

    fn command(&mut self, event: EventId, command: Command, outputs: &mut Vec<Output>) {
        let input = match command {
            Command::Open { events } => return self.open(event, events),
            Command::Order(Order::Close) => return drop(self.lives.remove(&event)),
            Command::Order(ref order) => input(order),
            Command::Viewer(order) => return self.viewer_order(event, order),
            Command::Picture(picture) => {
                let Self { audience, out, .. } = self;
                audience.picture(Instant::now(), event, &picture, |sending| out.send(sending));
                Some(Input::ProgrammePicture(picture))
            }
            Command::Opus(sound) => {
                let Self { audience, out, .. } = self;
                audience.sound(Instant::now(), event, &sound, |sending| out.send(sending));
                Some(Input::ProgrammeOpus(sound))
            }
            Command::End => None,
        };
        let (Some(live), Some(input)) = (self.lives.get_mut(&event), input) else { return };
        live.stage.handle(Instant::now(), input, outputs);
        carry_out(&mut self.out, live, outputs);
    }

    fn viewer_order(&mut self, event: EventId, order: ViewerOrder) {
        let Self { audience, out, identity, .. } = self;
        let addresses = out.addresses.clone();
        let place = (&*identity, addresses.as_slice());
        audience.order(Instant::now(), event, order, place, |sending| out.send(sending));
    }

    fn open(&mut self, event: EventId, events: mpsc::Sender<MediaEvent>) {
        let config = Config {
            identity: self.identity.clone(),
            addresses: self.out.addresses.clone(),
            anchor: super::anchor(),
        };
        let live = Live { stage: Stage::new(config), outlet: Outlet::new(events) };
        self.lives.insert(event, live);
    }

    fn wake_stages(&mut self, outputs: &mut Vec<Output>) {
        let now = Instant::now();
        for live in self.lives.values_mut() {
            if live.stage.deadline().is_some_and(|at| at <= now) {
                live.stage.handle(now, Input::Wake, outputs);
                carry_out(&mut self.out, live, outputs);
            }
        }
        let Self { audience, out, .. } = self;
        audience.wake(now, |sending| out.send(sending));
        out.streams.wake(now);
    }
}

/// What an order is to an open stage; nothing when it is to be closed.
fn input(order: &Order) -> Option<Input<'_>> {
    Some(match order {
        Order::Join { seat, part } => Input::Join { seat: *seat, part: *part },
        Order::Offer { seat, offer: Offer { sdp, tracks, fresh } } => {
            Input::Offer { seat: *seat, sdp, tracks, fresh: *fresh }
        }
        Order::Wants { seat, pictures, programme } => {
            Input::Wants { seat: *seat, pictures, programme: *programme }
        }
        Order::Leave { seat } => Input::Leave { seat: *seat },
        Order::Feed { source, width } => Input::Feed { source: *source, width: *width },
        Order::FeedKeyframe { source } => Input::FeedKeyframe { source: *source },
        Order::Close => return None,
    })
}

/// Does what a stage said.
fn carry_out(ports: &mut Ports, live: &mut Live, outputs: &mut Vec<Output>) {
    let mut damaged = Vec::new();
    for output in outputs.drain(..) {
        let event = match output {
            Output::Datagram { from, to, bytes } => {
                ports.send_one(from, to, &bytes);
                continue;
            }
            Output::Refused { seat, refused } => MediaEvent::Refused { seat, refused },
            Output::Say { seat, message } => MediaEvent::Say { seat, message },
            Output::Contribution(contribution) => MediaEvent::Contribution(contribution),
            Output::Link { seat, link } => MediaEvent::Link { seat, link },
            Output::Speaking(seat) => MediaEvent::Speaking(seat),
            Output::Sources(states) => MediaEvent::Sources(states),
        };
        match live.outlet.pass(event) {
            Passed::Yes | Passed::No => {}
            Passed::Damaged(source) => damaged.push(source),
        }
    }
    damaged.dedup();
    for source in damaged {
        // Only marks the request, which goes out with the stage's next wake-up.
        live.stage.handle(Instant::now(), Input::FeedKeyframe { source }, outputs);
    }
    for output in outputs.drain(..) {
        if let Output::Datagram { from, to, bytes } = output {
            ports.send_one(from, to, &bytes);
        }
    }
}
