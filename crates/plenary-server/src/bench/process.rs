//! Processes of this program for a measurement: started, heard until their first line, ended by
//! their id.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::Context as _;
use serde::Deserialize;

use super::web::Web;

/// A child process; dropping it kills it.
pub struct Process {
    child: Child,
    /// Open as long as the process is wanted, so that it can write.
    _out: BufReader<ChildStdout>,
    /// Its first line.
    pub line: String,
}

impl Process {
    /// Starts `program` and waits for its first line, which says that it does what it should. What
    /// it logs is appended to `log`.
    ///
    /// # Errors
    /// It cannot be started, or ended without a line; the error says what it logged.
    pub fn start(program: &Path, arguments: &[&str], log: &Path) -> anyhow::Result<Self> {
        let file = File::options().create(true).append(true).open(log)?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let out = child.stdout.take().context("a child without output")?;
        let mut out = BufReader::new(out);
        let mut line = String::new();
        out.read_line(&mut line)?;
        if line.is_empty() {
            let status = child.wait()?;
            let mut said = String::new();
            File::open(log)?.read_to_string(&mut said)?;
            anyhow::bail!("{arguments:?} ended with {status}:\n{said}");
        }
        Ok(Self { child, _out: out, line })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    /// It did not do its work.
    pub fn finish(mut self) -> anyhow::Result<()> {
        let status = self.child.wait()?;
        anyhow::ensure!(status.success(), "a command ended with {status}");
        Ok(())
    }

    /// Kills it without warning, as `kill -9` does, and waits until it is gone.
    ///
    /// # Errors
    /// The system does not let it be killed.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Already gone is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address of this machine that nobody listens on, for programs that cannot choose one themselves
/// and say which.
///
/// # Errors
/// The system has none.
pub fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

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

/// A running demo.
pub struct Demo {
    /// Its process.
    pub process: Process,
    /// Its links.
    pub links: DemoLinks,
    /// Its web server.
    pub web: Web,
    /// Path of the multivariant playlist.
    pub hls: String,
}

impl Demo {
    /// Starts `program demo` on a data folder and waits for its links. What it logs goes to
    /// `log` in the folder.
    ///
    /// # Errors
    /// It does not start; the error says why.
    pub fn start(program: &Path, data: &Path, listen: SocketAddr) -> anyhow::Result<Self> {
        Self::start_with(program, data, listen, &[])
    }

    /// The same with further options.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with(
        program: &Path,
        data: &Path,
        listen: SocketAddr,
        options: &[&str],
    ) -> anyhow::Result<Self> {
        let (folder, listen) = (data.display().to_string(), listen.to_string());
        let arguments = ["demo", "--json", "--listen", &listen, "--data", &folder];
        let arguments = [&arguments[..], options].concat();
        let process = Process::start(program, &arguments, &data.join("log"))?;
        let links: DemoLinks = serde_json::from_str(&process.line)?;
        let (web, hls) = Web::of(&links.hls)?;
        Ok(Self { process, links, web, hls })
    }
}
