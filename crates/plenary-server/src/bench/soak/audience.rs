//! The audience of the soak: one viewer for each rendition, who comes back by itself. Every playlist
//! is checked, every part must follow the one before, and the pictures are decoded.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use plenary_hls::check::Checker;
use plenary_model::scene::Layout;
use serde::Serialize;

use super::super::continuity::Continuity;
use super::super::eyes::Eyes;
use super::super::figures::Spread;
use super::super::follow::{Arrived, Follower};
use super::super::served::Served;
use crate::demo::marker::Mark;
use crate::live::MEMORY_SECONDS;

/// The renditions of the default ladder; the first is decoded.
pub(super) const RENDITIONS: [&str; 3] = ["v720", "v360", "a64"];
/// How soon a viewer asks again whom the server did not answer.
const AGAIN: Duration = Duration::from_millis(50);
/// So much of a broadcast the server keeps in memory.
const WINDOW: Duration = Duration::from_secs(MEMORY_SECONDS as u64);
/// A broadcast that is gone for so long is over.
const GONE_MAX: Duration = Duration::from_secs(20);

/// What the audience saw.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Parts of all renditions that came.
    pub parts: usize,
    /// How often a part did not follow the one before, although no discontinuity was announced.
    pub missing: usize,
    /// Rules of HLS that a playlist broke.
    pub violations: Vec<String>,
    /// How long the largest rendition broke off before each discontinuity.
    pub without_programme: Option<Spread>,
}

/// The viewers.
pub(super) struct Audience {
    shared: Arc<Shared>,
    viewers: Vec<JoinHandle<anyhow::Result<Viewed>>>,
}

#[derive(Default)]
struct Shared {
    over: AtomicBool,
    checker: Mutex<Checker>,
    /// What the places of the newest picture show.
    marks: Mutex<Vec<Option<Mark>>>,
    /// Bytes of the newest parts, and when they came.
    window: Mutex<VecDeque<(Instant, usize)>>,
}

impl Shared {
    fn note(&self, bytes: usize) {
        let now = Instant::now();
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        window.push_back((now, bytes));
        let is_old = |(at, _): &(Instant, usize)| WINDOW <= now - *at;
        while window.front().is_some_and(is_old) {
            window.pop_front();
        }
    }
}

struct Viewed {
    seen: Continuity,
    parts: usize,
}

impl Audience {
    /// Lets all watch.
    ///
    /// # Errors
    /// The system gives no decoder.
    pub(super) fn start(served: &Served) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared::default());
        let mut viewers = Vec::new();
        for rendition in RENDITIONS {
            let follower = Follower::new(served.web.clone(), &served.hls, rendition);
            let decodes = rendition == RENDITIONS[0];
            let eyes = decodes.then(|| Eyes::new(served.web.clone())).transpose()?;
            let shared = Arc::clone(&shared);
            viewers.push(thread::spawn(move || view(follower, rendition, eyes, &shared)));
        }
        Ok(Self { shared, viewers })
    }

    /// What the four places of the newest picture show.
    pub(super) fn marks(&self) -> Vec<Option<Mark>> {
        self.shared.marks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What the server keeps in memory of the broadcast, in KiB: what its sources send, more or less
    /// at each moment, and no growth.
    pub(super) fn window_kib(&self) -> u64 {
        let window = self.shared.window.lock().unwrap_or_else(PoisonError::into_inner);
        window.iter().map(|(_, bytes)| *bytes as u64).sum::<u64>() / 1_024
    }

    /// Ends it.
    ///
    /// # Errors
    /// The broadcast was over for one of them, or did not decode.
    pub(super) fn end(self) -> anyhow::Result<Report> {
        self.shared.over.store(true, Ordering::Relaxed);
        let mut viewed = Vec::new();
        for viewer in self.viewers {
            viewed.push(viewer.join().map_err(|_| anyhow::anyhow!("a viewer failed"))??);
        }
        let mut checker = self.shared.checker.lock().unwrap_or_else(PoisonError::into_inner);
        let violations = std::mem::take(&mut *checker).finish();
        Ok(Report {
            parts: viewed.iter().map(|viewed| viewed.parts).sum(),
            missing: viewed.iter().map(|viewed| viewed.seen.missing).sum(),
            violations: violations.iter().map(ToString::to_string).collect(),
            without_programme: Spread::of(viewed.swap_remove(0).seen.breaks_ms),
        })
    }
}

fn view(
    mut follower: Follower,
    rendition: &str,
    mut eyes: Option<Eyes>,
    shared: &Shared,
) -> anyhow::Result<Viewed> {
    let mut viewed = Viewed { seen: Continuity::new(), parts: 0 };
    let mut heard = Instant::now();
    while !shared.over.load(Ordering::Relaxed) {
        let parts = match follower.next_parts() {
            Ok(parts) => parts,
            Err(error) if GONE_MAX < heard.elapsed() => return Err(error),
            Err(_) => {
                thread::sleep(AGAIN);
                continue;
            }
        };
        heard = Instant::now();
        let mut checker = shared.checker.lock().unwrap_or_else(PoisonError::into_inner);
        checker.observe(rendition, &follower.text);
        drop(checker);
        for part in parts {
            viewed.seen.take(&part);
            viewed.parts += 1;
            shared.note(part.bytes.len());
            if let Some(eyes) = &mut eyes {
                look(eyes, &part, shared)?;
            }
        }
    }
    Ok(viewed)
}

fn look(eyes: &mut Eyes, part: &Arrived, shared: &Shared) -> anyhow::Result<()> {
    if let Some(newest) = eyes.see(part, Layout::Four.tiles())?.pop() {
        *shared.marks.lock().unwrap_or_else(PoisonError::into_inner) = newest.marks;
    }
    Ok(())
}
