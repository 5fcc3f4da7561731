//! The organisation in this server: who owns it, what everybody reads of it, and tables of units and
//! people, which are looked at and then carried out.

mod desk;
mod directory;
mod import;
mod preview;
mod table_desk;
pub mod terminal;

pub use desk::{ChangeError, Organisation};
pub use directory::Directory;
pub use import::{Done, Draft, ImportError, Missing, read};
pub use preview::{BadCell, Counts, Faulty, Kind, Preview, Shown, Side, Subject};
pub use table_desk::{ApplyError, Crowded, ExportError, Progress, TableDesk};
