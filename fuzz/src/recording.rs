//! The index of a recording after a crash, a full disk or a bad sector.

use std::fs;

use plenary_store::recording::{Begin, Recorder, Recording, RenditionRecord};

/// Bytes of each segment file that lies beside the index.
const SEGMENT_BYTES: usize = 1_000;

/// An `index.jsonl` beside an init segment and two segments of `v720`.
pub fn recording_index(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path();
    fs::create_dir(path.join("v720")).expect("an empty folder");
    fs::write(path.join("index.jsonl"), data).expect("space for it");
    fs::write(path.join("v720/init-0.mp4"), b"ftyp").expect("space for it");
    for msn in [0, 1] {
        let segment = Recording::segment_path(path, "v720", msn);
        fs::write(segment, [0; SEGMENT_BYTES]).expect("space for it");
    }
    let before = Recording::read(path).expect("any index can be read");
    for segments in before.renditions.values() {
        for pair in segments.windows(2) {
            assert!(pair[0].msn < pair[1].msn, "numbers go up");
            assert!(pair[0].start + pair[0].duration <= pair[1].start, "and so does the time");
        }
        for segment in segments {
            for (part, place) in segment.parts.iter().zip(0..) {
                assert_eq!(
                    (part.msn, part.part),
                    (segment.msn, place),
                    "none before it is missing"
                );
                assert!(part.offset + part.len <= SEGMENT_BYTES as u64, "parts have their data");
            }
        }
    }
    let begin = Begin::new(0, vec![RenditionRecord { name: "v720".to_owned(), hz: 90_000 }]);
    let (recorder, opened) = Recorder::open(path, begin).expect("any index can be opened");
    drop(recorder);
    let after = Recording::read(path).expect("an opened index can be read");
    assert_eq!(after.begin, opened.begin, "what was opened is what is there");
    assert_eq!((&after.renditions, after.ended), (&opened.renditions, opened.ended));
    assert_eq!(after.renditions, before.renditions, "opening loses nothing that is whole");
}
