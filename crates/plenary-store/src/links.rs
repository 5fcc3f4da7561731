//! Links that let people in: who holds one, is who it says.

use plenary_model::id::{EventId, LinkId, SeatId};
use plenary_model::time::WallMs;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::error::StoreError;
use crate::secret::token_hash;
use crate::store::{Store, parsed, to_sql};
use crate::writer::Write;

/// What a link opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The studio of the event.
    Director,
    /// This seat on its stage; the seat must exist.
    Speaker(SeatId),
}

/// One link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Its id; it opens nothing by itself.
    pub id: LinkId,
    /// The event.
    pub event: EventId,
    /// What it opens.
    pub access: Access,
}

pub(crate) enum LinkWrite {
    Create { link: Link, hash: Vec<u8>, at: WallMs },
    Revoke { id: LinkId, at: WallMs },
}

impl Store {
    /// Stores a new link and gives its token.
    ///
    /// # Errors
    /// [`StoreError::UnknownEvent`] when event or seat does not exist.
    pub async fn create_link(&self, link: Link, at: WallMs) -> Result<String, StoreError> {
        let token = self.token(link.id);
        let hash = token_hash(&token);
        self.write(Write::Link(LinkWrite::Create { link, hash, at })).await?;
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
        sqlx::query(
            "SELECT id, event, role, seat FROM links WHERE token_hash = ? AND revoked_ms IS NULL",
        )
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
        sqlx::query(
            "SELECT id, event, role, seat FROM links
             WHERE event = ? AND revoked_ms IS NULL ORDER BY id",
        )
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
        self.write(Write::Link(LinkWrite::Revoke { id, at })).await.map(drop)
    }
}

impl LinkWrite {
    pub(crate) async fn run(self, connection: &mut SqliteConnection) -> Result<u64, StoreError> {
        match self {
            Self::Create { link, hash, at } => create(connection, link, hash, at).await,
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

async fn create(
    connection: &mut SqliteConnection,
    link: Link,
    hash: Vec<u8>,
    at: WallMs,
) -> Result<u64, StoreError> {
    let (role, seat) = match link.access {
        Access::Director => ("director", None),
        Access::Speaker(seat) => ("speaker", Some(seat.to_string())),
    };
    let done = sqlx::query(
        "INSERT INTO links (id, token_hash, event, role, seat, created_ms)
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(link.id.to_string())
    .bind(hash)
    .bind(link.event.to_string())
    .bind(role)
    .bind(seat)
    .bind(to_sql(at.0))
    .execute(connection)
    .await;
    match done {
        Ok(done) => Ok(done.rows_affected()),
        Err(sqlx::Error::Database(e)) if e.is_foreign_key_violation() => {
            Err(StoreError::UnknownEvent(link.event))
        }
        Err(e) => Err(e.into()),
    }
}

fn link_of(row: &SqliteRow) -> Result<Link, StoreError> {
    let role: String = row.try_get("role")?;
    let seat: Option<String> = row.try_get("seat")?;
    let access = match (role.as_str(), seat) {
        ("director", None) => Access::Director,
        ("speaker", Some(seat)) => Access::Speaker(parsed("seat", &seat)?),
        _ => return Err(StoreError::Unreadable { column: "role", reason: role }),
    };
    Ok(Link {
        id: parsed("link", row.try_get("id")?)?,
        event: parsed("event", row.try_get("event")?)?,
        access,
    })
}
