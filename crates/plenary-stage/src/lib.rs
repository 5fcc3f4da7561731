//! The interactive stage: a conference core without sockets, clock, tasks or threads.

pub mod api;
pub mod h264;
pub mod signal;
pub mod sps;

pub use api::{Input, Link, Output, Part, Refused, SourceState};
