//! Load generators and benchmarks that ship with the binary.

mod continuity;
pub mod director;
pub mod eyes;
pub mod faults;
mod figures;
pub mod follow;
pub mod fragment;
pub mod glass;
mod gstreamer;
pub mod load;
mod page;
pub mod playlist;
pub mod process;
mod processes;
pub mod programme;
pub mod served;
pub mod soak;
pub mod speaker;
pub mod stage;
mod stages;
pub mod start;
mod strangers;
mod sync;
mod synthetic;
mod viewer;
pub mod web;
