//! A server of this program with one event on air, for measurements that bring their own people.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use plenary_model::id::{SeatId, SourceId};
use serde::Deserialize;

use super::process::Process;
use super::web::Web;

const SLUG: &str = "bench";

/// A seat on its stage.
#[derive(Debug, Clone, Deserialize)]
pub struct Place {
    /// The seat.
    pub seat: SeatId,
    /// The stage link that opens it.
    #[serde(rename = "url")]
    pub link: String,
}

impl Place {
    /// The name of its camera.
    pub fn camera(&self) -> String {
        SourceId::Camera(self.seat).to_string()
    }
}

/// The server.
pub struct Served {
    /// Its process.
    pub process: Process,
    /// Its web server.
    pub web: Web,
    /// Path of the multivariant playlist.
    pub hls: String,
    /// The studio link.
    pub studio: String,
    /// The seats in the order of their people.
    pub places: Vec<Place>,
    program: PathBuf,
    log: PathBuf,
}

#[derive(Debug, Deserialize)]
struct Ready {
    base: String,
}

#[derive(Debug, Deserialize)]
struct Links {
    hls: String,
    studio: String,
    #[serde(rename = "stage")]
    places: Vec<Place>,
}

impl Served {
    /// Makes an event for these people (`name/unit/title`) in a data folder and serves it with
    /// `program`. What its processes log goes to `log` in the folder.
    ///
    /// # Errors
    /// A command does not do its work; the error says why.
    pub fn start(program: &Path, data: &Path, people: &[String]) -> anyhow::Result<Self> {
        Self::start_at(Ipv4Addr::LOCALHOST.into(), program, data, people)
    }

    /// The same at an address of this machine.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_at(
        address: IpAddr,
        program: &Path,
        data: &Path,
        people: &[String],
    ) -> anyhow::Result<Self> {
        let folder = data.display().to_string();
        let log = data.join("log");
        let mut create =
            vec!["create-event", SLUG, "--title", "Bench", "--json", "--data", &folder];
        create.extend(people.iter().flat_map(|person| ["--speaker", person]));
        Process::start(program, &create, &log)?.finish()?;
        let listen = SocketAddr::new(address, 0).to_string();
        let serve = ["serve", "--json", "--listen", &listen, "--data", &folder];
        let process = Process::start(program, &serve, &log)?;
        let Ready { base } = serde_json::from_str(&process.line)?;
        let listen = base.strip_prefix("http://").context("a server without TLS")?;
        let links = ["links", SLUG, "--json", "--listen", listen, "--data", &folder];
        let links = Process::start(program, &links, &log)?;
        let Links { hls, studio, places } = serde_json::from_str(&links.line)?;
        let (web, hls) = Web::of(&hls)?;
        let program = program.to_owned();
        Ok(Self { process, web, hls, studio, places, program, log })
    }

    /// Starts a synthetic speaker in a process of its own, who joins as a browser does.
    ///
    /// # Errors
    /// The speaker does not get onto the stage.
    pub fn speak(&self, place: &Place) -> anyhow::Result<Process> {
        Process::start(&self.program, &["bench", "speaker", &place.link], &self.log)
    }

    /// The same through another program, whose name and first arguments these are.
    ///
    /// # Errors
    /// As [`Self::speak`].
    pub fn speak_through(&self, through: &[&str], place: &Place) -> anyhow::Result<Process> {
        let (first, rest) = through.split_first().context("a program")?;
        let program = self.program.display().to_string();
        let arguments = [rest, &[&program, "bench", "speaker", &place.link]].concat();
        Process::start(Path::new(first), &arguments, &self.log)
    }
}
