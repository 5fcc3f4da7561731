//! JSON bodies with our limits and our error form.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use plenary_model::limits::BODY_SECONDS_MAX;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// A JSON body of at most [`plenary_model::limits::JSON_BYTES_MAX`] that comes within
/// [`BODY_SECONDS_MAX`]; anything else is a problem that says what is wrong with it.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let body = Json::<T>::from_request(request, state);
        let limit = Duration::from_secs(BODY_SECONDS_MAX);
        let Json(body) =
            tokio::time::timeout(limit, body).await.map_err(|_| late())?.map_err(problem)?;
        Ok(Self(body))
    }
}

fn late() -> Problem {
    let detail = format!("The rest of this request did not come within {BODY_SECONDS_MAX} s.");
    Problem::new(StatusCode::REQUEST_TIMEOUT, "body_late", detail)
}

fn problem(rejection: JsonRejection) -> Problem {
    let code = match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => "body_too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "body_not_json",
        _ => "body_bad",
    };
    Problem::new(rejection.status(), code, rejection.body_text())
}
