//! Members and guests at an event: coming in with a personal link, waiting for one's turn, and being there.

use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;
use plenary_model::admission::Admission;
use plenary_model::id::{EventId, GuestId};
use plenary_model::member::{Person, Standing};
use plenary_model::time::WallMs;
use plenary_organisation::admission::{Doors, TurnedAway};
use plenary_store::{Event, Guest, GuestState};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use utoipa::ToSchema;

use super::body::JsonBody;
use super::problem::Problem;
use super::{sentence, sessions};
use crate::app::App;
use crate::attendance::{AttendanceDesk, BeatRefused, JoinRefused, Refused};
use crate::clock::wall_now;
use crate::identity::pass::{BadPass, Kind, Pass};

/// How long somebody stays in without coming again: a long day with its evening.
const PRESENCE_MS: u64 = 16 * 3_600 * 1_000;
/// How long a ticket holds after its turn, for phones that sleep.
const TICKET_MS: u64 = 10 * 60 * 1_000;
/// How long the answer to a beat is held back: longer than pages wait until the next, so that one is always
/// held.
const HELD: Duration = Duration::from_secs(32);
/// When somebody who is told to wait shall try again.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("3");

/// Somebody who wants to come in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinRequest {
    /// The pass in their personal link.
    pass: String,
    /// The ticket that they were given when they came before their turn.
    #[serde(default)]
    ticket: Option<String>,
}

/// A member who is in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Joined {
    /// Their name.
    name: String,
    /// Names of their unit and of those above it, the top first.
    units: Vec<String>,
}

/// Who has come in to an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visitor {
    /// A member of the organisation.
    Member(Pass),
    /// A guest of this event, and until when.
    Guest(GuestId, WallMs),
}

/// Comes in with a personal link. Who comes before their turn gets a ticket, and comes again with it.
#[utoipa::path(post, tag = "members", path = "/api/events/{event}/join",
    params(("event" = String, Path)), request_body = JoinRequest,
    responses((status = 200, body = Joined), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 503, body = Problem)))]
pub async fn join_event(
    State(app): State<App>,
    Path(event): Path<String>,
    headers: HeaderMap,
    JsonBody(request): JsonBody<JoinRequest>,
) -> Result<Response, Problem> {
    let event = app.event(&event).await?;
    let desk = app.attendance(&event).await?;
    let now = wall_now();
    let comer = Comer::read(&app, event.id, &request.pass, now)?;
    // Who is in already takes nobody's turn. Whose turn it is not is not even looked up: a line must cost
    // less than those who come in.
    let is_in = presence(&app, event.id, &headers).await.is_some_and(|known| comer.is(&known));
    if !is_in && let Some(turn) = turn(&app, event.id, &request, now) {
        return Ok(told_to_wait(&app, (event.id, &request.pass), turn));
    }
    let (joined, token) = match comer.come_in(&app, (&event, &desk), now).await? {
        Ok((joined, kind, pass)) => {
            (joined, app.passes().sign(kind, &Pass { event: Some(event.id), ..pass }))
        }
        Err(JoinRefused::Crowded) => {
            let turn = app.turnstile(|door| {
                door.hold_up(now);
                door.arrive(now)
            });
            return Ok(told_to_wait(&app, (event.id, &request.pass), turn));
        }
        Err(refused) => return Ok(refusal(&refused)),
    };
    let cookie = sessions::presence_cookie(event.id, &token, PRESENCE_MS / 1_000, app.speaks_tls());
    let mut response = Json(joined).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Who stands at the door, by the pass of their link.
enum Comer {
    Member(Pass),
    Guest(GuestId, Pass),
}

/// What the page of one who comes in shows, and what their cookie says.
type In = (Joined, Kind, Pass);

impl Comer {
    fn read(app: &App, event: EventId, pass: &str, now: WallMs) -> Result<Self, Problem> {
        let read = |kind| app.passes().read(kind, pass, event, now);
        match read(Kind::Invitation) {
            Ok(pass) => Ok(Self::Member(pass)),
            Err(BadPass::Forged) => {
                let pass = read(Kind::GuestInvitation).map_err(bad_pass)?;
                let guest = pass.person.as_str().parse().map_err(|_| Problem::link_unknown())?;
                Ok(Self::Guest(guest, pass))
            }
            Err(bad) => Err(bad_pass(bad)),
        }
    }

    fn is(&self, known: &Visitor) -> bool {
        match (self, known) {
            (Self::Member(pass), Visitor::Member(known)) => pass.person == known.person,
            (Self::Guest(guest, _), Visitor::Guest(known, _)) => guest == known,
            (Self::Member(_), Visitor::Guest(..)) | (Self::Guest(..), Visitor::Member(_)) => false,
        }
    }

    /// Lets them in.
    async fn come_in(
        self,
        app: &App,
        (event, desk): (&Event, &AttendanceDesk),
        now: WallMs,
    ) -> Result<Result<In, JoinRefused>, Problem> {
        let expires = WallMs(now.0 + PRESENCE_MS);
        match self {
            Self::Member(pass) => {
                let person = app.person(&pass.person).await?.ok_or_else(Problem::link_unknown)?;
                if let Err(refused) = check(app, event, (&person, &pass)) {
                    return Ok(Err(refused));
                }
                let joined = told(app, &person);
                let came = desk.join(person, pass.issue).await;
                Ok(came.map(|()| (joined, Kind::Presence, Pass { expires, ..pass })))
            }
            Self::Guest(id, pass) => {
                let guest = guest_of(app, &pass).await?.ok_or_else(Problem::link_unknown)?;
                if guest.state == GuestState::Withdrawn {
                    return Ok(Err(JoinRefused::Revoked));
                }
                desk.guests().beat(id, Instant::now());
                let joined = Joined { name: guest.name, units: Vec::new() };
                let expires = expires.min(pass.expires);
                Ok(Ok((joined, Kind::GuestPresence, Pass { expires, ..pass })))
            }
        }
    }
}

/// Whom the door turns away need not be written down.
fn check(app: &App, event: &Event, (person, pass): (&Person, &Pass)) -> Result<(), JoinRefused> {
    let directory = app.organisation().now();
    let doors = Doors::new(directory.tree(), &event.admission);
    doors.admit(person).map_err(|away| JoinRefused::Door(away.into()))?;
    let desk = app.events().attendance(event.id);
    let holds = desk.is_none_or(|desk| desk.holds(&pass.person, pass.issue));
    if holds { Ok(()) } else { Err(JoinRefused::Revoked) }
}

/// When it is somebody's turn who comes too early.
fn turn(app: &App, event: EventId, request: &JoinRequest, now: WallMs) -> Option<WallMs> {
    let ticket = request.ticket.as_ref();
    let given = ticket.and_then(|ticket| app.tickets().read((event, &request.pass), ticket));
    let given = given.filter(|turn| now.0 <= turn.0 + TICKET_MS);
    let turn = given.unwrap_or_else(|| app.turnstile(|door| door.arrive(now)));
    (now < turn).then_some(turn)
}

/// With the place in line, how long it takes, and the ticket to come back with.
fn told_to_wait(app: &App, (event, pass): (EventId, &str), turn: WallMs) -> Response {
    let now = wall_now();
    let wait_ms = turn.0.saturating_sub(now.0);
    let place = app.turnstile(|door| door.place(now, turn));
    let detail = sentence(&JoinRefused::Crowded);
    let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "crowded", detail)
        .naming("place", place.to_string())
        .naming("wait_ms", wait_ms.to_string())
        .naming("ticket", app.tickets().sign((event, pass), turn));
    let mut response = problem.into_response();
    let seconds = HeaderValue::from(wait_ms.div_ceil(1_000));
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    response
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
    heard(&app, &event, &headers).await.map(|_| StatusCode::NO_CONTENT)
}

/// Is still there, and waits for half a minute to be shut out; the answer tells whether that happened.
#[utoipa::path(post, tag = "members", path = "/api/events/{event}/stay",
    params(("event" = String, Path)),
    responses((status = 204), (status = 401, body = Problem)))]
pub async fn stay(
    State(app): State<App>,
    Path(event): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let (desk, visitor) = heard(&app, &event, &headers).await?;
    let Some(_held) = app.hold() else { return Ok(StatusCode::NO_CONTENT) };
    let (expires, shut_out) = match &visitor {
        Visitor::Member(pass) => {
            (pass.expires, desk.revoked(&pass.person, pass.issue).left_future())
        }
        Visitor::Guest(guest, expires) => {
            (*expires, desk.guests().withdrawn(*guest).right_future())
        }
    };
    let left = Duration::from_millis(expires.0.saturating_sub(wall_now().0));
    let ends = left < HELD;
    match timeout(HELD.min(left), shut_out).await {
        Err(_) if !ends => Ok(StatusCode::NO_CONTENT),
        Ok(()) | Err(_) => Err(not_joined()),
    }
}

/// Keeps that somebody is there.
async fn heard(
    app: &App,
    event: &str,
    headers: &HeaderMap,
) -> Result<(AttendanceDesk, Visitor), Problem> {
    let event: EventId = event.parse().map_err(|_| Problem::event_unknown())?;
    let visitor = presence(app, event, headers).await.ok_or_else(not_joined)?;
    let desk = match app.events().attendance(event) {
        Some(desk) => desk,
        // It is over: whoever is here watches the replay.
        None => app.attendance(&app.event(&event.to_string()).await?).await?,
    };
    let heard = match &visitor {
        Visitor::Member(pass) => desk.beat(pass.person.clone(), pass.issue).await,
        Visitor::Guest(guest, _) => {
            desk.guests().beat(*guest, Instant::now());
            Ok(())
        }
    };
    match heard {
        Ok(()) => Ok((desk, visitor)),
        Err(BeatRefused::Unknown) => Err(not_joined()),
        Err(BeatRefused::Ended) => Err(Problem::event_unknown()),
        Err(refused @ BeatRefused::Store(_)) => Err(not_written(&refused)),
    }
}

/// Whether somebody may watch an event: everybody, or members and guests who have come in and its
/// directors.
pub async fn may_watch(app: &App, event: &Event, headers: &HeaderMap) -> bool {
    match event.admission {
        Admission::Everybody => true,
        Admission::Members | Admission::Chosen { .. } => {
            presence(app, event.id, headers).await.is_some()
                || in_hall(app, event.id, headers).await
                || sessions::directs(app, headers, event.id).await
        }
    }
}

/// Whether it is the page of a hall that is open.
async fn in_hall(app: &App, event: EventId, headers: &HeaderMap) -> bool {
    let Some(token) = sessions::hall_token(headers, event) else { return false };
    let hall = app.store().hall_by_token(token).await;
    hall.is_ok_and(|hall| hall.is_some_and(|hall| hall.event == event))
}

/// Who has come in to an event and was not shut out since.
pub async fn presence(app: &App, event: EventId, headers: &HeaderMap) -> Option<Visitor> {
    let token = sessions::presence_token(headers, event)?;
    let now = wall_now();
    // Of an event that is over only the store knows, until somebody asks for its attendance.
    let desk = app.events().attendance(event);
    if let Ok(pass) = app.passes().read(Kind::Presence, token, event, now) {
        let holds = match desk {
            Some(desk) => desk.holds(&pass.person, pass.issue),
            None => app.store().issue(&pass.person).await.ok()? == Some(pass.issue),
        };
        return holds.then_some(Visitor::Member(pass));
    }
    let pass = app.passes().read(Kind::GuestPresence, token, event, now).ok()?;
    let guest: GuestId = pass.person.as_str().parse().ok()?;
    let holds = match desk {
        Some(desk) => desk.guests().holds(guest),
        None => guest_of(app, &pass).await.ok()??.state == GuestState::Invited,
    };
    holds.then_some(Visitor::Guest(guest, pass.expires))
}

/// The guest whom a pass names.
async fn guest_of(app: &App, pass: &Pass) -> Result<Option<Guest>, Problem> {
    let Ok(guest) = pass.person.as_str().parse() else { return Ok(None) };
    app.store().guest(guest).await.map_err(|error| Problem::internal(&error))
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

pub fn not_written(error: &impl ToString) -> Problem {
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
