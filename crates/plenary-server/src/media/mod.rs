//! Media threads: the sockets and the clock round the stage core.

mod audience;
mod batch;
pub mod call;
#[cfg(test)]
pub mod deaf;
mod endpoint;
mod framing;
mod handle;
mod outlet;
pub mod peer_thread;
mod ports;
mod streams;
mod thread;
mod viewers;

pub use endpoint::endpoints;
pub use handle::{MediaError, MediaEvent, MediaHandle, Offer, Order, Untaken};
pub use thread::{MediaConfig, spawn};
pub use viewers::{View, ViewRefused, Viewers};

use std::time::Instant;

use plenary_programme::clock::monotonic_us;

/// A moment on both clocks.
pub fn anchor() -> (Instant, u64) {
    (Instant::now(), monotonic_us())
}
