//! How many files and sockets the server may hold at a time.

use std::io;

use plenary_model::limits::{CONNECTIONS_MAX, DESCRIPTORS_KEPT};

/// Raises the limit of this process as far as the system allows without an administrator: a usual
/// shell begins with 1 024, which a thousand viewers fill.
///
/// Gives how many connections the web server may hold, so that files and media sockets have room.
pub fn raise() -> usize {
    match raised() {
        Ok(descriptors) => connections(descriptors),
        Err(error) => {
            tracing::warn!(%error, "the limit of open files cannot be raised");
            connections(1_024)
        }
    }
}

fn connections(descriptors: u64) -> usize {
    let descriptors = usize::try_from(descriptors).unwrap_or(usize::MAX);
    descriptors.saturating_sub(DESCRIPTORS_KEPT).clamp(1, CONNECTIONS_MAX)
}

/// Sets the soft limit to the hard one (getrlimit(2)); gives what holds now.
fn raised() -> io::Result<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a valid rlimit for the call to fill.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: `limit` is a valid rlimit for the call to read.
    if unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(limit.rlim_cur)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_media_have_room_beside_a_full_web_server() {
        assert_eq!(connections(1_024), 512);
        assert_eq!(connections(20_000), CONNECTIONS_MAX);
        assert_eq!(connections(u64::MAX), CONNECTIONS_MAX);
        assert_eq!(connections(100), 1);
    }
}
