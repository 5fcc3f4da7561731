//! A synthetic page that watches, on real sockets: a peer with its own thread and UDP socket, which
//! connects by itself and connects again when the connection is lost.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use plenary_model::limits::DATAGRAM_BYTES_MAX;
use plenary_stage::packet::Packet;
use plenary_stage::peer::{Output, Peer};
use plenary_stage::signal::{TrackOffer, TrackUse};

/// Longest wait in the socket, so that the peer's own deadlines are kept.
const NAP: Duration = Duration::from_millis(2);
const RETRY: Duration = Duration::from_secs(1);
/// A connection that is not up by then is tried afresh.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// An offer on its way to the stage.
#[derive(Debug, Clone)]
pub struct PeerOffer {
    /// Session description of type offer.
    pub sdp: String,
    /// What each line is for.
    pub tracks: Vec<TrackOffer>,
}

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

/// Why a connection ended.
enum Ended {
    Lost,
    Dropped,
}

impl<E: FnMut(PeerOffer) -> Option<String>> Runner<E> {
    /// One connection; false when nobody holds the peer any more.
    fn live(&mut self) -> bool {
        let Some((socket, mut peer)) = self.connect() else {
            return !self.dropped();
        };
        match self.drive(&socket, &mut peer) {
            Ended::Lost => self.tell.send(PeerNews::Down).is_ok(),
            Ended::Dropped => false,
        }
    }

    fn connect(&mut self) -> Option<(UdpSocket, Peer)> {
        let socket = UdpSocket::bind(SocketAddr::new(self.lines.address, 0)).ok()?;
        socket.set_read_timeout(Some(NAP)).ok()?;
        let mut peer = Peer::new(Instant::now(), socket.local_addr().ok()?);
        for (kind, count, layers) in &self.lines.lines {
            peer.add(*kind, *count, *layers);
        }
        let (sdp, tracks) = peer.offer()?;
        let answer = (self.exchange)(PeerOffer { sdp, tracks })?;
        let mut out = Vec::new();
        if let Err(error) = peer.answer(Instant::now(), &answer, &mut out) {
            tracing::warn!(%error, "a synthetic speaker cannot use its answer");
            return None;
        }
        carry_out(&socket, out, &self.tell).is_ok().then_some((socket, peer))
    }

    fn drive(&self, socket: &UdpSocket, peer: &mut Peer) -> Ended {
        let begun = Instant::now();
        let mut up = false;
        let mut buffer = [0; DATAGRAM_BYTES_MAX];
        let mut out = Vec::new();
        loop {
            if self.dropped() {
                return Ended::Dropped;
            }
            if let Ok((length, from)) = socket.recv_from(&mut buffer) {
                peer.receive(Instant::now(), from, &buffer[..length], &mut out);
            }
            let now = Instant::now();
            if peer.deadline() <= now {
                peer.wake(now, &mut out);
            }
            let down = out.iter().any(|output| matches!(output, Output::Down));
            up |= out.iter().any(|output| matches!(output, Output::Up));
            if carry_out(socket, std::mem::take(&mut out), &self.tell).is_err() {
                return Ended::Dropped;
            }
            if down || (!up && CONNECT_MAX < now.duration_since(begun)) {
                return Ended::Lost;
            }
        }
    }

    fn dropped(&self) -> bool {
        self.holder.strong_count() == 0
    }
}

/// Nobody holds the peer any more.
struct Dropped;

fn carry_out(socket: &UdpSocket, out: Vec<Output>, tell: &Sender<PeerNews>) -> Result<(), Dropped> {
    for output in out {
        let news = match output {
            Output::Datagram { to, bytes } => {
                // An unreachable stage loses it, as a network would.
                let _lost = socket.send_to(&bytes, to);
                continue;
            }
            Output::Up => PeerNews::Up,
            Output::Down | Output::KeyframeWanted { .. } => continue,
            Output::Packet { mid, packet } => PeerNews::Packet { mid, packet },
        };
        tell.send(news).map_err(|_| Dropped)?;
    }
    Ok(())
}
