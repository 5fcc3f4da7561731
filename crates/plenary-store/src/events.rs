//! Events and the seats on their stages.

use plenary_model::event::Phase;
use plenary_model::id::{EventId, SeatId};
use plenary_model::person::Card;
use plenary_model::time::WallMs;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::error::StoreError;
use crate::store::{Store, from_sql, parsed, to_sql};
use crate::writer::{Run, Write};

/// One gathering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// Its name in addresses, unique on this server.
    pub slug: String,
    /// Its title for people.
    pub title: String,
    /// The capability in the addresses of its broadcast.
    pub key: String,
    /// Where it stands.
    pub phase: Phase,
    /// Wall clock of tick 0 of its programme, once it has begun.
    pub epoch: Option<WallMs>,
    /// When it was made.
    pub created: WallMs,
}

/// One person's place on the stage of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Its id.
    pub id: SeatId,
    /// Name, unit and title as everybody sees them.
    pub card: Card,
}

pub(crate) enum EventWrite {
    Create(Event),
    SetPhase { id: EventId, phase: Phase },
    SetEpoch { id: EventId, epoch: WallMs },
    CreateSeat { event: EventId, seat: Seat, at: WallMs },
}

impl Store {
    /// Stores a new event.
    ///
    /// # Errors
    /// [`StoreError::SlugTaken`] when another event has the slug.
    pub async fn create_event(&self, event: Event) -> Result<(), StoreError> {
        self.write(EventWrite::Create(event)).await.map(drop)
    }

    /// The event with this id.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the database cannot be read; so for all reads.
    pub async fn event(&self, id: EventId) -> Result<Option<Event>, StoreError> {
        sqlx::query("SELECT * FROM events WHERE id = ?")
            .bind(id.to_string())
            .fetch_optional(self.readers())
            .await?
            .map(|row| event_of(&row))
            .transpose()
    }

    /// The event with this slug.
    ///
    /// # Errors
    /// As [`Store::event`].
    pub async fn event_by_slug(&self, slug: &str) -> Result<Option<Event>, StoreError> {
        sqlx::query("SELECT * FROM events WHERE slug = ?")
            .bind(slug)
            .fetch_optional(self.readers())
            .await?
            .map(|row| event_of(&row))
            .transpose()
    }

    /// All events, oldest first.
    ///
    /// # Errors
    /// As [`Store::event`].
    pub async fn events(&self) -> Result<Vec<Event>, StoreError> {
        sqlx::query("SELECT * FROM events ORDER BY created_ms, id")
            .fetch_all(self.readers())
            .await?
            .iter()
            .map(event_of)
            .collect()
    }

    /// Moves the event to a phase.
    ///
    /// # Errors
    /// [`StoreError::UnknownEvent`].
    pub async fn set_phase(&self, id: EventId, phase: Phase) -> Result<(), StoreError> {
        self.write(EventWrite::SetPhase { id, phase }).await.map(drop)
    }

    /// Sets the wall clock of programme tick 0 unless it is set already, and gives the one in
    /// force: the programme clock never goes back, over restarts too.
    ///
    /// # Errors
    /// [`StoreError::UnknownEvent`].
    pub async fn set_epoch(&self, id: EventId, epoch: WallMs) -> Result<WallMs, StoreError> {
        self.write(EventWrite::SetEpoch { id, epoch }).await.map(WallMs)
    }

    /// Stores a new seat of an event.
    ///
    /// # Errors
    /// [`StoreError::UnknownEvent`].
    pub async fn create_seat(
        &self,
        event: EventId,
        seat: Seat,
        at: WallMs,
    ) -> Result<(), StoreError> {
        self.write(EventWrite::CreateSeat { event, seat, at }).await.map(drop)
    }

    /// The seats of an event, in the order of their ids (that is, of making).
    ///
    /// # Errors
    /// As [`Store::event`].
    pub async fn seats(&self, event: EventId) -> Result<Vec<Seat>, StoreError> {
        sqlx::query("SELECT id, name, unit, title FROM seats WHERE event = ? ORDER BY id")
            .bind(event.to_string())
            .fetch_all(self.readers())
            .await?
            .iter()
            .map(seat_of)
            .collect()
    }

    /// The seat with this id.
    ///
    /// # Errors
    /// As [`Store::event`].
    pub async fn seat(&self, id: SeatId) -> Result<Option<Seat>, StoreError> {
        sqlx::query("SELECT id, name, unit, title FROM seats WHERE id = ?")
            .bind(id.to_string())
            .fetch_optional(self.readers())
            .await?
            .map(|row| seat_of(&row))
            .transpose()
    }
}

impl Write for EventWrite {
    fn run(self: Box<Self>, connection: &mut SqliteConnection) -> Run<'_> {
        Box::pin(self.carry_out(connection))
    }
}

impl EventWrite {
    async fn carry_out(self, connection: &mut SqliteConnection) -> Result<u64, StoreError> {
        match self {
            Self::Create(event) => create(connection, event).await,
            Self::SetPhase { id, phase } => {
                let done = sqlx::query("UPDATE events SET phase = ? WHERE id = ?")
                    .bind(phase.to_string())
                    .bind(id.to_string())
                    .execute(connection)
                    .await?;
                match done.rows_affected() {
                    0 => Err(StoreError::UnknownEvent(id)),
                    rows => Ok(rows),
                }
            }
            Self::SetEpoch { id, epoch } => {
                let epoch: Option<i64> = sqlx::query_scalar(
                    "UPDATE events SET epoch_wall_ms = coalesce(epoch_wall_ms, ?) WHERE id = ?
                     RETURNING epoch_wall_ms",
                )
                .bind(to_sql(epoch.0))
                .bind(id.to_string())
                .fetch_optional(connection)
                .await?;
                from_sql("epoch_wall_ms", epoch.ok_or(StoreError::UnknownEvent(id))?)
            }
            Self::CreateSeat { event, seat, at } => create_seat(connection, event, seat, at).await,
        }
    }
}

async fn create(connection: &mut SqliteConnection, event: Event) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "INSERT INTO events (id, slug, title, key, phase, epoch_wall_ms, created_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(event.id.to_string())
    .bind(&event.slug)
    .bind(event.title)
    .bind(event.key)
    .bind(event.phase.to_string())
    .bind(event.epoch.map(|epoch| to_sql(epoch.0)))
    .bind(to_sql(event.created.0))
    .execute(connection)
    .await;
    match done {
        Ok(done) => Ok(done.rows_affected()),
        Err(sqlx::Error::Database(e)) if e.is_unique_violation() => {
            Err(StoreError::SlugTaken(event.slug))
        }
        Err(e) => Err(e.into()),
    }
}

async fn create_seat(
    connection: &mut SqliteConnection,
    event: EventId,
    seat: Seat,
    at: WallMs,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "INSERT INTO seats (id, event, name, unit, title, created_ms) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(seat.id.to_string())
    .bind(event.to_string())
    .bind(seat.card.name)
    .bind(seat.card.unit)
    .bind(seat.card.title)
    .bind(to_sql(at.0))
    .execute(connection)
    .await;
    match done {
        Ok(done) => Ok(done.rows_affected()),
        Err(sqlx::Error::Database(e)) if e.is_foreign_key_violation() => {
            Err(StoreError::UnknownEvent(event))
        }
        Err(e) => Err(e.into()),
    }
}

fn event_of(row: &SqliteRow) -> Result<Event, StoreError> {
    let epoch: Option<i64> = row.try_get("epoch_wall_ms")?;
    Ok(Event {
        id: parsed("event", row.try_get("id")?)?,
        slug: row.try_get("slug")?,
        title: row.try_get("title")?,
        key: row.try_get("key")?,
        phase: parsed("phase", row.try_get("phase")?)?,
        epoch: epoch.map(|ms| from_sql("epoch_wall_ms", ms)).transpose()?.map(WallMs),
        created: WallMs(from_sql("created_ms", row.try_get("created_ms")?)?),
    })
}

pub(crate) fn seat_of(row: &SqliteRow) -> Result<Seat, StoreError> {
    let card = Card {
        name: row.try_get("name")?,
        unit: row.try_get("unit")?,
        title: row.try_get("title")?,
    };
    Ok(Seat { id: parsed("seat", row.try_get("id")?)?, card })
}
