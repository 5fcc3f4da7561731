//! Which pages of other sites may read the broadcast (CORS, fetch.spec.whatwg.org section 3.2).

use std::str::FromStr;

use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, VARY};
use axum::http::{HeaderName, Uri};
use plenary_model::limits::EMBED_ORIGINS_MAX;
use serde::{Deserialize, Serialize};

use super::answer::Value;

/// The sites; none without a setting.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub enum Embedding {
    /// Only pages of this server.
    #[default]
    Nobody,
    /// Pages of every site.
    Everybody,
    /// Pages of these origins.
    These(Vec<String>),
}

/// A text that names no origin, or too many of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadOrigins {
    /// It is no origin.
    #[error("\"{0}\" is no origin; write https://HOST or https://HOST:PORT, without a path, or *")]
    Form(String),
    /// Each is a copy of its own in caches.
    #[error("at most {EMBED_ORIGINS_MAX} sites may embed the broadcast, or all of them: *")]
    TooMany,
}

impl TryFrom<Vec<String>> for Embedding {
    type Error = BadOrigins;
    fn try_from(origins: Vec<String>) -> Result<Self, BadOrigins> {
        if origins.iter().any(|origin| origin == "*") {
            return Ok(Self::Everybody);
        }
        if EMBED_ORIGINS_MAX < origins.len() {
            return Err(BadOrigins::TooMany);
        }
        match origins.iter().find(|origin| !is_origin(origin)) {
            Some(bad) => Err(BadOrigins::Form(bad.clone())),
            None if origins.is_empty() => Ok(Self::Nobody),
            None => Ok(Self::These(origins)),
        }
    }
}

impl From<Embedding> for Vec<String> {
    fn from(embedding: Embedding) -> Self {
        match embedding {
            Embedding::Nobody => Self::new(),
            Embedding::Everybody => vec!["*".into()],
            Embedding::These(origins) => origins,
        }
    }
}

/// Separated by commas, as on the command line.
impl FromStr for Embedding {
    type Err = BadOrigins;
    fn from_str(text: &str) -> Result<Self, BadOrigins> {
        let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        origins.map(str::to_owned).collect::<Vec<String>>().try_into()
    }
}

/// As browsers write it: scheme, host, port where it is not the usual one.
fn is_origin(text: &str) -> bool {
    let uri = text.parse::<Uri>().ok().map(Uri::into_parts);
    let web = |scheme: &str| matches!(scheme, "http" | "https");
    let whole = uri.is_some_and(|uri| {
        uri.scheme.is_some_and(|scheme| web(scheme.as_str()))
            && uri.authority.is_some_and(|host| !host.as_str().contains('@'))
    });
    let (_, rest) = text.split_once("://").unwrap_or_default();
    whole && !rest.contains('/') && text == text.to_ascii_lowercase()
}

/// What an answer says to the page of another site that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permission {
    /// Nothing: no other site may.
    Unsaid,
    /// That every site may.
    Everybody,
    /// Nothing, where others get another answer.
    Refused,
    /// That this site may.
    Named(Box<str>),
}

impl Embedding {
    /// What a request with this `Origin` is told.
    pub(super) fn permission(&self, origin: Option<&[u8]>) -> Permission {
        match self {
            Self::Nobody => Permission::Unsaid,
            Self::Everybody => Permission::Everybody,
            Self::These(origins) => {
                let named = |known: &&String| origin == Some(known.as_bytes());
                let known = origins.iter().find(named);
                known.map_or(Permission::Refused, |known| Permission::Named(known.as_str().into()))
            }
        }
    }
}

impl Permission {
    /// Tells its headers.
    pub fn headers(&self, mut tell: impl FnMut(HeaderName, Value<'_>)) {
        if matches!(self, Self::Refused | Self::Named(_)) {
            // Also to those who get no permission: a cache must not give them another's answer.
            tell(VARY, Value::Fixed("origin"));
        }
        let allowed = match self {
            Self::Unsaid | Self::Refused => return,
            Self::Everybody => Value::Fixed("*"),
            Self::Named(origin) => Value::Made(origin),
        };
        tell(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        tell(ACCESS_CONTROL_EXPOSE_HEADERS, Value::Fixed("Age, Date"));
    }

    /// Whether it lets the page read.
    pub(super) const fn is_given(&self) -> bool {
        matches!(self, Self::Everybody | Self::Named(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for good in ["https://intranet.example.org", "http://10.1.2.3:8080", "https://[::1]:1"] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "intranet.example.org",
            "https://a.example/",
            "https://A.example",
            "ftp://a.example",
            "https://",
            "https://u@a.example",
            "null",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }

    #[test]
    fn a_star_is_everybody_and_nothing_is_nobody() {
        assert_eq!("".parse(), Ok(Embedding::Nobody));
        assert_eq!("https://a.example, *".parse(), Ok(Embedding::Everybody));
        let many = vec!["https://a.example".to_owned(); EMBED_ORIGINS_MAX + 1];
        assert_eq!(Embedding::try_from(many), Err(BadOrigins::TooMany));
    }
}
