//! The run of show as facts: what is on air, what comes next, which graphics; without I/O or clock.

mod act;
mod command;
mod direction;
mod fact;
mod refused;
mod roster;
mod show;
mod view;

pub use act::{Act, ActDraft, Acts, BegunAct, PlannedAct, Which};
pub use command::{Author, Command};
pub use direction::{Director, LiveSource, lower_third_of};
pub use fact::{Change, Fact, OF_ACTS};
pub use refused::{ActsBad, Refused};
pub use roster::{Person, Roster, RosterFull, Says, Seen, Tally};
pub use show::Show;
pub use view::{Direction, ShowView};
