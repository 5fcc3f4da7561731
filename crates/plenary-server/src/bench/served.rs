//! A server of this program with one event on air, for measurements that bring their own people.

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
    data: PathBuf,
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
        let folder = data.display().to_string();
        let log = log(data);
        let mut create =
            vec!["create-event", SLUG, "--title", "Bench", "--json", "--data", &folder];
        create.extend(people.iter().flat_map(|person| ["--speaker", person]));
        Process::start(program, &create, &log)?.finish()?;
        let process = serve(program, "127.0.0.1:0", data)?;
        let Ready { base } = serde_json::from_str(&process.line)?;
        let listen = base.strip_prefix("http://").context("a server without TLS")?;
        let links = ["links", SLUG, "--json", "--listen", listen, "--data", &folder];
        let links = Process::start(program, &links, &log)?;
        let Links { hls, studio, places } = serde_json::from_str(&links.line)?;
        let (web, hls) = Web::of(&hls)?;
        let (program, data) = (program.to_owned(), data.to_owned());
        Ok(Self { process, web, hls, studio, places, program, data })
    }

    /// Kills the server without warning and starts it again with the same folder and address.
    ///
    /// # Errors
    /// It does not start again.
    pub fn restarted(self) -> anyhow::Result<Self> {
        self.process.kill()?;
        let process = serve(&self.program, &self.web.address().to_string(), &self.data)?;
        Ok(Self { process, ..self })
    }

    /// Starts a synthetic speaker in a process of its own, who joins as a browser does. The number in
    /// its mark is that of the place.
    ///
    /// # Errors
    /// The speaker does not get onto the stage.
    pub fn speak(&self, place: &Place) -> anyhow::Result<Process> {
        let source = self.places.iter().position(|known| known.seat == place.seat);
        let source = source.context("a seat of another event")?.to_string();
        let speak = ["bench", "speaker", &place.link, "--source", &source];
        Process::start(&self.program, &speak, &log(&self.data))
    }
}

fn serve(program: &Path, listen: &str, data: &Path) -> anyhow::Result<Process> {
    let folder = data.display().to_string();
    let serve = ["serve", "--json", "--listen", listen, "--data", &folder];
    Process::start(program, &serve, &log(data))
}

fn log(data: &Path) -> PathBuf {
    data.join("log")
}
