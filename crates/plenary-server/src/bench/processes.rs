//! What the system knows of a server's processes: which there are, their memory, their UDP sockets.

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context as _;

/// The living children of a process, whichever of its threads has started them.
pub(super) fn children_of(process: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task"));
    let threads = threads.into_iter().flatten().flatten();
    let children =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let ids = children.collect::<Vec<String>>().concat();
    ids.split_whitespace().filter_map(|id| id.parse().ok()).collect()
}

/// The media worker of a server with one event.
///
/// # Errors
/// None runs at the moment.
pub(super) fn media_worker(server: u32) -> anyhow::Result<u32> {
    named(server, "media-worker").into_iter().next().context("no media worker runs")
}

/// The decoders of a media worker.
pub(super) fn decoders(media_worker: u32) -> Vec<u32> {
    named(media_worker, "decode-worker")
}

fn named(parent: u32, command: &str) -> Vec<u32> {
    let is_it = |process: &u32| {
        let line = fs::read_to_string(format!("/proc/{process}/cmdline"));
        line.is_ok_and(|line| line.contains(command))
    };
    children_of(parent).into_iter().filter(is_it).collect()
}

/// Kills a process below one of ours without warning.
///
/// # Errors
/// It is gone already, or the system does not allow it.
pub(super) fn kill(process: u32) -> anyhow::Result<()> {
    let id = libc::pid_t::try_from(process)?;
    // SAFETY: sends a signal to a process that the caller found below a child of ours.
    let sent = unsafe { libc::kill(id, libc::SIGKILL) };
    anyhow::ensure!(sent == 0, "process {process} cannot be killed");
    Ok(())
}

/// Memory of a process that does not come from files, its own and what it shares with its children,
/// as far as it is in RAM (proc_pid_status(5)), in KiB; none when the process is gone.
pub(super) fn memory_kib(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let field = |name: &str| -> Option<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    Some(field("RssAnon:")? + field("RssShmem:")?)
}

/// A UDP socket of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UdpSocket {
    /// Where it is bound; an unspecified address is given as this machine's own.
    pub(super) address: SocketAddr,
    /// Datagrams that the system threw away because they were not read in time.
    pub(super) dropped: u64,
}

/// The IPv4 UDP sockets of a process.
///
/// # Errors
/// The process is gone or belongs to somebody else.
pub(super) fn udp_sockets(process: u32) -> anyhow::Result<Vec<UdpSocket>> {
    let links = fs::read_dir(format!("/proc/{process}/fd"))?.flatten();
    let links = links.filter_map(|link| fs::read_link(link.path()).ok());
    let own: BTreeSet<String> = links
        .filter_map(|link| {
            let name = link.to_str()?;
            Some(name.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
        })
        .collect();
    let table = fs::read_to_string(format!("/proc/{process}/net/udp"))?;
    Ok(table.lines().skip(1).filter_map(|line| socket(line, &own)).collect())
}

/// Reads a line of `/proc/net/udp`: the local address in hexadecimal in the machine's byte order, and
/// behind it the inode and, last, the drops.
fn socket(line: &str, inodes: &BTreeSet<String>) -> Option<UdpSocket> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    if !inodes.contains(*fields.get(9)?) {
        return None;
    }
    let (host, port) = fields.get(1)?.split_once(':')?;
    let host = Ipv4Addr::from(u32::from_str_radix(host, 16).ok()?.to_ne_bytes());
    let host = if host.is_unspecified() { Ipv4Addr::LOCALHOST } else { host };
    let port = u16::from_str_radix(port, 16).ok()?;
    let dropped = fields.get(12)?.parse().ok()?;
    Some(UdpSocket { address: SocketAddr::from((host, port)), dropped })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_of_this_process_is_found_with_what_it_lost() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let address = socket.local_addr().expect("an address");
        let sockets = udp_sockets(std::process::id()).expect("proc");
        let found = sockets.into_iter().find(|socket| socket.address == address);
        assert_eq!(found, Some(UdpSocket { address, dropped: 0 }));
        // Far more than any receive buffer holds.
        for _ in 0..100_000 {
            socket.send_to(&[0; 1_000], address).expect("loopback takes it");
        }
        let sockets = udp_sockets(std::process::id()).expect("proc");
        let found = sockets.into_iter().find(|socket| socket.address == address);
        assert!(found.is_some_and(|socket| 0 < socket.dropped), "{found:?}");
        assert!(memory_kib(std::process::id()).is_some_and(|kib| 0 < kib));
    }
}
