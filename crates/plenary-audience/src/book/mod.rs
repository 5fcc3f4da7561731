//! The book: the attendance record of an event that was closed, as a chain of entries.
//!
//! It begins with the event, its acts and its units, each with its sums; then come the members who were expected or
//! came, and a seal. Each correction is an entry of its own, followed by the new sums of the units above
//! it and a further seal.

mod chain;
mod entry;

pub use chain::{Broken, Chain, Whole};
pub use entry::{ActLine, Corrected, Entry, Excused, MemberLine, Opening, Seal, Span, UnitLine};
