//! The show itself: decides commands into facts, and applies facts.

use std::collections::{BTreeSet, VecDeque};
use std::mem;

use plenary_model::id::SourceId;
use plenary_model::limits::{
    FADE_MS_MAX, LOWER_THIRD_DETAIL_CHARS_MAX, MUTED_SOURCES_MAX, NAME_CHARS_MAX, UNDO_STEPS_MAX,
};
use plenary_model::scene::{Layout, LowerThird, Programme, Scene, Transition};
use plenary_model::text::clean_line;
use plenary_model::time::WallMs;

use crate::act::Acts;
use crate::command::{Author, Command};
use crate::fact::{Change, Fact};
use crate::refused::Refused;
use crate::view::{Direction, ShowView};

/// The durable state of one event's show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Show {
    revision: u64,
    programme: Programme,
    preview: Scene,
    transition: Transition,
    direction: Direction,
    muted: BTreeSet<SourceId>,
    /// Former previews since the last take, oldest first.
    undo: VecDeque<Scene>,
    acts: Acts,
}

impl Default for Show {
    fn default() -> Self {
        Self::new()
    }
}

impl Show {
    /// An event's show before anything happened: empty scenes, directed by hand.
    pub fn new() -> Self {
        Self {
            revision: 0,
            programme: Programme::Scene { scene: Scene::empty(Layout::Full) },
            preview: Scene::empty(Layout::Full),
            transition: Transition::Cut,
            direction: Direction::Manual,
            muted: BTreeSet::new(),
            undo: VecDeque::new(),
            acts: Acts::default(),
        }
    }

    /// The show after everything in its journal.
    pub fn restored<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Self {
        let mut show = Self::new();
        for fact in facts {
            show.apply(fact);
        }
        show
    }

    /// Decides and applies; for callers that have no journal between the two.
    ///
    /// # Errors
    /// As [`Show::decide`].
    pub fn handle(&mut self, now: WallMs, by: Author, command: &Command) -> Result<Fact, Refused> {
        let fact = self.decide(now, by, command)?;
        self.apply(&fact);
        Ok(fact)
    }

    /// Looks whether the command can be done and says which fact it makes; changes nothing.
    ///
    /// # Errors
    /// A sentence for the person when the command cannot be done.
    pub fn decide(&self, now: WallMs, by: Author, command: &Command) -> Result<Fact, Refused> {
        if by == Author::Automatic && self.direction == Direction::Manual {
            return Err(Refused::NotAutomatic);
        }
        let change = match command {
            Command::SetPreview { scene } => Change::PreviewSet { scene: checked_scene(scene)? },
            Command::Undo if self.undo.is_empty() => return Err(Refused::NothingToUndo),
            Command::Undo => Change::PreviewUndone,
            Command::Take { transition, seen_revision } => {
                self.check_take(*transition, *seen_revision)?;
                Change::Took { transition: *transition }
            }
            Command::SetLowerThird { lower_third } => Change::LowerThirdSet {
                lower_third: lower_third.as_ref().map(checked_lower_third).transpose()?,
            },
            Command::SetSlate { on } => Change::SlateSet { on: *on },
            Command::SetDirection { mode } => Change::DirectionSet { mode: *mode },
            Command::SetSourceMuted { source, muted } => {
                let further = *muted && !self.muted.contains(source);
                if further && MUTED_SOURCES_MAX <= self.muted.len() {
                    return Err(Refused::TooManyMuted);
                }
                Change::SourceMutedSet { source: *source, muted: *muted }
            }
            Command::PlanActs { acts } => Change::ActsPlanned { acts: self.acts.planned(acts)? },
            Command::BeginAct { act } => {
                self.acts.can_begin(*act)?;
                Change::ActBegan { act: *act }
            }
        };
        Ok(Fact { at_ms: now, by, change })
    }

    fn check_take(&self, transition: Transition, seen: u64) -> Result<(), Refused> {
        if seen != self.revision {
            return Err(Refused::Changed { seen, now: self.revision });
        }
        match transition {
            Transition::Fade { ms } if FADE_MS_MAX < ms => Err(Refused::FadeTooLong { ms }),
            Transition::Fade { .. } | Transition::Cut => Ok(()),
        }
    }

    /// Makes the fact true here.
    pub fn apply(&mut self, fact: &Fact) {
        if fact.by == Author::Person && fact.change.takes_over() {
            self.direction = Direction::Manual;
        }
        match &fact.change {
            Change::PreviewSet { scene } => self.set_preview(scene.clone()),
            Change::PreviewUndone => {
                if let Some(former) = self.undo.pop_back() {
                    self.preview = former;
                    self.revision += 1;
                }
            }
            Change::Took { transition } => self.take(*transition),
            Change::LowerThirdSet { lower_third } => {
                let on_air = scene_mut(&mut self.programme);
                if on_air.lower_third != *lower_third {
                    on_air.lower_third.clone_from(lower_third);
                    self.revision += 1;
                }
            }
            Change::SlateSet { on } => self.set_slate(*on),
            Change::DirectionSet { mode } => self.direction = *mode,
            Change::SourceMutedSet { source, muted: true } => {
                self.muted.insert(*source);
            }
            Change::SourceMutedSet { source, muted: false } => {
                self.muted.remove(source);
            }
            Change::ActsPlanned { acts } => self.acts.plan(acts),
            Change::ActBegan { act } => self.acts.begin(*act, fact.at_ms),
        }
    }

    fn set_preview(&mut self, scene: Scene) {
        if scene == self.preview {
            return;
        }
        if self.undo.len() == UNDO_STEPS_MAX {
            self.undo.pop_front();
        }
        self.undo.push_back(mem::replace(&mut self.preview, scene));
        self.revision += 1;
    }

    fn take(&mut self, transition: Transition) {
        mem::swap(scene_mut(&mut self.programme), &mut self.preview);
        self.transition = transition;
        // A former preview belongs to what was on air then: an undo never reaches over a take.
        self.undo.clear();
        self.revision += 1;
    }

    fn set_slate(&mut self, on: bool) {
        let scene = self.programme.scene().clone();
        let wanted =
            if on { Programme::Slate { behind: scene } } else { Programme::Scene { scene } };
        if wanted != self.programme {
            self.programme = wanted;
            self.revision += 1;
        }
    }

    /// The show as pages see it.
    pub fn view(&self) -> ShowView {
        ShowView {
            revision: self.revision,
            programme: self.programme.clone(),
            preview: self.preview.clone(),
            transition: self.transition,
            direction: self.direction,
            muted: self.muted.iter().copied().collect(),
            can_undo: !self.undo.is_empty(),
            acts: self.acts.all().to_vec(),
            act: self.acts.now(),
        }
    }

    /// Goes up with every change of preview or programme.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// What goes out.
    pub const fn programme(&self) -> &Programme {
        &self.programme
    }

    /// What a take would put on air.
    pub const fn preview(&self) -> &Scene {
        &self.preview
    }

    /// How the programme came to its present scene.
    pub const fn transition(&self) -> Transition {
        self.transition
    }

    /// Who directs.
    pub const fn direction(&self) -> Direction {
        self.direction
    }

    /// The event's acts.
    pub const fn acts(&self) -> &Acts {
        &self.acts
    }

    /// Whether the source is silent in the programme.
    pub fn is_muted(&self, source: SourceId) -> bool {
        self.muted.contains(&source)
    }
}

const fn scene_mut(programme: &mut Programme) -> &mut Scene {
    match programme {
        Programme::Scene { scene } | Programme::Slate { behind: scene } => scene,
    }
}

fn checked_scene(scene: &Scene) -> Result<Scene, Refused> {
    let (expected, given) = (scene.layout.places(), scene.places.len());
    if given != expected {
        return Err(Refused::PlacesCount { expected, given });
    }
    Ok(Scene {
        layout: scene.layout,
        places: scene.places.clone(),
        lower_third: scene.lower_third.as_ref().map(checked_lower_third).transpose()?,
    })
}

fn checked_lower_third(typed: &LowerThird) -> Result<LowerThird, Refused> {
    let name = checked_line(&typed.name, NAME_CHARS_MAX)?;
    let detail = checked_line(&typed.detail, LOWER_THIRD_DETAIL_CHARS_MAX)?;
    if name.is_empty() {
        return Err(Refused::NameEmpty);
    }
    Ok(LowerThird { name, detail })
}

fn checked_line(typed: &str, max: usize) -> Result<String, Refused> {
    let line = clean_line(typed);
    let chars = line.chars().count();
    if max < chars {
        return Err(Refused::LineTooLong { chars, max });
    }
    Ok(line)
}
