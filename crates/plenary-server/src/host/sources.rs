//! The sources of an event, put together from what the stage and the media worker see of them.

use std::collections::BTreeMap;

use plenary_model::id::SourceId;
use plenary_model::person::Card;
use plenary_programme::protocol::{self, PictureState, SILENCE_DB};
use plenary_show::{LiveSource, Show, Tally};
use plenary_stage::SourceState;

use crate::ws::message::{Picture, Source, SourceKind};

#[derive(Debug, Clone)]
struct Entry {
    card: Card,
    /// Counts additions, so that sources are listed in the order in which they came.
    added: u64,
    stage: Option<SourceState>,
    worker: Option<protocol::SourceState>,
}

/// All sources that the studio lists.
#[derive(Debug, Default)]
pub struct Sources {
    entries: BTreeMap<SourceId, Entry>,
    added: u64,
}

impl Sources {
    /// Lists a source; says whether it is new here.
    pub fn add(&mut self, id: SourceId, card: Card) -> bool {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.card = card;
            return false;
        }
        self.added += 1;
        self.entries.insert(id, Entry { card, added: self.added, stage: None, worker: None });
        true
    }

    /// Takes a source off the list; says whether it was there.
    pub fn remove(&mut self, id: SourceId) -> bool {
        self.entries.remove(&id).is_some()
    }

    /// Takes over what the stage sees, always of all its sources.
    pub fn see_stage(&mut self, states: &[SourceState]) {
        for (id, entry) in &mut self.entries {
            entry.stage = states.iter().find(|state| state.source == *id).copied();
        }
    }

    /// Takes over what the media worker sees of one source.
    pub fn see_worker(&mut self, state: protocol::SourceState) {
        if let Some(entry) = self.entries.get_mut(&state.source) {
            entry.worker = Some(state);
        }
    }

    /// Sources that media arrives from, oldest first.
    pub fn live(&self) -> Vec<LiveSource> {
        self.ordered()
            .into_iter()
            .filter(|(id, entry)| entry.arrives(*id))
            .map(|(id, entry)| LiveSource { id, card: entry.card.clone() })
            .collect()
    }

    /// The list as the studio shows it.
    pub fn list(&self, show: &Show, fed: impl Fn(SourceId) -> bool) -> Vec<Source> {
        self.ordered().into_iter().map(|(id, entry)| entry.shown(id, show, fed(id))).collect()
    }

    fn ordered(&self) -> Vec<(SourceId, &Entry)> {
        let mut ordered: Vec<_> = self.entries.iter().map(|(id, entry)| (*id, entry)).collect();
        ordered.sort_by_key(|(_, entry)| entry.added);
        ordered
    }
}

impl Entry {
    /// A clip is always there; people are when their packets come.
    fn arrives(&self, id: SourceId) -> bool {
        match id {
            SourceId::Camera(_) | SourceId::Screen(_) => {
                self.stage.is_some_and(|stage| stage.arriving)
            }
            SourceId::Clip(_) => true,
        }
    }

    fn shown(&self, id: SourceId, show: &Show, fed: bool) -> Source {
        let kind = match id {
            SourceId::Camera(_) => SourceKind::Camera,
            SourceId::Screen(_) => SourceKind::Screen,
            SourceId::Clip(_) => SourceKind::Clip,
        };
        let worker = self.worker.filter(|_| fed);
        let heard = worker.map(|worker| worker.level_db);
        let level_db = heard.or_else(|| self.stage.and_then(|stage| stage.level_db));
        let size = self
            .stage
            .and_then(|stage| stage.size)
            .or_else(|| self.worker.map(|worker| (worker.width, worker.height)));
        let (width, height) = size.unwrap_or_default();
        Source {
            id,
            kind,
            card: self.card.clone(),
            connected: self.arrives(id),
            level_db: level_db.unwrap_or(SILENCE_DB),
            loss_percent: self.stage.map_or(0.0, |stage| stage.loss_percent),
            width,
            height,
            muted: show.is_muted(id),
            picture: worker.map_or(Picture::None, |worker| worker.picture.into()),
            tally: Tally::of_source(show, id),
        }
    }
}

impl From<PictureState> for Picture {
    fn from(state: PictureState) -> Self {
        match state {
            PictureState::Live => Self::Live,
            PictureState::Held => Self::Held,
            PictureState::Card => Self::Card,
            PictureState::None => Self::None,
        }
    }
}
