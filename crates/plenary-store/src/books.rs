//! Books of events that were closed, and how long what is personal in them is kept.

use plenary_model::id::EventId;
use plenary_model::time::WallMs;
use plenary_model::unit::{PersonCode, UnitCode};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use crate::error::StoreError;
use crate::store::{Store, from_sql, to_sql};
use crate::writer::{Run, Write};

/// A book that was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedBook {
    /// How many entries it has.
    pub entries: u64,
    /// How often it was sealed: once, and once more for each correction.
    pub seals: u64,
    /// The hash of its last entry, in hexadecimal digits.
    pub hash: String,
    /// When it was sealed last.
    pub sealed: WallMs,
    /// By whom.
    pub by: String,
    /// When the entries of people went; not yet, while there is nothing.
    pub forgotten: Option<WallMs>,
}

/// A line of a book, and what it is found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookLine {
    /// Its number.
    pub seq: u64,
    /// The unit that it is about, or whose member.
    pub unit: Option<UnitCode>,
    /// The person that it is about.
    pub person: Option<PersonCode>,
    /// Its text.
    pub text: String,
}

/// Which lines of a book are asked for.
#[derive(Debug, Clone, Copy)]
pub enum Lines<'a> {
    /// So many that come after this one, in order.
    After(u64, u32),
    /// Those of the event itself and of units.
    OfUnits,
    /// Those of the members of a unit itself.
    OfMembers(&'a UnitCode),
    /// Those of a person.
    Of(&'a PersonCode),
}

enum BookWrite {
    Begin { event: EventId },
    Add { event: EventId, lines: Vec<BookLine> },
    Seal { event: EventId, book: SealedBook, lines: Vec<BookLine> },
    Forget { event: EventId, at: WallMs },
    Retain { days: Option<u32> },
    Replayed { event: EventId, people: Vec<PersonCode>, at: WallMs },
}

/// Few enough values for one statement: SQLite takes 32 766.
const LINES_PER_STATEMENT: usize = 1_000;

impl Store {
    /// The sealed book of an event.
    ///
    /// # Errors
    /// [`StoreError::Database`]; so for all that only read.
    pub async fn book(&self, event: EventId) -> Result<Option<SealedBook>, StoreError> {
        sqlx::query("SELECT * FROM books WHERE event = ?")
            .bind(event.to_string())
            .fetch_optional(self.readers())
            .await?
            .map(|row| book_of(&row))
            .transpose()
    }

    /// Texts of a book's lines, in order.
    ///
    /// # Errors
    /// As [`Self::book`].
    pub async fn book_lines(
        &self,
        event: EventId,
        lines: Lines<'_>,
    ) -> Result<Vec<String>, StoreError> {
        let mut sql = QueryBuilder::<Sqlite>::new("SELECT line FROM book_lines WHERE event = ");
        sql.push_bind(event.to_string());
        match lines {
            Lines::After(seq, _) => sql.push(" AND seq > ").push_bind(to_sql(seq)),
            Lines::OfUnits => sql.push(" AND person IS NULL"),
            Lines::OfMembers(unit) => {
                sql.push(" AND person IS NOT NULL AND unit = ").push_bind(unit.as_str().to_owned())
            }
            Lines::Of(person) => sql.push(" AND person = ").push_bind(person.as_str().to_owned()),
        };
        sql.push(" ORDER BY seq");
        match lines {
            Lines::After(_, most) => drop(sql.push(" LIMIT ").push_bind(i64::from(most))),
            Lines::OfUnits | Lines::OfMembers(_) | Lines::Of(_) => {}
        }
        Ok(sql.build_query_scalar().fetch_all(self.readers()).await?)
    }

    /// Begins the book of an event anew; what an earlier attempt has left of it goes.
    ///
    /// # Errors
    /// [`StoreError::Commit`]; so for all that write. [`StoreError::BookSealed`] when it is.
    pub async fn begin_book(&self, event: EventId) -> Result<(), StoreError> {
        self.write(BookWrite::Begin { event }).await.map(drop)
    }

    /// Adds lines to a book that is not sealed yet.
    ///
    /// # Errors
    /// As [`Self::begin_book`].
    pub async fn add_book_lines(
        &self,
        event: EventId,
        lines: Vec<BookLine>,
    ) -> Result<(), StoreError> {
        self.write(BookWrite::Add { event, lines }).await.map(drop)
    }

    /// Adds the last lines to a book and seals it, or seals it once more: all of it or nothing.
    ///
    /// # Errors
    /// As [`Self::begin_book`], save that it may be sealed; a line that is there already is
    /// [`StoreError::Commit`].
    pub async fn seal_book(
        &self,
        event: EventId,
        book: SealedBook,
        lines: Vec<BookLine>,
    ) -> Result<(), StoreError> {
        self.write(BookWrite::Seal { event, book, lines }).await.map(drop)
    }

    /// Removes what is personal of an event: presence, excuses, names of halls and guests, and the lines of
    /// people in its book. The sums of units stay.
    ///
    /// # Errors
    /// As [`Self::begin_book`].
    pub async fn forget(&self, event: EventId, at: WallMs) -> Result<(), StoreError> {
        self.write(BookWrite::Forget { event, at }).await.map(drop)
    }

    /// For how many days what is personal is kept after an event; for ever, if nothing is set.
    ///
    /// # Errors
    /// As [`Self::book`].
    pub async fn retention(&self) -> Result<Option<u32>, StoreError> {
        let days: Option<i64> =
            sqlx::query_scalar("SELECT days FROM retention").fetch_optional(self.readers()).await?;
        let days = days.map(|days| from_sql("days", days)).transpose()?;
        Ok(days.map(|days| u32::try_from(days).unwrap_or(u32::MAX)))
    }

    /// Sets for how many days what is personal is kept after an event.
    ///
    /// # Errors
    /// As [`Self::begin_book`].
    pub async fn set_retention(&self, days: Option<u32>) -> Result<(), StoreError> {
        self.write(BookWrite::Retain { days }).await.map(drop)
    }

    /// Takes note of who watched the replay of an event.
    ///
    /// # Errors
    /// As [`Self::begin_book`].
    pub async fn keep_replays(
        &self,
        event: EventId,
        people: Vec<PersonCode>,
        at: WallMs,
    ) -> Result<(), StoreError> {
        self.write(BookWrite::Replayed { event, people, at }).await.map(drop)
    }

    /// Who watched the replay of an event.
    ///
    /// # Errors
    /// As [`Self::book`].
    pub async fn replays(&self, event: EventId) -> Result<Vec<PersonCode>, StoreError> {
        let people: Vec<String> =
            sqlx::query_scalar("SELECT person FROM replays WHERE event = ? ORDER BY person")
                .bind(event.to_string())
                .fetch_all(self.readers())
                .await?;
        people.iter().map(|code| crate::store::parsed("person", code)).collect()
    }
}

impl Write for BookWrite {
    fn run(self: Box<Self>, connection: &mut SqliteConnection) -> Run<'_> {
        Box::pin(self.carry_out(connection))
    }
}

impl BookWrite {
    async fn carry_out(self, connection: &mut SqliteConnection) -> Result<u64, StoreError> {
        match self {
            Self::Begin { event } => {
                still_open(connection, event).await?;
                delete(connection, "DELETE FROM book_lines WHERE event = ?", event).await
            }
            Self::Add { event, lines } => {
                still_open(connection, event).await?;
                add(connection, event, &lines).await
            }
            Self::Seal { event, book, lines } => {
                add(connection, event, &lines).await?;
                seal(connection, event, book).await
            }
            Self::Forget { event, at } => {
                for sql in [
                    "DELETE FROM presence WHERE event = ?",
                    "DELETE FROM excuses WHERE event = ?",
                    "DELETE FROM replays WHERE event = ?",
                    "DELETE FROM book_lines WHERE event = ? AND person IS NOT NULL",
                    "DELETE FROM hall_members WHERE hall IN (SELECT id FROM halls WHERE event = ?)",
                    "DELETE FROM seat_members WHERE seat IN (SELECT id FROM seats WHERE event = ?)",
                    "DELETE FROM guests WHERE event = ?",
                ] {
                    delete(connection, sql, event).await?;
                }
                let done = sqlx::query("UPDATE books SET forgotten_ms = ? WHERE event = ?")
                    .bind(to_sql(at.0))
                    .bind(event.to_string())
                    .execute(connection)
                    .await?;
                Ok(done.rows_affected())
            }
            Self::Retain { days } => {
                let sql = match days {
                    Some(_) => "INSERT OR REPLACE INTO retention (only, days) VALUES (1, ?)",
                    None => "DELETE FROM retention WHERE ? IS NULL",
                };
                Ok(sqlx::query(sql).bind(days).execute(connection).await?.rows_affected())
            }
            Self::Replayed { event, people, at } => {
                let mut rows = 0;
                for person in people {
                    let sql =
                        "INSERT OR IGNORE INTO replays (event, person, at_ms) VALUES (?, ?, ?)";
                    let query = sqlx::query(sql).bind(event.to_string()).bind(person.as_str());
                    let done = query.bind(to_sql(at.0)).execute(&mut *connection).await?;
                    rows += done.rows_affected();
                }
                Ok(rows)
            }
        }
    }
}

/// What is sealed is not begun again.
async fn still_open(connection: &mut SqliteConnection, event: EventId) -> Result<(), StoreError> {
    let sealed = sqlx::query("SELECT 1 FROM books WHERE event = ?")
        .bind(event.to_string())
        .fetch_optional(connection)
        .await?;
    sealed.map_or(Ok(()), |_| Err(StoreError::BookSealed))
}

async fn delete(
    connection: &mut SqliteConnection,
    sql: &'static str,
    event: EventId,
) -> Result<u64, StoreError> {
    let done = sqlx::query(sql).bind(event.to_string()).execute(connection).await?;
    Ok(done.rows_affected())
}

async fn add(
    connection: &mut SqliteConnection,
    event: EventId,
    lines: &[BookLine],
) -> Result<u64, StoreError> {
    let event = event.to_string();
    for lines in lines.chunks(LINES_PER_STATEMENT) {
        let mut sql =
            QueryBuilder::<Sqlite>::new("INSERT INTO book_lines (event, seq, unit, person, line) ");
        sql.push_values(lines, |mut values, line| {
            values
                .push_bind(&event)
                .push_bind(to_sql(line.seq))
                .push_bind(line.unit.as_ref().map(UnitCode::as_str))
                .push_bind(line.person.as_ref().map(PersonCode::as_str))
                .push_bind(&line.text);
        });
        sql.build().execute(&mut *connection).await?;
    }
    Ok(lines.len() as u64)
}

async fn seal(
    connection: &mut SqliteConnection,
    event: EventId,
    book: SealedBook,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "INSERT INTO books (event, entries, seals, hash, sealed_ms, by_whom)
         VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (event) DO UPDATE SET entries = excluded.entries, seals = excluded.seals,
         hash = excluded.hash, sealed_ms = excluded.sealed_ms, by_whom = excluded.by_whom",
    )
    .bind(event.to_string())
    .bind(to_sql(book.entries))
    .bind(to_sql(book.seals))
    .bind(book.hash)
    .bind(to_sql(book.sealed.0))
    .bind(book.by)
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

fn book_of(row: &SqliteRow) -> Result<SealedBook, StoreError> {
    let forgotten: Option<i64> = row.try_get("forgotten_ms")?;
    let forgotten = forgotten.map(|ms| from_sql("forgotten_ms", ms).map(WallMs)).transpose()?;
    Ok(SealedBook {
        entries: from_sql("entries", row.try_get("entries")?)?,
        seals: from_sql("seals", row.try_get("seals")?)?,
        hash: row.try_get("hash")?,
        sealed: WallMs(from_sql("sealed_ms", row.try_get("sealed_ms")?)?),
        by: row.try_get("by_whom")?,
        forgotten,
    })
}
