//! Presence at events: when each member was there, and who was excused.

use plenary_model::id::EventId;
use plenary_model::time::WallMs;
use plenary_model::unit::PersonCode;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use crate::error::StoreError;
use crate::store::{Store, from_sql, parsed, to_sql};
use crate::writer::{Run, Write};

/// A time in which a member was there, in milliseconds of the event's own clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceRow {
    /// Who.
    pub person: PersonCode,
    /// Since when; names the interval.
    pub from_ms: u64,
    /// Until when, at least.
    pub until_ms: u64,
}

/// Somebody need not come, or after all needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excuse {
    /// Who.
    pub person: PersonCode,
    /// Whether they need not.
    pub excused: bool,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub by: String,
    /// When.
    pub at: WallMs,
}

enum PresenceWrite {
    Keep { event: EventId, rows: Vec<PresenceRow> },
    Excuse { event: EventId, excuse: Excuse },
}

/// Few enough values for one statement: SQLite takes 32 766.
const ROWS_PER_STATEMENT: usize = 1_000;

impl Store {
    /// Keeps times of presence; those that are known become longer.
    ///
    /// # Errors
    /// [`StoreError::Commit`]; nothing of it is kept then.
    pub async fn keep_presence(
        &self,
        event: EventId,
        rows: Vec<PresenceRow>,
    ) -> Result<(), StoreError> {
        self.write(PresenceWrite::Keep { event, rows }).await.map(drop)
    }

    /// All times of presence at an event, those of a person in their order.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn presence(&self, event: EventId) -> Result<Vec<PresenceRow>, StoreError> {
        sqlx::query("SELECT * FROM presence WHERE event = ? ORDER BY person, from_ms")
            .bind(event.to_string())
            .fetch_all(self.readers())
            .await?
            .iter()
            .map(presence_of)
            .collect()
    }

    /// The latest moment that is known of anybody's presence.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn last_moment(&self, event: EventId) -> Result<Option<u64>, StoreError> {
        let last: Option<i64> =
            sqlx::query_scalar("SELECT max(until_ms) FROM presence WHERE event = ?")
                .bind(event.to_string())
                .fetch_one(self.readers())
                .await?;
        last.map(|last| from_sql("until_ms", last)).transpose()
    }

    /// Takes note of an excuse.
    ///
    /// # Errors
    /// [`StoreError::Commit`].
    pub async fn excuse(&self, event: EventId, excuse: Excuse) -> Result<(), StoreError> {
        self.write(PresenceWrite::Excuse { event, excuse }).await.map(drop)
    }

    /// All excuses of an event, in the order in which they were made.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn excuses(&self, event: EventId) -> Result<Vec<Excuse>, StoreError> {
        sqlx::query("SELECT * FROM excuses WHERE event = ? ORDER BY seq")
            .bind(event.to_string())
            .fetch_all(self.readers())
            .await?
            .iter()
            .map(excuse_of)
            .collect()
    }
}

impl Write for PresenceWrite {
    fn run(self: Box<Self>, connection: &mut SqliteConnection) -> Run<'_> {
        Box::pin(self.carry_out(connection))
    }
}

impl PresenceWrite {
    async fn carry_out(self, connection: &mut SqliteConnection) -> Result<u64, StoreError> {
        match self {
            Self::Keep { event, rows } => {
                let event = event.to_string();
                for rows in rows.chunks(ROWS_PER_STATEMENT) {
                    keep(connection, &event, rows).await?;
                }
                Ok(rows.len() as u64)
            }
            Self::Excuse { event, excuse } => {
                let done = sqlx::query(
                    "INSERT INTO excuses (event, seq, person, excused, reason, by_whom, at_ms)
                     SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3, ?4, ?5, ?6
                     FROM excuses WHERE event = ?1",
                )
                .bind(event.to_string())
                .bind(excuse.person.as_str())
                .bind(i64::from(excuse.excused))
                .bind(excuse.reason)
                .bind(excuse.by)
                .bind(to_sql(excuse.at.0))
                .execute(connection)
                .await?;
                Ok(done.rows_affected())
            }
        }
    }
}

async fn keep(
    connection: &mut SqliteConnection,
    event: &str,
    rows: &[PresenceRow],
) -> Result<(), StoreError> {
    let mut sql =
        QueryBuilder::<Sqlite>::new("INSERT INTO presence (event, person, from_ms, until_ms) ");
    sql.push_values(rows, |mut values, row| {
        values
            .push_bind(event)
            .push_bind(row.person.as_str())
            .push_bind(to_sql(row.from_ms))
            .push_bind(to_sql(row.until_ms));
    });
    sql.push(
        " ON CONFLICT (event, person, from_ms)
          DO UPDATE SET until_ms = max(until_ms, excluded.until_ms)",
    );
    sql.build().execute(connection).await?;
    Ok(())
}

fn presence_of(row: &SqliteRow) -> Result<PresenceRow, StoreError> {
    Ok(PresenceRow {
        person: parsed("person", row.try_get("person")?)?,
        from_ms: from_sql("from_ms", row.try_get("from_ms")?)?,
        until_ms: from_sql("until_ms", row.try_get("until_ms")?)?,
    })
}

fn excuse_of(row: &SqliteRow) -> Result<Excuse, StoreError> {
    Ok(Excuse {
        person: parsed("person", row.try_get("person")?)?,
        excused: row.try_get("excused")?,
        reason: row.try_get("reason")?,
        by: row.try_get("by_whom")?,
        at: WallMs(from_sql("at_ms", row.try_get("at_ms")?)?),
    })
}
