//! One thread per rendition: scales, encodes and delivers, behind a queue of two that never makes
//! the clock wait and never loses an IDR.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use plenary_model::frame::ProgrammePicture;
use plenary_model::ladder::{Ladder, VideoRendition};
use plenary_model::time::Ticks;

use crate::canvas::Frame;
use crate::clock::monotonic_us;
use crate::compose::Compositor;
use crate::encode::h264::OpenH264Encoder;
use crate::encode::{Effort, EncodeError, PictureKind, VideoEncoder, VideoSettings};
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

/// The clock's end of one encoder thread.
#[derive(Debug)]
pub(super) struct Rendition {
    queue: Arc<Queue>,
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
        outbox: Outbox,
        durations: Durations,
    ) -> Result<Self, EncodeError> {
        let settings = VideoSettings::programme(rendition, ladder.frames_per_second);
        let worker = Worker {
            index,
            encoder: OpenH264Encoder::new(settings.clone())?,
            effort: settings.effort,
            scaled: Frame::black(settings.width, settings.height),
            settings,
            outbox,
            durations,
        };
        let state = State { jobs: VecDeque::new(), effort: worker.effort, closed: false };
        let queue = Arc::new(Queue { state: Mutex::new(state), changed: Condvar::new() });
        let jobs = Arc::clone(&queue);
        let thread = std::thread::Builder::new()
            .name(format!("encode-{}", rendition.name))
            .spawn(move || worker.run(&jobs))
            .map_err(|_| EncodeError::Settings { codec: "H.264", code: -1 })?;
        Ok(Self { queue, thread: Some(thread) })
    }

    /// Gives a picture; true when one had to be skipped because the encoder is late.
    pub(super) fn encode(&self, job: Job) -> bool {
        self.queue.put(job)
    }

    pub(super) fn set_effort(&self, effort: Effort) {
        self.queue.lock().effort = effort;
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
    encoder: OpenH264Encoder,
    effort: Effort,
    scaled: Frame,
    outbox: Outbox,
    durations: Durations,
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
            self.durations.add(monotonic_us().saturating_sub(job.due_us));
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
        let encoded = if same {
            self.encoder.encode(&whole, job.time, kind)?
        } else {
            compositor.rendition(&job.frame, &mut self.scaled);
            self.encoder.encode(&self.scaled.picture(), job.time, kind)?
        };
        if let Some(picture) = encoded {
            self.outbox.deliver(FromWorker::Picture(ProgrammePicture {
                rendition: self.index,
                time: picture.time,
                idr: picture.idr,
                bytes: picture.bytes,
            }));
        }
        Ok(())
    }

    fn reopen(&mut self, error: &EncodeError) {
        tracing::error!(rendition = self.index, %error, "an encoder failed and is opened again");
        self.outbox.post(FromWorker::Notice(Notice::EncoderRestarted(self.index)));
        match OpenH264Encoder::new(self.settings.clone()) {
            Ok(encoder) => {
                self.encoder = encoder;
                self.effort = self.settings.effort;
            }
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
