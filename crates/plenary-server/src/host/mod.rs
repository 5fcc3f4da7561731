//! The host: one task that owns one running event, and the handle by which others reach it.

mod clip_folder;
mod clips;
mod direction;
mod feeds;
mod health;
mod journal;
mod pages;
mod people;
mod pump;
#[cfg(test)]
pub mod rig;
mod sources;
mod stage;
mod start;
mod task;
#[cfg(test)]
mod tests;
mod visit;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use plenary_model::event::Phase;
use plenary_model::id::{EventId, SeatId};
use plenary_model::person::Card;
use plenary_show::{Author, Command, ShowView};
use plenary_store::StoreError;
use tokio::sync::{mpsc, oneshot, watch};

use crate::media::Viewers;
use crate::ws::message::FromPage;

pub use journal::{journalled, with_acts};
pub use start::{Parts, StartError, replay, start};
pub use visit::{Visit, VisitRefused};

/// Who is at the other end of a page's socket.
#[derive(Debug, Clone)]
pub enum Page {
    /// A speaker.
    Stage {
        /// Their seat.
        seat: SeatId,
        /// How they are shown.
        card: Card,
    },
    /// An encoder that sends for a speaker, without a page.
    Encoder {
        /// The seat.
        seat: SeatId,
        /// How it is shown.
        card: Card,
    },
    /// A director.
    Studio,
}

/// One open page, for as long as its socket lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageId(u64);

/// An attached page.
#[derive(Debug)]
pub struct Attached {
    /// Names the page towards the host.
    pub page: PageId,
    /// What the host says to it, ready to send; it ends when the host is done with the page.
    pub says: mpsc::Receiver<Utf8Bytes>,
}

/// Why a page was not attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AttachRefused {
    /// Too many studio pages.
    #[error("too many studio pages are open; close one first")]
    TooManyStudios,
    /// All seats are taken.
    #[error("the stage is full; ask the organiser")]
    StageFull,
    /// The host has ended.
    #[error("the event has ended")]
    Ended,
}

impl AttachRefused {
    /// Stable name of the reason.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooManyStudios => "too_many_studios",
            Self::StageFull => "stage_full",
            Self::Ended => "event_ended",
        }
    }
}

/// Why a command was not done.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The show says no; nothing has changed.
    #[error(transparent)]
    Refused(#[from] plenary_show::Refused),
    /// The fact could not be written; nothing has changed.
    #[error("the change could not be written to disk and was not done")]
    Store(#[from] StoreError),
    /// The host has ended.
    #[error("the event has ended")]
    Ended,
}

/// What the host's task is told.
#[derive(Debug)]
enum Message {
    Command {
        author: Author,
        command: Command,
        reply: oneshot::Sender<Result<Arc<ShowView>, CommandError>>,
    },
    Attach {
        page: Page,
        reply: oneshot::Sender<Result<Attached, AttachRefused>>,
    },
    Said {
        page: PageId,
        message: FromPage,
    },
    Detach {
        page: PageId,
    },
    Close {
        reply: oneshot::Sender<Result<(), CommandError>>,
    },
}

/// Reaches the host of one event.
#[derive(Debug, Clone)]
pub struct HostHandle {
    event: EventId,
    messages: mpsc::Sender<Message>,
    show: watch::Receiver<Arc<ShowView>>,
    phase: watch::Receiver<Phase>,
    seated: watch::Receiver<BTreeSet<SeatId>>,
    viewers: Viewers,
}

impl HostHandle {
    /// The event.
    pub const fn event(&self) -> EventId {
        self.event
    }

    /// Where the event stands, from now on.
    pub fn phases(&self) -> watch::Receiver<Phase> {
        self.phase.clone()
    }

    /// The seats whose speakers have their page open, from now on.
    pub fn seated(&self) -> watch::Receiver<BTreeSet<SeatId>> {
        self.seated.clone()
    }

    /// Those who view the programme at low delay.
    pub const fn viewers(&self) -> &Viewers {
        &self.viewers
    }

    /// Whether the host runs, or has ended because its event has.
    pub fn is_well(&self) -> bool {
        !self.messages.is_closed() || *self.phase.borrow() == Phase::Closed
    }

    /// Ends the event for good.
    ///
    /// # Errors
    /// [`CommandError`]; the event goes on then.
    pub async fn close(&self) -> Result<(), CommandError> {
        let (reply, answer) = oneshot::channel();
        self.messages.send(Message::Close { reply }).await.map_err(|_| CommandError::Ended)?;
        answer.await.map_err(|_| CommandError::Ended)?
    }

    /// The show as it is now.
    pub fn show(&self) -> Arc<ShowView> {
        Arc::clone(&self.show.borrow())
    }

    /// Asks a person's command of the show.
    ///
    /// # Errors
    /// [`CommandError`]; nothing has changed then.
    pub async fn command(&self, command: Command) -> Result<Arc<ShowView>, CommandError> {
        let (reply, answer) = oneshot::channel();
        let message = Message::Command { author: Author::Person, command, reply };
        self.messages.send(message).await.map_err(|_| CommandError::Ended)?;
        answer.await.map_err(|_| CommandError::Ended)?
    }

    /// Attaches a page.
    ///
    /// # Errors
    /// [`AttachRefused`] when there is no room.
    pub async fn attach(&self, page: Page) -> Result<Attached, AttachRefused> {
        let (reply, answer) = oneshot::channel();
        let message = Message::Attach { page, reply };
        self.messages.send(message).await.map_err(|_| AttachRefused::Ended)?;
        answer.await.map_err(|_| AttachRefused::Ended)?
    }

    /// Passes on what a page says.
    pub async fn said(&self, page: PageId, message: FromPage) {
        // When the host has ended, the page's own channel has too: its socket closes by itself.
        let _ = self.messages.send(Message::Said { page, message }).await;
    }

    /// As [`Self::detach`], without waiting for room in a full queue: then the page stays until its seat
    /// is taken by another.
    fn detach_soon(&self, page: PageId) {
        let _ = self.messages.try_send(Message::Detach { page });
    }

    /// The page's socket is gone.
    pub async fn detach(&self, page: PageId) {
        let _ = self.messages.send(Message::Detach { page }).await;
    }
}
