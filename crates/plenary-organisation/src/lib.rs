//! The organisation: its tree of units, its people, and what an imported table changes in them;
//! without I/O or clock.

pub mod import;
mod tree;

pub use tree::{Change, Refused, Tree, Unit, UnitIndex};
