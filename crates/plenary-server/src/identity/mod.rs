//! Who somebody is: passwords, sessions, and how often one may guess.

mod attempts;
mod desk;
pub mod pass;
mod password;

pub use desk::{AccountDesk, NewPerson, SignInRefused, shown_name};
