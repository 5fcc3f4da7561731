//! A process of this program that makes load: it is told what to do, says when everything stands
//! ready, begins when told, and ends with what it counted.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::Context as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What it says when everything stands ready.
pub const READY: &str = "up";

/// The process; dropping it kills it.
pub struct Crew {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Crew {
    /// Starts `program bench WORK` and waits until all of the order stands ready.
    ///
    /// # Errors
    /// It ended before that.
    pub fn start(program: &Path, work: &str, order: &impl Serialize) -> anyhow::Result<Self> {
        let mut child = Command::new(program)
            .args(["bench", work])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let to = child.stdin.take().context("a child without input")?;
        let from = BufReader::new(child.stdout.take().context("a child without output")?);
        let mut crew = Self { child, to, from };
        crew.say(&serde_json::to_string(order)?)?;
        anyhow::ensure!(crew.hear()?.trim() == READY, "not everything stands ready");
        Ok(crew)
    }

    /// Lets it begin.
    ///
    /// # Errors
    /// It has ended.
    pub fn begin(&mut self) -> anyhow::Result<()> {
        self.say("begin")
    }

    /// Waits for what it counted.
    ///
    /// # Errors
    /// It ended without it.
    pub fn end<T: DeserializeOwned>(mut self) -> anyhow::Result<T> {
        Ok(serde_json::from_str(&self.hear()?)?)
    }

    fn say(&mut self, line: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.to, "{line}")?)
    }

    fn hear(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        anyhow::ensure!(!line.is_empty(), "a process that makes load ended before its time");
        Ok(line)
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        // Already gone is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
