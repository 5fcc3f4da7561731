//! The director's requests: each one becomes one command, its answer the new show.

use axum::Json;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use plenary_model::id::SourceId;
use plenary_model::scene::{LowerThird, Scene, Transition};
use plenary_show::{Command, Direction, Refused, ShowView};
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::JsonBody;
use super::problem::Problem;
use super::sessions::Director;
use crate::host::CommandError;

/// A new preview.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewRequest {
    /// What the preview shows from now on.
    scene: Scene,
}

/// A take.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeRequest {
    /// How the programme goes over.
    transition: Transition,
}

/// A lower third, or none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LowerThirdRequest {
    /// The new one; null takes it off.
    #[schema(required)]
    lower_third: Option<LowerThird>,
}

/// The slate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlateRequest {
    /// Whether it hides the programme.
    on: bool,
}

/// Who directs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectionRequest {
    /// The new mode.
    mode: Direction,
}

/// A source's sound.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SoundRequest {
    /// Whether it is silent in the programme.
    muted: bool,
}

/// The show as it is now, with its revision as ETag.
#[utoipa::path(get, tag = "show", path = "/api/events/{event}/show", params(("event" = String, Path)),
    responses((status = 200, body = ShowView), (status = 401, body = Problem)))]
pub async fn get_show(director: Director) -> Response {
    with_etag(&director.host.show())
}

/// Replaces the preview.
#[utoipa::path(post, tag = "show", path = "/api/events/{event}/show/preview", params(("event" = String, Path)),
    request_body = PreviewRequest,
    responses((status = 200, body = ShowView), (status = 422, body = Problem)))]
pub async fn set_preview(
    director: Director,
    JsonBody(request): JsonBody<PreviewRequest>,
) -> Result<Response, Problem> {
    command(&director, Command::SetPreview { scene: request.scene }).await
}

/// Takes the last preview change back.
#[utoipa::path(post, tag = "show", path = "/api/events/{event}/show/undo", params(("event" = String, Path)),
    responses((status = 200, body = ShowView), (status = 409, body = Problem)))]
pub async fn undo_preview(director: Director) -> Result<Response, Problem> {
    command(&director, Command::Undo).await
}

/// Puts the preview on air; `If-Match` names the show that the director saw.
#[utoipa::path(post, tag = "show", path = "/api/events/{event}/show/take",
    params(("event" = String, Path), ("If-Match" = String, Header)), request_body = TakeRequest,
    responses((status = 200, body = ShowView), (status = 412, body = Problem),
              (status = 428, body = Problem)))]
pub async fn take(
    director: Director,
    headers: HeaderMap,
    JsonBody(request): JsonBody<TakeRequest>,
) -> Result<Response, Problem> {
    let seen_revision = seen(&headers)?;
    command(&director, Command::Take { transition: request.transition, seen_revision }).await
}

/// Puts a lower third on the programme, or takes it off.
#[utoipa::path(post, tag = "show", path = "/api/events/{event}/show/lower-third",
    params(("event" = String, Path)), request_body = LowerThirdRequest,
    responses((status = 200, body = ShowView), (status = 422, body = Problem)))]
pub async fn set_lower_third(
    director: Director,
    JsonBody(request): JsonBody<LowerThirdRequest>,
) -> Result<Response, Problem> {
    command(&director, Command::SetLowerThird { lower_third: request.lower_third }).await
}

/// Puts the emergency slate on or lifts it.
#[utoipa::path(post, tag = "show", path = "/api/events/{event}/show/slate", params(("event" = String, Path)),
    request_body = SlateRequest, responses((status = 200, body = ShowView)))]
pub async fn set_slate(
    director: Director,
    JsonBody(request): JsonBody<SlateRequest>,
) -> Result<Response, Problem> {
    command(&director, Command::SetSlate { on: request.on }).await
}

/// Says who directs.
#[utoipa::path(post, tag = "show", path = "/api/events/{event}/show/direction",
    params(("event" = String, Path)), request_body = DirectionRequest,
    responses((status = 200, body = ShowView)))]
pub async fn set_direction(
    director: Director,
    JsonBody(request): JsonBody<DirectionRequest>,
) -> Result<Response, Problem> {
    command(&director, Command::SetDirection { mode: request.mode }).await
}

/// Mutes a source in the programme or lets it be heard.
#[utoipa::path(post, tag = "show", path = "/api/events/{event}/sources/{source}/sound",
    params(("event" = String, Path), ("source" = String, Path)), request_body = SoundRequest,
    responses((status = 200, body = ShowView), (status = 404, body = Problem)))]
pub async fn set_sound(
    director: Director,
    Path((_, source)): Path<(String, String)>,
    JsonBody(request): JsonBody<SoundRequest>,
) -> Result<Response, Problem> {
    let source: SourceId = source.parse().map_err(|_| {
        Problem::new(StatusCode::NOT_FOUND, "source_unknown", "There is no such source.")
    })?;
    command(&director, Command::SetSourceMuted { source, muted: request.muted }).await
}

/// Ends the event for good: the broadcast stops, the replay becomes final.
#[utoipa::path(post, tag = "events", path = "/api/events/{event}/close", params(("event" = String, Path)),
    responses((status = 204), (status = 401, body = Problem)))]
pub async fn close_event(director: Director) -> Result<StatusCode, Problem> {
    director.host.close().await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn command(director: &Director, command: Command) -> Result<Response, Problem> {
    let show = director.host.command(command).await.map_err(problem)?;
    Ok(with_etag(&show))
}

fn with_etag(show: &ShowView) -> Response {
    let mut response = Json(show).into_response();
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{}\"", show.revision)) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn seen(headers: &HeaderMap) -> Result<u64, Problem> {
    headers
        .get(header::IF_MATCH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.trim().trim_matches('"').parse().ok())
        .ok_or_else(|| {
            Problem::new(
                StatusCode::PRECONDITION_REQUIRED,
                "revision_missing",
                "A take needs If-Match with the revision of the show that the director saw.",
            )
        })
}

/// What a director or an organiser is told of a command that was not done.
pub fn problem(error: CommandError) -> Problem {
    match error {
        CommandError::Refused(refused) => {
            let status = match refused {
                Refused::Changed { .. } => StatusCode::PRECONDITION_FAILED,
                Refused::NothingToUndo | Refused::NotAutomatic | Refused::ActBegan { .. } => {
                    StatusCode::CONFLICT
                }
                Refused::ActUnknown => StatusCode::NOT_FOUND,
                Refused::PlacesCount { .. }
                | Refused::FadeTooLong { .. }
                | Refused::NameEmpty
                | Refused::LineTooLong { .. }
                | Refused::TooManyMuted
                | Refused::ActsBad(_) => StatusCode::UNPROCESSABLE_ENTITY,
            };
            Problem::new(status, refused.code(), refused.to_string())
        }
        CommandError::Store(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a fact was not written");
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "not_written",
                "The change could not be written to disk and was not done. Try again.",
            )
        }
        CommandError::Ended => Problem::event_unknown(),
    }
}
