//! Answers of the broadcast's addresses with the cache times that rfc8216bis appendix B.1 asks for.

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, CONTENT_ENCODING,
    CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RANGE, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use plenary_hls::playlist::Text;
use plenary_hls::request::ByteRange;

use crate::http::problem::Problem;

/// How long caches may keep an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Seconds.
    Seconds(u32),
    /// The address never holds anything else.
    Forever,
}

impl Keep {
    fn header(self) -> HeaderValue {
        match self {
            Self::Forever => HeaderValue::from_static("max-age=31536000, immutable"),
            Self::Seconds(seconds) => HeaderValue::from_str(&format!("max-age={seconds}"))
                .unwrap_or(HeaderValue::from_static("no-store")),
        }
    }
}

/// A playlist; `version` names its state.
pub(super) fn playlist(request: &HeaderMap, text: &Text, version: &str, keep: Keep) -> Response {
    let gzip = accepts_gzip(request);
    let tag = format!("\"{version}{}\"", if gzip { "-gz" } else { "" });
    let mut response = match is_known(request, &tag) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false if gzip => {
            let encoding = [(CONTENT_ENCODING, HeaderValue::from_static("gzip"))];
            (encoding, text.gzip.clone()).into_response()
        }
        false => text.plain.clone().into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/vnd.apple.mpegurl"));
    headers.insert(VARY, HeaderValue::from_name(ACCEPT_ENCODING));
    finish(response, Some(&tag), keep)
}

/// Immutable media, whole or the range that was asked for.
pub(super) fn media(request: &HeaderMap, bytes: Bytes, name: &str) -> Response {
    let tag = format!("\"{name}\"");
    let mut response = if is_known(request, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let total = bytes.len() as u64;
        let range = request.get(RANGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match ByteRange::parse(range, total) {
            ByteRange::Whole => Body::from(bytes).into_response(),
            ByteRange::Some { first, last } => {
                let range = format!("bytes {first}-{last}/{total}");
                let body = bytes.slice(first as usize..=last as usize);
                (StatusCode::PARTIAL_CONTENT, [(CONTENT_RANGE, range)], body).into_response()
            }
            ByteRange::Nothing => {
                let range = [(CONTENT_RANGE, format!("bytes */{total}"))];
                (StatusCode::RANGE_NOT_SATISFIABLE, range).into_response()
            }
        }
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("video/mp4"));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    finish(response, Some(&tag), Keep::Forever)
}

/// A refusal, with the time for which caches may repeat it.
pub(super) fn problem(problem: Problem, keep: Keep) -> Response {
    finish(problem.into_response(), None, keep)
}

/// The answer to a page of another origin that asks whether it may read.
pub(super) fn preflight() -> Response {
    let headers = [
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, OPTIONS"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "Range, If-None-Match"),
    ];
    finish((StatusCode::NO_CONTENT, headers).into_response(), None, Keep::Seconds(3600))
}

fn finish(mut response: Response, tag: Option<&str>, keep: Keep) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, keep.header());
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("Age, Date"));
    if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(tag).ok()) {
        headers.insert(ETAG, tag);
    }
    response
}

fn accepts_gzip(request: &HeaderMap) -> bool {
    let mut offers = request
        .get_all(ACCEPT_ENCODING)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    offers.any(|offer| {
        let mut fields = offer.split(';').map(str::trim);
        let named = matches!(fields.next(), Some("gzip" | "x-gzip"));
        let refused = fields
            .any(|field| field.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0));
        named && !refused
    })
}

fn is_known(request: &HeaderMap, tag: &str) -> bool {
    request.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).is_some_and(|known| {
        known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag || one.trim() == "*")
    })
}
