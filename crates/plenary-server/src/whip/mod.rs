//! Contribution and return by open standards: WHIP (RFC 9725) lets an encoder take a seat without a
//! page, WHEP (draft-ietf-wish-whep) lets a player have the programme at low delay. Each session is a
//! task that owns its half of the connection; the registry finds it by the name in its address.

pub mod sdpfrag;
mod session;

use std::collections::BTreeMap;
use std::sync::Arc;

use plenary_model::frame::Bus;
use tokio::sync::{mpsc, oneshot, watch};

use crate::host::{HostHandle, Page, Visit, VisitRefused};
use crate::media::ViewRefused;
use sdpfrag::BadFragment;
use session::{Leg, Session};

/// Requests that wait for a session.
const REQUESTS_MAX: usize = 4;

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The offer sends nothing that a seat takes.
    #[error("the offer sends neither a picture nor sound with a=mid")]
    SendsNothing,
    /// A seat's door.
    #[error(transparent)]
    Visit(#[from] VisitRefused),
    /// The viewers' door.
    #[error(transparent)]
    View(#[from] ViewRefused),
    /// The fragment.
    #[error(transparent)]
    Fragment(#[from] BadFragment),
    /// There is no such session any more.
    #[error("there is no such session; it has ended")]
    Ended,
    /// The request does not say which ICE session it is about.
    #[error("say in If-Match which ICE session this is about")]
    Unconditional,
    /// The ICE session that the request is about is over.
    #[error("this is about an ICE session that is over")]
    OtherSession,
}

/// A session that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Its name in addresses; who knows it may end it.
    pub name: String,
    /// Session description of type answer.
    pub answer: String,
    /// Entity tag of its ICE session.
    pub tag: String,
}

/// Which ICE session a request is about (the If-Match header).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// None was named.
    Nothing,
    /// Whichever there is: a restart (RFC 9725 section 4.3.2).
    Any,
    /// The one of this entity tag.
    Tag(String),
}

/// What was done about a fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Patched {
    /// Candidates were taken note of.
    Noted,
    /// ICE has restarted.
    Restarted {
        /// Our side of it.
        fragment: String,
        /// Entity tag of the new ICE session.
        tag: String,
    },
}

/// What a session is asked.
#[derive(Debug)]
enum Request {
    Patch { about: About, body: String, reply: oneshot::Sender<Result<Patched, Refused>> },
    End { reply: oneshot::Sender<()> },
}

/// The sessions of this server; clones are the same.
#[derive(Clone)]
pub struct Sessions(Arc<watch::Sender<BTreeMap<String, mpsc::Sender<Request>>>>);

impl Default for Sessions {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(BTreeMap::new())))
    }
}

impl Sessions {
    /// An encoder takes a seat: like a page, it puts out another one that has it.
    ///
    /// # Errors
    /// [`Refused`]; nothing is left of it then.
    pub async fn contribute(
        &self,
        name: String,
        (host, page): (HostHandle, Page),
        offer: String,
    ) -> Result<Begun, Refused> {
        let tracks = sdpfrag::sent(&offer);
        if tracks.is_empty() {
            return Err(Refused::SendsNothing);
        }
        let mut visit = Visit::begin(host, page).await?;
        match visit.offer(offer.clone(), tracks.clone(), true).await {
            Ok(answer) => Ok(self.begin(name, Leg::Seat { visit, tracks }, offer, answer)),
            Err(refused) => {
                visit.leave().await;
                Err(refused.into())
            }
        }
    }

    /// A player gets the programme with this sound.
    ///
    /// # Errors
    /// [`Refused`]; nothing is left of it then.
    pub async fn view(
        &self,
        name: String,
        host: &HostHandle,
        bus: Bus,
        offer: String,
    ) -> Result<Begun, Refused> {
        let (view, answer) = host.viewers().join(bus, offer.clone()).await?;
        Ok(self.begin(name, Leg::View(view), offer, answer))
    }

    fn begin(&self, name: String, leg: Leg, offer: String, answer: String) -> Begun {
        let (requests, inbox) = mpsc::channel(REQUESTS_MAX);
        self.0.send_modify(|all| {
            all.insert(name.clone(), requests);
        });
        let tag = sdpfrag::tag(&answer);
        let session = Session::new(leg, offer, tag.clone());
        let (all, own) = (self.clone(), name.clone());
        tokio::spawn(async move {
            session.run(inbox).await;
            all.0.send_modify(|all| {
                all.remove(&own);
            });
        });
        Begun { name, answer, tag }
    }

    /// Takes a fragment of a session description for a session.
    ///
    /// # Errors
    /// [`Refused`]; the session goes on as it was.
    pub async fn patch(&self, name: &str, about: About, body: String) -> Result<Patched, Refused> {
        let session = self.find(name)?;
        let (reply, answer) = oneshot::channel();
        session.send(Request::Patch { about, body, reply }).await.map_err(|_| Refused::Ended)?;
        answer.await.map_err(|_| Refused::Ended)?
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`Refused::Ended`].
    pub async fn end(&self, name: &str) -> Result<(), Refused> {
        let session = self.find(name)?;
        let (reply, answer) = oneshot::channel();
        session.send(Request::End { reply }).await.map_err(|_| Refused::Ended)?;
        answer.await.map_err(|_| Refused::Ended)
    }

    fn find(&self, name: &str) -> Result<mpsc::Sender<Request>, Refused> {
        self.0.borrow().get(name).cloned().ok_or(Refused::Ended)
    }
}
