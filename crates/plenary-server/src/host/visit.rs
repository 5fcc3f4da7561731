//! A page without a browser: it attaches to the host as a socket's page does, offers, and hears the
//! answers. Contributions (WHIP) and the demo's speakers come this way.

use plenary_stage::signal::TrackOffer;
use serde::Deserialize;

use super::{AttachRefused, Attached, HostHandle, Page};
use crate::ws::message::FromPage;

/// Why a visit was not let in, or its offer not acted on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VisitRefused {
    /// There is no room.
    #[error(transparent)]
    Attach(#[from] AttachRefused),
    /// The stage says no to an offer; the sentence says why.
    #[error("{message}")]
    Offer {
        /// Stable name of the reason.
        code: String,
        /// A sentence.
        message: String,
    },
    /// The host has put the visit out.
    #[error("the seat was taken elsewhere, or the event has ended")]
    Ended,
}

/// What a visit needs to hear; the rest is for people.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Heard {
    Answer {
        sdp: String,
    },
    Refused {
        code: String,
        message: String,
    },
    #[serde(other)]
    Other,
}

/// An open page; it closes when this is dropped, whoever stopped waiting for it.
#[derive(Debug)]
pub struct Visit {
    host: HostHandle,
    attached: Attached,
}

impl Visit {
    /// Attaches.
    ///
    /// # Errors
    /// [`VisitRefused::Attach`].
    pub async fn begin(host: HostHandle, page: Page) -> Result<Self, VisitRefused> {
        let attached = host.attach(page).await?;
        Ok(Self { host, attached })
    }

    /// Offers and waits for the answer's session description.
    ///
    /// # Errors
    /// [`VisitRefused`]; after [`VisitRefused::Offer`] the visit goes on.
    pub async fn offer(
        &mut self,
        sdp: String,
        tracks: Vec<TrackOffer>,
        fresh: bool,
    ) -> Result<String, VisitRefused> {
        let page = self.attached.page;
        self.host.said(page, FromPage::Offer { sdp, tracks, fresh }).await;
        loop {
            let text = self.attached.says.recv().await.ok_or(VisitRefused::Ended)?;
            match serde_json::from_str(&text) {
                Ok(Heard::Answer { sdp }) => return Ok(sdp),
                Ok(Heard::Refused { code, message }) => {
                    return Err(VisitRefused::Offer { code, message });
                }
                Ok(Heard::Other) | Err(_) => {}
            }
        }
    }

    /// Returns when the host has put the visit out.
    pub async fn ended(&mut self) {
        while self.attached.says.recv().await.is_some() {}
    }

    /// Gives the seat up.
    pub async fn leave(self) {
        self.host.said(self.attached.page, FromPage::Leave).await;
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.host.detach_soon(self.attached.page);
    }
}
