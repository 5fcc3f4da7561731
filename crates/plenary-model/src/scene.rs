//! What the programme shows: a layout, who is in which place, graphics. A scene is plain data that
//! the browser's preview, the show and the compositor read alike.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::SourceId;

/// Width that tile rectangles are given in.
pub const CANVAS_WIDTH: u32 = 1280;
/// Height that tile rectangles are given in.
pub const CANVAS_HEIGHT: u32 = 720;

/// How the places of a scene are arranged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// One source fills the picture.
    Full,
    /// Two side by side.
    Two,
    /// Two by two.
    Four,
    /// Three by three.
    Nine,
    /// Place 0 fills the picture, place 1 stands small at the lower right.
    PictureInPicture,
    /// Slides (place 0) large at the left, the speaker (place 1) at the right.
    SpeakerSlides,
}

/// A rectangle on the 1280 × 720 canvas; all numbers are even, for 4:2:0 chroma.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tile {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

const fn tile(x: u32, y: u32, width: u32, height: u32) -> Tile {
    Tile { x, y, width, height }
}

impl Layout {
    /// Every layout, in the order of the director's layout keys.
    pub const ALL: [Self; 6] = [
        Self::Full,
        Self::Two,
        Self::PictureInPicture,
        Self::Four,
        Self::SpeakerSlides,
        Self::Nine,
    ];

    /// The rectangles of the places, back to front.
    pub const fn tiles(self) -> &'static [Tile] {
        match self {
            Self::Full => const { &[tile(0, 0, 1280, 720)] },
            Self::Two => const { &[tile(0, 180, 640, 360), tile(640, 180, 640, 360)] },
            Self::Four => {
                const {
                    &[
                        tile(0, 0, 640, 360),
                        tile(640, 0, 640, 360),
                        tile(0, 360, 640, 360),
                        tile(640, 360, 640, 360),
                    ]
                }
            }
            Self::Nine => {
                const {
                    &[
                        tile(0, 0, 426, 240),
                        tile(426, 0, 428, 240),
                        tile(854, 0, 426, 240),
                        tile(0, 240, 426, 240),
                        tile(426, 240, 428, 240),
                        tile(854, 240, 426, 240),
                        tile(0, 480, 426, 240),
                        tile(426, 480, 428, 240),
                        tile(854, 480, 426, 240),
                    ]
                }
            }
            Self::PictureInPicture => const { &[tile(0, 0, 1280, 720), tile(896, 484, 352, 198)] },
            Self::SpeakerSlides => const { &[tile(0, 90, 960, 540), tile(960, 270, 320, 180)] },
        }
    }

    /// How many places the layout has.
    pub const fn places(self) -> usize {
        self.tiles().len()
    }
}

/// A lower third: name large, unit and title small.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LowerThird {
    /// First line.
    pub name: String,
    /// Second line: unit, or unit and title.
    pub detail: String,
}

/// A picture that the programme can show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Scene {
    /// How the places are arranged.
    pub layout: Layout,
    /// One entry per place of the layout; `None` is an empty place.
    #[schema(value_type = Vec<Option<String>>)]
    pub places: Vec<Option<SourceId>>,
    /// The lower third, when it is on.
    #[schema(required)]
    pub lower_third: Option<LowerThird>,
}

impl Scene {
    /// A scene with all places empty.
    pub fn empty(layout: Layout) -> Self {
        Self { layout, places: vec![None; layout.places()], lower_third: None }
    }

    /// The sources in the scene, front places last, without repeats.
    pub fn sources(&self) -> Vec<SourceId> {
        let mut seen = Vec::new();
        for source in self.places.iter().flatten() {
            if !seen.contains(source) {
                seen.push(*source);
            }
        }
        seen
    }
}

/// How the programme goes from one scene to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Transition {
    /// At once.
    Cut,
    /// Cross-fade over the given time.
    Fade {
        /// Length in milliseconds, at most [`crate::limits::FADE_MS_MAX`].
        ms: u32,
    },
}

/// What goes out: a scene, or the emergency slate over everything (sound muted).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Programme {
    /// The scene is on air.
    Scene {
        /// What it shows.
        scene: Scene,
    },
    /// The slate hides everything; `behind` comes back when it is lifted.
    Slate {
        /// The scene to return to.
        behind: Scene,
    },
}

impl Programme {
    /// The scene on air or behind the slate.
    pub const fn scene(&self) -> &Scene {
        match self {
            Self::Scene { scene } | Self::Slate { behind: scene } => scene,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_even_and_inside_the_canvas() {
        for layout in Layout::ALL {
            for t in layout.tiles() {
                assert!(
                    [t.x, t.y, t.width, t.height].iter().all(|n| n % 2 == 0),
                    "{layout:?} {t:?}"
                );
                assert!(
                    t.x + t.width <= CANVAS_WIDTH && t.y + t.height <= CANVAS_HEIGHT,
                    "{layout:?}"
                );
            }
        }
    }
}
