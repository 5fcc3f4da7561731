//! The media engine gets too little of the machine: the director hears what is taken back, in order,
//! and that it comes again.

mod common;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use common::studio::Studio;
use common::{Folder, any_port, children, program};
use plenary_server::bench::process::Demo;

/// How long the worker stands still at a time: two frames pass meanwhile.
const STOPPED: Duration = Duration::from_millis(60);
/// How long it runs between.
const RUNS: Duration = Duration::from_millis(15);

#[test]
fn the_director_hears_that_a_starved_engine_takes_quality_back() {
    starved(&["governor_low_complexity"]);
}

#[test]
fn long_the_director_hears_every_step_down_and_the_way_back_up() {
    let steps = ["governor_low_complexity", "governor_half_rate_lowest", "governor_small_layers"];
    let (_data, demo, mut studio) = starved(&steps);
    // The test is about an engine that has time again.
    children::under(demo.process.id()).iter().for_each(children::Child::prefer);
    let told = studio.until_notice("governor_full");
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    let mut way = steps.to_vec();
    way.extend(["governor_half_rate_lowest", "governor_low_complexity", "governor_full"]);
    // A step back may come too early on a machine with other work, and is taken again.
    let mut wanted = way.iter().peekable();
    for step in told.iter().filter(|notice| notice.starts_with("governor_")) {
        wanted.next_if(|wanted| *wanted == step);
    }
    assert_eq!(wanted.next(), None, "{told:?}");
    studio.until_health("encoder", "ok");
}

struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Starves a demo's media worker until its director has heard of these steps and no others.
fn starved(steps: &[&str]) -> (Folder, Demo, Studio) {
    let data = Folder::new();
    let demo = Demo::start(program(), data.path(), any_port()).expect("the demo starts");
    let mut studio = Studio::open(&demo.links.studio);
    studio.until_health("encoder", "ok");
    let processes = children::under(demo.process.id());
    let worker = processes.into_iter().find(|child| child.command.contains("media-worker"));
    let worker = worker.expect("the demo has a media worker");
    let over = AtomicBool::new(false);
    let told = thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                worker.signal(libc::SIGSTOP);
                thread::sleep(STOPPED);
                worker.signal(libc::SIGCONT);
                thread::sleep(RUNS);
            }
        });
        // However this ends, the worker runs again.
        let _ends = Ends(&over);
        let told = studio.until_notice(steps[steps.len() - 1]);
        studio.until_health("encoder", "late");
        told
    });
    let governor: Vec<&String> =
        told.iter().filter(|notice| notice.starts_with("governor_")).collect();
    assert_eq!(governor, steps);
    (data, demo, studio)
}
