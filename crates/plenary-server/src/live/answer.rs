//! Answers of the broadcast's addresses with the cache times that rfc8216bis appendix B.1 asks for,
//! before they take the form of HTTP/1.1 or HTTP/2.

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE,
    ETAG, HeaderName, IF_NONE_MATCH, RANGE, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
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

/// What the headers of a request ask; kept while it waits, where the headers themselves would be the
/// most of what a waiting player costs.
#[derive(Debug, Default)]
pub struct Asked {
    form: Option<Encoding>,
    known: Option<Box<str>>,
    range: Option<Box<str>>,
}

impl From<&HeaderMap> for Asked {
    fn from(headers: &HeaderMap) -> Self {
        let mut asked = Self::default();
        for (name, value) in headers {
            asked.hear(name.as_str(), value.as_bytes());
        }
        asked
    }
}

impl Asked {
    /// Takes a header in; what is no text, or no concern of the broadcast, is left out.
    pub fn hear(&mut self, name: &str, value: &[u8]) {
        let Ok(value) = str::from_utf8(value) else { return };
        let is = |header: &HeaderName| name.eq_ignore_ascii_case(header.as_str());
        if is(&ACCEPT_ENCODING) {
            let form = Encoding::among(value, &Encoding::ALL);
            self.form = self.form.into_iter().chain(form).min();
        } else if is(&IF_NONE_MATCH) {
            self.known.get_or_insert_with(|| value.into());
        } else if is(&RANGE) {
            self.range.get_or_insert_with(|| value.into());
        }
    }

    fn knows(&self, tag: &str) -> bool {
        self.known.as_ref().is_some_and(|known| {
            known
                .split(',')
                .any(|one| one.trim().trim_start_matches("W/") == tag || one.trim() == "*")
        })
    }
}

/// What an answer is, as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A playlist.
    Playlist,
    /// A part, a segment or an init segment.
    Media,
    /// There is none, or not yet.
    Refusal,
}

/// An answer; the headers that all answers have are not in it.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its body.
    pub body: Bytes,
    pub(super) kind: Kind,
    form: Option<Encoding>,
    /// `Content-Range`.
    range: Option<String>,
    tag: Option<String>,
    keep: Keep,
}

/// The text of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// The same in many answers.
    Fixed(&'static str),
    /// Of this answer.
    Made(&'a str),
}

impl<'a> Value<'a> {
    /// The text.
    pub const fn text(self) -> &'a str {
        match self {
            Self::Fixed(text) => text,
            Self::Made(text) => text,
        }
    }

    /// As the framework has it; `None` for what no header can hold.
    pub(super) fn header(self) -> Option<HeaderValue> {
        match self {
            Self::Fixed(text) => Some(HeaderValue::from_static(text)),
            Self::Made(text) => HeaderValue::from_str(text).ok(),
        }
    }
}

impl Answer {
    /// A playlist; `version` names its state.
    pub(super) fn playlist(asked: &Asked, text: &Text, version: &str, keep: Keep) -> Self {
        let (tag, body) = match asked.form {
            Some(Encoding::Brotli) => (format!("\"{version}-br\""), &text.brotli),
            Some(Encoding::Gzip) => (format!("\"{version}-gzip\""), &text.gzip),
            None => (format!("\"{version}\""), &text.plain),
        };
        let (status, body) = match asked.knows(&tag) {
            true => (StatusCode::NOT_MODIFIED, Bytes::new()),
            false => (StatusCode::OK, body.clone()),
        };
        let (kind, form) = (Kind::Playlist, asked.form);
        Self { status, body, kind, form, range: None, tag: Some(tag), keep }
    }

    /// Immutable media, whole or the range that was asked for; `name` tells it from all other media.
    pub(super) fn media(asked: &Asked, bytes: Bytes, name: &str) -> Self {
        let tag = format!("\"{name}\"");
        let total = bytes.len() as u64;
        let (status, body, range) = if asked.knows(&tag) {
            (StatusCode::NOT_MODIFIED, Bytes::new(), None)
        } else {
            match ByteRange::parse(asked.range.as_deref().unwrap_or_default(), total) {
                ByteRange::Whole => (StatusCode::OK, bytes, None),
                ByteRange::Some { first, last } => {
                    let range = format!("bytes {first}-{last}/{total}");
                    let body = bytes.slice(first as usize..=last as usize);
                    (StatusCode::PARTIAL_CONTENT, body, Some(range))
                }
                ByteRange::Nothing => {
                    let range = format!("bytes */{total}");
                    (StatusCode::RANGE_NOT_SATISFIABLE, Bytes::new(), Some(range))
                }
            }
        };
        let (kind, keep) = (Kind::Media, Keep::Forever);
        Self { status, body, kind, form: None, range, tag: Some(tag), keep }
    }

    /// A refusal, with the time for which caches may repeat it.
    pub(super) fn problem(problem: &Problem, keep: Keep) -> Self {
        // Numbers and texts always serialise.
        let body = serde_json::to_vec(problem).unwrap_or_default().into();
        let status = problem.status();
        Self { status, body, kind: Kind::Refusal, form: None, range: None, tag: None, keep }
    }

    /// Tells each of its headers but its length.
    pub fn headers(&self, mut tell: impl FnMut(HeaderName, Value<'_>)) {
        match self.kind {
            Kind::Playlist => {
                tell(CONTENT_TYPE, Value::Fixed("application/vnd.apple.mpegurl"));
                tell(VARY, Value::Fixed(ACCEPT_ENCODING_NAME));
            }
            Kind::Media => {
                tell(CONTENT_TYPE, Value::Fixed("video/mp4"));
                tell(ACCEPT_RANGES, Value::Fixed("bytes"));
            }
            Kind::Refusal => tell(CONTENT_TYPE, Value::Fixed("application/problem+json")),
        }
        if let Some(form) = self.form {
            tell(CONTENT_ENCODING, Value::Fixed(form.name()));
        }
        if let Some(range) = &self.range {
            tell(CONTENT_RANGE, Value::Made(range));
        }
        match self.keep {
            Keep::Forever => tell(CACHE_CONTROL, Value::Fixed("max-age=31536000, immutable")),
            Keep::Seconds(seconds) => {
                tell(CACHE_CONTROL, Value::Made(&format!("max-age={seconds}")));
            }
        }
        if let Some(tag) = &self.tag {
            tell(ETAG, Value::Made(tag));
        }
    }
}

/// The only header that a playlist depends on.
const ACCEPT_ENCODING_NAME: &str = "accept-encoding";

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut headers = HeaderMap::with_capacity(12);
        self.headers(|name, value| headers.extend(value.header().map(|value| (name, value))));
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = headers;
        response
    }
}
