//! A player's connection: one request after the other, and what else comes on it.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

use super::{EVENT, HEAD_MAX, KEY, PIPE_BYTES, Stage};
use crate::http::players::{End, serve};

fn request(path: &str) -> String {
    format!("GET /live/{EVENT}/{KEY}/{path} HTTP/1.1\r\nHost: here\r\n\r\n")
}

/// Serves a connection until it ends or is left to the framework.
async fn serve_on(stage: &Stage, mut stream: DuplexStream, head_max: Duration) -> io::Result<End> {
    serve(&mut stream, &stage.service, head_max, || false).await
}

/// Sends these bytes and the end of them; gives how the connection went on, and what came back.
async fn sent(stage: &Stage, bytes: &str) -> (End, String) {
    let (mut ours, theirs) = duplex(PIPE_BYTES);
    let talk = async {
        ours.write_all(bytes.as_bytes()).await.unwrap();
        ours.shutdown().await.unwrap();
        let mut told = String::new();
        ours.read_to_string(&mut told).await.unwrap();
        told
    };
    let (end, told) = tokio::join!(serve_on(stage, theirs, HEAD_MAX), talk);
    (end.unwrap(), told)
}

async fn on_air() -> Stage {
    let mut stage = Stage::new();
    stage.run(200).await;
    stage
}

#[tokio::test]
async fn requests_that_come_at_once_are_answered_in_their_order() {
    let stage = on_air().await;
    let (end, told) =
        sent(&stage, &[request("v720/live.m3u8"), request("none.m3u8")].concat()).await;
    assert!(matches!(end, End::Closed), "{end:?}");
    let answers: Vec<&str> = told.split("HTTP/1.1 ").skip(1).collect();
    let [playlist, refusal] = answers[..] else { panic!("{told}") };
    assert!(playlist.starts_with("200 OK\r\n") && playlist.contains("\r\n\r\n#EXTM3U\n"));
    assert!(refusal.starts_with("404 Not Found\r\n") && refusal.contains("media_unknown"));
}

#[tokio::test]
async fn what_is_no_players_request_is_left_to_the_framework_as_it_came() {
    let stage = on_air().await;
    let other = "GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n";
    let (end, told) = sent(&stage, &[&request("none.m3u8"), other].concat()).await;
    assert!(matches!(&end, End::Other(first) if first == other.as_bytes()), "{end:?}");
    assert_eq!(told.matches("HTTP/1.1 ").count(), 1, "{told}");
}

#[tokio::test]
async fn who_leaves_is_not_waited_for() {
    let stage = on_air().await;
    let (end, told) = sent(&stage, &request("v720/live.m3u8?_HLS_msn=3&_HLS_part=1")).await;
    assert!(matches!(end, End::Closed), "{end:?}");
    assert_eq!(told, "");
}

#[tokio::test]
async fn who_asks_nothing_more_is_cut() {
    let stage = on_air().await;
    for begun in ["", "GET /li", &request("none.m3u8")] {
        let (mut ours, theirs) = duplex(PIPE_BYTES);
        ours.write_all(begun.as_bytes()).await.unwrap();
        let end = serve_on(&stage, theirs, Duration::from_millis(50)).await;
        assert_eq!(end.unwrap_err().kind(), io::ErrorKind::TimedOut, "{begun:?}");
    }
}
