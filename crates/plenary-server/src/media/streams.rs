//! Media over TCP, for those whose firewall lets no UDP through: who reaches a passive candidate of
//! ours (RFC 6544) connects, and each datagram is a frame of the connection (RFC 4571). A connection is
//! a path like any other: a full one loses whole datagrams, as a network would.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, ErrorKind, IoSlice, Read as _, Write as _};
use std::net::SocketAddr;
use std::os::fd::AsRawFd as _;
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use plenary_stage::demux::{Kind, classify};

use super::framing::{Deframer, head};

/// How long a connection may say nothing of ours after it was accepted: a browser checks at once.
const STRANGER_MAX: Duration = Duration::from_secs(10);
/// How long a connection may be silent later (RFC 7675 section 5.1: consent lasts 30 s).
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// How often connections are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Bytes in the kernel that have not been sent: a third of a second of 3 Mb/s. What is more is lost,
/// so that the estimators hear of a narrow path soon.
const UNSENT_BYTES_MAX: libc::c_int = 128 * 1024;
/// Bytes that are read from one connection in a turn.
const TURN_BYTES: usize = 64 * 1024;
/// Connections that are accepted in a turn.
const TURN_CONNECTIONS: usize = 64;
/// Tokens of listeners begin here, those of connections behind; sockets of UDP have small ones.
const LISTENERS: usize = 1 << 16;
const CONNECTIONS: usize = 1 << 17;

/// From our candidate address, to theirs.
type Path = (SocketAddr, SocketAddr);

struct Listener {
    socket: TcpListener,
    /// The candidate address that pages know it by.
    address: SocketAddr,
}

/// What is known of who connected; in the order in which they give way to somebody new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// Nothing of theirs was for one of us.
    Stranger,
    /// They check the path, perhaps only to have it in reserve.
    Checks,
    /// Media or its handshake comes.
    Carries,
}

struct Connection {
    socket: TcpStream,
    path: Path,
    standing: Standing,
    /// When something of theirs came that was for one of us, or when they connected.
    heard: Instant,
    frames: Deframer,
    /// The rest of a frame that went half.
    rest: Vec<u8>,
}

/// A datagram that came, with its connection.
pub struct Came {
    connection: usize,
    /// From whom.
    pub from: SocketAddr,
    /// To which candidate address.
    pub to: SocketAddr,
    /// The datagram.
    pub bytes: Vec<u8>,
}

/// The listeners of a thread and their connections.
pub struct Streams {
    registry: Registry,
    listeners: Vec<Listener>,
    connections: BTreeMap<usize, Connection>,
    by_path: HashMap<Path, usize>,
    /// Listeners and connections that may have more for us.
    ready: BTreeSet<usize>,
    next: usize,
    next_look: Option<Instant>,
    most: usize,
}

impl Streams {
    /// Without listeners, for at most so many connections.
    pub fn new(registry: Registry, most: usize) -> Self {
        Self {
            registry,
            listeners: Vec::new(),
            connections: BTreeMap::new(),
            by_path: HashMap::new(),
            ready: BTreeSet::new(),
            next: CONNECTIONS,
            next_look: None,
            most,
        }
    }

    /// Listens on a socket that pages know by `address`.
    ///
    /// # Errors
    /// The poll does not take it.
    pub fn listen(&mut self, mut socket: TcpListener, address: SocketAddr) -> io::Result<()> {
        let token = Token(LISTENERS + self.listeners.len());
        self.registry.register(&mut socket, token, Interest::READABLE)?;
        self.listeners.push(Listener { socket, address });
        Ok(())
    }

    /// Something happened to the socket with this token, if it is one of ours.
    pub fn happened(&mut self, token: Token) {
        if (LISTENERS..self.next).contains(&token.0) {
            self.ready.insert(token.0);
        }
    }

    /// Takes what has come; true when there may be more. `came` is told in order.
    pub fn read(&mut self, now: Instant, came: &mut Vec<Came>) -> bool {
        for token in std::mem::take(&mut self.ready) {
            let more = match token.checked_sub(LISTENERS).and_then(|at| self.listeners.get(at)) {
                Some(_) => self.accept(now, token - LISTENERS),
                None => self.read_connection(token, came),
            };
            if more {
                self.ready.insert(token);
            }
        }
        !self.ready.is_empty()
    }

    /// What came was for one of us: who sent it may stay.
    pub fn claimed(&mut self, now: Instant, came: &Came) {
        let Some(connection) = self.connections.get_mut(&came.connection) else { return };
        connection.heard = now;
        let standing = match classify(&came.bytes) {
            Kind::Dtls | Kind::Rtp => Standing::Carries,
            Kind::Stun => Standing::Checks,
            Kind::Garbage => Standing::Stranger,
        };
        connection.standing = connection.standing.max(standing);
    }

    /// Sends a datagram, or loses it whole.
    pub fn send(&mut self, from: SocketAddr, to: SocketAddr, datagram: &[u8]) {
        let Some(&token) = self.by_path.get(&(from, to)) else { return };
        let Some(connection) = self.connections.get_mut(&token) else { return };
        if let Err(error) = connection.send(datagram) {
            tracing::trace!(%error, "a connection for media broke");
            self.remove(token);
        }
    }

    /// When to wake it; never without listeners.
    pub fn deadline(&self) -> Option<Instant> {
        self.next_look
    }

    /// Cuts connections that have been silent for too long.
    pub fn wake(&mut self, now: Instant) {
        if self.listeners.is_empty() || self.next_look.is_some_and(|at| now < at) {
            return;
        }
        self.next_look = Some(now + LOOK_EVERY);
        let silent = |connection: &Connection| {
            let most = match connection.standing {
                Standing::Stranger => STRANGER_MAX,
                Standing::Checks | Standing::Carries => SILENCE_MAX,
            };
            connection.heard + most <= now
        };
        let all = self.connections.iter();
        let cut: Vec<usize> = all.filter(|(_, c)| silent(c)).map(|(token, _)| *token).collect();
        for token in cut {
            self.remove(token);
        }
        // A listener that ran out of descriptors says nothing again by itself.
        self.ready.extend((0..self.listeners.len()).map(|at| LISTENERS + at));
    }

    /// Accepts a batch; true when there may be more.
    fn accept(&mut self, now: Instant, listener: usize) -> bool {
        for _ in 0..TURN_CONNECTIONS {
            let Listener { socket, address } = &self.listeners[listener];
            let path_from = *address;
            match socket.accept() {
                Ok((socket, remote)) => {
                    if let Err(error) = self.admit(now, socket, (path_from, remote)) {
                        tracing::trace!(%error, "a connection for media was not taken");
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    tracing::warn!(%error, "media over TCP takes no connection for now");
                    return false;
                }
            }
        }
        true
    }

    fn admit(&mut self, now: Instant, mut socket: TcpStream, path: Path) -> io::Result<()> {
        if self.most <= self.connections.len() {
            let all = self.connections.iter();
            let first = all.min_by_key(|(token, connection)| (connection.standing, **token));
            match first.map(|(token, connection)| (*token, connection.standing)) {
                Some((token, Standing::Stranger | Standing::Checks)) => self.remove(token),
                Some((_, Standing::Carries)) | None => return Ok(()),
            }
        }
        socket.set_nodelay(true)?;
        limit_unsent(&socket)?;
        let token = self.next;
        self.next += 1;
        self.registry.register(
            &mut socket,
            Token(token),
            Interest::READABLE.add(Interest::WRITABLE),
        )?;
        let (standing, heard) = (Standing::Stranger, now);
        let (frames, rest) = (Deframer::default(), Vec::new());
        self.connections.insert(token, Connection { socket, path, standing, heard, frames, rest });
        if let Some(before) = self.by_path.insert(path, token) {
            // The system says that the old one has ended before it tells us.
            self.connections.remove(&before);
        }
        Ok(())
    }

    /// Reads a batch of one connection; true when there may be more.
    fn read_connection(&mut self, token: usize, came: &mut Vec<Came>) -> bool {
        let Some(connection) = self.connections.get_mut(&token) else { return false };
        match connection.read(token, came) {
            Ok(more) => more,
            Err(error) => {
                tracing::trace!(%error, "a connection for media has ended");
                self.remove(token);
                false
            }
        }
    }

    fn remove(&mut self, token: usize) {
        if let Some(connection) = self.connections.remove(&token)
            && self.by_path.get(&connection.path) == Some(&token)
        {
            self.by_path.remove(&connection.path);
        }
    }
}

impl Connection {
    fn read(&mut self, token: usize, came: &mut Vec<Came>) -> io::Result<bool> {
        self.flush()?;
        let mut buffer = [0; TURN_BYTES];
        let length = match self.socket.read(&mut buffer) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(true),
            Err(error) => return Err(error),
        };
        let (to, from) = self.path;
        let take = |datagram: &[u8]| {
            came.push(Came { connection: token, from, to, bytes: datagram.to_vec() });
        };
        self.frames.push(&buffer[..length], take).map_err(io::Error::other)?;
        Ok(true)
    }

    /// Sends a datagram behind what is left of the one before, or loses it.
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        self.flush()?;
        let Some(head) = head(datagram).filter(|_| self.rest.is_empty()) else { return Ok(()) };
        let sent = match self.socket.write_vectored(&[IoSlice::new(&head), IoSlice::new(datagram)])
        {
            Ok(sent) => sent,
            Err(error) if is_passing(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        let frame = head.iter().chain(datagram);
        self.rest.extend(frame.skip(sent));
        Ok(())
    }

    /// Sends what is left of a frame, as far as it goes.
    fn flush(&mut self) -> io::Result<()> {
        if self.rest.is_empty() {
            return Ok(());
        }
        match self.socket.write(&self.rest) {
            Ok(sent) => drop(self.rest.drain(..sent)),
            Err(error) if is_passing(&error) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// Bounds what the kernel holds that it has not sent (`TCP_NOTSENT_LOWAT`, Linux 3.12).
fn limit_unsent(socket: &TcpStream) -> io::Result<()> {
    let most = UNSENT_BYTES_MAX;
    // SAFETY: the descriptor is open, and the option is one int, which lives over the call.
    let done = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_NOTSENT_LOWAT,
            (&raw const most).cast(),
            size_of_val(&most) as libc::socklen_t,
        )
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
#[path = "streams_tests.rs"]
mod tests;
