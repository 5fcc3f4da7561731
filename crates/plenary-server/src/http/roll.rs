//! Attendance over time and its gaps: the curve, who is missing, and what a member sees of themselves.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use plenary_audience::attendance::Status;
use plenary_audience::book::Span;
use plenary_model::unit::{PersonCode, UnitCode};
use plenary_store::{Event, Lines};
use serde::Serialize;
use utoipa::ToSchema;

use super::members::{self, Visitor};
use super::problem::Problem;
use super::units::find;
use crate::app::App;
use crate::attendance::retention::kept_until;
use crate::attendance::{CURVE_STEP_MS, span, unit_number};

/// How many were there over time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttendanceCurve)]
pub struct CurveBody {
    /// Wall clock of the first point.
    from_ms: u64,
    /// From one point to the next.
    step_ms: u64,
    /// How many were there at each point.
    here: Vec<u32>,
}

/// Somebody who is missing.
#[derive(Debug, Serialize, ToSchema)]
pub struct MissingPerson {
    /// Their code.
    #[schema(value_type = String)]
    code: PersonCode,
    /// Their name.
    name: String,
    /// Code of their unit.
    #[schema(value_type = String)]
    unit: UnitCode,
    /// Its name.
    unit_name: String,
    /// Their e-mail address.
    #[schema(required)]
    email: Option<String>,
    /// Their telephone number.
    #[schema(required)]
    phone: Option<String>,
}

/// Who is missing.
#[derive(Debug, Serialize, ToSchema)]
pub struct MissingPage {
    /// How many they are.
    total: usize,
    /// The first of them.
    people: Vec<MissingPerson>,
}

/// What is recorded about a member at an event.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnRecord {
    /// Their name.
    name: String,
    /// Their code.
    #[schema(value_type = String)]
    code: PersonCode,
    /// What they come to; nothing is known of them any more when it is null.
    #[schema(required)]
    status: Option<Status>,
    /// When they were there.
    present: Vec<Span>,
    /// Why they need not come, and who says so.
    #[schema(required)]
    excuse: Option<String>,
    /// Whether the record is final.
    sealed: bool,
    /// After how many days following the end it is deleted; null is never.
    #[schema(required)]
    kept_days: Option<u32>,
    /// When it is deleted, if the event is over.
    #[schema(required)]
    deleted_ms: Option<u64>,
}

/// How many were there over time, of all.
#[utoipa::path(get, tag = "attendance", path = "/api/events/{event}/curve",
    params(("event" = String, Path)),
    responses((status = 200, body = CurveBody), (status = 404, body = Problem)))]
pub async fn show_curve(
    State(app): State<App>,
    Path(event): Path<String>,
) -> Result<Json<CurveBody>, Problem> {
    let event = app.event(&event).await?;
    let desk = app.attendance(&event).await?;
    let curve = desk.curve().await.ok_or_else(Problem::event_unknown)?;
    let tops = desk.sums().directory.tree().tops().to_vec();
    let each = tops.iter().map(|unit| curve.of(unit_number(*unit)));
    let mut here = Vec::new();
    for points in each {
        here.resize(points.len().max(here.len()), 0);
        for (sum, point) in here.iter_mut().zip(points) {
            *sum += point;
        }
    }
    Ok(Json(curve_body(&event, curve.from.0, here)))
}

/// How many of a unit and everything below it were there over time.
#[utoipa::path(get, tag = "attendance", path = "/api/events/{event}/curve/{unit}",
    params(("event" = String, Path), ("unit" = String, Path)),
    responses((status = 200, body = CurveBody), (status = 404, body = Problem)))]
pub async fn show_unit_curve(
    State(app): State<App>,
    Path((event, unit)): Path<(String, String)>,
) -> Result<Json<CurveBody>, Problem> {
    let event = app.event(&event).await?;
    let desk = app.attendance(&event).await?;
    let unit = find(&desk.sums().directory, &unit)?;
    let curve = desk.curve().await.ok_or_else(Problem::event_unknown)?;
    Ok(Json(curve_body(&event, curve.from.0, curve.of(unit_number(unit)).to_vec())))
}

fn curve_body(event: &Event, from: u64, here: Vec<u32>) -> CurveBody {
    CurveBody { from_ms: event.created.0.saturating_add(from), step_ms: CURVE_STEP_MS, here }
}

/// Who of a unit and everything below it is missing.
#[utoipa::path(get, tag = "attendance", path = "/api/events/{event}/missing/{unit}",
    params(("event" = String, Path), ("unit" = String, Path)),
    responses((status = 200, body = MissingPage), (status = 404, body = Problem)))]
pub async fn list_missing(
    State(app): State<App>,
    Path((event, unit)): Path<(String, String)>,
) -> Result<Json<MissingPage>, Problem> {
    let event = app.event(&event).await?;
    let desk = app.attendance(&event).await?;
    let directory = std::sync::Arc::clone(&desk.sums().directory);
    let (total, codes) = desk.missing(find(&directory, &unit)?).await;
    let people = app.store().people_called(&codes).await;
    let people = people.map_err(|error| Problem::internal(&error))?.into_iter().map(|person| {
        let named = directory.tree().find(&person.unit);
        MissingPerson {
            code: person.code,
            name: person.name.into(),
            unit_name: named
                .map_or_else(String::new, |unit| directory.tree().unit(unit).name.clone()),
            unit: person.unit,
            email: person.email.map(String::from),
            phone: person.phone.map(String::from),
        }
    });
    Ok(Json(MissingPage { total, people: people.collect() }))
}

/// What is recorded about whoever asks.
#[utoipa::path(get, tag = "members", path = "/api/events/{event}/mine",
    params(("event" = String, Path)),
    responses((status = 200, body = OwnRecord), (status = 401, body = Problem)))]
pub async fn show_own_record(
    State(app): State<App>,
    Path(event): Path<String>,
    headers: HeaderMap,
) -> Result<Json<OwnRecord>, Problem> {
    let event = app.event(&event).await?;
    let visitor = members::presence(&app, event.id, &headers).await;
    let Some(Visitor::Member(pass)) = visitor else { return Err(members::not_joined()) };
    let person = app.person(&pass.person).await?.ok_or_else(Problem::person_unknown)?;
    let failed = |error| Problem::internal(&error);
    let kept_days = app.store().retention().await.map_err(failed)?;
    let mut record = OwnRecord {
        name: person.name.to_string(),
        code: person.code.clone(),
        status: None,
        present: Vec::new(),
        excuse: None,
        sealed: false,
        kept_days,
        deleted_ms: event.ended.zip(kept_days).map(|(ended, days)| kept_until(ended, days).0),
    };
    if app.ledger(&event).await?.is_some() {
        record.sealed = true;
        let lines = app.store().book_lines(event.id, Lines::Of(&person.code)).await;
        let mut known = crate::attendance::members(&lines.map_err(failed)?);
        if let Some(line) = known.remove(&person.code) {
            record.status = Some(line.status);
            record.present = line.present;
            record.excuse = line.excuse.map(|excuse| format!("{} ({})", excuse.reason, excuse.by));
        }
    } else if let Some(known) = app.attendance(&event).await?.member(person.code.clone()).await {
        record.status = Some(known.status);
        record.present = known.present.iter().map(|interval| span(&event, *interval)).collect();
        let excuses = app.store().excuses(event.id).await.map_err(failed)?;
        let own = excuses.into_iter().rfind(|excuse| excuse.person == person.code);
        let own = own.filter(|excuse| excuse.excused);
        record.excuse = own.map(|excuse| format!("{} ({})", excuse.reason, excuse.by));
    }
    Ok(Json(record))
}
