//! Units and people as an organisation names them: by codes of its own, which never change.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::limits::CODE_CHARS_MAX;
use crate::text::clean_line;

/// Whether a unit takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnitState {
    /// It has members and takes part in events.
    Open,
    /// It is closed; what it has done stays known.
    Closed,
}

/// One unit as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRecord {
    /// Its code.
    pub code: UnitCode,
    /// Its name, as people say it.
    pub name: String,
    /// What it is to the organisation: headquarters, province, county, ….
    pub kind: String,
    /// Among the units under the same one, the least comes first; equals by code.
    pub order: i32,
    /// The unit that it stands under; nothing is the top.
    pub parent: Option<UnitCode>,
    /// Whether it takes part.
    pub state: UnitState,
}

impl UnitRecord {
    /// Whether it takes part.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, UnitState::Open)
    }
}

/// Why a text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCode {
    /// There is nothing in it.
    #[error("a code has at least one character")]
    Empty,
    /// It is too long.
    #[error("a code has at most {CODE_CHARS_MAX} characters")]
    TooLong,
    /// There is something in it that people do not see or that breaks lines.
    #[error("a code is one line without hidden characters and without spaces at its ends")]
    Hidden,
}

fn check(text: &str) -> Result<(), BadCode> {
    match text.chars().take(CODE_CHARS_MAX + 1).count() {
        0 => Err(BadCode::Empty),
        count if CODE_CHARS_MAX < count => Err(BadCode::TooLong),
        _ if clean_line(text) != text => Err(BadCode::Hidden),
        _ => Ok(()),
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub struct $name(Box<str>);

        impl $name {
            /// Its text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = BadCode;
            fn from_str(text: &str) -> Result<Self, BadCode> {
                check(text).map(|()| Self(text.into()))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

codes! {
    /// A node of the organisation's tree.
    UnitCode;
    /// Somebody who belongs to a unit.
    PersonCode;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_short_lines_that_show_all_they_have() {
        for good in ["4401", "天河-01", "A/7 b", "é"] {
            assert_eq!(good.parse::<UnitCode>().map(|code| code.to_string()), Ok(good.to_owned()));
        }
        let long = "x".repeat(CODE_CHARS_MAX + 1);
        let faults = [
            ("", BadCode::Empty),
            (long.as_str(), BadCode::TooLong),
            (" 44", BadCode::Hidden),
            ("44\n", BadCode::Hidden),
            ("4\u{202E}4", BadCode::Hidden),
            ("4\0 4", BadCode::Hidden),
        ];
        for (bad, fault) in faults {
            assert_eq!(bad.parse::<PersonCode>(), Err(fault), "{bad:?}");
        }
    }
}
