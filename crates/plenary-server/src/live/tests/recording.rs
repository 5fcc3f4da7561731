//! What stays: media that has left memory, restarts, the end, and a disk that fails.

use std::os::unix::ffi::OsStrExt as _;

use axum::http::StatusCode;
use plenary_hls::check::Checker;
use plenary_model::time::WallMs;

use super::super::{RecordingState, Registry};
use super::{Stage, start};

/// Values of a tag's URI attribute, or the addresses of segments for an empty tag.
fn addresses(playlist: &str, tag: &str) -> Vec<String> {
    if tag.is_empty() {
        return playlist.lines().filter(|line| !line.starts_with('#')).map(Into::into).collect();
    }
    let tagged = playlist.lines().filter(|line| line.starts_with(tag));
    let uri = tagged.filter_map(|line| line.split_once("URI=\"")?.1.split_once('"'));
    uri.map(|(uri, _)| uri.to_owned()).collect()
}

/// Everything that the live playlists name is served; segments are the sum of their parts.
async fn check_named(stage: &Stage) {
    for rendition in ["v720", "v360", "a64"] {
        let playlist = stage.get(&format!("{rendition}/live.m3u8")).await;
        let parts = addresses(playlist.text(), "#EXT-X-PART:");
        assert!(!parts.is_empty(), "{rendition}");
        let mut sums = std::collections::BTreeMap::<String, Vec<u8>>::new();
        for part in &parts {
            let answer = stage.get(&format!("{rendition}/{part}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{rendition}/{part}");
            let msn = part.split_once('.').unwrap().0.to_owned();
            sums.entry(msn).or_default().extend_from_slice(&answer.body);
        }
        for map in addresses(playlist.text(), "#EXT-X-MAP:") {
            assert_eq!(stage.get(&format!("{rendition}/{map}")).await.status, StatusCode::OK);
        }
        for segment in addresses(playlist.text(), "") {
            let gap = format!("#EXT-X-GAP\n{segment}\n");
            if playlist.text().contains(&gap) {
                continue;
            }
            let answer = stage.get(&format!("{rendition}/{segment}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{rendition}/{segment}");
            if let Some(sum) = sums.get(segment.trim_end_matches(".m4s")) {
                assert_eq!(answer.body, sum, "{rendition}/{segment}");
            }
        }
    }
}

#[tokio::test]
async fn media_that_has_left_memory_comes_from_disk() {
    let mut stage = Stage::new();
    stage.run(140).await;
    let (early, part) = (stage.get("v720/0.m4s").await, stage.get("v720/0.0.m4s").await);
    assert!(early.body.starts_with(&part.body));
    stage.run(30 * 120).await;
    let late = stage.get("v720/0.m4s").await;
    assert_eq!(late, early);
    check_named(&stage).await;
    // The recording is what answers: without it the segment is gone.
    std::fs::remove_file(stage.folder().join("v720/0.m4s")).unwrap();
    assert_eq!(stage.get("v720/0.m4s").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_name_that_no_file_can_have_is_unknown_and_no_fault_of_the_disk() {
    let mut stage = Stage::new();
    stage.run(140).await;
    for digits in [15, 17, 300] {
        let answer = stage.get(&format!("v720/init-{}.mp4", "0".repeat(digits))).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{digits} digits");
        assert!(answer.text().contains("media_unknown"), "{answer:?}");
    }
}

#[tokio::test]
async fn after_a_restart_everything_that_is_named_is_served_and_no_rule_is_broken() {
    let mut stage = Stage::new();
    let mut checker = Checker::new();
    let mut promised = Vec::new();
    // Restarts within seconds leave short segments; one right after a segment leaves none open.
    for pictures in [141, 20, 50, 118, 240] {
        stage.run(pictures).await;
        check_named(&stage).await;
        for restart in [false, true] {
            if restart {
                stage = stage.restarted().await;
                check_named(&stage).await;
            }
            for rendition in ["v720", "v360", "a64"] {
                let playlist = stage.get(&format!("{rendition}/live.m3u8")).await;
                checker.observe(rendition, playlist.text());
                if !restart {
                    promised.extend(addresses(playlist.text(), "#EXT-X-PRELOAD-HINT:"));
                }
            }
        }
    }
    // What was hinted when the server stopped cannot come.
    let promise = |part: &str| format!("the hinted part {part} did not come");
    let promises: Vec<String> = promised.iter().map(|part| promise(part)).collect();
    let broken = checker.finish().into_iter().filter(|found| !promises.contains(&found.what));
    assert_eq!(broken.collect::<Vec<_>>(), []);
    let replay = stage.get("v720/replay.m3u8").await;
    assert_eq!(replay.text().matches("#EXT-X-DISCONTINUITY\n").count(), 4, "{}", replay.text());
    assert!(replay.text().contains("#EXT-X-PLAYLIST-TYPE:EVENT"));
    assert!(!replay.text().contains("ENDLIST"));
    for segment in addresses(replay.text(), "") {
        if !replay.text().contains(&format!("#EXT-X-GAP\n{segment}\n")) {
            assert_eq!(stage.get(&format!("v720/{segment}")).await.status, StatusCode::OK);
        }
    }
}

#[tokio::test]
async fn the_first_picture_is_remembered_over_restarts() {
    let mut stage = Stage::new();
    assert_eq!(stage.live.began(), None);
    stage.next = 90;
    stage.from = 90;
    stage.run(40).await;
    let began = Some(WallMs(1_795_000_003_000));
    assert_eq!(stage.live.began(), began);
    let stage = stage.restarted().await;
    assert_eq!(stage.live.began(), began);
    let replay = stage.get("v720/replay.m3u8").await;
    assert!(replay.text().contains("#EXT-X-PROGRAM-DATE-TIME:2026-11-18T11:06:43.000Z"));
}

#[tokio::test]
async fn an_event_that_ended_without_a_picture_says_so_at_once() {
    let stage = Stage::new();
    stage.live.close().await;
    let stage = stage.restarted().await;
    for path in ["index.m3u8", "replay.m3u8", "v720/live.m3u8", "v720/replay.m3u8"] {
        let answer = stage.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.text().contains("never_on_air"), "{answer:?}");
        assert_eq!(answer.header("cache-control"), "max-age=4");
    }
    stage.live.on_air().await;
}

#[tokio::test]
async fn an_event_that_is_over_is_a_replay_though_its_recording_was_cut_off() {
    let mut stage = Stage::new();
    stage.run(200).await;
    let Stage { data, ladder, live, router, .. } = stage;
    drop((live, router));
    let registry = Registry::default();
    registry.replay(start(&data, &ladder)).unwrap();
    drop(registry);
    // From now on the recording itself says that it has ended.
    let stage = Stage::on(data, ladder);
    let replay = stage.get("v720/replay.m3u8").await;
    assert!(replay.text().contains("#EXT-X-PLAYLIST-TYPE:VOD"), "{}", replay.text());
    check_named(&stage).await;
}

#[tokio::test]
async fn after_the_end_nobody_waits_and_the_replay_is_final() {
    let mut stage = Stage::new();
    stage.run(200).await;
    stage.live.close().await;
    for _ in 0..2 {
        for path in ["v720/live.m3u8", "v720/live.m3u8?_HLS_msn=99&_HLS_part=1"] {
            let answer = stage.get(path).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert!(answer.text().contains("#EXT-X-ENDLIST\n"), "{}", answer.text());
            assert!(!answer.text().contains("PRELOAD-HINT"));
        }
        let replay = stage.get("a64/replay.m3u8").await;
        assert!(replay.text().contains("#EXT-X-PLAYLIST-TYPE:VOD"), "{}", replay.text());
        assert_eq!(stage.get("index.m3u8").await.status, StatusCode::OK);
        check_named(&stage).await;
        stage = stage.restarted().await;
    }
}

#[tokio::test]
async fn a_segment_that_was_whole_before_a_kill_stays_as_long_as_it_was() {
    // The kill comes when these renditions' last part, or last two, are not on disk yet.
    for (behind, parts) in [(&["a64"][..], 1), (&["v720"], 1), (&["v720", "v360", "a64"], 2)] {
        for pictures in [61, 181, 301] {
            let mut stage = Stage::new();
            let mut checker = Checker::new();
            stage.run(pictures).await;
            for rendition in ["v720", "v360", "a64"] {
                let playlist = stage.get(&format!("{rendition}/live.m3u8")).await;
                checker.observe(rendition, playlist.text());
            }
            stage.live.flush().await;
            forget_parts(&stage.folder().join("index.jsonl"), behind, parts);
            for restart in 0..2 {
                stage = stage.restarted().await;
                check_named(&stage).await;
                for rendition in ["v720", "v360", "a64"] {
                    let playlist = stage.get(&format!("{rendition}/live.m3u8")).await;
                    checker.observe(rendition, playlist.text());
                    let replay = stage.get(&format!("{rendition}/replay.m3u8")).await;
                    checker.observe(rendition, replay.text());
                }
                if restart == 0 {
                    stage.run(100).await;
                }
            }
            let broken = checker.finish().into_iter().map(|found| found.to_string());
            let changed: Vec<String> = broken.filter(|what| what.contains("changes its")).collect();
            assert_eq!(changed, [""; 0], "{behind:?}, {parts}, {pictures}");
        }
    }
}

/// Takes the last lines of these renditions from an index.
fn forget_parts(index: &std::path::Path, renditions: &[&str], parts: usize) {
    let text = std::fs::read_to_string(index).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    for rendition in renditions {
        for _ in 0..parts {
            let last =
                lines.iter().rposition(|line| line.contains(rendition) && line.contains("part"));
            lines.remove(last.unwrap());
        }
    }
    std::fs::write(index, lines.join("\n") + "\n").unwrap();
}

#[tokio::test]
async fn bad_lines_in_the_index_stop_no_event() {
    let mut stage = Stage::new();
    stage.run(200).await;
    stage.live.flush().await;
    let index = stage.folder().join("index.jsonl");
    let whole = std::fs::read_to_string(&index).unwrap();
    let newest = whole.lines().rev().find(|line| line.contains("v720")).unwrap();
    let bad = [
        newest.replace("v720", "v1080"),
        newest.replace("init-", "init-0"),
        newest.replace("\"msn\":", "\"msn\":99999999"),
        "no JSON".to_owned(),
    ];
    std::fs::write(&index, format!("{whole}{}\n", bad.join("\n"))).unwrap();
    let mut stage = stage.restarted().await;
    check_named(&stage).await;
    stage.run(200).await;
    check_named(&stage).await;
    check_named(&stage.restarted().await).await;
}

#[tokio::test]
async fn a_disk_that_refuses_is_told_and_costs_the_recording_one_segment_and_the_broadcast_nothing()
{
    // Every write to the first answers that no space is left, to the second that the device failed.
    for refusing in ["/dev/full", "/proc/self/mem"] {
        let mut stage = Stage::new();
        stage.run(50).await;
        assert_eq!(stage.live.recording_state(), RecordingState::Ok);
        let file = stage.folder().join("v720/2.m4s");
        std::os::unix::fs::symlink(refusing, &file).unwrap();
        stage.run(60).await;
        let RecordingState::Failed { reason } = stage.live.recording_state() else {
            panic!("{refusing}: nobody was told")
        };
        assert!(reason.contains("v720/2.m4s"), "{reason}");
        assert_eq!(stage.get("v720/2.0.m4s").await.status, StatusCode::OK);
        stage.run(330).await;
        check_named(&stage).await;
        assert_eq!(stage.live.recording_state(), RecordingState::Ok, "after a whole segment");
        let stage = stage.restarted().await;
        check_named(&stage).await;
        let playlist = stage.get("v720/live.m3u8").await;
        let gap = "#EXTINF:4.00000,\n#EXT-X-GAP\n2.m4s\n";
        assert!(playlist.text().contains(gap), "{}", playlist.text());
        assert!(!stage.get("v360/live.m3u8").await.text().contains("#EXT-X-GAP\n2.m4s\n"));
    }
}

/// Gives pictures without waiting for the disk.
async fn run_without_disk(stage: &mut Stage, pictures: u64) {
    for _ in 0..pictures {
        stage.give();
        // The broadcast's task takes what is there.
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_disk_that_stands_still_is_told_and_leaves_no_half_segments() {
    let mut stage = Stage::new();
    stage.run(50).await;
    // Whoever opens a pipe to write waits until somebody reads.
    let pipe = stage.folder().join("v360/2.m4s");
    let name = std::ffi::CString::new(pipe.as_os_str().as_bytes()).unwrap();
    // SAFETY: the name is a C string that lives over the call.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
    run_without_disk(&mut stage, 720).await;
    let reason = "the disk is too slow".to_owned();
    assert_eq!(stage.live.recording_state(), RecordingState::Failed { reason });
    // The queue is full in the middle of a segment, of which the first parts will be written.
    let closing = stage.live.clone();
    let (read, ()) =
        tokio::join!(tokio::task::spawn_blocking(move || std::fs::read(pipe)), async move {
            closing.flush().await
        },);
    assert!(!read.unwrap().unwrap().is_empty());
    // Far enough that the first segments come from disk.
    stage.run(30 * 120).await;
    assert_eq!(stage.live.recording_state(), RecordingState::Ok);
    check_named(&stage).await;
    let replay = stage.get("v720/replay.m3u8").await;
    let mut lost = Vec::new();
    for segment in addresses(replay.text(), "").into_iter().take(10) {
        let answer = stage.get(&format!("v720/{segment}")).await;
        if answer.status == StatusCode::NOT_FOUND {
            lost.push(segment);
            continue;
        }
        let parts = answer.body.windows(4).filter(|bytes| bytes == b"moof").count();
        let whole = if segment == "0.m4s" {
            1
        } else if segment == "1.m4s" {
            3
        } else {
            8
        };
        assert_eq!(parts, whole, "parts of {segment}");
    }
    assert_eq!(lost.len(), 1, "{lost:?}");
    let stage = stage.restarted().await;
    let gap = format!("#EXTINF:4.00000,\n#EXT-X-GAP\n{}\n", lost[0]);
    let replay = stage.get("v720/replay.m3u8").await;
    assert!(replay.text().contains(&gap), "{}", replay.text());
}
