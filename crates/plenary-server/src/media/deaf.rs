//! A media thread that does nothing by itself, for the tests of those who tell it something: it
//! has room for so much, and the test takes what it is told when it likes.

use std::sync::mpsc::{Receiver, sync_channel};

use mio::{Poll, Token, Waker};
use tokio::sync::mpsc;

use super::handle::{Command, MediaEvent, MediaHandle, Order, Sent};

const HELD: &str = "a handle is held";

/// The deaf thread's end.
pub struct Deaf {
    told: Receiver<Sent>,
    _poll: Poll,
}

/// A deaf thread with room for so many commands, and its handle.
pub fn deaf(room: usize) -> (MediaHandle, Deaf) {
    let poll = Poll::new().expect("the system has a poll");
    let waker = Waker::new(poll.registry(), Token(0)).expect("the poll takes a waker");
    let (commands, told) = sync_channel(room);
    (MediaHandle::new(commands, waker), Deaf { told, _poll: poll })
}

impl Deaf {
    /// Waits for a stage to be opened; what happens on it goes into the given queue.
    pub fn opened(&self) -> mpsc::Sender<MediaEvent> {
        loop {
            if let (_, Command::Open { events }) = self.told.recv().expect(HELD) {
                return events;
            }
        }
    }

    /// Waits for the next order.
    pub fn next_order(&self) -> Order {
        loop {
            if let (_, Command::Order(order)) = self.told.recv().expect(HELD) {
                return order;
            }
        }
    }

    /// The orders that are there.
    pub fn orders(&self) -> Vec<Order> {
        let order = |(_, command)| match command {
            Command::Order(order) => Some(order),
            Command::Open { .. }
            | Command::Viewer(_)
            | Command::Picture(_)
            | Command::Opus(_)
            | Command::End => None,
        };
        self.told.try_iter().filter_map(order).collect()
    }
}
