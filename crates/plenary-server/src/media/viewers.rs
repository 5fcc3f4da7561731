//! How the rest of the server speaks of viewers of an event's low-delay programme: they are spread
//! over all media threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use plenary_model::frame::{Bus, ProgrammeOpus, ProgrammePicture};
use plenary_model::id::EventId;
use plenary_stage::egress::{self, ViewerId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError, oneshot};

use super::handle::{MediaError, MediaHandle, ViewerOrder};

/// Why somebody does not view.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ViewRefused {
    /// As many view as may.
    #[error("the low-delay programme has as many viewers as this server takes")]
    Full,
    /// The offer.
    #[error(transparent)]
    Offer(#[from] egress::Refused),
    /// The media thread.
    #[error(transparent)]
    Media(#[from] MediaError),
}

struct Inner {
    event: EventId,
    threads: Vec<MediaHandle>,
    /// Numbers the viewers of this event.
    joined: AtomicU64,
    places: Arc<Semaphore>,
}

impl std::fmt::Debug for Viewers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Viewers").field("event", &self.0.event).finish_non_exhaustive()
    }
}

/// The viewers of one event; clones speak of the same ones.
#[derive(Clone)]
pub struct Viewers(Arc<Inner>);

impl Viewers {
    /// Lets viewers of an event come, at most so many, on these threads.
    ///
    /// # Errors
    /// A thread is busy or gone.
    pub fn open(
        event: EventId,
        threads: Vec<MediaHandle>,
        most: usize,
    ) -> Result<Self, MediaError> {
        for thread in &threads {
            thread.tell_viewers(event, ViewerOrder::Open)?;
        }
        let joined = AtomicU64::new(0);
        let places = Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
        Ok(Self(Arc::new(Inner { event, threads, joined, places })))
    }

    /// Somebody offers to receive the programme with this sound: their view and the answer.
    ///
    /// # Errors
    /// [`ViewRefused`].
    pub async fn join(&self, bus: Bus, sdp: String) -> Result<(View, String), ViewRefused> {
        let inner = &self.0;
        let place =
            Arc::clone(&inner.places).try_acquire_owned().map_err(|refused| match refused {
                TryAcquireError::NoPermits => ViewRefused::Full,
                TryAcquireError::Closed => ViewRefused::Media(MediaError::Gone),
            })?;
        let number = inner.joined.fetch_add(1, Ordering::Relaxed);
        let thread = usize::try_from(number).unwrap_or(0) % inner.threads.len().max(1);
        let thread = inner.threads.get(thread).ok_or(MediaError::Gone)?.clone();
        let (goes, gone) = oneshot::channel();
        let viewer = ViewerId(number);
        let mut view = View { event: inner.event, thread, viewer, bus, gone, _place: place };
        let answer = view.exchange(sdp, Some(goes)).await?;
        Ok((view, answer))
    }

    /// The programme's next picture; false when a thread did not take it.
    pub fn picture(&self, picture: &ProgrammePicture) -> bool {
        let event = self.0.event;
        let mut taken = true;
        for thread in &self.0.threads {
            taken &= thread.programme_picture(event, picture.clone()).is_ok();
        }
        taken
    }

    /// The programme's next sound; false when a thread did not take it.
    pub fn sound(&self, sound: &ProgrammeOpus) -> bool {
        let event = self.0.event;
        let mut taken = true;
        for thread in &self.0.threads {
            taken &= thread.programme_opus(event, sound.clone()).is_ok();
        }
        taken
    }

    /// The event has ended: all viewers leave.
    pub fn close(&self) {
        self.0.places.close();
        for thread in &self.0.threads {
            if let Err(error) = thread.tell_viewers(self.0.event, ViewerOrder::Close) {
                tracing::warn!(%error, "viewers of an event that has ended stay for now");
            }
        }
    }
}

/// One viewer; they leave when it is dropped.
pub struct View {
    event: EventId,
    thread: MediaHandle,
    viewer: ViewerId,
    bus: Bus,
    gone: oneshot::Receiver<()>,
    _place: OwnedSemaphorePermit,
}

impl View {
    /// Restarts ICE with another offer; the answer.
    ///
    /// # Errors
    /// [`ViewRefused`]; the view goes on as it was.
    pub async fn restart(&mut self, sdp: String) -> Result<String, ViewRefused> {
        self.exchange(sdp, None).await
    }

    /// Returns when the viewer is gone by themselves.
    pub async fn gone(&mut self) {
        // Its sender is dropped, whatever happened.
        let _ = (&mut self.gone).await;
    }

    async fn exchange(
        &mut self,
        sdp: String,
        gone: Option<oneshot::Sender<()>>,
    ) -> Result<String, ViewRefused> {
        let (reply, answer) = oneshot::channel();
        let Self { viewer, bus, .. } = *self;
        let order = ViewerOrder::Offer { viewer, bus, sdp, reply, gone };
        self.thread.tell_viewers(self.event, order)?;
        Ok(answer.await.map_err(|_| MediaError::Gone)??)
    }
}

impl Drop for View {
    fn drop(&mut self) {
        // A thread that is behind finds out by itself that nobody is there.
        let order = ViewerOrder::Leave { viewer: self.viewer };
        let _ = self.thread.tell_viewers(self.event, order);
    }
}
