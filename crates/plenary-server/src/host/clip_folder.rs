//! The folder of an event's clips: MP4 files are found in it while the event runs.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use plenary_model::id::{ClipId, SourceId};
use plenary_model::limits::{CLIPS_MAX, CLIPS_WAITING_MAX};
use plenary_model::person::Card;
use plenary_programme::clip;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

/// How often the folder is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A file that was found in the folder.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// It can be played.
    Clip {
        /// Its id: the same for the same file name, so that scenes find it after a restart.
        source: SourceId,
        /// Its name.
        card: Card,
        /// The file.
        path: PathBuf,
    },
    /// It cannot.
    Refused {
        /// File name.
        name: String,
        /// Why, for the person who put it there.
        reason: String,
    },
}

/// Looks for clips as long as somebody wants to hear of them.
pub fn watch(folder: PathBuf) -> mpsc::Receiver<Found> {
    let (found, all) = mpsc::channel(CLIPS_WAITING_MAX);
    tokio::spawn(async move {
        let mut shelf = Shelf::default();
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = look.tick() => {}
                () = found.closed() => return,
            }
            let folder = folder.clone();
            let looked = tokio::task::spawn_blocking(move || {
                let new = shelf.look(&folder);
                (shelf, new)
            });
            let Ok((back, new)) = looked.await else { return };
            shelf = back;
            for one in new {
                if found.send(one).await.is_err() {
                    return;
                }
            }
        }
    });
    all
}

/// What tells whether a file is still being written.
type Stamp = (u64, Option<SystemTime>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It may still grow; it was like this at the last look.
    Settling(Stamp),
    /// It was told of when it was like this.
    Told(Stamp),
}

/// What the folder is known to hold.
#[derive(Debug, Default)]
struct Shelf {
    files: BTreeMap<String, State>,
}

impl Shelf {
    /// Probes what is new and was the same at the last look: a file that is being copied is left
    /// alone until it is whole.
    fn look(&mut self, folder: &Path) -> Vec<Found> {
        let mut new = Vec::new();
        for (name, path, stamp) in files(folder) {
            let state = self.files.get(&name).copied();
            match state {
                Some(State::Told(told)) if told == stamp => continue,
                Some(State::Settling(before)) if before == stamp => {
                    new.push(probe(&name, path));
                    self.files.insert(name, State::Told(stamp));
                }
                None if old(stamp) => {
                    new.push(probe(&name, path));
                    self.files.insert(name, State::Told(stamp));
                }
                Some(State::Told(_) | State::Settling(_)) | None => {
                    self.files.insert(name, State::Settling(stamp));
                }
            }
        }
        new
    }
}

/// The folder's MP4 files by name. A folder that is not there holds none.
fn files(folder: &Path) -> Vec<(String, PathBuf, Stamp)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .flatten()
        .filter_map(|entry| {
            let path = entry.path();
            let mp4 = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("mp4"));
            let name = entry.file_name().to_string_lossy().into_owned();
            let about = std::fs::metadata(&path).ok().filter(Metadata::is_file)?;
            mp4.then(|| (name, path, (about.len(), about.modified().ok())))
        })
        .collect();
    files.sort();
    files.truncate(CLIPS_MAX);
    files
}

fn old((_, modified): Stamp) -> bool {
    modified.and_then(|at| at.elapsed().ok()).is_some_and(|age| LOOK_EVERY < age)
}

fn probe(name: &str, path: PathBuf) -> Found {
    match clip::probe(&path) {
        Ok(_) => {
            let stem = path.file_stem().map_or_else(|| name.into(), |stem| stem.to_string_lossy());
            let card = Card { name: stem.into_owned(), unit: String::new(), title: String::new() };
            Found::Clip { source: source_of(name), card, path }
        }
        Err(error) => {
            tracing::warn!(%error, "a file in the folder of clips cannot be played");
            Found::Refused { name: name.into(), reason: error.to_string() }
        }
    }
}

/// An id that depends on the file name alone: 128-bit FNV-1a in the form of a UUIDv8 (RFC 9562).
fn source_of(name: &str) -> SourceId {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let hash = name.bytes().fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    SourceId::Clip(ClipId::new(uuid::Builder::from_custom_bytes(hash.to_be_bytes()).into_uuid()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{File, FileTimes};

    fn put(folder: &Path, name: &str, bytes: &[u8], age: Duration) {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        let file = File::options().write(true).open(path).unwrap();
        file.set_times(FileTimes::new().set_modified(SystemTime::now() - age)).unwrap();
    }

    fn names(found: &[Found]) -> Vec<&str> {
        found
            .iter()
            .map(|found| match found {
                Found::Clip { card, .. } => card.name.as_str(),
                Found::Refused { name, .. } => name.as_str(),
            })
            .collect()
    }

    #[test]
    fn a_file_is_told_of_once_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (day, moment) = (Duration::from_secs(86_400), Duration::ZERO);
        let mut shelf = Shelf::default();
        assert_eq!(shelf.look(&folder.path().join("absent")), []);
        put(folder.path(), "old.MP4", b"old", day);
        put(folder.path(), "notes.txt", b"no clip", day);
        put(folder.path(), "new.mp4", b"begin", moment);
        assert_eq!(names(&shelf.look(folder.path())), ["old.MP4"]);
        put(folder.path(), "new.mp4", b"beginning and more", moment);
        assert_eq!(names(&shelf.look(folder.path())), [""; 0]);
        assert_eq!(names(&shelf.look(folder.path())), ["new.mp4"]);
        assert_eq!(shelf.look(folder.path()), []);
    }

    #[test]
    fn a_clip_keeps_its_id_for_ever() {
        let ids = ["开场.mp4", "a.mp4"].map(|name| source_of(name).to_string());
        let expected =
            ["clip_b47b5dcb746382ad9fb2a63f47e86478", "clip_34716fd8ad83894fb0814524095d76d5"];
        assert_eq!(ids, expected);
    }
}
