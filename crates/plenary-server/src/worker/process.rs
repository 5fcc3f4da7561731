//! One media worker process after the other: started, fed, read, watched.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use plenary_model::frame::Contribution;
use plenary_model::limits::WORKER_IN_MAX;
use plenary_programme::protocol::wire::{self, WireError};
use plenary_programme::protocol::{FromWorker, ToWorker};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader, BufWriter};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::Life;
use super::state::State;

/// A worker that says nothing for this long hangs: its sound alone is a hundred messages a second.
const SILENT_MAX: Duration = Duration::from_millis(1_500);
/// How long a new worker may take to its first word: it tests itself and opens encoders.
const START_MAX: Duration = Duration::from_secs(5);
/// How often the silence is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A worker that spoke for less than this is started again only after a wait.
const GOOD_AFTER: Duration = Duration::from_millis(250);
/// First such wait; it doubles up to the last.
const WAIT_FIRST: Duration = Duration::from_millis(100);
const WAIT_LAST: Duration = Duration::from_secs(1);

/// What comes for the worker.
#[derive(Debug)]
pub(super) struct Inbox {
    pub(super) orders: mpsc::Receiver<ToWorker>,
    pub(super) contributions: mpsc::Receiver<Contribution>,
}

/// Why a worker is not followed any more.
enum End {
    /// It died, or was killed because it hung.
    Died,
    /// The event is over.
    Over,
}

/// Keeps a worker running until all handles are dropped.
pub(super) async fn supervise(
    program: PathBuf,
    mut state: State,
    mut inbox: Inbox,
    out: mpsc::Sender<FromWorker>,
    life: watch::Sender<Life>,
) {
    let mut wait = WAIT_FIRST;
    loop {
        let mut good = false;
        match Running::start(&program, &state, &out) {
            Ok(mut running) => {
                let process = running.child.id().unwrap_or(0);
                life.send_replace(Life::Running { process });
                let end = running.follow(&mut state, &mut inbox).await;
                life.send_replace(Life::Restarting);
                running.end().await;
                good = running.spoke.is_some_and(|since| GOOD_AFTER < since.elapsed());
                if let End::Over = end {
                    return;
                }
                tracing::warn!(process, "the media worker died and is started again");
            }
            Err(error) => tracing::error!(%error, "the media worker cannot be started"),
        }
        if good {
            wait = WAIT_FIRST;
        } else {
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(WAIT_LAST);
        }
    }
}

struct Running {
    child: Child,
    queue: mpsc::Sender<ToWorker>,
    /// The reader sets it at every message; the watch takes it away.
    heard: Arc<AtomicBool>,
    /// When it was first noticed to speak.
    spoke: Option<Instant>,
}

impl Running {
    fn start(program: &Path, state: &State, out: &mpsc::Sender<FromWorker>) -> io::Result<Self> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let (from, to) = UnixStream::from_std(ours)?.into_split();
        let child = Command::new(program)
            .arg0("plenary")
            .arg("media-worker")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            // Ctrl-C is for the server, which ends it in its own time.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let (queue, messages) = mpsc::channel(WORKER_IN_MAX);
        let heard = Arc::new(AtomicBool::new(false));
        tokio::spawn(write(to, state.greeting(), messages));
        tokio::spawn(read(from, out.clone(), Arc::clone(&heard)));
        Ok(Self { child, queue, heard, spoke: None })
    }

    /// Passes messages on until the worker ends, hangs, or is needed no more.
    async fn follow(&mut self, state: &mut State, inbox: &mut Inbox) -> End {
        let mut look = tokio::time::interval(LOOK_EVERY);
        let mut silent_until = Instant::now() + START_MAX;
        loop {
            tokio::select! {
                biased;
                _ = self.child.wait() => return End::Died,
                now = look.tick() => {
                    if self.heard.swap(false, Ordering::Relaxed) {
                        silent_until = now + SILENT_MAX;
                        self.spoke.get_or_insert(now);
                    } else if silent_until < now {
                        tracing::warn!("the media worker says nothing and is ended");
                        return End::Died;
                    }
                }
                order = inbox.orders.recv() => {
                    let Some(order) = order else { return End::Over };
                    state.note(&order);
                    if self.queue.try_send(order).is_err() {
                        // A new worker is told everything.
                        tracing::warn!("the media worker takes no orders and is ended");
                        return End::Died;
                    }
                }
                contribution = inbox.contributions.recv() => {
                    let Some(contribution) = contribution else { return End::Over };
                    // Without room the packet is lost; the worker asks for a keyframe by itself.
                    if self.queue.capacity() > WORKER_IN_MAX / 4 {
                        let _ = self.queue.try_send(ToWorker::Contribution(contribution));
                    }
                }
            }
        }
    }

    async fn end(&mut self) {
        // It may be dead already; in both cases it is waited for.
        if let Err(error) = self.child.kill().await {
            tracing::debug!(%error, "the media worker was gone already");
        }
    }
}

async fn write(
    to: OwnedWriteHalf,
    greeting: Vec<ToWorker>,
    mut messages: mpsc::Receiver<ToWorker>,
) {
    let mut to = BufWriter::with_capacity(64 * 1024, to);
    for message in greeting {
        if send(&mut to, &message).await.is_err() {
            return;
        }
    }
    while to.flush().await.is_ok() {
        let Some(message) = messages.recv().await else { return };
        let mut sent = send(&mut to, &message).await;
        while let (Ok(()), Ok(more)) = (&sent, messages.try_recv()) {
            sent = send(&mut to, &more).await;
        }
        if sent.is_err() {
            return;
        }
    }
}

async fn send(to: &mut BufWriter<OwnedWriteHalf>, message: &ToWorker) -> Result<(), WireError> {
    to.write_all(&wire::encode(message)?).await?;
    Ok(())
}

async fn read(from: OwnedReadHalf, out: mpsc::Sender<FromWorker>, heard: Arc<AtomicBool>) {
    let mut from = BufReader::with_capacity(64 * 1024, from);
    let mut body = Vec::new();
    loop {
        match next(&mut from, &mut body).await {
            Ok(message) => {
                if deliver(&out, message, &heard).await.is_err() {
                    return;
                }
            }
            Err(WireError::Io(_)) => return,
            Err(error) => {
                tracing::error!(%error, "the media worker cannot be understood");
                return;
            }
        }
    }
}

/// Waits for room; meanwhile the worker counts as heard, because it is the owner that is late.
async fn deliver(
    out: &mpsc::Sender<FromWorker>,
    message: FromWorker,
    heard: &AtomicBool,
) -> Result<(), mpsc::error::SendError<()>> {
    heard.store(true, Ordering::Relaxed);
    let permit = loop {
        match tokio::time::timeout(LOOK_EVERY, out.reserve()).await {
            Ok(permit) => break permit?,
            Err(_) => heard.store(true, Ordering::Relaxed),
        }
    };
    permit.send(message);
    Ok(())
}

async fn next(
    from: &mut BufReader<OwnedReadHalf>,
    body: &mut Vec<u8>,
) -> Result<FromWorker, WireError> {
    let mut head = [0; 4];
    from.read_exact(&mut head).await?;
    body.resize(wire::body_length(head)?, 0);
    from.read_exact(body).await?;
    wire::decode(body)
}
