//! Load generators and benchmarks that ship with the binary.

mod crowd;
pub mod director;
pub mod eyes;
pub mod faults;
mod figures;
pub mod follow;
pub mod fragment;
pub mod glass;
mod gstreamer;
mod host;
mod janus;
pub mod load;
mod page;
pub mod playlist;
pub mod process;
pub mod programme;
pub mod served;
pub mod speaker;
pub mod stage;
mod stages;
pub mod start;
mod synthetic;
mod viewer;
pub mod viewers;
pub mod web;
