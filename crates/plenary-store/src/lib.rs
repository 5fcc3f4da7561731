//! Everything that outlives the process: the organisation, accounts, events, seats, links and the journal of
//! facts in SQLite, and the folders of recordings.
//!
//! The data folder:
//! ```text
//! plenary.sqlite          units, people, accounts, events, seats, links, facts (with -wal and -shm beside it)
//! plenary.lock            held by the one server that uses the folder
//! secret                  32 random bytes of this installation, readable by its user alone
//! events/{id}/recording/  the parts of an event's programme, kept
//! ```
//! One task owns the only connection that writes. It takes whatever waits, commits it together
//! (WAL, `synchronous=FULL`) and answers after the commit: what was acknowledged survives a crash
//! of the process and of the machine.

mod accounts;
mod books;
mod error;
mod events;
mod folder;
mod guests;
mod halls;
mod journal;
mod links;
mod organisation;
mod presence;
pub mod recording;
mod seats;
mod secret;
mod sessions;
mod store;
mod writer;

pub use accounts::NewAccount;
pub use books::{BookLine, Lines, SealedBook};
pub use error::StoreError;
pub use events::{Event, NewEvent};
pub use folder::Folder;
pub use guests::{Guest, GuestState};
pub use halls::{CountedHall, Hall, Heads};
pub use journal::{NewFact, StoredFact};
pub use links::{Access, Link};
pub use organisation::OrganisationUpdate;
pub use presence::{Excuse, PresenceRow};
pub use seats::Seat;
pub use secret::random_token;
pub use store::{Store, WriteCounts};
