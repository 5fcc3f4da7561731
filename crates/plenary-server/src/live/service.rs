//! What a request at the broadcast's addresses means and gets, whichever HTTP it came in.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use metrics::Counter;
use plenary_hls::reload::{Position, Reload, decide};
use plenary_hls::request::{FileName, LiveQuery};
use plenary_model::id::EventId;
use tokio::time::Instant;

use super::answer::{Answer, Asked, Keep, Kind};
use super::embed::{Embedding, Permission};
use super::handle::Inner;
use super::media::{self, Missing};
use super::published::{Beginning, Published, Rendition};
use super::registry::Registry;
use crate::http::problem::Problem;

/// Cache time of refusals before the target duration of an event is known.
const UNKNOWN_KEEP: Keep = Keep::Seconds(4);

/// All broadcasts as requests see them; clones are the same ones.
#[derive(Clone)]
pub struct Service(Arc<Parts>);

struct Parts {
    registry: Registry,
    embedding: Embedding,
    playlists: Counter,
    media: Counter,
    refusals: Counter,
}

/// An address of the broadcast, its parts without escapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    pub(super) event: &'a str,
    pub(super) key: &'a str,
    /// `None` names a multivariant playlist.
    pub(super) rendition: Option<&'a str>,
    pub(super) file: &'a str,
    /// Without its question mark.
    pub(super) query: &'a str,
}

impl<'a> Place<'a> {
    /// Reads path and query as they stand in a request; `None` when the path has another form, or
    /// escapes.
    pub fn read(target: &'a str) -> Option<Self> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if path.contains('%') {
            return None;
        }
        let mut names = path.strip_prefix("/live/")?.split('/');
        let (event, key, third) = (names.next()?, names.next()?, names.next()?);
        let (rendition, file) = match names.next() {
            None => (None, third),
            Some(file) => (Some(third), file),
        };
        let whole = names.next().is_none();
        let named = [event, key, third, file].into_iter().all(|name| !name.is_empty());
        (whole && named).then_some(Self { event, key, rendition, file, query })
    }
}

/// What was found at an address; it may still have to come.
enum Found {
    Refused(Answer),
    Multivariant(Arc<Inner>, Which),
    Live(Arc<Inner>, usize, LiveQuery),
    Replay(Arc<Inner>, usize),
    Media(Arc<Inner>, usize, Piece, Box<str>),
}

enum Which {
    Live,
    Replay,
}

enum Piece {
    Init,
    Segment(u64),
    Part(Position),
}

impl Service {
    /// Broadcasts that pages of `embedding` may read; answers are counted by the metrics' recorder
    /// that is there now.
    pub fn new(registry: Registry, embedding: Embedding) -> Self {
        let counter = |kind| metrics::counter!("plenary_live_requests_total", "answer" => kind);
        Self(Arc::new(Parts {
            registry,
            embedding,
            playlists: counter("playlist"),
            media: counter("media"),
            refusals: counter("refusal"),
        }))
    }

    /// What an answer says to the page of another site that has sent this `Origin`.
    pub fn permission(&self, origin: Option<&[u8]>) -> Permission {
        self.0.embedding.permission(origin)
    }

    /// Gives the answer once it is there: what waits holds nothing of the request but its meaning.
    pub fn answer(
        &self,
        place: Place<'_>,
        asked: Asked,
    ) -> impl Future<Output = Answer> + Send + use<> {
        let found = self.find(place);
        let parts = Arc::clone(&self.0);
        async move {
            let answer = found.answer(&asked).await;
            parts.count(&answer);
            answer
        }
    }

    fn find(&self, place: Place<'_>) -> Found {
        let event = place.event.parse::<EventId>().ok();
        let live = event.and_then(|event| self.0.registry.get(event));
        let Some(live) = live.filter(|live| live.is_opened_by(place.key)).map(|live| live.0) else {
            return Found::Refused(Answer::problem(&Problem::event_unknown(), UNKNOWN_KEEP));
        };
        let Some(rendition) = place.rendition else {
            return match place.file {
                "index.m3u8" => Found::Multivariant(live, Which::Live),
                "replay.m3u8" => Found::Multivariant(live, Which::Replay),
                _ => Found::Refused(no_such_file(&live)),
            };
        };
        let index = live.renditions.iter().position(|known| *known.name == *rendition);
        let (Some(index), Some(name)) = (index, FileName::parse(place.file)) else {
            return Found::Refused(no_such_file(&live));
        };
        match name {
            FileName::Live => match LiveQuery::parse(place.query) {
                Ok(query) => Found::Live(live, index, query),
                Err(bad) => Found::Refused(bad_request(&live, &bad.to_string())),
            },
            FileName::Replay => Found::Replay(live, index),
            FileName::Init => Found::Media(live, index, Piece::Init, place.file.into()),
            FileName::Segment(msn) => {
                Found::Media(live, index, Piece::Segment(msn), place.file.into())
            }
            FileName::Part(at) => Found::Media(live, index, Piece::Part(at), place.file.into()),
        }
    }
}

impl Parts {
    fn count(&self, answer: &Answer) {
        let counter = match answer.kind {
            Kind::Playlist => &self.playlists,
            Kind::Media => &self.media,
            Kind::Refusal => &self.refusals,
        };
        counter.increment(1);
    }
}

impl Found {
    async fn answer(self, asked: &Asked) -> Answer {
        match self {
            Self::Refused(answer) => answer,
            Self::Multivariant(live, which) => multivariant(&live, which, asked).await,
            Self::Live(live, index, query) => live_playlist(&live, index, query, asked).await,
            Self::Replay(live, index) => replay_playlist(&live, &live.renditions[index], asked),
            Self::Media(live, index, piece, file) => {
                media_of(&live, &live.renditions[index], piece, &file, asked).await
            }
        }
    }
}

async fn multivariant(live: &Inner, which: Which, asked: &Asked) -> Answer {
    let mut beginning = live.beginning.clone();
    // The first seconds of an event: the answer comes as soon as there is something to play.
    let known = beginning.wait_for(|beginning| *beginning != Beginning::Awaited);
    let Ok(Ok(known)) = tokio::time::timeout_at(deadline(live), known).await else {
        return not_on_air(live);
    };
    let known = known.clone();
    let both = match known {
        Beginning::Open(both) => both,
        Beginning::Missed => return never_on_air(live),
        Beginning::Awaited => return not_on_air(live),
    };
    let (text, file) = match which {
        Which::Live => (&both.live, "index.m3u8"),
        Which::Replay => (&both.replay, "replay.m3u8"),
    };
    // What can change is that a rendition joins: the text's length tells.
    let version = format!("{file}-{}", text.plain.len());
    Answer::playlist(asked, text, &version, Keep::Seconds(live.target_duration / 2))
}

async fn live_playlist(live: &Inner, index: usize, query: LiveQuery, asked: &Asked) -> Answer {
    let target = live.target_duration;
    let rendition = &live.renditions[index];
    let Some(now) = first_published(live, rendition).await else { return not_on_air(live) };
    if has_missed(&now) {
        return never_on_air(live);
    }
    let blocking = query.directives.msn.is_some();
    let published = match decide(query.directives, &now.text.edge, rendition.part_target_ms) {
        Reload::Now => now,
        Reload::Bad(refused) => return bad_request(live, &refused.to_string()),
        Reload::Wait(until) => {
            drop(now);
            match media::wait(rendition, until, deadline(live)).await {
                Some(published) => published,
                None => return late(Keep::Seconds(4 * target)),
            }
        }
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
    Answer::playlist(asked, text, &version, Keep::Seconds(keep.max(1)))
}

/// The present state; before the first part it is waited for.
async fn first_published(live: &Inner, rendition: &Rendition) -> Option<Arc<Published>> {
    let now = rendition.live.borrow().clone();
    match now {
        Some(now) => Some(now),
        None => media::first(rendition, deadline(live)).await,
    }
}

/// Has the event ended before this rendition had anything?
fn has_missed(published: &Published) -> bool {
    let edge = published.text.edge;
    edge.ended && edge.next == Position { msn: 0, part: 0 }
}

fn replay_playlist(live: &Inner, rendition: &Rendition, asked: &Asked) -> Answer {
    let Some(text) = rendition.replay.borrow().clone() else { return not_on_air(live) };
    let now = rendition.live.borrow().clone();
    if now.as_ref().is_some_and(|now| has_missed(now)) {
        return never_on_air(live);
    }
    let ended = now.is_some_and(|now| now.text.edge.ended);
    let version = format!("{}-replay-{}-{ended}", rendition.name, text.plain.len());
    Answer::playlist(asked, &text, &version, Keep::Seconds((live.target_duration / 2).max(1)))
}

async fn media_of(
    live: &Inner,
    rendition: &Rendition,
    piece: Piece,
    file: &str,
    asked: &Asked,
) -> Answer {
    let bytes = match piece {
        Piece::Init => media::init(live, rendition, file).await,
        Piece::Segment(msn) => media::segment(live, rendition, msn).await,
        Piece::Part(at) => media::part(rendition, at, deadline(live)).await,
    };
    match bytes {
        Ok(bytes) => Answer::media(asked, bytes, &format!("{}-{file}", rendition.name)),
        Err(Missing::Unknown) => no_such_file(live),
        Err(Missing::Late) => late(Keep::Seconds(live.target_duration)),
        Err(Missing::Disk(error)) => {
            Answer::problem(&Problem::internal(&error), Keep::Seconds(live.target_duration))
        }
    }
}

/// A request is held for three target durations at most (rfc8216bis section 6.2.5.2).
fn deadline(live: &Inner) -> Instant {
    Instant::now() + Duration::from_secs(u64::from(3 * live.target_duration))
}

fn no_such_file(live: &Inner) -> Answer {
    let problem = Problem::new(
        StatusCode::NOT_FOUND,
        "media_unknown",
        "This piece of the broadcast does not exist.",
    );
    Answer::problem(&problem, Keep::Seconds(live.target_duration))
}

fn not_on_air(live: &Inner) -> Answer {
    let problem = Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "not_on_air",
        "The broadcast has not begun yet.",
    );
    Answer::problem(&problem, Keep::Seconds(live.target_duration))
}

fn never_on_air(live: &Inner) -> Answer {
    let problem = Problem::new(
        StatusCode::NOT_FOUND,
        "never_on_air",
        "This event has ended without a broadcast.",
    );
    Answer::problem(&problem, Keep::Seconds(live.target_duration))
}

fn late(keep: Keep) -> Answer {
    let problem = Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "part_late",
        "The next part of the broadcast is late. Try again.",
    );
    Answer::problem(&problem, keep)
}

fn bad_request(live: &Inner, detail: &str) -> Answer {
    let problem = Problem::new(StatusCode::BAD_REQUEST, "bad_directive", detail);
    Answer::problem(&problem, Keep::Seconds(4 * live.target_duration))
}
