//! What caches may keep and how they ask again (rfc8216bis appendix B.1, RFC 9110).

use std::io::Read as _;

use axum::http::{Method, StatusCode};
use flate2::read::GzDecoder;

use super::{Answer, EVENT, KEY, Stage};

/// Media that is on air: three whole segments and a part of the next one.
async fn on_air() -> Stage {
    let mut stage = Stage::new();
    stage.run(200).await;
    stage
}

async fn init_name(stage: &Stage) -> String {
    let playlist = stage.get("v720/live.m3u8").await;
    let (_, rest) = playlist.text().split_once("#EXT-X-MAP:URI=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

#[tokio::test]
async fn every_answer_says_how_long_it_may_be_kept() {
    let stage = on_air().await;
    let init = format!("v720/{}", init_name(&stage).await);
    let mut told = String::new();
    for path in [
        "index.m3u8",
        "replay.m3u8",
        "v720/live.m3u8",
        "v720/live.m3u8?_HLS_skip=YES",
        "v720/live.m3u8?_HLS_msn=3&_HLS_part=0",
        "v720/live.m3u8?_HLS_part=0",
        "v720/live.m3u8?_HLS_msn=99",
        "a64/replay.m3u8",
        &init,
        "v720/2.m4s",
        "v720/2.7.m4s",
        "v720/3.m4s",
        "v720/99.m4s",
        "v720/00.m4s",
        "v720/2.8.m4s",
        "v720/init-0000.mp4",
        "v720/init-..%2F..%2Fplenary.mp4",
        "v1080/live.m3u8",
        "other.m3u8",
    ] {
        let answer = stage.get(path).await;
        let path = path.replace(&init, "v720/init");
        told += &format!(
            "{path}: {} {}, {}\n",
            answer.status.as_u16(),
            answer.header("content-type"),
            answer.header("cache-control")
        );
    }
    insta::assert_snapshot!(told, @r"
    index.m3u8: 200 application/vnd.apple.mpegurl, max-age=2
    replay.m3u8: 200 application/vnd.apple.mpegurl, max-age=2
    v720/live.m3u8: 200 application/vnd.apple.mpegurl, max-age=2
    v720/live.m3u8?_HLS_skip=YES: 200 application/vnd.apple.mpegurl, max-age=2
    v720/live.m3u8?_HLS_msn=3&_HLS_part=0: 200 application/vnd.apple.mpegurl, max-age=24
    v720/live.m3u8?_HLS_part=0: 400 application/problem+json, max-age=16
    v720/live.m3u8?_HLS_msn=99: 400 application/problem+json, max-age=16
    a64/replay.m3u8: 200 application/vnd.apple.mpegurl, max-age=2
    v720/init: 200 video/mp4, max-age=31536000, immutable
    v720/2.m4s: 200 video/mp4, max-age=31536000, immutable
    v720/2.7.m4s: 200 video/mp4, max-age=31536000, immutable
    v720/3.m4s: 404 application/problem+json, max-age=4
    v720/99.m4s: 404 application/problem+json, max-age=4
    v720/00.m4s: 404 application/problem+json, max-age=4
    v720/2.8.m4s: 404 application/problem+json, max-age=4
    v720/init-0000.mp4: 404 application/problem+json, max-age=4
    v720/init-..%2F..%2Fplenary.mp4: 404 application/problem+json, max-age=4
    v1080/live.m3u8: 404 application/problem+json, max-age=4
    other.m3u8: 404 application/problem+json, max-age=4
    ");
}

#[tokio::test]
async fn a_wrong_key_and_an_unknown_event_look_alike() {
    let stage = on_air().await;
    let unknown = "evt_0000000000000000000000000000ffff";
    let mut answers = Vec::new();
    for (event, key) in [
        (EVENT.to_string().as_str(), "an-unguessable-kez"),
        (EVENT.to_string().as_str(), "an-unguessable-ke"),
        (EVENT.to_string().as_str(), "x"),
        (unknown, KEY),
        ("nonsense", KEY),
    ] {
        for path in ["index.m3u8", "v720/live.m3u8", "v720/2.m4s"] {
            let path = format!("/live/{event}/{key}/{path}");
            answers.push(stage.ask_at(Method::GET, &path, &[]).await);
        }
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    assert_eq!(answers[0].status, StatusCode::NOT_FOUND);
    assert_eq!(answers[0].header("cache-control"), "max-age=4");
    assert!(answers[0].text().contains("event_unknown"));
}

#[tokio::test]
async fn playlists_are_compressed_for_those_who_ask() {
    let stage = on_air().await;
    for path in ["index.m3u8", "v720/live.m3u8", "v720/live.m3u8?_HLS_skip=YES", "v720/replay.m3u8"]
    {
        let plain = stage.get(path).await;
        assert_eq!(
            (plain.header("vary"), plain.header("content-encoding")),
            ("accept-encoding", ""),
            "{path}"
        );
        let mut tags = vec![plain.header("etag").to_owned()];
        for offer in ["gzip", "br, gzip;q=0.5"] {
            let answer = stage.ask(Method::GET, path, &[("accept-encoding", offer)]).await;
            let encoding = answer.header("content-encoding");
            assert_eq!(encoding, offer.split(',').next().unwrap(), "{path}");
            assert_eq!(answer.header("vary"), "accept-encoding");
            assert_eq!(unpacked(&answer), plain.body, "{path}");
            assert!(answer.body.len() < plain.body.len(), "{path}: {offer}");
            tags.push(answer.header("etag").to_owned());
        }
        tags.sort_unstable();
        tags.dedup();
        assert_eq!(tags.len(), 3, "{path}: each form has a tag of its own");
    }
}

fn unpacked(answer: &Answer) -> Vec<u8> {
    let mut plain = Vec::new();
    match answer.header("content-encoding") {
        "gzip" => GzDecoder::new(&*answer.body).read_to_end(&mut plain).unwrap(),
        "br" => brotli::Decompressor::new(&*answer.body, 4_096).read_to_end(&mut plain).unwrap(),
        other => panic!("{other}"),
    };
    plain
}

#[tokio::test]
async fn who_has_it_already_gets_no_body() {
    let mut stage = on_air().await;
    for path in ["index.m3u8", "v720/live.m3u8", "a64/replay.m3u8", "v720/2.m4s", "v720/2.1.m4s"] {
        let first = stage.get(path).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{path}: {tag}");
        for known in [tag.clone(), format!("\"old\", W/{tag}"), "*".into()] {
            let again = stage.ask(Method::GET, path, &[("if-none-match", &known)]).await;
            assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{path}");
            assert_eq!((again.body.len(), again.header("etag")), (0, tag.as_str()), "{path}");
            assert_eq!(again.header("cache-control"), first.header("cache-control"), "{path}");
        }
        let other = stage.ask(Method::GET, path, &[("if-none-match", "\"old\"")]).await;
        assert_eq!(other.status, StatusCode::OK, "{path}");
    }
    let before = stage.get("v720/live.m3u8").await;
    stage.run(15).await;
    let known = [("if-none-match", before.header("etag"))];
    assert_eq!(stage.ask(Method::GET, "v720/live.m3u8", &known).await.status, StatusCode::OK);
}

#[tokio::test]
async fn media_is_given_in_ranges_and_heads() {
    let stage = on_air().await;
    let whole = stage.get("v720/2.m4s").await;
    let len = whole.body.len();
    let ask = async |range: &str| -> Answer {
        stage.ask(Method::GET, "v720/2.m4s", &[("range", range)]).await
    };
    for (range, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=100-", 100, len),
        ("bytes=-7", len - 7, len),
        ("bytes=5-999999999", 5, len),
        ("bytes=0-9007199254740991", 0, len),
        ("bytes=-999999999", 0, len),
    ] {
        let answer = ask(range).await;
        assert_eq!(answer.status, StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(answer.body, whole.body.slice(from..to), "{range}");
        let expected = format!("bytes {from}-{}/{len}", to - 1);
        assert_eq!(answer.header("content-range"), expected, "{range}");
    }
    for range in ["bytes=999999999-", "bytes=9-3", "bytes=-0"] {
        let answer = ask(range).await;
        assert_eq!(answer.status, StatusCode::RANGE_NOT_SATISFIABLE, "{range}");
        assert_eq!(answer.header("content-range"), format!("bytes */{len}"), "{range}");
    }
    for range in ["bytes=a-b", "bytes=0-1,3-4", "items=0-1", "bytes=-"] {
        let answer = ask(range).await;
        assert_eq!((answer.status, &answer.body), (StatusCode::OK, &whole.body), "{range}");
    }
    for path in ["v720/2.m4s", "v720/live.m3u8", "index.m3u8"] {
        let (head, get) = (stage.ask(Method::HEAD, path, &[]).await, stage.get(path).await);
        assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0), "{path}");
        assert_eq!(head.header("content-length"), get.body.len().to_string(), "{path}");
        assert_eq!(head.header("etag"), get.header("etag"), "{path}");
    }
}

#[tokio::test]
async fn other_methods_are_refused() {
    let stage = on_air().await;
    assert_eq!(
        stage.ask(Method::POST, "index.m3u8", &[]).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
}
