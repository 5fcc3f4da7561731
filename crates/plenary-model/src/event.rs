//! Where an event stands in its life.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// People may gather; nothing is broadcast yet.
    Doors,
    /// The programme goes out and is recorded.
    OnAir,
    /// It is over; the replay stays.
    Closed,
}

/// A text that is not a phase.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a phase (doors, on_air, closed)")]
pub struct BadPhase(pub String);

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Doors => "doors",
            Self::OnAir => "on_air",
            Self::Closed => "closed",
        })
    }
}

impl FromStr for Phase {
    type Err = BadPhase;
    fn from_str(text: &str) -> Result<Self, BadPhase> {
        match text {
            "doors" => Ok(Self::Doors),
            "on_air" => Ok(Self::OnAir),
            "closed" => Ok(Self::Closed),
            other => Err(BadPhase(other.chars().take(64).collect())),
        }
    }
}
