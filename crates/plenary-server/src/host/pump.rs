//! Media past the host: what needs no decision goes straight from the stage to the media worker
//! and from the worker to broadcast and stage, so that a slow disk never holds a picture up.

use plenary_model::id::EventId;
use plenary_programme::protocol::FromWorker;
use tokio::sync::mpsc;

use crate::live::LiveHandle;
use crate::media::{MediaEvent, Viewers};
use crate::worker::WorkerHandle;

/// Carries the stage's events: contributions to the worker, the rest to the host.
pub async fn from_stage(
    mut events: mpsc::Receiver<MediaEvent>,
    worker: WorkerHandle,
    host: mpsc::Sender<MediaEvent>,
) {
    while let Some(event) = events.recv().await {
        match event {
            MediaEvent::Contribution(contribution) => {
                // The worker asks for a keyframe by itself when something is missing.
                worker.send_contribution(contribution);
            }
            other @ (MediaEvent::Say { .. }
            | MediaEvent::Refused { .. }
            | MediaEvent::Link { .. }
            | MediaEvent::Speaking(_)
            | MediaEvent::Sources(_)) => {
                if host.send(other).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Carries the worker's events: frames to broadcast and stage, the rest to the host.
pub async fn from_worker(
    mut events: mpsc::Receiver<FromWorker>,
    (event, live, viewers): (EventId, LiveHandle, Viewers),
    host: mpsc::Sender<FromWorker>,
) {
    let (mut started, mut lost) = (false, 0_u64);
    while let Some(message) = events.recv().await {
        let taken = match message {
            FromWorker::Started { .. } => {
                if started {
                    live.restarted().await;
                }
                started = true;
                true
            }
            FromWorker::Picture(picture) => {
                let returned = viewers.picture(&picture);
                live.send_picture(picture).is_ok() && returned
            }
            FromWorker::Aac(frame) => live.send_aac(frame).is_ok(),
            FromWorker::Opus(sound) => viewers.sound(&sound),
            other @ (FromWorker::NeedKeyframe { .. }
            | FromWorker::WantedWidth { .. }
            | FromWorker::Source(_)
            | FromWorker::Stats(_)
            | FromWorker::Loudness(_)
            | FromWorker::Notice(_)
            | FromWorker::AacConfig(_)) => match host.try_send(other) {
                Ok(()) => true,
                Err(mpsc::error::TrySendError::Full(FromWorker::Notice(notice))) => {
                    tracing::warn!(%event, ?notice, "the host is behind; the studio is not told");
                    true
                }
                // Everything else is said again.
                Err(mpsc::error::TrySendError::Full(_)) => true,
                Err(mpsc::error::TrySendError::Closed(_)) => return,
            },
        };
        if !taken {
            lost += 1;
            if lost.is_power_of_two() {
                tracing::warn!(%event, lost, "programme frames were lost: broadcast or stage is behind");
            }
        }
    }
}
