//! A synthetic speaker on real sockets: a peer with its own thread and UDP socket, which connects
//! by itself and connects again when the connection is lost.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::mpsc::{
    Receiver, Sender, SyncSender, TryRecvError, TrySendError, channel, sync_channel,
};
use std::time::{Duration, Instant};

use plenary_model::limits::DATAGRAM_BYTES_MAX;
use plenary_stage::packet::Packet;
use plenary_stage::peer::{Output, Peer};
use plenary_stage::signal::{TrackOffer, TrackUse};

/// Frames that wait for a peer's thread: about a second of picture and sound. Beyond it the
/// newest give way.
const FRAMES_MAX: usize = 128;
/// Longest wait in the socket, so that frames are sent soon after they are handed over.
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

/// Something to send.
#[derive(Debug, Clone)]
pub enum PeerFrame {
    /// An H.264 access unit, Annex B.
    Picture {
        /// `CameraVideo` or `ScreenVideo`.
        kind: TrackUse,
        /// Simulcast layer, 0 the narrowest.
        layer: usize,
        /// 90 kHz.
        time: u64,
        /// The unit.
        bytes: bytes::Bytes,
    },
    /// An Opus packet.
    Sound {
        /// `CameraAudio` or `ScreenAudio`.
        kind: TrackUse,
        /// 48 kHz.
        time: u64,
        /// Level in dBov, negative.
        level_db: i8,
        /// The packet.
        bytes: bytes::Bytes,
    },
}

/// What a peer tells.
#[derive(Debug)]
pub enum PeerNews {
    /// Media flows.
    Up,
    /// The connection is lost; a new one is tried.
    Down,
    /// The layer needs a keyframe.
    KeyframeWanted {
        /// Simulcast layer.
        layer: usize,
    },
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

/// The frames did not go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// The thread is behind.
    #[error("the peer is behind")]
    Behind,
    /// The thread has ended.
    #[error("the peer has ended")]
    Gone,
}

/// A running peer; it ends when this is dropped.
pub struct PeerThread {
    frames: SyncSender<PeerFrame>,
    /// News in order.
    pub news: Receiver<PeerNews>,
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
        let (frames, taken) = sync_channel(FRAMES_MAX);
        let (tell, news) = channel();
        std::thread::Builder::new().name("peer".into()).spawn(move || {
            let mut runner = Runner { lines, exchange, frames: taken, tell };
            while runner.live() {
                std::thread::sleep(RETRY);
            }
        })?;
        Ok(Self { frames, news })
    }

    /// Sends a frame; while there is no connection it is thrown away.
    ///
    /// # Errors
    /// The thread is behind or gone.
    pub fn send(&self, frame: PeerFrame) -> Result<(), NotSent> {
        self.frames.try_send(frame).map_err(|error| match error {
            TrySendError::Full(_) => NotSent::Behind,
            TrySendError::Disconnected(_) => NotSent::Gone,
        })
    }
}

struct Runner<E> {
    lines: PeerLines,
    exchange: E,
    frames: Receiver<PeerFrame>,
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
            return self.throw_away();
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
            loop {
                match self.frames.try_recv() {
                    Ok(frame) if up => send(peer, &frame, &mut out),
                    Ok(_) => {}
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return Ended::Dropped,
                }
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

    /// Empties the queue while there is no connection; false when nobody holds the peer.
    fn throw_away(&self) -> bool {
        loop {
            match self.frames.try_recv() {
                Ok(_) => {}
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }
}

fn send(peer: &mut Peer, frame: &PeerFrame, out: &mut Vec<Output>) {
    let now = Instant::now();
    match frame {
        PeerFrame::Picture { kind, layer, time, bytes } => {
            peer.send_picture(now, *kind, *layer, (*time, bytes), out);
        }
        PeerFrame::Sound { kind, time, level_db, bytes } => {
            peer.send_sound(now, *kind, (*time, *level_db), bytes, out);
        }
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
            Output::Down => continue,
            Output::KeyframeWanted { mid: _, layer } => PeerNews::KeyframeWanted { layer },
            Output::Packet { mid, packet } => PeerNews::Packet { mid, packet },
        };
        tell.send(news).map_err(|_| Dropped)?;
    }
    Ok(())
}
