//! Writes a recording as one progressive MP4: the highest picture rendition and the sound, as they
//! were broadcast.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use plenary_hls::progressive::{self, Damaged, Track};
use plenary_store::recording::{PartRecord, Recording, RecordingError, read_range, read_whole};

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Nothing was ever recorded there.
    #[error("there is no recording in {0}")]
    Empty(PathBuf),
    /// The recording cannot be read.
    #[error(transparent)]
    Read(#[from] RecordingError),
    /// A part is damaged.
    #[error("{rendition} {msn}.{part}")]
    Damaged {
        /// Rendition.
        rendition: String,
        /// Segment.
        msn: u64,
        /// Part.
        part: u32,
        /// What is wrong.
        #[source]
        source: Damaged,
    },
    /// The file cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// Milliseconds of programme.
    pub duration_ms: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

struct Piece {
    track: usize,
    path: PathBuf,
    offset: u64,
    len: u64,
    /// Start in microseconds, for interleaving.
    start_us: u64,
}

/// Writes the recording in `folder` to `file`; works on a running recording too, up to its newest
/// part. Blocks while it reads and writes.
///
/// # Errors
/// See [`ExportError`].
pub fn export(folder: &Path, file: &Path) -> Result<Exported, ExportError> {
    let recording = Recording::read(folder)?;
    let empty = || ExportError::Empty(folder.to_owned());
    let begin = recording.begin.as_ref().ok_or_else(empty)?;
    let (sound, pictures) = begin.renditions.split_last().ok_or_else(empty)?;
    let has_media = |name: &str| {
        recording.renditions.get(name).is_some_and(|all| all.iter().any(|s| !s.parts.is_empty()))
    };
    let best = pictures.iter().find(|rendition| has_media(&rendition.name));
    let chosen = best.into_iter().chain([sound]).filter(|rendition| has_media(&rendition.name));

    let mut tracks = Vec::new();
    let mut pieces = Vec::new();
    let mut end_us = 0;
    for rendition in chosen {
        let mut inits = BTreeMap::new();
        let segments = recording.renditions.get(&rendition.name).map_or(&[][..], Vec::as_slice);
        let parts = segments.iter().flat_map(|segment| &segment.parts);
        let mut track = None;
        for part in parts {
            let start_us = microseconds(part.start, rendition.hz);
            let piece = read_part(folder, part, &mut inits, &mut track)?;
            end_us = end_us.max(microseconds(part.start + part.duration, rendition.hz));
            pieces.push(Piece { track: tracks.len(), start_us, ..piece });
        }
        tracks.extend(track);
    }
    pieces.sort_by_key(|piece| (piece.start_us, piece.track));
    let begin_us = pieces.first().ok_or_else(empty)?.start_us;
    let bytes = write(file, &tracks, &pieces)?;
    Ok(Exported { duration_ms: (end_us - begin_us) / 1000, bytes })
}

fn microseconds(ticks: u64, hz: u64) -> u64 {
    (u128::from(ticks) * 1_000_000 / u128::from(hz.max(1))) as u64
}

fn read_part(
    folder: &Path,
    part: &PartRecord,
    inits: &mut BTreeMap<String, Bytes>,
    track: &mut Option<Track>,
) -> Result<Piece, ExportError> {
    let damaged = |source| ExportError::Damaged {
        rendition: part.rendition.clone(),
        msn: part.msn,
        part: part.part,
        source,
    };
    if !inits.contains_key(&part.init) {
        let init = read_whole(&folder.join(&part.rendition).join(&part.init))?;
        inits.insert(part.init.clone(), init);
    }
    let init = &inits[&part.init];
    let path = Recording::segment_path(folder, &part.rendition, part.msn);
    let bytes = read_range(&path, part.offset, part.len)?;
    let track = match track {
        Some(track) => track,
        none => none.insert(Track::new(init).map_err(damaged)?),
    };
    let payload = track.push(init, &bytes).map_err(damaged)?;
    let offset = part.offset + payload.offset;
    Ok(Piece { track: 0, path, offset, len: payload.len, start_us: 0 })
}

fn write(path: &Path, tracks: &[Track], pieces: &[Piece]) -> Result<u64, ExportError> {
    let failed = |source| ExportError::Write { path: path.to_owned(), source };
    let order: Vec<(usize, u64)> = pieces.iter().map(|piece| (piece.track, piece.len)).collect();
    let head =
        progressive::head(tracks, &order).map_err(|error| failed(std::io::Error::other(error)))?;
    // Under another name until it is whole: nobody takes half a file for the recording.
    let mut draft = path.as_os_str().to_owned();
    draft.push(".part");
    let draft = PathBuf::from(draft);
    let mut file = BufWriter::new(File::create(&draft).map_err(failed)?);
    file.write_all(&head).map_err(failed)?;
    let mut total = head.len() as u64;
    for piece in pieces {
        let bytes = read_range(&piece.path, piece.offset, piece.len)?;
        file.write_all(&bytes).map_err(failed)?;
        total += piece.len;
    }
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    std::fs::rename(&draft, path).map_err(failed)?;
    Ok(total)
}
