//! Reads the index of a recording: whatever a crash, a full disk or a bad sector has made of it,
//! what comes out is whole, in order, and has its data.

use std::collections::BTreeMap;
use std::path::{Component, Path};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::{
    Begin, GapRecord, INDEX, PartRecord, Recording, RecordingError, SegmentRecord, failed,
};

/// Most numbers that a rendition's next segment may be ahead: days of a disk that takes nothing.
/// Each of them becomes a gap.
const MSN_AHEAD_MAX: u64 = 100_000;
/// Latest time in ticks: three thousand years of pictures.
const TICKS_MAX: u64 = 1 << 53;
/// Longest segment or gap in ticks: a hundred minutes of pictures.
const DURATION_MAX: u64 = 1 << 29;

/// One line of the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub(super) enum Record {
    Begin(Begin),
    Part(PartRecord),
    Gap(GapRecord),
    /// The newest segment of a rendition was announced longer than its recorded parts are.
    Length {
        rendition: String,
        msn: u64,
        duration: u64,
    },
    End,
}

/// What an index says.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) recording: Recording,
    /// Bytes of the index up to the last line that reads and has its data.
    pub(super) whole: u64,
}

/// Reads the index in `folder`. Lines that are torn or have lost their data are left out.
pub(super) fn scan(folder: &Path) -> Result<Scan, RecordingError> {
    let path = folder.join(INDEX);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(failed("read", &path)(error)),
    };
    let mut scan = Scan::default();
    let mut files = Files { folder, renditions: BTreeMap::new() };
    let (mut at, mut unreadable) = (0, 0);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        at += line.len() as u64;
        let record = line.strip_suffix(b"\n").and_then(|line| serde_json::from_slice(line).ok());
        let Some(record) = record else {
            // At the end of the index it is torn, and will be cut off.
            unreadable += 1;
            continue;
        };
        match files.judge(&record) {
            Verdict::Whole if fits(&scan.recording, &record) => scan.recording.take(record),
            Verdict::Whole | Verdict::Foreign => scan.recording.left_out += 1,
            // Cut off as well at the end; before it, the segment was given up.
            Verdict::WithoutData => continue,
        }
        scan.recording.left_out += std::mem::take(&mut unreadable);
        scan.whole = at;
    }
    Ok(scan)
}

enum Verdict {
    Whole,
    WithoutData,
    /// Of no rendition that has a folder here.
    Foreign,
}

/// What lies beside the index, looked at once.
struct Files<'a> {
    folder: &'a Path,
    /// By name; `None` where there is no folder for it.
    renditions: BTreeMap<String, Option<Found>>,
}

#[derive(Default)]
struct Found {
    /// Bytes by segment.
    segments: BTreeMap<u64, u64>,
    /// Whether it is there, by name.
    inits: BTreeMap<String, bool>,
}

impl Files<'_> {
    fn judge(&mut self, record: &Record) -> Verdict {
        match record {
            Record::Begin(_) | Record::End => Verdict::Whole,
            Record::Gap(GapRecord { rendition, .. }) | Record::Length { rendition, .. } => {
                match self.rendition(rendition) {
                    Some(_) => Verdict::Whole,
                    None => Verdict::Foreign,
                }
            }
            Record::Part(part) => self.judge_part(part),
        }
    }

    fn judge_part(&mut self, part: &PartRecord) -> Verdict {
        let folder = self.folder;
        let Some(found) = self.rendition(&part.rendition) else { return Verdict::Foreign };
        let length = *found.segments.entry(part.msn).or_insert_with(|| {
            let path = Recording::segment_path(folder, &part.rendition, part.msn);
            fs::metadata(path).map_or(0, |metadata| metadata.len())
        });
        let init = match found.inits.get(&part.init) {
            Some(there) => *there,
            None => {
                let path = folder.join(&part.rendition).join(&part.init);
                let there = is_plain(&part.init) && path.is_file();
                found.inits.insert(part.init.clone(), there);
                there
            }
        };
        let end = part.offset.checked_add(part.len);
        if init && 0 < part.len && end.is_some_and(|end| end <= length) {
            Verdict::Whole
        } else {
            Verdict::WithoutData
        }
    }

    fn rendition(&mut self, name: &str) -> Option<&mut Found> {
        if !self.renditions.contains_key(name) {
            let there = is_plain(name) && self.folder.join(name).is_dir();
            self.renditions.insert(name.to_owned(), there.then(Found::default));
        }
        self.renditions.get_mut(name)?.as_mut()
    }
}

/// Names something inside a folder and nothing else.
fn is_plain(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(only)), None) if only == name)
}

/// Does a line follow from what came before it?
fn fits(recording: &Recording, record: &Record) -> bool {
    let last = |rendition: &str| recording.renditions.get(rendition).and_then(|all| all.last());
    match record {
        Record::Begin(_) => recording.begin.is_none(),
        Record::End => true,
        Record::Gap(GapRecord { rendition, msn, start, duration, .. }) => {
            let last = last(rendition);
            // A longer line about the same gap follows once its length is known.
            match last.filter(|last| last.msn == *msn) {
                Some(same) => {
                    same.parts.is_empty() && same.start == *start && *duration <= DURATION_MAX
                }
                None => begins(last, *msn, *start, *duration),
            }
        }
        Record::Length { rendition, msn, duration } => last(rendition).is_some_and(|last| {
            let longer = last.duration <= *duration && *duration <= DURATION_MAX;
            last.msn == *msn && !last.parts.is_empty() && longer
        }),
        Record::Part(part) => match last(&part.rendition) {
            Some(last) if last.msn == part.msn => continues(last, part),
            last => {
                let first = (part.part, part.offset) == (0, 0);
                first && begins(last, part.msn, part.start, part.duration)
            }
        },
    }
}

impl Recording {
    fn take(&mut self, record: Record) {
        match record {
            Record::Begin(begin) => self.begin = Some(begin),
            Record::Part(part) => self.take_part(part),
            Record::Gap(gap) => self.take_gap(gap),
            Record::Length { rendition, duration, .. } => {
                let segments = self.renditions.entry(rendition).or_default();
                if let Some(last) = segments.last_mut() {
                    last.duration = duration;
                }
            }
            Record::End => self.ended = true,
        }
    }

    fn take_gap(&mut self, gap: GapRecord) {
        let GapRecord { rendition, msn, start, duration, discontinuity } = gap;
        let segments = self.renditions.entry(rendition).or_default();
        match segments.last_mut().filter(|segment| segment.msn == msn) {
            Some(segment) => segment.duration = duration,
            None => {
                let parts = Vec::new();
                segments.push(SegmentRecord { msn, start, duration, discontinuity, parts });
            }
        }
    }

    fn take_part(&mut self, part: PartRecord) {
        let segments = self.renditions.entry(part.rendition.clone()).or_default();
        match segments.last_mut().filter(|segment| segment.msn == part.msn) {
            Some(segment) => {
                segment.duration += part.duration;
                segment.parts.push(part);
            }
            None => segments.push(SegmentRecord {
                msn: part.msn,
                start: part.start,
                duration: part.duration,
                discontinuity: part.discontinuity,
                parts: vec![part],
            }),
        }
    }
}

/// A segment after `last`.
fn begins(last: Option<&SegmentRecord>, msn: u64, start: u64, duration: u64) -> bool {
    let follows = last.is_none_or(|last| {
        let ahead = msn.checked_sub(last.msn + 1);
        ahead.is_some_and(|ahead| ahead < MSN_AHEAD_MAX) && last.start + last.duration <= start
    });
    follows && msn < u64::MAX && start <= TICKS_MAX && duration <= DURATION_MAX
}

/// A further part of a segment.
fn continues(segment: &SegmentRecord, part: &PartRecord) -> bool {
    let Some(before) = segment.parts.last() else { return false };
    part.part as usize == segment.parts.len()
        && part.offset == before.offset + before.len
        && part.start == before.start + before.duration
        && segment.duration.saturating_add(part.duration) <= DURATION_MAX
}
