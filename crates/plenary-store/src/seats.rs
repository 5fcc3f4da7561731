//! The seats on the stages of events.

use plenary_model::id::{EventId, SeatId};
use plenary_model::person::Card;
use plenary_model::time::WallMs;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::error::StoreError;
use crate::store::{Store, parsed, to_sql};

/// One person's place on the stage of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Its id.
    pub id: SeatId,
    /// Name, unit and title as everybody sees them.
    pub card: Card,
}

impl Store {
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
}

/// Adds a seat of an event.
pub(crate) async fn add_seat(
    connection: &mut SqliteConnection,
    event: EventId,
    Seat { id, card }: Seat,
    at: WallMs,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO seats (id, event, name, unit, title, created_ms) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(id.to_string())
    .bind(event.to_string())
    .bind(card.name)
    .bind(card.unit)
    .bind(card.title)
    .bind(to_sql(at.0))
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) fn seat_of(row: &SqliteRow) -> Result<Seat, StoreError> {
    let card = Card {
        name: row.try_get("name")?,
        unit: row.try_get("unit")?,
        title: row.try_get("title")?,
    };
    Ok(Seat { id: parsed("seat", row.try_get("id")?)?, card })
}
