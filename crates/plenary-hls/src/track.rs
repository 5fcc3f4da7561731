//! One rendition: gathers samples into parts and parts into segments on the shared grid.
//!
//! Times inside a segment are made gapless: a frame that comes late after a small hole begins where
//! the last one ended. So part durations, segment durations and decode times always agree.

use std::sync::Arc;

use bytes::Bytes;
use plenary_model::time::Ticks;

use crate::cmaf::{self, Description, Sample};
use crate::grid::{Grid, Scale};
use crate::history::{Content, History, PartEntry, SegmentEntry};
use crate::reload::Position;

/// A stretch of the programme without a break of the encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch {
    /// Number of its first segment.
    pub first_msn: u64,
    /// Time of its first picture.
    pub start: Ticks,
    /// Something came before it.
    pub discontinuity: bool,
    /// Where its segments begin.
    pub grid: Grid,
}

impl Epoch {
    fn boundary(&self, msn: u64) -> u64 {
        self.start.0 + self.grid.start(msn - self.first_msn)
    }

    fn length(&self, msn: u64) -> u64 {
        self.grid.length(msn - self.first_msn)
    }

    fn msn_at(&self, time: Ticks) -> Option<u64> {
        let since = time.0.checked_sub(self.start.0)?;
        Some(self.first_msn + self.grid.index_at(since))
    }
}

/// One frame of the rendition.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Time in the track's ticks.
    pub time: u64,
    /// Decodes without earlier ones.
    pub sync: bool,
    /// As it will lie in the file.
    pub bytes: Bytes,
}

/// What a track has made; the packager passes it on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// A part, to be kept and announced.
    Part(Part),
    /// The segment is whole: no further part of it will come.
    Segment {
        /// Media sequence number.
        msn: u64,
    },
    /// This rendition has nothing for a segment.
    Gap {
        /// Media sequence number.
        msn: u64,
        /// Start in the track's ticks.
        start: u64,
        /// Length in the track's ticks.
        duration: u64,
        /// The encoder began anew here.
        discontinuity: bool,
    },
}

/// One immutable part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where it belongs.
    pub at: Position,
    /// Time of its first frame in the track's ticks.
    pub start: u64,
    /// Duration in the track's ticks.
    pub duration: u64,
    /// Holds a picture that decodes alone.
    pub independent: bool,
    /// Its segment follows a break of the encoder.
    pub discontinuity: bool,
    /// Name of its init segment.
    pub init: Arc<str>,
    /// moof and mdat.
    pub bytes: Bytes,
}

/// A frame that could not be placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropped {
    /// It belongs to time that is already published.
    TooOld,
    /// The rendition waits for a keyframe near the beginning of a segment.
    WaitsForSegment,
    /// The boxes cannot hold it.
    Unboxable,
}

/// One rendition's state.
#[derive(Debug)]
pub struct Track {
    /// Name in addresses.
    pub name: Arc<str>,
    /// Its lengths.
    pub scale: Scale,
    /// What it has published.
    pub history: History,
    grid: Grid,
    init: Option<(Description, Arc<str>)>,
    codec: Option<String>,
    state: State,
}

#[derive(Debug)]
enum State {
    Idle,
    Open(Open),
}

#[derive(Debug)]
struct Open {
    msn: u64,
    boundary: u64,
    /// Programme ticks from the boundary to the next segment.
    length: u64,
    discontinuity: bool,
    samples: Vec<Sample>,
    part_start: u64,
    /// Index of the grid line, counted from the boundary, at which the open part ends.
    ends_at_line: u64,
    last_time: u64,
    interval: u64,
}

impl Track {
    /// A rendition that goes on after `history`, whose newest init segment was `init`.
    pub fn new(
        name: &str,
        scale: Scale,
        grid: Grid,
        history: History,
        init: Option<Bytes>,
    ) -> Self {
        let codec = init.and_then(|init| cmaf::codec_name(&init));
        Self { name: name.into(), scale, history, grid, init: None, codec, state: State::Idle }
    }

    /// The codec name (RFC 6381) once one is known.
    pub fn codec(&self) -> Option<&str> {
        self.codec.as_deref()
    }

    /// Where its published media and the frames at hand end, in programme ticks.
    pub fn end(&self) -> Ticks {
        let end = match &self.state {
            State::Open(open) => open.samples.last().map_or(open.part_start, sample_end),
            State::Idle => self.history.end(),
        };
        self.scale.programme(end)
    }

    /// Programme time of its first published frame.
    pub fn began(&self) -> Option<Ticks> {
        let segments = self.history.whole.iter().chain(&self.history.open);
        let first = segments.into_iter().find(|segment| segment.content != Content::Gap)?;
        Some(self.scale.programme(first.start))
    }

    /// Puts a description in force from the next segment on; gives the init segment if it is new.
    pub fn describe(
        &mut self,
        description: Description,
        made: &mut Vec<Made>,
    ) -> Option<(Arc<str>, Bytes)> {
        if self.init.as_ref().is_some_and(|(known, _)| known.serves(&description)) {
            return None;
        }
        self.close_segment(made);
        let bytes = cmaf::init(&description).ok()?;
        let name: Arc<str> = cmaf::init_name(&bytes).into();
        self.codec = Some(description.codec());
        self.init = Some((description, name.clone()));
        Some((name, bytes))
    }

    /// Places a frame.
    pub fn push(
        &mut self,
        epoch: &Epoch,
        frame: Frame,
        made: &mut Vec<Made>,
    ) -> Result<(), Dropped> {
        let published = self.history.end();
        if frame.time + self.scale.frame <= published || frame.bytes.is_empty() {
            return Err(Dropped::TooOld);
        }
        let time = self.scale.programme(frame.time + self.scale.slack);
        let msn = epoch.msn_at(time).ok_or(Dropped::TooOld)?;
        let hole_max = self.scale.at_or_after(self.grid.part);
        if let State::Open(open) = &mut self.state {
            let expected = open.samples.last().map_or(open.part_start, sample_end);
            let torn = expected + hole_max < frame.time;
            if open.msn < msn && !torn {
                // A hole over the end of the segment: its last frame stands until then.
                open.stretch(&self.scale);
            }
            if open.msn < msn || torn {
                self.close_segment(made);
            }
        }
        if matches!(self.state, State::Idle) {
            self.begin(epoch, msn, &frame, made)?;
        }
        self.append(frame, made)
    }

    fn begin(
        &mut self,
        epoch: &Epoch,
        msn: u64,
        frame: &Frame,
        made: &mut Vec<Made>,
    ) -> Result<(), Dropped> {
        let boundary = epoch.boundary(msn);
        let near = frame.time <= self.scale.at_or_after(boundary + self.grid.part);
        if !frame.sync || !near || msn < self.history.next_msn || self.init.is_none() {
            return Err(Dropped::WaitsForSegment);
        }
        while self.history.next_msn < msn {
            let number = self.history.next_msn.max(epoch.first_msn);
            let start = self.scale.at_or_after(epoch.boundary(number));
            let length = self.scale.at_or_after(epoch.length(number));
            self.gap(
                start,
                length,
                epoch.discontinuity && self.history.next_msn == epoch.first_msn,
                made,
            );
        }
        let published = self.history.end();
        let hole_max = self.scale.at_or_after(self.grid.part);
        let touches = published <= frame.time && frame.time <= published + hole_max;
        let new_epoch = msn == epoch.first_msn;
        let part_start = if touches && !new_epoch { published } else { frame.time.max(published) };
        self.state = State::Open(Open {
            msn,
            boundary,
            length: epoch.length(msn),
            discontinuity: epoch.discontinuity && new_epoch,
            samples: Vec::new(),
            part_start,
            ends_at_line: 1,
            last_time: frame.time,
            interval: self.scale.frame,
        });
        Ok(())
    }

    fn append(&mut self, frame: Frame, made: &mut Vec<Made>) -> Result<(), Dropped> {
        let State::Open(open) = &mut self.state else { return Ok(()) };
        let interval = frame.time.saturating_sub(open.last_time);
        if 0 < interval {
            // The last sample of a part is published before its successor is known, so it is
            // given the interval that was seen last.
            open.interval = interval.min(self.scale.part_target);
        }
        open.last_time = frame.time;
        if let Some(last) = open.samples.last_mut() {
            let line = self.scale.at_or_after(open.boundary + open.ends_at_line * self.grid.part);
            let cap = (open.part_start + self.scale.part_target).min(line.max(last.time + 1));
            if cap <= frame.time + self.scale.slack {
                // A hole over the end of the part: its last frame stands until then.
                last.duration = (cap - last.time) as u32;
                self.close_part(made)?;
                return self.append(frame, made);
            }
            last.duration = frame.time.saturating_sub(last.time).max(1) as u32;
        }
        let State::Open(open) = &mut self.state else { return Err(Dropped::WaitsForSegment) };
        let time = open.samples.last().map_or(open.part_start, sample_end);
        let longest = (open.part_start + self.scale.part_target).saturating_sub(time).max(1);
        let line = self.scale.at_or_after(open.boundary + open.ends_at_line * self.grid.part);
        // A guess over the end of the part would take time from the next one, or from its keyframe.
        let shown = frame.time.max(time);
        let end = (shown + open.interval).min(line.max(shown + self.scale.frame));
        let duration = (end - time).clamp(1, longest) as u32;
        open.samples.push(Sample { time, duration, sync: frame.sync, bytes: frame.bytes });
        if line <= time + u64::from(duration) + self.scale.slack {
            self.close_part(made)?;
        }
        Ok(())
    }

    /// Publishes the open part and, at the end of the grid's segment, the segment.
    fn close_part(&mut self, made: &mut Vec<Made>) -> Result<(), Dropped> {
        let (State::Open(open), Some((_, init))) = (&mut self.state, &self.init) else {
            return Ok(());
        };
        let samples = std::mem::take(&mut open.samples);
        let Some(last) = samples.last() else { return Ok(()) };
        let end = sample_end(last);
        let entry = self.history.open.get_or_insert_with(|| SegmentEntry {
            msn: open.msn,
            start: open.part_start,
            duration: 0,
            discontinuity: open.discontinuity,
            content: Content::Media { init: init.clone(), parts: Vec::new() },
        });
        let at = Position { msn: open.msn, part: entry.parts().len() as u32 };
        let sequence = (open.msn as u32).wrapping_mul(256).wrapping_add(at.part + 1);
        let Ok(bytes) = cmaf::part(sequence, &samples) else {
            self.close_segment(made);
            return Err(Dropped::Unboxable);
        };
        let duration = end - open.part_start;
        let independent = samples.iter().any(|sample| sample.sync);
        entry.duration += duration;
        if let Content::Media { parts, .. } = &mut entry.content {
            parts.push(PartEntry { duration, independent });
        }
        made.push(Made::Part(Part {
            at,
            start: open.part_start,
            duration,
            independent,
            discontinuity: open.discontinuity,
            init: init.clone(),
            bytes,
        }));
        open.part_start = end;
        while self.scale.at_or_after(open.boundary + open.ends_at_line * self.grid.part)
            <= end + self.scale.slack
        {
            open.ends_at_line += 1;
        }
        if open.length <= (open.ends_at_line - 1) * self.grid.part {
            self.close_segment(made);
        }
        Ok(())
    }

    /// Publishes what is at hand as the end of the segment.
    pub fn close_segment(&mut self, made: &mut Vec<Made>) {
        let State::Open(open) = &self.state else { return };
        if !open.samples.is_empty() {
            // Frames that no box holds are lost; the segment ends without them.
            let _ = self.close_part(made);
        }
        self.state = State::Idle;
        if let Some(segment) = self.history.open.take() {
            made.push(Made::Segment { msn: segment.msn });
            self.history.push_whole(segment);
        }
    }

    /// Notes that there is nothing for the next segment.
    pub fn gap(&mut self, start: u64, duration: u64, discontinuity: bool, made: &mut Vec<Made>) {
        let msn = self.history.next_msn;
        let start = start.max(self.history.end());
        self.history.push_gap(start, duration.max(1), discontinuity);
        made.push(Made::Gap { msn, start, duration: duration.max(1), discontinuity });
    }
}

impl Open {
    /// Lets the last frame at hand stand until the end of the segment.
    fn stretch(&mut self, scale: &Scale) {
        let end = scale.at_or_after(self.boundary + self.length);
        let end = end.min(self.part_start + scale.part_target);
        if let Some(last) = self.samples.last_mut().filter(|last| sample_end(last) < end) {
            last.duration = (end - last.time) as u32;
        }
    }
}

fn sample_end(sample: &Sample) -> u64 {
    sample.time + u64::from(sample.duration)
}
