//! Media engine: decode, compose, mix, encode. It runs in a process of its own, so that a bad
//! stream never takes the event with it.

pub mod blend;
pub mod canvas;
pub mod card;
pub mod clip;
pub mod clock;
pub mod compose;
pub mod cpu;
pub mod decode;
pub mod decode_worker;
pub mod encode;
pub mod event;
pub mod font;
pub mod governor;
pub mod graphic;
pub mod jitter;
pub mod layout;
pub mod limiter;
pub mod mix;
pub mod protocol;
pub mod ring;
pub mod scale;
pub mod source;
pub mod text;
pub mod unit;
pub mod worker;
