//! `plenary bench stage` on a small stage: every seat gets what it shows and hears, and nobody notices
//! strangers at the media port.

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

/// Datagrams of strangers each second, and how many of them must have been sent at least.
const STRANGERS: u64 = 5_000;
const SENT_MIN: f64 = 0.5;
/// Memory that the server may grow by under strangers; what it has forwarded waits for repairs.
const GROWN_KIB_MAX: f64 = 4.0 * 1_024.0;
/// How many times as long forwarding may take under strangers, and what is nothing on a machine with
/// other work.
const SLOWER_MAX: f64 = 4.0;
const SOON_MS: f64 = 20.0;

#[test]
fn a_small_stage_forwards_all_pictures_and_voices_and_little_silence_beside_strangers() {
    let figures = stage("--seats 6 --publishers 3 --speakers 2 --shown 3 --seconds 4", STRANGERS);
    let number = |name: &str| figures[name].as_f64().expect("a number");
    // Publishers see and hear the others; of the three microphones one is muted.
    let (pictures, voices) = (3 * 2 + 3 * 3, 1 + 1 + 2 + 3 * 2);
    let expected = f64::from(pictures) * PICTURES_HZ + f64::from(voices) * VOICES_HZ;
    let came = number("packets_per_second");
    assert!((LESS * expected..MORE * expected).contains(&came), "{came} of {expected}: {figures}");
    assert!(number("lost_percent") < 1.0, "{figures}");
    assert!(0.0 < number("us_per_packet"), "{figures}");
    assert!(figures["forwarding"]["count"].as_u64().is_some_and(|count| 10 < count), "{figures}");
    nobody_noticed(&figures, 2 * STRANGERS);
}

#[test]
fn long_a_minute_of_strangers_at_the_media_port_costs_two_who_talk_no_packet() {
    let of = "--seats 2 --publishers 2 --speakers 2 --shown 1 --seconds 120";
    let figures = stage(of, 4 * STRANGERS);
    println!("{figures}");
    nobody_noticed(&figures, 60 * 4 * STRANGERS);
}

fn stage(of: &str, strangers: u64) -> Value {
    let ran = Command::new(program())
        .args(["bench", "stage", "--json", "--strangers", &strangers.to_string()])
        .args(of.split(' '))
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    serde_json::from_slice(&ran.stdout).expect("figures")
}

/// The second half, with strangers, was for those on the stage as the first.
fn nobody_noticed(figures: &Value, strangers: u64) {
    let number = |path: &str| {
        let number = figures.pointer(path).and_then(Value::as_f64);
        number.unwrap_or_else(|| panic!("{path} in {figures}"))
    };
    assert!(strangers as f64 * SENT_MIN < number("/strangers/sent"), "{figures}");
    assert!(number("/lost") <= number("/strangers/dropped"), "{figures}");
    let before = number("/strangers/forwarding_before/p99_ms");
    let under = number("/strangers/forwarding_under/p99_ms");
    assert!(under <= (SLOWER_MAX * before).max(SOON_MS), "{before} ms became {under} ms");
    let [before, after] = [0, 1].map(|n| number(&format!("/strangers/memory_kib/{n}")));
    assert!(after - before <= GROWN_KIB_MAX, "{before} KiB became {after}");
}
