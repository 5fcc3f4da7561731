//! The media worker's supervisor with real processes: killed again and again, the programme's
//! time goes on, and the new worker knows what the old one knew.

use std::collections::BTreeSet;
use std::path::PathBuf;

use plenary_model::ladder::Ladder;
use plenary_model::person::Card;
use plenary_model::scene::{Layout, Programme, Scene, Transition};
use plenary_model::time::{PROGRAMME_HZ, Ticks};
use plenary_programme::clock::monotonic_us;
use plenary_programme::encode::Choice;
use plenary_programme::protocol::{FromWorker, Start};
use plenary_server::worker::{Life, WorkerHandle};
use tokio::sync::mpsc;

/// Pictures of the largest rendition between two kills.
const PICTURES_BETWEEN: usize = 20;

#[tokio::test]
async fn after_every_kill_the_next_picture_comes_within_two_seconds() {
    let (out, mut said) = mpsc::channel(256);
    let start = Start {
        ladder: Ladder::two_cores(),
        encoder: Choice::BuiltIn,
        title: "Kill".into(),
        first: Ticks(0),
        first_due_us: monotonic_us(),
    };
    let handle = WorkerHandle::start(PathBuf::from(env!("CARGO_BIN_EXE_plenary")), start, out);
    let source = "cam_00000000000000000000000000000001".parse().expect("a source id");
    let card = Card { name: "林小满".into(), unit: String::new(), title: String::new() };
    handle.add_source(source, card);
    let mut scene = Scene::empty(Layout::Full);
    scene.places[0] = Some(source);
    handle.set_programme(Programme::Scene { scene }, Transition::Cut);

    let mut last: Option<Ticks> = None;
    let (mut gaps, mut processes) = (Vec::new(), BTreeSet::new());
    for _ in 0..=10 {
        let (mut started, mut pictures, mut wanted) = (false, 0, None);
        while pictures < PICTURES_BETWEEN || wanted.is_none() {
            match said.recv().await.expect("the supervisor goes on") {
                FromWorker::Started { .. } => (started, pictures, wanted) = (true, 0, None),
                FromWorker::WantedWidth { width, .. } => wanted = Some(width),
                FromWorker::Picture(picture) if started && picture.rendition == 0 => {
                    assert!(last < Some(picture.time), "no time comes twice");
                    if pictures == 0 {
                        assert!(picture.idr, "the first picture is an IDR");
                        gaps.extend(last.map(|last| picture.time.0 - last.0));
                    }
                    last = Some(picture.time);
                    pictures += 1;
                }
                _ => {}
            }
        }
        let Life::Running { process } = *handle.life().borrow() else {
            panic!("it gives pictures, so it runs")
        };
        processes.insert(process);
        // SAFETY: a signal to the worker that this test started.
        assert_eq!(unsafe { libc::kill(process as i32, libc::SIGKILL) }, 0);
    }
    // The median, because other work on the machine may delay one start or two.
    gaps.sort_unstable();
    assert_eq!(gaps.len(), 10);
    assert!(gaps[5] <= 2 * PROGRAMME_HZ, "{gaps:?} ticks without a picture");
    assert_eq!(processes.len(), 11, "a new process after every kill");
}
