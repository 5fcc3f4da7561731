//! The thread that writes the recording: the broadcast never waits for the disk.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use bytes::Bytes;
use plenary_model::limits::{RECORDER_BYTES_WAITING_MAX, RECORDER_PARTS_WAITING_MAX};
use plenary_store::recording::{GapRecord, PartRecord, Recorder, RecordingError};
use tokio::sync::{oneshot, watch};

/// How the recording does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordingState {
    /// Everything that was published is kept.
    Ok,
    /// Parts are being lost.
    Failed {
        /// What the disk said.
        reason: String,
    },
}

#[derive(Debug)]
pub(super) enum Job {
    Init {
        rendition: Arc<str>,
        name: Arc<str>,
        bytes: Bytes,
    },
    Part {
        record: PartRecord,
        bytes: Bytes,
    },
    Gap(GapRecord),
    /// This part was not sent.
    Lost(PartRecord),
    End,
    Flushed(oneshot::Sender<()>),
}

/// The broadcast's end of the queue.
#[derive(Debug)]
pub(super) struct Queue {
    jobs: SyncSender<Job>,
    bytes_waiting: Arc<AtomicUsize>,
    state: watch::Sender<RecordingState>,
    /// Segments that lost a part here: the rest of them is not sent.
    broken: BTreeMap<String, u64>,
    /// Losses that the thread does not know yet.
    losses_waiting: Arc<AtomicUsize>,
    /// Jobs that every later part depends on.
    owed: Vec<Job>,
}

impl Queue {
    /// Starts the thread. It ends when the queue is dropped and worked off.
    pub(super) fn start(
        recorder: Recorder,
        state: watch::Sender<RecordingState>,
    ) -> std::io::Result<Self> {
        let (jobs, waiting) = sync_channel(RECORDER_PARTS_WAITING_MAX);
        let bytes_waiting = Arc::new(AtomicUsize::new(0));
        let losses_waiting = Arc::new(AtomicUsize::new(0));
        let writer = Writer {
            recorder,
            state: state.clone(),
            bytes_waiting: bytes_waiting.clone(),
            losses_waiting: losses_waiting.clone(),
            inits: BTreeMap::new(),
        };
        std::thread::Builder::new().name("recorder".into()).spawn(move || writer.run(&waiting))?;
        let (broken, owed) = (BTreeMap::new(), Vec::new());
        Ok(Self { jobs, bytes_waiting, state, broken, losses_waiting, owed })
    }

    /// Hands a part over, or gives its segment up when the disk is too slow.
    pub(super) fn part(&mut self, record: PartRecord, bytes: Bytes) {
        if self.broken.get(&record.rendition) == Some(&record.msn) {
            return;
        }
        let len = bytes.len();
        self.pay();
        let waiting = self.bytes_waiting.fetch_add(len, Ordering::Relaxed) + len;
        let job = Job::Part { record, bytes };
        let sent = match self.owed.is_empty() && waiting <= RECORDER_BYTES_WAITING_MAX {
            true => self.jobs.try_send(job),
            false => Err(TrySendError::Full(job)),
        };
        let Err(TrySendError::Full(back) | TrySendError::Disconnected(back)) = sent else { return };
        let Job::Part { record, .. } = back else { return };
        self.bytes_waiting.fetch_sub(len, Ordering::Relaxed);
        self.broken.insert(record.rendition.clone(), record.msn);
        self.losses_waiting.fetch_add(1, Ordering::Relaxed);
        self.must(Job::Lost(record));
        let reason = "the disk is too slow".to_owned();
        self.state.send_replace(RecordingState::Failed { reason });
    }

    /// Hands something small over that must not be lost.
    pub(super) fn must(&mut self, job: Job) {
        self.owed.push(job);
        self.pay();
    }

    /// Is there anything that the disk must take and has not had room for?
    pub(super) fn owes(&self) -> bool {
        !self.owed.is_empty()
    }

    /// Offers what is owed again.
    pub(super) fn pay(&mut self) {
        while !self.owed.is_empty() {
            match self.jobs.try_send(self.owed.remove(0)) {
                Ok(()) => {}
                Err(TrySendError::Full(job)) => return self.owed.insert(0, job),
                Err(TrySendError::Disconnected(_)) => return self.owed.clear(),
            }
        }
    }
}

struct Writer {
    recorder: Recorder,
    state: watch::Sender<RecordingState>,
    bytes_waiting: Arc<AtomicUsize>,
    losses_waiting: Arc<AtomicUsize>,
    /// Init segments that are not on disk yet.
    inits: BTreeMap<(Arc<str>, Arc<str>), Bytes>,
}

impl Writer {
    fn run(mut self, jobs: &Receiver<Job>) {
        while let Ok(job) = jobs.recv() {
            self.work(job);
        }
    }

    fn work(&mut self, job: Job) {
        let done = match job {
            Job::Init { rendition, name, bytes } => {
                self.inits.insert((rendition, name), bytes);
                Ok(())
            }
            Job::Part { record, bytes } => {
                let done = self.part(record, &bytes);
                self.bytes_waiting.fetch_sub(bytes.len(), Ordering::Relaxed);
                done
            }
            Job::Gap(gap) => self.recorder.gap(gap),
            Job::Lost(record) => {
                self.recorder.give_up(&record);
                self.losses_waiting.fetch_sub(1, Ordering::Relaxed);
                Ok(())
            }
            Job::End => self.recorder.end(),
            Job::Flushed(done) => {
                // Nobody waits any more: fine.
                let _ = done.send(());
                Ok(())
            }
        };
        if let Err(error) = done {
            tracing::warn!(error = &error as &dyn std::error::Error, "recording failed");
            let reason = error.to_string();
            self.state.send_replace(RecordingState::Failed { reason });
        }
    }

    fn part(&mut self, record: PartRecord, bytes: &[u8]) -> Result<(), RecordingError> {
        while let Some(((rendition, name), init)) = self.inits.first_key_value() {
            if let Err(error) = self.recorder.init(rendition, name, init) {
                self.recorder.give_up(&record);
                return Err(error);
            }
            self.inits.pop_first();
        }
        let kept = self.recorder.part(record, bytes)?;
        if kept && self.recorder.is_whole() && self.losses_waiting.load(Ordering::Relaxed) == 0 {
            self.state.send_if_modified(|state| {
                let failed = *state != RecordingState::Ok;
                *state = RecordingState::Ok;
                failed
            });
        }
        Ok(())
    }
}
