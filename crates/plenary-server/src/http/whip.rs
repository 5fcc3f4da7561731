//! WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep-03) over HTTP: the endpoints, which take an offer,
//! and the sessions, which take fragments and their end. The address is the capability: requests may
//! come from pages of any origin, and carry no cookie that counts.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, options, post};
use plenary_model::limits::SDP_BYTES_MAX;
use plenary_store::random_token;

use super::problem::Problem;
use super::sentence;
use crate::app::App;
use crate::clock::wall_now;
use crate::host::{AttachRefused, VisitRefused};
use crate::media::{MediaError, ViewRefused};
use crate::whip::{About, Begun, Patched, Refused};
use crate::ws::message::IceServer;

const SDP: &str = "application/sdp";
const FRAGMENT: &str = "application/trickle-ice-sdpfrag";
const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");
const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");
/// When a full server may be asked again.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("30");

/// The routes.
pub fn routes() -> [(&'static str, MethodRouter<App>); 4] {
    let session = || options(patched).patch(patch).delete(end);
    [
        ("/whip/{token}", post(contribute).options(contributions)),
        ("/whep/{token}", post(view).options(views)),
        ("/whip/{token}/{session}", session()),
        ("/whep/{token}/{session}", session()),
    ]
}

/// Lets pages of any origin use them.
pub fn for_any_origin(routes: Router<App>) -> Router<App> {
    routes.layer(DefaultBodyLimit::max(SDP_BYTES_MAX)).layer(map_response(shared))
}

/// Whether a request is for one of these routes.
pub fn is_ours(path: &str) -> bool {
    path.starts_with("/whip/") || path.starts_with("/whep/")
}

/// An encoder takes a seat.
async fn contribute(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let (host, page) = app.contributor(&token).await?;
    let offer = text(&headers, SDP, body)?;
    let begun = app.sessions().contribute(name()?, (host, page), offer).await;
    let begun = begun.map_err(|refused| refusal(&refused))?;
    Ok(created(&app, &format!("/whip/{token}/{}", begun.name), begun))
}

/// A player gets the programme.
async fn view(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let (host, bus) = app.viewer(&token).await?;
    let offer = text(&headers, SDP, body)?;
    let begun = app.sessions().view(name()?, &host, bus, offer).await;
    let begun = begun.map_err(|refused| refusal(&refused))?;
    Ok(created(&app, &format!("/whep/{token}/{}", begun.name), begun))
}

/// Candidates, or a restart of ICE.
async fn patch(
    State(app): State<App>,
    Path((_, session)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let body = text(&headers, FRAGMENT, body)?;
    let about = match headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok()) {
        None => About::Nothing,
        Some("*") => About::Any,
        Some(tag) => About::Tag(tag.to_owned()),
    };
    let patched = app.sessions().patch(&session, about, body).await;
    Ok(match patched.map_err(|refused| refusal(&refused))? {
        Patched::Noted => StatusCode::NO_CONTENT.into_response(),
        Patched::Restarted { fragment, tag } => {
            let mut response = ([(header::CONTENT_TYPE, FRAGMENT)], fragment).into_response();
            put(&mut response, header::ETAG, &tag);
            response
        }
    })
}

/// The end of a session.
async fn end(
    State(app): State<App>,
    Path((_, session)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    app.sessions().end(&session).await.map_err(|refused| refusal(&refused))?;
    Ok(StatusCode::OK)
}

/// What an encoder's endpoint takes.
async fn contributions(State(app): State<App>, Path(token): Path<String>) -> Response {
    let known = app.contributor(&token).await.is_ok();
    accepted(&app, known)
}

/// What a player's endpoint takes.
async fn views(State(app): State<App>, Path(token): Path<String>) -> Response {
    let known = app.viewer(&token).await.is_ok();
    accepted(&app, known)
}

/// What an endpoint takes, and for those with a link that counts with which ICE servers: the servers'
/// credentials are not for strangers, who may still ask as browsers do before they send.
fn accepted(app: &App, known: bool) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    put(&mut response, ACCEPT_POST, SDP);
    if known {
        link_ice_servers(app, &mut response);
    }
    response
}

/// What a session takes.
async fn patched() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    put(&mut response, ACCEPT_PATCH, FRAGMENT);
    response
}

/// A name that nobody guesses.
fn name() -> Result<String, Problem> {
    random_token().map_err(|error| Problem::internal(&error))
}

/// The body, when it is text of this type.
fn text(headers: &HeaderMap, wanted: &str, body: Bytes) -> Result<String, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case(wanted) {
        let detail = format!("The body's Content-Type must be {wanted}.");
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Problem::new(status, "body_type", detail));
    }
    String::from_utf8(body.into()).map_err(|_| {
        let detail = "The body is not UTF-8.";
        Problem::new(StatusCode::BAD_REQUEST, "body_bad", detail)
    })
}

fn created(app: &App, location: &str, begun: Begun) -> Response {
    let kind = [(header::CONTENT_TYPE, SDP)];
    let mut response = (StatusCode::CREATED, kind, begun.answer).into_response();
    put(&mut response, header::LOCATION, location);
    put(&mut response, header::ETAG, &begun.tag);
    put(&mut response, ACCEPT_PATCH, FRAGMENT);
    link_ice_servers(app, &mut response);
    response
}

fn link_ice_servers(app: &App, response: &mut Response) {
    for server in app.turn().servers(wall_now(), "whip") {
        for value in links(&server) {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().append(header::LINK, value);
            }
        }
    }
}

/// As RFC 9725 section 4.6 writes them.
fn links(server: &IceServer) -> Vec<String> {
    let credentials = match (&server.username, &server.credential) {
        (Some(username), Some(credential)) => format!(
            "; username=\"{username}\"; credential=\"{credential}\"; credential-type=\"password\""
        ),
        _ => String::new(),
    };
    let link = |url: &String| format!("<{url}>; rel=\"ice-server\"{credentials}");
    server.urls.iter().map(link).collect()
}

fn refusal(refused: &Refused) -> Problem {
    let (status, code) = match refused {
        Refused::SendsNothing => (StatusCode::UNPROCESSABLE_ENTITY, "sends_nothing"),
        Refused::Visit(VisitRefused::Offer { code, .. }) => match code.as_str() {
            "stage_full" => (StatusCode::SERVICE_UNAVAILABLE, "stage_full"),
            "stage_ended" => (StatusCode::NOT_FOUND, "stage_ended"),
            "offer_too_large" => (StatusCode::PAYLOAD_TOO_LARGE, "offer_too_large"),
            _ => (StatusCode::BAD_REQUEST, "offer_bad"),
        },
        Refused::Visit(VisitRefused::Attach(refused)) => match refused {
            AttachRefused::StageFull | AttachRefused::TooManyStudios => {
                (StatusCode::SERVICE_UNAVAILABLE, refused.code())
            }
            AttachRefused::Ended => (StatusCode::NOT_FOUND, refused.code()),
        },
        Refused::Visit(VisitRefused::Ended) => (StatusCode::CONFLICT, "seat_taken"),
        Refused::View(ViewRefused::Full) => (StatusCode::SERVICE_UNAVAILABLE, "viewers_full"),
        Refused::View(ViewRefused::Offer(_)) => (StatusCode::BAD_REQUEST, "offer_bad"),
        Refused::View(ViewRefused::Media(MediaError::Busy)) => {
            (StatusCode::SERVICE_UNAVAILABLE, "stage_busy")
        }
        Refused::View(ViewRefused::Media(MediaError::Gone)) => {
            (StatusCode::NOT_FOUND, "stage_ended")
        }
        Refused::Fragment(_) => (StatusCode::BAD_REQUEST, "fragment_bad"),
        Refused::Ended => (StatusCode::NOT_FOUND, "session_unknown"),
        Refused::Unconditional => (StatusCode::PRECONDITION_REQUIRED, "if_match_missing"),
        Refused::OtherSession => (StatusCode::PRECONDITION_FAILED, "ice_session_over"),
    };
    Problem::new(status, code, sentence(refused))
}

fn put(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Lets pages of any origin use the answer (Fetch standard, section 3.2), and says when a full server
/// may be asked again.
async fn shared(mut response: Response) -> Response {
    let exposed = "Location, Link, ETag, Accept-Post, Accept-Patch, Retry-After";
    let methods = [Method::POST, Method::PATCH, Method::DELETE, Method::OPTIONS];
    let methods = methods.map(|method| method.to_string()).join(", ");
    put(&mut response, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    put(&mut response, header::ACCESS_CONTROL_ALLOW_METHODS, &methods);
    let allowed = "Content-Type, If-Match, Authorization";
    put(&mut response, header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
    put(&mut response, header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, RETRY_SECONDS);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ice_servers_are_links_with_their_credentials() {
        let plain = IceServer { urls: vec!["stun:a".into()], username: None, credential: None };
        assert_eq!(links(&plain), ["<stun:a>; rel=\"ice-server\""]);
        let relay = IceServer {
            urls: vec!["turn:b?transport=udp".into()],
            username: Some("1:w".into()),
            credential: Some("s=".into()),
        };
        assert_eq!(
            links(&relay),
            ["<turn:b?transport=udp>; rel=\"ice-server\"; username=\"1:w\"; credential=\"s=\"; \
              credential-type=\"password\""]
        );
    }
}
