//! What a director can ask of the show.

use plenary_model::id::{ActId, SourceId};
use plenary_model::scene::{LowerThird, Scene, Transition};
use serde::{Deserialize, Serialize};

use crate::act::ActDraft;
use crate::view::Direction;

/// Who asks for a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// A person in the studio; whatever they change takes the show over from the automatic.
    Person,
    /// The automatic direction of a sample show.
    Automatic,
}

/// One thing to do to the show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Replace the preview.
    SetPreview {
        /// What the preview shows from now on.
        scene: Scene,
    },
    /// Take the last preview change back.
    Undo,
    /// Let preview and programme change places.
    Take {
        /// How the programme goes over.
        transition: Transition,
        /// The revision that the person saw when pressing.
        seen_revision: u64,
    },
    /// Put a lower third on the programme, or take it off, at once.
    SetLowerThird {
        /// The new one; `None` takes it off.
        lower_third: Option<LowerThird>,
    },
    /// Emergency slate on or off; takes go on behind it.
    SetSlate {
        /// Whether it hides the programme.
        on: bool,
    },
    /// Who directs.
    SetDirection {
        /// The new mode.
        mode: Direction,
    },
    /// Mute a source in the programme, or let it be heard again.
    SetSourceMuted {
        /// Which source; it need not be connected.
        source: SourceId,
        /// Whether it is silent in the programme.
        muted: bool,
    },
    /// Plan the acts of the event, in the place of those that were planned before.
    PlanActs {
        /// All of them, in order.
        acts: Vec<ActDraft>,
    },
    /// An act begins now; the one before it ends with that.
    BeginAct {
        /// Which.
        act: ActId,
    },
}
