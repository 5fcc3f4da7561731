//! Answers of the broadcast's addresses with the cache times that rfc8216bis appendix B.1 asks for.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE,
    ETAG, IF_NONE_MATCH, RANGE, VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use plenary_hls::playlist::Text;
use plenary_hls::request::ByteRange;

use crate::http::encoding::Encoding;
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

/// What the headers of a request ask; kept while it waits, where the headers themselves would be the
/// most of what a waiting player costs.
#[derive(Debug)]
pub(super) struct Asked {
    form: Option<Encoding>,
    known: Option<HeaderValue>,
    range: Option<HeaderValue>,
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let headers = &parts.headers;
        Ok(Self {
            form: Encoding::for_request(headers, &[Encoding::Brotli, Encoding::Gzip]),
            known: headers.get(IF_NONE_MATCH).cloned(),
            range: headers.get(RANGE).cloned(),
        })
    }
}

impl Asked {
    fn knows(&self, tag: &str) -> bool {
        let known = self.known.as_ref().and_then(|value| value.to_str().ok());
        known.is_some_and(|known| {
            known
                .split(',')
                .any(|one| one.trim().trim_start_matches("W/") == tag || one.trim() == "*")
        })
    }
}

/// A playlist; `version` names its state.
pub(super) fn playlist(asked: &Asked, text: &Text, version: &str, keep: Keep) -> Response {
    let (tag, body) = match asked.form {
        Some(Encoding::Brotli) => (format!("\"{version}-br\""), &text.brotli),
        Some(Encoding::Gzip) => (format!("\"{version}-gzip\""), &text.gzip),
        None => (format!("\"{version}\""), &text.plain),
    };
    let mut response = match asked.knows(&tag) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => body.clone().into_response(),
    };
    let headers = response.headers_mut();
    if let Some(form) = asked.form {
        headers.insert(CONTENT_ENCODING, form.header());
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/vnd.apple.mpegurl"));
    headers.insert(VARY, HeaderValue::from_name(ACCEPT_ENCODING));
    finish(response, "playlist", Some(&tag), keep)
}

/// Immutable media, whole or the range that was asked for.
pub(super) fn media(asked: &Asked, bytes: Bytes, name: &str) -> Response {
    let tag = format!("\"{name}\"");
    let mut response = if asked.knows(&tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let total = bytes.len() as u64;
        let range = asked.range.as_ref().and_then(|value| value.to_str().ok()).unwrap_or_default();
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
    finish(response, "media", Some(&tag), Keep::Forever)
}

/// A refusal, with the time for which caches may repeat it.
pub(super) fn problem(problem: Problem, keep: Keep) -> Response {
    finish(problem.into_response(), "refusal", None, keep)
}

/// Counts an answer of this kind and says how long it may be kept.
fn finish(mut response: Response, kind: &'static str, tag: Option<&str>, keep: Keep) -> Response {
    metrics::counter!("plenary_live_requests_total", "answer" => kind).increment(1);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, keep.header());
    if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(tag).ok()) {
        headers.insert(ETAG, tag);
    }
    response
}
