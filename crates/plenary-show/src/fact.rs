//! What happened to the show, as it stands in the journal: names never change, unknown fields are
//! ignored, so that an older server reads what a newer one wrote.

use plenary_model::id::{ActId, SourceId};
use plenary_model::scene::{LowerThird, Scene, Transition};
use plenary_model::time::WallMs;
use serde::{Deserialize, Serialize};

use crate::act::PlannedAct;
use crate::command::Author;
use crate::view::Direction;

const ACTS_PLANNED: &str = "acts_planned";
const ACT_BEGAN: &str = "act_began";

/// The names in the journal of all facts about acts: a show restored from them has the same acts.
pub const OF_ACTS: [&str; 2] = [ACTS_PLANNED, ACT_BEGAN];

/// One change of the show that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// When it was decided.
    pub at_ms: WallMs,
    /// Who asked for it.
    pub by: Author,
    /// What changed.
    #[serde(flatten)]
    pub change: Change,
}

/// What a fact changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Change {
    /// The preview was replaced.
    PreviewSet {
        /// The new preview, texts cleaned.
        scene: Scene,
    },
    /// The last preview change was taken back.
    PreviewUndone,
    /// Preview and programme changed places.
    Took {
        /// How.
        transition: Transition,
    },
    /// The programme's lower third was put on, changed or taken off.
    LowerThirdSet {
        /// The new one, texts cleaned.
        lower_third: Option<LowerThird>,
    },
    /// The slate was put on or lifted.
    SlateSet {
        /// Whether it is on.
        on: bool,
    },
    /// Somebody or something else directs.
    DirectionSet {
        /// The new mode.
        mode: Direction,
    },
    /// A source was muted or unmuted in the programme.
    SourceMutedSet {
        /// Which.
        source: SourceId,
        /// Whether it is silent.
        muted: bool,
    },
    /// The acts were planned.
    ActsPlanned {
        /// All of them, in order.
        acts: Vec<PlannedAct>,
    },
    /// An act began.
    ActBegan {
        /// Which.
        act: ActId,
    },
}

impl Change {
    /// The name in the journal's `kind` column, equal to the one in the JSON.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::PreviewSet { .. } => "preview_set",
            Self::PreviewUndone => "preview_undone",
            Self::Took { .. } => "took",
            Self::LowerThirdSet { .. } => "lower_third_set",
            Self::SlateSet { .. } => "slate_set",
            Self::DirectionSet { .. } => "direction_set",
            Self::SourceMutedSet { .. } => "source_muted_set",
            Self::ActsPlanned { .. } => ACTS_PLANNED,
            Self::ActBegan { .. } => ACT_BEGAN,
        }
    }

    /// Whether a person who does it takes the show over from the automatic direction.
    pub const fn takes_over(&self) -> bool {
        match self {
            Self::PreviewSet { .. }
            | Self::PreviewUndone
            | Self::Took { .. }
            | Self::LowerThirdSet { .. }
            | Self::SlateSet { .. }
            | Self::DirectionSet { .. }
            | Self::SourceMutedSet { .. } => true,
            // Acts tell people what goes on; they change nothing that is seen or heard.
            Self::ActsPlanned { .. } | Self::ActBegan { .. } => false,
        }
    }
}
