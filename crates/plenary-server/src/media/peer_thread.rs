//! A synthetic page that watches, on real sockets: a peer with its own thread and UDP socket, which
//! connects by itself and connects again when the connection is lost.

use std::io;
use std::net::IpAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use plenary_stage::packet::Packet;
use plenary_stage::peer::Output;
use plenary_stage::signal::TrackUse;

use super::call::{Call, Lost};

pub use super::call::PeerOffer;

const RETRY: Duration = Duration::from_secs(1);
/// Longest wait for a datagram; the connection's own deadlines come sooner.
const NAP: Duration = Duration::from_secs(1);

/// What a peer tells.
#[derive(Debug)]
pub enum PeerNews {
    /// Media flows.
    Up,
    /// The connection is lost; a new one is tried.
    Down,
    /// A packet came.
    Packet {
        /// Its line.
        mid: String,
        /// The packet.
        packet: Packet,
    },
}

/// What a peer has besides its connection.
#[derive(Debug, Clone)]
pub struct PeerLines {
    /// What it sends and receives: use, how many lines, simulcast layers.
    pub lines: Vec<(TrackUse, usize, usize)>,
    /// Its own address.
    pub address: IpAddr,
}

/// A running peer; it ends when this is dropped.
pub struct PeerThread {
    /// News in order.
    pub news: Receiver<PeerNews>,
    _held: Arc<()>,
}

impl PeerThread {
    /// Starts a peer. `exchange` takes an offer (always of a fresh connection) to the stage and
    /// brings the answer; it may wait, and `None` means to try again in a second.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn spawn(
        lines: PeerLines,
        exchange: impl FnMut(PeerOffer) -> Option<String> + Send + 'static,
    ) -> io::Result<Self> {
        let held = Arc::new(());
        let holder = Arc::downgrade(&held);
        let (tell, news) = channel();
        std::thread::Builder::new().name("peer".into()).spawn(move || {
            let mut runner = Runner { lines, exchange, holder, tell };
            while runner.live() {
                std::thread::sleep(RETRY);
            }
        })?;
        Ok(Self { news, _held: held })
    }
}

struct Runner<E> {
    lines: PeerLines,
    exchange: E,
    holder: Weak<()>,
    tell: Sender<PeerNews>,
}

impl<E: FnMut(PeerOffer) -> Option<String>> Runner<E> {
    /// One connection; false when nobody holds the peer any more.
    fn live(&mut self) -> bool {
        let PeerLines { lines, address } = &self.lines;
        let exchange = &mut self.exchange;
        let opened = Call::open(*address, lines, |offer| exchange(offer).ok_or("no answer".into()));
        match opened {
            Ok(call) => {
                let lost = self.drive(call);
                tracing::debug!(%lost, "a synthetic viewer connects again");
                !self.dropped() && self.tell.send(PeerNews::Down).is_ok()
            }
            Err(lost) => {
                tracing::debug!(%lost, "a synthetic viewer does not connect");
                !self.dropped()
            }
        }
    }

    fn drive(&self, mut call: Call) -> Lost {
        loop {
            let mut held = !self.dropped();
            let stepped = call.step(Instant::now() + NAP, |output| {
                let news = match output {
                    Output::Up => PeerNews::Up,
                    Output::Packet { mid, packet } => PeerNews::Packet { mid, packet },
                    Output::Datagram { .. } | Output::Down | Output::KeyframeWanted { .. } => {
                        return;
                    }
                };
                held &= self.tell.send(news).is_ok();
            });
            match stepped {
                Ok(()) if held => {}
                Ok(()) => return Lost::Down,
                Err(lost) => return lost,
            }
        }
    }

    fn dropped(&self) -> bool {
        self.holder.strong_count() == 0
    }
}
