//! A decoder process seen from the media worker: started, fed through a queue that never blocks
//! the tick, and its pictures copied out of the shared ring.

use std::io::{self, BufReader, BufWriter, Write};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use plenary_model::id::SourceId;
use plenary_model::limits::DECODER_QUEUE_MAX;

use crate::canvas::{Colour, Frame, i420_bytes};
use crate::cpu::process_us;
use crate::event::{Decoded, Event};
use crate::protocol::child::{FromDecoder, RING_FD, ToDecoder};
use crate::protocol::wire;
use crate::ring::{Ring, SLOTS};

/// Names the program whose `decode-worker` is started, instead of this process's own file.
const PROGRAM_VARIABLE: &str = "PLENARY_DECODE_WORKER";
/// Frames kept for reuse per source; the tick holds at most five at a time.
const FRAMES_KEPT_MAX: usize = 6;

/// A running decoder process; dropping it ends the process.
#[derive(Debug)]
pub(super) struct Decoder {
    child: Child,
    queue: SyncSender<Vec<ToDecoder>>,
    batch: Vec<ToDecoder>,
    taken: Arc<AtomicU8>,
}

impl Decoder {
    pub(super) fn start(
        source: SourceId,
        generation: u64,
        events: SyncSender<Event>,
    ) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        let ring = Ring::create()?;
        let child = spawn(theirs, &ring)?;
        let (queue, orders) = sync_channel(DECODER_QUEUE_MAX);
        let taken = Arc::new(AtomicU8::new(0));
        let reader =
            Reader { ring, queue: queue.clone(), taken: Arc::clone(&taken), pool: Vec::new() };
        let decoder = Self { child, queue, batch: Vec::new(), taken };
        let to = ours.try_clone()?;
        std::thread::Builder::new().name("to-decoder".into()).spawn(move || feed(to, &orders))?;
        std::thread::Builder::new().name("from-decoder".into()).spawn(move || {
            let decoded =
                |decoded| events.send(Event::Decoded { source, generation, decoded }).is_ok();
            reader.run(ours, decoded);
        })?;
        Ok(decoder)
    }

    /// Adds a message to those that the next [`Self::send`] hands over.
    pub(super) fn put(&mut self, message: ToDecoder) {
        self.batch.push(message);
    }

    /// Hands all messages over in one piece, because each piece wakes the decoder. False when it is
    /// so late that its queue is full: they are lost.
    pub(super) fn send(&mut self) -> bool {
        if self.batch.is_empty() {
            return true;
        }
        let slots = self.taken.swap(0, Ordering::AcqRel);
        if slots != 0 {
            self.batch.insert(0, ToDecoder::Release { slots });
        }
        let sent = self.queue.try_send(std::mem::take(&mut self.batch)).is_ok();
        if !sent {
            self.taken.fetch_or(slots, Ordering::AcqRel);
        }
        sent
    }

    /// CPU time used so far, in microseconds.
    pub(super) fn cpu_us(&self) -> u64 {
        process_us(self.child.id())
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // It may have ended by itself; in both cases it must be waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(socket: UnixStream, ring: &Ring) -> io::Result<Child> {
    let program = match std::env::var_os(PROGRAM_VARIABLE) {
        Some(program) => PathBuf::from(program),
        // The running program itself, even when its file was replaced by a newer version.
        None => "/proc/self/exe".into(),
    };
    // Above the numbers that the child expects, so that no `dup2` covers another descriptor.
    // SAFETY: duplicates a descriptor that we own; the result is ours.
    let ring = unsafe {
        let fd = libc::fcntl(ring.fd().as_fd().as_raw_fd(), libc::F_DUPFD_CLOEXEC, 10);
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        OwnedFd::from_raw_fd(fd)
    };
    let mut command = Command::new(program);
    command.arg0("plenary");
    command.arg("decode-worker").stdin(Stdio::from(OwnedFd::from(socket))).stdout(Stdio::null());
    let parent = std::process::id();
    // SAFETY: only async-signal-safe calls between fork and exec.
    unsafe {
        command.pre_exec(move || {
            if libc::dup2(ring.as_raw_fd(), RING_FD) < 0
                || libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) != 0
            {
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

/// Writes messages to the decoder until either side is gone.
fn feed(socket: UnixStream, orders: &Receiver<Vec<ToDecoder>>) {
    let mut socket = BufWriter::with_capacity(64 * 1024, socket);
    while let Ok(batch) = orders.recv() {
        let sent = batch.iter().all(|message| wire::send(&mut socket, message).is_ok());
        if !sent || socket.flush().is_err() {
            return;
        }
    }
}

struct Reader {
    ring: Ring,
    queue: SyncSender<Vec<ToDecoder>>,
    /// Slots that were copied out, a bit for each; they go back with the next access unit.
    taken: Arc<AtomicU8>,
    pool: Vec<Arc<Frame>>,
}

impl Reader {
    fn run(mut self, socket: UnixStream, deliver: impl Fn(Decoded) -> bool) {
        let mut socket = BufReader::new(socket);
        // A message that does not read is as bad as none: the process is started again.
        while let Ok(Some(message)) = wire::receive(&mut socket) {
            let decoded = match message {
                FromDecoder::Picture { slot, pts, width, height, sent } => {
                    let frame = self.picture(slot, width, height);
                    frame.map(|frame| Decoded::Picture { pts, frame, sent })
                }
                FromDecoder::NoRoom => {
                    self.release();
                    continue;
                }
                FromDecoder::Undecodable => Some(Decoded::Undecodable),
                FromDecoder::TooLarge => Some(Decoded::TooLarge),
                FromDecoder::Sound { pts, samples } => Some(Decoded::Sound { pts, samples }),
            };
            let Some(decoded) = decoded else { break };
            if !deliver(decoded) {
                return;
            }
        }
        deliver(Decoded::Gone);
    }

    /// Copies the picture out; `None` when the decoder's numbers make no sense.
    fn picture(&mut self, slot: u8, width: u32, height: u32) -> Option<Arc<Frame>> {
        let even = |n: u32| 0 < n && n.is_multiple_of(2);
        if !even(width) || !even(height) || i420_bytes_max() < i420_bytes(width, height) {
            return None;
        }
        let mut frame = self.frame(width, height);
        let copied =
            Arc::get_mut(&mut frame).is_some_and(|frame| self.ring.read(slot, frame.bytes_mut()));
        if !copied {
            return None;
        }
        let taken = self.taken.fetch_or(1 << slot, Ordering::AcqRel) | 1 << slot;
        if u32::from(SLOTS) <= taken.count_ones() + 1 {
            self.release();
        }
        if self.pool.len() < FRAMES_KEPT_MAX {
            self.pool.push(Arc::clone(&frame));
        }
        Some(frame)
    }

    /// Gives slots back at once. It never waits: the decoder may be waiting for this thread to read.
    fn release(&mut self) {
        let slots = self.taken.swap(0, Ordering::AcqRel);
        if slots != 0 && self.queue.try_send(vec![ToDecoder::Release { slots }]).is_err() {
            self.taken.fetch_or(slots, Ordering::AcqRel);
        }
    }

    /// A frame of this size that nobody looks at, an old one where there is one.
    fn frame(&mut self, width: u32, height: u32) -> Arc<Frame> {
        self.pool.retain(|frame| frame.width() == width && frame.height() == height);
        let idle = self.pool.iter_mut().position(|frame| Arc::get_mut(frame).is_some());
        match idle {
            Some(at) => self.pool.swap_remove(at),
            None => Arc::new(Frame::filled(width, height, Colour::BLACK)),
        }
    }
}

const fn i420_bytes_max() -> usize {
    use plenary_model::limits::{SOURCE_HEIGHT_MAX, SOURCE_WIDTH_MAX};
    i420_bytes(SOURCE_WIDTH_MAX, SOURCE_HEIGHT_MAX)
}
