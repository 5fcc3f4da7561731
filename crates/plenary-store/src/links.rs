//! Links that let people in: who holds one, is who it says.

use plenary_model::id::{EventId, LinkId, SeatId};
use plenary_model::time::WallMs;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::error::StoreError;
use crate::seats::{Seat, seat_of};
use crate::secret::token_hash;
use crate::store::{Store, parsed, to_sql};
use crate::writer::{Run, Write};

/// What a link opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// The studio of the event.
    Director,
    /// This seat on its stage.
    Speaker(Seat),
}

/// One link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its id; it opens nothing by itself.
    pub id: LinkId,
    /// The event.
    pub event: EventId,
    /// What it opens.
    pub access: Access,
}

struct Revoke {
    id: LinkId,
    at: WallMs,
}

impl Store {
    /// The token of a link of this installation: the same one every time.
    pub fn token(&self, link: LinkId) -> String {
        self.secret().token(link)
    }

    /// The link that a token opens, unless it was revoked.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the database cannot be read.
    pub async fn link_by_token(&self, token: &str) -> Result<Option<Link>, StoreError> {
        sqlx::query("SELECT * FROM open_links WHERE token_hash = ?")
            .bind(token_hash(token))
            .fetch_optional(self.readers())
            .await?
            .map(|row| link_of(&row))
            .transpose()
    }

    /// The links of an event that are not revoked, in the order of their ids (that is, of making).
    ///
    /// # Errors
    /// [`StoreError::Database`] when the database cannot be read.
    pub async fn links(&self, event: EventId) -> Result<Vec<Link>, StoreError> {
        sqlx::query("SELECT * FROM open_links WHERE event = ? ORDER BY link")
            .bind(event.to_string())
            .fetch_all(self.readers())
            .await?
            .iter()
            .map(link_of)
            .collect()
    }

    /// Makes a link open nothing from now on.
    ///
    /// # Errors
    /// [`StoreError::UnknownLink`].
    pub async fn revoke_link(&self, id: LinkId, at: WallMs) -> Result<(), StoreError> {
        self.write(Revoke { id, at }).await.map(drop)
    }
}

impl Write for Revoke {
    fn run(self: Box<Self>, connection: &mut SqliteConnection) -> Run<'_> {
        Box::pin(self.carry_out(connection))
    }
}

impl Revoke {
    async fn carry_out(self, connection: &mut SqliteConnection) -> Result<u64, StoreError> {
        let Self { id, at } = self;
        let done =
            sqlx::query("UPDATE links SET revoked_ms = coalesce(revoked_ms, ?) WHERE id = ?")
                .bind(to_sql(at.0))
                .bind(id.to_string())
                .execute(connection)
                .await?;
        match done.rows_affected() {
            0 => Err(StoreError::UnknownLink(id)),
            rows => Ok(rows),
        }
    }
}

/// Adds the link of a seat, or of the studio without one, with the hash of its token.
pub(crate) async fn add_link(
    connection: &mut SqliteConnection,
    ((id, hash), event, seat): ((LinkId, Vec<u8>), EventId, Option<SeatId>),
    at: WallMs,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO links (id, token_hash, event, role, seat, created_ms)
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(id.to_string())
    .bind(hash)
    .bind(event.to_string())
    .bind(if seat.is_some() { "speaker" } else { "director" })
    .bind(seat.map(|seat| seat.to_string()))
    .bind(to_sql(at.0))
    .execute(connection)
    .await?;
    Ok(())
}

fn link_of(row: &SqliteRow) -> Result<Link, StoreError> {
    let role: String = row.try_get("role")?;
    let access = match role.as_str() {
        "director" => Access::Director,
        "speaker" => Access::Speaker(seat_of(row)?),
        _ => return Err(StoreError::Unreadable { column: "role", reason: role }),
    };
    Ok(Link {
        id: parsed("link", row.try_get("link")?)?,
        event: parsed("event", row.try_get("event")?)?,
        access,
    })
}
