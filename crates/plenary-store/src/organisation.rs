//! The organisation: units, people and their roles.

use plenary_model::member::{OrganisationRole, Person, Standing};
use plenary_model::time::WallMs;
use plenary_model::unit::{PersonCode, UnitCode, UnitRecord, UnitState};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use crate::error::StoreError;
use crate::store::{Store, from_sql, parsed, to_sql};
use crate::writer::{Run, Write};

/// Rows of one statement: far below what SQLite takes, and few enough that nothing is gained by more.
const ROWS_PER_STATEMENT: usize = 1_000;

const REVISION: &str = "SELECT revision FROM organisation_revision";
const ADMINISTRATOR: &str = "administrator";
const STEWARD: &str = "steward";

/// Units and people as they are from now on; others stay as they were.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrganisationUpdate {
    /// New and changed units; a new one stands behind the one that it stands under.
    pub units: Vec<UnitRecord>,
    /// New and changed people, with all their roles.
    pub people: Vec<Person>,
}

struct Keep {
    update: OrganisationUpdate,
    /// The organisation that it was made for; nothing when any will do.
    seen: Option<u64>,
    at: WallMs,
}

/// Few enough values for one statement: SQLite takes 32 766.
const CODES_PER_STATEMENT: usize = 1_000;

impl Store {
    /// All units, by code.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the database cannot be read; so for all reads.
    pub async fn units(&self) -> Result<Vec<UnitRecord>, StoreError> {
        sqlx::query("SELECT * FROM units ORDER BY code")
            .fetch_all(self.readers())
            .await?
            .iter()
            .map(unit_of)
            .collect()
    }

    /// Everybody, by code.
    ///
    /// # Errors
    /// As [`Store::units`].
    pub async fn people(&self) -> Result<Vec<Person>, StoreError> {
        // A row of the database is many times larger than what it says.
        let people = sqlx::query("SELECT * FROM people ORDER BY code")
            .map(|row| person_of(&row))
            .fetch_all(self.readers());
        let people = people.await?.into_iter().collect::<Result<Vec<_>, _>>()?;
        let rows = sqlx::query("SELECT * FROM person_roles ORDER BY person");
        with_roles(people, &rows.fetch_all(self.readers()).await?)
    }

    /// The people of one unit after a code, by code, at most so many.
    ///
    /// # Errors
    /// As [`Store::units`].
    pub async fn people_of(
        &self,
        unit: &UnitCode,
        after: Option<&PersonCode>,
        most: u32,
    ) -> Result<Vec<Person>, StoreError> {
        const SOME: &str =
            "SELECT code FROM people WHERE unit = ? AND ? < code ORDER BY code LIMIT ?";
        let after = after.map_or("", PersonCode::as_str);
        let people = format!("SELECT * FROM people WHERE code IN ({SOME}) ORDER BY code");
        let roles = format!("SELECT * FROM person_roles WHERE person IN ({SOME}) ORDER BY person");
        let mut answers = Vec::new();
        for query in [people, roles] {
            let rows = sqlx::query(sqlx::AssertSqlSafe(query))
                .bind(unit.as_str())
                .bind(after)
                .bind(most)
                .fetch_all(self.readers());
            answers.push(rows.await?);
        }
        let people = answers[0].iter().map(person_of).collect::<Result<Vec<_>, _>>()?;
        with_roles(people, &answers[1])
    }

    /// People with these codes, by code; codes of nobody are left out.
    ///
    /// # Errors
    /// As [`Store::units`].
    pub async fn people_called(&self, codes: &[PersonCode]) -> Result<Vec<Person>, StoreError> {
        let mut people = Vec::new();
        for codes in codes.chunks(CODES_PER_STATEMENT) {
            let mut sql = QueryBuilder::<Sqlite>::new("SELECT * FROM people WHERE code IN (");
            let mut list = sql.separated(", ");
            for code in codes {
                list.push_bind(code.as_str());
            }
            sql.push(") ORDER BY code");
            let rows = sql.build().fetch_all(self.readers()).await?;
            for row in &rows {
                people.push(person_of(row)?);
            }
        }
        Ok(people)
    }

    /// How many members each unit has of its own; units without any are left out.
    ///
    /// # Errors
    /// As [`Store::units`].
    pub async fn members_of_units(&self) -> Result<Vec<(UnitCode, u32)>, StoreError> {
        let rows = sqlx::query(
            "SELECT unit, count(*) AS members FROM people WHERE standing = 'member' GROUP BY unit",
        );
        let rows = rows.fetch_all(self.readers()).await?;
        let members = rows
            .iter()
            .map(|row| Ok((parsed("unit", row.try_get("unit")?)?, row.try_get("members")?)));
        members.collect()
    }

    /// One person.
    ///
    /// # Errors
    /// As [`Store::units`].
    pub async fn person(&self, code: &PersonCode) -> Result<Option<Person>, StoreError> {
        let row = sqlx::query("SELECT * FROM people WHERE code = ?").bind(code.as_str());
        let Some(row) = row.fetch_optional(self.readers()).await? else { return Ok(None) };
        let roles = sqlx::query("SELECT * FROM person_roles WHERE person = ?").bind(code.as_str());
        let roles = roles.fetch_all(self.readers()).await?;
        Ok(with_roles(vec![person_of(&row)?], &roles)?.pop())
    }

    /// How often links of people were revoked; those whose never were are left out.
    ///
    /// # Errors
    /// As [`Store::units`].
    pub async fn issues(&self) -> Result<Vec<(PersonCode, u32)>, StoreError> {
        let rows = sqlx::query("SELECT code, issue FROM people WHERE 0 < issue ORDER BY code");
        let rows = rows.fetch_all(self.readers()).await?;
        let issues = rows
            .iter()
            .map(|row| Ok((parsed("person", row.try_get("code")?)?, row.try_get("issue")?)));
        issues.collect()
    }

    /// How often the links of somebody were revoked; nothing of somebody who is not known.
    ///
    /// # Errors
    /// As [`Self::issues`].
    pub async fn issue(&self, code: &PersonCode) -> Result<Option<u32>, StoreError> {
        let query = sqlx::query_scalar("SELECT issue FROM people WHERE code = ?");
        Ok(query.bind(code.as_str()).fetch_optional(self.readers()).await?)
    }

    /// Makes all personal links of somebody be over, and says how often that has been done; nothing when
    /// nobody has the code.
    ///
    /// # Errors
    /// [`StoreError::Commit`].
    pub async fn revoke_passes(&self, code: &PersonCode) -> Result<Option<u32>, StoreError> {
        let revoked = self.write(Revoke(code.clone())).await?;
        Ok(u32::try_from(revoked).ok().filter(|issue| 0 < *issue))
    }

    /// Makes units and people what they are from now on: all of it or nothing.
    ///
    /// # Errors
    /// [`StoreError::Commit`]; and [`StoreError::Database`] when a unit is named that is not there.
    pub async fn keep_organisation(
        &self,
        update: OrganisationUpdate,
        at: WallMs,
    ) -> Result<(), StoreError> {
        self.write(Keep { update, seen: None, at }).await.map(drop)
    }

    /// How often the organisation has changed.
    ///
    /// # Errors
    /// As [`Store::units`].
    pub async fn organisation_revision(&self) -> Result<u64, StoreError> {
        let row = sqlx::query(REVISION).fetch_one(self.readers()).await?;
        from_sql("revision", row.try_get("revision")?)
    }

    /// The same as [`Store::keep_organisation`], for an update that was made from the organisation at
    /// this revision.
    ///
    /// # Errors
    /// [`StoreError::OrganisationChanged`] when it has changed since; and those of
    /// [`Store::keep_organisation`].
    pub async fn keep_organisation_seen(
        &self,
        update: OrganisationUpdate,
        seen: u64,
        at: WallMs,
    ) -> Result<(), StoreError> {
        self.write(Keep { update, seen: Some(seen), at }).await.map(drop)
    }
}

/// Makes the links of one person be over.
struct Revoke(PersonCode);

impl Write for Revoke {
    fn run(self: Box<Self>, connection: &mut SqliteConnection) -> Run<'_> {
        Box::pin(async move {
            let issue: Option<i64> = sqlx::query_scalar(
                "UPDATE people SET issue = issue + 1 WHERE code = ? RETURNING issue",
            )
            .bind(self.0.as_str())
            .fetch_optional(connection)
            .await?;
            Ok(issue.and_then(|issue| u64::try_from(issue).ok()).unwrap_or_default())
        })
    }
}

impl Write for Keep {
    fn run(self: Box<Self>, connection: &mut SqliteConnection) -> Run<'_> {
        Box::pin(self.carry_out(connection))
    }
}

impl Keep {
    async fn carry_out(self, connection: &mut SqliteConnection) -> Result<u64, StoreError> {
        let OrganisationUpdate { units, people } = self.update;
        let at = to_sql(self.at.0);
        let row = sqlx::query(REVISION).fetch_one(&mut *connection).await?;
        let revision = from_sql("revision", row.try_get("revision")?)?;
        if self.seen.is_some_and(|seen| seen != revision) {
            return Err(StoreError::OrganisationChanged);
        }
        let up = sqlx::query("UPDATE organisation_revision SET revision = revision + 1");
        up.execute(&mut *connection).await?;
        for units in units.chunks(ROWS_PER_STATEMENT) {
            keep_units(connection, units, at).await?;
        }
        for people in people.chunks(ROWS_PER_STATEMENT) {
            keep_people(connection, people, at).await?;
            keep_roles(connection, people).await?;
        }
        Ok((units.len() + people.len()) as u64)
    }
}

async fn keep_units(
    connection: &mut SqliteConnection,
    units: &[UnitRecord],
    at: i64,
) -> Result<(), StoreError> {
    let mut sql = QueryBuilder::<Sqlite>::new(
        "INSERT INTO units (code, name, kind, place, parent, state, created_ms) ",
    );
    sql.push_values(units, |mut row, unit| {
        row.push_bind(unit.code.as_str())
            .push_bind(unit.name.as_str())
            .push_bind(unit.kind.as_str())
            .push_bind(unit.order)
            .push_bind(unit.parent.as_ref().map(UnitCode::as_str))
            .push_bind(state_text(unit.state))
            .push_bind(at);
    });
    sql.push(
        " ON CONFLICT (code) DO UPDATE SET name = excluded.name, kind = excluded.kind,
         place = excluded.place, parent = excluded.parent, state = excluded.state",
    );
    sql.build().execute(connection).await?;
    Ok(())
}

async fn keep_people(
    connection: &mut SqliteConnection,
    people: &[Person],
    at: i64,
) -> Result<(), StoreError> {
    let mut sql = QueryBuilder::<Sqlite>::new(
        "INSERT INTO people (code, name, unit, email, phone, standing, created_ms) ",
    );
    sql.push_values(people, |mut row, person| {
        row.push_bind(person.code.as_str())
            .push_bind(&*person.name)
            .push_bind(person.unit.as_str())
            .push_bind(person.email.as_deref())
            .push_bind(person.phone.as_deref())
            .push_bind(standing_text(person.standing))
            .push_bind(at);
    });
    sql.push(
        " ON CONFLICT (code) DO UPDATE SET name = excluded.name, unit = excluded.unit,
         email = excluded.email, phone = excluded.phone, standing = excluded.standing",
    );
    sql.build().execute(connection).await?;
    Ok(())
}

async fn keep_roles(
    connection: &mut SqliteConnection,
    people: &[Person],
) -> Result<(), StoreError> {
    let mut sql = QueryBuilder::<Sqlite>::new("DELETE FROM person_roles WHERE person IN (");
    let mut codes = sql.separated(", ");
    for person in people {
        codes.push_bind(person.code.as_str());
    }
    sql.push(")");
    sql.build().execute(&mut *connection).await?;
    let roles =
        people.iter().flat_map(|person| person.roles.iter().map(move |role| (person, role)));
    let roles: Vec<_> = roles.collect();
    for roles in roles.chunks(ROWS_PER_STATEMENT) {
        let mut sql = QueryBuilder::<Sqlite>::new("INSERT INTO person_roles (person, role, unit) ");
        sql.push_values(roles, |mut row, (person, role)| {
            let (role, unit) = match role {
                OrganisationRole::Administrator => (ADMINISTRATOR, ""),
                OrganisationRole::Steward(unit) => (STEWARD, unit.as_str()),
            };
            row.push_bind(person.code.as_str()).push_bind(role).push_bind(unit);
        });
        sql.build().execute(&mut *connection).await?;
    }
    Ok(())
}

const fn state_text(state: UnitState) -> &'static str {
    match state {
        UnitState::Open => "open",
        UnitState::Closed => "closed",
    }
}

const fn standing_text(standing: Standing) -> &'static str {
    match standing {
        Standing::Member => "member",
        Standing::Left => "left",
    }
}

fn unreadable(column: &'static str, text: &str) -> StoreError {
    StoreError::Unreadable { column, reason: format!("\"{text}\" is unknown") }
}

fn unit_of(row: &SqliteRow) -> Result<UnitRecord, StoreError> {
    let parent: Option<&str> = row.try_get("parent")?;
    let state: &str = row.try_get("state")?;
    Ok(UnitRecord {
        code: parsed("unit", row.try_get("code")?)?,
        name: row.try_get("name")?,
        kind: row.try_get("kind")?,
        order: row.try_get("place")?,
        parent: parent.map(|parent| parsed("parent", parent)).transpose()?,
        state: match state {
            "open" => UnitState::Open,
            "closed" => UnitState::Closed,
            other => return Err(unreadable("state", other)),
        },
    })
}

fn person_of(row: &SqliteRow) -> Result<Person, StoreError> {
    let standing: &str = row.try_get("standing")?;
    let text = |column| row.try_get::<Option<&str>, _>(column).map(|text| text.map(Into::into));
    Ok(Person {
        code: parsed("person", row.try_get("code")?)?,
        name: row.try_get::<&str, _>("name")?.into(),
        unit: parsed("unit", row.try_get("unit")?)?,
        email: text("email")?,
        phone: text("phone")?,
        roles: Vec::new(),
        standing: match standing {
            "member" => Standing::Member,
            "left" => Standing::Left,
            other => return Err(unreadable("standing", other)),
        },
    })
}

/// Gives people their roles; both are in the order of the people's codes.
fn with_roles(mut people: Vec<Person>, rows: &[SqliteRow]) -> Result<Vec<Person>, StoreError> {
    for row in rows {
        let code: &str = row.try_get("person")?;
        let role: &str = row.try_get("role")?;
        let role = match role {
            ADMINISTRATOR => OrganisationRole::Administrator,
            STEWARD => OrganisationRole::Steward(parsed("unit", row.try_get("unit")?)?),
            other => return Err(unreadable("role", other)),
        };
        if let Ok(index) = people.binary_search_by(|person| person.code.as_str().cmp(code)) {
            people[index].roles.push(role);
        }
    }
    for person in &mut people {
        person.roles.sort();
    }
    Ok(people)
}
