//! Finds the bytes of an init segment, a segment or a part: in memory, on disk, or soon to come.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use plenary_hls::reload::{Position, Until};
use tokio::time::Instant;

use super::handle::Inner;
use super::published::{Published, Rendition};

/// Why there are no bytes.
#[derive(Debug)]
pub(super) enum Missing {
    /// There is no such thing, or not any more.
    Unknown,
    /// It was promised and did not come in time.
    Late,
    /// The disk failed.
    Disk(std::io::Error),
}

/// An init segment; `file` is [`plenary_hls::request::FileName::Init`].
pub(super) async fn init(
    live: &Inner,
    rendition: &Rendition,
    file: &str,
) -> Result<Bytes, Missing> {
    let in_memory = rendition.inits.borrow().get(file).cloned();
    match in_memory {
        Some(bytes) => Ok(bytes),
        None => from_disk(&live.folder.join(&*rendition.name).join(file)).await,
    }
}

/// A whole segment.
pub(super) async fn segment(
    live: &Inner,
    rendition: &Rendition,
    msn: u64,
) -> Result<Bytes, Missing> {
    let published = rendition.live.borrow().clone().ok_or(Missing::Unknown)?;
    if published.text.edge.next.msn <= msn {
        return Err(Missing::Unknown);
    }
    match published.media.segment(msn) {
        Some(bytes) => Ok(bytes),
        None => from_disk(&live.folder.join(&*rendition.name).join(format!("{msn}.m4s"))).await,
    }
}

/// A part; the one that comes next is waited for.
pub(super) async fn part(
    rendition: &Rendition,
    at: Position,
    deadline: Instant,
) -> Result<Bytes, Missing> {
    let published = rendition.live.borrow().clone().ok_or(Missing::Unknown)?;
    if let Some(bytes) = published.media.part(at) {
        return Ok(bytes);
    }
    if published.text.edge.ended || published.text.edge.next != at {
        return Err(Missing::Unknown);
    }
    let published = wait(rendition, Until::Part(at), deadline).await.ok_or(Missing::Late)?;
    published.media.part(at).ok_or(Missing::Unknown)
}

/// Waits for the first part of a rendition.
pub(super) async fn first(rendition: &Rendition, deadline: Instant) -> Option<Arc<Published>> {
    let mut live = rendition.live.clone();
    let there = tokio::time::timeout_at(deadline, live.wait_for(Option::is_some)).await.ok()?;
    there.ok()?.clone()
}

/// Waits until a rendition has got so far.
pub(super) async fn wait(
    rendition: &Rendition,
    until: Until,
    deadline: Instant,
) -> Option<Arc<Published>> {
    let mut live = rendition.live.clone();
    let reached = live.wait_for(|live| live.as_ref().is_some_and(|live| live.reached(until)));
    let waited = tokio::time::timeout_at(deadline, reached).await.ok()?;
    waited.ok()?.clone()
}

async fn from_disk(path: &Path) -> Result<Bytes, Missing> {
    match tokio::fs::read(path).await {
        Ok(bytes) => Ok(bytes.into()),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Missing::Unknown),
        Err(error) => Err(Missing::Disk(error)),
    }
}
