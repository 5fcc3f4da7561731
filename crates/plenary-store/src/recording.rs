//! The recording of one event: the broadcast's parts appended to segment files, and an index with
//! one line per part.
//!
//! Data is on disk before the index speaks of it, so whatever stops the process, opening the folder
//! again cuts the torn tail and everything that the index names is whole.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use plenary_model::limits::RECORDER_LINES_OWED_MAX;
use serde::{Deserialize, Serialize};

use index::{Record, Scan, scan};

mod index;

const INDEX: &str = "index.jsonl";
const VERSION: u32 = 1;

/// The disk failed; the operator must act (space, rights, hardware).
#[derive(Debug, thiserror::Error)]
#[error("the recording cannot {doing} {path}")]
pub struct RecordingError {
    doing: &'static str,
    path: String,
    #[source]
    source: io::Error,
}

/// What the index begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begin {
    /// Version of the format.
    pub version: u32,
    /// Wall clock of programme tick 0 in milliseconds since 1970.
    pub wall_of_zero_ms: u64,
    /// All renditions, the largest picture first, the sound last.
    pub renditions: Vec<RenditionRecord>,
}

impl Begin {
    /// A header of the present format.
    pub fn new(wall_of_zero_ms: u64, renditions: Vec<RenditionRecord>) -> Self {
        Self { version: VERSION, wall_of_zero_ms, renditions }
    }
}

/// One rendition of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenditionRecord {
    /// Name of its folder.
    pub name: String,
    /// Ticks per second of its times.
    pub hz: u64,
}

/// One part in the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRecord {
    /// Name of the rendition.
    pub rendition: String,
    /// Media sequence number of its segment.
    pub msn: u64,
    /// Index in the segment.
    pub part: u32,
    /// Where it begins in the segment's file.
    pub offset: u64,
    /// Bytes.
    pub len: u64,
    /// Time of its first frame in the rendition's ticks.
    pub start: u64,
    /// Duration in the rendition's ticks.
    pub duration: u64,
    /// Holds a picture that decodes alone.
    pub independent: bool,
    /// Its segment follows a break of the encoder.
    pub discontinuity: bool,
    /// File name of its init segment.
    pub init: String,
}

/// A time for which a rendition has nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapRecord {
    /// Name of the rendition.
    pub rendition: String,
    /// Media sequence number.
    pub msn: u64,
    /// Start in the rendition's ticks.
    pub start: u64,
    /// Length in the rendition's ticks.
    pub duration: u64,
    /// It follows a break of the encoder.
    pub discontinuity: bool,
}

/// One segment of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRecord {
    /// Media sequence number.
    pub msn: u64,
    /// Time of its first frame in the rendition's ticks.
    pub start: u64,
    /// Duration in the rendition's ticks; more than that of its parts if its end was not recorded.
    pub duration: u64,
    /// It follows a break of the encoder.
    pub discontinuity: bool,
    /// Its parts; none means a gap.
    pub parts: Vec<PartRecord>,
}

/// What a folder holds.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Recording {
    /// The header, unless nothing was ever recorded.
    pub begin: Option<Begin>,
    /// Segments by name of the rendition, in order.
    pub renditions: BTreeMap<String, Vec<SegmentRecord>>,
    /// The event was closed.
    pub ended: bool,
    /// Lines of the index that say nothing usable, apart from what a stop of the server has torn.
    pub left_out: usize,
}

impl Recording {
    /// Reads a folder without changing it, so a running recording too. Torn tails are left out.
    ///
    /// # Errors
    /// The disk refuses; the operator must act.
    pub fn read(folder: &Path) -> Result<Self, RecordingError> {
        Ok(scan(folder)?.recording)
    }

    /// The file of a segment.
    pub fn segment_path(folder: &Path, rendition: &str, msn: u64) -> PathBuf {
        folder.join(rendition).join(format!("{msn}.m4s"))
    }
}

/// Writes a recording; belongs to one thread, since every call waits for the disk.
#[derive(Debug)]
pub struct Recorder {
    folder: PathBuf,
    index: File,
    index_len: u64,
    open: BTreeMap<String, OpenSegment>,
    /// The newest segment that each rendition has lost, until a later one is whole.
    lost: BTreeMap<String, Lost>,
    /// Lines that the disk has refused so far; they come before all others.
    owed: Vec<Record>,
}

#[derive(Debug)]
struct OpenSegment {
    msn: u64,
    start: u64,
    file: File,
    len: u64,
}

#[derive(Debug, Clone, Copy)]
struct Lost {
    msn: u64,
    start: u64,
    discontinuity: bool,
    /// Something follows it, and the index has its length.
    ended: bool,
}

impl Lost {
    fn gap(self, rendition: &str, until: u64) -> GapRecord {
        let Self { msn, start, discontinuity, .. } = self;
        let duration = until.saturating_sub(start).max(1);
        GapRecord { rendition: rendition.to_owned(), msn, start, duration, discontinuity }
    }
}

impl Recorder {
    /// Opens or begins the recording in `folder`, cuts torn tails, and tells what is there.
    ///
    /// # Errors
    /// The disk refuses; the operator must act.
    pub fn open(folder: &Path, begin: Begin) -> Result<(Self, Recording), RecordingError> {
        for rendition in &begin.renditions {
            let path = folder.join(&rendition.name);
            fs::create_dir_all(&path).map_err(failed("create", &path))?;
        }
        let Scan { mut recording, whole } = scan(folder)?;
        cut_data(folder, &recording)?;
        let path = folder.join(INDEX);
        let index = OpenOptions::new()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .open(&path)
            .map_err(failed("open", &path))?;
        let mut recorder = Self {
            folder: folder.to_owned(),
            index,
            index_len: whole,
            open: BTreeMap::new(),
            lost: BTreeMap::new(),
            owed: Vec::new(),
        };
        recorder.index.set_len(whole).map_err(failed("cut", &path))?;
        if recording.begin.is_none() {
            recorder.note(&Record::Begin(begin.clone()))?;
            recording.begin = Some(begin);
        }
        sync_folder(folder)?;
        Ok((recorder, recording))
    }

    /// Keeps an init segment.
    ///
    /// # Errors
    /// The disk refuses; the operator must act.
    pub fn init(
        &mut self,
        rendition: &str,
        name: &str,
        bytes: &[u8],
    ) -> Result<(), RecordingError> {
        let folder = self.folder.join(rendition);
        let path = folder.join(name);
        // Under another name first: a file of this name is always whole.
        let draft = folder.join(format!("{name}.new"));
        let write = || -> io::Result<()> {
            let mut file = File::create(&draft)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&draft, &path)
        };
        write().map_err(failed("write", &path))?;
        sync_folder(&folder)
    }

    /// Appends a part; `offset` and `len` of the record are set here. After a failure its whole
    /// segment is given up and recording goes on with the next one.
    ///
    /// Gives `false` for a part of a segment that was given up.
    ///
    /// # Errors
    /// The disk refuses; the operator must act.
    pub fn part(&mut self, mut part: PartRecord, bytes: &[u8]) -> Result<bool, RecordingError> {
        let lost = self.lost.get(&part.rendition).copied();
        if lost.is_some_and(|lost| lost.msn == part.msn) {
            return Ok(false);
        }
        self.end_lost(&part.rendition, part.start);
        let kept = self.pay().and_then(|()| {
            self.append(&mut part, bytes)?;
            self.note(&Record::Part(part.clone()))
        });
        match kept {
            Ok(()) => {
                if let Some(open) = self.open.get_mut(&part.rendition) {
                    open.len += part.len;
                }
                if lost.is_some_and(|lost| lost.msn + 1 < part.msn) {
                    self.lost.remove(&part.rendition);
                }
            }
            Err(_) => self.give_up(&part),
        }
        kept.map(|()| true)
    }

    /// Has every rendition a whole segment since it last lost one?
    pub fn is_whole(&self) -> bool {
        self.lost.is_empty()
    }

    /// Says that a part is lost. Its whole segment becomes a gap and its file goes: half of it must
    /// not be served under the name of the whole.
    pub fn give_up(&mut self, part: &PartRecord) {
        let PartRecord { rendition, msn, discontinuity, .. } = part;
        if self.lost.get(rendition).is_some_and(|lost| lost.msn == *msn) {
            return;
        }
        self.end_lost(rendition, part.start);
        let open = self.open.remove(rendition).filter(|open| open.msn == *msn);
        let start = open.map_or(part.start, |open| open.start);
        let lost = Lost { msn: *msn, start, discontinuity: *discontinuity, ended: false };
        self.lost.insert(rendition.clone(), lost);
        // A number that players have seen is known at once; the gap's length follows.
        self.owe(Record::Gap(lost.gap(rendition, part.start + part.duration)));
        // A disk that takes neither is reported with the part; the index does not name the rest.
        let _ = fs::remove_file(Recording::segment_path(&self.folder, rendition, *msn));
        let _ = self.pay();
    }

    /// Notes that a rendition has nothing for a segment. What the disk refuses now is tried again
    /// before the next line.
    ///
    /// # Errors
    /// The disk refuses; the operator must act.
    pub fn gap(&mut self, gap: GapRecord) -> Result<(), RecordingError> {
        self.end_lost(&gap.rendition, gap.start);
        self.owe(Record::Gap(gap));
        self.pay()
    }

    /// Notes that the newest segment of a rendition was announced so long, although its end is not
    /// recorded.
    ///
    /// # Errors
    /// The disk refuses; the operator must act.
    pub fn announce(
        &mut self,
        rendition: &str,
        msn: u64,
        duration: u64,
    ) -> Result<(), RecordingError> {
        self.owe(Record::Length { rendition: rendition.to_owned(), msn, duration });
        self.pay()
    }

    /// Notes that the event is over.
    ///
    /// # Errors
    /// The disk refuses; the operator must act.
    pub fn end(&mut self) -> Result<(), RecordingError> {
        self.open.clear();
        self.owe(Record::End);
        self.pay()
    }

    /// Ends the gap in place of a rendition's lost segment, since something follows it.
    fn end_lost(&mut self, rendition: &str, until: u64) {
        if let Some(lost) = self.lost.get_mut(rendition).filter(|lost| !lost.ended) {
            lost.ended = true;
            let gap = lost.gap(rendition, until);
            self.owe(Record::Gap(gap));
        }
    }

    fn owe(&mut self, record: Record) {
        if self.owed.len() == RECORDER_LINES_OWED_MAX {
            self.owed.remove(0);
        }
        self.owed.push(record);
    }

    fn pay(&mut self) -> Result<(), RecordingError> {
        while let Some(record) = self.owed.first().cloned() {
            self.note(&record)?;
            self.owed.remove(0);
        }
        Ok(())
    }

    fn append(&mut self, part: &mut PartRecord, bytes: &[u8]) -> Result<(), RecordingError> {
        let path = Recording::segment_path(&self.folder, &part.rendition, part.msn);
        let open = match self.open.get_mut(&part.rendition) {
            Some(open) if open.msn == part.msn => open,
            _ => {
                let file = File::create(&path).map_err(failed("create", &path))?;
                sync_folder(&self.folder.join(&part.rendition))?;
                let open = OpenSegment { msn: part.msn, start: part.start, file, len: 0 };
                self.open.insert(part.rendition.clone(), open);
                let Some(open) = self.open.get_mut(&part.rendition) else { return Ok(()) };
                open
            }
        };
        part.offset = open.len;
        part.len = bytes.len() as u64;
        open.file
            .write_all(bytes)
            .and_then(|()| open.file.sync_data())
            .map_err(failed("write", &path))
    }

    fn note(&mut self, record: &Record) -> Result<(), RecordingError> {
        let path = self.folder.join(INDEX);
        let mut write = || -> io::Result<u64> {
            let mut line = serde_json::to_vec(record)?;
            line.push(b'\n');
            // A line that failed half way is cut before the next one follows.
            self.index.set_len(self.index_len)?;
            self.index.seek(SeekFrom::Start(self.index_len))?;
            self.index.write_all(&line)?;
            self.index.sync_data()?;
            Ok(line.len() as u64)
        };
        self.index_len += write().map_err(failed("write", &path))?;
        Ok(())
    }
}

/// Reads a piece of a recorded file.
///
/// # Errors
/// The disk refuses; the operator must act.
pub fn read_range(path: &Path, offset: u64, len: u64) -> Result<Bytes, RecordingError> {
    let read = || -> io::Result<Bytes> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.take(len).read_to_end(&mut bytes)?;
        if (bytes.len() as u64) < len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(bytes.into())
    };
    read().map_err(failed("read", path))
}

/// Reads a recorded file.
///
/// # Errors
/// The disk refuses; the operator must act.
pub fn read_whole(path: &Path) -> Result<Bytes, RecordingError> {
    fs::read(path).map(Bytes::from).map_err(failed("read", path))
}

/// Cuts segment files to what the index names and removes those that it does not know.
fn cut_data(folder: &Path, recording: &Recording) -> Result<(), RecordingError> {
    for (rendition, segments) in &recording.renditions {
        let mut known: BTreeMap<String, u64> = BTreeMap::new();
        for segment in segments.iter().filter(|segment| !segment.parts.is_empty()) {
            let ends = segment.parts.iter().map(|part| part.offset + part.len);
            let end = known.entry(format!("{}.m4s", segment.msn)).or_default();
            *end = ends.fold(*end, u64::max);
        }
        let path = folder.join(rendition);
        for entry in fs::read_dir(&path).map_err(failed("read", &path))? {
            let entry = entry.map_err(failed("read", &path))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.ends_with(".m4s") {
                continue;
            }
            let file = entry.path();
            let length = entry.metadata().map_err(failed("read", &file))?.len();
            match known.get(&name) {
                None => fs::remove_file(&file).map_err(failed("remove", &file))?,
                Some(end) if *end < length => OpenOptions::new()
                    .write(true)
                    .open(&file)
                    .and_then(|file| file.set_len(*end))
                    .map_err(failed("cut", &file))?,
                Some(_) => {}
            }
        }
    }
    Ok(())
}

fn sync_folder(folder: &Path) -> Result<(), RecordingError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed("sync", folder))
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> RecordingError {
    let path = path.display().to_string();
    move |source| RecordingError { doing, path, source }
}

#[cfg(test)]
#[path = "recording_tests.rs"]
mod tests;
