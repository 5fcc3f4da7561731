//! One thread per rendition: scales, encodes and delivers, behind a queue of two that never makes
//! the clock wait and never loses an IDR.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use plenary_model::frame::ProgrammePicture;
use plenary_model::ladder::{Ladder, VideoRendition};
use plenary_model::time::Ticks;

use crate::canvas::Frame;
use crate::clock::{Grid, monotonic_us};
use crate::compose::Compositor;
use crate::cpu::process_us;
use crate::encode::programme::{ProgrammeEncoder, Together};
use crate::encode::{Choice, Effort, EncodeError, EncodedPicture, PictureKind, VideoSettings};
use crate::protocol::{FromWorker, Notice};

use super::outbox::Outbox;
use super::stats::Durations;

/// Pictures that wait for an encoder.
const QUEUE_MAX: usize = 2;

/// One picture to encode.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) frame: Arc<Frame>,
    pub(super) time: Ticks,
    pub(super) kind: PictureKind,
    pub(super) due_us: u64,
}

#[derive(Debug)]
struct State {
    jobs: VecDeque<Job>,
    effort: Effort,
    closed: bool,
}

#[derive(Debug)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

/// What all encoder threads of a programme share.
#[derive(Debug, Clone)]
pub(super) struct Common {
    pub(super) choice: Choice,
    pub(super) together: Together,
    pub(super) outbox: Outbox,
    pub(super) durations: Durations,
}

/// The clock's end of one encoder thread.
#[derive(Debug)]
pub(super) struct Rendition {
    queue: Arc<Queue>,
    /// Id of the process that encodes, 0 without one.
    process: Arc<AtomicU32>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a job in; true when a picture had to be skipped for it, or it was skipped itself.
    fn put(&self, job: Job) -> bool {
        let mut state = self.lock();
        let full = QUEUE_MAX <= state.jobs.len();
        if full && job.kind == PictureKind::Any {
            return true;
        }
        if full {
            state.jobs.pop_back();
        }
        state.jobs.push_back(job);
        drop(state);
        self.changed.notify_one();
        full
    }

    /// The next job and the effort to spend; `None` when there will be none.
    fn next(&self) -> Option<(Job, Effort)> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(job) = state.jobs.pop_front() {
                return Some((job, state.effort));
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Rendition {
    pub(super) fn start(
        index: u8,
        ladder: &Ladder,
        rendition: &VideoRendition,
        common: Common,
    ) -> Result<Self, EncodeError> {
        let settings = VideoSettings::programme(rendition, ladder.frames_per_second);
        let (grid, together) = (Grid::of(ladder), common.together.clone());
        let encoder = ProgrammeEncoder::new(settings.clone(), &common.choice, grid, together)?;
        let process = Arc::new(AtomicU32::new(encoder.process().unwrap_or(0)));
        let worker = Worker {
            index,
            encoder,
            effort: settings.effort,
            scaled: Frame::black(settings.width, settings.height),
            settings,
            encoded: Vec::new(),
            process: Arc::clone(&process),
            common,
        };
        let state = State { jobs: VecDeque::new(), effort: worker.effort, closed: false };
        let queue = Arc::new(Queue { state: Mutex::new(state), changed: Condvar::new() });
        let jobs = Arc::clone(&queue);
        let thread = std::thread::Builder::new()
            .name(format!("encode-{}", rendition.name))
            .spawn(move || worker.run(&jobs))
            .map_err(|_| EncodeError::Settings { codec: "H.264", code: -1 })?;
        Ok(Self { queue, process, thread: Some(thread) })
    }

    /// Gives a picture; true when one had to be skipped because the encoder is late.
    pub(super) fn encode(&self, job: Job) -> bool {
        self.queue.put(job)
    }

    pub(super) fn set_effort(&self, effort: Effort) {
        self.queue.lock().effort = effort;
    }

    /// CPU time that its process has used so far, in microseconds; 0 without one.
    pub(super) fn process_us(&self) -> u64 {
        match self.process.load(Ordering::Relaxed) {
            0 => 0,
            process => process_us(process),
        }
    }
}

impl Drop for Rendition {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // A panicked encoder thread has said so already.
            let _ = thread.join();
        }
    }
}

struct Worker {
    index: u8,
    settings: VideoSettings,
    encoder: ProgrammeEncoder,
    effort: Effort,
    scaled: Frame,
    encoded: Vec<EncodedPicture>,
    process: Arc<AtomicU32>,
    common: Common,
}

impl Worker {
    fn run(mut self, jobs: &Queue) {
        let mut broken = false;
        let mut compositor = Compositor::new();
        while let Some((job, effort)) = jobs.next() {
            let kind = if broken { PictureKind::Idr } else { job.kind };
            match self.encode(&mut compositor, &job, kind, effort) {
                Ok(()) => broken = false,
                Err(error) => {
                    broken = true;
                    self.reopen(&error);
                }
            }
            self.deliver();
            self.common.durations.add(monotonic_us().saturating_sub(job.due_us));
        }
    }

    fn encode(
        &mut self,
        compositor: &mut Compositor,
        job: &Job,
        kind: PictureKind,
        effort: Effort,
    ) -> Result<(), EncodeError> {
        if effort != self.effort {
            self.encoder.set_effort(effort)?;
            self.effort = effort;
        }
        let whole = job.frame.picture();
        let same = (whole.width(), whole.height()) == (self.settings.width, self.settings.height);
        if same {
            return self.encoder.encode(&whole, (job.time, kind), &mut self.encoded);
        }
        compositor.rendition(&job.frame, &mut self.scaled);
        self.encoder.encode(&self.scaled.picture(), (job.time, kind), &mut self.encoded)
    }

    /// Sends what is finished, and tells the director when the process was given up.
    fn deliver(&mut self) {
        for picture in self.encoded.drain(..) {
            self.common.outbox.deliver(FromWorker::Picture(ProgrammePicture {
                rendition: self.index,
                time: picture.time,
                idr: picture.idr,
                bytes: picture.bytes,
            }));
        }
        self.process.store(self.encoder.process().unwrap_or(0), Ordering::Relaxed);
        if self.encoder.take_untold() {
            self.common.outbox.post(FromWorker::Notice(Notice::EncoderReplaced));
        }
    }

    fn reopen(&mut self, error: &EncodeError) {
        tracing::error!(rendition = self.index, %error, "an encoder failed and is opened again");
        self.common.outbox.post(FromWorker::Notice(Notice::EncoderRestarted(self.index)));
        match self.encoder.reopen() {
            Ok(()) => self.effort = self.settings.effort,
            Err(error) => tracing::error!(%error, "the encoder cannot be opened again yet"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(kinds: &str) -> (String, u32) {
        let state = State { jobs: VecDeque::new(), effort: Effort::Low, closed: false };
        let queue = Queue { state: Mutex::new(state), changed: Condvar::new() };
        let frame = Arc::new(Frame::black(2, 2));
        let mut skipped = 0;
        for (n, kind) in kinds.chars().enumerate() {
            let kind = if kind == 'I' { PictureKind::Idr } else { PictureKind::Any };
            let job = Job { frame: Arc::clone(&frame), time: Ticks(n as u64), kind, due_us: 0 };
            skipped += u32::from(queue.put(job));
        }
        let times = queue.lock().jobs.iter().map(|job| job.time.0.to_string()).collect();
        (times, skipped)
    }

    #[test]
    fn a_late_encoder_skips_pictures_but_never_the_grid() {
        assert_eq!(queue("I."), ("01".into(), 0));
        assert_eq!(queue("I..."), ("01".into(), 2));
        assert_eq!(queue("..I."), ("02".into(), 2));
    }
}
