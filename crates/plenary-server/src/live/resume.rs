//! What a broadcast needs besides its history to go on after a stop of the server.

use std::path::Path;

use plenary_hls::grid::{Grid, Scale};
use plenary_model::ladder::Ladder;
use plenary_store::recording::{
    Begin, GapRecord, Recorder, Recording, RecordingError, SegmentRecord, read_whole,
};

use super::published::Memory;

/// What players may have seen and the recording does not know: it is at most so much behind.
const UNRECORDED_SECONDS: u64 = 1;
/// Seconds of media whose parts the playlists name: three target durations and the open segment;
/// the second half is for players that are behind.
const SECONDS_WITH_PARTS: u64 = 2 * 4 * 4;

/// Lets all renditions go on with the same number, which no player has seen: those that are short
/// of it, and all when the newest segment was nearly whole, get gaps. A newest segment whose end was
/// not recorded is announced as long as it was made: players may have seen it whole.
pub(super) fn leave_room(
    recorder: &mut Recorder,
    recording: &mut Recording,
    header: &Begin,
    ladder: &Ladder,
) -> Result<(), RecordingError> {
    let Some(stretch) = Stretch::newest(recording, header, Grid::new(ladder)) else {
        return Ok(());
    };
    let (pictures, sound) = (Scale::of_pictures(ladder), Scale::of_sound(ladder));
    let mut next = 0;
    for (index, rendition) in header.renditions.iter().enumerate() {
        let name = &rendition.name;
        let scale = if index + 1 < header.renditions.len() { pictures } else { sound };
        let Some(last) = recording.renditions.get_mut(name).and_then(|all| all.last_mut()) else {
            continue;
        };
        next = next.max(last.msn + 1 + stretch.begun_unrecorded(last, &scale));
        let missing = stretch.end(last, &scale).saturating_sub(last.start + last.duration);
        if !last.parts.is_empty() && 0 < missing && missing <= unrecorded(&scale) {
            last.duration += missing;
            recorder.announce(name, last.msn, last.duration)?;
        }
    }
    for rendition in &header.renditions {
        let Some(segments) = recording.renditions.get_mut(&rendition.name) else { continue };
        while let Some(last) = segments.last().filter(|last| last.msn + 1 < next) {
            let (msn, start) = (last.msn + 1, last.start + last.duration);
            let duration = UNRECORDED_SECONDS * rendition.hz / 2;
            recorder.gap(GapRecord {
                rendition: rendition.name.clone(),
                msn,
                start,
                duration,
                discontinuity: false,
            })?;
            let parts = Vec::new();
            segments.push(SegmentRecord { msn, start, duration, discontinuity: false, parts });
        }
    }
    Ok(())
}

/// What may be missing at the end of a recording, in ticks of the track: whole frames.
fn unrecorded(scale: &Scale) -> u64 {
    UNRECORDED_SECONDS * scale.hz + scale.frame
}

/// The newest stretch without a break of the encoder.
struct Stretch {
    first_msn: u64,
    /// In programme ticks.
    start: u64,
    grid: Grid,
}

impl Stretch {
    /// As the pictures tell it, with whose first one it began.
    fn newest(recording: &Recording, header: &Begin, grid: Grid) -> Option<Self> {
        let (_, pictures) = header.renditions.split_last()?;
        let told = pictures.iter().find_map(|rendition| recording.renditions.get(&rendition.name));
        let segments = told.filter(|segments| !segments.is_empty())?;
        let first = segments.iter().rposition(|segment| segment.discontinuity).unwrap_or(0);
        let SegmentRecord { msn: first_msn, start, duration, .. } = segments[first];
        // Encoders that went on over a leap in time make no short segments.
        let opened = duration < grid.opening[0] + grid.part / 2;
        let grid = if opened { grid } else { grid.without_opening() };
        Some(Self { first_msn, start, grid })
    }

    fn index(&self, segment: &SegmentRecord) -> u64 {
        segment.msn.saturating_sub(self.first_msn)
    }

    /// How many segments may have begun after the newest recorded one.
    fn begun_unrecorded(&self, last: &SegmentRecord, scale: &Scale) -> u64 {
        let index = self.index(last);
        let seen = scale.programme(last.duration + unrecorded(scale)).0;
        self.grid.index_at(self.grid.start(index) + seen).saturating_sub(index)
    }

    /// Where a segment ends once it is whole: its first frame that reaches the next one.
    fn end(&self, segment: &SegmentRecord, scale: &Scale) -> u64 {
        let line = scale.at_or_after(self.start + self.grid.start(self.index(segment) + 1));
        let length = line.saturating_sub(scale.slack + segment.start);
        segment.start + length.div_ceil(scale.frame) * scale.frame
    }
}

/// The newest recorded media of each rendition, whose parts the playlists still name.
pub(super) fn memories(
    header: &Begin,
    recording: &Recording,
    folder: &Path,
) -> Result<Vec<Memory>, RecordingError> {
    let mut memories = Vec::new();
    for rendition in &header.renditions {
        let mut memory = Memory::default();
        let segments = recording.renditions.get(&rendition.name).map_or(&[][..], Vec::as_slice);
        let mut left = SECONDS_WITH_PARTS * rendition.hz;
        let newest = segments.iter().rev().take_while(|segment| {
            let inside = 0 < left;
            left = left.saturating_sub(segment.duration);
            inside
        });
        let first = segments.len() - newest.count();
        for segment in segments[first..].iter().filter(|segment| !segment.parts.is_empty()) {
            let path = Recording::segment_path(folder, &rendition.name, segment.msn);
            let ends = segment.parts.iter().map(|part| (part.offset + part.len) as usize);
            memory.push_whole(segment.msn, read_whole(&path)?, ends.collect());
        }
        memories.push(memory);
    }
    Ok(memories)
}
