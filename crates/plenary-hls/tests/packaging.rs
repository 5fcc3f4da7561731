//! The packager as a player sees it: playlists and bytes for whatever the encoders send.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use insta::assert_snapshot;
use mp4_atom::{Any, Decode, DecodeMaybe, Moof};
use plenary_hls::check::Checker;
use plenary_hls::packager::{Input, LiveText, Output, Packager, Past, Setup};
use plenary_hls::track::{Made, Part};
use plenary_model::frame::{ProgrammeAac, ProgrammePicture};
use plenary_model::ladder::Ladder;
use plenary_model::time::{Ticks, WallMs};
use proptest::prelude::*;

const NAMES: [&str; 3] = ["v720", "v360", "a64"];

fn setup() -> Setup {
    Setup {
        ladder: Ladder::two_cores(),
        wall_of_zero: WallMs(1_795_000_000_000),
        window_seconds: 60,
    }
}

fn picture(rendition: u8, index: u64, idr: bool) -> Input {
    let head: &[u8] = if idr {
        &[0, 0, 0, 1, 0x67, 0x4d, 0x40, 0x1f, 9, 0, 0, 0, 1, 0x68, 0xee, 0x3c, 0, 0, 0, 1, 0x65]
    } else {
        &[0, 0, 0, 1, 0x41]
    };
    let bytes = [head, &[0x88; 40], &index.to_be_bytes(), &[1]].concat().into();
    Input::Picture(ProgrammePicture { rendition, time: Ticks(index * 3_000), idr, bytes })
}

/// New encoders make an IDR at once, after the first part, and then every GOP.
fn is_grid(index: u64) -> bool {
    index == 15 || index.is_multiple_of(60)
}

fn sound(index: u64) -> Input {
    Input::Aac(ProgrammeAac { time_samples: index * 1_024, bytes: Bytes::from(vec![0x21; 90]) })
}

#[derive(Default)]
struct Player {
    /// Rendition, playlist and delta update in the order in which they were published.
    live: Vec<(usize, String, String)>,
    replay: BTreeMap<usize, String>,
    parts: BTreeMap<usize, Vec<Part>>,
    multivariant: Option<String>,
}

impl Player {
    fn take(&mut self, outputs: Vec<Output>) {
        let text = |bytes: &Bytes| String::from_utf8(bytes.to_vec()).unwrap();
        for output in outputs {
            match output {
                Output::Live(live) => {
                    let LiveText { rendition, full, delta, .. } = live;
                    self.live.push((rendition, text(&full.plain), text(&delta.plain)));
                }
                Output::Replay { rendition, text: replay } => {
                    self.replay.insert(rendition, text(&replay.plain));
                }
                Output::Made { rendition, made: Made::Part(part) } => {
                    self.parts.entry(rendition).or_default().push(part);
                }
                Output::Multivariant { live, .. } => self.multivariant = Some(text(&live.plain)),
                Output::Made { .. } | Output::Init { .. } | Output::Dropped { .. } => {}
            }
        }
    }

    /// The newest playlist of a rendition and its delta update.
    fn newest(&self, rendition: usize) -> (&str, &str) {
        let found = self.live.iter().rev().find(|(index, ..)| *index == rendition);
        let (_, full, delta) = found.unwrap();
        (full, delta)
    }

    fn violations(&self) -> Vec<String> {
        let mut checker = Checker::new();
        for (rendition, full, delta) in &self.live {
            checker.observe(NAMES[*rendition], full);
            checker.observe(NAMES[*rendition], delta);
        }
        checker.finish().iter().map(ToString::to_string).collect()
    }
}

/// Pictures `from..to` of both renditions at 30 per second, from new encoders, with the sound of the
/// same time.
fn run(packager: &mut Packager, player: &mut Player, from: u64, to: u64) {
    let mut out = Vec::new();
    let mut sounds = (from * 1_600).div_ceil(1_024);
    for index in from..to {
        for rendition in 0..2 {
            packager.handle(picture(rendition, index, is_grid(index - from)), &mut out);
        }
        while sounds * 1_024 < (index + 1) * 1_600 {
            packager.handle(sound(sounds), &mut out);
            sounds += 1;
        }
    }
    player.take(out);
}

#[test]
fn a_live_playlist_has_all_low_latency_tags() {
    let (mut packager, mut player) = (Packager::new(setup(), Past::default()), Player::default());
    run(&mut packager, &mut player, 0, 201);
    let (full, _) = player.newest(0);
    assert_snapshot!(full, @r#"
    #EXTM3U
    #EXT-X-VERSION:9
    #EXT-X-TARGETDURATION:4
    #EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.536,CAN-SKIP-UNTIL=24.0
    #EXT-X-PART-INF:PART-TARGET=0.500
    #EXT-X-MEDIA-SEQUENCE:0
    #EXT-X-DISCONTINUITY-SEQUENCE:0
    #EXT-X-MAP:URI="init-e3af59adf1a8bafa.mp4"
    #EXT-X-PROGRAM-DATE-TIME:2026-11-18T11:06:40.000Z
    #EXT-X-PART:DURATION=0.50000,URI="0.0.m4s",INDEPENDENT=YES
    #EXTINF:0.50000,
    0.m4s
    #EXT-X-PROGRAM-DATE-TIME:2026-11-18T11:06:40.500Z
    #EXT-X-PART:DURATION=0.50000,URI="1.0.m4s",INDEPENDENT=YES
    #EXT-X-PART:DURATION=0.50000,URI="1.1.m4s"
    #EXT-X-PART:DURATION=0.50000,URI="1.2.m4s"
    #EXTINF:1.50000,
    1.m4s
    #EXT-X-PROGRAM-DATE-TIME:2026-11-18T11:06:42.000Z
    #EXT-X-PART:DURATION=0.50000,URI="2.0.m4s",INDEPENDENT=YES
    #EXT-X-PART:DURATION=0.50000,URI="2.1.m4s"
    #EXT-X-PART:DURATION=0.50000,URI="2.2.m4s"
    #EXT-X-PART:DURATION=0.50000,URI="2.3.m4s"
    #EXT-X-PART:DURATION=0.50000,URI="2.4.m4s",INDEPENDENT=YES
    #EXT-X-PART:DURATION=0.50000,URI="2.5.m4s"
    #EXT-X-PART:DURATION=0.50000,URI="2.6.m4s"
    #EXT-X-PART:DURATION=0.50000,URI="2.7.m4s"
    #EXTINF:4.00000,
    2.m4s
    #EXT-X-PROGRAM-DATE-TIME:2026-11-18T11:06:46.000Z
    #EXT-X-PART:DURATION=0.50000,URI="3.0.m4s",INDEPENDENT=YES
    #EXT-X-PRELOAD-HINT:TYPE=PART,URI="3.1.m4s"
    #EXT-X-RENDITION-REPORT:URI="../v360/live.m3u8",LAST-MSN=2,LAST-PART=7
    #EXT-X-RENDITION-REPORT:URI="../a64/live.m3u8",LAST-MSN=2,LAST-PART=7
    "#);
    let (sound, _) = player.newest(2);
    assert!(sound.contains("PART-TARGET=0.512"), "{sound}");
    assert_eq!(player.violations(), [""; 0]);
    assert_snapshot!(player.multivariant.unwrap(), @r#"
    #EXTM3U
    #EXT-X-VERSION:9
    #EXT-X-INDEPENDENT-SEGMENTS
    #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="a64",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="a64/live.m3u8"
    #EXT-X-STREAM-INF:BANDWIDTH=2580000,AVERAGE-BANDWIDTH=2080000,CODECS="avc1.4d401f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=30.000,AUDIO="audio"
    v720/live.m3u8
    #EXT-X-STREAM-INF:BANDWIDTH=955000,AVERAGE-BANDWIDTH=780000,CODECS="avc1.4d401f,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=30.000,AUDIO="audio"
    v360/live.m3u8
    #EXT-X-STREAM-INF:BANDWIDTH=72000,AVERAGE-BANDWIDTH=72000,CODECS="mp4a.40.2",AUDIO="audio"
    a64/live.m3u8
    "#);
}

#[test]
fn ten_minutes_keep_every_rule_and_deltas_shorten() {
    let (mut packager, mut player) = (Packager::new(setup(), Past::default()), Player::default());
    run(&mut packager, &mut player, 0, 30 * 600);
    let mut out = Vec::new();
    packager.handle(Input::Close, &mut out);
    let (full, delta) = player.newest(0);
    let (full, delta) = (full.to_owned(), delta.to_owned());
    player.take(out);
    assert!(delta.len() * 5 < full.len() * 4, "{} {}", delta.len(), full.len());
    assert!(delta.contains("#EXT-X-SKIP:SKIPPED-SEGMENTS="));
    assert_eq!(player.violations(), [""; 0]);
    assert!(
        player.replay[&2].contains("PLAYLIST-TYPE:VOD") && player.replay[&2].contains("ENDLIST")
    );
    assert_eq!(player.replay[&0].matches("#EXTINF").count(), 152);
}

#[test]
fn a_restart_of_the_encoders_is_a_discontinuity_in_every_rendition() {
    let (mut packager, mut player) = (Packager::new(setup(), Past::default()), Player::default());
    run(&mut packager, &mut player, 0, 200);
    let mut out = Vec::new();
    packager.handle(Input::Restarted, &mut out);
    player.take(out);
    run(&mut packager, &mut player, 247, 700);
    for (rendition, name) in NAMES.iter().enumerate() {
        let (full, _) = player.newest(rendition);
        assert_eq!(full.matches("#EXT-X-DISCONTINUITY\n").count(), 1, "{name}: {full}");
    }
    assert_eq!(player.violations(), [""; 0]);
}

#[test]
fn an_unannounced_jump_is_a_discontinuity_too() {
    let (mut packager, mut player) = (Packager::new(setup(), Past::default()), Player::default());
    run(&mut packager, &mut player, 0, 200);
    run(&mut packager, &mut player, 1_007, 1_400);
    let (full, _) = player.newest(0);
    assert_eq!(full.matches("#EXT-X-DISCONTINUITY\n").count(), 1, "{full}");
    assert_eq!(player.violations(), [""; 0]);
}

#[test]
fn a_missing_rendition_does_not_stop_the_others_and_comes_back_in_step() {
    let (mut packager, mut player) = (Packager::new(setup(), Past::default()), Player::default());
    let mut out = Vec::new();
    for index in 0..900 {
        packager.handle(picture(0, index, is_grid(index)), &mut out);
        if !(150..500).contains(&index) {
            packager.handle(picture(1, index, is_grid(index)), &mut out);
        }
    }
    player.take(out);
    let (alive, _) = player.newest(0);
    assert!(alive.contains("7.3.m4s") && !alive.contains("GAP"), "{alive}");
    let (back, _) = player.newest(1);
    assert_eq!(back.matches("#EXT-X-GAP\n3.m4s\n").count(), 1, "{back}");
    assert!(back.contains("#EXTINF:4.00000,\n7.m4s"), "{back}");
    // What was hinted when the encoder failed cannot come.
    assert_eq!(player.violations(), ["v360 playlist 20: the hinted part 2.6.m4s did not come"]);
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let (mut packager, mut player) = (Packager::new(setup(), Past::default()), Player::default());
    run(&mut packager, &mut player, 0, 201);
    let (full, _) = player.newest(0);
    for (from, to, rule) in [
        ("DURATION=0.50000,URI=\"2.3", "DURATION=0.50100,URI=\"2.3", "longer than PART-TARGET"),
        ("DURATION=0.50000,URI=\"2.3", "DURATION=0.30000,URI=\"2.3", "below 85 %"),
        ("PART-HOLD-BACK=1.536", "PART-HOLD-BACK=1.4", "PART-HOLD-BACK"),
        ("#EXT-X-PRELOAD-HINT", "#EXT-X-NOTHING", "PRELOAD-HINT"),
        ("#EXT-X-PROGRAM-DATE-TIME:2026-11-18T11:06:46.000Z\n", "", "PROGRAM-DATE-TIME"),
        ("#EXTINF:4.00000", "#EXTINF:4.70000", "longer than the target"),
        ("T11:06:46", "T11:06:34", "goes back in wall time"),
    ] {
        let mut checker = Checker::new();
        checker.observe("v720", &full.replace(from, to));
        let found: Vec<String> = checker.finish().iter().map(ToString::to_string).collect();
        assert!(found.iter().any(|found| found.contains(rule)), "{rule}: {found:?}");
    }
}

#[test]
fn the_checker_finds_what_changes_and_what_is_missing() {
    let (mut packager, mut player) = (Packager::new(setup(), Past::default()), Player::default());
    run(&mut packager, &mut player, 0, 201);
    let (picture, sound) = (player.newest(0).0, player.newest(2).0);
    let report = "#EXT-X-RENDITION-REPORT:URI=\"../a64/live.m3u8\",LAST-MSN=2,LAST-PART=7\n";
    assert!(picture.contains(report), "{picture}");
    for (from, to, rule) in [
        ("\n0.m4s", "\n0b.m4s", "changes its address"),
        ("#EXTINF:4.00000", "#EXTINF:4.00100", "changes its duration"),
        ("T11:06:40.000", "T11:06:40.001", "changes its wall time"),
        ("MAP:URI=\"init-", "MAP:URI=\"init-0", "changes its EXT-X-MAP"),
        ("SEQUENCE:0\n#EXT-X-MAP", "SEQUENCE:1\n#EXT-X-MAP", "changes its discontinuity"),
        (report, "", "0 EXT-X-RENDITION-REPORT of a64"),
        (report, &report.repeat(2), "2 EXT-X-RENDITION-REPORT of a64"),
    ] {
        let mut checker = Checker::new();
        checker.observe("a64", &sound.replace("../v360", "../nobody"));
        checker.observe("v720", picture);
        checker.observe("v720", &picture.replace(from, to));
        let found: Vec<String> = checker.finish().iter().map(ToString::to_string).collect();
        assert!(found.iter().any(|found| found.contains(rule)), "{rule}: {found:?}");
    }
}

/// What may happen to a frame on its way.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Comes,
    Lost,
    Jitters(i8),
    ExtraKeyframe,
    Restart,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        90 => Just(Fate::Comes),
        6 => Just(Fate::Lost),
        4 => (-9i8..9).prop_map(Fate::Jitters),
        1 => Just(Fate::ExtraKeyframe),
        1 => Just(Fate::Restart),
    ]
}

/// A violation without the number of the playlist in which it was seen first.
fn without_number(what: &str) -> String {
    let (rendition, rest) = what.split_once(" playlist ").unwrap();
    format!("{rendition}{}", rest.split_once(':').unwrap().1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn whatever_comes_parts_are_in_order_within_target_and_parse(
        fates in proptest::collection::vec((fate(), 0u8..2), 200..1200),
    ) {
        let (mut packager, mut player) = (Packager::new(setup(), Past::default()), Player::default());
        let mut out = Vec::new();
        let mut sounds = 0;
        let mut began = 1;
        for (index, (fate, whose)) in fates.iter().enumerate() {
            let index = index as u64 + 1;
            if matches!(fate, Fate::Restart) {
                packager.handle(Input::Restarted, &mut out);
                began = index;
            }
            for rendition in 0..2 {
                let hit = *whose == rendition;
                let idr = is_grid(index - began) || (hit && matches!(fate, Fate::ExtraKeyframe));
                let mut input = picture(rendition, index, idr);
                if let (true, Fate::Jitters(by), Input::Picture(picture)) = (hit, fate, &mut input) {
                    picture.time.0 = picture.time.0.saturating_add_signed(i64::from(*by) * 700);
                }
                if !(hit && matches!(fate, Fate::Lost)) {
                    packager.handle(input, &mut out);
                }
            }
            while sounds * 1_024 < index * 1_600 {
                if !matches!(fate, Fate::Lost) {
                    packager.handle(sound(sounds), &mut out);
                }
                sounds += 1;
            }
        }
        packager.handle(Input::Close, &mut out);
        let targets: Vec<u64> = vec![45_000, 45_000, 24 * 1_024];
        player.take(out);
        for (rendition, parts) in &player.parts {
            let mut last = None;
            let mut end = 0;
            for part in parts {
                prop_assert!(last < Some(part.at));
                last = Some(part.at);
                prop_assert!(end <= part.start, "{} {:?}", end, part.at);
                end = part.start + part.duration;
                prop_assert!(part.duration <= targets[*rendition]);
                let mut bytes = &part.bytes[..];
                let moof = Moof::decode(&mut bytes).unwrap();
                prop_assert_eq!(moof.traf[0].tfdt.as_ref().unwrap().base_media_decode_time, part.start);
                let total: u32 = moof.traf[0].trun[0].samples.iter().map(|sample| sample.duration.unwrap()).sum();
                prop_assert_eq!(u64::from(total), part.duration);
                let Ok(Some(Any::Mdat(mdat))) = Any::decode_maybe(&mut bytes) else { panic!("no mdat") };
                let sizes: u32 = moof.traf[0].trun[0].samples.iter().map(|sample| sample.size.unwrap()).sum();
                prop_assert_eq!(mdat.data.len(), sizes as usize);
                prop_assert!(bytes.is_empty());
            }
        }
        let (excused, bad): (BTreeSet<String>, BTreeSet<String>) =
            player.violations().into_iter().map(|what| without_number(&what)).partition(|what| {
                what.contains("below 85 %") || what.contains("the hinted part")
            });
        prop_assert_eq!(bad, BTreeSet::new());
        // A lost keyframe or a new encoder leaves a short part and an unfulfilled hint, no more.
        let blows = fates.iter().filter(|(fate, _)| matches!(fate, Fate::Lost | Fate::Restart));
        prop_assert!(excused.len() <= 3 * blows.count(), "{:?}", excused);
    }
}

#[test]
fn an_encoder_that_begins_late_and_skips_pictures_loses_no_keyframe_and_makes_no_short_part() {
    let (mut packager, mut player) = (Packager::new(setup(), Past::default()), Player::default());
    let mut out = Vec::new();
    for index in 0..15 {
        // The larger rendition has its first picture a tenth of a second later, then every fifth.
        if [3, 8, 13].contains(&index) {
            packager.handle(picture(0, index, index == 3), &mut out);
        }
        packager.handle(picture(1, index, index == 0), &mut out);
    }
    for index in 15..200 {
        for rendition in 0..2 {
            packager.handle(picture(rendition, index, is_grid(index)), &mut out);
        }
    }
    let dropped = out.iter().filter(|output| matches!(output, Output::Dropped { .. })).count();
    player.take(out);
    assert_eq!((player.violations(), dropped), (vec![], 0));
    let ends: Vec<u64> =
        player.parts[&0].iter().map(|part| part.start + part.duration).take(4).collect();
    assert_eq!(ends, [45_000, 90_000, 135_000, 180_000], "every part ends on the grid");
}

#[test]
fn pictures_that_are_missing_before_a_segment_make_no_short_part_in_it() {
    for missing in [1, 4, 9, 14] {
        let (mut packager, mut player) =
            (Packager::new(setup(), Past::default()), Player::default());
        let mut out = Vec::new();
        for index in 0..300 {
            for rendition in 0..2 {
                // The segment after them begins with the picture 180.
                if rendition == 1 || index < 180 - missing || 180 <= index {
                    packager.handle(picture(rendition, index, is_grid(index)), &mut out);
                }
            }
        }
        player.take(out);
        assert_eq!(player.violations(), [""; 0], "{missing} pictures missing");
        let whole = player.parts[&0].iter().all(|part| part.start % 45_000 == 0);
        assert!(whole, "{missing} pictures missing: every part begins on the grid");
    }
}

#[test]
fn sound_that_leaps_in_time_alone_makes_no_gaps() {
    let (mut packager, mut player) = (Packager::new(setup(), Past::default()), Player::default());
    run(&mut packager, &mut player, 0, 100);
    let mut out = Vec::new();
    packager.handle(sound(u64::from(u32::MAX)), &mut out);
    assert!(matches!(out[..], [Output::Dropped { rendition: 2, .. }]), "{} outputs", out.len());
    run(&mut packager, &mut player, 100, 400);
    assert_eq!(player.violations(), [""; 0]);
}

/// The keyframe of an encoder that may take over (its sets are those of [`picture`]), from one
/// that names both encoders' sets, its own first.
fn keyframe_of_first(rendition: u8, index: u64) -> Input {
    let own = [0, 0, 0, 1, 0x67, 0x4d, 0x40, 0x1f, 7, 0, 0, 0, 1, 0x68, 0xce, 0x3c];
    let Input::Picture(mut picture) = picture(rendition, index, true) else { unreachable!() };
    picture.bytes = [&own[..], &picture.bytes].concat().into();
    Input::Picture(picture)
}

#[test]
fn pictures_that_come_later_than_their_sound_keep_every_rule_and_another_encoder_leaves_no_seam() {
    const LATE: u64 = 11;
    let (mut packager, mut player) = (Packager::new(setup(), Past::default()), Player::default());
    let mut out = Vec::new();
    let mut sounds = 0;
    for now in 0..700 {
        while sounds * 1_024 < (now + 1) * 1_600 {
            packager.handle(sound(sounds), &mut out);
            sounds += 1;
        }
        for (rendition, takes_over) in [(0, 280), (1, 283)] {
            let Some(index) = u64::checked_sub(now, LATE) else { continue };
            let input = match index {
                _ if index < takes_over && is_grid(index) => keyframe_of_first(rendition, index),
                _ => picture(rendition, index, is_grid(index) || index == takes_over),
            };
            packager.handle(input, &mut out);
        }
    }
    let inits = out.iter().filter(|output| matches!(output, Output::Init { .. })).count();
    assert_eq!(inits, NAMES.len(), "one for each rendition");
    let lost = out.iter().filter(|output| matches!(output, Output::Dropped { .. })).count();
    assert_eq!(lost, 0);
    player.take(out);
    let (full, _) = player.newest(0);
    assert_eq!(full.matches("#EXT-X-MAP").count(), 1, "{full}");
    assert!(!full.contains("DISCONTINUITY\n"), "{full}");
    assert_eq!(player.violations(), [""; 0]);
    for rendition in 0..2 {
        let parts = &player.parts[&rendition];
        assert!(parts.windows(2).all(|pair| pair[0].start + pair[0].duration == pair[1].start));
        let independent = parts.iter().filter(|part| part.independent).count();
        assert_eq!(independent, 2 + 688 / 60 + 1, "the grid's and one more");
    }
}
