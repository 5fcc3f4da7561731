//! How the data folder or the database can fail, and who has to act.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use plenary_model::account::Login;
use plenary_model::id::{AccountId, EventId, LinkId};
use plenary_model::limits::{ACCOUNTS_MAX, GUESTS_MAX, HALLS_PER_EVENT_MAX};

/// A read or write that did not happen.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Two servers on one folder would overwrite each other.
    #[error(
        "the data folder {} is in use by another plenary server; stop it or choose another folder",
        .0.display()
    )]
    InUse(PathBuf),
    /// Somebody wanted to read where nothing was ever written.
    #[error(
        "there is no Plenary data in the folder {}; name the folder of the server with --data",
        .0.display()
    )]
    NoData(PathBuf),
    /// The operator has to look at the folder: rights, disk full, a missing mount.
    #[error("cannot use {}", path.display())]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The secret was cut or replaced; with another one all links would be others.
    #[error("{} is not a secret of 32 bytes; restore it from a backup", .0.display())]
    SecretDamaged(PathBuf),
    /// The database was written by a newer version, or a migration failed.
    #[error("cannot bring the database to this version")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// The file is no database, or its folder does not let it be opened.
    #[error("cannot open the database {}", path.display())]
    Unopened {
        /// The file.
        path: PathBuf,
        /// What the database said.
        #[source]
        source: sqlx::Error,
    },
    /// The database could not be read or written.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The commit that this write was part of failed; nothing of it is stored.
    #[error("the database did not take the write")]
    Commit(#[source] Arc<sqlx::Error>),
    /// A row that this version did not write.
    #[error("the database holds a {column} that cannot be read: {reason}")]
    Unreadable {
        /// Which column.
        column: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Another event has the slug.
    #[error("another event is called \"{0}\" already")]
    SlugTaken(String),
    /// There are too many.
    #[error("this event has {HALLS_PER_EVENT_MAX} halls already")]
    TooManyHalls,
    /// The book of this event is sealed: it is corrected, not written anew.
    #[error("the book of this event is sealed; correct it instead")]
    BookSealed,
    /// Somebody changed units or people after they were read for an update.
    #[error("the organisation was changed by somebody else meanwhile; look at it again")]
    OrganisationChanged,
    /// No such event.
    #[error("there is no event {0}")]
    UnknownEvent(EventId),
    /// No such link.
    #[error("there is no link {0}")]
    UnknownLink(LinkId),
    /// Another account has the name.
    #[error("another account is called \"{0}\" already")]
    LoginTaken(Login),
    /// There are too many.
    #[error("there are {ACCOUNTS_MAX} accounts already")]
    TooManyAccounts,
    /// There are too many.
    #[error("this event has {GUESTS_MAX} guests already")]
    TooManyGuests,
    /// No such account.
    #[error("there is no account {0}")]
    UnknownAccount(AccountId),
    /// Nobody would be left who may do everything.
    #[error("this is the last administrator: make another one first")]
    LastAdministrator,
    /// The first administrator is there already.
    #[error("there is an administrator already; sign in, or ask them for an account")]
    AdministratorThere,
    /// The system's random source failed.
    #[error("the system gives no random numbers")]
    Random(#[source] getrandom::Error),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}
