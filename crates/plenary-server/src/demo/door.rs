//! The way of a synthetic speaker onto the stage: it opens a page towards the host, as a speaker's
//! browser does through its socket, and offers there.

use std::sync::Arc;

use plenary_store::Seat;

use super::Offer;
use crate::host::{HostHandle, Page, Visit, VisitRefused};

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
        let refused = |refused: VisitRefused| refused.to_string();
        let mut visit = Visit::begin(self.host, page).await.map_err(refused)?;
        let answer = visit.offer(offer.sdp, offer.tracks, true).await.map_err(refused)?;
        // Kept open until the host closes it.
        tokio::spawn(async move { visit.ended().await });
        Ok(answer)
    }
}
