//! The addresses under /live for requests that the framework has read: those of browsers over
//! HTTP/2, and all that `http/players.rs` hands on.

use std::convert::Infallible;

use axum::Router;
use axum::extract::{FromRequestParts, Path, RawQuery, State};
use axum::http::request::Parts;
use axum::middleware::from_fn_with_state;
use axum::routing::get;

use super::answer::{Answer, Asked};
use super::embed;
use super::service::{Place, Service};

const MULTIVARIANT: &str = "/live/{event}/{key}/{file}";
const OF_RENDITION: &str = "/live/{event}/{key}/{rendition}/{file}";
/// All addresses.
pub const PATHS: [&str; 2] = [MULTIVARIANT, OF_RENDITION];

/// Everything under `/live`, with its own state.
pub fn router(service: Service) -> Router {
    Router::new()
        .route(MULTIVARIANT, get(multivariant))
        .route(OF_RENDITION, get(of_rendition))
        .layer(from_fn_with_state(service.clone(), embed::permit))
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
