//! Load generators and benchmarks that ship with the binary.

pub mod director;
pub mod eyes;
mod figures;
pub mod follow;
pub mod fragment;
pub mod glass;
mod gstreamer;
mod page;
pub mod playlist;
pub mod process;
pub mod programme;
pub mod speaker;
mod stages;
pub mod start;
mod viewer;
pub mod web;
