//! Automatic direction of a sample show: a cycle of layouts over whoever is live.

use plenary_model::id::SourceId;
use plenary_model::limits::LOWER_THIRD_DETAIL_CHARS_MAX;
use plenary_model::person::Card;
use plenary_model::scene::{Layout, LowerThird, Scene, Transition};

use crate::command::Command;
use crate::show::Show;

/// How long a scene stays prepared in the preview before the take, so that people in the studio
/// see what comes.
const PREPARED_MS: u64 = 2_000;
/// How long a scene stays on air before the next one is prepared.
const ON_AIR_MS: u64 = 4_000;
/// How soon to look again when nobody is live.
const NOBODY_MS: u64 = 250;
/// Length of the fades.
const FADE_MS: u32 = 500;

/// The layouts in their order; one that the live sources cannot fill is passed over.
const CYCLE: [Layout; 6] = [
    Layout::Full,
    Layout::Two,
    Layout::Four,
    Layout::Nine,
    Layout::PictureInPicture,
    Layout::SpeakerSlides,
];

/// A source that sends, with the card of its person (for a clip: its title as the name).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSource {
    /// Which source.
    pub id: SourceId,
    /// Whose.
    pub card: Card,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Prepare,
    Take,
}

/// The automatic director. It asks for one command at a time; the caller carries it out before it
/// asks again, and stops asking when a person directs.
#[derive(Debug, Clone)]
pub struct Director {
    next: Next,
    at_ms: u64,
    /// Counts scenes; decides layout, who is in focus, and cut or fade.
    scene: usize,
}

impl Director {
    /// A director whose first scene comes at once. Times are milliseconds of any one clock.
    pub const fn new(now_ms: u64) -> Self {
        Self { next: Next::Prepare, at_ms: now_ms, scene: 0 }
    }

    /// When [`Director::handle`] has something to do.
    pub const fn deadline(&self) -> u64 {
        self.at_ms
    }

    /// The command that is due, if one is. `live` is whoever may be put on air, in the order in
    /// which they came; the caller leaves out whom nobody agreed to put on air.
    pub fn handle(&mut self, now_ms: u64, show: &Show, live: &[LiveSource]) -> Option<Command> {
        if now_ms < self.at_ms {
            return None;
        }
        match self.next {
            Next::Prepare => self.prepare(now_ms, show, live),
            Next::Take => Some(self.take(now_ms, show)),
        }
    }

    fn prepare(&mut self, now_ms: u64, show: &Show, live: &[LiveSource]) -> Option<Command> {
        if live.is_empty() {
            self.at_ms = now_ms + NOBODY_MS;
            return None;
        }
        let scene = self.following_scene(live);
        let on_air = show.programme().scene().sources();
        let dead_air = !on_air.iter().any(|source| live.iter().any(|l| l.id == *source));
        self.next = Next::Take;
        self.at_ms = if dead_air { now_ms } else { now_ms + PREPARED_MS };
        Some(Command::SetPreview { scene })
    }

    fn take(&mut self, now_ms: u64, show: &Show) -> Command {
        let transition =
            if self.scene % 2 == 1 { Transition::Cut } else { Transition::Fade { ms: FADE_MS } };
        self.next = Next::Prepare;
        self.at_ms = now_ms + ON_AIR_MS;
        Command::Take { transition, seen_revision: show.revision() }
    }

    /// Moves on to the next layout that the live sources fill.
    fn following_scene(&mut self, live: &[LiveSource]) -> Scene {
        loop {
            let layout = CYCLE[self.scene % CYCLE.len()];
            let focus = self.scene / CYCLE.len();
            self.scene += 1;
            if let Some(scene) = filled(layout, focus, live) {
                return scene;
            }
        }
    }
}

/// The scene of a layout with the `focus`-th person first, or `None` when too few are live. A full
/// picture is possible as soon as anything is live.
fn filled(layout: Layout, focus: usize, live: &[LiveSource]) -> Option<Scene> {
    let is_slides = |l: &&LiveSource| matches!(l.id, SourceId::Screen(_));
    let mut people: Vec<&LiveSource> = live.iter().filter(|l| !is_slides(l)).collect();
    let slides: Vec<&LiveSource> = live.iter().filter(is_slides).collect();
    if !people.is_empty() {
        let first = focus % people.len();
        people.rotate_left(first);
    }
    let fewest = match layout {
        Layout::Full | Layout::SpeakerSlides => 1,
        Layout::Two | Layout::PictureInPicture => 2,
        Layout::Four => 3,
        Layout::Nine => 5,
    };
    if layout == Layout::Full && people.is_empty() {
        return slides.first().map(|slide| scene_of(layout, &[slide.id]));
    }
    if people.len() < fewest {
        return None;
    }
    if layout == Layout::SpeakerSlides {
        let shared = slides.get(focus % slides.len().max(1))?;
        let owner = people.iter().find(|p| p.id.seat() == shared.id.seat()).unwrap_or(&people[0]);
        return Some(scene_of(layout, &[shared.id, owner.id]));
    }
    let ids: Vec<SourceId> = people.iter().take(layout.places()).map(|p| p.id).collect();
    let mut scene = scene_of(layout, &ids);
    if layout == Layout::Full {
        scene.lower_third = Some(lower_third_of(&people[0].card));
    }
    Some(scene)
}

fn scene_of(layout: Layout, sources: &[SourceId]) -> Scene {
    let mut scene = Scene::empty(layout);
    for (place, source) in scene.places.iter_mut().zip(sources) {
        *place = Some(*source);
    }
    scene
}

/// The lower third of a person: name, then unit and title as far as they fit.
pub fn lower_third_of(card: &Card) -> LowerThird {
    let detail = match (card.unit.is_empty(), card.title.is_empty()) {
        (false, false) => format!("{} · {}", card.unit, card.title),
        (false, true) => card.unit.clone(),
        (true, _) => card.title.clone(),
    };
    let detail = detail.chars().take(LOWER_THIRD_DETAIL_CHARS_MAX).collect();
    LowerThird { name: card.name.clone(), detail }
}
