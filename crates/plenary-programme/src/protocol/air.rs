//! Programme and transition as the worker's socket carries them: the model's forms are tagged for
//! JSON, which a format without field names cannot read back.

use plenary_model::limits::FADE_MS_MAX;
use plenary_model::scene::{Programme, Scene, Transition};
use serde::{Deserialize, Serialize};

/// What goes out; see [`Programme`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Air {
    /// The scene is on air.
    Scene(Scene),
    /// The slate hides this scene, sound muted.
    Slate(Scene),
}

impl From<Programme> for Air {
    fn from(programme: Programme) -> Self {
        match programme {
            Programme::Scene { scene } => Self::Scene(scene),
            Programme::Slate { behind } => Self::Slate(behind),
        }
    }
}

/// How the programme changes; see [`Transition`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wipe {
    /// At once.
    Cut,
    /// Cross-fade.
    Fade {
        /// Length in milliseconds, at most [`FADE_MS_MAX`].
        ms: u32,
    },
}

impl From<Transition> for Wipe {
    fn from(transition: Transition) -> Self {
        match transition {
            Transition::Cut => Self::Cut,
            Transition::Fade { ms: 0 } => Self::Cut,
            Transition::Fade { ms } => Self::Fade { ms: ms.min(FADE_MS_MAX) },
        }
    }
}
