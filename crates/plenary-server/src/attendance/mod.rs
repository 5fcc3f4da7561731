//! Attendance of events in this server: one task for each event knows who is there, keeps it, and shows
//! the sums of all units.

mod acts;
mod book;
mod books;
mod desk;
mod gathering;
mod guests;
mod ledger;
mod order;
mod question;
mod register;
pub mod report;
pub mod retention;
pub mod seats;
mod task;
mod turnstile;
pub mod verify;

pub use book::{BookError, By, Correction, span};
pub use books::Books;
pub use desk::AttendanceDesk;
pub use gathering::Gathering;
pub use ledger::{Ledger, members};
pub use order::{ActSums, BeatRefused, JoinRefused, Place, Sums};
pub use question::CURVE_STEP_MS;
pub use register::{Refused, Unnamed, number as unit_number};
pub use turnstile::Turnstile;
