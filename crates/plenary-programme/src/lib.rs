//! Media engine: decode, compose, mix, encode. It runs in a process of its own, so that a bad
//! stream never takes the event with it.

pub mod canvas;
pub mod decode;
pub mod encode;
