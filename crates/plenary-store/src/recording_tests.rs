//! Recordings that are cut off, damaged, refused by the disk.

use std::fs;
use std::path::Path;

use super::*;

fn begin() -> Begin {
    Begin::new(
        1_000,
        vec![
            RenditionRecord { name: "v360".into(), hz: 90_000 },
            RenditionRecord { name: "a64".into(), hz: 48_000 },
        ],
    )
}

fn part(rendition: &str, msn: u64, part: u32) -> PartRecord {
    PartRecord {
        rendition: rendition.into(),
        msn,
        part,
        offset: 0,
        len: 0,
        start: msn * 90_000 + u64::from(part) * 45_000,
        duration: 45_000,
        independent: part == 0,
        discontinuity: false,
        init: "init-0.mp4".into(),
    }
}

fn bytes_of(msn: u64, part: u32) -> Vec<u8> {
    vec![(msn * 16 + u64::from(part)) as u8; 20 + part as usize]
}

fn record(folder: &Path, msns: std::ops::Range<u64>) {
    let (mut recorder, _) = Recorder::open(folder, begin()).unwrap();
    for msn in msns {
        for index in 0..2 {
            for rendition in ["v360", "a64"] {
                assert!(recorder.part(part(rendition, msn, index), &bytes_of(msn, index)).unwrap());
            }
        }
    }
}

/// Every part that the index names holds the bytes that were given.
fn check_whole(folder: &Path) -> Vec<(String, u64, u32)> {
    let recording = Recording::read(folder).unwrap();
    let mut names = Vec::new();
    for (rendition, segments) in &recording.renditions {
        for segment in segments {
            let path = Recording::segment_path(folder, rendition, segment.msn);
            for part in &segment.parts {
                let bytes = read_range(&path, part.offset, part.len).unwrap();
                assert_eq!(bytes, bytes_of(part.msn, part.part));
                names.push((rendition.clone(), part.msn, part.part));
            }
        }
    }
    names
}

struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("plenary-recording-{}", uuid::Uuid::now_v7()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn copy_of(other: &Path) -> Self {
        let folder = Self::new();
        for entry in fs::read_dir(other).unwrap() {
            let entry = entry.unwrap();
            let to = folder.0.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                fs::create_dir(&to).unwrap();
                for file in fs::read_dir(entry.path()).unwrap() {
                    let file = file.unwrap();
                    fs::copy(file.path(), to.join(file.file_name())).unwrap();
                }
            } else {
                fs::copy(entry.path(), to).unwrap();
            }
        }
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn what_was_recorded_is_read_back() {
    let folder = Folder::new();
    record(&folder.0, 0..2);
    let (_, recording) = Recorder::open(&folder.0, begin()).unwrap();
    assert_eq!(recording.begin, Some(begin()));
    let segments = &recording.renditions["v360"];
    assert_eq!(segments.len(), 2);
    assert_eq!((segments[1].msn, segments[1].start, segments[1].duration), (1, 90_000, 90_000));
    assert_eq!(segments[1].parts[1].offset, 20);
    assert_eq!(check_whole(&folder.0).len(), 8);
}

#[test]
fn an_index_cut_at_any_byte_loses_only_the_cut_line() {
    let whole = Folder::new();
    record(&whole.0, 0..2);
    let index = fs::read(whole.0.join(INDEX)).unwrap();
    let last_lines: Vec<usize> =
        (0..index.len()).filter(|at| index[*at] == b'\n').map(|at| at + 1).collect();
    let from = last_lines[last_lines.len() - 3];
    for cut in from..=index.len() {
        let folder = Folder::copy_of(&whole.0);
        fs::write(folder.0.join(INDEX), &index[..cut]).unwrap();
        let lines = last_lines.iter().filter(|end| **end <= cut).count() - 1;
        let (mut recorder, _) = Recorder::open(&folder.0, begin()).unwrap();
        assert_eq!(check_whole(&folder.0).len(), lines, "cut at {cut}");
        // It goes on after the cut.
        recorder.part(part("v360", 2, 0), &bytes_of(2, 0)).unwrap();
        assert_eq!(check_whole(&folder.0).len(), lines + 1, "cut at {cut}");
    }
}

#[test]
fn data_cut_at_any_byte_loses_only_the_cut_part() {
    let whole = Folder::new();
    record(&whole.0, 0..2);
    let data = fs::read(whole.0.join("a64/1.m4s")).unwrap();
    for cut in 0..data.len() {
        let folder = Folder::copy_of(&whole.0);
        fs::write(folder.0.join("a64/1.m4s"), &data[..cut]).unwrap();
        let (_, recording) = Recorder::open(&folder.0, begin()).unwrap();
        let kept = if cut < 20 { 6 } else { 7 };
        assert_eq!(check_whole(&folder.0).len(), kept, "cut at {cut}");
        assert_eq!(recording.renditions["v360"].len(), 2);
    }
}

#[test]
fn bytes_that_the_index_does_not_name_are_cut() {
    let folder = Folder::new();
    record(&folder.0, 0..1);
    let path = folder.0.join("v360/0.m4s");
    let mut torn = fs::read(&path).unwrap();
    let whole = torn.len();
    torn.extend_from_slice(b"half a part");
    fs::write(&path, &torn).unwrap();
    fs::write(folder.0.join("v360/1.m4s"), b"half a first part").unwrap();
    Recorder::open(&folder.0, begin()).unwrap();
    assert_eq!(fs::read(&path).unwrap().len(), whole);
    assert!(!folder.0.join("v360/1.m4s").exists());
}

#[test]
fn a_segment_that_the_disk_refuses_is_left_out_and_the_next_is_recorded() {
    let folder = Folder::new();
    let (mut recorder, _) = Recorder::open(&folder.0, begin()).unwrap();
    // A folder in the place of the file refuses every write, for root too.
    fs::create_dir(folder.0.join("v360/0.m4s")).unwrap();
    assert!(recorder.part(part("v360", 0, 0), &bytes_of(0, 0)).is_err());
    assert!(!recorder.part(part("v360", 0, 1), &bytes_of(0, 1)).unwrap());
    assert!(recorder.part(part("v360", 1, 0), &bytes_of(1, 0)).unwrap());
    assert_eq!(check_whole(&folder.0), [("v360".to_owned(), 1, 0)]);
}

#[test]
fn gaps_and_the_end_are_remembered() {
    let folder = Folder::new();
    let (mut recorder, _) = Recorder::open(&folder.0, begin()).unwrap();
    let gap = GapRecord {
        rendition: "v360".into(),
        msn: 0,
        start: 5,
        duration: 90_000,
        discontinuity: true,
    };
    recorder.gap(gap).unwrap();
    recorder.end().unwrap();
    let recording = Recording::read(&folder.0).unwrap();
    assert!(recording.ended);
    assert!(recording.renditions["v360"][0].parts.is_empty());
}
