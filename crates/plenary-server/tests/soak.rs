//! `plenary bench soak`: one of each fault, and nothing but what a fault may cost.

mod common;

use std::process::Command;

use common::program;
use serde_json::Value;

/// Most milliseconds that sound and picture may be apart, and drift apart.
const APART_MS_MAX: f64 = 40.0;
/// What a killed server may cost; a killed media engine costs less.
const BREAK_MS_MAX: f64 = 5_000.0;
/// Most of the server's memory is the last two minutes of the broadcast, whose size follows what is
/// shown: within minutes no less can be judged.
const GROWN_PERCENT_MAX: f64 = 10.0;

#[test]
fn a_short_soak_goes_on_over_several_kinds_of_fault() {
    let figures = soak("0.2", "1");
    let kinds = figures["faults"].as_object().map_or(0, serde_json::Map::len);
    assert!(3 <= kinds, "{figures}");
}

#[test]
fn long_five_minutes_of_faults_leave_no_gap_and_no_drift() {
    let figures = soak("5", "20");
    let faults = ["source", "decoder", "worker", "server"];
    for fault in faults.map(|what| format!("{what}_killed")) {
        assert!(figures["faults"][&fault].as_u64().is_some_and(|times| 1 < times), "{figures}");
    }
    for process in ["server", "media_worker"] {
        let grown = figures[process]["grown_percent"].as_f64();
        assert!(grown.is_none_or(|grown| grown < GROWN_PERCENT_MAX), "{process}: {figures}");
    }
}

fn soak(minutes: &str, every: &str) -> Value {
    let ran = Command::new(program())
        .args(["bench", "soak", "--minutes", minutes, "--every", every, "--json"])
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    let figures: Value = serde_json::from_slice(&ran.stdout).expect("figures");
    println!("{figures}");
    assert_eq!(figures["audience"]["missing"], 0, "{figures}");
    assert_eq!(figures["audience"]["violations"], serde_json::json!([]), "{figures}");
    // A killed server leaves the segment out that it had begun.
    let kills = figures["faults"]["server_killed"].as_u64().unwrap_or_default();
    assert!(figures["replay_gaps"].as_u64().is_some_and(|gaps| gaps <= 3 * kills), "{figures}");
    let longest = figures["audience"]["without_programme"]["max_ms"].as_f64();
    assert!(longest.is_none_or(|longest| longest <= BREAK_MS_MAX), "{figures}");
    let offset = |name: &str| figures[name].as_f64().expect("an offset");
    let [begin, end] = ["sound_offset_begin_ms", "sound_offset_end_ms"].map(offset);
    for apart_ms in [begin, end, end - begin] {
        assert!(apart_ms.abs() <= APART_MS_MAX, "{figures}");
    }
    figures
}
