//! The cage of a process that reads what strangers wrote: little memory and time, no file, no network,
//! no other program.

use std::io;
use std::mem::offset_of;

use libc::{c_ulong, rlim_t, seccomp_data, sock_filter, sock_fprog};
use plenary_model::limits::{TABLE_WORKER_CPU_S_MAX, TABLE_WORKER_MEMORY_MAX};

/// Standard input, output and error, and copies of the first two.
const DESCRIPTORS_MAX: rlim_t = 8;

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xC000_00B7;

/// All that reading takes: the file at hand, memory, and an end.
const CALLS: [libc::c_long; 31] = [
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_lseek,
    libc::SYS_fstat,
    libc::SYS_statx,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_fcntl,
    libc::SYS_brk,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_clock_gettime,
    libc::SYS_getrandom,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_tgkill,
    libc::SYS_prlimit64,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Closes the cage round this process, for good.
///
/// # Errors
/// The system refuses a limit; that it knows no filter of calls is no error.
pub(super) fn close() -> io::Result<()> {
    // Of processor time the first is told by SIGXCPU, only the second kills.
    let limits = [
        (libc::RLIMIT_AS, TABLE_WORKER_MEMORY_MAX, TABLE_WORKER_MEMORY_MAX),
        (libc::RLIMIT_CPU, TABLE_WORKER_CPU_S_MAX, TABLE_WORKER_CPU_S_MAX + 1),
        (libc::RLIMIT_FSIZE, 0, 0),
        (libc::RLIMIT_NOFILE, DESCRIPTORS_MAX, DESCRIPTORS_MAX),
        (libc::RLIMIT_CORE, 0, 0),
    ];
    for (resource, rlim_cur, rlim_max) in limits {
        let limit = libc::rlimit { rlim_cur, rlim_max };
        // SAFETY: `limit` is a valid rlimit for the call to read.
        said(unsafe { libc::setrlimit(resource, &limit) })?;
    }
    // SAFETY: the call takes numbers only.
    said(unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as c_ulong) })?;
    gain_nothing()?;
    // A kernel without filters of calls leaves the limits.
    let _ = allow_only(&CALLS);
    Ok(())
}

/// No program that is started from here may do more than this one (prctl(2)).
fn gain_nothing() -> io::Result<()> {
    const YES: c_ulong = 1;
    const UNUSED: c_ulong = 0;
    // SAFETY: the call takes numbers only.
    said(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, YES, UNUSED, UNUSED, UNUSED) })
}

/// Lets the kernel refuse all other calls with `EPERM` (seccomp(2)).
fn allow_only(calls: &[libc::c_long]) -> io::Result<()> {
    let mut program = filter(calls);
    let program = sock_fprog {
        len: u16::try_from(program.len()).map_err(io::Error::other)?,
        filter: program.as_mut_ptr(),
    };
    let mode = libc::SECCOMP_MODE_FILTER as c_ulong;
    // SAFETY: the program and its length belong together, and the kernel copies it.
    said(unsafe { libc::prctl(libc::PR_SET_SECCOMP, mode, &program) })
}

fn filter(calls: &[libc::c_long]) -> Vec<sock_filter> {
    let load = |from: usize| step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, from as u32, 0, 0);
    let is = |what: u32, yes, no| step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, what, yes, no);
    let answer = |what: u32| step(libc::BPF_RET | libc::BPF_K, what, 0, 0);
    let mut steps = vec![
        load(offset_of!(seccomp_data, arch)),
        is(ARCHITECTURE, 1, 0),
        answer(libc::SECCOMP_RET_KILL_PROCESS),
        load(offset_of!(seccomp_data, nr)),
    ];
    for (call, behind) in calls.iter().zip((1..=calls.len()).rev()) {
        // Over the other comparisons and the refusal.
        steps.push(is(*call as u32, behind as u8, 0));
    }
    steps.push(answer(libc::SECCOMP_RET_ERRNO | libc::EPERM as u32));
    steps.push(answer(libc::SECCOMP_RET_ALLOW));
    steps
}

const fn step(code: u32, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code: code as u16, jt, jf, k }
}

fn said(answer: libc::c_int) -> io::Result<()> {
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::net::TcpListener;
    use std::process::Command;
    use std::thread;

    use super::*;

    #[test]
    fn nothing_is_opened_asked_or_started_from_within() {
        // A filter holds for the thread that asks for it.
        let tried = thread::spawn(|| {
            gain_nothing()?;
            allow_only(&CALLS)?;
            let kinds = [
                File::open("/dev/null").map(drop).map_err(|error| error.kind()),
                TcpListener::bind("127.0.0.1:0").map(drop).map_err(|error| error.kind()),
                Command::new("/bin/true").spawn().map(drop).map_err(|error| error.kind()),
            ];
            Ok::<_, io::Error>(kinds)
        });
        let refused = Err(io::ErrorKind::PermissionDenied);
        assert_eq!(tried.join().unwrap().unwrap(), [refused; 3]);
    }
}
