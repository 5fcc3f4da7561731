//! The addresses under /live for requests that the framework has read: those of browsers over
//! HTTP/2, and all that `http/players.rs` hands on.

use std::convert::Infallible;

use axum::Router;
use axum::extract::{FromRequestParts, Path, RawQuery, Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_MAX_AGE,
    CACHE_CONTROL, ORIGIN,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::answer::{Answer, Asked};
use super::service::{Place, Service};
use crate::http::{guard, refusal};

/// For how long, in seconds, a browser need not ask again whether it may.
const PERMISSION_SECONDS: &str = "3600";

const MULTIVARIANT: &str = "/live/{event}/{key}/{file}";
const OF_RENDITION: &str = "/live/{event}/{key}/{rendition}/{file}";
/// All addresses.
pub const PATHS: [&str; 2] = [MULTIVARIANT, OF_RENDITION];

/// Everything under `/live`, with its own state.
pub fn router(service: Service) -> Router {
    Router::new()
        .route(MULTIVARIANT, get(multivariant))
        .route(OF_RENDITION, get(of_rendition))
        .layer(from_fn_with_state(service.clone(), permit))
        .with_state(service)
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::from(&parts.headers))
    }
}

async fn multivariant(
    State(service): State<Service>,
    Path((event, key, file)): Path<(String, String, String)>,
    asked: Asked,
) -> Answer {
    let place = Place { event: &event, key: &key, rendition: None, file: &file, query: "" };
    service.answer(place, asked).await
}

async fn of_rendition(
    State(service): State<Service>,
    Path((event, key, rendition, file)): Path<(String, String, String, String)>,
    RawQuery(query): RawQuery,
    asked: Asked,
) -> Answer {
    let place = Place {
        event: &event,
        key: &key,
        rendition: Some(&rendition),
        file: &file,
        query: query.as_deref().unwrap_or_default(),
    };
    service.answer(place, asked).await
}

/// What every request for the broadcast passes that the framework has read: answers preflights, gives
/// refusals of the framework our form, adds the security headers, and permits the answer to the pages
/// that may read it.
async fn permit(State(service): State<Service>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(ORIGIN);
    let permission = service.permission(origin.map(HeaderValue::as_bytes));
    let mut response = match *request.method() {
        Method::OPTIONS => preflight(permission.is_given()),
        _ => refusal::reform(next.run(request).await),
    };
    let headers = response.headers_mut();
    guard::secure(headers);
    permission.headers(|name, value| {
        if let Some(value) = value.header() {
            headers.append(name, value);
        }
    });
    response
}

fn preflight(permitted: bool) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if permitted {
        for (name, value) in [
            (ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, OPTIONS"),
            (ACCESS_CONTROL_ALLOW_HEADERS, "Range, If-None-Match"),
            (ACCESS_CONTROL_MAX_AGE, PERMISSION_SECONDS),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    response
}
