//! The one error body: problem+json (RFC 9457) with a stable `code` and a sentence for the person.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// What a person or program is told when a request was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// Stable name of the reason.
    pub code: &'static str,
    /// A sentence for the person.
    pub detail: String,
    /// What the sentence names, for pages that say it in another language.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Option<HashMap<String, String>>)]
    pub names: BTreeMap<&'static str, String>,
}

impl Problem {
    /// Any reason.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status: status.as_u16(), code, detail: detail.into(), names: BTreeMap::new() }
    }

    /// With what its sentence names.
    #[must_use]
    pub fn naming(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.names.insert(name, value.into());
        self
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// No such event, or not for this person: the two look alike.
    pub fn event_unknown() -> Self {
        Self::new(StatusCode::NOT_FOUND, "event_unknown", "There is no such event.")
    }

    /// A link that is not valid, not any more or never was.
    pub fn link_unknown() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "link_unknown",
            "This link is not valid. Ask the organiser for a new one.",
        )
    }

    /// A request that only the director may make.
    pub fn not_director() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "not_director",
            "Open the studio with the director's link first.",
        )
    }

    /// A request that needs somebody to be known.
    pub fn not_signed_in() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_signed_in", "Sign in first.")
    }

    /// Somebody is known, and may not.
    pub fn not_allowed() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "not_allowed",
            "Your account may not do this. Ask an administrator for the role.",
        )
    }

    /// No such unit, or not for this person: the two look alike.
    pub fn unit_unknown() -> Self {
        Self::new(StatusCode::NOT_FOUND, "unit_unknown", "There is no such unit.")
    }

    /// No such person.
    pub fn person_unknown() -> Self {
        Self::new(StatusCode::NOT_FOUND, "person_unknown", "There is nobody with this code.")
    }

    /// Something of ours or of the machine failed; the reason is in the log.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The server could not do this. Try again; if it stays, tell the administrator.",
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self)).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
