//! How many players poll: an estimate from the playlist requests between parts.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};

/// Counts playlist requests, one pair of counters per rendition; the last rendition is the sound.
#[derive(Debug)]
pub(super) struct Viewers {
    held: Vec<AtomicU32>,
    plain: Vec<AtomicU32>,
    estimate: AtomicU32,
}

impl Viewers {
    pub(super) fn new(renditions: usize) -> Self {
        let zeros = || (0..renditions).map(|_| AtomicU32::new(0)).collect();
        Self { held: zeros(), plain: zeros(), estimate: AtomicU32::new(0) }
    }

    /// A player asked for the next part.
    pub(super) fn saw_held(&self, rendition: usize) {
        if let Some(count) = self.held.get(rendition) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A player without low latency asked.
    pub(super) fn saw_plain(&self, rendition: usize) {
        if let Some(count) = self.plain.get(rendition) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn estimate(&self) -> u32 {
        self.estimate.load(Ordering::Relaxed)
    }
}

/// The requests of the last target duration; belongs to the broadcast's task.
#[derive(Debug)]
pub(super) struct Window {
    parts_max: usize,
    /// Per rendition: held and plain requests between two parts.
    parts: Vec<VecDeque<(u32, u32)>>,
}

impl Window {
    /// `parts_max` parts make one target duration.
    pub(super) fn new(renditions: usize, parts_max: usize) -> Self {
        Self { parts_max: parts_max.max(1), parts: vec![VecDeque::new(); renditions] }
    }

    /// A part of a rendition was published.
    pub(super) fn part(&mut self, viewers: &Viewers, rendition: usize) {
        let Some(parts) = self.parts.get_mut(rendition) else { return };
        if parts.len() == self.parts_max {
            parts.pop_front();
        }
        let held = viewers.held[rendition].swap(0, Ordering::Relaxed);
        let plain = viewers.plain[rendition].swap(0, Ordering::Relaxed);
        parts.push_back((held, plain));
        // A player asks for the sound beside one picture rendition, or for the sound alone.
        let counts: Vec<u32> = self.parts.iter().map(Self::players).collect();
        let (sound, pictures) = counts.split_last().unwrap_or((&0, &[]));
        viewers.estimate.store((*sound).max(pictures.iter().sum()), Ordering::Relaxed);
    }

    /// A low-latency player asks once per part, another one once per target duration.
    fn players(parts: &VecDeque<(u32, u32)>) -> u32 {
        let (held, plain) =
            parts.iter().fold((0, 0), |(held, plain), part| (held + part.0, plain + part.1));
        held.div_ceil(parts.len().max(1) as u32) + plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_player_counts_once_though_it_polls_picture_and_sound() {
        let viewers = Viewers::new(3);
        let mut window = Window::new(3, 8);
        for _ in 0..20 {
            // Two watch the first rendition, one the second, one listens only.
            for (rendition, requests) in [(0, 2), (1, 1), (2, 4)] {
                (0..requests).for_each(|_| viewers.saw_held(rendition));
                window.part(&viewers, rendition);
            }
        }
        assert_eq!(viewers.estimate(), 4);
        for _ in 0..8 {
            (0..3).for_each(|rendition| window.part(&viewers, rendition));
        }
        assert_eq!(viewers.estimate(), 0);
    }
}
