//! Attendance over HTTP: sums of units, what each member comes to, excuses, and personal links.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use plenary_audience::attendance::{Counts, Status};
use plenary_audience::book::MemberLine;
use plenary_model::event::Phase;
use plenary_model::limits::EXCUSE_CHARS_MAX;
use plenary_model::text::clean_line;
use plenary_model::unit::{PersonCode, UnitCode};
use plenary_organisation::UnitIndex;
use plenary_store::{Event, Excuse, Lines, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

use super::body::JsonBody;
use super::members::invitation;
use super::permission::Caller;
use super::problem::Problem;
use super::sentence;
use super::units::{above, find};
use crate::app::App;
use crate::attendance::{Sums, members};
use crate::clock::wall_now;

/// The sums of one unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitAttendance {
    /// Its code.
    #[schema(value_type = String)]
    code: UnitCode,
    /// Its name.
    name: String,
    /// How many units stand directly under it.
    units: usize,
    /// Of the unit and everything below it.
    counts: Counts,
}

/// The event that attendance is of.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttendedEvent {
    /// Its title.
    title: String,
    /// Where it stands.
    phase: Phase,
    /// When it is planned to begin.
    #[schema(required)]
    starts_ms: Option<u64>,
}

/// A unit that another one stands under.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitAbove {
    /// Its code.
    #[schema(value_type = String)]
    code: UnitCode,
    /// Its name.
    name: String,
}

/// Attendance of a unit and of those directly below it; at the top, of all.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttendancePage {
    /// The event.
    event: AttendedEvent,
    /// Counts up with every change.
    revision: u64,
    /// The units above, from the top down.
    above: Vec<UnitAbove>,
    /// The unit; null above the top.
    #[schema(required)]
    unit: Option<UnitAttendance>,
    /// Those directly below it, in order.
    below: Vec<UnitAttendance>,
}

/// What a member comes to.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberStatus {
    /// Their code.
    #[schema(value_type = String)]
    code: PersonCode,
    /// Their name.
    name: String,
    /// What they come to.
    status: Status,
}

/// A member's personal link.
#[derive(Debug, Serialize, ToSchema)]
pub struct Invitation {
    /// Their code.
    #[schema(value_type = String)]
    code: PersonCode,
    /// Their name.
    name: String,
    /// The path of their link on this server.
    link: String,
}

/// Why somebody need not come, or that after all they need.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExcuseRequest {
    /// Whether they need not.
    excused: bool,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// Attendance of all.
#[utoipa::path(get, tag = "attendance", path = "/api/events/{event}/attendance",
    params(("event" = String, Path)),
    responses((status = 200, body = AttendancePage), (status = 404, body = Problem)))]
pub async fn show_attendance(
    State(app): State<App>,
    Path(event): Path<String>,
) -> Result<Json<AttendancePage>, Problem> {
    let event = app.event(&event).await?;
    let sums = app.sums(&event).await?;
    let tops = sums.directory.tree().tops();
    let below = tops.iter().map(|unit| body(&sums, *unit)).collect();
    let (revision, above) = (sums.revision, Vec::new());
    Ok(Json(AttendancePage { event: event.into(), revision, above, unit: None, below }))
}

/// Attendance of a unit.
#[utoipa::path(get, tag = "attendance", path = "/api/events/{event}/attendance/{unit}",
    params(("event" = String, Path), ("unit" = String, Path)),
    responses((status = 200, body = AttendancePage), (status = 404, body = Problem)))]
pub async fn show_unit_attendance(
    State(app): State<App>,
    Path((event, unit)): Path<(String, String)>,
) -> Result<Json<AttendancePage>, Problem> {
    let event = app.event(&event).await?;
    let sums = app.sums(&event).await?;
    let unit = find(&sums.directory, &unit)?;
    let tree = sums.directory.tree();
    let below = tree.below(unit);
    Ok(Json(AttendancePage {
        event: event.into(),
        revision: sums.revision,
        above: above(tree, unit).map(|above| name_of(&sums, above)).collect(),
        unit: Some(body(&sums, unit)),
        below: below.iter().map(|unit| body(&sums, *unit)).collect(),
    }))
}

/// What the members of a unit itself come to.
#[utoipa::path(get, tag = "attendance", path = "/api/events/{event}/attendance/{unit}/members",
    params(("event" = String, Path), ("unit" = String, Path)),
    responses((status = 200, body = Vec<MemberStatus>), (status = 404, body = Problem)))]
pub async fn list_attendance(
    State(app): State<App>,
    Path((event, unit)): Path<(String, String)>,
) -> Result<Json<Vec<MemberStatus>>, Problem> {
    let event = app.event(&event).await?;
    if let Some(ledger) = app.ledger(&event).await? {
        let unit = find(&ledger.sums.directory, &unit)?;
        let code = &ledger.sums.directory.tree().unit(unit).code;
        let lines = app.store().book_lines(event.id, Lines::OfMembers(code)).await;
        let lines = lines.map_err(|error| Problem::internal(&error))?;
        let told = members(&lines).into_values().map(|member| {
            let MemberLine { code, name, status, .. } = member;
            MemberStatus { code, name, status }
        });
        return Ok(Json(told.collect()));
    }
    let desk = app.attendance(&event).await?;
    let sums = desk.sums();
    let index = find(&sums.directory, &unit)?;
    let people = people_of(&app, &sums.directory.tree().unit(index).code).await?;
    let mut names: BTreeMap<PersonCode, Box<str>> =
        people.into_iter().map(|person| (person.code, person.name)).collect();
    let told = desk.members_of(index).await.into_iter().filter_map(|(code, status)| {
        let name = names.remove(&code)?.into();
        Some(MemberStatus { code, name, status })
    });
    Ok(Json(told.collect()))
}

/// Says that somebody need not come, or after all needs.
#[utoipa::path(put, tag = "attendance",
    path = "/api/events/{event}/attendance/{unit}/members/{person}/excuse",
    params(("event" = String, Path), ("unit" = String, Path), ("person" = String, Path)),
    request_body = ExcuseRequest,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn excuse_member(
    State(app): State<App>,
    Caller(account): Caller,
    Path((event, unit, person)): Path<(String, String, String)>,
    JsonBody(request): JsonBody<ExcuseRequest>,
) -> Result<StatusCode, Problem> {
    let event = app.event(&event).await?;
    let person: PersonCode = person.parse().map_err(|_| Problem::person_unknown())?;
    let known = app.person(&person).await?.ok_or_else(Problem::person_unknown)?;
    if known.unit.as_str() != unit {
        return Err(Problem::person_unknown());
    }
    let reason = clean_line(&request.reason);
    let wanted = usize::from(request.excused);
    if !(wanted..=EXCUSE_CHARS_MAX).contains(&reason.chars().count()) {
        let detail = format!("A reason is one line of 1 to {EXCUSE_CHARS_MAX} characters.");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "reason_bad", detail));
    }
    let (excused, by) = (request.excused, account.name);
    let excuse = Excuse { person, excused, reason, by, at: wall_now() };
    let kept = app.attendance(&event).await?.excuse(excuse).await;
    kept.map(|()| StatusCode::NO_CONTENT).map_err(|error| match &*error {
        StoreError::BookSealed => {
            Problem::new(StatusCode::CONFLICT, "book_sealed", sentence(&error))
        }
        other => Problem::internal(other),
    })
}

/// Personal links of the members of a unit itself.
#[utoipa::path(get, tag = "attendance", path = "/api/events/{event}/invitations/{unit}",
    params(("event" = String, Path), ("unit" = String, Path)),
    responses((status = 200, body = Vec<Invitation>), (status = 404, body = Problem)))]
pub async fn list_invitations(
    State(app): State<App>,
    Path((event, unit)): Path<(String, String)>,
) -> Result<Json<Vec<Invitation>>, Problem> {
    let event = app.event(&event).await?;
    let directory = app.organisation().now();
    let unit = find(&directory, &unit)?;
    let issues = app.store().issues().await.map_err(|error| Problem::internal(&error))?;
    let issues: BTreeMap<PersonCode, u32> = issues.into_iter().collect();
    let people = people_of(&app, &directory.tree().unit(unit).code).await?;
    let links = people.into_iter().filter_map(|person| {
        let issue = issues.get(&person.code).copied().unwrap_or_default();
        let pass = invitation(&app, (&person, issue), &event)?;
        let link = format!("/e/{}/join#pass={pass}", event.slug);
        Some(Invitation { code: person.code, name: person.name.into(), link })
    });
    Ok(Json(links.collect()))
}

async fn people_of(
    app: &App,
    unit: &UnitCode,
) -> Result<Vec<plenary_model::member::Person>, Problem> {
    let people = app.store().people_of(unit, None, u32::MAX).await;
    people.map_err(|error| Problem::internal(&error))
}

impl From<Event> for AttendedEvent {
    fn from(event: Event) -> Self {
        let starts_ms = event.starts.map(|starts| starts.0);
        Self { title: event.title, phase: event.phase, starts_ms }
    }
}

fn name_of(sums: &Sums, index: UnitIndex) -> UnitAbove {
    let unit = sums.directory.tree().unit(index);
    UnitAbove { code: unit.code.clone(), name: unit.name.clone() }
}

fn body(sums: &Sums, index: UnitIndex) -> UnitAttendance {
    let tree = sums.directory.tree();
    let unit = tree.unit(index);
    UnitAttendance {
        code: unit.code.clone(),
        name: unit.name.clone(),
        units: tree.below(index).len(),
        counts: sums.of(index),
    }
}
