//! A worker that gets too little of the machine takes quality back, says so, and gives it back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use plenary_model::scene::Layout;
use plenary_programme::protocol::{FromWorker, GovernorStep, Notice};

use super::rig::{FRAME, Rig, camera};
use super::scenes::RED;
use super::senders::{Sender, plain};

/// How long the worker stands still at a time: two frames pass meanwhile.
const STOPPED: Duration = Duration::from_millis(60);
/// How long it runs between.
const RUNS: Duration = Duration::from_millis(15);

/// As long as it lives the worker gets a fifth of the time.
struct Burden {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Burden {
    fn on(rig: &Rig) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (worker, ends) = (rig.child.id() as i32, Arc::clone(&over));
        let thread = std::thread::spawn(move || {
            // SAFETY: signals to our own child, which the rig outlives and has not waited for.
            let signal = |signal| unsafe { libc::kill(worker, signal) };
            while !ends.load(Ordering::Relaxed) {
                signal(libc::SIGSTOP);
                std::thread::sleep(STOPPED);
                signal(libc::SIGCONT);
                std::thread::sleep(RUNS);
            }
        });
        Self { over, thread: Some(thread) }
    }
}

impl Drop for Burden {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Waits for the next step, with the widths that sources were asked for before it.
fn next_step(rig: &Rig) -> (GovernorStep, Vec<u32>) {
    let mut widths = Vec::new();
    let step = rig.until(|message| match message {
        FromWorker::Notice(Notice::Governor(step)) => Some(step),
        FromWorker::WantedWidth { source, width } if source == camera(1) => {
            widths.push(width);
            None
        }
        _ => None,
    });
    (step, widths)
}

pub fn a_starved_worker_takes_quality_back_step_by_step() {
    let rig = Rig::start();
    let _red = Sender::start(&rig, camera(1), plain(RED, 500.0));
    rig.until_live(&[camera(1)]);
    rig.take(Layout::Full, &[camera(1)]);
    let burden = Burden::on(&rig);
    let steps = [next_step(&rig), next_step(&rig), next_step(&rig)];
    drop(burden);
    let expected =
        [GovernorStep::LowComplexity, GovernorStep::HalfRateLowest, GovernorStep::SmallLayers];
    assert_eq!(steps.each_ref().map(|(step, _)| *step), expected);
    assert_eq!(steps.map(|(_, widths)| widths.contains(&320)), [false; 3]);

    let mut small = Vec::new();
    let mut told = Vec::new();
    let mut widths = Vec::new();
    for message in rig.for_seconds(4.0) {
        match message {
            FromWorker::Picture(picture) if picture.rendition == 1 => small.push(picture.time.0),
            FromWorker::Stats(stats) => told.push(stats.governor),
            FromWorker::WantedWidth { source, width } if source == camera(1) => widths.push(width),
            _ => {}
        }
    }
    assert_eq!(widths, [320], "smaller layers are asked for");
    assert!(told.iter().all(|step| *step == GovernorStep::SmallLayers), "{told:?}");
    // What was under way when the burden fell may be of before.
    let settled = &small[small.len() / 4..];
    assert!(10 < settled.len());
    assert!(settled.windows(2).all(|w| (w[1] - w[0]).is_multiple_of(2 * FRAME)), "{settled:?}");
}

pub fn long_a_worker_with_time_again_gives_quality_back() {
    let rig = Rig::start();
    prefer(&rig);
    rig.until(|message| matches!(message, FromWorker::Stats(_)).then_some(()));
    let burden = Burden::on(&rig);
    assert_eq!(next_step(&rig).0, GovernorStep::LowComplexity);
    drop(burden);
    let mut steps = vec![GovernorStep::LowComplexity];
    while steps.last() != Some(&GovernorStep::Full) {
        steps.push(next_step(&rig).0);
    }
    // It may have gone down once more before it noticed that it has time again.
    let (full, way) = steps.split_last().unwrap();
    assert_eq!((*full, way[0]), (GovernorStep::Full, *way.last().unwrap()), "{steps:?}");
    assert!(way.len() <= 3, "{steps:?}");
    let after = rig.for_seconds(5.0);
    let again = after.iter().any(|message| matches!(message, FromWorker::Notice(_)));
    assert!(!again, "it stays where it can");
}

/// Lets the worker stand before other work on this machine, where that is allowed: the test is
/// about a worker that has time.
fn prefer(rig: &Rig) {
    // SAFETY: sets the priority of our own child; a refusal changes nothing.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, rig.child.id(), -10) };
}
