//! The organisation: its tree of units, its people, what an imported table changes in them, and who may
//! come to an event; without I/O or clock.

pub mod admission;
pub mod import;
mod tree;

pub use tree::{Change, Refused, Tree, Unit, UnitIndex};
