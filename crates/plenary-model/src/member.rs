//! Somebody of the organisation, and what they may do beyond being a member.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::unit::{PersonCode, UnitCode};

/// Whether somebody belongs to the organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// They do.
    Member,
    /// They have left; what they did stays known.
    Left,
}

/// What somebody may do beyond being a member, for all events.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrganisationRole {
    /// Everything.
    Administrator,
    /// Answers for a unit and everything below it.
    Steward(UnitCode),
}

/// One person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their code.
    pub code: PersonCode,
    /// Their name, in any script.
    pub name: Box<str>,
    /// Where they belong.
    pub unit: UnitCode,
    /// Their e-mail address, if it is known.
    pub email: Option<Box<str>>,
    /// Their telephone number, if it is known.
    pub phone: Option<Box<str>>,
    /// Their roles, in order, each once.
    pub roles: Vec<OrganisationRole>,
    /// Whether they belong to the organisation.
    pub standing: Standing,
}

impl Person {
    /// What they may do now: nothing any more once they have left.
    pub fn held_roles(&self) -> &[OrganisationRole] {
        match self.standing {
            Standing::Member => &self.roles,
            Standing::Left => &[],
        }
    }
}
