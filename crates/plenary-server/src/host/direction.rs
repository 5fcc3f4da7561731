//! What changes the show: commands of people and of the automatic direction, each first in the
//! journal, then in force, then told.

use std::sync::Arc;

use plenary_model::scene::Transition;
use plenary_show::{Author, Change, Command, Direction, ShowView};

use super::CommandError;
use super::journal::journalled;
use super::task::Task;
use crate::clock::wall_now;
use crate::ws::message::ToPage;

impl Task {
    /// Decides, journals, applies, and tells everybody, in this order.
    pub(super) async fn command(
        &mut self,
        author: Author,
        command: &Command,
    ) -> Result<Arc<ShowView>, CommandError> {
        let fact = self.show.decide(wall_now(), author, command)?;
        self.store.append_facts(self.event, vec![journalled(&fact)]).await?;
        let before = self.show.view();
        self.show.apply(&fact);
        let view = Arc::new(self.show.view());
        self.view.send_replace(Arc::clone(&view));
        if before.programme != view.programme {
            let transition = match fact.change {
                Change::Took { transition } => transition,
                Change::PreviewSet { .. }
                | Change::PreviewUndone
                | Change::LowerThirdSet { .. }
                | Change::SlateSet { .. }
                | Change::DirectionSet { .. }
                | Change::SourceMutedSet { .. }
                | Change::ActsPlanned { .. }
                | Change::ActBegan { .. } => Transition::Cut,
            };
            self.worker.set_programme(view.programme.clone(), transition);
        }
        if before.muted != view.muted {
            self.worker.set_muted(view.muted.clone());
        }
        for source in view.preview.sources() {
            self.ensure_source(source);
        }
        self.update_feeds();
        self.pages.say_to_studios(&ToPage::Show { show: Arc::clone(&view) });
        self.say_roster();
        Ok(view)
    }

    /// Lets the automatic direction do what is due.
    pub(super) async fn direct(&mut self) {
        if self.show.direction() != Direction::Automatic {
            return;
        }
        let now_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        if now_ms < self.director.deadline() {
            return;
        }
        let mut live = self.sources.live();
        live.retain(|source| source.id.seat().is_some_and(|seat| self.cast.contains(&seat)));
        let Some(command) = self.director.handle(now_ms, &self.show, &live) else { return };
        if let Err(error) = self.command(Author::Automatic, &command).await {
            tracing::warn!(event = %self.event, %error, "the automatic direction was refused");
        }
    }
}
