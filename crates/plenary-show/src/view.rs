//! The show as pages see it: the `Show` object of docs/protocol.md.

use plenary_model::id::{ActId, SourceId};
use plenary_model::scene::{Programme, Scene, Transition};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::act::Act;

/// Who directs the show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// People in the studio.
    Manual,
    /// The show directs itself until a person changes something.
    Automatic,
}

/// A picture of the show at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Show)]
pub struct ShowView {
    /// Goes up with every change of preview or programme; a take names the one it was meant for.
    pub revision: u64,
    /// What goes out.
    pub programme: Programme,
    /// What a take would put on air.
    pub preview: Scene,
    /// How the programme came to its present scene.
    pub transition: Transition,
    /// Who directs.
    pub direction: Direction,
    /// Sources that are silent in the programme, in their order of id.
    #[schema(value_type = Vec<String>)]
    pub muted: Vec<SourceId>,
    /// Whether a preview change can be taken back.
    pub can_undo: bool,
    /// The event's acts, in the order in which they are planned.
    pub acts: Vec<Act>,
    /// The act that goes on.
    #[schema(required, value_type = Option<String>)]
    pub act: Option<ActId>,
}
