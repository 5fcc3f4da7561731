//! The broadcast of the real binary on the wire: every playlist by our own checker, bytes, TLS and
//! HTTP/2, and the recording as one file.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::rules::Rules;
use common::{RENDITIONS, any_port, program};
use plenary_server::bench::playlist::Playlist;
use plenary_server::bench::process::{Demo, Process};

/// Parts of each rendition that are followed: twenty seconds.
const PARTS: usize = 40;
/// Most milliseconds that sound and picture may be apart.
const APART_MS_MAX: f64 = 40.0;

fn folder_of(demo: &Demo) -> &str {
    demo.hls.strip_suffix("index.m3u8").expect("the multivariant playlist")
}

#[test]
fn every_playlist_of_twenty_seconds_keeps_the_rules() {
    let data = tempfile::tempdir().expect("a folder");
    let demo = Demo::start(program(), data.path(), any_port()).expect("the demo starts");
    assert_eq!(Rules::start(&demo.web, &demo.hls, PARTS).broken(), []);
    for rendition in RENDITIONS {
        segments_are_their_parts(&demo, rendition);
    }
}

fn segments_are_their_parts(demo: &Demo, rendition: &str) {
    let get = |file: &str| {
        let answer = demo.web.get(&format!("{}{rendition}/{file}", folder_of(demo)));
        answer.expect("an answer").ok().expect("media").body
    };
    let text = String::from_utf8(get("live.m3u8")).expect("a playlist is text");
    let playlist = Playlist::parse(&text).expect("a playlist");
    let with_parts = |segment: &&plenary_server::bench::playlist::Segment| {
        segment.uri.is_some() && !segment.parts.is_empty()
    };
    let whole: Vec<_> = playlist.segments.iter().filter(with_parts).collect();
    assert!(2 <= whole.len(), "{rendition}: {text}");
    for segment in whole {
        let parts: Vec<u8> = segment.parts.iter().flat_map(|(uri, _)| get(uri)).collect();
        let uri = segment.uri.as_deref().expect("it is whole");
        assert!(get(uri) == parts, "{rendition}/{uri} is not the sum of its parts");
    }
}

#[test]
fn over_tls_and_http_2_a_reload_is_held_beside_other_requests() {
    let data = tempfile::tempdir().expect("a folder");
    let folder = data.path().display().to_string();
    let arguments =
        ["demo", "--json", "--listen", "127.0.0.1:0", "--tls", "self-signed", "--data", &folder];
    let log = data.path().join("demo.log");
    let process = Process::start(program(), &arguments, &log).expect("the demo starts");
    let links: serde_json::Value = serde_json::from_str(&process.line).expect("links");
    let hls = links["hls"].as_str().expect("a link");
    assert!(hls.starts_with("https://"), "{hls}");
    let live = hls.replace("index.m3u8", "v360/live.m3u8");
    let text = curl(&["--compressed", &live]);
    let playlist = Playlist::parse(&text).expect("a playlist");
    let next = playlist.segments.last().expect("a segment").msn + 1;
    // One connection carries the held requests and the one that is answered at once.
    let held = format!("{live}?_HLS_msn={next}&_HLS_part=0");
    let told = curl(&[
        "--parallel",
        "--parallel-max",
        "3",
        "--write-out",
        "%{http_version} %{response_code} %{content_type}\n",
        "--output",
        "/dev/null",
        &held,
        "--output",
        "/dev/null",
        hls,
    ]);
    let mut told: Vec<&str> = told.lines().collect();
    told.sort_unstable();
    assert_eq!(told, ["2 200 application/vnd.apple.mpegurl"; 2]);
    let text = curl(&[&live]);
    let hinted = between(&text, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"", "\"").expect("a hint");
    let hinted = hls.replace("index.m3u8", &format!("v360/{hinted}"));
    let one = ["--write-out", "%{http_version} %{response_code}", "--output", "/dev/null", &hinted];
    assert_eq!(curl(&one), "2 200");
    let old = ["--http1.1", "--write-out", "%{http_version} %{response_code}", "--output"];
    assert_eq!(curl(&[&old[..], &["/dev/null", &hinted]].concat()), "1.1 200");
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    Some(text.split_once(from)?.1.split_once(to)?.0)
}

/// curl on an address with a certificate that nobody has signed.
fn curl(arguments: &[&str]) -> String {
    let done = Command::new("curl")
        .args(["--silent", "--show-error", "--insecure", "--max-time", "20"])
        .args(arguments)
        .output()
        .expect("curl is installed");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "curl {arguments:?}: {said}");
    String::from_utf8(done.stdout).expect("text")
}

#[test]
fn the_recording_becomes_one_file_beside_the_server_and_after_it_over_a_restart() {
    let data = tempfile::tempdir().expect("a folder");
    let demo = Demo::start(program(), data.path(), any_port()).expect("the demo starts");
    let mut watch = common::watch::follower(&demo.web, &demo.hls, "v720");
    let follow = |watch: &mut plenary_server::bench::follow::Follower, parts: usize| {
        let mut seen = 0;
        while seen < parts {
            seen += watch.next_parts().expect("the broadcast goes on").len();
        }
    };
    follow(&mut watch, 16);
    let running = export(data.path(), "running.mp4");
    demo.process.kill().expect("it can be killed");
    let demo = Demo::start(program(), data.path(), any_port()).expect("the demo starts again");
    follow(&mut common::watch::follower(&demo.web, &demo.hls, "v720"), 16);
    demo.process.kill().expect("it can be killed");
    let over = export(data.path(), "over.mp4");
    for (file, seconds) in [("running.mp4", running), ("over.mp4", over)] {
        check_file(&data.path().join(file), seconds);
    }
    // 16 parts of half a second came after the restart; each kill may cost up to a second.
    assert!(running + 7.0 <= over, "{running} s, then {over} s");
}

/// Seconds of the file that the command says it has written.
fn export(data: &Path, file: &str) -> f64 {
    let done = Command::new(program())
        .args(["export", "demo"])
        .arg(data.join(file))
        .arg("--data")
        .arg(data)
        .output()
        .expect("it runs");
    let (said, log) =
        (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{log}");
    let seconds = said.rsplit_once(": ").and_then(|(_, rest)| rest.split_once(" s, "));
    seconds.and_then(|(seconds, _)| seconds.parse().ok()).unwrap_or_else(|| panic!("{said}"))
}

/// Players can begin before they have it all, every picture decodes, both tracks are as long as
/// they should be and lie on each other.
fn check_file(file: &Path, seconds: f64) {
    let bytes = fs::read(file).expect("the file");
    assert_eq!(boxes(&bytes), ["ftyp", "moov", "mdat"], "{}", file.display());
    let probe = Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", "stream=codec_name,start_time,duration"])
        .args(["-of", "csv=p=0"])
        .arg(file)
        .output()
        .expect("ffprobe is installed");
    let text = String::from_utf8_lossy(&probe.stdout);
    let mut spans = Vec::new();
    for (line, codec) in text.lines().zip(["h264", "aac"]) {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(fields[0], codec, "{text}");
        let number = |at: usize| fields[at].parse::<f64>().expect("a time");
        spans.push((number(1), number(1) + number(2)));
    }
    assert_eq!(spans.len(), 2, "{text}");
    let length = spans.iter().map(|span| span.1).fold(0.0, f64::max);
    assert!((length - seconds).abs() < 0.1, "{length} s by ffprobe, {seconds} s by the command");
    let apart_ms = (spans[0].0 - spans[1].0).abs() * 1_000.0;
    assert!(apart_ms <= APART_MS_MAX, "the tracks begin {apart_ms} ms apart");
    let decoded = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "warning", "-xerror", "-i"])
        .arg(file)
        .args(["-fps_mode", "passthrough", "-f", "null", "-"])
        .output()
        .expect("ffmpeg is installed");
    let said = String::from_utf8_lossy(&decoded.stderr);
    assert!(decoded.status.success() && said.is_empty(), "{}: {said}", file.display());
}

/// Names of the boxes of a file (ISO/IEC 14496-12 section 4.2).
fn boxes(mut bytes: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    while let Some((head, _)) = bytes.split_first_chunk::<8>() {
        let short = u64::from(u32::from_be_bytes([head[0], head[1], head[2], head[3]]));
        let long = bytes.get(8..16).and_then(|long| long.try_into().ok());
        let len = if short == 1 { long.map_or(0, u64::from_be_bytes) } else { short };
        names.push(String::from_utf8_lossy(&head[4..]).into_owned());
        assert!(8 <= len && len <= bytes.len() as u64, "{names:?} is cut off");
        bytes = &bytes[len as usize..];
    }
    names
}
