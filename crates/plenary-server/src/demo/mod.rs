//! The sample event with its synthetic speakers.

pub mod clip;
mod door;
pub mod marker;
#[cfg(test)]
mod marker_tests;
pub mod painter;
mod seed;
mod speaker;
#[cfg(test)]
mod tests;
mod track;
pub mod voice;

pub use door::Door;
pub use seed::{Seeded, seed};
pub use speaker::{Cast, Offer, Setting, Speakers, width_for};
