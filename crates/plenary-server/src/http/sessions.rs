//! The director's session: a link's token, swapped for a cookie that scripts cannot read.

use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use plenary_model::id::EventId;
use plenary_model::person::Role;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

use super::body::JsonBody;
use super::problem::Problem;
use crate::app::App;
use crate::host::HostHandle;

const COOKIE: &str = "plenary_studio";
/// How long a studio stays open without the link: a long day with rehearsal.
const SESSION_SECONDS: u32 = 16 * 3600;

/// A request for a session.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionRequest {
    /// The token of a director's link.
    token: String,
}

/// What the session is for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Session {
    /// The event.
    #[schema(value_type = String)]
    event: EventId,
    /// What the person may do there.
    role: Role,
}

/// Opens the studio for the holder of a director's link.
#[utoipa::path(post, tag = "sessions", path = "/api/sessions", request_body = SessionRequest,
    responses((status = 200, body = Session), (status = 404, body = Problem)))]
pub async fn open_session(
    State(app): State<App>,
    JsonBody(request): JsonBody<SessionRequest>,
) -> Result<Response, Problem> {
    let event = app.director_event(&request.token).await?;
    let secure = if app.speaks_tls() { "; Secure" } else { "" };
    let cookie = format!(
        "{COOKIE}_{event}={}; Path=/api; HttpOnly; SameSite=Strict; Max-Age={SESSION_SECONDS}{secure}",
        request.token
    );
    let mut response = Json(Session { event, role: Role::Director }).into_response();
    let value = HeaderValue::from_str(&cookie).map_err(|_| Problem::link_unknown())?;
    response.headers_mut().insert(header::SET_COOKIE, value);
    Ok(response)
}

/// The director of the event that the address names; other requests are refused.
#[derive(Debug)]
pub struct Director {
    /// The event's host.
    pub host: HostHandle,
}

impl FromRequestParts<App> for Director {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Path(names) = Path::<BTreeMap<String, String>>::from_request_parts(parts, app)
            .await
            .map_err(|_| Problem::event_unknown())?;
        let event = names
            .get("event")
            .and_then(|text| text.parse::<EventId>().ok())
            .ok_or_else(Problem::event_unknown)?;
        let token = cookie(&parts.headers, &format!("{COOKIE}_{event}"))
            .ok_or_else(Problem::not_director)?;
        if app.director_event(token).await.ok() != Some(event) {
            return Err(Problem::not_director());
        }
        Ok(Self { host: app.host(event)? })
    }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}
