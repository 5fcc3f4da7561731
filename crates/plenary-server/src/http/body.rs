//! JSON bodies with our limit and our error form.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// A JSON body of at most [`plenary_model::limits::JSON_BYTES_MAX`]; anything else is a problem
/// that says what is wrong with it.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Json(body) = Json::<T>::from_request(request, state).await.map_err(problem)?;
        Ok(Self(body))
    }
}

fn problem(rejection: JsonRejection) -> Problem {
    let code = match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => "body_too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "body_not_json",
        _ => "body_bad",
    };
    Problem::new(rejection.status(), code, rejection.body_text())
}
