//! A server of this program with one event on air, for measurements that bring their own people.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use plenary_model::id::{SeatId, SourceId};
use serde::Deserialize;

use super::host::Host;
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
    /// The link for an encoder (WHIP).
    pub whip: String,
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
    /// The programme at low delay for a player.
    pub whep: String,
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
    whep: String,
    studio: String,
    #[serde(rename = "stage")]
    places: Vec<Place>,
}

impl Served {
    /// Makes an event for these people (`name/unit/title`) in a data folder and serves it with
    /// `program` and these `settings`. What its processes log goes to `log` in the folder.
    ///
    /// # Errors
    /// A command does not do its work; the error says why.
    pub fn start(
        program: &Path,
        data: &Path,
        people: &[String],
        settings: &[&str],
    ) -> anyhow::Result<Self> {
        Self::start_on(&Host::Here, program, data, people, settings)
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
        Self::start_on(&Host::At(address), program, data, people, &[])
    }

    /// The same on another host.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_on(
        host: &Host,
        program: &Path,
        data: &Path,
        people: &[String],
        settings: &[&str],
    ) -> anyhow::Result<Self> {
        let folder = data.display().to_string();
        let log = log(data);
        let mut create =
            vec!["create-event", SLUG, "--title", "Bench", "--json", "--data", &folder];
        create.extend(people.iter().flat_map(|person| ["--speaker", person]));
        Process::start(program, &create, &log)?.finish()?;
        let listen = SocketAddr::new(host.address(), 0);
        let process = serve(host, program, (listen, data), settings)?;
        let Ready { base } = serde_json::from_str(&process.line)?;
        let listen = base.strip_prefix("http://").context("a server without TLS")?;
        let links = ["links", SLUG, "--json", "--listen", listen, "--data", &folder];
        let links = Process::start(program, &links, &log)?;
        let Links { hls, whep, studio, places } = serde_json::from_str(&links.line)?;
        let (web, hls) = Web::of(&hls)?;
        let (program, data) = (program.to_owned(), data.to_owned());
        Ok(Self { process, web, hls, whep, studio, places, program, data })
    }

    /// Kills the server without warning and starts it again with the same folder and address.
    ///
    /// # Errors
    /// It does not start again.
    pub fn restarted(self) -> anyhow::Result<Self> {
        self.process.kill()?;
        let place = (self.web.address(), self.data.as_path());
        let process = serve(&Host::Here, &self.program, place, &[])?;
        Ok(Self { process, ..self })
    }

    /// Starts a synthetic speaker in a process of its own, who joins as a browser does. The number in
    /// its mark is that of the place.
    ///
    /// # Errors
    /// The speaker does not get onto the stage.
    pub fn speak(&self, place: &Place) -> anyhow::Result<Process> {
        self.send(place, &place.link, &[])
    }

    /// The same by an encoder's link.
    ///
    /// # Errors
    /// As [`Self::speak`].
    pub fn contribute(&self, place: &Place) -> anyhow::Result<Process> {
        self.send(place, &place.whip, &[])
    }

    /// The same with a picture that uses all bits of an encoder.
    ///
    /// # Errors
    /// As [`Self::speak`].
    pub fn speak_grainy(&self, place: &Place) -> anyhow::Result<Process> {
        self.send(place, &place.link, &["--grain"])
    }

    fn send(&self, place: &Place, link: &str, more: &[&str]) -> anyhow::Result<Process> {
        let source = self.places.iter().position(|known| known.seat == place.seat);
        let source = source.context("a seat of another event")?.to_string();
        let mut speak = vec!["bench", "speaker", link, "--source", &source];
        speak.extend(more);
        Process::start(&self.program, &speak, &log(&self.data))
    }

    /// The same through another program, whose name and first arguments these are.
    ///
    /// # Errors
    /// As [`Self::speak`].
    pub fn speak_through(&self, through: &[&str], place: &Place) -> anyhow::Result<Process> {
        let (first, rest) = through.split_first().context("a program")?;
        let program = self.program.display().to_string();
        let arguments = [rest, &[&program, "bench", "speaker", &place.link]].concat();
        Process::start(Path::new(first), &arguments, &log(&self.data))
    }
}

fn serve(
    host: &Host,
    program: &Path,
    (listen, data): (SocketAddr, &Path),
    settings: &[&str],
) -> anyhow::Result<Process> {
    let (folder, listen) = (data.display().to_string(), listen.to_string());
    let serve = ["serve", "--json", "--listen", &listen, "--data", &folder];
    host.start(program, &[&serve, settings].concat(), &log(data))
}

fn log(data: &Path) -> PathBuf {
    data.join("log")
}
