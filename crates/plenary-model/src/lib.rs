//! The words that every other crate of Plenary speaks: ids, time, roles, scenes, encoded frames,
//! the ladder of renditions, and the limits. No decisions, no I/O.

pub mod account;
pub mod admission;
pub mod event;
pub mod frame;
pub mod id;
pub mod ladder;
pub mod limits;
pub mod member;
pub mod person;
pub mod scene;
pub mod text;
pub mod time;
pub mod unit;
