//! Processes full of seats and viewers, and what a server needs for them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::Context as _;
use plenary_programme::cpu::threads_us;

use super::load::{Counts, Order};

/// Name of the server's threads that forward, as the system shows it.
const FORWARDING: &str = "media";

/// A process full of seats.
pub struct Seats {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Seats {
    /// Starts it and waits until everybody in it is connected.
    ///
    /// # Errors
    /// Somebody does not connect.
    pub fn start(program: &Path, order: &Order) -> anyhow::Result<Self> {
        let mut child = Command::new(program)
            .args(["bench", "load"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let to = child.stdin.take().context("a child without input")?;
        let from = BufReader::new(child.stdout.take().context("a child without output")?);
        let mut seats = Self { child, to, from };
        seats.say(&serde_json::to_string(order)?)?;
        anyhow::ensure!(seats.hear()?.trim() == "up", "some seats did not connect");
        Ok(seats)
    }

    /// Lets them send what they send.
    ///
    /// # Errors
    /// The process is gone.
    pub fn begin(&mut self) -> anyhow::Result<()> {
        self.say("begin")
    }

    /// Waits for what they counted.
    ///
    /// # Errors
    /// The process has failed.
    pub fn end(mut self) -> anyhow::Result<Counts> {
        Ok(serde_json::from_str(&self.hear()?)?)
    }

    fn say(&mut self, line: &str) -> anyhow::Result<()> {
        Ok(writeln!(self.to, "{line}")?)
    }

    fn hear(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        anyhow::ensure!(!line.is_empty(), "a process of seats ended before its time");
        Ok(line)
    }
}

impl Drop for Seats {
    fn drop(&mut self) {
        // Already gone is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU time of a server's threads.
#[derive(Debug, Clone, Copy)]
pub struct Cpu {
    /// How many forward.
    pub threads: usize,
    /// Of those.
    pub forwarding_us: u64,
    /// Of all others.
    pub rest_us: u64,
}

impl Cpu {
    /// Of a process until now.
    pub fn of(process: u32) -> Self {
        let mut cpu = Self { threads: 0, forwarding_us: 0, rest_us: 0 };
        for (name, us) in threads_us(process) {
            if name.starts_with(FORWARDING) {
                cpu.threads += 1;
                cpu.forwarding_us += us;
            } else {
                cpu.rest_us += us;
            }
        }
        cpu
    }

    /// Since an earlier reading.
    pub fn since(self, before: Self) -> Self {
        Self {
            threads: self.threads,
            forwarding_us: self.forwarding_us.saturating_sub(before.forwarding_us),
            rest_us: self.rest_us.saturating_sub(before.rest_us),
        }
    }
}
