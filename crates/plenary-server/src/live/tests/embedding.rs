//! Pages of other sites that play the broadcast (CORS).

use axum::http::{Method, StatusCode};

use super::{Answer, Stage};

const HERE: &str = "https://intranet.example.org";
const ELSEWHERE: &str = "https://elsewhere.example";

async fn from(stage: &Stage, method: Method, path: &str, origin: &str) -> Answer {
    let asked = [("origin", origin), ("access-control-request-method", "GET")];
    stage.ask(method, path, &asked).await
}

/// What each site is told of a playlist, a part, a refusal and a preflight.
async fn told(stage: &Stage) -> String {
    let mut told = String::new();
    for origin in [HERE, ELSEWHERE] {
        let mut lines = Vec::new();
        for (method, path) in [
            (Method::GET, "index.m3u8"),
            (Method::GET, "v720/2.1.m4s"),
            (Method::GET, "v720/live.m3u8?_HLS_part=1"),
            (Method::OPTIONS, "v720/live.m3u8"),
        ] {
            let answer = from(stage, method, path, origin).await;
            let of = |name| answer.header(name).to_owned();
            let allowed = of("access-control-allow-origin");
            assert_eq!(of("access-control-expose-headers").is_empty(), allowed.is_empty());
            let vary: Vec<&str> =
                answer.headers.get_all("vary").iter().map(|v| v.to_str().unwrap()).collect();
            lines.push(format!("{path}: [{allowed}] by {vary:?}\n"));
        }
        told += &format!("{origin}\n{}", lines.concat());
    }
    told
}

#[tokio::test]
async fn without_a_setting_no_other_site_may_read() {
    let mut stage = Stage::embedded("");
    stage.run(200).await;
    insta::assert_snapshot!(told(&stage).await, @r#"
    https://intranet.example.org
    index.m3u8: [] by ["accept-encoding"]
    v720/2.1.m4s: [] by []
    v720/live.m3u8?_HLS_part=1: [] by []
    v720/live.m3u8: [] by []
    https://elsewhere.example
    index.m3u8: [] by ["accept-encoding"]
    v720/2.1.m4s: [] by []
    v720/live.m3u8?_HLS_part=1: [] by []
    v720/live.m3u8: [] by []
    "#);
}

#[tokio::test]
async fn every_site_may_when_the_setting_says_so() {
    let mut stage = Stage::embedded("*");
    stage.run(200).await;
    insta::assert_snapshot!(told(&stage).await, @r#"
    https://intranet.example.org
    index.m3u8: [*] by ["accept-encoding"]
    v720/2.1.m4s: [*] by []
    v720/live.m3u8?_HLS_part=1: [*] by []
    v720/live.m3u8: [*] by []
    https://elsewhere.example
    index.m3u8: [*] by ["accept-encoding"]
    v720/2.1.m4s: [*] by []
    v720/live.m3u8?_HLS_part=1: [*] by []
    v720/live.m3u8: [*] by []
    "#);
}

#[tokio::test]
async fn only_named_sites_may_and_caches_keep_them_apart() {
    let mut stage = Stage::embedded(HERE);
    stage.run(200).await;
    insta::assert_snapshot!(told(&stage).await, @r#"
    https://intranet.example.org
    index.m3u8: [https://intranet.example.org] by ["accept-encoding", "origin"]
    v720/2.1.m4s: [https://intranet.example.org] by ["origin"]
    v720/live.m3u8?_HLS_part=1: [https://intranet.example.org] by ["origin"]
    v720/live.m3u8: [https://intranet.example.org] by ["origin"]
    https://elsewhere.example
    index.m3u8: [] by ["accept-encoding", "origin"]
    v720/2.1.m4s: [] by ["origin"]
    v720/live.m3u8?_HLS_part=1: [] by ["origin"]
    v720/live.m3u8: [] by ["origin"]
    "#);
}

#[tokio::test]
async fn a_preflight_says_what_players_may_send() {
    let stage = Stage::embedded(HERE);
    let answer = from(&stage, Method::OPTIONS, "v720/2.m4s", HERE).await;
    assert_eq!((answer.status, answer.body.len()), (StatusCode::NO_CONTENT, 0));
    assert_eq!(answer.header("access-control-allow-methods"), "GET, HEAD, OPTIONS");
    assert_eq!(answer.header("access-control-allow-headers"), "Range, If-None-Match");
    assert_eq!(answer.header("access-control-max-age"), "3600");
    let refused = from(&stage, Method::OPTIONS, "v720/2.m4s", ELSEWHERE).await;
    assert_eq!(refused.header("access-control-allow-methods"), "");
}
