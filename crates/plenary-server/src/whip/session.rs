//! One session's task: it holds a seat or a view until it is told to end, or finds that it has.

use plenary_stage::signal::TrackOffer;
use tokio::sync::mpsc;

use super::sdpfrag::{self, Fragment};
use super::{About, Patched, Refused, Request};
use crate::host::Visit;
use crate::media::View;

/// What the other side of the connection is.
pub(super) enum Leg {
    /// A seat that an encoder sends for.
    Seat { visit: Visit, tracks: Vec<TrackOffer> },
    /// Somebody who views the programme.
    View(View),
}

impl Leg {
    /// Returns when it has ended by itself.
    async fn ended(&mut self) {
        match self {
            Self::Seat { visit, .. } => visit.ended().await,
            Self::View(view) => view.gone().await,
        }
    }

    async fn offer(&mut self, offer: String) -> Result<String, Refused> {
        Ok(match self {
            Self::Seat { visit, tracks } => visit.offer(offer, tracks.clone(), false).await?,
            Self::View(view) => view.restart(offer).await?,
        })
    }

    async fn end(self) {
        match self {
            Self::Seat { visit, .. } => visit.leave().await,
            Self::View(view) => drop(view),
        }
    }
}

pub(super) struct Session {
    leg: Leg,
    /// The last offer, which restarts are made from.
    offer: String,
    /// Entity tag of the ICE session.
    tag: String,
}

impl Session {
    pub const fn new(leg: Leg, offer: String, tag: String) -> Self {
        Self { leg, offer, tag }
    }

    /// Until somebody ends it, the connection is gone, or the server has forgotten it.
    pub async fn run(mut self, mut inbox: mpsc::Receiver<Request>) {
        loop {
            tokio::select! {
                () = self.leg.ended() => return,
                request = inbox.recv() => match request {
                    Some(Request::Patch { about, body, reply }) => {
                        let patched = self.patch(&about, &body).await;
                        // Who asked may have gone; what they asked for is done.
                        let _ = reply.send(patched);
                    }
                    Some(Request::End { reply }) => {
                        self.leg.end().await;
                        let _ = reply.send(());
                        return;
                    }
                    None => return self.leg.end().await,
                },
            }
        }
    }

    async fn patch(&mut self, about: &About, body: &str) -> Result<Patched, Refused> {
        match about {
            About::Nothing => return Err(Refused::Unconditional),
            About::Tag(tag) if *tag != self.tag => return Err(Refused::OtherSession),
            About::Tag(_) | About::Any => {}
        }
        match sdpfrag::read(body, &self.offer)? {
            Fragment::Candidates => Ok(Patched::Noted),
            Fragment::Restart { ufrag, password } => {
                let offer = sdpfrag::restarted(&self.offer, &ufrag, &password);
                let answer = self.leg.offer(offer.clone()).await?;
                self.offer = offer;
                self.tag = sdpfrag::tag(&answer);
                Ok(Patched::Restarted {
                    fragment: sdpfrag::of_answer(&answer),
                    tag: self.tag.clone(),
                })
            }
        }
    }
}
