//! Gives refusals that the framework makes by itself (unreadable addresses, other methods) our one
//! error form.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// What says something beside the body and is kept.
const KEPT: [HeaderName; 2] = [header::ALLOW, header::UPGRADE];

/// Passes every answer but a refusal in another form than ours.
pub async fn in_one_form(request: Request, next: Next) -> Response {
    reform(next.run(request).await)
}

/// Gives a refusal in another form than ours that form.
pub fn reform(response: Response) -> Response {
    match problem_of(response.status()) {
        Some(problem) if !is_problem(response.headers()) => reformed(&response, problem),
        _ => response,
    }
}

fn is_problem(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value == "application/problem+json")
}

/// The framework refuses with these; others are answers of ours.
fn problem_of(status: StatusCode) -> Option<Problem> {
    let (code, detail) = match status {
        StatusCode::BAD_REQUEST => ("request_bad", "This request or its address is not readable."),
        StatusCode::METHOD_NOT_ALLOWED => {
            ("method_not_allowed", "This address does not take requests of this method.")
        }
        StatusCode::UPGRADE_REQUIRED => {
            ("upgrade_required", "This address speaks WebSocket only, see docs/protocol.md.")
        }
        _ => return None,
    };
    Some(Problem::new(status, code, detail))
}

fn reformed(refused: &Response, problem: Problem) -> Response {
    let mut response = problem.into_response();
    for name in KEPT {
        if let Some(value) = refused.headers().get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}
