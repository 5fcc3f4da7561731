//! Accounts of those who run the organisation's gatherings, and what each may do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::id::{AccountId, EventId};
use crate::limits::LOGIN_CHARS_MAX;
use crate::text::clean_line;
use crate::unit::PersonCode;

/// The name that somebody signs in with: small letters, so that it does not matter how it is typed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Login(Box<str>);

/// Why a text is no name to sign in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a name to sign in with has 1 to {LOGIN_CHARS_MAX} letters, digits and . _ - @ +, without spaces"
)]
pub struct BadLogin;

impl Login {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Login {
    type Err = BadLogin;

    fn from_str(text: &str) -> Result<Self, BadLogin> {
        let text = clean_line(text).to_lowercase();
        let fits = (1..=LOGIN_CHARS_MAX).contains(&text.chars().take(LOGIN_CHARS_MAX + 1).count());
        let known = |c: char| c.is_alphanumeric() || ".-_@+".contains(c);
        if fits && text.chars().all(known) { Ok(Self(text.into())) } else { Err(BadLogin) }
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Login {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Whether an account lets anybody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountState {
    /// It does.
    Active,
    /// It does not; who they were stays known.
    Disabled,
}

/// What an account may do beyond being signed in.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum AccountRole {
    /// Everything, for the organisation and all events.
    Administrator,
    /// Prepares an event, and reads its reports.
    Organiser {
        /// Which one.
        #[schema(value_type = String)]
        event: EventId,
    },
    /// Runs an event's show.
    Director {
        /// Which one.
        #[schema(value_type = String)]
        event: EventId,
    },
    /// Keeps an event's audience in order.
    Moderator {
        /// Which one.
        #[schema(value_type = String)]
        event: EventId,
    },
}

/// Somebody who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What they sign in with.
    pub login: Login,
    /// How they are called.
    pub name: String,
    /// Whether it lets anybody in.
    pub state: AccountState,
    /// Who they are in the organisation, if they are.
    pub person: Option<PersonCode>,
    /// What they may do, in order, each once.
    pub roles: Vec<AccountRole>,
}

impl Account {
    /// Whether they may do everything.
    pub fn is_administrator(&self) -> bool {
        self.roles.contains(&AccountRole::Administrator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_to_sign_in_with_are_the_same_however_they_are_typed() {
        for (typed, kept) in
            [(" Lin.Xiaohe@QH ", "lin.xiaohe@qh"), ("林晓禾", "林晓禾"), ("É", "é")]
        {
            assert_eq!(typed.parse::<Login>().map(|login| login.to_string()), Ok(kept.to_owned()));
        }
        let long = "x".repeat(LOGIN_CHARS_MAX + 1);
        for bad in ["", " ", "a b", "a/b", "a\0b", "<a>", long.as_str()] {
            assert_eq!(bad.parse::<Login>(), Err(BadLogin), "{bad:?}");
        }
    }
}
