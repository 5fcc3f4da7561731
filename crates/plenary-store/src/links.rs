//! Links that let people in: who holds one, is who it says.

use plenary_model::id::{EventId, LinkId, SeatId};
use plenary_model::time::WallMs;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::error::StoreError;
use crate::events::{Seat, seat_of};
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

pub(crate) enum LinkWrite {
    Create { id: LinkId, event: EventId, seat: Option<SeatId>, hash: Vec<u8>, at: WallMs },
    Revoke { id: LinkId, at: WallMs },
}

impl Store {
    /// Stores a new link to the studio of an event and gives its token.
    ///
    /// # Errors
    /// [`StoreError::UnknownEvent`].
    pub async fn create_director_link(
        &self,
        id: LinkId,
        event: EventId,
        at: WallMs,
    ) -> Result<String, StoreError> {
        self.create_link(id, event, None, at).await
    }

    /// Stores a new link to a seat on the stage of an event and gives its token.
    ///
    /// # Errors
    /// [`StoreError::UnknownEvent`] when event or seat does not exist.
    pub async fn create_speaker_link(
        &self,
        id: LinkId,
        event: EventId,
        seat: SeatId,
        at: WallMs,
    ) -> Result<String, StoreError> {
        self.create_link(id, event, Some(seat), at).await
    }

    async fn create_link(
        &self,
        id: LinkId,
        event: EventId,
        seat: Option<SeatId>,
        at: WallMs,
    ) -> Result<String, StoreError> {
        let token = self.token(id);
        let hash = token_hash(&token);
        self.write(LinkWrite::Create { id, event, seat, hash, at }).await?;
        Ok(token)
    }

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
        self.write(LinkWrite::Revoke { id, at }).await.map(drop)
    }
}

impl Write for LinkWrite {
    fn run(self: Box<Self>, connection: &mut SqliteConnection) -> Run<'_> {
        Box::pin(self.carry_out(connection))
    }
}

impl LinkWrite {
    async fn carry_out(self, connection: &mut SqliteConnection) -> Result<u64, StoreError> {
        match self {
            Self::Create { id, event, seat, hash, at } => {
                let role = if seat.is_some() { "speaker" } else { "director" };
                let done = sqlx::query(
                    "INSERT INTO links (id, token_hash, event, role, seat, created_ms)
                     VALUES (?, ?, ?, ?, ?, ?)",
                )
                .bind(id.to_string())
                .bind(hash)
                .bind(event.to_string())
                .bind(role)
                .bind(seat.map(|seat| seat.to_string()))
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
            Self::Revoke { id, at } => {
                let done = sqlx::query(
                    "UPDATE links SET revoked_ms = coalesce(revoked_ms, ?) WHERE id = ?",
                )
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
    }
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
