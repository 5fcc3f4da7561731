//! Who may come to an event.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::unit::{PersonCode, UnitCode};

/// Who may come to an event; guests with a link may always.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "who", rename_all = "snake_case", deny_unknown_fields)]
pub enum Admission {
    /// Whoever has the address; members may say who they are.
    #[default]
    Everybody,
    /// All members of the organisation.
    Members,
    /// Members of these units with everything below them, and these people.
    Chosen {
        /// The units.
        units: Vec<AdmittedUnit>,
        /// Codes of the people.
        #[schema(value_type = Vec<String>)]
        people: Vec<PersonCode>,
    },
}

/// A unit whose members may come, with everything below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdmittedUnit {
    /// Its code.
    #[schema(value_type = String)]
    pub unit: UnitCode,
    /// Most of them that may come; nothing is all.
    #[serde(default)]
    pub places: Option<u32>,
}
