//! The server killed without warning at random moments of a running demo, and started again on the
//! same data: the show, the broadcast, the recording and the speakers go on.

mod common;

use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use common::random::Random;
use common::replay::{decode_recording, replay};
use common::studio::Studio;
use common::watch::{Known, Watch, follower};
use common::{Folder, RENDITIONS, any_port, children, program};
use plenary_model::scene::Layout;
use plenary_server::bench::director::{Director, revision};
use plenary_server::bench::eyes::Eyes;
use plenary_server::bench::follow::Follower;
use plenary_server::bench::process::Demo;
use plenary_server::marker::Mark;
use serde_json::Value;

/// Most of the recording that a kill may cost.
const LOST_MS_MAX: f64 = 1_000.0;
/// How soon the processes under a killed server must be gone.
const ORPHANS_MS_MAX: i32 = 2_000;
/// The speakers join again, send keyframes and are decoded; in parts of half a second.
const PARTS_UNTIL_SPEAKERS_MAX: usize = 30;

#[test]
fn after_three_kills_everything_goes_on() {
    kills(0x5eed_0001, 3);
}

#[test]
fn long_after_twenty_kills_everything_goes_on() {
    kills(0x5eed_0002, 20);
}

/// What a kill cost.
#[derive(Debug)]
struct Cost {
    ready: Duration,
    break_ms: f64,
    lost_ms: f64,
}

fn kills(seed: u64, count: usize) {
    let data = Folder::new();
    let mut random = Random(seed);
    let mut demo = Demo::start(program(), data.path(), any_port()).expect("the demo starts");
    let cameras = Studio::open(&demo.links.studio).four_cameras();
    let mut known: [Known; 3] = Default::default();
    let mut followers = RENDITIONS.map(|rendition| follower(&demo.web, &demo.hls, rendition));
    let mut costs = Vec::new();
    for kill in 0..count {
        let (show, watched) = live_until_killed(demo, followers, &mut known, &cameras, &mut random);
        followers = watched;
        let began = Instant::now();
        let listen = followers[0].address();
        demo = Demo::start(program(), data.path(), listen).expect("the demo starts again");
        let ready = demo.web.get("/readyz").expect("it answers");
        assert_eq!(ready.status, 200, "kill {kill}: it is ready");
        let ready = began.elapsed();
        show.check(&Director::open(&demo.links.studio).and_then(|open| open.show()));
        let lost_ms = lost_ms(&demo, &known);
        go_on(&mut followers, &mut known);
        speakers_are_back(&demo, &mut followers[0], &mut known[0]);
        let break_ms = known[0].breaks_ms.last().copied().expect("a discontinuity came");
        let cost = Cost { ready, break_ms, lost_ms };
        println!("kill {kill}: {cost:?}");
        assert!(cost.lost_ms <= LOST_MS_MAX, "kill {kill}: {cost:?}");
        costs.push(cost);
    }
    decode_recording(&demo, data.path());
    report(&costs);
}

/// Watches and directs until a random moment, then kills; gives the show that must be there again.
fn live_until_killed(
    demo: Demo,
    followers: [Follower; 3],
    known: &mut [Known; 3],
    cameras: &[String],
    random: &mut Random,
) -> (Acknowledged, [Follower; 3]) {
    let watches = followers.map(Watch::start);
    let directing = direct(&demo.links.studio, cameras.to_owned(), random.next());
    for ((watch, known), rendition) in watches.iter().zip(known.iter_mut()).zip(RENDITIONS) {
        for _ in 0..=random.next() % 8 {
            let part = watch.parts.recv().expect("the broadcast goes on");
            known.take(rendition, &part);
        }
    }
    // Any moment within the part and the sync of the disk that follows it.
    thread::sleep(Duration::from_micros(random.next() % 700_000));
    let orphans = children::under(demo.process.id());
    assert!(orphans.iter().any(|child| child.command.contains("media-worker")));
    demo.process.kill().expect("it can be killed");
    for orphan in orphans {
        assert!(orphan.ends_within(ORPHANS_MS_MAX), "{} is still there", orphan.command);
    }
    let mut index = 0;
    let followers = watches.map(|watch| {
        let (follower, rest) = watch.end();
        for part in rest {
            known[index].take(RENDITIONS[index], &part);
        }
        index += 1;
        follower
    });
    (directing.join().expect("a director does not panic"), followers)
}

/// The show as a director knew it when the server was gone.
struct Acknowledged {
    show: Value,
    /// A preview that was asked for and not acknowledged.
    asked: Vec<String>,
}

impl Acknowledged {
    fn check(&self, now: &anyhow::Result<Value>) {
        let now = now.as_ref().expect("the studio opens again");
        if revision(now) == revision(&self.show) {
            assert_eq!(*now, self.show, "the show is as it was acknowledged");
        } else {
            // Written and not yet acknowledged when the server was killed.
            assert_eq!(revision(now), revision(&self.show) + 1);
            let asked = serde_json::json!(self.asked);
            let scenes = [&now["preview"], &now["programme"]["scene"]];
            assert!(scenes.iter().any(|scene| scene["places"] == asked), "{now} has {asked}");
        }
    }
}

/// Changes preview and programme as fast as the server acknowledges, until it is gone.
fn direct(studio: &str, cameras: Vec<String>, seed: u64) -> thread::JoinHandle<Acknowledged> {
    let director = Director::open(studio).expect("the studio opens");
    let (ready, begun) = channel();
    let mut random = Random(seed);
    let thread = thread::spawn(move || {
        let mut known =
            Acknowledged { show: director.show().expect("the show"), asked: Vec::new() };
        loop {
            let (layout, count) = [("full", 1), ("two", 2), ("four", 4)][random.below(3)];
            let first = random.below(cameras.len());
            let places = cameras.iter().cycle().skip(first).take(count).cloned();
            known.asked = places.collect();
            let Ok(show) = director.preview(layout, &known.asked) else { return known };
            known.show = show;
            let Ok(show) = director.take(revision(&known.show)) else { return known };
            known.show = show;
            // Once there is a first scene, nobody waits for more.
            let _ = ready.send(());
            // A director does not change the show a hundred times a second.
            thread::sleep(Duration::from_millis(200 + random.next() % 300));
        }
    });
    begun.recv().expect("the first take is done");
    thread
}

/// How much of what players saw is not in the recording, over all renditions.
fn lost_ms(demo: &Demo, known: &[Known; 3]) -> f64 {
    let lost = known.iter().zip(RENDITIONS).map(|(known, rendition)| {
        let replay = replay(demo, rendition);
        let (msn, _, seen_ms) = known.last.expect("parts were seen");
        let recorded = replay.segments.iter().rev().find(|s| !s.gap && s.msn <= msn);
        seen_ms - recorded.map_or(0.0, plenary_server::bench::playlist::Segment::ends_ms)
    });
    lost.fold(0.0, f64::max)
}

/// The players go on by themselves: new numbers, later times, a discontinuity.
fn go_on(followers: &mut [Follower; 3], known: &mut [Known; 3]) {
    for ((follower, known), rendition) in followers.iter_mut().zip(known).zip(RENDITIONS) {
        let breaks = known.breaks_ms.len();
        while known.breaks_ms.len() == breaks {
            let parts = follower.next_parts().expect("the broadcast goes on");
            known.see_sequence(rendition, follower.sequence);
            parts.iter().for_each(|part| known.take(rendition, part));
        }
    }
}

/// Every place of the scene shows a picture that was taken after the restart.
fn speakers_are_back(demo: &Demo, follower: &mut Follower, known: &mut Known) {
    let director = Director::open(&demo.links.studio).expect("the studio opens");
    let show = director.show().expect("the show");
    let scene = &show["programme"]["scene"];
    let layout: Layout = serde_json::from_value(scene["layout"].clone()).expect("a layout");
    let mut eyes = Eyes::new(demo.web.clone()).expect("a decoder");
    let since = plenary_server::bench::follow::wall_ms();
    for _ in 0..PARTS_UNTIL_SPEAKERS_MAX {
        for part in follower.next_parts().expect("the broadcast goes on") {
            known.take(RENDITIONS[0], &part);
            let seen = eyes.see(&part, layout.tiles()).expect("parts decode");
            let back = |mark: &Option<Mark>| mark.is_some_and(|mark| since < mark.wall.0 as f64);
            if seen.iter().any(|seen| seen.marks.iter().all(back)) {
                return;
            }
        }
    }
    panic!("a speaker is not back on air");
}

fn report(costs: &[Cost]) {
    let worst = |value: fn(&Cost) -> f64| costs.iter().map(value).fold(0.0, f64::max);
    println!(
        "{} kills, at worst: ready after {:.0} ms, {:.0} ms without programme, {:.0} ms of what \
         players saw not recorded",
        costs.len(),
        worst(|cost| cost.ready.as_secs_f64() * 1_000.0),
        worst(|cost| cost.break_ms),
        worst(|cost| cost.lost_ms),
    );
}
