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

/// Begins in `folder` with the init segments that all parts need.
fn open(folder: &Path) -> Recorder {
    let (mut recorder, _) = Recorder::open(folder, begin()).unwrap();
    for rendition in ["v360", "a64"] {
        recorder.init(rendition, "init-0.mp4", b"ftyp").unwrap();
    }
    recorder
}

fn record(folder: &Path, msns: std::ops::Range<u64>) {
    let mut recorder = open(folder);
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

/// Writes to this file answer that the device has failed: nothing lies at its address 0.
const FAILING: &str = "/proc/self/mem";
/// Writes to this one answer that no space is left.
const FULL: &str = "/dev/full";

/// The numbers of a rendition's segments, gaps with the length that is known of them.
fn segments(folder: &Path, rendition: &str) -> String {
    let recording = Recording::read(folder).unwrap();
    assert_eq!(recording.left_out, 0);
    let segments = recording.renditions.get(rendition).into_iter().flatten();
    let told = segments.map(|segment| match segment.parts.len() {
        0 => format!("{} gap of {} at {}", segment.msn, segment.duration, segment.start),
        parts => format!("{} with {parts} parts", segment.msn),
    });
    told.collect::<Vec<_>>().join(", ")
}

#[test]
fn a_segment_that_the_disk_refuses_is_a_gap_and_the_next_is_recorded() {
    for (refusing, said) in [(FAILING, "Input/output error"), (FULL, "No space left")] {
        let folder = Folder::new();
        let mut recorder = open(&folder.0);
        std::os::unix::fs::symlink(refusing, folder.0.join("v360/0.m4s")).unwrap();
        let error = recorder.part(part("v360", 0, 0), &bytes_of(0, 0)).unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(error.to_string().contains("v360/0.m4s") && source.contains(said), "{source}");
        assert!(!recorder.part(part("v360", 0, 1), &bytes_of(0, 1)).unwrap());
        assert_eq!(segments(&folder.0, "v360"), "0 gap of 45000 at 0");
        for index in 0..2 {
            assert!(recorder.part(part("v360", 1, index), &bytes_of(1, index)).unwrap());
            assert!(!recorder.is_whole(), "no whole segment yet");
        }
        assert!(recorder.part(part("v360", 2, 0), &bytes_of(2, 0)).unwrap());
        assert!(recorder.is_whole());
        let kept = "0 gap of 90000 at 0, 1 with 2 parts, 2 with 1 parts";
        assert_eq!(segments(&folder.0, "v360"), kept);
        drop(recorder);
        Recorder::open(&folder.0, begin()).unwrap();
        assert_eq!(segments(&folder.0, "v360"), kept);
        assert_eq!(check_whole(&folder.0).len(), 3);
    }
}

#[test]
fn half_a_segment_does_not_stay_under_the_name_of_the_whole() {
    let folder = Folder::new();
    let mut recorder = open(&folder.0);
    for index in 0..2 {
        assert!(recorder.part(part("v360", 0, index), &bytes_of(0, index)).unwrap());
        assert!(recorder.part(part("a64", 0, index), &bytes_of(0, index)).unwrap());
    }
    recorder.part(part("v360", 1, 0), &bytes_of(1, 0)).unwrap();
    recorder.give_up(&part("v360", 1, 1));
    recorder.give_up(&part("v360", 1, 1));
    assert!(!folder.0.join("v360/1.m4s").exists());
    assert!(!recorder.part(part("v360", 1, 2), &bytes_of(1, 2)).unwrap());
    recorder.part(part("v360", 2, 0), &bytes_of(2, 0)).unwrap();
    drop(recorder);
    let told = "0 with 2 parts, 1 gap of 90000 at 90000, 2 with 1 parts";
    assert_eq!(segments(&folder.0, "v360"), told);
    assert_eq!(segments(&folder.0, "a64"), "0 with 2 parts");
}

#[test]
fn lines_that_the_disk_refuses_are_written_when_it_takes_them() {
    for refusing in [FAILING, FULL] {
        let folder = Folder::new();
        let mut recorder = open(&folder.0);
        recorder.part(part("v360", 0, 0), &bytes_of(0, 0)).unwrap();
        let index = OpenOptions::new().write(true).open(refusing).unwrap();
        let index = std::mem::replace(&mut recorder.index, index);
        assert!(recorder.part(part("v360", 0, 1), &bytes_of(0, 1)).is_err());
        let gap = |msn: u64| GapRecord {
            rendition: "v360".into(),
            msn,
            start: msn * 90_000,
            duration: 90_000,
            discontinuity: msn == 1,
        };
        assert!(recorder.gap(gap(1)).is_err());
        assert!(recorder.part(part("v360", 2, 0), &bytes_of(2, 0)).is_err());
        assert!(recorder.end().is_err());
        assert!(!Recording::read(&folder.0).unwrap().ended);
        recorder.index = index;
        assert!(recorder.part(part("a64", 3, 0), &bytes_of(3, 0)).unwrap());
        let told = "0 gap of 90000 at 0, 1 gap of 90000 at 90000, 2 gap of 45000 at 180000";
        assert_eq!(segments(&folder.0, "v360"), told);
        let recording = Recording::read(&folder.0).unwrap();
        assert!(recording.ended && recording.renditions["v360"][1].discontinuity);
        assert_eq!(check_whole(&folder.0), [("a64".to_owned(), 3, 0)]);
    }
}

#[test]
fn one_bad_line_costs_no_more_than_itself() {
    let whole = Folder::new();
    record(&whole.0, 0..2);
    let index = fs::read_to_string(whole.0.join(INDEX)).unwrap();
    let part = |rendition: &str, msn: u64, start: u64, init: &str| {
        format!(
            r#"{{"record":"part","rendition":"{rendition}","msn":{msn},"part":0,"offset":0,"len":20,"#
        ) + &format!(
            r#""start":{start},"duration":1,"independent":true,"discontinuity":false,"init":"{init}"}}"#
        )
    };
    let gap = |rendition: &str, msn: u64, start: u64, duration: u64| {
        format!(
            r#"{{"record":"gap","rendition":"{rendition}","msn":{msn},"start":{start},"duration":{duration},"#
        ) + r#""discontinuity":false}"#
    };
    let outside = Folder::new();
    fs::write(outside.0.join("0.m4s"), [0; 20]).unwrap();
    let outside = outside.0.display().to_string();
    for (bad, left_out) in [
        ("no JSON".to_owned(), 1),
        (r#"{"record":"melted"}"#.to_owned(), 1),
        (serde_json::to_string(&Record::Begin(begin())).unwrap(), 1),
        (part("v9", 0, 0, "init-0.mp4"), 1),
        (part(&outside, 0, 0, "init-0.mp4"), 1),
        (gap("..", 0, 0, 1), 1),
        (gap("v9", 0, 0, 1), 1),
        (gap("v360", u64::MAX, 1 << 40, 1), 1),
        (gap("v360", 1_000_000, 1 << 40, 1), 1),
        (gap("v360", 2, 0, 1), 1),
        (gap("v360", 2, 1 << 40, u64::MAX), 1),
        (gap("v360", 2, u64::MAX, 1), 1),
        (part("v360", 0, 0, "init-0.mp4"), 1),
        (r#"{"record":"length","rendition":"v360","msn":9,"duration":90000}"#.to_owned(), 1),
        (r#"{"record":"length","rendition":"v360","msn":0,"duration":1}"#.to_owned(), 1),
        (part("v360", 2, 180_000, "init-0.mp4"), 0),
        (part("v360", 1, 0, "init-7.mp4"), 0),
    ] {
        // In the middle, and at the end, where it could be a torn one.
        for at in [index.len(), index.match_indices('\n').nth(6).unwrap().0 + 1] {
            let folder = Folder::copy_of(&whole.0);
            let spoilt = [&index[..at], &bad, "\n", &index[at..]].concat();
            fs::write(folder.0.join(INDEX), spoilt).unwrap();
            let (mut recorder, opened) = Recorder::open(&folder.0, begin()).unwrap();
            if at < index.len() {
                assert_eq!(opened.left_out, left_out, "{bad}");
            }
            assert_eq!(check_whole(&folder.0).len(), 8, "{bad}");
            recorder.part(self::part("a64", 2, 0), &bytes_of(2, 0)).unwrap();
            assert_eq!(check_whole(&folder.0).len(), 9, "{bad}");
        }
    }
    assert!(Path::new(&outside).join("0.m4s").exists(), "nothing outside is touched");
}

#[test]
fn gaps_and_the_end_are_remembered() {
    let folder = Folder::new();
    let mut recorder = open(&folder.0);
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

#[test]
fn a_segment_stays_as_long_as_it_was_announced() {
    let folder = Folder::new();
    record(&folder.0, 0..1);
    let (mut recorder, _) = Recorder::open(&folder.0, begin()).unwrap();
    recorder.announce("v360", 0, 123_456).unwrap();
    recorder.part(part("v360", 2, 0), &bytes_of(2, 0)).unwrap();
    let recording = Recording::read(&folder.0).unwrap();
    let durations = |name: &str| recording.renditions[name].iter().map(|s| s.duration).collect();
    assert_eq!((durations("v360"), durations("a64")), (vec![123_456, 45_000], vec![90_000]));
    assert_eq!((recording.left_out, check_whole(&folder.0).len()), (0, 5));
}
