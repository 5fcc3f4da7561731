//! The server killed without warning at random moments of a running demo, and started again on the
//! same data: the show, the broadcast, the recording and the speakers go on.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use common::watch::{Known, Watch, follower};
use common::{Folder, RENDITIONS, any_port, children, program};
use plenary_model::scene::Layout;
use plenary_server::bench::director::{Director, revision};
use plenary_server::bench::eyes::Eyes;
use plenary_server::bench::follow::Follower;
use plenary_server::bench::playlist::Playlist;
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
    let cameras = cameras(&demo);
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

/// The four cameras, once all speakers are on stage.
fn cameras(demo: &Demo) -> Vec<String> {
    let director = Director::open(&demo.links.studio).expect("the studio opens");
    let mut watch = follower(&demo.web, &demo.hls, "v360");
    let mut all = Vec::new();
    for _ in 0..120 {
        all.extend(director.cameras().expect("the show"));
        all.sort();
        all.dedup();
        if all.len() == 4 {
            return all;
        }
        watch.next_parts().expect("the broadcast goes on");
    }
    panic!("only {} speakers came on stage in a minute", all.len());
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

fn replay(demo: &Demo, rendition: &str) -> Playlist {
    let folder = demo.hls.strip_suffix("index.m3u8").expect("the multivariant playlist");
    let answer = demo.web.get(&format!("{folder}{rendition}/replay.m3u8")).expect("an answer");
    Playlist::parse(&answer.ok().expect("a replay").text()).expect("a playlist")
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

/// ffmpeg decodes the whole recording, picture and sound, without a complaint.
fn decode_recording(demo: &Demo, folder: &Path) {
    for rendition in [RENDITIONS[0], RENDITIONS[2]] {
        let playlist = replay(demo, rendition);
        let base = demo.links.hls.replace("index.m3u8", rendition);
        let mut text = String::from("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:4\n");
        let mut seconds = 0.0;
        for segment in playlist.segments.iter().filter(|segment| !segment.gap) {
            let (init, uri) = (segment.init.as_deref(), segment.uri.as_deref());
            let (init, uri) = (init.expect("an init segment"), uri.expect("a whole segment"));
            if segment.discontinuity {
                text.push_str("#EXT-X-DISCONTINUITY\n");
            }
            let length = segment.length_ms / 1_000.0;
            text.push_str(&format!(
                "#EXT-X-MAP:URI=\"{base}/{init}\"\n#EXTINF:{length:.5},\n{base}/{uri}\n"
            ));
            seconds += length;
        }
        text.push_str("#EXT-X-ENDLIST\n");
        let file = folder.join(format!("{rendition}.m3u8"));
        fs::write(&file, text).expect("a file");
        let done = Command::new("ffmpeg")
            .args(["-nostdin", "-v", "error", "-protocol_whitelist", "file,http,tcp", "-i"])
            .arg(&file)
            .args(["-fps_mode", "passthrough", "-f", "null", "-progress", "pipe:1", "-"])
            .output()
            .expect("ffmpeg is installed");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success() && said.is_empty(), "ffmpeg on {rendition}: {said}");
        let progress = String::from_utf8_lossy(&done.stdout);
        let frames = progress.lines().filter_map(|line| line.strip_prefix("frame=")).next_back();
        let frames = frames.map_or(0.0, |count| count.trim().parse().expect("a number"));
        // A machine that is busy with other tests encodes fewer pictures, but not half of them.
        let enough = rendition == RENDITIONS[2] || seconds * 15.0 <= frames;
        assert!(enough, "{rendition}: {frames} pictures in {seconds:.1} s");
        println!("{rendition}: {seconds:.1} s recorded, ffmpeg decoded {:?}", last(&progress));
    }
}

fn last(progress: &str) -> Vec<&str> {
    let wanted = |line: &&str| line.starts_with("frame=") || line.starts_with("out_time=");
    let mut lines: Vec<&str> = progress.lines().filter(wanted).collect();
    lines.split_off(lines.len().saturating_sub(2))
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

/// Numbers that a seed decides (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}
