//! What a broadcast needs besides its history to go on after a stop of the server.

use std::path::Path;

use plenary_hls::grid::Grid;
use plenary_model::time::PROGRAMME_HZ;
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
/// of it, and all when the newest segment was nearly whole, get gaps.
pub(super) fn leave_room(
    recorder: &mut Recorder,
    recording: &mut Recording,
    header: &Begin,
    grid: &Grid,
) -> Result<(), RecordingError> {
    let mut next = 0;
    for rendition in &header.renditions {
        let Some(segments) = recording.renditions.get(&rendition.name) else { continue };
        let Some(last) = segments.last() else { continue };
        next = next.max(last.msn + 1 + begun_unrecorded(segments, rendition.hz, grid));
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

/// How many segments may have begun after the newest recorded one.
fn begun_unrecorded(segments: &[SegmentRecord], hz: u64, grid: &Grid) -> u64 {
    let Some(last) = segments.last() else { return 0 };
    let in_stretch = segments.iter().rev().position(|segment| segment.discontinuity);
    let index = in_stretch.unwrap_or(segments.len() - 1) as u64;
    let recorded = grid.start(index) + last.duration * PROGRAMME_HZ / hz;
    grid.index_at(recorded + UNRECORDED_SECONDS * PROGRAMME_HZ).saturating_sub(index)
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
