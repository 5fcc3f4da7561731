//! Everybody who watches: who is there, for how long, and how many of each unit; without I/O or clock.

pub mod attendance;
