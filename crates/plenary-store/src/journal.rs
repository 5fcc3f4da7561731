//! The journal: facts of each event with a sequence number that only grows.

use plenary_model::id::EventId;
use plenary_model::time::WallMs;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use crate::error::StoreError;
use crate::store::{Store, from_sql, to_sql};
use crate::writer::{Run, Write};

/// A fact that is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFact {
    /// When it was decided.
    pub at: WallMs,
    /// Its stable name.
    pub kind: String,
    /// The whole fact.
    pub json: String,
}

/// A fact from the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFact {
    /// Its place in the event's journal, from 1, without gaps.
    pub seq: u64,
    /// When it was decided.
    pub at: WallMs,
    /// Its stable name.
    pub kind: String,
    /// The whole fact.
    pub json: String,
}

pub(crate) struct Append {
    event: EventId,
    facts: Vec<NewFact>,
}

impl Store {
    /// Stores facts in their order, all or none, and gives the sequence number of the last one
    /// once they are on disk.
    ///
    /// # Errors
    /// [`StoreError::UnknownEvent`]; [`StoreError::Commit`] when the disk did not take them.
    pub async fn append_facts(
        &self,
        event: EventId,
        facts: Vec<NewFact>,
    ) -> Result<u64, StoreError> {
        self.write(Append { event, facts }).await
    }

    /// The event's facts after the given sequence number (0: all), in order.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the database cannot be read.
    pub async fn load_facts(
        &self,
        event: EventId,
        after_seq: u64,
    ) -> Result<Vec<StoredFact>, StoreError> {
        let rows = sqlx::query(
            "SELECT seq, at_ms, kind, json FROM facts WHERE event = ? AND seq > ? ORDER BY seq",
        )
        .bind(event.to_string())
        .bind(to_sql(after_seq))
        .fetch_all(self.readers())
        .await?;
        rows.iter().map(stored).collect()
    }

    /// The event's facts of these kinds, in order.
    ///
    /// # Errors
    /// As [`Store::load_facts`].
    pub async fn facts_of_kinds(
        &self,
        event: EventId,
        kinds: &[&str],
    ) -> Result<Vec<StoredFact>, StoreError> {
        let mut sql =
            QueryBuilder::<Sqlite>::new("SELECT seq, at_ms, kind, json FROM facts WHERE event = ");
        sql.push_bind(event.to_string()).push(" AND kind IN (");
        let mut listed = sql.separated(", ");
        for kind in kinds {
            listed.push_bind((*kind).to_owned());
        }
        sql.push(") ORDER BY seq");
        let rows = sql.build().fetch_all(self.readers()).await?;
        rows.iter().map(stored).collect()
    }
}

fn stored(row: &SqliteRow) -> Result<StoredFact, StoreError> {
    Ok(StoredFact {
        seq: from_sql("seq", row.try_get("seq")?)?,
        at: WallMs(from_sql("at_ms", row.try_get("at_ms")?)?),
        kind: row.try_get("kind")?,
        json: row.try_get("json")?,
    })
}

impl Write for Append {
    fn run(self: Box<Self>, connection: &mut SqliteConnection) -> Run<'_> {
        Box::pin(append(connection, self.event, self.facts))
    }
}

/// Adds facts behind those that are there and gives the last sequence number.
pub(crate) async fn append(
    connection: &mut SqliteConnection,
    event: EventId,
    facts: Vec<NewFact>,
) -> Result<u64, StoreError> {
    let id = event.to_string();
    let last: Option<i64> = sqlx::query_scalar(
        "SELECT (SELECT coalesce(max(seq), 0) FROM facts WHERE event = e.id)
         FROM events AS e WHERE e.id = ?",
    )
    .bind(&id)
    .fetch_optional(&mut *connection)
    .await?;
    let mut seq = last.ok_or(StoreError::UnknownEvent(event))?;
    for fact in facts {
        seq += 1;
        sqlx::query("INSERT INTO facts (event, seq, at_ms, kind, json) VALUES (?, ?, ?, ?, ?)")
            .bind(&id)
            .bind(seq)
            .bind(to_sql(fact.at.0))
            .bind(fact.kind)
            .bind(fact.json)
            .execute(&mut *connection)
            .await?;
    }
    from_sql("seq", seq)
}
