//! CPU time that processes have used.

/// CPU time of this process, all its threads, in microseconds.
pub fn own_us() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a valid timespec for the call to fill.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut now) };
    now.tv_sec as u64 * 1_000_000 + now.tv_nsec as u64 / 1_000
}

/// CPU time of another living process in microseconds, 0 when it is gone.
pub fn process_us(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"));
    stat.ok().and_then(|stat| name_and_us(&stat)).map_or(0, |(_, us)| us)
}

/// Name and CPU time in microseconds of every living thread of a process, the main thread first.
pub fn threads_us(process: u32) -> Vec<(String, u64)> {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else { return Vec::new() };
    let mut threads: Vec<_> = threads.flatten().map(|thread| thread.path()).collect();
    let main = process.to_string();
    threads.sort_by_key(|path| !path.ends_with(&main));
    let stats = threads.iter().filter_map(|path| std::fs::read_to_string(path.join("stat")).ok());
    stats.filter_map(|stat| name_and_us(&stat)).collect()
}

/// Reads the name and the time in user and system of a `stat` file (proc(5)).
fn name_and_us(stat: &str) -> Option<(String, u64)> {
    // The name may hold anything, so fields count from its last bracket.
    let (before, fields) = stat.rsplit_once(')')?;
    let (_, name) = before.split_once('(')?;
    let ticks: u64 =
        fields.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
    // SAFETY: asks the system for a constant.
    let per_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) }.max(1) as u64;
    Some((name.to_owned(), ticks * 1_000_000 / per_second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_move_the_fields() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 9 8 7 6 300 200 0 0 20 0 1 0 5 6 7";
        // SAFETY: asks the system for a constant.
        let per_second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as u64;
        assert_eq!(name_and_us(stat), Some(("a (b) c".into(), 500_000_000 / per_second)));
        assert_eq!(name_and_us("gone"), None);
    }

    #[test]
    fn the_main_thread_comes_first() {
        let (end, ends) = std::sync::mpsc::channel::<()>();
        let (runs, running) = std::sync::mpsc::channel();
        let other = std::thread::Builder::new().name("other".into()).spawn(move || {
            // A thread takes its name itself.
            runs.send(()).and(Ok(ends.recv()))
        });
        running.recv().expect("it runs");
        let names: Vec<String> =
            threads_us(std::process::id()).into_iter().map(|(name, _)| name).collect();
        drop(end);
        assert!(other.expect("a thread").join().expect("no panic").is_ok());
        let main = std::fs::read_to_string("/proc/self/comm").expect("proc");
        assert_eq!(names.first().map(String::as_str), Some(main.trim_end()));
        assert!(names.iter().any(|name| name == "other"), "{names:?}");
    }
}
