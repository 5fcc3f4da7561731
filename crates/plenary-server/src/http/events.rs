//! What everybody may know of an event.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use plenary_model::admission::Admission;
use plenary_model::event::Phase;
use plenary_model::id::EventId;
use plenary_model::time::WallMs;
use plenary_store::Event;
use serde::Serialize;
use utoipa::ToSchema;

use super::members;
use super::problem::Problem;
use crate::app::App;
use crate::clock::wall_now;

/// An event as its audience sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub struct EventBody {
    /// Its id.
    #[schema(value_type = String)]
    id: EventId,
    /// Its name in addresses.
    slug: String,
    /// Its title.
    title: String,
    /// Where it stands.
    phase: Phase,
    /// Address of the broadcast.
    playlist: String,
    /// Address of the replay, from the start.
    replay: String,
    /// The server's wall clock, for the display of latency.
    server_time_ms: u64,
    /// Programme time of the first picture; null before it.
    #[schema(required)]
    started_ms: Option<u64>,
    /// When it is planned to begin.
    #[schema(required)]
    starts_ms: Option<u64>,
    /// Whether a member or a guest asks who has come in: their page says now and then that they are there.
    member: bool,
}

/// One event, by its slug or id.
#[utoipa::path(get, tag = "events", path = "/api/events/{event}", params(("event" = String, Path)),
    responses((status = 200, body = EventBody), (status = 401, body = Problem),
              (status = 404, body = Problem)))]
pub async fn show_event(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let event = app.event(&name).await?;
    if !members::may_watch(&app, &event, &headers).await {
        return Err(members::not_joined());
    }
    let member = members::presence(&app, event.id, &headers).await.is_some();
    let started = app.live().get(event.id).and_then(|live| live.began());
    let cache = caching(&event, member);
    Ok(([(header::CACHE_CONTROL, cache)], Json(EventBody::new(event, started, member))))
}

/// Who may keep what an event tells whoever may watch it: waiting pages ask again and again, and a cache
/// in front of the server may answer most of them. What depends on who asks is nobody else's.
pub const fn caching(event: &Event, member: bool) -> &'static str {
    match event.admission {
        Admission::Everybody if !member => "max-age=1",
        Admission::Everybody | Admission::Members | Admission::Chosen { .. } => "private, no-store",
    }
}

impl EventBody {
    fn new(event: Event, started: Option<WallMs>, member: bool) -> Self {
        let base = format!("/live/{}/{}", event.id, event.key);
        Self {
            id: event.id,
            slug: event.slug,
            title: event.title,
            phase: event.phase,
            playlist: format!("{base}/index.m3u8"),
            replay: format!("{base}/replay.m3u8"),
            server_time_ms: wall_now().0,
            started_ms: started.map(|started| started.0),
            starts_ms: event.starts.map(|starts| starts.0),
            member,
        }
    }
}
