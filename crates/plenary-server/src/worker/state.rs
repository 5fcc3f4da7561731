//! Everything that a new media worker must be told to go on like the one that died.

use std::collections::BTreeMap;
use std::path::PathBuf;

use plenary_model::id::SourceId;
use plenary_model::person::Card;
use plenary_programme::protocol::{Air, Start, ToWorker, Wipe};

#[derive(Debug)]
struct Known {
    card: Card,
    clip: Option<PathBuf>,
}

/// What the worker knows.
#[derive(Debug)]
pub(super) struct State {
    start: Start,
    sources: BTreeMap<SourceId, Known>,
    air: Option<Air>,
    muted: Vec<SourceId>,
}

impl State {
    pub(super) const fn new(start: Start) -> Self {
        Self { start, sources: BTreeMap::new(), air: None, muted: Vec::new() }
    }

    /// Takes note of an order that goes to the worker.
    pub(super) fn note(&mut self, order: &ToWorker) {
        match order {
            ToWorker::SourceAdded { source, card } => {
                let clip = self.sources.remove(source).and_then(|known| known.clip);
                self.sources.insert(*source, Known { card: card.clone(), clip });
            }
            ToWorker::ClipAdded { source, card, path } => {
                let known = Known { card: card.clone(), clip: Some(path.clone()) };
                self.sources.insert(*source, known);
            }
            ToWorker::SourceRemoved { source } => drop(self.sources.remove(source)),
            ToWorker::Programme { air, .. } => self.air = Some(air.clone()),
            ToWorker::Muted(sources) => self.muted.clone_from(sources),
            ToWorker::Start(_) | ToWorker::Contribution(_) => {}
        }
    }

    /// The first words to a new worker. The start names the same moment of the same clock every
    /// time, so the programme's time goes on.
    pub(super) fn greeting(&self) -> Vec<ToWorker> {
        let mut words = vec![ToWorker::Start(self.start.clone())];
        for (source, Known { card, clip }) in &self.sources {
            let (source, card) = (*source, card.clone());
            words.push(match clip {
                Some(path) => ToWorker::ClipAdded { source, card, path: path.clone() },
                None => ToWorker::SourceAdded { source, card },
            });
        }
        words.push(ToWorker::Muted(self.muted.clone()));
        if let Some(air) = self.air.clone() {
            words.push(ToWorker::Programme { air, wipe: Wipe::Cut });
        }
        words
    }
}
