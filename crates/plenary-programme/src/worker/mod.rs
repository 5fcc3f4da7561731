//! `plenary media-worker`: the programme of one event in a process of its own. Standard input is
//! the socket to the server; the process ends when the server closes it.

mod air;
mod encoders;
mod engine;
mod graphics;
mod outbox;
mod selftest;
mod sound_out;
mod stats;

use std::io::BufReader;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use plenary_model::limits::WORKER_EVENTS_MAX;

use crate::encode::EncodeError;
use crate::event::Event;
use crate::protocol::ToWorker;
use crate::protocol::wire::{self, WireError};

use engine::Engine;

/// Why a media worker ended before the server closed its socket.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// It was started by hand, or the system is out of something.
    #[error("a media worker is started by the server, which hands over a socket")]
    Inherited(#[source] std::io::Error),
    /// The server spoke another version.
    #[error("the server's socket failed")]
    Socket(#[from] WireError),
    /// The first message was not the start.
    #[error("the server must say first how the programme starts")]
    NotStarted,
    /// An encoder of the ladder cannot be made.
    #[error("an encoder of the ladder cannot be made")]
    Encoder(#[from] EncodeError),
    /// The ladder has no rendition, too many, or one of impossible size.
    #[error("the ladder cannot be made: {0}")]
    Ladder(&'static str),
}

/// How long the programme's thread has to end when the server is gone.
const END_WITHIN: Duration = Duration::from_secs(2);

/// Pieces of memory from this size on go back to the system as soon as they are free: pictures, which
/// are kept for reuse as long as their source lives.
#[cfg(target_env = "gnu")]
const RETURNED_FROM_BYTES: libc::c_int = 128 * 1024;

/// Makes the programme until the server closes the socket.
pub fn run() -> Result<(), WorkerError> {
    end_with_parent().map_err(WorkerError::Inherited)?;
    return_large_pieces();
    // SAFETY: standard input was opened for this process by its parent, and nothing else in this
    // process reads it; when it is no socket, the first read fails.
    let socket = unsafe { OwnedFd::from_raw_fd(libc::STDIN_FILENO) };
    let socket = UnixStream::from(socket);
    let mut from =
        BufReader::with_capacity(64 * 1024, socket.try_clone().map_err(WorkerError::Inherited)?);
    let Some(ToWorker::Start(start)) = wire::receive(&mut from)? else {
        return Err(WorkerError::NotStarted);
    };
    let (events, woken_by) = sync_channel(WORKER_EVENTS_MAX);
    let reader = events.clone();
    std::thread::Builder::new()
        .name("from-server".into())
        .spawn(move || read(&mut from, &reader))
        .map_err(WorkerError::Inherited)?;
    Engine::new(start, socket, events)?.run(&woken_by)
}

/// Asks the system to kill this process with the thread that started it, so that even a programme
/// that hangs never outlives a killed server. A server that died before is noticed too: its end of
/// the socket is closed, and there will be no first message.
fn end_with_parent() -> std::io::Result<()> {
    // SAFETY: sets an attribute of this process.
    match unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

/// Keeps the C library from raising by itself the size from which pieces of memory go back. What stayed
/// of the pictures of sources that came and went lay in pieces between small ones, and an event with many
/// of them grew by a third.
fn return_large_pieces() {
    #[cfg(target_env = "gnu")]
    // SAFETY: sets a parameter of the allocator; one that it does not know changes nothing.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, RETURNED_FROM_BYTES);
    }
}

fn read(from: &mut BufReader<UnixStream>, events: &SyncSender<Event>) {
    loop {
        let event = match wire::receive(from) {
            Ok(Some(message)) => Event::Server(message),
            Ok(None) => Event::ServerGone,
            Err(error) => {
                tracing::error!(%error, "the server cannot be understood; the media worker ends");
                Event::ServerGone
            }
        };
        let last = matches!(event, Event::ServerGone);
        if events.send(event).is_err() {
            return;
        }
        if last {
            // The programme's thread ends the process; if it hangs, nobody is left to notice.
            std::thread::sleep(END_WITHIN);
            std::process::abort();
        }
    }
}
