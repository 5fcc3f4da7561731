//! What a rendition has published: its segments from the beginning, as the playlists need them.

use std::sync::Arc;

use crate::reload::Position;

/// One part of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartEntry {
    /// Duration in the track's ticks.
    pub duration: u64,
    /// Holds a picture that decodes alone.
    pub independent: bool,
}

/// One segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentEntry {
    /// Media sequence number.
    pub msn: u64,
    /// Time of its first frame in the track's ticks.
    pub start: u64,
    /// Sum of its parts, or the length of the hole, in the track's ticks.
    pub duration: u64,
    /// The encoder began anew here.
    pub discontinuity: bool,
    /// What it is.
    pub content: Content,
}

/// What a segment is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Media behind this init segment.
    Media {
        /// Name of the init segment.
        init: Arc<str>,
        /// Its parts; empty when they are no longer announced or not known (after a restart).
        parts: Vec<PartEntry>,
    },
    /// This rendition has nothing for this time (EXT-X-GAP).
    Gap,
}

/// All segments of one rendition.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct History {
    /// Whole segments, in order, without holes in the numbers.
    pub whole: Vec<SegmentEntry>,
    /// The segment whose parts are coming, with at least one part.
    pub open: Option<SegmentEntry>,
    /// The number after the last whole segment.
    pub next_msn: u64,
}

impl History {
    /// The history that a recording tells of. Numbers that are missing become gaps.
    pub fn restored(segments: Vec<SegmentEntry>) -> Self {
        let mut history = Self::default();
        for segment in segments {
            if history.whole.is_empty() {
                history.next_msn = segment.msn;
            }
            while history.next_msn < segment.msn {
                let start = history.end();
                let duration =
                    segment.start.saturating_sub(start) / (segment.msn - history.next_msn);
                history.push_gap(start, duration.max(1), false);
            }
            history.push_whole(segment);
        }
        history
    }

    /// Time after the last frame.
    pub fn end(&self) -> u64 {
        self.open
            .as_ref()
            .or(self.whole.last())
            .map_or(0, |segment| segment.start + segment.duration)
    }

    /// The part that comes next.
    pub fn next(&self) -> Position {
        match &self.open {
            Some(open) => Position { msn: open.msn, part: open.parts().len() as u32 },
            None => Position { msn: self.next_msn, part: 0 },
        }
    }

    /// The whole segment of this number.
    pub fn numbered(&self, msn: u64) -> Option<&SegmentEntry> {
        let index = msn.checked_sub(self.whole.first()?.msn)?;
        self.whole.get(usize::try_from(index).ok()?)
    }

    /// The number that a new segment would get.
    pub fn number_after(&self) -> u64 {
        self.open.as_ref().map_or(self.next_msn, |open| open.msn + 1)
    }

    /// The newest part, for the reports of sibling playlists.
    pub fn newest(&self) -> Option<(u64, Option<u32>)> {
        let segment = self.open.as_ref().or(self.whole.last())?;
        Some((segment.msn, (segment.parts().len() as u32).checked_sub(1)))
    }

    /// Takes a whole segment in; its number is the next one.
    pub fn push_whole(&mut self, segment: SegmentEntry) {
        self.next_msn = segment.msn + 1;
        self.whole.push(segment);
    }

    /// Notes that this rendition has nothing for a segment.
    pub fn push_gap(&mut self, start: u64, duration: u64, discontinuity: bool) {
        let msn = self.next_msn;
        self.push_whole(SegmentEntry {
            msn,
            start,
            duration,
            discontinuity,
            content: Content::Gap,
        });
    }

    /// Discontinuities in the first `count` segments.
    pub fn discontinuities_before(&self, count: usize) -> usize {
        self.whole.iter().take(count).filter(|segment| segment.discontinuity).count()
    }
}

impl SegmentEntry {
    /// The parts that are known.
    pub fn parts(&self) -> &[PartEntry] {
        match &self.content {
            Content::Media { parts, .. } => parts,
            Content::Gap => &[],
        }
    }
}
