//! A demo whose programme is encoded by ffmpeg: its broadcast keeps the rules, and when an encoder
//! process is killed or stands still, viewers notice nothing and the director is told.

mod common;

use common::rules::Rules;
use common::studio::Studio;
use common::watch::Viewers;
use common::{Folder, any_port, children, program, replay};
use plenary_server::bench::process::Demo;

/// The demo, its director, and the processes that encode.
fn start(data: &Folder) -> (Demo, Studio, Vec<children::Child>) {
    // The tests are about encoders that have time: without it the governor gives them up.
    children::prefer_what_follows();
    let options = ["--encoder", "ffmpeg"];
    let demo = Demo::start_with(program(), data.path(), any_port(), &options);
    let demo = demo.expect("the demo starts");
    let studio = Studio::open(&demo.links.studio);
    let processes = children::under(demo.process.id());
    let encoders = processes.into_iter().filter(|child| child.command.contains("libx264"));
    let encoders: Vec<_> = encoders.collect();
    assert_eq!(encoders.len(), 2, "one for each rendition");
    (demo, studio, encoders)
}

#[test]
fn a_killed_encoder_is_replaced_without_a_gap_and_the_director_is_told() {
    let data = Folder::new();
    let (demo, mut studio, encoders) = start(&data);
    let rules = Rules::start(&demo.web, &demo.hls, 14);
    let mut viewers = Viewers::start(&demo.web, &demo.hls);
    viewers.watch(3);
    encoders[0].kill();
    studio.until_notice("encoder_replaced");
    assert!(encoders.iter().all(|encoder| encoder.ends_within(10_000)), "all end together");
    viewers.watch(12);
    viewers.end();
    assert_eq!(rules.broken(), []);
    replay::decode_recording(&demo, data.path());
}

#[test]
fn an_encoder_that_stands_still_is_replaced_without_a_gap() {
    let data = Folder::new();
    let (demo, mut studio, encoders) = start(&data);
    let mut viewers = Viewers::start(&demo.web, &demo.hls);
    viewers.watch(3);
    encoders[1].signal(libc::SIGSTOP);
    studio.until_notice("encoder_replaced");
    viewers.watch(12);
    viewers.end();
    replay::decode_recording(&demo, data.path());
}
