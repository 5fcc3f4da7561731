//! Attendance of events in this server: one task for each event knows who is there, keeps it, and shows
//! the sums of all units.

mod desk;
mod register;

pub use desk::{AttendanceDesk, BeatRefused, JoinRefused, Sums};
pub use register::Refused;
