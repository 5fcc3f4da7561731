//! What the rest of the server holds of a running broadcast.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use plenary_model::frame::{ProgrammeAac, ProgrammePicture};
use plenary_model::id::EventId;
use plenary_model::time::{Ticks, WallMs};
use tokio::sync::{mpsc, oneshot, watch};

use super::published::{Beginning, Rendition};
use super::recorder::RecordingState;
use super::viewers::Viewers;

/// What goes to the broadcast's task.
#[derive(Debug)]
pub(super) enum Message {
    Picture(ProgrammePicture),
    Aac(ProgrammeAac),
    Restarted,
    Flush(oneshot::Sender<()>),
    Close(oneshot::Sender<()>),
}

/// The broadcast cannot keep up or is over: the frame was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the broadcast did not take a frame")]
pub struct Behind;

/// A running broadcast; clones are the same one.
#[derive(Debug, Clone)]
pub struct LiveHandle(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) event: EventId,
    pub(super) key: String,
    pub(super) folder: PathBuf,
    pub(super) target_duration: u32,
    pub(super) resumes_at: Ticks,
    pub(super) renditions: Vec<Rendition>,
    pub(super) beginning: watch::Receiver<Beginning>,
    pub(super) began: Arc<OnceLock<WallMs>>,
    pub(super) messages: mpsc::Sender<Message>,
    pub(super) recording: watch::Receiver<RecordingState>,
    pub(super) viewers: Arc<Viewers>,
    /// Renditions that have lost a picture: useless until their next keyframe.
    pub(super) damaged: Vec<AtomicBool>,
}

impl LiveHandle {
    /// The event that is broadcast.
    pub fn event(&self) -> EventId {
        self.0.event
    }

    /// Whether this is the key in its addresses; the comparison takes a time that does not depend on
    /// where the two differ.
    pub fn is_opened_by(&self, key: &str) -> bool {
        let expected = self.0.key.as_bytes();
        let differences = expected.iter().zip(key.as_bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
        (expected.len() == key.len()) & (differences == 0) & !expected.is_empty()
    }

    /// Time after everything that an earlier run of the server has published: the programme clock
    /// must go on at or after it.
    pub fn resumes_at(&self) -> Ticks {
        self.0.resumes_at
    }

    /// Hands a picture over without waiting.
    ///
    /// # Errors
    /// The queue is full: this picture and the following ones up to the next keyframe of the
    /// rendition are dropped.
    pub fn send_picture(&self, picture: ProgrammePicture) -> Result<(), Behind> {
        let damaged = self.0.damaged.get(usize::from(picture.rendition)).ok_or(Behind)?;
        if picture.idr {
            damaged.store(false, Ordering::Relaxed);
        }
        if damaged.load(Ordering::Relaxed) {
            return Err(Behind);
        }
        self.0.messages.try_send(Message::Picture(picture)).map_err(|_| {
            damaged.store(true, Ordering::Relaxed);
            Behind
        })
    }

    /// Hands a sound frame over without waiting.
    ///
    /// # Errors
    /// The queue is full: the frame is dropped.
    pub fn send_aac(&self, frame: ProgrammeAac) -> Result<(), Behind> {
        self.0.messages.try_send(Message::Aac(frame)).map_err(|_| Behind)
    }

    /// Says that the media worker was replaced; call it before the frames of the new one.
    pub async fn restarted(&self) {
        // Without a task the broadcast is over and nothing is lost.
        let _ = self.0.messages.send(Message::Restarted).await;
    }

    /// Ends the broadcast: playlists are closed, the replay becomes final. Returns when it is on
    /// disk.
    pub async fn close(&self) {
        let (done, wait) = oneshot::channel();
        if self.0.messages.send(Message::Close(done)).await.is_ok() {
            let _ = wait.await;
        }
    }

    /// Returns when everything that is published is on disk, for a stop of the server.
    pub async fn flush(&self) {
        let (done, wait) = oneshot::channel();
        if self.0.messages.send(Message::Flush(done)).await.is_ok() {
            let _ = wait.await;
        }
    }

    /// Returns when a viewer can begin to play, or when the event has ended before that.
    pub async fn on_air(&self) {
        let mut beginning = self.0.beginning.clone();
        // An error means that the broadcast ended before it began.
        let _ = beginning.wait_for(|beginning| *beginning != Beginning::Awaited).await.map(drop);
    }

    /// Programme time of the first picture that the event has published, in this run of the server
    /// or an earlier one: the first `EXT-X-PROGRAM-DATE-TIME` of the replay.
    pub fn began(&self) -> Option<WallMs> {
        self.0.began.get().copied()
    }

    /// How the recording does.
    pub fn recording_state(&self) -> RecordingState {
        self.0.recording.borrow().clone()
    }

    /// About how many players ask this server for the playlist (those behind a cache count once).
    pub fn viewers(&self) -> u64 {
        u64::from(self.0.viewers.estimate())
    }
}
