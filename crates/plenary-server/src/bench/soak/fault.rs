//! The faults of the soak, each as it comes to an event in real life.

use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::Context as _;

use super::super::processes;
use super::{SPEAKERS, Soak};

/// How long packets are lost.
const LOSS: Duration = Duration::from_secs(5);
/// How many of a hundred.
const LOSS_PERCENT: u32 = 20;

/// Something that breaks, or the director's hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    SourceKilled,
    DecoderKilled,
    WorkerKilled,
    ServerKilled,
    DirectorTakes,
    PacketsLost,
}

impl Fault {
    pub(super) const ALL: [Self; 6] = [
        Self::SourceKilled,
        Self::DecoderKilled,
        Self::WorkerKilled,
        Self::ServerKilled,
        Self::DirectorTakes,
        Self::PacketsLost,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SourceKilled => "source_killed",
            Self::DecoderKilled => "decoder_killed",
            Self::WorkerKilled => "worker_killed",
            Self::ServerKilled => "server_killed",
            Self::DirectorTakes => "director_takes",
            Self::PacketsLost => "packets_lost",
        }
    }

    /// Packets are lost by the system's filter, which only root may change.
    pub(super) fn is_possible(self) -> bool {
        match self {
            Self::PacketsLost => Filter::losing(&[]).is_ok(),
            Self::SourceKilled
            | Self::DecoderKilled
            | Self::WorkerKilled
            | Self::ServerKilled
            | Self::DirectorTakes => true,
        }
    }

    pub(super) fn make(self, mut soak: Soak) -> anyhow::Result<Soak> {
        let server = soak.served.process.id();
        match self {
            Self::SourceKilled => {
                let place = soak.random.below(SPEAKERS);
                let speaker = soak.shown[place];
                soak.speakers.remove(speaker).kill()?;
                soak.wait_until("no card is on air", |audience| {
                    audience.marks().get(place).is_some_and(Option::is_none)
                })?;
                let back = soak.served.speak(&soak.served.places[speaker])?;
                soak.speakers.insert(speaker, back);
            }
            Self::DecoderKilled => {
                let decoders = processes::decoders(processes::media_worker(server)?);
                anyhow::ensure!(!decoders.is_empty(), "no decoder runs");
                processes::kill(decoders[soak.random.below(decoders.len())])?;
            }
            Self::WorkerKilled => processes::kill(processes::media_worker(server)?)?,
            Self::ServerKilled => soak.served = soak.served.restarted()?,
            Self::DirectorTakes => {
                let by = 1 + soak.random.below(SPEAKERS - 1);
                soak.shown.rotate_left(by);
                soak.take("four", &soak.shown)?;
            }
            Self::PacketsLost => {
                let sockets = processes::udp_sockets(server)?;
                let ports: Vec<u16> = sockets.iter().map(|socket| socket.address.port()).collect();
                let filter = Filter::losing(&ports)?;
                thread::sleep(LOSS);
                drop(filter);
            }
        }
        Ok(soak)
    }
}

/// A table of the system's packet filter (nftables); it goes when this is dropped.
struct Filter {
    table: String,
}

impl Filter {
    /// Loses some of the datagrams to and from these ports.
    fn losing(ports: &[u16]) -> anyhow::Result<Self> {
        let filter = Self { table: format!("plenary_soak_{}", std::process::id()) };
        let table = &filter.table;
        let mut rules = format!("add table inet {table}\n");
        rules.push_str(&format!(
            "add chain inet {table} lossy {{ type filter hook input priority 0; }}\n"
        ));
        for port in ports {
            for end in ["dport", "sport"] {
                rules.push_str(&format!(
                    "add rule inet {table} lossy udp {end} {port} \
                     numgen random mod 100 < {LOSS_PERCENT} drop\n"
                ));
            }
        }
        nft(&rules)?;
        Ok(filter)
    }
}

impl Drop for Filter {
    fn drop(&mut self) {
        if let Err(error) = nft(&format!("delete table inet {}\n", self.table)) {
            tracing::warn!(%error, table = self.table, "a packet filter stays behind");
        }
    }
}

fn nft(rules: &str) -> anyhow::Result<()> {
    let mut child = Command::new("nft")
        .args(["-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut input = child.stdin.take().context("a child without input")?;
    std::io::Write::write_all(&mut input, rules.as_bytes())?;
    drop(input);
    anyhow::ensure!(child.wait()?.success(), "the system's packet filter cannot be changed");
    Ok(())
}
