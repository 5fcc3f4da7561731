//! The open pages of an event: who they are, and their outgoing lines.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::ws::Utf8Bytes;
use plenary_model::id::SeatId;
use plenary_model::limits::{SOCKET_QUEUE_MAX, STUDIOS_MAX};
use plenary_show::Says;
use tokio::sync::mpsc;

use super::{AttachRefused, Attached, PageId};
use crate::ws::message::{Closed, ToPage};

/// What a page is to the stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A speaker's page.
    Speaker,
    /// An encoder that sends for a speaker.
    Encoder,
    /// A director's page, an observer on the stage.
    Director,
}

#[derive(Debug)]
struct Line {
    seat: SeatId,
    role: Role,
    /// What the page says of its person.
    says: Says,
    /// Given up when the page does not read; its socket then ends, and its page is closed.
    hears: Option<mpsc::Sender<Utf8Bytes>>,
}

impl Line {
    fn say(&mut self, text: &Utf8Bytes) {
        if self.hears.as_ref().is_some_and(|hears| hears.try_send(text.clone()).is_err()) {
            self.hears = None;
        }
    }
}

/// All open pages. A page that does not read what it is told is put out; it comes back afresh.
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
            Role::Speaker | Role::Encoder => self.close_seat(seat),
            Role::Director => {
                let studios = self.lines.values().filter(|line| line.role == Role::Director);
                if STUDIOS_MAX <= studios.count() {
                    return Err(AttachRefused::TooManyStudios);
                }
            }
        }
        let (hears, said) = mpsc::channel(SOCKET_QUEUE_MAX);
        self.opened += 1;
        let page = PageId(self.opened);
        self.lines.insert(page, Line { seat, role, says: Says::default(), hears: Some(hears) });
        Ok(Attached { page, says: said })
    }

    fn close_seat(&mut self, seat: SeatId) {
        let told = ToPage::Closed { code: Closed::Elsewhere }.text();
        self.lines.retain(|_, line| {
            if line.seat == seat {
                line.say(&told);
            }
            line.seat != seat
        });
    }

    /// The encoder of a seat hears that it is not connected any more, and goes.
    pub fn put_out_encoder(&mut self, seat: SeatId) {
        let of_seat = |line: &&mut Line| line.seat == seat && line.role == Role::Encoder;
        if let Some(line) = self.lines.values_mut().find(of_seat) {
            line.hears = None;
        }
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

    /// Takes note of what a page says of its person, and gives their seat and all that it says.
    pub fn note(&mut self, page: PageId, change: impl FnOnce(&mut Says)) -> Option<(SeatId, Says)> {
        let line = self.lines.get_mut(&page)?;
        change(&mut line.says);
        Some((line.seat, line.says))
    }

    /// What the page of a seat says of its person.
    pub fn says_of(&self, seat: SeatId) -> Option<Says> {
        self.lines.values().find(|line| line.seat == seat).map(|line| line.says)
    }

    /// Whether the seat has an open page.
    pub fn has(&self, seat: SeatId) -> bool {
        self.lines.values().any(|line| line.seat == seat)
    }

    /// The seats whose speakers have their page open; an encoder alone is nobody.
    pub fn seated(&self) -> BTreeSet<SeatId> {
        let speakers = self.lines.values().filter(|line| line.role == Role::Speaker);
        speakers.map(|line| line.seat).collect()
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
        for (id, line) in &mut self.lines {
            if to(*id, line) {
                line.say(&text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn seat(n: u128) -> SeatId {
        SeatId::new(Uuid::from_u128(n))
    }

    #[test]
    fn a_page_that_does_not_read_is_put_out_and_the_others_hear_on() {
        let mut pages = Pages::default();
        let mut slow = pages.open(seat(1), Role::Speaker).unwrap();
        let mut quick = pages.open(seat(2), Role::Speaker).unwrap();
        let message = ToPage::Speaking { seat: None };
        for _ in 0..=SOCKET_QUEUE_MAX {
            pages.say_to_all(&message);
            assert!(quick.says.try_recv().is_ok());
        }
        for _ in 0..SOCKET_QUEUE_MAX {
            assert!(slow.says.try_recv().is_ok(), "what was queued is still read");
        }
        assert_eq!(slow.says.try_recv(), Err(mpsc::error::TryRecvError::Disconnected));
        assert_eq!(pages.close(slow.page), Some((seat(1), Role::Speaker)), "its seat is not lost");
    }

    #[test]
    fn the_same_seat_on_another_page_ends_the_first() {
        let mut pages = Pages::default();
        let mut first = pages.open(seat(1), Role::Speaker).unwrap();
        let second = pages.open(seat(1), Role::Speaker).unwrap();
        let told = first.says.try_recv().unwrap();
        assert_eq!(told.as_str(), r#"{"type":"closed","code":"elsewhere"}"#);
        assert_eq!(pages.close(first.page), None, "the seat belongs to the other page now");
        assert_eq!(pages.close(second.page), Some((seat(1), Role::Speaker)));
    }
}
