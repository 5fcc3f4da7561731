//! The STUN and TURN servers that pages are told of: a relay carries the stage's media where a
//! firewall lets no UDP through to us. Each page gets credentials of its own that end by themselves,
//! made from a secret that the TURN server shares ("A REST API For Access To TURN Services",
//! draft-uberti-behave-turn-rest-00 section 2.2; `use-auth-secret` in coturn).

use std::path::Path;
use std::str::FromStr;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use plenary_model::limits::{ICE_URL_CHARS_MAX, ICE_URLS_MAX};
use plenary_model::time::WallMs;
use serde::{Deserialize, Serialize};

use crate::ws::message::IceServer;

/// How long credentials open a relay: longer than any event. A page gets new ones with each welcome.
const CREDENTIALS_LAST_SECONDS: u64 = 12 * 3_600;
/// What a secret is long enough with.
const SECRET_BYTES_MIN: usize = 8;

/// Addresses of STUN and TURN servers (RFC 7064, RFC 7065).
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct IceUrls(Vec<String>);

/// An address that browsers do not take, or too many.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadIceUrls {
    /// It is none of a STUN or TURN server.
    #[error(
        "\"{0}\" is no address of a TURN server; write turn:HOST:PORT, turn:HOST:PORT?transport=tcp, \
         turns:HOST:PORT or stun:HOST:PORT"
    )]
    Form(String),
    /// Browsers try all of them, and are slow with many.
    #[error("at most {ICE_URLS_MAX} addresses of TURN servers are told to pages")]
    TooMany,
}

impl TryFrom<Vec<String>> for IceUrls {
    type Error = BadIceUrls;
    fn try_from(urls: Vec<String>) -> Result<Self, BadIceUrls> {
        if ICE_URLS_MAX < urls.len() {
            return Err(BadIceUrls::TooMany);
        }
        match urls.iter().find(|url| !is_ice_url(url)) {
            Some(bad) => Err(BadIceUrls::Form(bad.chars().take(ICE_URL_CHARS_MAX).collect())),
            None => Ok(Self(urls)),
        }
    }
}

impl From<IceUrls> for Vec<String> {
    fn from(urls: IceUrls) -> Self {
        urls.0
    }
}

/// Separated by commas, as on the command line.
impl FromStr for IceUrls {
    type Err = BadIceUrls;
    fn from_str(text: &str) -> Result<Self, BadIceUrls> {
        let urls = text.split(',').map(str::trim).filter(|url| !url.is_empty());
        urls.map(str::to_owned).collect::<Vec<String>>().try_into()
    }
}

impl IceUrls {
    /// Whether one of them is a relay, which needs a secret.
    pub fn has_relay(&self) -> bool {
        self.0.iter().any(|url| is_relay(url))
    }
}

fn is_relay(url: &str) -> bool {
    url.starts_with("turn:") || url.starts_with("turns:")
}

fn is_ice_url(url: &str) -> bool {
    let of = |schemes: [&str; 2]| schemes.iter().find_map(|scheme| url.strip_prefix(scheme));
    let plain = |host: &str| {
        let mut characters = host.chars();
        let fits = |c: char| c.is_ascii_alphanumeric() || ".-:[]_".contains(c);
        host.len() <= ICE_URL_CHARS_MAX && !host.is_empty() && characters.all(fits)
    };
    match (of(["turn:", "turns:"]), of(["stun:", "stuns:"])) {
        (Some(relay), _) => match relay.split_once('?') {
            Some((host, query)) => {
                plain(host) && matches!(query, "transport=udp" | "transport=tcp")
            }
            None => plain(relay),
        },
        (None, Some(host)) => plain(host),
        (None, None) => false,
    }
}

/// The secret cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadSecret {
    /// Its file cannot be read.
    #[error("cannot read the secret of the TURN server from {}", path.display())]
    Unreadable {
        /// Which file.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It would be guessed.
    #[error("the secret of the TURN server in {} has fewer than {SECRET_BYTES_MIN} characters", .0.display())]
    Short(std::path::PathBuf),
}

/// What pages are told.
#[derive(Clone, Default)]
pub struct Turn {
    urls: Vec<String>,
    key: Option<hmac::Key>,
}

impl Turn {
    /// These servers, with the secret in a file (its first line).
    ///
    /// # Errors
    /// [`BadSecret`].
    pub fn new(urls: IceUrls, secret: Option<&Path>) -> Result<Self, BadSecret> {
        let key = secret.map(key_from).transpose()?;
        Ok(Self { urls: urls.0, key })
    }

    /// The servers as a page configures its connection, with credentials from `now` on; `page` tells
    /// whose they are in the log of the TURN server.
    pub fn servers(&self, now: WallMs, page: &str) -> Vec<IceServer> {
        let (relays, plain): (Vec<_>, Vec<_>) =
            self.urls.iter().cloned().partition(|url| is_relay(url));
        let mut servers = Vec::new();
        if !plain.is_empty() {
            servers.push(IceServer { urls: plain, username: None, credential: None });
        }
        if let Some(key) = self.key.as_ref().filter(|_| !relays.is_empty()) {
            let username = format!("{}:{page}", now.0 / 1_000 + CREDENTIALS_LAST_SECONDS);
            let credential = STANDARD.encode(hmac::sign(key, username.as_bytes()));
            servers.push(IceServer {
                urls: relays,
                username: Some(username),
                credential: Some(credential),
            });
        }
        servers
    }
}

fn key_from(path: &Path) -> Result<hmac::Key, BadSecret> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| BadSecret::Unreadable { path: path.to_owned(), source })?;
    let secret = text.lines().next().unwrap_or_default().trim();
    if secret.len() < SECRET_BYTES_MIN {
        return Err(BadSecret::Short(path.to_owned()));
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn addresses_are_those_that_browsers_take() {
        let list =
            "turn:turn.example.org:3478?transport=udp, turns:[2001:db8::1]:5349,stun:10.0.0.1";
        let urls: IceUrls = list.parse().unwrap();
        assert!(urls.has_relay());
        assert_eq!(Vec::from(urls).len(), 3);
        assert!(!"stun:10.0.0.1".parse::<IceUrls>().unwrap().has_relay());
        assert_eq!("".parse::<IceUrls>(), Ok(IceUrls::default()));
        for bad in [
            "https://turn.example.org",
            "turn:",
            "turn:host?transport=sctp",
            "stun:host?transport=udp",
            "turn:user@host",
            "turn:host name",
            "TURN:host",
        ] {
            assert_eq!(bad.parse::<IceUrls>(), Err(BadIceUrls::Form(bad.into())), "{bad}");
        }
        assert_eq!("stun:a,".repeat(ICE_URLS_MAX + 1).parse::<IceUrls>(), Err(BadIceUrls::TooMany));
    }

    #[test]
    fn a_page_gets_credentials_that_the_relay_can_check() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        fs::write(&file, "north-wind\nsecond line\n").unwrap();
        let urls: IceUrls = "stun:a,turn:b,turns:c".parse().unwrap();
        let servers = Turn::new(urls, Some(&file)).unwrap().servers(WallMs(1_000_500), "seat-7");
        assert_eq!(
            servers[0],
            IceServer { urls: vec!["stun:a".into()], username: None, credential: None }
        );
        assert_eq!(servers[1].urls, ["turn:b", "turns:c"]);
        assert_eq!(servers[1].username.as_deref(), Some("44200:seat-7"));
        // As `printf 44200:seat-7 | openssl dgst -sha1 -hmac north-wind -binary | base64` says.
        assert_eq!(servers[1].credential.as_deref(), Some("CrG0grkyzaMiVvz8meMoC9S3Vlo="));
    }

    #[test]
    fn a_secret_that_is_missing_or_guessed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        assert!(matches!(
            Turn::new(IceUrls::default(), Some(&file)),
            Err(BadSecret::Unreadable { .. })
        ));
        fs::write(&file, "  short \n").unwrap();
        assert!(matches!(Turn::new(IceUrls::default(), Some(&file)), Err(BadSecret::Short(_))));
    }
}
