//! Where a server of a measurement runs: beside the measurement, or in a network namespace of its own,
//! which some peers need because they do not use the loopback interface.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use super::process::Process;

/// A host.
pub enum Host {
    /// This one, by its loopback interface.
    Here,
    /// This one, by another address.
    At(IpAddr),
    /// A namespace.
    There(Namespace),
}

impl Host {
    /// Its address.
    pub const fn address(&self) -> IpAddr {
        match self {
            Self::Here => IpAddr::V4(Ipv4Addr::LOCALHOST),
            Self::At(address) => *address,
            Self::There(_) => IpAddr::V4(INSIDE),
        }
    }

    /// Starts a program there, as [`Process::start`].
    ///
    /// # Errors
    /// As [`Process::start`].
    pub fn start(&self, program: &Path, arguments: &[&str], log: &Path) -> anyhow::Result<Process> {
        match self {
            Self::Here | Self::At(_) => Process::start(program, arguments, log),
            Self::There(namespace) => {
                let program = program.display().to_string();
                let mut all = vec!["netns", "exec", &namespace.name, &program];
                all.extend(arguments);
                Process::start(Path::new("ip"), &all, log)
            }
        }
    }
}

const INSIDE: Ipv4Addr = Ipv4Addr::new(10, 213, 0, 1);
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(10, 213, 0, 2);

/// A network namespace, joined to this one by a pair of interfaces; it ends when this is dropped.
pub struct Namespace {
    name: String,
}

impl Namespace {
    /// Makes one.
    ///
    /// # Errors
    /// This is not root, or `ip` (iproute2) is not there.
    pub fn make() -> anyhow::Result<Self> {
        let id = std::process::id();
        let name = format!("plenary-{id}");
        let (near, far) = (format!("pl{id}a"), format!("pl{id}b"));
        ip(&format!("netns add {name}"))?;
        let made = Self { name };
        let name = &made.name;
        ip(&format!("link add {near} type veth peer name {far} netns {name}"))?;
        ip(&format!("addr add {OUTSIDE}/24 dev {near}"))?;
        ip(&format!("link set {near} up"))?;
        ip(&format!("-n {name} addr add {INSIDE}/24 dev {far}"))?;
        ip(&format!("-n {name} link set {far} up"))?;
        ip(&format!("-n {name} link set lo up"))?;
        Ok(made)
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        if let Err(error) = ip(&format!("netns del {}", self.name)) {
            tracing::warn!(%error, "a network namespace stays");
        }
    }
}

fn ip(command: &str) -> anyhow::Result<()> {
    let done = Command::new("ip").args(command.split(' ')).output().context("there is no ip")?;
    let said = String::from_utf8_lossy(&done.stderr);
    anyhow::ensure!(done.status.success(), "ip {command}: {}", said.trim());
    Ok(())
}
