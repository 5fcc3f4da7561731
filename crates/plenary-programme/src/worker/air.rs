//! What is on air: the scene or the slate, and the fade between the former and the new one.

use std::collections::{BTreeMap, BTreeSet};

use plenary_model::id::SourceId;
use plenary_model::scene::{Layout, Scene};

use crate::blend::{cross_fade, fade_weight};
use crate::canvas::Frame;
use crate::compose::{self, Compositor, LowerThirdOnAir, Place};
use crate::layout::fit_of;
use crate::protocol::{Air, Wipe};
use crate::source::Shown;

use super::graphics::Gallery;

/// A lower third alone does not pop up: it takes a few frames although the scene is cut.
const LOWER_THIRD_FADE_MS: u32 = 200;

#[derive(Debug)]
struct Fade {
    from: Air,
    /// Monotonic microseconds; the first frame of the fade sets it.
    began_us: Option<u64>,
    ms: u32,
}

/// The scene on air with its transition.
#[derive(Debug)]
pub(super) struct OnAir {
    now: Air,
    fade: Option<Fade>,
    compositor: Compositor,
    /// Both ends of a fade; only there while one runs.
    scratch: Option<Box<(Frame, Frame)>>,
}

impl OnAir {
    /// An empty scene.
    pub(super) fn new() -> Self {
        Self {
            now: Air::Scene(Scene::empty(Layout::Full)),
            fade: None,
            compositor: Compositor::new(),
            scratch: None,
        }
    }

    /// Takes a new programme; the next frame shows it.
    pub(super) fn take(&mut self, air: Air, wipe: Wipe) {
        let ms = match wipe {
            Wipe::Fade { ms } => ms,
            Wipe::Cut if only_lower_third(&self.now, &air) => LOWER_THIRD_FADE_MS,
            Wipe::Cut => 0,
        };
        let from = std::mem::replace(&mut self.now, air);
        self.fade = (0 < ms && from != self.now).then_some(Fade { from, began_us: None, ms });
    }

    /// The scenes that graphics are needed for.
    pub(super) fn scenes(&self) -> Vec<&Scene> {
        let from = self.fade.iter().map(|fade| scene_of(&fade.from));
        std::iter::once(scene_of(&self.now)).chain(from).collect()
    }

    /// Who is heard: everybody in the scene; nobody while the slate is on.
    pub(super) fn heard(&self) -> BTreeSet<SourceId> {
        match &self.now {
            Air::Scene(scene) => scene.sources().into_iter().collect(),
            Air::Slate(_) => BTreeSet::new(),
        }
    }

    /// The largest place of every source, width and height on the reference canvas, in the scene on
    /// air and in the one that fades.
    pub(super) fn sizes(&self) -> BTreeMap<SourceId, (u32, u32)> {
        let mut sizes = BTreeMap::new();
        for scene in self.scenes() {
            for (place, tile) in scene.places.iter().zip(scene.layout.tiles()) {
                if let Some(source) = place {
                    let size: &mut (u32, u32) = sizes.entry(*source).or_default();
                    *size = (size.0.max(tile.width), size.1.max(tile.height));
                }
            }
        }
        sizes
    }

    /// Whether two scenes are seen.
    pub(super) const fn fades(&self) -> bool {
        self.fade.is_some()
    }

    /// Makes the frame that is due at `due_us`.
    pub(super) fn compose(
        &mut self,
        shown: &BTreeMap<SourceId, Shown>,
        gallery: &Gallery,
        due_us: u64,
        canvas: &mut Frame,
    ) {
        let weight = self.fade.as_mut().map(|fade| {
            let began = *fade.began_us.get_or_insert(due_us);
            // The first frame of a fade shows a little of the new scene already.
            fade_weight((due_us.saturating_sub(began) / 1000) as u32 + 33, fade.ms)
        });
        let (Some(weight), Some(fade)) =
            (weight.filter(|w| *w < crate::blend::FADE_END), &self.fade)
        else {
            self.fade = None;
            self.scratch = None;
            return compose_one(&mut self.compositor, &self.now, shown, gallery, canvas);
        };
        let black = || Frame::black(canvas.width(), canvas.height());
        let ends = self.scratch.get_or_insert_with(|| Box::new((black(), black())));
        compose_one(&mut self.compositor, &fade.from, shown, gallery, &mut ends.0);
        compose_one(&mut self.compositor, &self.now, shown, gallery, &mut ends.1);
        cross_fade(&ends.0, &ends.1, weight, canvas);
    }
}

fn compose_one(
    compositor: &mut Compositor,
    air: &Air,
    shown: &BTreeMap<SourceId, Shown>,
    gallery: &Gallery,
    canvas: &mut Frame,
) {
    let scene = match air {
        Air::Scene(scene) => scene,
        Air::Slate(_) => {
            canvas.bytes_mut().copy_from_slice(gallery.slate().bytes());
            return;
        }
    };
    let places: Vec<Place<'_>> = (scene.layout.tiles().iter().zip(&scene.places).enumerate())
        .map(|(i, (tile, place))| {
            let Some(source) = *place else { return Place::EMPTY };
            let picture = match shown.get(&source) {
                Some(Shown::Picture(frame)) => compose::Shown::Picture(frame.picture()),
                Some(Shown::Card) => {
                    gallery.card(source).map_or(compose::Shown::Nothing, compose::Shown::Card)
                }
                None => compose::Shown::Nothing,
            };
            let label = gallery.label(scene, source, tile.width);
            Place { shown: picture, fit: fit_of(scene.layout, i, source), label }
        })
        .collect();
    let lower_third =
        gallery.lower_third(scene).map(|graphic| LowerThirdOnAir { graphic, opacity: 255 });
    compositor.compose(scene.layout, &places, lower_third, canvas);
}

const fn scene_of(air: &Air) -> &Scene {
    match air {
        Air::Scene(scene) | Air::Slate(scene) => scene,
    }
}

fn only_lower_third(before: &Air, after: &Air) -> bool {
    match (before, after) {
        (Air::Scene(before), Air::Scene(after)) => {
            before.layout == after.layout
                && before.places == after.places
                && before.lower_third != after.lower_third
        }
        (Air::Scene(_) | Air::Slate(_), Air::Slate(_)) | (Air::Slate(_), Air::Scene(_)) => false,
    }
}
