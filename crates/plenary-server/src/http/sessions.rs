//! Sessions in cookies that scripts cannot read: of accounts, and of the holders of a director's link.

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
use crate::identity::AccountDesk;

/// The session of an account.
const ACCOUNT_COOKIE: &str = "plenary_session";
/// The browser of somebody who signs in elsewhere.
const BROWSER_COOKIE: &str = "plenary_oidc";
/// Begins the name of a member's presence at one event.
const PRESENCE_COOKIE: &str = "plenary_member";
/// Begins the name of a hall's link to one event.
const HALL_COOKIE: &str = "plenary_hall";
/// Begins the name of the session in one event's studio.
const COOKIE: &str = "plenary_studio";
/// Its length: 128 bits in base64url.
const BROWSER_CHARS: usize = 22;
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

/// The studio of the event that the address names; whether this is its director is said by the table of
/// permissions.
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
        let name = names.get("event").ok_or_else(Problem::event_unknown)?;
        let event = match name.parse::<EventId>() {
            Ok(event) => event,
            Err(_) => app.event(name).await?.id,
        };
        Ok(Self { host: app.host(event)? })
    }
}

/// The token of an account's session.
pub fn token(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, ACCOUNT_COOKIE)
}

/// The token that opened an event's studio.
fn studio_token(headers: &HeaderMap, event: EventId) -> Option<&str> {
    cookie(headers, &format!("{COOKIE}_{event}"))
}

/// Whether a request comes from an event's studio.
pub async fn directs(app: &App, headers: &HeaderMap, event: EventId) -> bool {
    match studio_token(headers, event) {
        Some(token) => app.director_event(token).await.ok() == Some(event),
        None => false,
    }
}

/// The cookie of a hall's page, which may show the programme while its link holds.
pub fn hall_cookie(event: EventId, token: &str, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!(
        "{HALL_COOKIE}_{event}={token}; Path=/; HttpOnly; SameSite=Strict; \
         Max-Age={SESSION_SECONDS}{secure}"
    )
}

/// The link in the cookie of a hall's page.
pub fn hall_token(headers: &HeaderMap, event: EventId) -> Option<&str> {
    cookie(headers, &format!("{HALL_COOKIE}_{event}"))
}

/// The token of a member who has come in to an event.
pub fn presence_token(headers: &HeaderMap, event: EventId) -> Option<&str> {
    cookie(headers, &format!("{PRESENCE_COOKIE}_{event}"))
}

/// The cookie of a member who has come in to an event.
pub fn presence_cookie(event: EventId, token: &str, seconds: u64, tls: bool) -> String {
    let secure = if tls { "; Secure" } else { "" };
    format!(
        "{PRESENCE_COOKIE}_{event}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}"
    )
}

/// The cookie of an account's session.
pub fn cookie_of(token: &str, tls: bool) -> String {
    let secure = if tls { "; Secure" } else { "" };
    let seconds = AccountDesk::session_seconds();
    format!(
        "{ACCOUNT_COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}"
    )
}

/// What says that somebody who comes back from elsewhere left with this browser.
pub fn browser(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, BROWSER_COOKIE).filter(|known| known.len() == BROWSER_CHARS)
}

/// The cookie that says it.
pub fn browser_cookie(token: &str, seconds: u64, tls: bool) -> String {
    let secure = if tls { "; Secure" } else { "" };
    // The way back is a link from another site, which `Lax` lets through.
    format!(
        "{BROWSER_COOKIE}={token}; Path=/api/oidc; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}"
    )
}

/// Takes the cookie of an account's session away.
pub const fn no_cookie() -> HeaderValue {
    HeaderValue::from_static("plenary_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
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
