//! What breaks under the programme and must not break it: a speaker that dies, a media worker that
//! is killed. Judged by what a player gets.

mod common;

use common::watch::{Known, Watch, follower};
use common::{Folder, RENDITIONS, children, program};
use plenary_model::scene::Layout;
use plenary_server::bench::director::Director;
use plenary_server::bench::eyes::{Eyes, Seen};
use plenary_server::bench::faults::LastPicture;
use plenary_server::bench::process::Demo;
use plenary_server::bench::served::Served;

/// From the last new picture of a dead source to its card, in programme time.
const CARD_MS_MAX: f64 = 2_500.0;
/// The last picture is held at least so long before the card: short losses do not flash.
const HELD_MS_MIN: f64 = 1_000.0;
/// From the last picture of a killed media worker to the first of the next.
const BREAK_MS_MAX: f64 = 2_000.0;
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
fn a_killed_media_worker_costs_two_seconds_of_programme_at_most() {
    let data = Folder::new();
    let demo = Demo::start(program(), data.path(), common::any_port()).expect("the demo starts");
    let mut followers = RENDITIONS.map(|name| follower(&demo.web, &demo.hls, name));
    let mut known: [Known; 3] = Default::default();
    let mut follow = |known: &mut [Known; 3], until: &dyn Fn(&Known) -> bool| {
        for ((follower, known), rendition) in followers.iter_mut().zip(known).zip(RENDITIONS) {
            while !until(known) {
                let parts = follower.next_parts().expect("the broadcast goes on");
                known.see_sequence(rendition, follower.sequence);
                parts.iter().for_each(|part| known.take(rendition, part));
            }
        }
    };
    for kill in 1..=2 {
        let seen = known.each_ref().map(|known| known.last);
        follow(&mut known, &|known| known.last.is_some() && !seen.contains(&known.last));
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
