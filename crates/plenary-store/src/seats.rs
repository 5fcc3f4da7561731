//! The seats on the stages of events.

use plenary_model::id::{EventId, SeatId};
use plenary_model::person::Card;
use plenary_model::time::WallMs;
use plenary_model::unit::PersonCode;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::error::StoreError;
use crate::store::{Store, parsed, to_sql};
use crate::writer::{Run, Write};

/// One person's place on the stage of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Its id.
    pub id: SeatId,
    /// Name, unit and title as everybody sees them.
    pub card: Card,
}

/// Who sits on a seat from now on.
struct Seating {
    event: EventId,
    seat: SeatId,
    person: Option<PersonCode>,
}

impl Store {
    /// Says which member sits on a seat, or that it is nobody's that is known. False when the event has no
    /// such seat.
    ///
    /// # Errors
    /// [`StoreError::Commit`].
    pub async fn seat_member(
        &self,
        event: EventId,
        seat: SeatId,
        person: Option<PersonCode>,
    ) -> Result<bool, StoreError> {
        Ok(0 < self.write(Seating { event, seat, person }).await?)
    }

    /// The members on the seats of an event, by seat.
    ///
    /// # Errors
    /// As [`Store::event`].
    pub async fn seated_members(
        &self,
        event: EventId,
    ) -> Result<Vec<(SeatId, PersonCode)>, StoreError> {
        let sql = "SELECT seat, person FROM seat_members JOIN seats ON seats.id = seat
                   WHERE event = ? ORDER BY seat";
        let rows = sqlx::query(sql).bind(event.to_string()).fetch_all(self.readers()).await?;
        let seated = rows.iter().map(|row| {
            let (seat, person) = (row.try_get("seat")?, row.try_get("person")?);
            Ok((parsed("seat", seat)?, parsed("person", person)?))
        });
        seated.collect()
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
}

impl Write for Seating {
    fn run(self: Box<Self>, connection: &mut SqliteConnection) -> Run<'_> {
        Box::pin(self.carry_out(connection))
    }
}

impl Seating {
    async fn carry_out(self, connection: &mut SqliteConnection) -> Result<u64, StoreError> {
        let (event, seat) = (self.event.to_string(), self.seat.to_string());
        let known = sqlx::query("SELECT 1 FROM seats WHERE id = ? AND event = ?")
            .bind(&seat)
            .bind(event)
            .fetch_optional(&mut *connection)
            .await?;
        if known.is_none() {
            return Ok(0);
        }
        let change = match self.person {
            Some(person) => {
                sqlx::query("INSERT OR REPLACE INTO seat_members (seat, person) VALUES (?, ?)")
                    .bind(seat)
                    .bind(person.to_string())
            }
            None => sqlx::query("DELETE FROM seat_members WHERE seat = ?").bind(seat),
        };
        change.execute(connection).await?;
        Ok(1)
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
