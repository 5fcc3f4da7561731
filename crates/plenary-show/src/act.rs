//! The acts of an event: its programme for people, with planned lengths, and when each began.

use std::collections::BTreeSet;

use plenary_model::id::ActId;
use plenary_model::limits::{ACT_MINUTES_MAX, ACT_TITLE_CHARS_MAX, ACTS_MAX};
use plenary_model::text::clean_line;
use plenary_model::time::WallMs;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::refused::{ActsBad, Refused};

/// One part of an event: a speech, a film, an interval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Act {
    /// Names it.
    #[schema(value_type = String)]
    pub id: ActId,
    /// What it is called.
    pub title: String,
    /// Its planned length.
    pub minutes: u32,
    /// When it began, on the wall clock; not yet, if null.
    #[schema(required, value_type = Option<u64>)]
    pub began_ms: Option<WallMs>,
}

/// Whether a draft is of an act that the programme has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// One that it has.
    Known(ActId),
    /// A further one, under an id that nothing has.
    New(ActId),
}

/// An act as somebody plans it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActDraft {
    /// Which.
    pub which: Which,
    /// Its title as it was typed.
    pub title: String,
    /// Its planned length.
    pub minutes: u32,
}

/// A planned act as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedAct {
    /// Names it.
    pub id: ActId,
    /// Its title, cleaned.
    pub title: String,
    /// Its planned length.
    pub minutes: u32,
}

/// An act that has begun, and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BegunAct {
    /// Names it.
    pub id: ActId,
    /// What it is called.
    pub title: String,
    /// When it began.
    pub from: WallMs,
    /// When the one after it began; nothing for the last one.
    pub until: Option<WallMs>,
}

/// All acts of an event, in the order in which they are planned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acts(Vec<Act>);

impl Acts {
    /// Those that a view of the show has.
    pub const fn shown(acts: Vec<Act>) -> Self {
        Self(acts)
    }

    /// All, in the order in which they are planned.
    pub fn all(&self) -> &[Act] {
        &self.0
    }

    /// The one that began last: it goes on until another begins.
    pub fn now(&self) -> Option<ActId> {
        let begun = self.0.iter().filter_map(|act| Some((act.began_ms?, act.id)));
        begun.max().map(|(_, id)| id)
    }

    /// Whether these can be planned; what is planned then, texts cleaned.
    ///
    /// # Errors
    /// [`Refused::ActsBad`]; [`Refused::ActBegan`] when one that has begun would go or change places with
    /// another.
    pub fn planned(&self, drafts: &[ActDraft]) -> Result<Vec<PlannedAct>, Refused> {
        if ACTS_MAX < drafts.len() {
            return Err(ActsBad::TooMany.into());
        }
        let mut named = BTreeSet::new();
        let mut planned = Vec::with_capacity(drafts.len());
        for (draft, number) in drafts.iter().zip(1..) {
            let act = self.checked(draft, number)?;
            if !named.insert(act.id) {
                return Err(ActsBad::Twice { number }.into());
            }
            planned.push(act);
        }
        let mut kept = planned.iter().filter(|act| self.has_begun(act.id)).map(|act| act.id);
        for begun in self.0.iter().filter(|act| act.began_ms.is_some()) {
            if kept.next() != Some(begun.id) {
                return Err(Refused::ActBegan { title: begun.title.clone() });
            }
        }
        Ok(planned)
    }

    fn checked(&self, draft: &ActDraft, number: usize) -> Result<PlannedAct, ActsBad> {
        let title = clean_line(&draft.title);
        let chars = title.chars().count();
        if !(1..=ACT_TITLE_CHARS_MAX).contains(&chars) {
            return Err(ActsBad::Title { number, chars });
        }
        let minutes = draft.minutes;
        if !(1..=ACT_MINUTES_MAX).contains(&minutes) {
            return Err(ActsBad::Minutes { number, minutes });
        }
        match draft.which {
            Which::Known(id) if self.find(id).is_none() => Err(ActsBad::Unknown { number }),
            Which::New(id) if self.find(id).is_some() => Err(ActsBad::Twice { number }),
            Which::Known(id) | Which::New(id) => Ok(PlannedAct { id, title, minutes }),
        }
    }

    /// Whether an act can begin: it has not, or it goes on.
    ///
    /// # Errors
    /// [`Refused::ActUnknown`] or [`Refused::ActBegan`].
    pub fn can_begin(&self, id: ActId) -> Result<(), Refused> {
        let act = self.find(id).ok_or(Refused::ActUnknown)?;
        if act.began_ms.is_some() && self.now() != Some(id) {
            return Err(Refused::ActBegan { title: act.title.clone() });
        }
        Ok(())
    }

    /// Puts what was planned in the place of what was planned before.
    pub(crate) fn plan(&mut self, planned: &[PlannedAct]) {
        let acts = planned.iter().map(|PlannedAct { id, title, minutes }| Act {
            id: *id,
            title: title.clone(),
            minutes: *minutes,
            began_ms: self.find(*id).and_then(|known| known.began_ms),
        });
        self.0 = acts.collect();
    }

    /// An act begins; one that has begun goes on.
    pub(crate) fn begin(&mut self, id: ActId, at: WallMs) {
        // Each begins behind the one before it, even where the wall clock was set back.
        let last = self.0.iter().filter_map(|act| act.began_ms).max();
        let at = last.map_or(at, |last| at.max(WallMs(last.0.saturating_add(1))));
        let act = self.0.iter_mut().find(|act| act.id == id && act.began_ms.is_none());
        if let Some(act) = act {
            act.began_ms = Some(at);
        }
    }

    /// Those that have begun, in the order in which they did.
    pub fn begun(&self) -> Vec<BegunAct> {
        let mut begun: Vec<BegunAct> = self.0.iter().filter_map(BegunAct::of).collect();
        begun.sort_by_key(|act| act.from);
        let next: Vec<WallMs> = begun.iter().skip(1).map(|act| act.from).collect();
        for (act, next) in begun.iter_mut().zip(next) {
            act.until = Some(next);
        }
        begun
    }

    fn find(&self, id: ActId) -> Option<&Act> {
        self.0.iter().find(|act| act.id == id)
    }

    fn has_begun(&self, id: ActId) -> bool {
        self.find(id).is_some_and(|act| act.began_ms.is_some())
    }
}

impl BegunAct {
    fn of(act: &Act) -> Option<Self> {
        let from = act.began_ms?;
        Some(Self { id: act.id, title: act.title.clone(), from, until: None })
    }
}
