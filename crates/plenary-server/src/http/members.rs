//! Members at an event: coming in with a personal link, and being there.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use plenary_model::admission::Admission;
use plenary_model::id::EventId;
use plenary_model::member::{Person, Standing};
use plenary_model::time::WallMs;
use plenary_organisation::admission::TurnedAway;
use plenary_store::Event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::JsonBody;
use super::problem::Problem;
use super::{sentence, sessions};
use crate::app::App;
use crate::attendance::{BeatRefused, JoinRefused, Refused};
use crate::clock::wall_now;
use crate::identity::pass::{BadPass, Kind, Pass};

/// How long somebody stays in without coming again: a long day with its evening.
const PRESENCE_MS: u64 = 16 * 3_600 * 1_000;
/// When somebody who is told to wait shall try again.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("3");

/// A member who wants to come in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinRequest {
    /// The pass in their personal link.
    pass: String,
}

/// A member who is in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Joined {
    /// Their name.
    name: String,
    /// Names of their unit and of those above it, the top first.
    units: Vec<String>,
}

/// Comes in with a personal link.
#[utoipa::path(post, tag = "members", path = "/api/events/{event}/join",
    params(("event" = String, Path)), request_body = JoinRequest,
    responses((status = 200, body = Joined), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 503, body = Problem)))]
pub async fn join_event(
    State(app): State<App>,
    Path(event): Path<String>,
    JsonBody(request): JsonBody<JoinRequest>,
) -> Result<Response, Problem> {
    let event = app.event(&event).await?;
    let now = wall_now();
    let pass = app.passes().read(Kind::Invitation, &request.pass, event.id, now);
    let pass = pass.map_err(bad_pass)?;
    let person = app.person(&pass.person).await?.ok_or_else(Problem::link_unknown)?;
    let joined = told(&app, &person);
    let desk = app.attendance(&event).await?;
    if let Err(refused) = desk.join(person, pass.issue).await {
        return Ok(refusal(&refused));
    }
    let presence = Pass { event: Some(event.id), expires: WallMs(now.0 + PRESENCE_MS), ..pass };
    let token = app.passes().sign(Kind::Presence, &presence);
    let cookie = sessions::presence_cookie(event.id, &token, PRESENCE_MS / 1_000, app.speaks_tls());
    let mut response = Json(joined).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Is still there.
#[utoipa::path(post, tag = "members", path = "/api/events/{event}/beat",
    params(("event" = String, Path)),
    responses((status = 204), (status = 401, body = Problem)))]
pub async fn beat(
    State(app): State<App>,
    Path(event): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let event: EventId = event.parse().map_err(|_| Problem::event_unknown())?;
    let pass = presence(&app, event, &headers).ok_or_else(not_joined)?;
    let desk = match app.events().attendance(event) {
        Some(desk) => desk,
        // It is over: whoever is here watches the replay.
        None => app.attendance(&app.event(&event.to_string()).await?).await?,
    };
    match desk.beat(pass.person, pass.issue).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(BeatRefused::Unknown) => Err(not_joined()),
        Err(BeatRefused::Ended) => Err(Problem::event_unknown()),
        Err(refused @ BeatRefused::Store(_)) => Err(not_written(&refused)),
    }
}

/// Whether somebody may watch an event: everybody, or members who have come in and its directors.
pub async fn may_watch(app: &App, event: &Event, headers: &HeaderMap) -> bool {
    match event.admission {
        Admission::Everybody => true,
        Admission::Members | Admission::Chosen { .. } => {
            presence(app, event.id, headers).is_some()
                || sessions::directs(app, headers, event.id).await
        }
    }
}

/// The pass of a member who has come in and was not shut out since.
pub fn presence(app: &App, event: EventId, headers: &HeaderMap) -> Option<Pass> {
    let token = sessions::presence_token(headers, event)?;
    let pass = app.passes().read(Kind::Presence, token, event, wall_now()).ok()?;
    let desk = app.events().attendance(event);
    desk.is_none_or(|desk| desk.holds(&pass.person, pass.issue)).then_some(pass)
}

/// The pass in a person's link to an event.
pub fn invitation(app: &App, (person, issue): (&Person, u32), event: &Event) -> Option<String> {
    match person.standing {
        Standing::Member => {}
        Standing::Left => return None,
    }
    /// How long links hold: printed ones outlast a postponed event.
    const INVITATION_MS: u64 = 400 * 86_400_000;
    let expires = WallMs(event.created.0 + INVITATION_MS);
    let pass = Pass { person: person.code.clone(), event: Some(event.id), issue, expires };
    Some(app.passes().sign(Kind::Invitation, &pass))
}

fn told(app: &App, person: &Person) -> Joined {
    let directory = app.organisation().now();
    let tree = directory.tree();
    let unit = tree.find(&person.unit);
    let above = unit.into_iter().flat_map(|unit| tree.upwards(unit));
    let mut units: Vec<String> = above.map(|unit| tree.unit(unit).name.clone()).collect();
    units.reverse();
    Joined { name: person.name.to_string(), units }
}

fn bad_pass(bad: BadPass) -> Problem {
    let (status, code) = match bad {
        BadPass::Forged => return Problem::link_unknown(),
        BadPass::Expired => (StatusCode::FORBIDDEN, "link_expired"),
        BadPass::OtherEvent => (StatusCode::FORBIDDEN, "link_of_other_event"),
    };
    Problem::new(status, code, sentence(&bad))
}

pub fn not_joined() -> Problem {
    let detail = "Open your personal link to come in.";
    Problem::new(StatusCode::UNAUTHORIZED, "not_joined", detail)
}

fn not_written(error: &impl ToString) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_written", sentence(error))
}

/// With the names in a refusal at the door.
fn naming(problem: Problem, refused: &JoinRefused) -> Problem {
    match refused {
        JoinRefused::Door(Refused::TurnedAway(TurnedAway::OtherUnit { admitted, more, own })) => {
            let problem = problem.naming("admitted", admitted.join("、")).naming("own", own);
            problem.naming("more", more.to_string())
        }
        JoinRefused::Door(Refused::Full { unit, places }) => {
            problem.naming("unit", unit).naming("places", places.to_string())
        }
        JoinRefused::Door(Refused::TurnedAway(TurnedAway::Left | TurnedAway::NoUnit))
        | JoinRefused::Revoked
        | JoinRefused::Crowded
        | JoinRefused::Store(_)
        | JoinRefused::Ended => problem,
    }
}

fn refusal(refused: &JoinRefused) -> Response {
    let (status, code) = match refused {
        JoinRefused::Door(Refused::TurnedAway(TurnedAway::OtherUnit { .. })) => {
            (StatusCode::FORBIDDEN, "not_invited")
        }
        JoinRefused::Door(Refused::TurnedAway(TurnedAway::Left | TurnedAway::NoUnit)) => {
            (StatusCode::FORBIDDEN, "not_member")
        }
        JoinRefused::Door(Refused::Full { .. }) => (StatusCode::FORBIDDEN, "places_taken"),
        JoinRefused::Revoked => (StatusCode::FORBIDDEN, "link_revoked"),
        JoinRefused::Crowded => (StatusCode::SERVICE_UNAVAILABLE, "crowded"),
        JoinRefused::Ended => (StatusCode::NOT_FOUND, "event_unknown"),
        JoinRefused::Store(_) => return not_written(refused).into_response(),
    };
    let problem = Problem::new(status, code, sentence(refused));
    let mut response = naming(problem, refused).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_SECONDS);
    }
    response
}
