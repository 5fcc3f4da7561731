//! The processes under a server.

use std::collections::BTreeMap;
use std::fs;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// A process that can be waited for although it is not our child.
pub struct Child {
    /// Its id.
    pub id: u32,
    /// Its command line.
    pub command: String,
    fd: OwnedFd,
}

impl Child {
    fn open(id: u32) -> Option<Self> {
        let command = fs::read_to_string(format!("/proc/{id}/cmdline")).ok()?.replace('\0', " ");
        // SAFETY: the call takes two numbers and gives a new descriptor or an error.
        let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, id, 0) };
        let fd = i32::try_from(fd).ok().filter(|fd| 0 <= *fd)?;
        // SAFETY: the descriptor is new and belongs to nobody else.
        Some(Self { id, command, fd: unsafe { OwnedFd::from_raw_fd(fd) } })
    }

    /// Waits until the process has ended; false when it has not after so long.
    pub fn ends_within(&self, ms: i32) -> bool {
        let mut poll = libc::pollfd { fd: self.fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: `poll` is one valid pollfd that lives over the call.
        unsafe { libc::poll(&raw mut poll, 1, ms) == 1 }
    }

    /// Kills it without warning.
    pub fn kill(&self) {
        self.signal(libc::SIGKILL);
    }

    /// Lets all its threads stand before other work on this machine, where that is allowed.
    pub fn prefer(&self) {
        let threads = fs::read_dir(format!("/proc/{}/task", self.id)).expect("it lives");
        let ids = threads.flatten().filter_map(|thread| thread.file_name().to_str()?.parse().ok());
        for id in ids {
            // SAFETY: sets the priority of a thread under a child of ours; a refusal changes nothing.
            unsafe { libc::setpriority(libc::PRIO_PROCESS, id, -10) };
        }
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: i32) {
        let null = std::ptr::null::<libc::siginfo_t>();
        let fd = self.fd.as_raw_fd();
        // SAFETY: a signal to the very process that the descriptor names; no info is passed.
        let sent = unsafe { libc::syscall(libc::SYS_pidfd_send_signal, fd, signal, null, 0) };
        assert_eq!(sent, 0, "{} can be signalled", self.command);
    }
}

/// Lets what this thread starts from now on stand before other work on this machine, where that is
/// allowed.
pub fn prefer_what_follows() {
    // SAFETY: sets the priority of this thread; a refusal changes nothing.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, -10) };
}

/// All processes under a process, at any depth.
pub fn under(root: u32) -> Vec<Child> {
    let mut parents = BTreeMap::new();
    for entry in fs::read_dir("/proc").expect("Linux has /proc").flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // The name in parentheses may hold anything; the parent is the second field after it.
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
        if let Some(parent) = fields.split(' ').nth(1).and_then(|field| field.parse().ok()) {
            parents.insert(id, parent);
        }
    }
    let is_under = |mut id: u32| {
        while let Some(parent) = parents.get(&id) {
            if *parent == root {
                return true;
            }
            id = *parent;
        }
        false
    };
    parents.keys().filter(|id| is_under(**id)).filter_map(|id| Child::open(*id)).collect()
}
