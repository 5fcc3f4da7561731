//! Which sources the media worker gets, and how wide: those of programme and preview, so that a
//! take finds every picture ready, and for a moment those that just left, for the fade.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use plenary_model::id::SourceId;
use plenary_model::scene::Scene;
use plenary_show::Show;

/// How long a source is still fed after it left programme and preview: longer than the longest
/// fade, and long enough that a preview tried out and put back finds it ready.
const LINGER: Duration = Duration::from_secs(5);

/// A change for the stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedChange {
    /// Which source.
    pub source: SourceId,
    /// About how wide; `None` ends it.
    pub width: Option<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Feed {
    width: u32,
    /// When it ends, once it is no longer wanted.
    until: Option<Instant>,
}

/// The feeds in force.
#[derive(Debug, Default)]
pub struct Feeds {
    feeds: BTreeMap<SourceId, Feed>,
}

impl Feeds {
    /// Brings the feeds in line with the show and the time; gives what changes.
    pub fn update(&mut self, now: Instant, show: &Show) -> Vec<FeedChange> {
        let wanted = wanted(show);
        let mut changes = Vec::new();
        for (source, width) in &wanted {
            let before = self.feeds.insert(*source, Feed { width: *width, until: None });
            if before.is_none_or(|feed| feed.width != *width) {
                changes.push(FeedChange { source: *source, width: Some(*width) });
            }
        }
        self.feeds.retain(|source, feed| {
            if wanted.contains_key(source) {
                return true;
            }
            let stays = now < *feed.until.get_or_insert(now + LINGER);
            if !stays {
                changes.push(FeedChange { source: *source, width: None });
            }
            stays
        });
        changes
    }

    /// Whether the source is fed.
    pub fn has(&self, source: SourceId) -> bool {
        self.feeds.contains_key(&source)
    }
}

/// The widest tile of each source in programme and preview.
fn wanted(show: &Show) -> BTreeMap<SourceId, u32> {
    let mut wanted = BTreeMap::new();
    for scene in [show.programme().scene(), show.preview()] {
        for (source, width) in tiles(scene) {
            let widest: &mut u32 = wanted.entry(source).or_default();
            *widest = width.max(*widest);
        }
    }
    wanted
}

fn tiles(scene: &Scene) -> impl Iterator<Item = (SourceId, u32)> {
    let places = scene.places.iter().zip(scene.layout.tiles());
    places.filter_map(|(place, tile)| place.map(|source| (source, tile.width)))
}
