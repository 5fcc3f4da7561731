//! The `plenary` program. Its binary runs [`commands`]; the rest that is public is for the tests of
//! that binary and for the fuzz targets.

mod acts;
mod app;
mod attendance;
pub mod bench;
mod cli;
mod clock;
pub mod commands;
mod config;
mod demo;
pub mod descriptors;
mod egress;
mod events;
mod front;
mod host;
mod http;
mod identity;
mod live;
mod media;
pub mod organisation;
mod run;
mod sample;
mod setup;
pub mod tables;
mod turn;
mod whip;
pub mod worker;
mod ws;

pub use demo::marker;
pub use front::Front;
pub use whip::sdpfrag;
pub use ws::message::FromPage;
