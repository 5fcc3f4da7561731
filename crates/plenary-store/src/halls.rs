//! Halls, where many of a unit watch before one screen.

use plenary_model::id::{EventId, LinkId};
use plenary_model::limits::HALLS_PER_EVENT_MAX;
use plenary_model::time::WallMs;
use plenary_model::unit::{PersonCode, UnitCode};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::error::StoreError;
use crate::secret::token_hash;
use crate::store::{Store, from_sql, parsed, to_sql};
use crate::writer::{Run, Write};

/// One hall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hall {
    /// Its id, and that of its link: [`Store::token`] is what opens it.
    pub id: LinkId,
    /// The event that is watched there.
    pub event: EventId,
    /// Whose members watch there.
    pub unit: UnitCode,
    /// What it is called.
    pub name: String,
    /// Whether its link opens it; what was counted in one that is closed stays.
    pub is_open: bool,
}

/// How many were counted in a hall, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heads {
    /// How many.
    pub count: u32,
    /// When.
    pub at: WallMs,
}

/// A hall and what was counted there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedHall {
    /// The hall.
    pub hall: Hall,
    /// How many were counted last.
    pub heads: Option<u32>,
    /// How many were ticked off.
    pub ticked: u32,
}

impl CountedHall {
    /// How many were counted who were not ticked off.
    pub fn unnamed(&self) -> u32 {
        self.heads.unwrap_or_default().saturating_sub(self.ticked)
    }
}

enum HallWrite {
    Make { hall: Hall, token_hash: Vec<u8>, by: String, at: WallMs },
    Close { event: EventId, hall: LinkId, at: WallMs },
    Count { hall: LinkId, heads: Heads },
    Tick { hall: LinkId, person: PersonCode, is_there: bool, at: WallMs },
}

impl Store {
    /// Makes a hall.
    ///
    /// # Errors
    /// [`StoreError::TooManyHalls`]; [`StoreError::Commit`], as for all that write.
    pub async fn make_hall(&self, hall: Hall, by: String, at: WallMs) -> Result<(), StoreError> {
        let token_hash = token_hash(&self.token(hall.id));
        self.write(HallWrite::Make { hall, token_hash, by, at }).await.map(drop)
    }

    /// Closes a hall: its link opens nothing any more; what was counted stays. False when the event has no
    /// such hall.
    ///
    /// # Errors
    /// As [`Self::make_hall`].
    pub async fn close_hall(
        &self,
        event: EventId,
        hall: LinkId,
        at: WallMs,
    ) -> Result<bool, StoreError> {
        Ok(0 < self.write(HallWrite::Close { event, hall, at }).await?)
    }

    /// Takes note of how many were counted.
    ///
    /// # Errors
    /// As [`Self::make_hall`].
    pub async fn count_heads(&self, hall: LinkId, heads: Heads) -> Result<(), StoreError> {
        self.write(HallWrite::Count { hall, heads }).await.map(drop)
    }

    /// Ticks somebody off as there, or takes it back.
    ///
    /// # Errors
    /// As [`Self::make_hall`].
    pub async fn tick_off(
        &self,
        hall: LinkId,
        person: PersonCode,
        is_there: bool,
        at: WallMs,
    ) -> Result<(), StoreError> {
        self.write(HallWrite::Tick { hall, person, is_there, at }).await.map(drop)
    }

    /// The open hall that a token opens.
    ///
    /// # Errors
    /// [`StoreError::Database`]; so for all that only read.
    pub async fn hall_by_token(&self, token: &str) -> Result<Option<Hall>, StoreError> {
        sqlx::query("SELECT * FROM halls WHERE token_hash = ? AND closed_ms IS NULL")
            .bind(token_hash(token))
            .fetch_optional(self.readers())
            .await?
            .map(|row| hall_of(&row))
            .transpose()
    }

    /// The halls of an event, in the order of making.
    ///
    /// # Errors
    /// As [`Self::hall_by_token`].
    pub async fn halls(&self, event: EventId) -> Result<Vec<Hall>, StoreError> {
        sqlx::query("SELECT * FROM halls WHERE event = ? ORDER BY id")
            .bind(event.to_string())
            .fetch_all(self.readers())
            .await?
            .iter()
            .map(hall_of)
            .collect()
    }

    /// The halls of an event with what was counted in each, in the order of making.
    ///
    /// # Errors
    /// As [`Self::hall_by_token`].
    pub async fn counted_halls(&self, event: EventId) -> Result<Vec<CountedHall>, StoreError> {
        let sql = "SELECT *,
            (SELECT count FROM hall_heads WHERE hall = id ORDER BY seq DESC LIMIT 1) AS heads,
            (SELECT count(*) FROM hall_members WHERE hall = id) AS ticked
            FROM halls WHERE event = ? ORDER BY id";
        let rows = sqlx::query(sql).bind(event.to_string()).fetch_all(self.readers()).await?;
        let counted = rows.iter().map(|row| {
            let (heads, ticked) = (row.try_get("heads")?, row.try_get("ticked")?);
            Ok(CountedHall { hall: hall_of(row)?, heads, ticked })
        });
        counted.collect()
    }

    /// How many were counted in a hall last.
    ///
    /// # Errors
    /// As [`Self::hall_by_token`].
    pub async fn heads(&self, hall: LinkId) -> Result<Option<Heads>, StoreError> {
        let sql = "SELECT count, at_ms FROM hall_heads WHERE hall = ? ORDER BY seq DESC LIMIT 1";
        let row = sqlx::query(sql).bind(hall.to_string()).fetch_optional(self.readers()).await?;
        row.map(|row| {
            let count = from_sql("count", row.try_get("count")?)?;
            Ok(Heads {
                count: u32::try_from(count).unwrap_or(u32::MAX),
                at: WallMs(from_sql("at_ms", row.try_get("at_ms")?)?),
            })
        })
        .transpose()
    }

    /// How many were counted in a hall who were not ticked off.
    ///
    /// # Errors
    /// As [`Self::hall_by_token`].
    pub async fn unnamed_heads(&self, hall: LinkId) -> Result<u32, StoreError> {
        let Some(heads) = self.heads(hall).await? else { return Ok(0) };
        let named = u32::try_from(self.ticked_off(hall).await?.len()).unwrap_or(u32::MAX);
        Ok(heads.count.saturating_sub(named))
    }

    /// Who was ticked off in a hall, by code.
    ///
    /// # Errors
    /// As [`Self::hall_by_token`].
    pub async fn ticked_off(&self, hall: LinkId) -> Result<Vec<PersonCode>, StoreError> {
        let sql = "SELECT person FROM hall_members WHERE hall = ? ORDER BY person";
        let people: Vec<String> =
            sqlx::query_scalar(sql).bind(hall.to_string()).fetch_all(self.readers()).await?;
        people.iter().map(|code| parsed("person", code)).collect()
    }
}

impl Write for HallWrite {
    fn run(self: Box<Self>, connection: &mut SqliteConnection) -> Run<'_> {
        Box::pin(self.carry_out(connection))
    }
}

impl HallWrite {
    async fn carry_out(self, connection: &mut SqliteConnection) -> Result<u64, StoreError> {
        let done = match self {
            Self::Make { hall, token_hash, by, at } => {
                let count: i64 = sqlx::query_scalar("SELECT count(*) FROM halls WHERE event = ?")
                    .bind(hall.event.to_string())
                    .fetch_one(&mut *connection)
                    .await?;
                if HALLS_PER_EVENT_MAX <= usize::try_from(count).unwrap_or_default() {
                    return Err(StoreError::TooManyHalls);
                }
                let sql =
                    "INSERT INTO halls (id, event, unit, name, token_hash, by_whom, created_ms)
                           VALUES (?, ?, ?, ?, ?, ?, ?)";
                sqlx::query(sql)
                    .bind(hall.id.to_string())
                    .bind(hall.event.to_string())
                    .bind(hall.unit.as_str())
                    .bind(hall.name)
                    .bind(token_hash)
                    .bind(by)
                    .bind(to_sql(at.0))
                    .execute(connection)
                    .await?
            }
            Self::Close { event, hall, at } => {
                let sql = "UPDATE halls SET closed_ms = coalesce(closed_ms, ?)
                           WHERE id = ? AND event = ?";
                sqlx::query(sql)
                    .bind(to_sql(at.0))
                    .bind(hall.to_string())
                    .bind(event.to_string())
                    .execute(connection)
                    .await?
            }
            Self::Count { hall, heads } => {
                let sql = "INSERT INTO hall_heads (hall, seq, count, at_ms)
                           SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3 FROM hall_heads
                           WHERE hall = ?1";
                sqlx::query(sql)
                    .bind(hall.to_string())
                    .bind(i64::from(heads.count))
                    .bind(to_sql(heads.at.0))
                    .execute(connection)
                    .await?
            }
            Self::Tick { hall, person, is_there: true, at } => {
                let sql =
                    "INSERT OR IGNORE INTO hall_members (hall, person, at_ms) VALUES (?, ?, ?)";
                let query = sqlx::query(sql).bind(hall.to_string()).bind(person.to_string());
                query.bind(to_sql(at.0)).execute(connection).await?
            }
            Self::Tick { hall, person, is_there: false, .. } => {
                sqlx::query("DELETE FROM hall_members WHERE hall = ? AND person = ?")
                    .bind(hall.to_string())
                    .bind(person.to_string())
                    .execute(connection)
                    .await?
            }
        };
        Ok(done.rows_affected())
    }
}

fn hall_of(row: &SqliteRow) -> Result<Hall, StoreError> {
    let closed: Option<i64> = row.try_get("closed_ms")?;
    Ok(Hall {
        is_open: closed.is_none(),
        id: parsed("hall", row.try_get("id")?)?,
        event: parsed("event", row.try_get("event")?)?,
        unit: parsed("unit", row.try_get("unit")?)?,
        name: row.try_get("name")?,
    })
}
