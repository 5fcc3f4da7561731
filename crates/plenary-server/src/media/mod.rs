//! Media threads: the sockets and the clock round the stage core.

pub mod call;
#[cfg(test)]
pub mod deaf;
mod endpoint;
mod handle;
mod outlet;
pub mod peer_thread;
mod thread;

pub use endpoint::endpoints;
pub use handle::{MediaError, MediaEvent, MediaHandle, Offer, Order, Untaken};
pub use thread::{MediaConfig, spawn};

use std::time::Instant;

/// Microseconds of `CLOCK_MONOTONIC`, the clock that all processes of a machine share.
pub fn monotonic_us() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid timespec that lives over the call, which only writes it.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    assert!(failed == 0, "Linux always has CLOCK_MONOTONIC");
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000
        + u64::try_from(time.tv_nsec).unwrap_or(0) / 1_000
}

/// A moment on both clocks.
pub fn anchor() -> (Instant, u64) {
    (Instant::now(), monotonic_us())
}
