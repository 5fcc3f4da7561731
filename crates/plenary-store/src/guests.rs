//! Guests of events: who may come to one of them without being of the organisation.

use plenary_model::id::{EventId, GuestId};
use plenary_model::limits::GUESTS_MAX;
use plenary_model::time::WallMs;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::error::StoreError;
use crate::store::{Store, from_sql, parsed, to_sql};
use crate::writer::{Run, Write};

/// Whether a guest may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuestState {
    /// They may.
    Invited,
    /// Their link was withdrawn.
    Withdrawn,
}

/// One guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// Their id.
    pub id: GuestId,
    /// Where they may come.
    pub event: EventId,
    /// How they are called.
    pub name: String,
    /// Until when.
    pub expires: WallMs,
    /// Whether they may.
    pub state: GuestState,
}

enum GuestWrite {
    Invite { guest: Guest, at: WallMs },
    Withdraw { event: EventId, guest: GuestId, at: WallMs },
}

impl Store {
    /// Invites a guest to an event.
    ///
    /// # Errors
    /// [`StoreError::TooManyGuests`].
    pub async fn invite_guest(&self, guest: Guest, at: WallMs) -> Result<(), StoreError> {
        self.write(GuestWrite::Invite { guest, at }).await.map(drop)
    }

    /// Makes a guest's link let nobody in from now on; whether the event has such a guest.
    ///
    /// # Errors
    /// [`StoreError::Commit`].
    pub async fn withdraw_guest(
        &self,
        (event, guest): (EventId, GuestId),
        at: WallMs,
    ) -> Result<bool, StoreError> {
        Ok(0 < self.write(GuestWrite::Withdraw { event, guest, at }).await?)
    }

    /// One guest.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn guest(&self, guest: GuestId) -> Result<Option<Guest>, StoreError> {
        let row = sqlx::query("SELECT * FROM guests WHERE id = ?").bind(guest.to_string());
        row.fetch_optional(self.readers()).await?.map(|row| guest_of(&row)).transpose()
    }

    /// The guests of an event, in the order of their ids (that is, of making).
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn guests(&self, event: EventId) -> Result<Vec<Guest>, StoreError> {
        sqlx::query("SELECT * FROM guests WHERE event = ? ORDER BY id")
            .bind(event.to_string())
            .fetch_all(self.readers())
            .await?
            .iter()
            .map(guest_of)
            .collect()
    }
}

impl Write for GuestWrite {
    fn run(self: Box<Self>, connection: &mut SqliteConnection) -> Run<'_> {
        Box::pin(self.carry_out(connection))
    }
}

impl GuestWrite {
    async fn carry_out(self, connection: &mut SqliteConnection) -> Result<u64, StoreError> {
        match self {
            Self::Invite { guest, at } => {
                let count: i64 = sqlx::query_scalar("SELECT count(*) FROM guests WHERE event = ?")
                    .bind(guest.event.to_string())
                    .fetch_one(&mut *connection)
                    .await?;
                if GUESTS_MAX <= usize::try_from(count).unwrap_or_default() {
                    return Err(StoreError::TooManyGuests);
                }
                sqlx::query(
                    "INSERT INTO guests (id, event, name, created_ms, expires_ms)
                     VALUES (?, ?, ?, ?, ?)",
                )
                .bind(guest.id.to_string())
                .bind(guest.event.to_string())
                .bind(&guest.name)
                .bind(to_sql(at.0))
                .bind(to_sql(guest.expires.0))
                .execute(connection)
                .await?;
                Ok(1)
            }
            Self::Withdraw { event, guest, at } => {
                let done = sqlx::query(
                    "UPDATE guests SET withdrawn_ms = coalesce(withdrawn_ms, ?)
                     WHERE id = ? AND event = ?",
                )
                .bind(to_sql(at.0))
                .bind(guest.to_string())
                .bind(event.to_string())
                .execute(connection)
                .await?;
                Ok(done.rows_affected())
            }
        }
    }
}

fn guest_of(row: &SqliteRow) -> Result<Guest, StoreError> {
    let withdrawn: Option<i64> = row.try_get("withdrawn_ms")?;
    Ok(Guest {
        id: parsed("guest", row.try_get("id")?)?,
        event: parsed("event", row.try_get("event")?)?,
        name: row.try_get("name")?,
        expires: WallMs(from_sql("expires_ms", row.try_get("expires_ms")?)?),
        state: match withdrawn {
            Some(_) => GuestState::Withdrawn,
            None => GuestState::Invited,
        },
    })
}
