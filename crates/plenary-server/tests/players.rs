//! Players that nobody here wrote, on the real binary's broadcast: ffmpeg as Debian has it and ffmpeg
//! 9, GStreamer and Streamlink give every picture and every sound that was broadcast, without
//! an error.

mod common;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Output, Stdio};
use std::thread;

use common::{RENDITIONS, any_port, program};
use plenary_server::bench::fragment::{self, Init};
use plenary_server::bench::playlist::Playlist;
use plenary_server::bench::process::Demo;

/// Most milliseconds that sound and picture may be apart.
const APART_MS_MAX: f64 = 40.0;
/// Ticks per second of the pictures' times.
const HZ: i64 = 90_000;
/// Decoded pictures are larger than this, decoded sound frames smaller.
const PICTURE_BYTES_MIN: usize = 100_000;
/// Nanoseconds of one picture.
const PICTURE: i64 = 1_000_000_000 / 30;
/// Nanoseconds by which players round.
const ROUNDING: i64 = 100_000;
/// Ticks between two IDR pictures.
const GOP: i64 = 2 * HZ;
/// Ticks of the first segment, one part.
const OPENING: i64 = HZ / 2;

#[test]
fn ffmpeg_and_gstreamer_play_ten_seconds_without_leaving_anything_out() {
    play(10);
}

#[test]
fn long_ffmpeg_and_gstreamer_play_ten_minutes_without_leaving_anything_out() {
    play(600);
}

fn play(seconds: i64) {
    let seconds_ns = seconds * 1_000_000_000;
    let data = tempfile::tempdir().expect("a folder");
    let demo = Demo::start(program(), data.path(), any_port()).expect("the demo starts");
    let beside = |play: fn(&str, i64) -> Played| {
        let hls = demo.links.hls.clone();
        thread::spawn(move || play(&hls, seconds))
    };
    let players = [
        ("ffmpeg", beside(|hls, seconds| ffmpeg(("ffmpeg", "-1"), hls, seconds))),
        ("ffmpeg 9", beside(|hls, seconds| ffmpeg(("ffmpeg-9", "demux"), hls, seconds))),
        ("Streamlink", beside(streamlink)),
    ];
    wait_for_usual_segments(&demo);
    let gstreamer = gstreamer(&demo.links.hls, seconds_ns);
    let played = players.map(|(player, thread)| (player, thread.join().expect("it plays")));
    let pictures = served(&demo, "v720");
    let sounds = served(&demo, "a64");
    // GStreamer leaves out a picture now and then, or does not tell of it.
    let exact = played.iter().map(|(player, played)| (*player, played, 0));
    for (player, played, left_out) in exact.chain([("GStreamer", &gstreamer, PICTURE)]) {
        for (times, served) in [(&played.pictures, &pictures), (&played.sounds, &sounds)] {
            let played = span(times);
            assert!(seconds_ns <= played + 2 * PICTURE, "{player}: {played} ns");
            let longest = longest_step(times);
            assert!(
                longest <= longest_step(served) + left_out + ROUNDING,
                "{player}: nothing for {longest} ns"
            );
        }
    }
    for (player, played) in &played {
        check_played(&format!("pictures of {player}"), &played.pictures, &pictures);
        check_played(&format!("sound of {player}"), &played.sounds, &sounds);
    }
    keyframes_are_equal(&demo);
    println!("longest picture: {} ms", longest_step(&pictures) / 1_000_000);
}

/// Times of what a player has decoded, in nanoseconds.
struct Played {
    pictures: Vec<i64>,
    sounds: Vec<i64>,
}

/// Times of all samples that were broadcast, in nanoseconds.
fn served(demo: &Demo, rendition: &str) -> Vec<i64> {
    let folder = demo.hls.strip_suffix("index.m3u8").expect("the multivariant playlist");
    let get = |file: &str| {
        let answer = demo.web.get(&format!("{folder}{rendition}/{file}")).expect("an answer");
        answer.ok().expect("media").body
    };
    let playlist = String::from_utf8(get("replay.m3u8")).expect("text");
    let playlist = Playlist::parse(&playlist).expect("a playlist");
    let mut times = Vec::new();
    for segment in &playlist.segments {
        assert!(!segment.gap && !segment.discontinuity, "the broadcast broke off by itself");
        let init = Init::parse(&get(segment.init.as_deref().expect("an init segment")));
        let hz = i64::from(init.expect("an init segment").hz);
        let bytes = get(segment.uri.as_deref().expect("it is whole"));
        for fragment in fragments(&bytes) {
            let samples = fragment::samples(fragment).expect("a part");
            times.extend(samples.iter().map(|sample| sample.time as i64 * 1_000_000_000 / hz));
        }
    }
    times
}

/// The parts of a segment: each begins with a moof box.
fn fragments(segment: &[u8]) -> Vec<&[u8]> {
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some((head, _)) = segment[at..].split_first_chunk::<8>() {
        if head[4..] == *b"moof" {
            starts.push(at);
        }
        at += u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
    }
    let ends = starts.iter().skip(1).copied().chain([segment.len()]);
    starts.iter().zip(ends).map(|(start, end)| &segment[*start..end]).collect()
}

fn steps(times: &[i64]) -> Vec<i64> {
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// From the first to the last.
fn span(times: &[i64]) -> i64 {
    times.last().zip(times.first()).map_or(0, |(last, first)| last - first)
}

fn longest_step(times: &[i64]) -> i64 {
    steps(times).into_iter().max().unwrap_or_default()
}

/// What was played is a stretch of what was broadcast, without anything left out.
fn check_played(what: &str, played: &[i64], served: &[i64]) {
    let (played, served) = (steps(played), steps(served));
    let same = |(one, two): (&i64, &i64)| (one - two).abs() <= ROUNDING;
    let fits = served.windows(played.len()).any(|part| part.iter().zip(&played).all(same));
    assert!(fits, "{what}: {played:?} is no stretch of {served:?}");
}

/// Waits until the last three segments have their usual length: GStreamer begins with the first of
/// them, and over the short ones at an event's start it now and then loses half a second of sound.
fn wait_for_usual_segments(demo: &Demo) {
    let folder = demo.hls.strip_suffix("index.m3u8").expect("the multivariant playlist");
    for msn in 0..5 {
        for rendition in RENDITIONS {
            let path = format!("{folder}{rendition}/live.m3u8?_HLS_msn={msn}");
            demo.web.get(&path).expect("an answer").ok().expect("a playlist");
        }
    }
}

/// A program, and how it names the time base of what it reads.
type Ffmpeg = (&'static str, &'static str);

/// Decodes as fast as the broadcast comes.
fn ffmpeg(program: Ffmpeg, hls: &str, seconds: i64) -> Played {
    decoded(&mut decoder(program, hls, seconds))
}

/// Loads segments, and lets ffmpeg join and decode them.
fn streamlink(hls: &str, seconds: i64) -> Played {
    let mut loader = Command::new("streamlink")
        .args(["--quiet", "--no-config", "--stdout", "--ffmpeg-fout", "nut", hls, "best"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("Streamlink is installed");
    let stream = loader.stdout.take().expect("it is piped");
    let played = decoded(decoder(("ffmpeg", "-1"), "pipe:", seconds).stdin(stream));
    // It ends by itself when nobody reads.
    let _ = loader.kill();
    let _ = loader.wait();
    played
}

/// Every picture and sound at its own time; the first error ends it.
fn decoder((program, time_base): Ffmpeg, input: &str, seconds: i64) -> Command {
    let mut command = Command::new(program);
    command
        .args(["-v", "error", "-xerror", "-t", &seconds.to_string(), "-i", input])
        .args(["-map", "0:v:0", "-map", "0:a:0", "-fps_mode", "passthrough"])
        .args(["-enc_time_base", time_base, "-f", "framecrc", "-"]);
    command
}

/// Reads what `-f framecrc` says.
fn decoded(decoder: &mut Command) -> Played {
    let done = run(decoder);
    let text = std::str::from_utf8(&done.stdout).expect("text");
    let hz = |stream: &str| -> i64 {
        let base = text.lines().find_map(|line| line.strip_prefix(&format!("#tb {stream}: 1/")));
        base.and_then(|hz| hz.parse().ok()).expect("a time base")
    };
    let times = |stream: &str| -> Vec<i64> {
        let hz = hz(stream);
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let fields = lines.map(|line| line.split(',').map(str::trim).collect::<Vec<_>>());
        let ticks = fields.filter(|f| f[0] == stream).map(|f| f[2].parse::<i64>());
        ticks.map(|ticks| ticks.expect("a time") * 1_000_000_000 / hz).collect()
    };
    Played { pictures: times("0"), sounds: times("1") }
}

/// Plays in real time.
fn gstreamer(hls: &str, seconds_ns: i64) -> Played {
    let pipeline = format!(
        "souphttpsrc location={hls} ! hlsdemux name=d \
         d.src_0 ! queue ! decodebin ! fakesink name=one sync=true silent=false \
         d.src_1 ! queue ! decodebin ! fakesink name=two sync=true silent=false"
    );
    let data = tempfile::tempdir().expect("a folder");
    let log = data.path().join("log");
    let mut player = Command::new("gst-launch-1.0")
        .args(["--verbose", "--no-position"])
        .args(pipeline.split_whitespace())
        .stdout(Stdio::piped())
        .stderr(fs::File::create(&log).expect("a file"))
        .spawn()
        .expect("GStreamer is installed");
    let out = player.stdout.take().expect("it is piped");
    let (mut pictures, mut sounds) = (Vec::new(), Vec::new());
    for line in BufReader::new(out).lines().map_while(Result::ok) {
        if !line.contains("last-message = chain ") {
            continue;
        }
        let Some(time) = between(&line, "pts: ", ",").map(nanoseconds) else { continue };
        let bytes = line.split_once(" bytes").and_then(|(head, _)| head.rsplit_once('('));
        let bytes: usize = bytes.and_then(|(_, bytes)| bytes.parse().ok()).expect("a size");
        let list = if PICTURE_BYTES_MIN < bytes { &mut pictures } else { &mut sounds };
        // The same buffer is told twice when a property of the sink changes beside it.
        if list.last() != Some(&time) {
            list.push(time);
        }
        if [&pictures, &sounds].iter().all(|times| seconds_ns <= span(times)) {
            break;
        }
    }
    // Already gone when it has failed; what it said tells why.
    let _ = player.kill();
    let _ = player.wait();
    let said = fs::read_to_string(&log).expect("the log");
    assert!(!said.contains("ERROR"), "{said}");
    Played { pictures, sounds }
}

fn run(command: &mut Command) -> Output {
    let done = command.output().expect("the player is installed");
    let said = String::from_utf8_lossy(&done.stderr);
    // Where ffmpeg 9 has read enough it looks into the piece of a picture that it has read already.
    let cut = |line: &&str| line.starts_with("[NULL @ ");
    let said: String = said.lines().filter(|line| !cut(line)).collect();
    assert!(done.status.success() && said.is_empty(), "{command:?}: {}\n{said}", done.status);
    done
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    Some(text.split_once(from)?.1.split_once(to)?.0)
}

/// `0:00:01.033333333` in nanoseconds.
fn nanoseconds(text: &str) -> i64 {
    let (whole, fraction) = text.split_once('.').expect("a time");
    let seconds = whole
        .split(':')
        .fold(0, |sum, field| sum * 60 + field.parse::<i64>().expect("hours, minutes, seconds"));
    seconds * 1_000_000_000 + fraction.parse::<i64>().expect("nanoseconds")
}

/// ffprobe sees IDR pictures at the same times in all video renditions: after the first part, so
/// that players which know no parts can begin, then every two seconds.
fn keyframes_are_equal(demo: &Demo) {
    let folder = demo.hls.strip_suffix("index.m3u8").expect("the multivariant playlist");
    let get = |path: &str| {
        let answer = demo.web.get(&format!("{folder}{path}")).expect("an answer");
        answer.ok().expect("media").body
    };
    let data = tempfile::tempdir().expect("a folder");
    let mut all = Vec::new();
    for rendition in ["v720", "v360"] {
        let text = String::from_utf8(get(&format!("{rendition}/replay.m3u8"))).expect("text");
        let segments = Playlist::parse(&text).expect("a playlist").segments;
        let init = segments[0].init.clone().expect("an init segment");
        let mut file = get(&format!("{rendition}/{init}"));
        // The segment that is last in one rendition may not be there yet in the other.
        for segment in &segments[..segments.len() - 1] {
            file.extend(get(&format!("{rendition}/{}.m4s", segment.msn)));
        }
        let path = data.path().join(format!("{rendition}.mp4"));
        fs::write(&path, file).expect("a file");
        let done = run(Command::new("ffprobe")
            .args(["-v", "error", "-show_entries", "packet=pts,flags", "-of", "csv=p=0"])
            .arg(&path));
        let text = String::from_utf8(done.stdout).expect("text");
        let packets = text.lines().filter_map(|line| line.split_once(','));
        let keys: Vec<i64> = packets
            .filter(|(_, flags)| flags.starts_with('K'))
            .map(|(pts, _)| pts.parse().expect("a time"))
            .collect();
        let opening = [OPENING, GOP - OPENING];
        let usual = std::iter::repeat(GOP);
        let expected: Vec<i64> = opening.into_iter().chain(usual).take(keys.len() - 1).collect();
        assert_eq!(steps(&keys), expected, "{rendition}");
        all.push(keys);
    }
    let shared = all[0].len().min(all[1].len());
    assert!(3 <= shared);
    assert_eq!(all[0][..shared], all[1][..shared]);
}

#[test]
fn sound_and_picture_are_presented_within_40_ms() {
    assert!(apart_ms("8", "p50_ms") <= APART_MS_MAX);
}

#[test]
fn long_sound_and_picture_are_presented_within_40_ms_nearly_always() {
    assert!(apart_ms("60", "p95_ms") <= APART_MS_MAX);
}

/// How far sound and picture of the broadcast are apart, by the program's own measurement: the
/// clock painted into the pictures against the beginnings of the tones.
fn apart_ms(seconds: &str, figure: &str) -> f64 {
    let mut bench = Command::new(program());
    bench.env("RUST_LOG", "off").args(["bench", "glass", "--seconds", seconds, "--json"]);
    let done = run(&mut bench);
    let figures: serde_json::Value = serde_json::from_slice(&done.stdout).expect("figures");
    let offset = &figures["sound_offset"];
    println!("{figures}");
    assert!(3 <= offset["count"].as_u64().unwrap_or_default(), "{figures}");
    offset[figure].as_f64().expect("a figure")
}
