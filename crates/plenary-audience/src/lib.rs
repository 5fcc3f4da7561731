//! Everybody who watches: who is there, for how long, and how many of each unit; and the book that is
//! left of it. Without I/O or clock.

pub mod attendance;
pub mod book;
