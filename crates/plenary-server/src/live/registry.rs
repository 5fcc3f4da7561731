//! All broadcasts of this server, found by event.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use plenary_hls::history::{Content, PartEntry, SegmentEntry};
use plenary_hls::packager::{Input, Output, Packager, Past, PastRendition, Setup};
use plenary_model::id::EventId;
use plenary_model::ladder::Ladder;
use plenary_model::limits::LIVE_FRAMES_WAITING_MAX;
use plenary_model::time::{PROGRAMME_HZ, SOUND_HZ, WallMs};
use plenary_store::recording::{
    Begin, Recorder, Recording, RecordingError, RenditionRecord, SegmentRecord, read_whole,
};
use tokio::sync::{mpsc, watch};

use super::handle::{Inner, LiveHandle};
use super::published::Rendition;
use super::recorder::{Queue, RecordingState};
use super::resume;
use super::task::{Outlets, Task};
use super::viewers::Viewers;

/// Seconds of low-latency playlist, between the 60 and 120 that players are built for.
const WINDOW_SECONDS: u32 = 90;
/// Segments that stay in memory behind the window, for players that are a little late.
const SEGMENTS_BEHIND: u32 = 4;
/// Seconds of a broadcast in memory, with the default ladder.
pub const MEMORY_SECONDS: u32 = WINDOW_SECONDS + SEGMENTS_BEHIND * 4;

/// What a broadcast needs to begin or to go on.
#[derive(Debug, Clone)]
pub struct Start {
    /// The event.
    pub event: EventId,
    /// The capability in its addresses.
    pub key: String,
    /// Renditions; the same for the whole event.
    pub ladder: Ladder,
    /// Wall clock of programme tick 0; the same for the whole event.
    pub wall_of_zero: WallMs,
    /// Folder of its recording, made if needed.
    pub folder: PathBuf,
}

/// The broadcast cannot begin; the administrator must act.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The recording's folder.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The recorder's thread.
    #[error("no thread for the recorder")]
    Thread(#[source] std::io::Error),
}

/// All broadcasts; clones are the same one.
#[derive(Debug, Clone)]
pub struct Registry(Arc<watch::Sender<BTreeMap<EventId, LiveHandle>>>);

impl Default for Registry {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(BTreeMap::new())))
    }
}

impl Registry {
    /// Begins a broadcast, or goes on with it after a restart of the server; needs a tokio runtime.
    ///
    /// # Errors
    /// The folder cannot be written or read.
    pub fn start(&self, start: Start) -> Result<LiveHandle, StartError> {
        Ok(self.insert(begin(start, Chapter::Open)?))
    }

    /// Serves what an event that is over has broadcast; needs a tokio runtime.
    ///
    /// # Errors
    /// The folder cannot be written or read.
    pub fn replay(&self, start: Start) -> Result<LiveHandle, StartError> {
        Ok(self.insert(begin(start, Chapter::Over)?))
    }

    fn insert(&self, handle: LiveHandle) -> LiveHandle {
        self.0.send_modify(|all| {
            all.insert(handle.event(), handle.clone());
        });
        handle
    }

    /// All broadcasts.
    pub fn all(&self) -> Vec<LiveHandle> {
        self.0.borrow().values().cloned().collect()
    }

    /// The event whose broadcast this key opens.
    pub fn event_of(&self, key: &str) -> Option<EventId> {
        let all = self.0.borrow();
        // Every key takes the same comparison.
        let opened = all.values().filter(|live| live.is_opened_by(key));
        opened.map(LiveHandle::event).fold(None, |_, event| Some(event))
    }

    /// The broadcast of an event, if it is served.
    pub fn get(&self, event: EventId) -> Option<LiveHandle> {
        self.0.borrow().get(&event).cloned()
    }
}

/// Whether more can come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chapter {
    /// Unless the recording says that it has ended.
    Open,
    /// Even if the recording was cut off before it could say so.
    Over,
}

fn begin(start: Start, chapter: Chapter) -> Result<LiveHandle, StartError> {
    let Start { event, key, ladder, wall_of_zero, folder } = start;
    let header = header(&ladder, wall_of_zero);
    let (mut recorder, mut recording) = Recorder::open(&folder, header.clone())?;
    if 0 < recording.left_out {
        let lines = recording.left_out;
        tracing::warn!(%event, lines, "lines of the recording's index do not read and are left out");
    }
    let ended = recording.ended || chapter == Chapter::Over;
    if ended && !recording.ended {
        recorder.end()?;
    }
    if !ended {
        resume::leave_room(&mut recorder, &mut recording, &header, &ladder)?;
    }
    let memories = resume::memories(&header, &recording, &folder)?;
    let past = past(&header, recording, &folder)?;
    let part_ms = ladder.part_ms.max(1);
    let mut packager =
        Packager::new(Setup { ladder, wall_of_zero, window_seconds: WINDOW_SECONDS }, past);
    let mut restored: Vec<Output> = Vec::new();
    packager.restored(&mut restored);
    if ended {
        packager.handle(Input::Close, &mut restored);
    }

    let recording_state = watch::Sender::new(RecordingState::Ok);
    let recording = recording_state.subscribe();
    let queue = Queue::start(recorder, recording_state).map_err(StartError::Thread)?;
    let names = packager.renditions();
    let viewers = Arc::new(Viewers::new(names.len()));
    let target_duration = packager.target_duration();
    let began = Arc::new(OnceLock::new());
    let (outlets, beginning, inputs) = Outlets::new(memories, began.clone());
    let renditions = names
        .into_iter()
        .zip(inputs)
        .enumerate()
        .map(|(index, (name, (live, replay, inits)))| Rendition {
            name,
            part_target_ms: packager.part_target_ms(index),
            live,
            replay,
            inits,
        })
        .collect::<Vec<_>>();
    let (messages, inbox) = mpsc::channel(LIVE_FRAMES_WAITING_MAX);
    let handle = LiveHandle(Arc::new(Inner {
        event,
        key,
        folder,
        target_duration,
        resumes_at: packager.published_until(),
        damaged: renditions.iter().map(|_| AtomicBool::new(false)).collect(),
        renditions,
        beginning,
        began,
        messages,
        recording,
        viewers: viewers.clone(),
    }));
    let parts_per_target = (target_duration * 1000).div_ceil(part_ms) as usize;
    let segments_in_memory = (WINDOW_SECONDS / target_duration.max(1) + SEGMENTS_BEHIND) as usize;
    let mut task =
        Task::new(packager, outlets, queue, viewers, parts_per_target, segments_in_memory);
    task.publish(restored);
    tokio::spawn(task.run(inbox));
    Ok(handle)
}

fn header(ladder: &Ladder, wall_of_zero: WallMs) -> Begin {
    let video = ladder.video.iter().map(|video| (&video.name, PROGRAMME_HZ));
    let renditions = video
        .chain([(&ladder.audio.name, SOUND_HZ)])
        .map(|(name, hz)| RenditionRecord { name: name.clone(), hz })
        .collect();
    Begin::new(wall_of_zero.0, renditions)
}

fn past(header: &Begin, mut recording: Recording, folder: &Path) -> Result<Past, RecordingError> {
    let of = |segment: SegmentRecord| SegmentEntry {
        msn: segment.msn,
        start: segment.start,
        duration: segment.duration,
        discontinuity: segment.discontinuity,
        content: match segment.parts.first() {
            None => Content::Gap,
            Some(first) => {
                let init = first.init.as_str().into();
                let recorded = segment.parts.iter().map(|part| part.duration).sum::<u64>();
                // A segment that was longer is played as a whole: its last part is missing.
                let whole = recorded == segment.duration;
                let parts = segment.parts.iter().filter(|_| whole);
                let entry = |part: &plenary_store::recording::PartRecord| PartEntry {
                    duration: part.duration,
                    independent: part.independent,
                };
                Content::Media { init, parts: parts.map(entry).collect() }
            }
        },
    };
    let mut renditions = Vec::new();
    for RenditionRecord { name, .. } in &header.renditions {
        let segments = recording.renditions.remove(name).unwrap_or_default();
        let newest = segments.iter().rev().find_map(|segment| segment.parts.last());
        let init = match newest {
            Some(part) => Some(read_whole(&folder.join(name).join(&part.init))?),
            None => None,
        };
        renditions.push(PastRendition { segments: segments.into_iter().map(of).collect(), init });
    }
    Ok(Past { renditions })
}
