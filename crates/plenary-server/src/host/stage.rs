//! The stage of one event, as its host speaks to it.

use std::collections::VecDeque;
use std::time::Duration;

use plenary_model::id::{EventId, SeatId, SourceId};
use plenary_model::limits::STAGE_ORDERS_WAITING_MAX;
use plenary_stage::Part;
use plenary_stage::signal::Wanted;

use crate::media::{MediaHandle, Offer, Order, Untaken};

/// How often a closed host tries to close its stage too.
const CLOSE_EVERY: Duration = Duration::from_millis(100);

/// A media handle bound to one event. What a busy media thread does not take waits here, in order,
/// and is told again at the host's next tick; nothing of it is ever waited for.
pub struct EventStage {
    event: EventId,
    media: MediaHandle,
    waiting: VecDeque<Order>,
    ended: bool,
}

impl EventStage {
    /// The stage of this event, which must be open.
    pub const fn new(event: EventId, media: MediaHandle) -> Self {
        Self { event, media, waiting: VecDeque::new(), ended: false }
    }

    /// Whether the media thread has ended, so that nobody hears the rest.
    pub const fn has_ended(&self) -> bool {
        self.ended
    }

    /// A seat takes part from now on.
    pub fn join(&mut self, seat: SeatId, part: Part) {
        self.tell(Order::Join { seat, part });
    }

    /// Hands over an offer; the answer or the refusal comes as an event.
    pub fn offer(&mut self, seat: SeatId, mut offer: Offer) {
        // An offer that still waits gives way to this one, which then begins what it would have.
        offer.fresh |= self.waiting.iter().any(|order| match order {
            Order::Offer { seat: of, offer } => *of == seat && offer.fresh,
            Order::Join { .. }
            | Order::Wants { .. }
            | Order::Leave { .. }
            | Order::Feed { .. }
            | Order::FeedKeyframe { .. }
            | Order::Close => false,
        });
        self.tell(Order::Offer { seat, offer });
    }

    /// What a page shows.
    pub fn wants(&mut self, seat: SeatId, pictures: Vec<Wanted>, programme: bool) {
        self.tell(Order::Wants { seat, pictures, programme });
    }

    /// A seat leaves for good.
    pub fn leave(&mut self, seat: SeatId) {
        self.tell(Order::Leave { seat });
    }

    /// Feeds a source to the media worker, or ends it.
    pub fn feed(&mut self, source: SourceId, width: Option<u32>) {
        self.tell(Order::Feed { source, width });
    }

    /// A decoder needs a keyframe.
    pub fn feed_keyframe(&mut self, source: SourceId) {
        self.tell(Order::FeedKeyframe { source });
    }

    /// Ends all connections, as soon as the media thread takes it.
    pub async fn close(mut self) {
        self.tell(Order::Close);
        while !self.waiting.is_empty() {
            tokio::time::sleep(CLOSE_EVERY).await;
            self.tell_again();
        }
    }

    /// Tells what waits, as far as the media thread takes it now.
    pub fn tell_again(&mut self) {
        while let Some(order) = self.waiting.pop_front() {
            match self.media.tell(self.event, order) {
                Ok(()) => {}
                Err(Untaken::Busy(order)) => {
                    self.waiting.push_front(order);
                    return;
                }
                Err(Untaken::Gone) => {
                    tracing::error!(event = %self.event, "the stage has ended");
                    self.ended = true;
                    self.waiting.clear();
                }
            }
        }
    }

    /// Tells it behind what waits already: a seat joins before it offers.
    fn tell(&mut self, order: Order) {
        if self.ended {
            return;
        }
        let waited = !self.waiting.is_empty();
        self.waiting.retain(|earlier| !replaces(&order, earlier));
        if STAGE_ORDERS_WAITING_MAX <= self.waiting.len() {
            tracing::error!(event = %self.event, "the stage takes nothing; an order is lost");
            self.waiting.pop_front();
        }
        self.waiting.push_back(order);
        self.tell_again();
        if !waited && !self.waiting.is_empty() {
            tracing::warn!(event = %self.event, "the stage is busy and hears its host late");
        }
    }
}

/// Whether an order makes an earlier one that still waits needless.
fn replaces(order: &Order, earlier: &Order) -> bool {
    match order {
        Order::Join { seat, .. } | Order::Leave { seat } => match earlier {
            Order::Join { seat: of, .. }
            | Order::Offer { seat: of, .. }
            | Order::Wants { seat: of, .. }
            | Order::Leave { seat: of } => of == seat,
            Order::Feed { .. } | Order::FeedKeyframe { .. } | Order::Close => false,
        },
        Order::Offer { seat, .. } => matches!(earlier, Order::Offer { seat: of, .. } if of == seat),
        Order::Wants { seat, .. } => matches!(earlier, Order::Wants { seat: of, .. } if of == seat),
        Order::Feed { source, .. } => {
            matches!(earlier, Order::Feed { source: of, .. } if of == source)
        }
        Order::FeedKeyframe { source } => {
            matches!(earlier, Order::FeedKeyframe { source: of } if of == source)
        }
        Order::Close => true,
    }
}
