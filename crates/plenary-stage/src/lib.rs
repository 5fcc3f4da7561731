//! The interactive stage: a conference core without sockets, clock, tasks or threads.

pub mod access_unit;
mod address;
pub mod api;
pub mod codec;
mod codec_choice;
pub mod demux;
pub mod egress;
pub mod feed;
mod formats;
pub mod h264;
mod handshake;
mod layer;
mod layers;
mod member;
mod negotiate;
pub mod packet;
pub mod peer;
mod preference;
mod programme;
mod router;
mod seat;
pub mod signal;
mod source;
mod speaker;
pub mod sps;
mod stage;
pub mod vp8;

pub use address::TransportAddress;
pub use api::{Input, Link, Output, Part, Refused, SourceState};
pub use seat::Identity;
pub use stage::{Config, Stage};
