//! Watches one rendition from a thread and judges what it gets.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;

use plenary_server::bench::follow::{Arrived, Follower};
use plenary_server::bench::web::Web;

use super::RENDITIONS;

/// Times are rounded to whole milliseconds in playlists.
const ROUNDING_MS: f64 = 1.5;

/// A player that follows one rendition.
pub struct Watch {
    /// Parts as they come.
    pub parts: Receiver<Arrived>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Follower>,
}

impl Watch {
    /// Lets a follower watch in a thread until it is stopped or the server is gone.
    pub fn start(mut follower: Follower) -> Self {
        let (tell, parts) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                let Ok(new) = follower.next_parts() else { break };
                for part in new {
                    if tell.send(part).is_err() {
                        return follower;
                    }
                }
            }
            follower
        });
        Self { parts, stop, thread }
    }

    /// Waits for the thread, after a kill of the server or a stop, and gives what it still got.
    pub fn end(self) -> (Follower, Vec<Arrived>) {
        self.stop.store(true, Ordering::Relaxed);
        let follower = self.thread.join().expect("a watch does not panic");
        (follower, self.parts.try_iter().collect())
    }
}

/// What was seen of one rendition so far; every new part must fit to it.
#[derive(Default)]
pub struct Known {
    parts: BTreeMap<(u64, u64), u64>,
    /// The newest part.
    pub last: Option<(u64, u64, f64)>,
    /// How long the programme broke off before each discontinuity, in milliseconds.
    pub breaks_ms: Vec<f64>,
    sequence: u64,
}

impl Known {
    /// Takes the next part of a rendition.
    ///
    /// # Panics
    /// When a number comes twice, time goes back, or something is missing without a discontinuity.
    pub fn take(&mut self, rendition: &str, part: &Arrived) {
        let place = (part.msn, part.part);
        let mut hasher = DefaultHasher::new();
        part.bytes.hash(&mut hasher);
        assert!(!part.bytes.is_empty(), "{rendition} {place:?} is empty");
        let before = self.parts.insert(place, hasher.finish());
        assert_eq!(before, None, "{rendition} {place:?} came twice");
        if let Some((msn, index, end_ms)) = self.last {
            assert!((msn, index) < place, "{rendition}: {place:?} after {msn}.{index}");
            let hole_ms = part.begins_ms - end_ms;
            assert!(
                -ROUNDING_MS <= hole_ms,
                "{rendition} {place:?} goes back by {:.1} ms",
                -hole_ms
            );
            if part.discontinuity {
                self.breaks_ms.push(hole_ms);
            } else {
                let next = place == (msn, index + 1) || place == (msn + 1, 0);
                assert!(next, "{rendition}: {place:?} follows {msn}.{index}, something is missing");
                assert!(hole_ms <= ROUNDING_MS, "{rendition} {place:?}: a hole of {hole_ms:.1} ms");
            }
        }
        self.last = Some((part.msn, part.part, part.ends_ms()));
    }

    /// Takes note of EXT-X-MEDIA-SEQUENCE.
    ///
    /// # Panics
    /// When it goes back.
    pub fn see_sequence(&mut self, rendition: &str, sequence: u64) {
        assert!(self.sequence <= sequence, "{rendition}: the media sequence goes back");
        self.sequence = sequence;
    }
}

/// A follower of one rendition of the broadcast at `path`.
pub fn follower(web: &Web, path: &str, rendition: &str) -> Follower {
    Follower::new(web.clone(), path, rendition)
}

/// A viewer of each rendition, who must not notice anything.
pub struct Viewers {
    watches: [Watch; 3],
    known: [Known; 3],
}

impl Viewers {
    /// Lets them watch from now on.
    pub fn start(web: &Web, path: &str) -> Self {
        let watch = |rendition| Watch::start(follower(web, path, rendition));
        Self { watches: RENDITIONS.map(watch), known: Default::default() }
    }

    /// Waits for so many new parts of the largest rendition.
    pub fn watch(&mut self, parts: usize) {
        for (index, (watch, known)) in self.watches.iter().zip(&mut self.known).enumerate() {
            // What came already says nothing about now.
            watch.parts.try_iter().for_each(|part| known.take(RENDITIONS[index], &part));
        }
        for _ in 0..parts {
            let part = self.watches[0].parts.recv().expect("the broadcast goes on");
            self.known[0].take(RENDITIONS[0], &part);
        }
    }

    /// Ends it.
    ///
    /// # Panics
    /// When anything was missing, or one of them saw nothing.
    pub fn end(self) {
        for ((watch, mut known), name) in self.watches.into_iter().zip(self.known).zip(RENDITIONS) {
            watch.end().1.iter().for_each(|part| known.take(name, part));
            assert!(known.breaks_ms.is_empty(), "{name} broke off: {:?} ms", known.breaks_ms);
            assert!(known.last.is_some(), "{name} was seen");
        }
    }
}
