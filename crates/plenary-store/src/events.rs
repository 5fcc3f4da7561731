//! Events.

use plenary_model::admission::Admission;
use plenary_model::event::Phase;
use plenary_model::id::{EventId, LinkId};
use plenary_model::time::WallMs;
use sqlx::sqlite::{SqliteQueryResult, SqliteRow};
use sqlx::{Row, SqliteConnection};

use crate::error::StoreError;
use crate::journal::{NewFact, append};
use crate::links::add_link;
use crate::seats::{Seat, add_seat};
use crate::secret::token_hash;
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
    /// When it is planned to begin.
    pub starts: Option<WallMs>,
    /// When it was closed.
    pub ended: Option<WallMs>,
    /// Who may come.
    pub admission: Admission,
}

/// An event with everything that must be there from its first moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The event.
    pub event: Event,
    /// Id of the link to its studio.
    pub studio: LinkId,
    /// The seats on its stage, each with the id of its link.
    pub seats: Vec<(Seat, LinkId)>,
    /// The beginning of its journal.
    pub facts: Vec<NewFact>,
}

/// A link's id with what the database knows of its token.
type Hashed = (LinkId, Vec<u8>);

pub(crate) enum EventWrite {
    Create { event: Box<Event>, studio: Hashed, seats: Vec<(Seat, Hashed)>, facts: Vec<NewFact> },
    SetPhase { id: EventId, phase: Phase, at: WallMs },
    SetEpoch { id: EventId, epoch: WallMs },
    SetAdmission { id: EventId, admission: Admission },
}

impl Store {
    /// Stores a new event with its seats, links and first facts: all of it or nothing. The tokens
    /// of the links are [`Store::token`].
    ///
    /// # Errors
    /// [`StoreError::SlugTaken`] when another event has the slug.
    pub async fn create_event(&self, new: NewEvent) -> Result<(), StoreError> {
        let hashed = |link| (link, token_hash(&self.token(link)));
        let NewEvent { event, studio, seats, facts } = new;
        let seats = seats.into_iter().map(|(seat, link)| (seat, hashed(link))).collect();
        let event = Box::new(event);
        let create = EventWrite::Create { event, studio: hashed(studio), seats, facts };
        self.write(create).await.map(drop)
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
    pub async fn set_phase(&self, id: EventId, phase: Phase, at: WallMs) -> Result<(), StoreError> {
        self.write(EventWrite::SetPhase { id, phase, at }).await.map(drop)
    }

    /// Says who may come.
    ///
    /// # Errors
    /// [`StoreError::UnknownEvent`].
    pub async fn set_admission(&self, id: EventId, admission: Admission) -> Result<(), StoreError> {
        self.write(EventWrite::SetAdmission { id, admission }).await.map(drop)
    }

    /// Sets the wall clock of programme tick 0 unless it is set already, and gives the one in
    /// force: the programme clock never goes back, over restarts too.
    ///
    /// # Errors
    /// [`StoreError::UnknownEvent`].
    pub async fn set_epoch(&self, id: EventId, epoch: WallMs) -> Result<WallMs, StoreError> {
        self.write(EventWrite::SetEpoch { id, epoch }).await.map(WallMs)
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
            Self::Create { event, studio, seats, facts } => {
                let (id, at) = (event.id, event.created);
                add_event(connection, *event).await?;
                for (seat, link) in seats {
                    let seated = seat.id;
                    add_seat(connection, id, seat, at).await?;
                    add_link(connection, (link, id, Some(seated)), at).await?;
                }
                add_link(connection, (studio, id, None), at).await?;
                append(connection, id, facts).await
            }
            Self::SetPhase { id, phase, at } => {
                let ended = match phase {
                    Phase::Doors | Phase::OnAir => None,
                    Phase::Closed => Some(to_sql(at.0)),
                };
                let sql =
                    "UPDATE events SET phase = ?, ended_ms = coalesce(ended_ms, ?) WHERE id = ?";
                let done = sqlx::query(sql)
                    .bind(phase.to_string())
                    .bind(ended)
                    .bind(id.to_string())
                    .execute(connection)
                    .await?;
                known(done, id)
            }
            Self::SetAdmission { id, admission } => {
                let done = sqlx::query("UPDATE events SET admission = ? WHERE id = ?")
                    .bind(admission_text(&admission))
                    .bind(id.to_string())
                    .execute(connection)
                    .await?;
                known(done, id)
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
        }
    }
}

/// How many rows of an event were changed, if it is there.
fn known(done: SqliteQueryResult, id: EventId) -> Result<u64, StoreError> {
    match done.rows_affected() {
        0 => Err(StoreError::UnknownEvent(id)),
        rows => Ok(rows),
    }
}

async fn add_event(connection: &mut SqliteConnection, event: Event) -> Result<(), StoreError> {
    let added = sqlx::query(
        "INSERT INTO events
         (id, slug, title, key, phase, epoch_wall_ms, created_ms, starts_ms, admission)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(event.id.to_string())
    .bind(&event.slug)
    .bind(event.title)
    .bind(event.key)
    .bind(event.phase.to_string())
    .bind(event.epoch.map(|epoch| to_sql(epoch.0)))
    .bind(to_sql(event.created.0))
    .bind(event.starts.map(|starts| to_sql(starts.0)))
    .bind(admission_text(&event.admission))
    .execute(connection)
    .await;
    match added {
        Ok(_) => Ok(()),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            Err(StoreError::SlugTaken(event.slug))
        }
        Err(error) => Err(error.into()),
    }
}

fn admission_text(admission: &Admission) -> String {
    serde_json::to_string(admission).expect("an admission has a JSON form")
}

fn event_of(row: &SqliteRow) -> Result<Event, StoreError> {
    let wall = |column: &'static str| {
        let ms: Option<i64> = row.try_get(column)?;
        ms.map(|ms| from_sql(column, ms).map(WallMs)).transpose()
    };
    let admission: &str = row.try_get("admission")?;
    let unreadable = |error: serde_json::Error| StoreError::Unreadable {
        column: "admission",
        reason: error.to_string(),
    };
    Ok(Event {
        id: parsed("event", row.try_get("id")?)?,
        slug: row.try_get("slug")?,
        title: row.try_get("title")?,
        key: row.try_get("key")?,
        phase: parsed("phase", row.try_get("phase")?)?,
        epoch: wall("epoch_wall_ms")?,
        created: WallMs(from_sql("created_ms", row.try_get("created_ms")?)?),
        starts: wall("starts_ms")?,
        ended: wall("ended_ms")?,
        admission: serde_json::from_str(admission).map_err(unreadable)?,
    })
}
