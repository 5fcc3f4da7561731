//! Who somebody is: passwords, sessions, how often one may guess, and signing in elsewhere.

mod attempts;
mod desk;
mod elsewhere;
mod errands;
pub mod oidc;
pub mod pass;
mod password;
pub mod ticket;

pub use desk::{AccountDesk, NewPerson, SignInRefused, shown_name};
