//! Halls: made by whoever answers for a unit, kept by whoever has a hall's link.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use plenary_audience::attendance::Status;
use plenary_model::id::LinkId;
use plenary_model::limits::{HALL_HEADS_MAX, HALL_MEMBERS_MAX, HALL_NAME_CHARS_MAX};
use plenary_model::member::{Person, Standing};
use plenary_model::text::clean_line;
use plenary_model::unit::PersonCode;
use plenary_store::{CountedHall, Event, Hall, Heads, StoreError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::JsonBody;
use super::cards::{QrCode, origin};
use super::members::{self, Visitor};
use super::permission::Caller;
use super::problem::Problem;
use super::units::find;
use super::{sentence, sessions};
use crate::app::App;
use crate::attendance::{AttendanceDesk, Place, Unnamed};
use crate::clock::wall_now;

/// A hall as those who made it see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct HallLink {
    /// Its id.
    #[schema(value_type = String)]
    id: LinkId,
    /// What it is called.
    name: String,
    /// Code of the unit whose members watch there.
    unit: String,
    /// The path of its page on this server.
    link: String,
    /// Whether the link still opens it.
    open: bool,
    /// How many were counted last.
    #[schema(required)]
    heads: Option<u32>,
    /// How many were ticked off.
    ticked: u32,
}

/// What a hall is made from.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHallRequest {
    /// What it is called.
    name: String,
}

/// The event that is watched in a hall.
#[derive(Debug, Serialize, ToSchema)]
pub struct HallEvent {
    /// Its name in addresses.
    slug: String,
    /// Its title.
    title: String,
}

/// A member on a hall's list.
#[derive(Debug, Serialize, ToSchema)]
pub struct HallMember {
    /// Their code.
    #[schema(value_type = String)]
    code: PersonCode,
    /// Their name.
    name: String,
    /// Whether they are there, by whatever page.
    here: bool,
    /// Whether they were ticked off in this hall.
    in_hall: bool,
}

/// A hall as its own page shows it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hall)]
pub struct HallBody {
    /// What is watched.
    event: HallEvent,
    /// Names of the unit and of those above it, save the top.
    unit: String,
    /// What it is called.
    name: String,
    /// How many were counted last; null: nobody has counted yet.
    #[schema(required)]
    heads: Option<u32>,
    /// When.
    #[schema(required)]
    heads_ms: Option<u64>,
    /// The members of the unit and of those below it, as far as a list goes.
    members: Vec<HallMember>,
    /// What members' phones read, to be counted here.
    qr: QrCode,
}

/// How many there are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeadsRequest {
    /// All of them, those that were ticked off too.
    count: u32,
}

/// Whether somebody is there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TickRequest {
    /// They are; or it was a mistake.
    present: bool,
}

/// The halls of a unit and of everything below it.
#[utoipa::path(get, tag = "halls", path = "/api/events/{event}/halls/{unit}",
    params(("event" = String, Path), ("unit" = String, Path)),
    responses((status = 200, body = Vec<HallLink>), (status = 404, body = Problem)))]
pub async fn list_halls(
    State(app): State<App>,
    Path((event, unit)): Path<(String, String)>,
) -> Result<Json<Vec<HallLink>>, Problem> {
    let event = app.event(&event).await?;
    let directory = app.organisation().now();
    let tree = directory.tree();
    let top = find(&directory, &unit)?;
    let halls = app.store().counted_halls(event.id).await.map_err(failed)?.into_iter();
    let is_below =
        |hall: &Hall| tree.find(&hall.unit).is_some_and(|unit| tree.is_within(unit, top));
    let halls = halls.filter(|counted| is_below(&counted.hall));
    Ok(Json(halls.map(|counted| link(&app, counted)).collect()))
}

/// Makes a hall for a unit.
#[utoipa::path(post, tag = "halls", path = "/api/events/{event}/halls/{unit}",
    params(("event" = String, Path), ("unit" = String, Path)), request_body = NewHallRequest,
    responses((status = 201, body = HallLink), (status = 404, body = Problem),
              (status = 422, body = Problem)))]
pub async fn make_hall(
    State(app): State<App>,
    Caller(account): Caller,
    Path((event, unit)): Path<(String, String)>,
    JsonBody(request): JsonBody<NewHallRequest>,
) -> Result<(StatusCode, Json<HallLink>), Problem> {
    let event = app.event(&event).await?;
    let directory = app.organisation().now();
    let unit = directory.tree().unit(find(&directory, &unit)?).code.clone();
    let name = clean_line(&request.name);
    if !(1..=HALL_NAME_CHARS_MAX).contains(&name.chars().count()) {
        let detail = format!("A hall has a name of 1 to {HALL_NAME_CHARS_MAX} characters.");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "name_bad", detail));
    }
    let hall = Hall { id: LinkId::new(Uuid::now_v7()), event: event.id, unit, name, is_open: true };
    let made = app.store().make_hall(hall.clone(), account.name, wall_now()).await;
    made.map_err(|error| match error {
        StoreError::TooManyHalls => {
            Problem::new(StatusCode::CONFLICT, "too_many_halls", sentence(&error))
        }
        other => Problem::internal(&other),
    })?;
    let counted = CountedHall { hall, heads: None, ticked: 0 };
    Ok((StatusCode::CREATED, Json(link(&app, counted))))
}

/// Closes a hall: its link opens nothing any more; what was counted stays.
#[utoipa::path(delete, tag = "halls", path = "/api/events/{event}/halls/{unit}/{hall}",
    params(("event" = String, Path), ("unit" = String, Path), ("hall" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn close_hall(
    State(app): State<App>,
    Path((event, unit, hall)): Path<(String, String, String)>,
) -> Result<StatusCode, Problem> {
    let event = app.event(&event).await?;
    let halls = app.store().halls(event.id).await.map_err(failed)?;
    let known = halls.iter().find(|known| known.id.to_string() == hall);
    // A steward closes halls of their own units only.
    let known = known.filter(|known| known.unit.as_str() == unit).ok_or_else(unknown)?;
    app.store().close_hall(event.id, known.id, wall_now()).await.map_err(failed)?;
    Ok(StatusCode::NO_CONTENT)
}

/// A hall, for its own page, which may show the programme from then on. While it asks, those who were
/// ticked off are there.
#[utoipa::path(get, tag = "halls", path = "/api/halls/{token}", params(("token" = String, Path)),
    responses((status = 200, body = HallBody), (status = 404, body = Problem)))]
pub async fn show_hall(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let (event, hall) = opened(&app, &token).await?;
    let ticked = app.store().ticked_off(hall.id).await.map_err(failed)?;
    let desk = app.attendance(&event).await?;
    if app.is_time_to_gather(hall.id) {
        desk.gather(ticked.clone(), Place::Hall)
            .await
            .map_err(|refused| members::not_written(&refused))?;
    }
    let ticked: BTreeSet<PersonCode> = ticked.into_iter().collect();
    let people = people_around(&app, &hall, &ticked).await?;
    let codes = people.iter().map(|person| person.code.clone()).collect();
    let statuses: BTreeMap<PersonCode, Status> = desk.statuses(codes).await.into_iter().collect();
    let members = people.into_iter().map(|person| HallMember {
        here: matches!(statuses.get(&person.code), Some(Status::Present | Status::Late)),
        in_hall: ticked.contains(&person.code),
        name: person.name.into(),
        code: person.code,
    });
    let heads = app.store().heads(hall.id).await.map_err(failed)?;
    let origin = origin(&app, None, &headers, &uri)?;
    let phones = format!("{origin}/e/{}/join#hall={token}", event.slug);
    let body = HallBody {
        unit: unit_names(&app, &hall),
        members: members.collect(),
        name: hall.name,
        heads: heads.map(|heads| heads.count),
        heads_ms: heads.map(|heads| heads.at.0),
        qr: QrCode::of(&phones).map_err(|error| Problem::internal(&error))?,
        event: HallEvent { slug: event.slug.clone(), title: event.title.clone() },
    };
    let cookie = sessions::hall_cookie(event.id, &token, app.speaks_tls());
    let mut response = Json(body).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Says how many there are.
#[utoipa::path(put, tag = "halls", path = "/api/halls/{token}/heads",
    params(("token" = String, Path)), request_body = HeadsRequest,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn count_heads(
    State(app): State<App>,
    Path(token): Path<String>,
    JsonBody(HeadsRequest { count }): JsonBody<HeadsRequest>,
) -> Result<StatusCode, Problem> {
    let (event, hall) = opened(&app, &token).await?;
    if HALL_HEADS_MAX < count {
        let detail = format!("Nobody counts more than {HALL_HEADS_MAX} heads before one screen.");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "heads_bad", detail));
    }
    recording(&app, &event).await?;
    let heads = Heads { count, at: wall_now() };
    app.store().count_heads(hall.id, heads).await.map_err(failed)?;
    counted(&app, &app.attendance(&event).await?, &hall).await
}

/// Ticks a member off as there, or takes it back.
#[utoipa::path(put, tag = "halls", path = "/api/halls/{token}/members/{person}",
    params(("token" = String, Path), ("person" = String, Path)), request_body = TickRequest,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn tick_member(
    State(app): State<App>,
    Path((token, person)): Path<(String, String)>,
    JsonBody(TickRequest { present }): JsonBody<TickRequest>,
) -> Result<StatusCode, Problem> {
    let (event, hall) = opened(&app, &token).await?;
    let person: PersonCode = person.parse().map_err(|_| Problem::person_unknown())?;
    let person = app.person(&person).await?.ok_or_else(Problem::person_unknown)?;
    let directory = app.organisation().now();
    let tree = directory.tree();
    let (top, own) = (tree.find(&hall.unit), tree.find(&person.unit));
    // Whoever has a hall's link counts the members of its unit, and learns of no others.
    if !top.zip(own).is_some_and(|(top, own)| tree.is_within(own, top)) {
        return Err(Problem::person_unknown());
    }
    tick(&app, (&event, &hall), person, present).await
}

/// A member's phone that read the hall's code: they are ticked off there.
#[utoipa::path(post, tag = "halls", path = "/api/halls/{token}/arrive",
    params(("token" = String, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn arrive(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let (event, hall) = opened(&app, &token).await?;
    let Some(Visitor::Member(pass)) = members::presence(&app, event.id, &headers).await else {
        return Err(members::not_joined());
    };
    let person = app.person(&pass.person).await?.ok_or_else(Problem::person_unknown)?;
    tick(&app, (&event, &hall), person, true).await
}

async fn tick(
    app: &App,
    (event, hall): (&Event, &Hall),
    person: Person,
    present: bool,
) -> Result<StatusCode, Problem> {
    recording(app, event).await?;
    let (code, now) = (person.code, wall_now());
    app.store().tick_off(hall.id, code.clone(), present, now).await.map_err(failed)?;
    let desk = app.attendance(event).await?;
    if present {
        desk.gather(vec![code], Place::Hall)
            .await
            .map_err(|refused| members::not_written(&refused))?;
    }
    counted(app, &desk, hall).await
}

/// Adds up those who have no name anew.
async fn counted(app: &App, desk: &AttendanceDesk, hall: &Hall) -> Result<StatusCode, Problem> {
    let heads = app.store().unnamed_heads(hall.id).await.map_err(failed)?;
    desk.count_heads(Unnamed { hall: hall.id, unit: hall.unit.clone(), heads }).await;
    Ok(StatusCode::NO_CONTENT)
}

/// What is sealed is corrected, not counted anew.
async fn recording(app: &App, event: &Event) -> Result<(), Problem> {
    match app.ledger(event).await? {
        Some(_) => {
            let error = StoreError::BookSealed;
            Err(Problem::new(StatusCode::CONFLICT, "book_sealed", sentence(&error)))
        }
        None => Ok(()),
    }
}

async fn opened(app: &App, token: &str) -> Result<(Event, Hall), Problem> {
    let hall = app.store().hall_by_token(token).await.map_err(failed)?.ok_or_else(unknown)?;
    Ok((app.event(&hall.event.to_string()).await?, hall))
}

/// Members of the hall's unit and of those below it, those of the unit itself first, as far as a list goes;
/// whoever was ticked off is on it.
async fn people_around(
    app: &App,
    hall: &Hall,
    ticked: &BTreeSet<PersonCode>,
) -> Result<Vec<Person>, Problem> {
    let directory = app.organisation().now();
    let tree = directory.tree();
    let mut people = Vec::new();
    if let Some(top) = tree.find(&hall.unit) {
        for unit in tree.all().filter(|unit| tree.is_within(*unit, top)) {
            let Some(room) = HALL_MEMBERS_MAX.checked_sub(people.len()).filter(|room| 0 < *room)
            else {
                break;
            };
            let most = u32::try_from(room).unwrap_or(u32::MAX);
            let own = app.store().people_of(&tree.unit(unit).code, None, most).await;
            people.extend(own.map_err(failed)?);
        }
    }
    people.retain(|person| person.standing == Standing::Member);
    let listed: BTreeSet<&PersonCode> = people.iter().map(|person| &person.code).collect();
    let others: Vec<PersonCode> =
        ticked.iter().filter(|code| !listed.contains(code)).cloned().collect();
    people.extend(app.store().people_called(&others).await.map_err(failed)?);
    Ok(people)
}

fn unit_names(app: &App, hall: &Hall) -> String {
    let directory = app.organisation().now();
    let tree = directory.tree();
    let units = tree.find(&hall.unit).into_iter().flat_map(|unit| tree.upwards(unit));
    let mut names: Vec<&str> = units.map(|unit| tree.unit(unit).name.as_str()).collect();
    if 1 < names.len() {
        names.pop();
    }
    names.reverse();
    names.join(" · ")
}

fn link(app: &App, CountedHall { hall, heads, ticked }: CountedHall) -> HallLink {
    HallLink {
        link: format!("/hall/{}", app.store().token(hall.id)),
        id: hall.id,
        name: hall.name,
        unit: hall.unit.to_string(),
        open: hall.is_open,
        heads,
        ticked,
    }
}

fn unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "hall_unknown", "There is no such hall, or it is closed.")
}

fn failed(error: StoreError) -> Problem {
    Problem::internal(&error)
}
