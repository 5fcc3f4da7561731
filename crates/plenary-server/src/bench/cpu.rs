//! What a server's threads need: those that forward media, and the rest.

use plenary_programme::cpu::threads_us;

/// Name of the threads that forward, as the system shows it.
const FORWARDING: &str = "media";

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
