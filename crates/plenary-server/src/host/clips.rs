//! The clips of an event, played while they are in programme or preview.

use plenary_model::id::SourceId;

use super::clip_folder::Found;
use super::feeds::FeedChange;
use super::task::Task;

impl Task {
    /// Lists a clip, and plays it where a scene waits for it.
    pub(super) fn on_clip(&mut self, found: Found) {
        match found {
            Found::Clip { source, card, path } => {
                self.sources.add(source, card.clone());
                if self.feeds.has(source) {
                    self.worker.add_clip(source, card.clone(), path.clone());
                }
                self.clips.insert(source, (card, path));
            }
            Found::Refused { name, reason } => {
                self.health.add(format!("{name}: {reason}"));
            }
        }
    }

    /// Feeds a source, or ends that: a clip is played by the worker, from its beginning.
    pub(super) fn feed(&mut self, change: FeedChange) {
        let FeedChange { source, width } = change;
        match (source, width) {
            (SourceId::Camera(_) | SourceId::Screen(_), _) => {
                self.media.feed(source, width);
            }
            (SourceId::Clip(_), Some(_)) => {
                if let Some((card, path)) = self.clips.get(&source) {
                    self.worker.add_clip(source, card.clone(), path.clone());
                }
            }
            (SourceId::Clip(_), None) => self.worker.remove_source(source),
        }
    }
}
