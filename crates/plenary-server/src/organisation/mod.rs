//! The organisation in this server: who owns it, and what everybody reads of it.

mod desk;
mod directory;

pub use desk::{ChangeError, Organisation};
pub use directory::Directory;
