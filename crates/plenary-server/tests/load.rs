//! `plenary bench stage` on a small stage: every seat gets what it shows and hears.

mod common;

use std::process::Command;

use common::program;
use serde_json::Value;

/// Packets each second: a picture at the width of a tile is one packet, 30 times a second; a voice 50.
const PICTURES_HZ: f64 = 30.0;
const VOICES_HZ: f64 = 50.0;
/// Thinned silence and pictures of more than one packet, on a machine that may have other work.
const MORE: f64 = 1.3;
const LESS: f64 = 0.8;

#[test]
fn a_small_stage_forwards_all_pictures_and_voices_and_little_silence() {
    let of = "--seats 6 --publishers 3 --speakers 2 --shown 3 --seconds 2 --json";
    let ran = Command::new(program())
        .args(["bench", "stage"])
        .args(of.split(' '))
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    let figures: Value = serde_json::from_slice(&ran.stdout).expect("figures");
    let number = |name: &str| figures[name].as_f64().expect("a number");
    // Publishers see and hear the others; of the three microphones one is muted.
    let (pictures, voices) = (3 * 2 + 3 * 3, 1 + 1 + 2 + 3 * 2);
    let expected = f64::from(pictures) * PICTURES_HZ + f64::from(voices) * VOICES_HZ;
    let came = number("packets_per_second");
    assert!((LESS * expected..MORE * expected).contains(&came), "{came} of {expected}: {figures}");
    assert!(number("lost_percent") < 1.0, "{figures}");
    assert!(0.0 < number("us_per_packet"), "{figures}");
    assert!(figures["forwarding"]["count"].as_u64().is_some_and(|count| 10 < count), "{figures}");
}
