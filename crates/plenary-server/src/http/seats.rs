//! Who of the organisation sits on the seats of an event, for those who prepare it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use plenary_model::id::SeatId;
use plenary_model::member::Standing;
use plenary_model::person::Card;
use plenary_model::unit::PersonCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::JsonBody;
use super::members;
use super::problem::Problem;
use crate::app::App;
use crate::attendance::seats;

/// Who sits there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeatedRequest {
    /// The member's code; null when it is nobody of the organisation.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(value_type = Option<String>, required)]
    person: Option<PersonCode>,
}

/// A seat and who sits there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Seat)]
pub struct SeatBody {
    /// Its id.
    #[schema(value_type = String)]
    seat: SeatId,
    /// How it is shown.
    card: Card,
    /// The member; null when it is nobody who is known.
    #[schema(required)]
    member: Option<SeatedMember>,
}

/// The member on a seat.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeatedMember {
    /// Their code.
    #[schema(value_type = String)]
    code: PersonCode,
    /// Their name in the organisation; empty when they are not in it any more.
    name: Box<str>,
}

/// The seats of an event, in the order of making.
#[utoipa::path(get, tag = "organising", path = "/api/events/{event}/seats",
    params(("event" = String, Path)),
    responses((status = 200, body = Vec<SeatBody>), (status = 404, body = Problem)))]
pub async fn list_seats(
    State(app): State<App>,
    Path(event): Path<String>,
) -> Result<Json<Vec<SeatBody>>, Problem> {
    let event = app.event(&event).await?;
    let failed = |error| Problem::internal(&error);
    let members = app.store().seated_members(event.id).await.map_err(failed)?;
    let mut members: BTreeMap<SeatId, PersonCode> = members.into_iter().collect();
    let mut seats = Vec::new();
    for seat in app.store().seats(event.id).await.map_err(failed)? {
        let member = match members.remove(&seat.id) {
            Some(code) => {
                let name = app.person(&code).await?.map(|person| person.name).unwrap_or_default();
                Some(SeatedMember { code, name })
            }
            None => None,
        };
        seats.push(SeatBody { seat: seat.id, card: seat.card, member });
    }
    Ok(Json(seats))
}

/// Says which member sits on a seat: while its page is open on the stage, they are there.
#[utoipa::path(put, tag = "organising", path = "/api/events/{event}/seats/{seat}/member",
    params(("event" = String, Path), ("seat" = String, Path)), request_body = SeatedRequest,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn seat_member(
    State(app): State<App>,
    Path((event, seat)): Path<(String, String)>,
    JsonBody(SeatedRequest { person }): JsonBody<SeatedRequest>,
) -> Result<StatusCode, Problem> {
    let event = app.event(&event).await?;
    let unknown =
        || Problem::new(StatusCode::NOT_FOUND, "seat_unknown", "This event has no such seat.");
    let seat: SeatId = seat.parse().map_err(|_| unknown())?;
    if let Some(code) = &person
        && !app.person(code).await?.is_some_and(|known| known.standing == Standing::Member)
    {
        let detail = format!("Nobody of the organisation has the code {code}.");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "person_unknown", detail));
    }
    let known = app.store().seat_member(event.id, seat, person).await;
    if !known.map_err(|error| Problem::internal(&error))? {
        return Err(unknown());
    }
    // Whoever sits there already counts from now on, not only with the next look at the stage.
    if let (Some(host), Some(desk)) =
        (app.events().host(event.id), app.events().attendance(event.id))
    {
        let seated = host.seated().borrow().clone();
        let told = seats::tell(event.id, app.store(), &desk, &seated).await;
        told.map_err(|refused| members::not_written(&refused))?;
    }
    Ok(StatusCode::NO_CONTENT)
}
