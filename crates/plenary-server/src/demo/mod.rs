//! The sample event with its synthetic speakers.

pub mod marker;
mod painter;
mod seed;
mod speaker;
#[cfg(test)]
mod tests;
mod track;
pub mod voice;

pub use seed::{Place, SLUG, Seeded, seed};
pub use speaker::{Cast, Offer, Setting, Speakers};
