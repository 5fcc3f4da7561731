//! The addresses under /live.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::get;
use plenary_hls::reload::{Position, Reload, decide};
use plenary_hls::request::{FileName, LiveQuery};
use plenary_model::id::EventId;
use tokio::time::Instant;

use super::answer::{self, Asked, Keep};
use super::embed::{self, Embedding};
use super::handle::Inner;
use super::media::{self, Missing};
use super::published::{Beginning, Published, Rendition};
use super::registry::Registry;
use crate::http::problem::Problem;

/// Cache time of refusals before the target duration of an event is known.
const UNKNOWN_KEEP: Keep = Keep::Seconds(4);

/// Everything under `/live`, with its own state; pages of `embedding` may read it.
pub fn router(registry: Registry, embedding: Embedding) -> Router {
    Router::new()
        .route("/live/{event}/{key}/{file}", get(multivariant))
        .route("/live/{event}/{key}/{rendition}/{file}", get(of_rendition))
        .layer(from_fn_with_state(embedding, embed::permit))
        .with_state(registry)
}

async fn multivariant(
    State(registry): State<Registry>,
    Path((event, key, file)): Path<(String, String, String)>,
    asked: Asked,
) -> Response {
    let Some(live) = find(&registry, &event, &key) else { return unknown_event() };
    let replay = match file.as_str() {
        "index.m3u8" => false,
        "replay.m3u8" => true,
        _ => return no_such_file(&live),
    };
    let mut beginning = live.beginning.clone();
    // The first seconds of an event: the answer comes as soon as there is something to play.
    let known = beginning.wait_for(|beginning| *beginning != Beginning::Awaited);
    let Ok(Ok(known)) = tokio::time::timeout_at(deadline(&live), known).await else {
        return not_on_air(&live);
    };
    let known = known.clone();
    let both = match known {
        Beginning::Open(both) => both,
        Beginning::Missed => return never_on_air(&live),
        Beginning::Awaited => return not_on_air(&live),
    };
    let text = if replay { &both.replay } else { &both.live };
    // What can change is that a rendition joins: the text's length tells.
    let version = format!("{file}-{}", text.plain.len());
    answer::playlist(&asked, text, &version, Keep::Seconds(live.target_duration / 2))
}

async fn of_rendition(
    State(registry): State<Registry>,
    Path((event, key, rendition, file)): Path<(String, String, String, String)>,
    RawQuery(query): RawQuery,
    asked: Asked,
) -> Response {
    let Some(live) = find(&registry, &event, &key) else { return unknown_event() };
    let found = live.renditions.iter().position(|known| *known.name == *rendition);
    let Some(index) = found else { return no_such_file(&live) };
    let rendition = &live.renditions[index];
    let Some(name) = FileName::parse(&file) else { return no_such_file(&live) };
    let bytes = match name {
        FileName::Live => return live_playlist(&live, index, query.as_deref(), &asked).await,
        FileName::Replay => return replay_playlist(&live, rendition, &asked),
        FileName::Init => media::init(&live, rendition, &file).await,
        FileName::Segment(msn) => media::segment(&live, rendition, msn).await,
        FileName::Part(at) => media::part(rendition, at, deadline(&live)).await,
    };
    match bytes {
        Ok(bytes) => answer::media(&asked, bytes, &format!("{}-{file}", rendition.name)),
        Err(Missing::Unknown) => no_such_file(&live),
        Err(Missing::Late) => late(Keep::Seconds(live.target_duration)),
        Err(Missing::Disk(error)) => {
            answer::problem(Problem::internal(&error), Keep::Seconds(live.target_duration))
        }
    }
}

async fn live_playlist(live: &Inner, index: usize, query: Option<&str>, asked: &Asked) -> Response {
    let target = live.target_duration;
    let rendition = &live.renditions[index];
    let query = match LiveQuery::parse(query.unwrap_or_default()) {
        Ok(query) => query,
        Err(bad) => return bad_request(&bad.to_string(), Keep::Seconds(4 * target)),
    };
    let Some(now) = first_published(live, rendition).await else { return not_on_air(live) };
    if has_missed(&now) {
        return never_on_air(live);
    }
    let blocking = query.directives.msn.is_some();
    let published = match decide(query.directives, &now.text.edge, rendition.part_target_ms) {
        Reload::Now => now,
        Reload::Bad(refused) => {
            return bad_request(&refused.to_string(), Keep::Seconds(4 * target));
        }
        Reload::Wait(until) => match media::wait(rendition, until, deadline(live)).await {
            Some(published) => published,
            None => return late(Keep::Seconds(4 * target)),
        },
    };
    if blocking {
        live.viewers.saw_held(index);
    } else {
        live.viewers.saw_plain(index);
    }
    let edge = published.text.edge;
    let (text, kind) = match query.skip {
        true => (&published.text.delta, "delta"),
        false => (&published.text.full, "full"),
    };
    let ended = if edge.ended { "-ended" } else { "" };
    let version = format!("{}-{kind}-{}.{}{ended}", rendition.name, edge.next.msn, edge.next.part);
    let keep = if blocking { 6 * target } else { target / 2 };
    answer::playlist(asked, text, &version, Keep::Seconds(keep.max(1)))
}

/// Has the event ended before this rendition had anything?
fn has_missed(published: &Published) -> bool {
    let edge = published.text.edge;
    edge.ended && edge.next == Position { msn: 0, part: 0 }
}

fn replay_playlist(live: &Inner, rendition: &Rendition, asked: &Asked) -> Response {
    let Some(text) = rendition.replay.borrow().clone() else { return not_on_air(live) };
    let now = rendition.live.borrow().clone();
    if now.as_ref().is_some_and(|now| has_missed(now)) {
        return never_on_air(live);
    }
    let ended = now.is_some_and(|now| now.text.edge.ended);
    let version = format!("{}-replay-{}-{ended}", rendition.name, text.plain.len());
    answer::playlist(asked, &text, &version, Keep::Seconds((live.target_duration / 2).max(1)))
}

/// The present state; before the first part it is waited for.
async fn first_published(live: &Inner, rendition: &Rendition) -> Option<Arc<Published>> {
    let mut view = rendition.live.clone();
    let there = view.wait_for(Option::is_some);
    let there = tokio::time::timeout_at(deadline(live), there).await.ok()?.ok()?;
    there.clone()
}

fn find(registry: &Registry, event: &str, key: &str) -> Option<Arc<Inner>> {
    let live = event.parse::<EventId>().ok().and_then(|event| registry.get(event))?;
    live.is_opened_by(key).then_some(live.0)
}

/// A request is held for three target durations at most (rfc8216bis section 6.2.5.2).
fn deadline(live: &Inner) -> Instant {
    Instant::now() + Duration::from_secs(u64::from(3 * live.target_duration))
}

fn unknown_event() -> Response {
    answer::problem(Problem::event_unknown(), UNKNOWN_KEEP)
}

fn no_such_file(live: &Inner) -> Response {
    let problem = Problem::new(
        StatusCode::NOT_FOUND,
        "media_unknown",
        "This piece of the broadcast does not exist.",
    );
    answer::problem(problem, Keep::Seconds(live.target_duration))
}

fn not_on_air(live: &Inner) -> Response {
    let problem = Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "not_on_air",
        "The broadcast has not begun yet.",
    );
    answer::problem(problem, Keep::Seconds(live.target_duration))
}

fn never_on_air(live: &Inner) -> Response {
    let problem = Problem::new(
        StatusCode::NOT_FOUND,
        "never_on_air",
        "This event has ended without a broadcast.",
    );
    answer::problem(problem, Keep::Seconds(live.target_duration))
}

fn late(keep: Keep) -> Response {
    let problem = Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "part_late",
        "The next part of the broadcast is late. Try again.",
    );
    answer::problem(problem, keep)
}

fn bad_request(detail: &str, keep: Keep) -> Response {
    answer::problem(Problem::new(StatusCode::BAD_REQUEST, "bad_directive", detail), keep)
}
