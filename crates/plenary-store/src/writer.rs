//! The one task that writes: takes whatever waits into one transaction, commits, then answers.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use plenary_model::limits::WRITES_PER_COMMIT_MAX;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use crate::error::StoreError;
use crate::folder::FolderLock;

/// One change of the database, carried out within a transaction.
pub(crate) trait Write: Send {
    /// Makes the change and gives the number that its caller asked for (last sequence number, rows
    /// changed, epoch).
    fn run(self: Box<Self>, connection: &mut SqliteConnection) -> Run<'_>;
}

/// A change under way.
pub(crate) type Run<'c> = Pin<Box<dyn Future<Output = Result<u64, StoreError>> + Send + 'c>>;

type Answer = oneshot::Sender<Result<u64, StoreError>>;

pub(crate) enum Message {
    Write { write: Box<dyn Write>, done: Answer },
    Close(oneshot::Sender<()>),
}

/// How much was written and in how many commits, counted since the store was opened.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) commits: AtomicU64,
    pub(crate) writes: AtomicU64,
}

/// Runs until the store is closed or dropped, then lets go of the folder.
pub(crate) async fn run(
    (mut connection, options): (SqliteConnection, SqliteConnectOptions),
    lock: FolderLock,
    mut messages: mpsc::Receiver<Message>,
    counts: Arc<Counts>,
) {
    let mut taken = Vec::new();
    let mut failed = false;
    let closing = loop {
        if messages.recv_many(&mut taken, WRITES_PER_COMMIT_MAX).await == 0 {
            break None;
        }
        let (group, closing) = split(taken.drain(..));
        if failed {
            connection = opened_again(connection, &options).await;
        }
        failed = !commit(&mut connection, group, &counts).await;
        if closing.is_some() {
            break closing;
        }
    };
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "the database was not closed cleanly; the next start repairs it");
    }
    drop(lock);
    if let Some(closed) = closing {
        // Nobody is left to hear it when the caller of `close` is gone.
        let _ = closed.send(());
    }
}

/// A new connection after a failure. When the disk is full or fails, SQLite ends the transaction by
/// itself, and the old connection's count of open transactions is wrong from then on.
async fn opened_again(old: SqliteConnection, options: &SqliteConnectOptions) -> SqliteConnection {
    match options.connect().await {
        Ok(connection) => {
            if let Err(error) = old.close_hard().await {
                tracing::debug!(%error, "the old connection to the database ended by itself");
            }
            connection
        }
        Err(error) => {
            tracing::warn!(%error, "the database cannot be opened again yet");
            old
        }
    }
}

type Group = Vec<(Box<dyn Write>, Answer)>;

fn split(taken: impl Iterator<Item = Message>) -> (Group, Option<oneshot::Sender<()>>) {
    let mut group = Vec::new();
    let mut closing = None;
    for message in taken {
        match message {
            Message::Write { write, done } => group.push((write, done)),
            Message::Close(done) => closing = Some(done),
        }
    }
    (group, closing)
}

/// Carries out a group and answers everybody; false when the database did not take it.
async fn commit(connection: &mut SqliteConnection, group: Group, counts: &Counts) -> bool {
    if group.is_empty() {
        return true;
    }
    let writes = group.len() as u64;
    let (group, answers): (Vec<Box<dyn Write>>, Vec<Answer>) = group.into_iter().unzip();
    match transact(connection, group).await {
        Ok(results) => {
            counts.commits.fetch_add(1, Ordering::Relaxed);
            counts.writes.fetch_add(writes, Ordering::Relaxed);
            for (answer, result) in answers.into_iter().zip(results) {
                // A caller that gave up waiting does not undo the write.
                let _ = answer.send(result);
            }
            true
        }
        Err(error) => {
            tracing::error!(%error, writes, "the database did not take a group of writes");
            let error = Arc::new(error);
            for answer in answers {
                let _ = answer.send(Err(StoreError::Commit(Arc::clone(&error))));
            }
            false
        }
    }
}

/// All writes of a group in one transaction; a refused one leaves nothing behind and does not
/// touch its neighbours.
async fn transact(
    connection: &mut SqliteConnection,
    group: Vec<Box<dyn Write>>,
) -> Result<Vec<Result<u64, StoreError>>, sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let mut results = Vec::with_capacity(group.len());
    for write in group {
        let mut savepoint = transaction.begin().await?;
        let result = write.run(&mut savepoint).await;
        match &result {
            Ok(_) => savepoint.commit().await?,
            Err(_) => savepoint.rollback().await?,
        }
        results.push(result);
    }
    transaction.commit().await?;
    Ok(results)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;

    /// One statement.
    struct Sql(&'static str);

    impl Write for Sql {
        fn run(self: Box<Self>, connection: &mut SqliteConnection) -> Run<'_> {
            Box::pin(async move {
                let done = sqlx::query(self.0).execute(connection).await;
                done.map(|done| done.rows_affected()).map_err(StoreError::from)
            })
        }
    }

    #[tokio::test]
    async fn a_database_that_was_full_takes_writes_again() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path()).await.unwrap();
        store.write(Sql("CREATE TABLE many (bytes BLOB)")).await.unwrap();
        // It cannot grow any more on this connection, as on a disk without room.
        store.write(Sql("PRAGMA max_page_count = 1")).await.unwrap();
        let large = "INSERT INTO many VALUES (zeroblob(10000000))";
        assert!(store.write(Sql(large)).await.is_err());
        store.write(Sql("PRAGMA max_page_count = 100000")).await.expect("there is room again");
        store.write(Sql(large)).await.expect("it is taken");
    }
}
