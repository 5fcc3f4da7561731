//! The broadcast through real caches with the configurations of deploy/: however many players wait,
//! Plenary is asked once for everything; what is given is whole and right; a restart is survived;
//! the files of the pages are kept as well.

mod common;

use std::process::Command;

use common::tier::{Cache, Tier};
use common::{Folder, program};
use plenary_server::bench::playlist::Playlist;
use plenary_server::bench::process::Process;
use plenary_server::bench::served::Served;
use plenary_server::bench::web::Web;
use serde_json::Value;

/// How much more than one request for each address reaches Plenary, in percent.
const MORE_PERCENT: u64 = 5;
/// Requests that belong to the seconds before and after a measurement.
const AT_THE_EDGES: u64 = 4;

/// What operating.md says for each.
const fn settings(cache: Cache) -> [&'static str; 2] {
    match cache {
        Cache::Nginx => ["--part-ms", "1000"],
        Cache::Varnish => ["--part-ms", "500"],
    }
}

/// A server with its cache and the folder of its broadcast.
struct Rig {
    served: Served,
    tier: Tier,
    /// Path of the broadcast's folder, with a slash at the end.
    folder: String,
    data: Folder,
}

impl Rig {
    fn start(cache: Cache) -> Self {
        let data = Folder::new();
        let people = ["Speaker".to_owned()];
        let settings = settings(cache);
        let served = Served::start(program(), data.path(), &people, &settings).expect("a server");
        let tier = Tier::start(cache, served.web.address());
        let folder = served.hls.strip_suffix("index.m3u8").expect("a playlist").to_owned();
        Self { served, tier, folder, data }
    }

    /// Lets so many players wait at the cache for some seconds; gives what was measured.
    fn crowd(&self, players: usize, seconds: u64) -> Value {
        let ran = Command::new(program())
            .args(["bench", "viewers", "--json", "--fetching", "10"])
            .args(["--hls", &players.to_string(), "--seconds", &seconds.to_string()])
            .args(["--target", &self.tier.link(&self.served.hls)])
            .args(["--origin", &format!("http://{}{}", self.origin().address(), self.served.hls)])
            .output()
            .expect("the program runs");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let figures: Value = serde_json::from_slice(&ran.stdout).expect("figures");
        println!("{figures}");
        figures
    }

    const fn origin(&self) -> &Web {
        &self.served.web
    }

    /// Answers that Plenary has given at the broadcast's addresses.
    fn asked(&self) -> u64 {
        let metrics = self.origin().get("/metrics").expect("metrics").ok().expect("metrics").text();
        let lines = metrics.lines().filter(|line| line.starts_with("plenary_live_requests_total"));
        lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok()).sum()
    }

    fn path(&self, file: &str) -> String {
        format!("{}v720/{file}", self.folder)
    }

    /// The low-latency playlist through the cache.
    fn playlist(&self, query: &str) -> Playlist {
        let answer = self.tier.web.get(&self.path(&format!("live.m3u8{query}")));
        let text = answer.expect("an answer").ok().expect("a playlist").text();
        Playlist::parse(&text).expect("a playlist")
    }

    /// Waits until a segment of usual length is whole.
    fn wait_for_segments(&self) {
        self.playlist("?_HLS_msn=2");
    }
}

/// Everything that all these players get costs Plenary one request for each address.
fn check_asked_once(figures: &Value, players: u64) {
    let number = |name: &str| figures[name].as_u64().expect("a number");
    assert_eq!(figures["first_error"], Value::Null, "{figures}");
    let (parts, answers) = (number("parts"), number("answers"));
    // Some answers of the first two and the last two parts fall outside of the measurement.
    assert!(players * (parts - 4) <= answers, "{figures}");
    // A playlist and a part each time.
    let most = 2 * parts * (100 + MORE_PERCENT) / 100 + AT_THE_EDGES;
    assert!((parts..=most).contains(&number("origin_requests")), "{figures}");
}

fn a_crowd_costs_one_request(cache: Cache) {
    let rig = Rig::start(cache);
    check_asked_once(&rig.crowd(1_000, 6), 1_000);
}

#[test]
fn a_thousand_players_behind_nginx_cost_one_request_for_each_part() {
    a_crowd_costs_one_request(Cache::Nginx);
}

#[test]
fn a_thousand_players_behind_varnish_cost_one_request_for_each_part() {
    a_crowd_costs_one_request(Cache::Varnish);
}

fn crowds_cost_the_same(cache: Cache) {
    let rig = Rig::start(cache);
    let mut for_each_part = Vec::new();
    for players in [1_000, 10_000] {
        let figures = rig.crowd(players, 40);
        check_asked_once(&figures, players as u64);
        let number = |name: &str| figures[name].as_f64().expect("a number");
        for_each_part.push(number("origin_requests") / number("parts"));
    }
    let apart = (for_each_part[1] / for_each_part[0] - 1.0).abs() * 100.0;
    assert!(apart <= MORE_PERCENT as f64, "requests for each part: {for_each_part:?}");
}

#[test]
fn long_ten_thousand_players_behind_nginx_cost_what_a_thousand_cost() {
    crowds_cost_the_same(Cache::Nginx);
}

#[test]
fn long_ten_thousand_players_behind_varnish_cost_what_a_thousand_cost() {
    crowds_cost_the_same(Cache::Varnish);
}

/// What a cache gives is what Plenary gives, and repeated and noisy questions stay with it.
fn answers_are_right(cache: Cache) {
    let rig = Rig::start(cache);
    rig.wait_for_segments();
    let (tier, segment) = (&rig.tier.web, rig.path("1.m4s"));
    let whole = rig.origin().get(&segment).expect("an answer").ok().expect("media").body;
    let before = rig.asked();
    for noise in 0..10 {
        let path = format!("{segment}?session={noise}");
        let given = tier.get(&path).expect("an answer").ok().expect("media");
        assert_eq!(given.header("cache-control"), Some("max-age=31536000, immutable"));
        assert!(given.body == whole, "{noise}: other bytes");
        let ranged = tier.get_with(&path, &[("Range", "bytes=100-199")]).expect("an answer");
        assert_eq!((ranged.status, &ranged.body[..]), (206, &whole[100..200]));
        let past = tier.get_with(&path, &[("Range", "bytes=99999999-")]).expect("an answer");
        assert_eq!(past.status, 416);
        let reload = format!("live.m3u8?cache={noise}&_HLS_part=0&_HLS_msn=1&x={noise}");
        assert_eq!(tier.get(&rig.path(&reload)).expect("an answer").status, 200);
        let refused = tier.get(&rig.path(&format!("live.m3u8?_HLS_part=1&x={noise}")));
        assert_eq!(refused.expect("an answer").status, 400, "a rule is broken");
        assert_eq!(tier.get(&rig.path("77.m4s")).expect("an answer").status, 404);
    }
    assert_eq!(rig.asked() - before, 4, "segment, playlist and two refusals, once each");
    let reload = rig.path("live.m3u8?_HLS_msn=1&_HLS_part=0");
    let plain = tier.get(&reload).expect("an answer").body;
    assert!(plain.starts_with(b"#EXTM3U"));
    for offer in ["gzip, deflate, br, zstd", "br, gzip", "gzip", "identity"] {
        let packed = tier.get_with(&reload, &[("Accept-Encoding", offer)]).expect("an answer");
        let encoding = packed.header("content-encoding").unwrap_or("identity").to_owned();
        assert!(offer.contains(&encoding), "{offer}: {encoding}");
        assert_eq!(encoding == "identity", offer == "identity", "{offer}: {encoding}");
        assert_eq!(encoding == "identity", packed.body == plain, "{offer}");
    }
    assert_eq!(tier.get("/metrics").expect("an answer").status, 404);
    assert_eq!(tier.get("/readyz").expect("an answer").status, 200, "the rest is passed on");
}

#[test]
fn nginx_gives_what_plenary_gives_and_asks_once() {
    answers_are_right(Cache::Nginx);
}

#[test]
fn varnish_gives_what_plenary_gives_and_asks_once() {
    answers_are_right(Cache::Varnish);
}

/// A file of the pages comes from the cache the second time, packed as it is asked for.
fn files_of_pages_are_kept(cache: Cache) {
    let rig = Rig::start(cache);
    let tier = &rig.tier.web;
    let page = tier.get("/org").expect("an answer").ok().expect("a page").text();
    let script = page.split('"').find(|part| part.starts_with("/assets/") && part.contains(".js"));
    let script = script.expect("a page names its script");
    let whole = rig.origin().get(script).expect("an answer").ok().expect("a script").body;
    for offer in ["identity", "gzip"] {
        let ask = || tier.get_with(script, &[("Accept-Encoding", offer)]).expect("an answer");
        let (first, second) = (ask(), ask());
        let status = second.header("cache-status").unwrap_or_default().to_lowercase();
        assert!(status.ends_with("hit"), "{offer}: {status}");
        assert!(first.body == second.body, "{offer}: other bytes");
        assert_eq!(second.body == whole, offer == "identity", "{offer}");
        let kept = Some("public, max-age=31536000, immutable");
        assert_eq!(second.header("cache-control"), kept);
    }
    assert_eq!(tier.get("/assets/none.js").expect("an answer").status, 404);
}

#[test]
fn nginx_keeps_the_files_of_the_pages() {
    files_of_pages_are_kept(Cache::Nginx);
}

#[test]
fn varnish_keeps_the_files_of_the_pages() {
    files_of_pages_are_kept(Cache::Varnish);
}

/// While Plenary is dead, media that players had stays playable and nobody who waits hangs; when it
/// is back, so is the broadcast.
fn a_restart_is_survived(cache: Cache) {
    let rig = Rig::start(cache);
    rig.wait_for_segments();
    let segment = rig.path("1.m4s");
    let whole = rig.tier.web.get(&segment).expect("an answer").ok().expect("media").body;
    let (msn, part) = rig.playlist("").promised.expect("it goes on");
    let next = format!("?_HLS_msn={}&_HLS_part={part}", msn + 1);
    let waiting = {
        let (web, path) = (rig.tier.web.clone(), rig.path(&format!("live.m3u8{next}")));
        std::thread::spawn(move || web.get(&path).expect("an answer"))
    };
    let before = rig.asked();
    let Rig { served, tier, folder, data } = rig;
    let (address, hls) = (served.web.address().to_string(), served.hls.clone());
    assert!(0 < before);
    served.process.kill().expect("it can be killed");
    let told = waiting.join().expect("it does not panic");
    assert!([502, 503].contains(&told.status), "{} {}", told.status, told.text());
    let kept = tier.web.get(&segment).expect("an answer").ok().expect("it is kept");
    assert!(kept.body == whole, "other bytes");
    let at = data.path().display().to_string();
    let serve = ["serve", "--json", "--listen", &address, "--data", &at];
    let serve = [&serve[..], &settings(cache)].concat();
    let _again = Process::start(program(), &serve, &data.path().join("log")).expect("a server");
    let playlist = format!("{folder}v720/live.m3u8");
    let newest = |web: &Web, query: &str| {
        let answer = web.get(&format!("{playlist}{query}")).expect("an answer");
        Playlist::parse(&answer.ok().expect("a playlist").text()).expect("a playlist")
    };
    // What the new server promises comes through the cache, too. The very part that the waiting
    // player asked for may be refused for a second more: so the one after the next.
    let (origin, _) = Web::of(&format!("http://{address}{hls}")).expect("an address");
    let next = |playlist: Playlist| playlist.promised.expect("it goes on");
    let query = |(msn, part)| format!("?_HLS_msn={msn}&_HLS_part={part}");
    let first = next(newest(&origin, ""));
    let second = next(newest(&origin, &query(first)));
    assert!(second < next(newest(&tier.web, &query(second))));
}

#[test]
fn players_behind_nginx_survive_a_restart_of_plenary() {
    a_restart_is_survived(Cache::Nginx);
}

#[test]
fn players_behind_varnish_survive_a_restart_of_plenary() {
    a_restart_is_survived(Cache::Varnish);
}
