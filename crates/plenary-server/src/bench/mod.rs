//! Load generators and benchmarks that ship with the binary.

mod director;
mod eyes;
mod figures;
mod follow;
mod fragment;
pub mod glass;
mod gstreamer;
mod page;
mod playlist;
mod process;
pub mod programme;
pub mod speaker;
pub mod start;
mod viewer;
mod web;
