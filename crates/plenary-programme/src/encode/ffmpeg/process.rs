//! The process behind the encoder: pictures go to its standard input and come back encoded, each
//! way through a thread, so that a process that does not read or write holds nobody up.

use std::io::{self, BufReader, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::KEPT_MAX;
use super::flv::{Unit, Units};
use crate::canvas::Frame;

/// Size of the pipe to the process: the most that a system gives without privilege.
const PIPE_BYTES: libc::c_int = 1024 * 1024;
/// What is kept of its complaints.
const SAID_BYTES_MAX: usize = 1_000;
/// How long the last of them may take to arrive.
const LAST_WORDS_MAX: Duration = Duration::from_secs(1);

/// The process ended, or gave something that does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ended;

/// A running encoder process; dropping it kills the process, also one that stands still.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    pictures: Sender<Arc<Frame>>,
    units: Receiver<Unit>,
    said: Arc<Mutex<Vec<u8>>>,
    /// Its other end is gone when all was heard.
    silent: Receiver<()>,
}

impl Process {
    /// Starts `program`; each IDR gets the parameter sets `also` after its own.
    pub(super) fn start(program: &Path, arguments: &[String], also: Vec<u8>) -> io::Result<Self> {
        let mut child = spawn(program, arguments)?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (pictures, to_write) = channel();
        // It answers each picture once, so more than these is a process gone wild, which then waits.
        let (unit_out, units) = sync_channel(KEPT_MAX);
        let said = Arc::default();
        let (hears, silent) = channel();
        let process = Self { child, pictures, units, said: Arc::clone(&said), silent };
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let thread = |name: &str| std::thread::Builder::new().name(name.into());
        thread("to-encoder").spawn(move || write(stdin, &to_write))?;
        thread("from-encoder").spawn(move || read(stdout, also, &unit_out))?;
        thread("encoder-says").spawn(move || listen(stderr, &said, hears))?;
        Ok(process)
    }

    /// Its id.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Hands a picture over; it waits for its turn without holding the caller up.
    pub(super) fn give(&self, frame: Arc<Frame>) -> Result<(), Ended> {
        self.pictures.send(frame).map_err(|_| Ended)
    }

    /// The next encoded picture, waited for so long; `None` when there is none yet.
    pub(super) fn next(&self, wait: Duration) -> Result<Option<Unit>, Ended> {
        match self.units.recv_timeout(wait) {
            Ok(unit) => Ok(Some(unit)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Ended),
        }
    }

    /// Kills it, and gives what it has complained of, in one line.
    pub(super) fn last_words(&mut self) -> String {
        // It may have ended by itself; in both cases it must be waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
        // Nothing is sent: either the end comes, or the time is over.
        let _ = self.silent.recv_timeout(LAST_WORDS_MAX);
        let said = std::mem::take(&mut *self.said.lock().unwrap_or_else(PoisonError::into_inner));
        String::from_utf8_lossy(&said).lines().collect::<Vec<_>>().join("; ")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let said = self.last_words();
        if !said.is_empty() {
            tracing::warn!(said, "an encoder's process has complained");
        }
    }
}

fn spawn(program: &Path, arguments: &[String]) -> io::Result<Child> {
    let mut command = Command::new(program);
    command.args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let parent = std::process::id();
    // SAFETY: only async-signal-safe calls between fork and exec.
    unsafe {
        command.pre_exec(move || {
            if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) != 0 {
                return Err(io::Error::last_os_error());
            }
            if libc::getppid() as u32 != parent {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            Ok(())
        });
    }
    command.spawn()
}

/// Writes pictures until either side is gone; a killed process ends a write that stands still.
fn write(mut to: ChildStdin, pictures: &Receiver<Arc<Frame>>) {
    // A smaller pipe only costs more changes between the two processes.
    // SAFETY: changes the size of a pipe that we own.
    unsafe { libc::fcntl(to.as_raw_fd(), libc::F_SETPIPE_SZ, PIPE_BYTES) };
    while let Ok(frame) = pictures.recv() {
        if to.write_all(frame.bytes()).is_err() {
            return;
        }
    }
}

fn read(from: ChildStdout, also: Vec<u8>, to: &SyncSender<Unit>) {
    let Ok(mut units) = Units::open(BufReader::with_capacity(64 * 1024, from), also) else {
        return;
    };
    while let Ok(unit) = units.next() {
        if to.send(unit).is_err() {
            return;
        }
    }
}

/// Reads all that it complains of, so that it never waits for that, and keeps the beginning.
fn listen(mut from: ChildStderr, said: &Mutex<Vec<u8>>, _hears: Sender<()>) {
    let mut buffer = [0; 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        let room = SAID_BYTES_MAX.saturating_sub(said.len());
        said.extend_from_slice(&buffer[..length.min(room)]);
    }
}
