//! Requests that wait: playlists and parts of the near future (rfc8216bis section 6.2.5.2).

use std::pin::pin;

use axum::http::StatusCode;
use plenary_hls::check::Checker;
use plenary_model::ladder::Ladder;

use super::Stage;

/// Panics when the request is answered without anything new having come.
macro_rules! assert_waits {
    ($request:expr) => {
        tokio::select! {
            biased;
            answer = &mut $request => panic!("it did not wait: {answer:?}"),
            () = std::future::ready(()) => {}
        }
    };
}

#[tokio::test]
async fn a_reload_waits_for_its_part_and_no_longer() {
    let mut stage = Stage::new();
    stage.run(200).await;
    let router = stage.get("v720/live.m3u8").await;
    assert!(router.text().contains("PART:DURATION=0.50000,URI=\"3.0.m4s\""), "{router:?}");
    let asking = clone(&stage);
    let mut part = pin!(asking.get("v720/live.m3u8?_HLS_msn=3&_HLS_part=1"));
    let mut segment = pin!(asking.get("v720/live.m3u8?_HLS_msn=3"));
    assert_waits!(part);
    assert_waits!(segment);
    stage.run(12).await;
    let answer = part.await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.text().contains("URI=\"3.1.m4s\"\n"), "{}", answer.text());
    assert!(answer.text().contains("PRELOAD-HINT:TYPE=PART,URI=\"3.2.m4s\""));
    assert_waits!(segment);
    stage.run(90).await;
    assert!(segment.await.text().contains("\n3.m4s\n"));
    // A part past the end of a whole segment is the first of the next one.
    let past_the_end = stage.get("v720/live.m3u8?_HLS_msn=2&_HLS_part=8").await;
    assert!(past_the_end.text().contains("\n3.m4s\n"));
}

/// The same broadcast, to ask while frames are given.
fn clone(stage: &Stage) -> Stage {
    Stage {
        data: tempfile::tempdir().unwrap(),
        ladder: stage.ladder.clone(),
        live: stage.live.clone(),
        service: stage.service.clone(),
        router: stage.router.clone(),
        next: stage.next,
        from: stage.from,
    }
}

#[tokio::test]
async fn a_hinted_part_is_held_until_it_is_whole() {
    let mut stage = Stage::new();
    stage.run(200).await;
    let asking = clone(&stage);
    let mut held = pin!(asking.get("v720/3.1.m4s"));
    assert_waits!(held);
    stage.run(5).await;
    assert_waits!(held);
    stage.run(7).await;
    let held = held.await;
    assert_eq!(held.status, StatusCode::OK);
    assert_eq!(held, stage.get("v720/3.1.m4s").await);
    assert_eq!(stage.get("v720/3.3.m4s").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn senseless_reloads_are_refused_and_stale_ones_get_the_newest() {
    let mut stage = Stage::new();
    stage.run(200).await;
    let mut told = String::new();
    for query in [
        "_HLS_part=1",
        "_HLS_msn=6",
        "_HLS_msn=3&_HLS_part=7",
        "_HLS_msn=18446744073709551616",
        "_HLS_msn=-1",
        "_HLS_msn=3&_HLS_part=x",
    ] {
        let answer = stage.get(&format!("v720/live.m3u8?{query}")).await;
        told += &format!("{query}: {} {}\n", answer.status.as_u16(), answer.text());
    }
    insta::assert_snapshot!(told, @r#"
    _HLS_part=1: 400 {"status":400,"code":"bad_directive","detail":"_HLS_part needs _HLS_msn"}
    _HLS_msn=6: 400 {"status":400,"code":"bad_directive","detail":"this part is too far in the future"}
    _HLS_msn=3&_HLS_part=7: 400 {"status":400,"code":"bad_directive","detail":"this part is too far in the future"}
    _HLS_msn=18446744073709551616: 400 {"status":400,"code":"bad_directive","detail":"_HLS_msn is a number"}
    _HLS_msn=-1: 400 {"status":400,"code":"bad_directive","detail":"_HLS_msn is a number"}
    _HLS_msn=3&_HLS_part=x: 400 {"status":400,"code":"bad_directive","detail":"_HLS_part is a number"}
    "#);
    let newest = stage.get("v720/live.m3u8").await;
    for query in ["_HLS_msn=2", "_HLS_msn=2&_HLS_part=3", "unknown=1&_HLS_msn=3&_HLS_part=0"] {
        assert_eq!(stage.get(&format!("v720/live.m3u8?{query}")).await.body, newest.body);
    }
}

#[tokio::test]
async fn what_does_not_come_in_three_target_durations_is_told_to_be_late() {
    let mut stage =
        Stage::with(Ladder { segment_seconds: 1, gop_seconds: 1, ..Ladder::two_cores() });
    stage.run(40).await;
    let (playlist, part, index) = tokio::join!(
        stage.get("v720/live.m3u8?_HLS_msn=2&_HLS_part=0"),
        stage.get("v720/2.0.m4s"),
        stage.get("index.m3u8"),
    );
    assert_eq!(index.status, StatusCode::OK);
    for (answer, keep) in [(playlist, "max-age=4"), (part, "max-age=1")] {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.header("cache-control"), keep);
        assert!(answer.text().contains("part_late"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_player_that_follows_all_renditions_never_sees_a_broken_rule() {
    let mut stage = Stage::new();
    let mut checker = Checker::new();
    for _ in 0..280 {
        stage.run(15).await;
        for rendition in ["v720", "v360", "a64"] {
            for query in ["", "?_HLS_skip=YES"] {
                let answer = stage.get(&format!("{rendition}/live.m3u8{query}")).await;
                if answer.status == StatusCode::OK {
                    checker.observe(rendition, answer.text());
                }
            }
        }
    }
    assert_eq!(checker.finish(), []);
}
