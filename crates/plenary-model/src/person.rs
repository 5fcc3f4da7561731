//! Who somebody is on this event: the name and unit that everybody sees, and the role.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a person is shown on the stage, in the studio and in the lower third.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Card {
    /// Name in any script, at most [`crate::limits::NAME_CHARS_MAX`] characters.
    pub name: String,
    /// Unit as people say it, for example `四川 · 成都`.
    pub unit: String,
    /// What the person is there, for example `县支公司经理`; may be empty.
    pub title: String,
}

/// What somebody may do on one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the show in the studio.
    Director,
    /// Has a seat on the stage.
    Speaker,
}
