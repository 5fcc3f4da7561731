//! The web pages and their assets, from the program itself.

use std::borrow::Cow;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use plenary_model::event::Phase;
use plenary_store::Event;
use plenary_web::Asset;

use super::encoding::Encoding;
use super::members;
use super::problem::Problem;
use crate::app::App;
use crate::clock::wall_now;

/// Leads to the event when there is just one.
pub async fn front_page(State(app): State<App>) -> Result<Redirect, Problem> {
    let slug = app.only_slug().await.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "not_found", "Open the link that you were given.")
    })?;
    Ok(Redirect::temporary(&format!("/e/{slug}")))
}

/// The audience's page; for those who have to come in first, or who come long before it begins, the
/// door.
pub async fn watch_page(
    State(app): State<App>,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Response {
    let shut = match app.event(&slug).await {
        Ok(event) => is_early(&event) || !members::may_watch(&app, &event, &headers).await,
        // The page says that there is no such event.
        Err(_) => false,
    };
    page(if shut { "join" } else { "watch" }, &headers)
}

/// Whether there is nothing to watch for a while.
fn is_early(event: &Event) -> bool {
    /// From so long before the planned time on people wait where the broadcast will be.
    const WAIT_MS: u64 = 5 * 60 * 1_000;
    match event.phase {
        Phase::Doors => event.starts.is_some_and(|starts| wall_now().0 + WAIT_MS < starts.0),
        Phase::OnAir | Phase::Closed => false,
    }
}

/// The door, where members come in with their personal links.
pub async fn join_page(headers: HeaderMap) -> Response {
    page("join", &headers)
}

/// Who is there, for organisers and for stewards of units.
pub async fn attendance_page(headers: HeaderMap) -> Response {
    page("attendance", &headers)
}

/// The programme for many before one screen, and how many they are.
pub async fn hall_page(headers: HeaderMap) -> Response {
    page("hall", &headers)
}

/// A speaker's page.
pub async fn stage_page(headers: HeaderMap) -> Response {
    page("stage", &headers)
}

/// The director's page.
pub async fn studio_page(headers: HeaderMap) -> Response {
    page("studio", &headers)
}

/// The organisation's page, for those who run it.
pub async fn org_page(headers: HeaderMap) -> Response {
    page("console", &headers)
}

/// A script, style or picture of the pages.
pub async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    plenary_web::asset(&format!("assets/{path}"))
        .map_or_else(not_found, |asset| answer(asset, &headers))
}

fn page(name: &str, headers: &HeaderMap) -> Response {
    plenary_web::page(name).map_or_else(not_found, |asset| answer(asset, headers))
}

/// What is at no address of ours.
pub fn not_found() -> Response {
    Problem::new(StatusCode::NOT_FOUND, "not_found", "There is nothing at this address.")
        .into_response()
}

fn answer(asset: Asset, headers: &HeaderMap) -> Response {
    let cache = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let (content_type, plain_etag) = (asset.content_type, asset.etag.clone());
    let (encoding, bytes) = encoded(asset, headers);
    let etag = match encoding {
        None => plain_etag,
        Some(encoding) => {
            format!("{}-{}\"", plain_etag.trim_end_matches('"'), encoding.name())
        }
    };
    let seen = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response = if seen == Some(etag.as_str()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(bytes).into_response()
    };
    let answered = response.headers_mut();
    answered.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    answered.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    answered.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        answered.insert(header::ETAG, etag);
    }
    if let Some(encoding) = encoding {
        let name = HeaderValue::from_static(encoding.name());
        answered.insert(header::CONTENT_ENCODING, name);
    }
    response
}

/// The smallest form that the client accepts.
fn encoded(asset: Asset, headers: &HeaderMap) -> (Option<Encoding>, Bytes) {
    let forms = [(Encoding::Brotli, &asset.brotli), (Encoding::Gzip, &asset.gzip)];
    let there: Vec<Encoding> =
        forms.into_iter().filter_map(|(encoding, form)| form.as_ref().map(|_| encoding)).collect();
    let taken = Encoding::for_request(headers, &there);
    let form = match taken {
        Some(Encoding::Brotli) => asset.brotli,
        Some(Encoding::Gzip) => asset.gzip,
        None => None,
    };
    (taken, bytes_of(form.unwrap_or(asset.bytes)))
}

fn bytes_of(file: Cow<'static, [u8]>) -> Bytes {
    match file {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    }
}
