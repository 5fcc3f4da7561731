//! What a broadcast has published: immutable views that requests read without waiting for its task.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use plenary_hls::packager::LiveText;
use plenary_hls::playlist::Text;
use plenary_hls::reload::{Position, Until};
use tokio::sync::watch;

/// Whether a viewer can begin to play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Beginning {
    /// Nothing has come yet.
    Awaited,
    /// These are the ways in.
    Open(Arc<Multivariant>),
    /// The event ended without a picture.
    Missed,
}

/// Both multivariant playlists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Multivariant {
    pub(super) live: Text,
    pub(super) replay: Text,
}

/// Init segments by file name.
pub(super) type Inits = Arc<BTreeMap<Arc<str>, Bytes>>;

/// One rendition as requests see it.
#[derive(Debug)]
pub(super) struct Rendition {
    pub(super) name: Arc<str>,
    pub(super) part_target_ms: u32,
    pub(super) live: watch::Receiver<Option<Arc<Published>>>,
    pub(super) replay: watch::Receiver<Option<Text>>,
    pub(super) inits: watch::Receiver<Inits>,
}

/// One state of a rendition.
#[derive(Debug, Clone)]
pub(super) struct Published {
    pub(super) text: LiveText,
    pub(super) media: Memory,
}

/// The media of the window.
#[derive(Debug, Default, Clone)]
pub(super) struct Memory {
    whole: Vec<Arc<Segment>>,
    open: Option<(u64, Vec<Bytes>)>,
}

#[derive(Debug)]
struct Segment {
    msn: u64,
    bytes: Bytes,
    /// Where each part ends.
    ends: Vec<usize>,
}

impl Memory {
    /// Takes a recorded segment in whose parts end at `ends`.
    pub(super) fn push_whole(&mut self, msn: u64, bytes: Bytes, ends: Vec<usize>) {
        self.whole.push(Arc::new(Segment { msn, bytes, ends }));
    }

    /// Takes a new part in.
    pub(super) fn push(&mut self, at: Position, bytes: Bytes) {
        match &mut self.open {
            Some((msn, parts)) if *msn == at.msn => parts.push(bytes),
            _ => self.open = Some((at.msn, vec![bytes])),
        }
    }

    /// Joins the parts of a segment that is whole; at most `segments_max` stay.
    pub(super) fn close(&mut self, msn: u64, segments_max: usize) {
        let Some((open, parts)) = self.open.take() else { return };
        if open != msn {
            return;
        }
        let ends = parts
            .iter()
            .scan(0, |end, part| {
                *end += part.len();
                Some(*end)
            })
            .collect();
        let bytes = parts.concat().into();
        self.whole.push(Arc::new(Segment { msn, bytes, ends }));
        let surplus = self.whole.len().saturating_sub(segments_max);
        self.whole.drain(..surplus);
    }

    /// A part.
    pub(super) fn part(&self, at: Position) -> Option<Bytes> {
        let index = at.part as usize;
        if let Some((msn, parts)) = &self.open
            && *msn == at.msn
        {
            return parts.get(index).cloned();
        }
        let segment = self.whole.iter().find(|segment| segment.msn == at.msn)?;
        let end = *segment.ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| segment.ends[before]);
        Some(segment.bytes.slice(start..end))
    }

    /// A whole segment.
    pub(super) fn segment(&self, msn: u64) -> Option<Bytes> {
        self.whole.iter().find(|segment| segment.msn == msn).map(|segment| segment.bytes.clone())
    }
}

impl Published {
    /// Does a request that waits for this get its answer now?
    pub(super) fn reached(&self, until: Until) -> bool {
        until.reached(&self.text.edge)
    }
}
