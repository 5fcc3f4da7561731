//! The guests of an event, for those who prepare it: a link for each, with a name and an end.

use std::time::Instant;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use plenary_model::id::GuestId;
use plenary_model::limits::{GUEST_DAYS_MAX, NAME_CHARS_MAX};
use plenary_model::text::clean_line;
use plenary_model::time::WallMs;
use plenary_store::{Event, Guest, GuestState, StoreError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::JsonBody;
use super::problem::Problem;
use super::sentence;
use crate::app::App;
use crate::clock::wall_now;
use crate::identity::pass::{Kind, Pass};

/// Whom to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GuestRequest {
    /// How they are called.
    name: String,
    /// Until when their link holds.
    expires_ms: u64,
}

/// A guest as those who prepare the event see them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Guest)]
pub struct GuestBody {
    /// Their id.
    #[schema(value_type = String)]
    id: GuestId,
    /// How they are called.
    name: String,
    /// Until when their link holds.
    expires_ms: u64,
    /// The path of their link on this server; none when it was withdrawn.
    #[schema(required)]
    link: Option<String>,
}

/// The guests of an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Guests)]
pub struct GuestsBody {
    /// How many of them are there.
    here: usize,
    /// All of them, in the order in which they were invited.
    guests: Vec<GuestBody>,
}

/// The guests of an event.
#[utoipa::path(get, tag = "organising", path = "/api/events/{event}/guests",
    params(("event" = String, Path)),
    responses((status = 200, body = GuestsBody), (status = 404, body = Problem)))]
pub async fn list_guests(
    State(app): State<App>,
    Path(event): Path<String>,
) -> Result<Json<GuestsBody>, Problem> {
    let event = app.event(&event).await?;
    let guests = app.store().guests(event.id).await.map_err(|error| Problem::internal(&error))?;
    let guests = guests.into_iter().map(|guest| body(&app, &event, guest)).collect();
    let desk = app.events().attendance(event.id);
    let here = desk.map_or(0, |desk| desk.guests().here(Instant::now()));
    Ok(Json(GuestsBody { here, guests }))
}

/// Invites a guest.
#[utoipa::path(post, tag = "organising", path = "/api/events/{event}/guests",
    params(("event" = String, Path)), request_body = GuestRequest,
    responses((status = 201, body = GuestBody), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn invite_guest(
    State(app): State<App>,
    Path(event): Path<String>,
    JsonBody(request): JsonBody<GuestRequest>,
) -> Result<(StatusCode, Json<GuestBody>), Problem> {
    let event = app.event(&event).await?;
    let unusable = |code, detail| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail);
    let name = clean_line(&request.name);
    if !(1..=NAME_CHARS_MAX).contains(&name.chars().count()) {
        let detail = format!("A name is one line of 1 to {NAME_CHARS_MAX} characters.");
        return Err(unusable("name_bad", detail));
    }
    let now = wall_now();
    let longest = now.0 + GUEST_DAYS_MAX * 86_400_000;
    if request.expires_ms <= now.0 || longest < request.expires_ms {
        let detail =
            format!("A guest's link ends in the next {GUEST_DAYS_MAX} days, not before now.");
        return Err(unusable("expiry_bad", detail));
    }
    let guest = Guest {
        id: GuestId::new(Uuid::now_v7()),
        event: event.id,
        name,
        expires: WallMs(request.expires_ms),
        state: GuestState::Invited,
    };
    match app.store().invite_guest(guest.clone(), now).await {
        Err(error @ StoreError::TooManyGuests) => {
            Err(Problem::new(StatusCode::CONFLICT, "too_many_guests", sentence(&error)))
        }
        Err(error) => Err(Problem::internal(&error)),
        Ok(()) => Ok((StatusCode::CREATED, Json(body(&app, &event, guest)))),
    }
}

/// Withdraws a guest's link: nobody comes in with it any more, and whoever is in is shut out.
#[utoipa::path(delete, tag = "organising", path = "/api/events/{event}/guests/{guest}",
    params(("event" = String, Path), ("guest" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn withdraw_guest(
    State(app): State<App>,
    Path((event, guest)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let event = app.event(&event).await?;
    let unknown = || {
        let detail = "This event has no such guest.";
        Problem::new(StatusCode::NOT_FOUND, "guest_unknown", detail)
    };
    let guest: GuestId = guest.parse().map_err(|_| unknown())?;
    let known = app.store().withdraw_guest((event.id, guest), wall_now()).await;
    if !known.map_err(|error| Problem::internal(&error))? {
        return Err(unknown());
    }
    if let Some(desk) = app.events().attendance(event.id) {
        desk.guests().withdraw(guest);
    }
    Ok(StatusCode::NO_CONTENT)
}

fn body(app: &App, event: &Event, guest: Guest) -> GuestBody {
    let link = match guest.state {
        GuestState::Invited => link(app, event, &guest),
        GuestState::Withdrawn => None,
    };
    let Guest { id, name, expires, .. } = guest;
    GuestBody { id, name, expires_ms: expires.0, link }
}

fn link(app: &App, event: &Event, guest: &Guest) -> Option<String> {
    // The id of a guest is never no code.
    let person = guest.id.to_string().parse().ok()?;
    let pass = Pass { person, event: Some(event.id), issue: 0, expires: guest.expires };
    let pass = app.passes().sign(Kind::GuestInvitation, &pass);
    Some(format!("/e/{}/join#pass={pass}", event.slug))
}
