//! Opening and closing the data folder, and the way to its writer and readers.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use plenary_model::limits::{READERS_MAX, WRITES_WAITING_MAX};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use crate::error::StoreError;
use crate::folder::Folder;
use crate::secret::Secret;
use crate::writer::{self, Counts, Message, Write};

/// The data folder of this server, open; clones share it.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    folder: Folder,
    secret: Secret,
    readers: SqlitePool,
    writer: mpsc::Sender<Message>,
    counts: Arc<Counts>,
}

/// How much was written since the store was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteCounts {
    /// Writes that were committed.
    pub writes: u64,
    /// Commits that carried them.
    pub commits: u64,
}

impl Store {
    /// Opens the data folder, makes it when it is not there, and brings the database to this
    /// version. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another server has the folder; [`StoreError::Folder`],
    /// [`StoreError::Migrate`] and [`StoreError::Database`] when it cannot be used.
    pub async fn open(dir: &Path) -> Result<Self, StoreError> {
        let (folder, lock) = Folder::open(dir)?;
        let secret = Secret::open(&folder.secret())?;
        let options = SqliteConnectOptions::new()
            .filename(folder.database())
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5));
        let unopened = |source| StoreError::Unopened { path: folder.database(), source };
        let mut connection: SqliteConnection = options.connect().await.map_err(unopened)?;
        sqlx::migrate!("migrations/sqlite")
            .run(&mut connection)
            .await
            .map_err(StoreError::Migrate)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            .connect_with(options.clone().create_if_missing(false).pragma("query_only", "1"))
            .await
            .map_err(unopened)?;
        let counts = Arc::new(Counts::default());
        let (writer, messages) = mpsc::channel(WRITES_WAITING_MAX);
        tokio::spawn(writer::run((connection, options), lock, messages, Arc::clone(&counts)));
        Ok(Self { shared: Arc::new(Shared { folder, secret, readers, writer, counts }) })
    }

    /// Opens the data folder to read only, beside a server that may be using it. Writes get
    /// [`StoreError::Closed`]. Nothing is made that is not there.
    ///
    /// # Errors
    /// [`StoreError::NoData`] when there is no database; [`StoreError::Folder`] and
    /// [`StoreError::Unopened`] when it cannot be read.
    pub async fn open_to_read(dir: &Path) -> Result<Self, StoreError> {
        let folder = Folder::at(dir);
        match fs::metadata(folder.database()) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::NoData(dir.to_owned()));
            }
            Err(source) => return Err(StoreError::Folder { path: folder.database(), source }),
        }
        let secret = Secret::read(&folder.secret())?;
        let options = SqliteConnectOptions::new()
            .filename(folder.database())
            .create_if_missing(false)
            .pragma("query_only", "1")
            .busy_timeout(Duration::from_secs(5));
        let unopened = |source| StoreError::Unopened { path: folder.database(), source };
        let readers = SqlitePoolOptions::new().max_connections(1).connect_with(options).await;
        let readers = readers.map_err(unopened)?;
        // SQLite looks into the file with the first question only.
        let looked = sqlx::query("SELECT 1 FROM events LIMIT 1").fetch_optional(&readers).await;
        looked.map_err(unopened)?;
        let (writer, _) = mpsc::channel(1);
        let counts = Arc::new(Counts::default());
        Ok(Self { shared: Arc::new(Shared { folder, secret, readers, writer, counts }) })
    }

    /// Writes what waits, closes the database and lets go of the folder. Later calls on any clone
    /// get [`StoreError::Closed`].
    pub async fn close(&self) {
        self.shared.readers.close().await;
        let (done, closed) = oneshot::channel();
        if self.shared.writer.send(Message::Close(done)).await.is_ok() {
            // An error means that another clone closed it first.
            let _ = closed.await;
        }
    }

    /// Where things are in the data folder.
    pub fn folder(&self) -> &Folder {
        &self.shared.folder
    }

    /// How much was written, in how many commits.
    pub fn write_counts(&self) -> WriteCounts {
        WriteCounts {
            writes: self.shared.counts.writes.load(Ordering::Relaxed),
            commits: self.shared.counts.commits.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.shared.secret
    }

    pub(crate) fn readers(&self) -> &SqlitePool {
        &self.shared.readers
    }

    pub(crate) async fn write(&self, write: impl Write + 'static) -> Result<u64, StoreError> {
        let (done, answer) = oneshot::channel();
        self.shared
            .writer
            .send(Message::Write { write: Box::new(write), done })
            .await
            .map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

/// A number as SQLite keeps it.
pub(crate) fn to_sql(number: u64) -> i64 {
    i64::try_from(number).expect("times and sequence numbers stay below 2^63")
}

/// A number as SQLite kept it.
pub(crate) fn from_sql(column: &'static str, number: i64) -> Result<u64, StoreError> {
    u64::try_from(number)
        .map_err(|_| StoreError::Unreadable { column, reason: format!("{number} is negative") })
}

/// A text of the database as the type it was written from.
pub(crate) fn parsed<T>(column: &'static str, text: &str) -> Result<T, StoreError>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|e: T::Err| StoreError::Unreadable { column, reason: e.to_string() })
}
