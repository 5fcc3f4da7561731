//! Ids with a type each; the text form names the kind (`seat_0190…`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// A text that is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not an id of the form {prefix}_<32 hexadecimal digits>")]
pub struct BadId {
    /// What was read (cut to 64 characters).
    pub text: String,
    /// The prefix that was expected.
    pub prefix: &'static str,
}

fn parse_prefixed(text: &str, prefix: &'static str) -> Result<Uuid, BadId> {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .filter(|rest| rest.len() == 32)
        .and_then(|rest| Uuid::try_parse(rest).ok())
        .ok_or_else(|| BadId { text: text.chars().take(64).collect(), prefix })
}

fn from_text<'de, D: Deserializer<'de>, T: FromStr<Err = BadId>>(d: D) -> Result<T, D::Error> {
    String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a fresh UUIDv7; only the shell mints ids.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID, for forms shorter than text.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                parse_prefixed(text, $prefix).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                from_text(d)
            }
        }
    )*};
}

ids! {
    /// One gathering.
    EventId = "evt";
    /// One person's place on the stage; it outlives lost connections.
    SeatId = "seat";
    /// One clip file of an event.
    ClipId = "clip";
    /// One signed link that lets somebody in.
    LinkId = "link";
    /// One guest of an event.
    GuestId = "guest";
    /// One act of an event.
    ActId = "act";
    /// One account that somebody signs in with.
    AccountId = "acc";
    /// One table that was handed in.
    ImportId = "import";
}

/// Anything with picture or sound that a scene can show.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceId {
    /// Camera and microphone of a seat.
    Camera(SeatId),
    /// Shared screen of a seat, with its sound.
    Screen(SeatId),
    /// A looping clip file.
    Clip(ClipId),
}

impl SourceId {
    /// The seat that this source belongs to, if a person sends it.
    pub const fn seat(self) -> Option<SeatId> {
        match self {
            Self::Camera(seat) | Self::Screen(seat) => Some(seat),
            Self::Clip(_) => None,
        }
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Camera(seat) => write!(f, "cam_{}", seat.0.simple()),
            Self::Screen(seat) => write!(f, "scr_{}", seat.0.simple()),
            Self::Clip(clip) => fmt::Display::fmt(clip, f),
        }
    }
}

impl fmt::Debug for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for SourceId {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        match text.split_once('_') {
            Some(("cam", _)) => parse_prefixed(text, "cam").map(|id| Self::Camera(SeatId(id))),
            Some(("scr", _)) => parse_prefixed(text, "scr").map(|id| Self::Screen(SeatId(id))),
            _ => text.parse().map(Self::Clip),
        }
    }
}

impl Serialize for SourceId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SourceId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        from_text(d)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_forms_name_their_kind_and_come_back() {
        let seat = SeatId::new(Uuid::from_u128(7));
        for source in [
            SourceId::Camera(seat),
            SourceId::Screen(seat),
            SourceId::Clip(ClipId::new(Uuid::from_u128(9))),
        ] {
            assert_eq!(source.to_string().parse(), Ok(source));
        }
        assert_eq!(seat.to_string(), "seat_00000000000000000000000000000007");
    }

    #[test]
    fn another_kind_of_id_is_refused() {
        assert!("evt_00000000000000000000000000000007".parse::<SeatId>().is_err());
        assert!("cam_".parse::<SourceId>().is_err());
        assert!("seat_{00000000000000000000000000000}07".parse::<SeatId>().is_err());
    }
}
