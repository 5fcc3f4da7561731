//! Load generators and benchmarks that ship with the binary.

mod connection;
pub mod crew;
pub mod crowd;
pub mod director;
pub mod eyes;
pub mod faults;
mod figures;
pub mod follow;
pub mod fragment;
pub mod glass;
mod gstreamer;
pub mod load;
pub mod origin;
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
