//! The open pages of an event: who they are, and their outgoing lines.

use std::collections::BTreeMap;

use axum::extract::ws::Utf8Bytes;
use plenary_model::id::SeatId;
use plenary_model::limits::{SOCKET_QUEUE_MAX, STUDIOS_MAX};
use tokio::sync::mpsc;

use super::{AttachRefused, Attached, PageId};
use crate::ws::message::{Closed, ToPage};

/// What a page is to the stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A speaker's page.
    Speaker,
    /// A director's page, an observer on the stage.
    Director,
}

#[derive(Debug)]
struct Line {
    seat: SeatId,
    role: Role,
    says: mpsc::Sender<Utf8Bytes>,
}

/// All open pages. A page that does not read its line is dropped; it comes back afresh.
#[derive(Debug, Default)]
pub struct Pages {
    lines: BTreeMap<PageId, Line>,
    opened: u64,
}

impl Pages {
    /// Opens a line; another page of the same seat is told that it was opened elsewhere.
    ///
    /// # Errors
    /// [`AttachRefused::TooManyStudios`].
    pub fn open(&mut self, seat: SeatId, role: Role) -> Result<Attached, AttachRefused> {
        match role {
            Role::Speaker => self.close_seat(seat),
            Role::Director => {
                let studios = self.lines.values().filter(|line| line.role == Role::Director);
                if STUDIOS_MAX <= studios.count() {
                    return Err(AttachRefused::TooManyStudios);
                }
            }
        }
        let (says, heard) = mpsc::channel(SOCKET_QUEUE_MAX);
        self.opened += 1;
        let page = PageId(self.opened);
        self.lines.insert(page, Line { seat, role, says });
        Ok(Attached { page, says: heard })
    }

    fn close_seat(&mut self, seat: SeatId) {
        let told = ToPage::Closed { code: Closed::Elsewhere }.text();
        self.lines.retain(|_, line| {
            if line.seat == seat {
                let _ = line.says.try_send(told.clone());
            }
            line.seat != seat
        });
    }

    /// The page is gone; its seat, unless another page holds it.
    pub fn close(&mut self, page: PageId) -> Option<(SeatId, Role)> {
        let line = self.lines.remove(&page)?;
        Some((line.seat, line.role))
    }

    /// The seat and role of an open page.
    pub fn who(&self, page: PageId) -> Option<(SeatId, Role)> {
        self.lines.get(&page).map(|line| (line.seat, line.role))
    }

    /// Whether the seat has an open page.
    pub fn has(&self, seat: SeatId) -> bool {
        self.lines.values().any(|line| line.seat == seat)
    }

    /// Says something to one page.
    pub fn say(&mut self, page: PageId, message: &ToPage) {
        self.send(message.text(), |id, _| id == page);
    }

    /// Says something to the page of a seat.
    pub fn say_to_seat(&mut self, seat: SeatId, message: &ToPage) {
        self.send(message.text(), |_, line| line.seat == seat);
    }

    /// Says something to every page.
    pub fn say_to_all(&mut self, message: &ToPage) {
        self.send(message.text(), |_, _| true);
    }

    /// Says something to every studio.
    pub fn say_to_studios(&mut self, message: &ToPage) {
        self.send(message.text(), |_, line| line.role == Role::Director);
    }

    /// Whether anybody is in the studio.
    pub fn has_studio(&self) -> bool {
        self.lines.values().any(|line| line.role == Role::Director)
    }

    fn send(&mut self, text: Utf8Bytes, to: impl Fn(PageId, &Line) -> bool) {
        self.lines.retain(|id, line| !to(*id, line) || line.says.try_send(text.clone()).is_ok());
    }
}
