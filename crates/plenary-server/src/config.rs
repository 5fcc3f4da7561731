//! The configuration: a TOML file, over it the environment, over it the command line.

mod oidc;

use std::env;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use plenary_model::limits::{JOINS_PER_SECOND_MAX, MEDIA_THREADS_MAX, VIEWERS_MAX};
use plenary_programme::encode::Choice;
use serde::{Deserialize, Serialize};

pub use self::oidc::{OidcConfig, OidcSettings, is_private};
use crate::http::proxies::Proxies;
use crate::live::Embedding;
use crate::turn::IceUrls;

/// How the web server speaks TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    /// Plain HTTP: behind a proxy, or on localhost.
    Off,
    /// A certificate of its own, kept in the data folder; browsers warn once.
    SelfSigned,
    /// Certificate and key from files.
    Files,
}

impl FromStr for TlsMode {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self::Off),
            "self-signed" => Ok(Self::SelfSigned),
            "files" => Ok(Self::Files),
            other => Err(format!("\"{other}\" is not one of off, self-signed, files")),
        }
    }
}

/// What encodes the programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoder {
    /// openh264, which is in this program.
    BuiltIn,
    /// x264 in the system's ffmpeg: fewer bits for most pictures, more CPU and delay.
    Ffmpeg,
}

impl FromStr for Encoder {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "built-in" => Ok(Self::BuiltIn),
            "ffmpeg" => Ok(Self::Ffmpeg),
            other => Err(format!("\"{other}\" is not one of built-in, ffmpeg")),
        }
    }
}

/// Settings of a server. Each can also stand in the configuration file and in the environment
/// (`PLENARY_LISTEN`, …); the command line wins over the environment, that over the file.
#[derive(Debug, Default, Clone, Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Address and port of the web server, for example 0.0.0.0:8080 [without it: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub listen: Option<SocketAddr>,
    /// Folder that holds everything that must survive [without it: plenary-data; in the demo a
    /// temporary one].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Port of the stage, UDP and TCP; 0 picks a free one [without it: 0].
    #[arg(long, value_name = "N")]
    pub media_port: Option<u16>,
    /// Threads that forward the stage's media, each on a port of its own from the media port on
    /// [without it: one for each core].
    #[arg(long, value_name = "N")]
    pub media_threads: Option<u16>,
    /// Whether media may come over TCP as well, on the ports of the same numbers: `true` or `false`
    /// [without it: true].
    #[arg(long, value_name = "YES")]
    pub ice_tcp: Option<bool>,
    /// Most viewers of one event's programme at low delay (WHEP); further ones are told to watch the
    /// broadcast [without it: 2000].
    #[arg(long, value_name = "N")]
    pub viewers_max: Option<usize>,
    /// Name or address under which browsers reach this machine [without it: the one it listens on].
    #[arg(long, value_name = "NAME")]
    pub public_host: Option<String>,
    /// STUN and TURN servers for speakers whose firewall lets no UDP through to this one, separated by
    /// commas, for example turn:turn.example.org:3478?transport=tcp.
    #[arg(long, value_name = "URLS")]
    pub turn_urls: Option<IceUrls>,
    /// File with the secret that the TURN server shares (`static-auth-secret` of coturn).
    #[arg(long, value_name = "FILE")]
    pub turn_secret_file: Option<PathBuf>,
    /// `off`, `self-signed`, or `files` (with --tls-certificate and --tls-key) [without it: off].
    #[arg(long, value_name = "MODE")]
    pub tls: Option<TlsMode>,
    /// Certificate chain in PEM, for `--tls files`.
    #[arg(long, value_name = "FILE")]
    pub tls_certificate: Option<PathBuf>,
    /// Private key in PEM, for `--tls files`.
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Sites whose pages may play the broadcast, separated by commas, for example
    /// https://intranet.example.org; `*` is every site [without it: none but this server's own].
    #[arg(long, value_name = "ORIGINS")]
    pub embed_origins: Option<Embedding>,
    /// Longest video part in milliseconds: 500 or 1000 [without it: 500].
    #[arg(long, value_name = "MS")]
    pub part_ms: Option<u32>,
    /// What encodes the programme: `built-in`, or `ffmpeg` for fewer bits at more CPU and 0.4 s more
    /// delay [without it: built-in].
    #[arg(long, value_name = "NAME")]
    pub encoder: Option<Encoder>,
    /// The program for `--encoder ffmpeg`; it needs libx264 [without it: ffmpeg, in the search path].
    #[arg(long, value_name = "FILE")]
    pub ffmpeg: Option<PathBuf>,
    /// Addresses and networks of the proxies in front of this server, separated by commas, for example
    /// 127.0.0.1,10.0.0.0/8; what they say of the client's address is believed [without it: none].
    #[arg(long, value_name = "ADDRESSES")]
    pub trusted_proxies: Option<Proxies>,
    /// Most members and guests that are let in to events each second; further ones get a place in line
    /// [without it: 5000].
    #[arg(long, value_name = "N")]
    pub joins_per_second_max: Option<u32>,
    /// Where people sign in elsewhere.
    #[command(flatten)]
    pub oidc: OidcSettings,
    /// Configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
}

/// What the server runs with, every setting decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Config {
    /// Address and port of the web server.
    pub listen: SocketAddr,
    /// Folder that holds everything that must survive.
    pub data: PathBuf,
    /// Port of the stage's first media thread, UDP and TCP, the next one of the second; 0 picks free ones.
    pub media_port: u16,
    /// Threads that forward media: each event's stage is on one of them, its viewers on all.
    pub media_threads: u16,
    /// Whether media may come over TCP as well, on the ports of the same numbers.
    pub ice_tcp: bool,
    /// Most viewers of one event's programme at low delay.
    pub viewers_max: usize,
    /// Name or address under which browsers reach this machine; the listening address without it.
    pub public_host: Option<String>,
    /// STUN and TURN servers that pages are told of.
    pub turn_urls: IceUrls,
    /// File with the secret that the TURN servers share.
    pub turn_secret_file: Option<PathBuf>,
    /// How the web server speaks TLS.
    pub tls: Tls,
    /// Sites whose pages may play the broadcast.
    pub embed_origins: Embedding,
    /// Longest video part in milliseconds.
    pub part_ms: u32,
    /// What encodes the programme.
    pub encoder: Encoder,
    /// The program for [`Encoder::Ffmpeg`], a file or a name in the search path.
    pub ffmpeg: PathBuf,
    /// The proxies that say for whom they ask.
    pub trusted_proxies: Proxies,
    /// Most members and guests that are let in to events each second.
    pub joins_per_second_max: u32,
    /// Where people sign in elsewhere, if they may.
    pub oidc: Option<OidcConfig>,
}

/// TLS with what each mode needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "mode", rename_all = "kebab-case")]
pub enum Tls {
    /// Plain HTTP.
    Off,
    /// Own certificate.
    SelfSigned,
    /// Certificate and key from files.
    Files {
        /// PEM chain.
        certificate: PathBuf,
        /// PEM key.
        key: PathBuf,
    },
}

/// The configuration cannot be used; the text says what to change.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {path}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("the configuration file {path} is not right: {source}")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// An environment variable has an unusable value.
    #[error("the environment variable {name} has the unusable value \"{value}\": {reason}")]
    Environment {
        /// Its name.
        name: &'static str,
        /// What it holds.
        value: String,
        /// Why it cannot be used.
        reason: String,
    },
    /// `files` without files.
    #[error(
        "tls = \"files\" needs tls_certificate and tls_key (--tls-certificate FILE, --tls-key FILE)"
    )]
    TlsFilesMissing,
    /// A relay that lets nobody in.
    #[error(
        "a TURN server needs turn_secret_file (--turn-secret-file FILE): the secret that makes \
         credentials for it"
    )]
    TurnSecretMissing,
    /// No thread, or more than ports and machines have.
    #[error(
        "media_threads must be 1 to {MEDIA_THREADS_MAX}, and as many ports follow media_port; with \
         media_port = {port} it cannot be {threads}"
    )]
    MediaThreads {
        /// The first port.
        port: u16,
        /// How many were wanted.
        threads: u16,
    },
    /// A provider without a name for this server, or the other way round.
    #[error("signing in elsewhere needs both oidc.issuer and oidc.client_id")]
    OidcIncomplete,
    /// An address over which tokens and secrets could be read.
    #[error("oidc.issuer and oidc.redirect_url must begin with https://, not \"{0}\"")]
    OidcAddress(String),
    /// A part length that players do not take well.
    #[error("part_ms must be 500 or 1000, not {0}")]
    PartLength(u32),
}

impl Config {
    /// Decides every setting; `data` is used when nothing names a data folder.
    ///
    /// # Errors
    /// A [`ConfigError`] that names the setting to change.
    pub fn load(flags: &Settings, data: &Path) -> Result<Self, ConfigError> {
        let path = flags.config.clone().or_else(|| env::var_os("PLENARY_CONFIG").map(Into::into));
        let file = path.map(|path| read_file(&path)).transpose()?.unwrap_or_default();
        let tls = tls(flags, &file)?;
        let part_ms = first(flags.part_ms, "PLENARY_PART_MS", file.part_ms)?.unwrap_or(500);
        if part_ms != 500 && part_ms != 1000 {
            return Err(ConfigError::PartLength(part_ms));
        }
        let media_port =
            first(flags.media_port, "PLENARY_MEDIA_PORT", file.media_port)?.unwrap_or(0);
        let media_threads =
            first(flags.media_threads, "PLENARY_MEDIA_THREADS", file.media_threads)?
                .unwrap_or_else(one_per_core);
        let last_port = media_port.checked_add(media_threads.saturating_sub(1));
        if !(1..=MEDIA_THREADS_MAX).contains(&media_threads) || last_port.is_none() {
            return Err(ConfigError::MediaThreads { port: media_port, threads: media_threads });
        }
        let turn_urls = first(flags.turn_urls.clone(), "PLENARY_TURN_URLS", file.turn_urls)?
            .unwrap_or_default();
        let turn_secret_file = first(
            flags.turn_secret_file.clone(),
            "PLENARY_TURN_SECRET_FILE",
            file.turn_secret_file,
        )?;
        if turn_urls.has_relay() && turn_secret_file.is_none() {
            return Err(ConfigError::TurnSecretMissing);
        }
        Ok(Self {
            listen: first(flags.listen, "PLENARY_LISTEN", file.listen)?
                .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            data: first(flags.data.clone(), "PLENARY_DATA", file.data)?
                .unwrap_or_else(|| data.to_owned()),
            media_port,
            media_threads,
            ice_tcp: first(flags.ice_tcp, "PLENARY_ICE_TCP", file.ice_tcp)?.unwrap_or(true),
            viewers_max: first(flags.viewers_max, "PLENARY_VIEWERS_MAX", file.viewers_max)?
                .unwrap_or(VIEWERS_MAX),
            public_host: first(flags.public_host.clone(), "PLENARY_PUBLIC_HOST", file.public_host)?,
            turn_urls,
            turn_secret_file,
            tls,
            embed_origins: first(
                flags.embed_origins.clone(),
                "PLENARY_EMBED_ORIGINS",
                file.embed_origins,
            )?
            .unwrap_or_default(),
            part_ms,
            encoder: first(flags.encoder, "PLENARY_ENCODER", file.encoder)?
                .unwrap_or(Encoder::BuiltIn),
            ffmpeg: first(flags.ffmpeg.clone(), "PLENARY_FFMPEG", file.ffmpeg)?
                .unwrap_or_else(|| "ffmpeg".into()),
            trusted_proxies: first(
                flags.trusted_proxies.clone(),
                "PLENARY_TRUSTED_PROXIES",
                file.trusted_proxies,
            )?
            .unwrap_or_default(),
            joins_per_second_max: first(
                flags.joins_per_second_max,
                "PLENARY_JOINS_PER_SECOND_MAX",
                file.joins_per_second_max,
            )?
            .unwrap_or(JOINS_PER_SECOND_MAX),
            oidc: OidcConfig::load(flags.oidc.clone(), file.oidc)?,
        })
    }

    /// The encoder as the media worker is told.
    pub fn choice(&self) -> Choice {
        match self.encoder {
            Encoder::BuiltIn => Choice::BuiltIn,
            Encoder::Ffmpeg => Choice::Ffmpeg { program: self.ffmpeg.clone() },
        }
    }

    /// The scheme, host and port that links begin with, given the port that was really bound.
    pub fn base_url(&self, bound: SocketAddr) -> String {
        let scheme = if self.tls == Tls::Off { "http" } else { "https" };
        let host = match &self.public_host {
            Some(name) => name.clone(),
            None if bound.ip().is_unspecified() => "127.0.0.1".into(),
            None if bound.is_ipv6() => format!("[{}]", bound.ip()),
            None => bound.ip().to_string(),
        };
        format!("{scheme}://{host}:{}", bound.port())
    }
}

/// How the web server speaks TLS.
fn tls(flags: &Settings, file: &Settings) -> Result<Tls, ConfigError> {
    let certificate = first(
        flags.tls_certificate.clone(),
        "PLENARY_TLS_CERTIFICATE",
        file.tls_certificate.clone(),
    )?;
    let key = first(flags.tls_key.clone(), "PLENARY_TLS_KEY", file.tls_key.clone())?;
    match first(flags.tls, "PLENARY_TLS", file.tls)?.unwrap_or(TlsMode::Off) {
        TlsMode::Off => Ok(Tls::Off),
        TlsMode::SelfSigned => Ok(Tls::SelfSigned),
        TlsMode::Files => match (certificate, key) {
            (Some(certificate), Some(key)) => Ok(Tls::Files { certificate, key }),
            _ => Err(ConfigError::TlsFilesMissing),
        },
    }
}

/// As many threads as this machine has cores.
fn one_per_core() -> u16 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    u16::try_from(cores).unwrap_or(MEDIA_THREADS_MAX).min(MEDIA_THREADS_MAX)
}

/// An address from the command line.
fn address(text: &str) -> Result<SocketAddr, String> {
    let example = "write address and port, for example 127.0.0.1:8080";
    text.parse().map_err(|error| format!("{error}; {example}"))
}

fn read_file(path: &Path) -> Result<Settings, ConfigError> {
    let text = fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    toml::from_str(&text)
        .map_err(|source| ConfigError::Malformed { path: path.to_owned(), source: source.into() })
}

/// The flag, else the environment variable, else the file's value.
fn first<T: FromStr<Err: ToString>>(
    flag: Option<T>,
    name: &'static str,
    file: Option<T>,
) -> Result<Option<T>, ConfigError> {
    if flag.is_some() {
        return Ok(flag);
    }
    match env::var(name) {
        Ok(value) => value.parse().map(Some).map_err(|reason: T::Err| ConfigError::Environment {
            name,
            reason: reason.to_string(),
            value,
        }),
        Err(_) => Ok(file),
    }
}
