//! The task that owns one broadcast: frames in, published views and recorder jobs out.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use plenary_hls::packager::{Input, LiveText, Output, Packager};
use plenary_hls::playlist::Text;
use plenary_hls::track::{Made, Part};
use plenary_model::time::WallMs;
use plenary_store::recording::{GapRecord, PartRecord};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use super::handle::Message;
use super::published::{Beginning, Inits, Memory, Multivariant, Published};
use super::recorder::{Job, Queue};
use super::viewers::{Viewers, Window};

/// How soon a slow disk is asked again.
const OFFER_AGAIN: Duration = Duration::from_millis(100);

/// The reading ends of one rendition's outlets.
pub(super) type Readers = (
    watch::Receiver<Option<Arc<Published>>>,
    watch::Receiver<Option<Text>>,
    watch::Receiver<Inits>,
);

/// Where views are published.
#[derive(Debug)]
pub(super) struct Outlets {
    beginning: watch::Sender<Beginning>,
    began: Arc<OnceLock<WallMs>>,
    renditions: Vec<Outlet>,
}

#[derive(Debug)]
struct Outlet {
    live: watch::Sender<Option<Arc<Published>>>,
    replay: watch::Sender<Option<Text>>,
    inits: watch::Sender<Inits>,
    media: Memory,
}

impl Outlets {
    /// One outlet per rendition, with the media that it begins with.
    pub(super) fn new(
        memories: Vec<Memory>,
        began: Arc<OnceLock<WallMs>>,
    ) -> (Self, watch::Receiver<Beginning>, Vec<Readers>) {
        let (beginning, reader) = watch::channel(Beginning::Awaited);
        let mut readers = Vec::new();
        let renditions = memories
            .into_iter()
            .map(|media| {
                let (live, live_reader) = watch::channel(None);
                let (replay, replay_reader) = watch::channel(None);
                let (inits, inits_reader) = watch::channel(Inits::default());
                readers.push((live_reader, replay_reader, inits_reader));
                Outlet { live, replay, inits, media }
            })
            .collect();
        (Self { beginning, began, renditions }, reader, readers)
    }
}

/// The task's state.
pub(super) struct Task {
    packager: Packager,
    names: Vec<Arc<str>>,
    outlets: Outlets,
    recorder: Queue,
    viewers: Arc<Viewers>,
    polls: Window,
    segments_in_memory: usize,
}

impl Task {
    pub(super) fn new(
        packager: Packager,
        outlets: Outlets,
        recorder: Queue,
        viewers: Arc<Viewers>,
        parts_per_target: usize,
        segments_in_memory: usize,
    ) -> Self {
        let names = packager.renditions();
        let polls = Window::new(names.len(), parts_per_target);
        Self { packager, names, outlets, recorder, viewers, polls, segments_in_memory }
    }

    /// Runs until the last handle is gone. After the end the views stay readable.
    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Message>) {
        while let Some(message) = self.next(&mut inbox).await {
            let input = match message {
                Message::Picture(picture) => Input::Picture(picture),
                Message::Aac(frame) => Input::Aac(frame),
                Message::Restarted => Input::Restarted,
                Message::Flush(done) => {
                    self.flush(done);
                    continue;
                }
                Message::Close(done) => {
                    self.take(Input::Close);
                    self.recorder.must(Job::End);
                    self.flush(done);
                    continue;
                }
            };
            self.take(input);
        }
    }

    /// The next message. Meanwhile a disk that was too slow is offered again what it must take: no
    /// further frame may come to do it.
    async fn next(&mut self, inbox: &mut mpsc::Receiver<Message>) -> Option<Message> {
        while self.recorder.owes() {
            match timeout(OFFER_AGAIN, inbox.recv()).await {
                Ok(message) => return message,
                Err(_) => self.recorder.pay(),
            }
        }
        inbox.recv().await
    }

    fn flush(&mut self, done: oneshot::Sender<()>) {
        self.recorder.must(Job::Flushed(done));
    }

    fn take(&mut self, input: Input) {
        let mut out = Vec::new();
        self.packager.handle(input, &mut out);
        self.publish(out);
    }

    /// Publishes and records what the packager gave.
    pub(super) fn publish(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Init { rendition, name, bytes } => {
                    self.outlets.renditions[rendition].inits.send_modify(|inits| {
                        let mut more = BTreeMap::clone(inits);
                        more.insert(name.clone(), bytes.clone());
                        *inits = Arc::new(more);
                    });
                    let rendition = self.names[rendition].clone();
                    self.recorder.must(Job::Init { rendition, name, bytes });
                }
                Output::Made { rendition, made } => self.made(rendition, made),
                Output::Live(text) => self.live(text),
                Output::Replay { rendition, text } => {
                    self.outlets.renditions[rendition].replay.send_replace(Some(text));
                }
                Output::Multivariant { live, replay } => {
                    let both = Arc::new(Multivariant { live, replay });
                    self.outlets.beginning.send_replace(Beginning::Open(both));
                }
                Output::Dropped { rendition, why } => {
                    tracing::trace!(rendition = %self.names[rendition], ?why, "frame dropped");
                }
            }
        }
        self.note_begin_and_end();
    }

    fn note_begin_and_end(&mut self) {
        if self.outlets.began.get().is_none()
            && let Some(began) = self.packager.began()
        {
            self.outlets.began.get_or_init(|| began);
        }
        if self.packager.has_ended() {
            self.outlets.beginning.send_if_modified(|beginning| {
                let missed = *beginning == Beginning::Awaited;
                if missed {
                    *beginning = Beginning::Missed;
                }
                missed
            });
        }
    }

    fn made(&mut self, index: usize, made: Made) {
        let rendition = self.names[index].to_string();
        let media = &mut self.outlets.renditions[index].media;
        match made {
            Made::Part(Part { at, start, duration, independent, discontinuity, init, bytes }) => {
                media.push(at, bytes.clone());
                let record = PartRecord {
                    rendition,
                    msn: at.msn,
                    part: at.part,
                    offset: 0,
                    len: 0,
                    start,
                    duration,
                    independent,
                    discontinuity,
                    init: init.to_string(),
                };
                self.recorder.part(record, bytes);
                self.polls.part(&self.viewers, index);
            }
            Made::Segment { msn } => media.close(msn, self.segments_in_memory),
            Made::Gap { msn, start, duration, discontinuity } => {
                let gap = GapRecord { rendition, msn, start, duration, discontinuity };
                self.recorder.must(Job::Gap(gap));
            }
        }
    }

    fn live(&mut self, text: LiveText) {
        let outlet = &mut self.outlets.renditions[text.rendition];
        let published = Published { text, media: outlet.media.clone() };
        outlet.live.send_replace(Some(Arc::new(published)));
    }
}
