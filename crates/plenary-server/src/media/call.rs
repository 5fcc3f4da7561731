//! One connection of a synthetic page to the stage, over a UDP socket of its own: the socket and
//! the clock round the peer core, for one thread.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd as _;
use std::time::{Duration, Instant};

use plenary_model::limits::DATAGRAM_BYTES_MAX;
use plenary_stage::TransportAddress;
use plenary_stage::peer::{Output, Peer};
use plenary_stage::signal::{TrackOffer, TrackUse};

/// Longest sleep, so that its owner hears soon that it shall stop.
const NAP_MAX: Duration = Duration::from_millis(100);
/// Datagrams that are taken before the peer's clock is looked at again.
const BATCH: usize = 64;
/// How long a connection may take to come up before it is given up.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// An offer on its way to the stage, always of a fresh connection.
#[derive(Debug, Clone)]
pub struct PeerOffer {
    /// Session description of type offer.
    pub sdp: String,
    /// What each line is for.
    pub tracks: Vec<TrackOffer>,
}

/// What a peer sends and receives: use, how many lines, simulcast layers.
pub type Lines<'a> = &'a [(TrackUse, usize, usize)];

/// Why there is no connection, or no more.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// The system gives no socket, or took it away.
    #[error("no socket")]
    Socket(#[from] io::Error),
    /// The offer was not answered, or with something that cannot be used.
    #[error("the stage refused: {0}")]
    Refused(String),
    /// It did not come up, or is down.
    #[error("no connection")]
    Down,
}

/// The connection.
pub struct Call {
    peer: Peer,
    socket: UdpSocket,
    out: Vec<Output>,
    up: bool,
    began: Instant,
    network: Network,
}

/// What the way to a call does to what comes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Network {
    /// Of a hundred datagrams so many are lost.
    pub loses_percent: u32,
    came: u32,
}

impl Network {
    /// One that loses so many of a hundred.
    pub const fn losing(loses_percent: u32) -> Self {
        Self { loses_percent, came: 0 }
    }

    /// Whether the next datagram is lost: evenly, and never many in a row.
    const fn loses(&mut self) -> bool {
        self.came = self.came.wrapping_add(1);
        (self.came.wrapping_mul(61) % 100) < self.loses_percent
    }
}

impl Call {
    /// Offers these lines from a socket at `local`. `exchange` takes the offer to the stage and
    /// brings the answer's session description, or a sentence why not.
    ///
    /// # Errors
    /// [`Lost`]; a new call can be tried.
    pub fn open(
        local: IpAddr,
        lines: Lines<'_>,
        exchange: impl FnOnce(PeerOffer) -> Result<String, String>,
    ) -> Result<Self, Lost> {
        let socket = UdpSocket::bind(SocketAddr::new(local, 0))?;
        socket.set_nonblocking(true)?;
        let mut peer = Peer::new(Instant::now(), TransportAddress::Udp(socket.local_addr()?));
        for (kind, count, layers) in lines {
            peer.add(*kind, *count, *layers);
        }
        let (sdp, tracks) = peer.offer().ok_or(Lost::Down)?;
        let answer = exchange(PeerOffer { sdp, tracks }).map_err(Lost::Refused)?;
        let mut out = Vec::new();
        peer.answer(Instant::now(), &answer, &mut out)
            .map_err(|bad| Lost::Refused(bad.to_string()))?;
        let network = Network::default();
        Ok(Self { peer, socket, out, up: false, began: Instant::now(), network })
    }

    /// Answers the offer of a server that offers itself, from a socket at `local`.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn accept(local: IpAddr, offer: &str) -> Result<(Self, String), Lost> {
        let socket = UdpSocket::bind(SocketAddr::new(local, 0))?;
        socket.set_nonblocking(true)?;
        let mut peer = Peer::new(Instant::now(), TransportAddress::Udp(socket.local_addr()?));
        let mut out = Vec::new();
        let answer = peer.accept(Instant::now(), offer, &mut out);
        let answer = answer.map_err(|bad| Lost::Refused(bad.to_string()))?;
        let network = Network::default();
        let call = Self { peer, socket, out, up: false, began: Instant::now(), network };
        Ok((call, answer))
    }

    /// Puts the call behind a network from now on.
    pub const fn behind(&mut self, network: Network) {
        self.network = network;
    }

    /// Whether media flows.
    pub const fn is_up(&self) -> bool {
        self.up
    }

    /// The peer, to send with, and the list that its outputs go to.
    pub const fn peer(&mut self) -> (&mut Peer, &mut Vec<Output>) {
        (&mut self.peer, &mut self.out)
    }

    /// A turn, then a sleep until something comes, `until` or a moment, unless something came already.
    ///
    /// # Errors
    /// [`Lost`]; this call is over.
    pub fn step(&mut self, until: Instant, tell: impl FnMut(Output)) -> Result<(), Lost> {
        if self.turn(tell)? == 0 {
            wait(&[&*self], until.min(self.deadline()));
        }
        Ok(())
    }

    /// Takes what has come, carries out what the peer wants, and tells what its owner should know:
    /// packets, keyframes that are wanted, that media flows. Says how many datagrams came.
    ///
    /// # Errors
    /// [`Lost`]; this call is over.
    pub fn turn(&mut self, mut tell: impl FnMut(Output)) -> Result<usize, Lost> {
        let now = Instant::now();
        if !self.up && self.began + CONNECT_MAX < now {
            return Err(Lost::Down);
        }
        let came = self.receive()?;
        if self.deadline() <= now {
            self.peer.wake(now, &mut self.out);
        }
        for output in self.out.drain(..) {
            match output {
                Output::Datagram { to, bytes } => send(&self.socket, to.socket(), &bytes)?,
                Output::Down => return Err(Lost::Down),
                Output::Up => {
                    self.up = true;
                    tell(Output::Up);
                }
                other @ (Output::KeyframeWanted { .. } | Output::Packet { .. }) => tell(other),
            }
        }
        Ok(came)
    }

    /// When a turn is due although nothing comes.
    pub const fn deadline(&self) -> Instant {
        self.peer.deadline()
    }

    /// Takes what has come, and says how many datagrams it was.
    fn receive(&mut self) -> Result<usize, Lost> {
        let mut datagram = [0; DATAGRAM_BYTES_MAX];
        for taken in 0..BATCH {
            match self.socket.recv_from(&mut datagram) {
                Ok(_) if self.network.loses() => {}
                Ok((length, from)) => {
                    let bytes = &datagram[..length];
                    let from = TransportAddress::Udp(from);
                    self.peer.receive(Instant::now(), from, bytes, &mut self.out);
                }
                Err(error) if transient(error.kind()) => return Ok(taken),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(BATCH)
    }
}

/// Sleeps until something comes for one of the calls, `until` or a moment.
pub fn wait(calls: &[&Call], until: Instant) {
    let nap = until.saturating_duration_since(Instant::now()).min(NAP_MAX);
    let ms = i32::try_from(nap.as_micros().div_ceil(1_000)).unwrap_or(i32::MAX);
    let poll = |call: &&Call| libc::pollfd {
        fd: call.socket.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    let mut polls: Vec<libc::pollfd> = calls.iter().map(poll).collect();
    // SAFETY: as many valid pollfds as said, for the call to fill. An interrupted wait is a short one.
    unsafe { libc::poll(polls.as_mut_ptr(), polls.len() as libc::nfds_t, ms) };
}

fn send(socket: &UdpSocket, to: SocketAddr, bytes: &[u8]) -> Result<(), Lost> {
    match socket.send_to(bytes, to) {
        Ok(_) => Ok(()),
        // A full buffer or a server that restarts: the network loses datagrams too.
        Err(error) if transient(error.kind()) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

const fn transient(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::WouldBlock
            | ErrorKind::TimedOut
            | ErrorKind::Interrupted
            | ErrorKind::ConnectionRefused
    )
}
