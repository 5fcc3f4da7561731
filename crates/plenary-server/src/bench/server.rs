//! A server of its own for a measurement: started, asked for its links, ended by its id.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::Context as _;
use serde::Deserialize;

use super::web::Web;

/// What `plenary demo --json` prints.
#[derive(Debug, Clone, Deserialize)]
pub struct DemoLinks {
    /// A visitor's seat.
    pub stage: String,
    /// For the director.
    pub studio: String,
    /// The multivariant playlist.
    pub hls: String,
}

/// A demo that runs as a child process; dropping it kills it.
pub struct Demo {
    process: Child,
    /// Open as long as the process is wanted, so that it can write.
    _out: BufReader<ChildStdout>,
    /// Its links.
    pub links: DemoLinks,
    /// Its web server.
    pub web: Web,
    /// Path of the multivariant playlist.
    pub hls: String,
}

impl Demo {
    /// Starts `program demo` on the data folder and waits for its links. What it logs goes to
    /// `demo.log` there.
    ///
    /// # Errors
    /// It cannot be started, or ended at once; its log says why.
    pub fn start(program: &Path, data: &Path, listen: SocketAddr) -> anyhow::Result<Self> {
        let path = data.join("demo.log");
        let log = File::options().create(true).append(true).open(&path)?;
        let mut process = Command::new(program)
            .arg("demo")
            .arg("--listen")
            .arg(listen.to_string())
            .arg("--data")
            .arg(data)
            .arg("--json")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("cannot start the demo")?;
        let out = process.stdout.take().context("the demo has no output")?;
        let mut out = BufReader::new(out);
        let mut line = String::new();
        out.read_line(&mut line)?;
        let Ok(links) = serde_json::from_str::<DemoLinks>(&line) else {
            process.wait()?;
            let mut said = String::new();
            File::open(&path)?.read_to_string(&mut said)?;
            anyhow::bail!("the demo did not start:\n{said}");
        };
        let (web, hls) = Web::of(&links.hls)?;
        Ok(Self { process, _out: out, links, web, hls })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Kills it without warning, as `kill -9` does, and waits until it is gone.
    ///
    /// # Errors
    /// It is not a process any more.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Already gone is fine.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
