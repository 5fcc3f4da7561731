//! What administrators and their monitors ask for.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use crate::app::App;

/// The process lives.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// The server serves: its events are running.
pub async fn readyz(State(app): State<App>) -> Response {
    if app.ready() {
        "ready\n".into_response()
    } else {
        let detail = "An event's host has stopped; see the log.";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", detail).into_response()
    }
}

/// Prometheus metrics.
pub async fn metrics(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], app.metrics()).into_response()
}

/// The OpenAPI description.
pub async fn openapi() -> Result<Response, Problem> {
    let json = super::openapi_json().map_err(|error| Problem::internal(&error))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response())
}
