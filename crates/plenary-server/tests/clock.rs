//! The wall clock of the machine jumps while an event is on air: nobody notices.

mod common;

use common::studio::Studio;
use common::watch::Viewers;
use common::world::{Orders, World};
use common::{Folder, any_port};
use plenary_server::bench::director::{Director, revision};
use plenary_server::bench::follow::wall_ms;
use plenary_server::bench::process::Demo;
use plenary_server::bench::web::Web;
use serde_json::Value;

const HOUR_S: i32 = 3_600;
/// Parts that are watched after each change: most of a segment.
const PARTS: usize = 6;

#[test]
fn an_hour_forth_and_two_back_leave_broadcast_links_and_sessions_as_they_are() {
    let (data, world) = (Folder::new(), World::new());
    let demo = Demo::start(&world.program(), data.path(), any_port()).expect("the demo starts");
    let mut viewers = Viewers::start(&demo.web, &demo.hls);
    let director = Director::open(&demo.links.studio).expect("the studio opens");
    let camera = Studio::open(&demo.links.studio).four_cameras().swap_remove(0);
    let mut numbers = directed(&director, &camera);
    let began = program_dates(&demo.web, &demo.hls)[0].clone();
    viewers.watch(1);
    for hours in [1, -1] {
        world.set(Orders { wall_offset_s: hours * HOUR_S, ..Orders::default() });
        assert!((server_hours(&demo) - f64::from(hours)).abs() < 0.1, "the clock has jumped");
        viewers.watch(PARTS);
        // An old session and a new one, the link of a seat, and what caches were told.
        let revisions = [directed(&director, &camera), directed(&open(&demo), &camera)];
        assert!(numbers < revisions[0] && revisions[0] < revisions[1], "{revisions:?}");
        numbers = revisions[1];
        let (web, stage) = Web::of(&demo.links.stage).expect("a link");
        assert_eq!(web.get(&stage).expect("an answer").status, 200);
        assert_eq!(lifetimes(&demo), ["max-age=31536000, immutable"; 2]);
    }
    let dates = program_dates(&demo.web, &demo.hls);
    assert!(dates.is_sorted(), "{dates:?}");
    assert_eq!(dates[0], began, "the beginning of the replay stays");
    viewers.end();
    // A server that starts with a clock an hour late goes on after what players have seen.
    let listen = demo.web.address();
    demo.process.kill().expect("it can be killed");
    let demo = Demo::start(&world.program(), data.path(), listen).expect("the demo starts again");
    let mut viewers = Viewers::start(&demo.web, &demo.hls);
    viewers.watch(PARTS);
    viewers.end();
    let after = program_dates(&demo.web, &demo.hls);
    assert!(after.is_sorted() && dates.len() < after.len(), "{after:?}");
    assert_eq!(after[..dates.len() - 1], dates[..dates.len() - 1], "nothing changes its time");
}

fn open(demo: &Demo) -> Director {
    Director::open(&demo.links.studio).expect("the studio opens")
}

/// Takes, and gives the revision after it.
fn directed(director: &Director, camera: &str) -> u64 {
    revision(&director.put_on_air(camera).expect("a take"))
}

/// How far the server's clock is from ours, in hours.
fn server_hours(demo: &Demo) -> f64 {
    let answer = demo.web.get("/api/events/demo").expect("an answer").ok().expect("the event");
    let event: Value = serde_json::from_slice(&answer.body).expect("JSON");
    let now_ms = event["server_time_ms"].as_f64().expect("a time");
    (now_ms - wall_ms()) / 1_000.0 / f64::from(HOUR_S)
}

/// The replay's EXT-X-PROGRAM-DATE-TIME.
fn program_dates(web: &Web, hls: &str) -> Vec<String> {
    let replay = hls.replace("index.m3u8", "v720/replay.m3u8");
    let text = web.get(&replay).expect("an answer").ok().expect("a replay").text();
    let dates = text.lines().filter_map(|line| line.strip_prefix("#EXT-X-PROGRAM-DATE-TIME:"));
    dates.map(str::to_owned).collect()
}

/// What caches are told of a segment and of its init segment.
fn lifetimes(demo: &Demo) -> [String; 2] {
    let live = demo.hls.replace("index.m3u8", "v720/live.m3u8");
    let text = demo.web.get(&live).expect("an answer").text();
    let segment = text.lines().find(|line| !line.starts_with('#')).expect("a segment");
    let init = text.split_once("#EXT-X-MAP:URI=\"").and_then(|(_, rest)| rest.split_once('"'));
    [segment, init.expect("an init segment").0].map(|name| {
        let answer = demo.web.get(&live.replace("live.m3u8", name)).expect("an answer");
        let lifetime = answer.ok().expect("media");
        lifetime.header("cache-control").expect("a lifetime").to_owned()
    })
}
