//! Feeds every seed to its target, as the fuzzing engine would, and holds each to a limit of memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use plenary_fuzz::{TARGETS, Target};
use plenary_model::limits::CLIP_INDEX_BYTES_MAX;

/// What one input may make the process allocate at a time; the largest thing that anybody may send
/// us is a clip's table of contents.
const BYTES_MAX: isize = 50 * 1024 * 1024;
/// Changed copies of each seed in the long run.
const MUTATIONS: usize = 400;

/// Counts what each thread holds, and the most that it held.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    HELD.set(HELD.get() + bytes);
    PEAK.set(PEAK.get().max(HELD.get()));
}

// SAFETY: all work is the system allocator's; counting touches only two plain cells.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) }
    }
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    entries
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name"))
        .collect()
}

/// Each seed of a target by its name.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = folder("seeds").join(target);
    names(&folder)
        .into_iter()
        .map(|name| (name.clone(), fs::read(folder.join(name)).expect("a seed")))
        .collect()
}

fn function(target: &str) -> Target {
    TARGETS.into_iter().find(|(name, _)| *name == target).expect("a target").1
}

fn replay(target: &str) {
    let run = function(target);
    // A backtrace would load the debug information, which is not the input's doing either.
    std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
    // What the crypto and codec libraries keep for good is not the input's doing.
    run(&[]);
    for (name, seed) in seeds(target) {
        println!("{target}/{name}");
        let held = HELD.get();
        PEAK.set(held);
        run(&seed);
        let took = PEAK.get() - held;
        assert!(took <= BYTES_MAX, "{target}/{name} made us allocate {took} bytes");
    }
}

macro_rules! replayed {
    ($($target:ident)*) => {$(
        #[test]
        fn $target() {
            replay(stringify!($target));
        }
    )*

        #[test]
        fn every_target_has_a_binary_seeds_and_a_test() {
            let targets: BTreeSet<String> =
                TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
            assert_eq!(BTreeSet::from([$(stringify!($target).to_owned()),*]), targets);
            assert_eq!(names(&folder("seeds")), targets);
            let binaries = targets.iter().map(|name| format!("{name}.rs")).collect();
            assert_eq!(names(&folder("fuzz_targets")), binaries);
            for target in &targets {
                assert!(!seeds(target).is_empty(), "{target} has seeds");
            }
        }
    };
}

replayed! {
    aac_decoder clip_index h264_decoder h264_parameters hls_access_unit hls_reload http_connection
    json_bodies live_query media_request model_text opus_decoder page_message playlist_check
    recording_index rtp_h264 rtp_vp8 session_fragment socket_wire stage_datagram stage_feed stage_offer
    table_file viewer_offer viewer_rtcp vp8_decoder
}

/// What a clip file can make us hold is a multiple of the longest table of contents, not of what
/// the smallest boxes in it become.
#[test]
fn a_clip_of_small_boxes_costs_little() {
    let boxed = |kind: &[u8; 4], body: &[u8]| {
        let length = u32::try_from(8 + body.len()).expect("a test's clip is short");
        [&length.to_be_bytes(), &kind[..], body].concat()
    };
    let room = CLIP_INDEX_BYTES_MAX - 1_000;
    let crowd = boxed(b"none", b"").repeat(room / 8);
    let entries = u32::try_from(room / 8).expect("a test's clip is short").to_be_bytes();
    let descriptions = [&[0; 4], &entries[..], &crowd].concat();
    let within = |table: Vec<u8>| {
        [b"stbl", b"minf", b"mdia", b"trak", b"moov"]
            .iter()
            .fold(table, |inner, k| boxed(k, &inner))
    };
    let run = function("clip_index");
    run(&[]);
    for clip in [
        boxed(b"moov", &boxed(b"meta", &[&[0; 4], &crowd[..]].concat())),
        boxed(b"moov", &boxed(b"trak", b"").repeat(room / 8)),
        within(boxed(b"stsd", &descriptions)),
    ] {
        let held = HELD.get();
        PEAK.set(held);
        run(&clip);
        let took = PEAK.get() - held;
        assert!(took <= 3 * CLIP_INDEX_BYTES_MAX as isize, "it made us allocate {took} bytes");
    }
}

/// A small fuzzing run without an engine: the same changes every time.
#[test]
fn long_seeds_with_random_changes() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let only = std::env::var("PLENARY_FUZZ_TARGET").ok();
    for (target, run) in TARGETS {
        if only.as_deref().is_some_and(|only| only != target) {
            continue;
        }
        let seeds = seeds(target);
        for (name, seed) in &seeds {
            for round in 0..MUTATIONS {
                let other = &seeds[random.below(seeds.len())].1;
                let changed = random.change(seed, other);
                let failed = std::panic::catch_unwind(|| run(&changed)).is_err();
                assert!(!failed, "{target}/{name}, round {round}: {changed:?}");
            }
        }
    }
}

/// Xorshift: enough to change bytes.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    fn change(&mut self, seed: &[u8], other: &[u8]) -> Vec<u8> {
        const EXTREMES: [&[u8]; 8] = [
            &[0],
            &[0xff],
            &[0x80],
            &[0xff; 4],
            &[0; 4],
            &[0x7f, 0xff, 0xff, 0xff],
            &[0; 8],
            &[0xff; 8],
        ];
        let mut bytes = seed.to_vec();
        for _ in 0..=self.below(6) {
            let at = self.below(bytes.len());
            match self.below(6) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
                1 if !bytes.is_empty() => bytes[at] = self.below(256) as u8,
                2 => bytes.truncate(at),
                3 => {
                    let extreme = EXTREMES[self.below(EXTREMES.len())];
                    let end = (at + extreme.len()).min(bytes.len());
                    bytes.splice(at..end, extreme.iter().copied());
                }
                4 => {
                    let from = self.below(other.len());
                    let piece = &other[from..(from + self.below(40)).min(other.len())];
                    bytes.splice(at..at, piece.iter().copied());
                }
                _ => {
                    let end = (at + self.below(20)).min(bytes.len());
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        bytes
    }
}
