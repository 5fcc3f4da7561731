//! The way of a synthetic speaker onto the stage: it opens a page towards the host, as a speaker's
//! browser does through its socket, and offers there.

use std::sync::Arc;

use plenary_store::Seat;
use serde::Deserialize;
use tokio::sync::oneshot;

use super::Offer;
use crate::host::{Attached, HostHandle, Page};
use crate::ws::message::FromPage;

/// What a speaker needs to hear; the rest is for people.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Heard {
    Answer {
        sdp: String,
    },
    Refused {
        message: String,
    },
    #[serde(other)]
    Other,
}

/// Opens pages for the seats of an event.
#[derive(Debug, Clone)]
pub struct Door {
    host: HostHandle,
    seats: Arc<[Seat]>,
}

impl Door {
    /// The door of a host for these seats.
    pub fn new(host: HostHandle, seats: Vec<Seat>) -> Self {
        Self { host, seats: seats.into() }
    }

    /// Opens a fresh page for the seat and hands the offer over; gives the answer's description.
    ///
    /// # Errors
    /// A sentence why not.
    pub async fn offer(self, offer: Offer) -> Result<String, String> {
        let seat = self.seats.iter().find(|seat| seat.id == offer.seat);
        let seat = seat.ok_or("the seat is not of this event")?;
        let page = Page::Stage { seat: seat.id, card: seat.card.clone() };
        let attached = self.host.attach(page).await.map_err(|refused| refused.to_string())?;
        let (answered, answer) = oneshot::channel();
        let said = FromPage::Offer { sdp: offer.sdp, tracks: offer.tracks, fresh: true };
        self.host.said(attached.page, said).await;
        tokio::spawn(listen(self.host, attached, answered));
        answer.await.map_err(|_| "the page was closed".to_owned())?
    }
}

/// Keeps the page open and hands the first answer on, until the host closes it.
async fn listen(
    host: HostHandle,
    mut attached: Attached,
    answered: oneshot::Sender<Result<String, String>>,
) {
    let mut answered = Some(answered);
    while let Some(text) = attached.says.recv().await {
        let result = match serde_json::from_str(&text) {
            Ok(Heard::Answer { sdp }) => Ok(sdp),
            Ok(Heard::Refused { message }) => Err(message),
            Ok(Heard::Other) | Err(_) => continue,
        };
        if let Some(answered) = answered.take() {
            // A speaker that was stopped meanwhile does not wait any more.
            let _ = answered.send(result);
        }
    }
    host.detach(attached.page).await;
}
