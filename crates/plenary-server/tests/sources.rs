//! What breaks under the programme and must not break it: a speaker that dies, a media worker that
//! is killed. Judged by what a player gets.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use common::random::Random;
use common::studio::Studio;
use common::watch::{Known, Watch, follower};
use common::{Folder, RENDITIONS, children, program};
use plenary_hls::check::Checker;
use plenary_model::scene::Layout;
use plenary_server::bench::director::{Director, revision};
use plenary_server::bench::eyes::{Eyes, Seen};
use plenary_server::bench::faults::LastPicture;
use plenary_server::bench::follow::wall_ms;
use plenary_server::bench::process::Demo;
use plenary_server::bench::served::Served;
use plenary_server::marker::Mark;

/// From the last new picture of a dead source to its card, in programme time.
const CARD_MS_MAX: f64 = 2_500.0;
/// The last picture is held at least so long before the card: short losses do not flash.
const HELD_MS_MIN: f64 = 1_000.0;
/// From the last picture of a killed media worker to the first of the next.
const BREAK_MS_MAX: f64 = 2_000.0;
/// A place whose decoder lives shows pictures that are no older than usual by more than this: the
/// machine may have other work.
const STANDS_MS_MAX: f64 = 500.0;
/// In parts of half a second.
const PATIENCE_PARTS: usize = 60;

#[test]
fn a_source_that_dies_is_held_then_its_card_and_it_comes_back() {
    let data = Folder::new();
    let people = ["林小满/北区/讲师".to_owned()];
    let served = Served::start(program(), data.path(), &people, &[]).expect("the server runs");
    let place = &served.places[0];
    let speaker = served.speak(place).expect("the speaker joins");
    let director = Director::open(&served.studio).expect("the studio opens");
    director.put_on_air(&place.camera()).expect("a take");
    let mut known: [Known; 3] = Default::default();
    let watches = RENDITIONS.map(|name| Watch::start(follower(&served.web, &served.hls, name)));
    let mut eyes = Eyes::new(served.web.clone()).expect("a decoder");
    let mut look = |known: &mut [Known; 3]| -> Vec<Seen> {
        let part = watches[0].parts.recv().expect("the broadcast goes on");
        known[0].take(RENDITIONS[0], &part);
        eyes.see(&part, Layout::Full.tiles()).expect("parts decode")
    };

    wait_for(&mut known, &mut look, |seen| seen.mark().is_some(), "the speaker is on air");
    speaker.kill().expect("the speaker can be killed");
    let mut last = LastPicture::default();
    let card_ms = (0..PATIENCE_PARTS)
        .find_map(|_| look(&mut known).iter().find_map(|seen| last.card_ms(seen)))
        .expect("the card comes");
    println!("held for {} pictures, the card after {card_ms:.0} ms", last.held);
    assert!(card_ms <= CARD_MS_MAX, "the card came after {card_ms:.0} ms");
    assert!(HELD_MS_MIN <= card_ms, "the last picture was held for {card_ms:.0} ms only");

    let _speaker = served.speak(place).expect("the speaker joins again");
    let (last, _) = last.newest.expect("it was on air");
    let newer = |seen: &Seen| seen.mark().is_some_and(|mark| last.wall < mark.wall);
    wait_for(&mut known, &mut look, newer, "the speaker is back");
    for ((watch, known), rendition) in watches.into_iter().zip(&mut known).zip(RENDITIONS) {
        watch.end().1.iter().for_each(|part| known.take(rendition, part));
        assert!(known.breaks_ms.is_empty(), "{rendition} broke off: {:?} ms", known.breaks_ms);
        assert!(known.last.is_some(), "{rendition} was seen");
    }
}

#[test]
fn a_killed_decoder_costs_its_own_place_a_moment_and_the_others_nothing() {
    let data = Folder::new();
    let demo = Demo::start(program(), data.path(), common::any_port()).expect("the demo starts");
    let director = Director::open(&demo.links.studio).expect("the studio opens");
    let mut studio = Studio::open(&demo.links.studio);
    let cameras = studio.four_cameras();
    let show = director.preview("four", &cameras).expect("a preview");
    director.take(revision(&show)).expect("a take");
    let mut known = Known::default();
    let mut follower = follower(&demo.web, &demo.hls, RENDITIONS[0]);
    let mut eyes = Eyes::new(demo.web.clone()).expect("a decoder");
    let mut look = || -> Vec<Seen> {
        let parts = follower.next_parts().expect("the broadcast goes on");
        let see = |part| {
            known.take(RENDITIONS[0], part);
            eyes.see(part, Layout::Four.tiles()).expect("parts decode")
        };
        parts.iter().flat_map(see).collect()
    };
    let all = |seen: &Seen| seen.marks.iter().all(Option::is_some);
    let shown = (0..PATIENCE_PARTS).any(|_| look().iter().any(all));
    assert!(shown, "four speakers are on air");

    let since_ms = wall_ms();
    let processes = children::under(demo.process.id());
    let decoder = processes.iter().find(|child| child.command.contains("decode-worker"));
    decoder.expect("a demo has decoders").kill();
    let told = studio.until_notice("decoder_restarted ");
    let hit = cameras.iter().position(|camera| told.iter().any(|notice| notice.ends_with(camera)));
    let hit = hit.expect("the director was told which");
    let mut last: Vec<Option<f64>> = vec![None; cameras.len()];
    let mut stood_ms = vec![0.0_f64; cameras.len()];
    let back = (0..PATIENCE_PARTS).any(|_| {
        let seen = look();
        for seen in &seen {
            for (place, mark) in seen.marks.iter().enumerate() {
                assert!(place == hit || mark.is_some(), "place {place} lost its picture");
                let Some(mark) = mark else { continue };
                let taken_ms = mark.wall.0 as f64;
                let age_ms = seen.date_ms - taken_ms;
                let usual = *last[place].get_or_insert(age_ms);
                stood_ms[place] = stood_ms[place].max(age_ms - usual);
            }
        }
        // A second longer than the picture needs on its way, so that the fault was on it.
        let is_new =
            |mark: &Option<Mark>| mark.is_some_and(|mark| since_ms + 1_000.0 < mark.wall.0 as f64);
        seen.iter().any(|seen| seen.marks.iter().all(is_new))
    });
    println!("longest stand of each place: {stood_ms:.0?} ms, of which {hit} lost its decoder");
    assert!(back, "its pictures come back");
    for (place, stood_ms) in stood_ms.iter().enumerate() {
        assert!(place == hit || *stood_ms <= STANDS_MS_MAX, "place {place} stood {stood_ms} ms");
    }
    assert!(known.breaks_ms.is_empty(), "the broadcast went on");
}

#[test]
fn a_killed_media_worker_costs_two_seconds_of_programme_at_most() {
    let data = Folder::new();
    let demo = Demo::start(program(), data.path(), common::any_port()).expect("the demo starts");
    worker_kills(&demo, 0x5eed_0003, 5);
}

#[test]
fn long_a_hundred_killed_media_workers_cost_two_seconds_of_programme_each_at_most() {
    let data = Folder::new();
    let demo = Demo::start(program(), data.path(), common::any_port()).expect("the demo starts");
    let mut player = Player::start(&demo.links.hls, data.path());
    worker_kills(&demo, 0x5eed_0004, 50);
    let half = player.pictures();
    worker_kills(&demo, 0x5eed_0005, 50);
    let pictures = player.pictures();
    println!("the player decoded {half} pictures over 50 kills and {pictures} over 100");
    // Each kill is at least a part of programme away from the one before.
    assert!(half + 50 * 15 / 2 < pictures);
}

/// Kills the media worker at moments that a seed decides; viewers go on over all of it.
fn worker_kills(demo: &Demo, seed: u64, kills: usize) {
    let mut followers = RENDITIONS.map(|name| follower(&demo.web, &demo.hls, name));
    let mut known: [Known; 3] = Default::default();
    let mut checker = Checker::new();
    let mut follow = |known: &mut [Known; 3], until: &dyn Fn(&Known) -> bool| {
        for ((follower, known), rendition) in followers.iter_mut().zip(known).zip(RENDITIONS) {
            while !until(known) {
                let parts = follower.next_parts().expect("the broadcast goes on");
                known.see_sequence(rendition, follower.sequence);
                checker.observe(rendition, &follower.text);
                parts.iter().for_each(|part| known.take(rendition, part));
            }
        }
    };
    let mut random = Random(seed);
    for kill in 1..=kills {
        // At least one part of each rendition, and up to a segment more of the first.
        let more = random.below(8);
        let seen = known.each_ref().map(|known| known.last);
        follow(&mut known, &|known| known.last.is_some() && !seen.contains(&known.last));
        let until = known[0].last.map(|(msn, part, _)| msn * 8 + part + more as u64);
        follow(&mut known, &|known| until <= known.last.map(|(msn, part, _)| msn * 8 + part));
        // Any moment within a part.
        thread::sleep(Duration::from_micros(random.next() % 500_000));
        let workers = children::under(demo.process.id());
        let worker = workers.iter().find(|child| child.command.contains("media-worker"));
        let worker = worker.expect("the demo has a media worker");
        worker.kill();
        follow(&mut known, &|known| known.breaks_ms.len() == kill);
        for orphan in workers.iter().filter(|child| child.command.contains("decode-worker")) {
            assert!(orphan.ends_within(2_000), "{} is still there", orphan.command);
        }
    }
    for (known, rendition) in known.iter().zip(RENDITIONS) {
        println!("{rendition}: {:.0?} ms without programme", known.breaks_ms);
        assert!(known.breaks_ms.iter().all(|ms| *ms <= BREAK_MS_MAX), "{rendition}");
    }
    assert_eq!(checker.finish(), []);
}

/// ffmpeg, which plays a broadcast.
struct Player {
    child: Child,
    progress: PathBuf,
}

impl Player {
    fn start(hls: &str, folder: &Path) -> Self {
        let progress = folder.join("progress");
        let player = Command::new("ffmpeg")
            .args(["-nostdin", "-v", "error", "-live_start_index", "-1", "-progress"])
            .arg(&progress)
            .args(["-i", hls, "-map", "0:v:0", "-map", "0:a:0", "-f", "null", "-"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self { child: player.expect("ffmpeg is installed"), progress }
    }

    /// Pictures that it has decoded so far; it must still play.
    fn pictures(&mut self) -> u64 {
        assert_eq!(self.child.try_wait().expect("a child"), None, "the player goes on");
        let progress = std::fs::read_to_string(&self.progress).unwrap_or_default();
        let frames = progress.lines().filter_map(|line| line.strip_prefix("frame=")).next_back();
        frames.map_or(0, |count| count.trim().parse().expect("a number"))
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        // Already gone is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_for(
    known: &mut [Known; 3],
    look: &mut dyn FnMut(&mut [Known; 3]) -> Vec<Seen>,
    wanted: impl Fn(&Seen) -> bool,
    what: &str,
) {
    for _ in 0..PATIENCE_PARTS {
        if look(known).iter().any(&wanted) {
            return;
        }
    }
    panic!("not in {PATIENCE_PARTS} parts: {what}");
}
