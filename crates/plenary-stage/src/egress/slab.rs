//! Datagrams that leave together: one piece of memory, and runs of equal datagrams to one place, as
//! the kernel takes them in one call (UDP generic segmentation offload).

use crate::address::TransportAddress;

/// Most datagrams of a run: what the kernel segments at most (`UDP_MAX_SEGMENTS`).
const SEGMENTS_MAX: usize = 64;
/// Most bytes of a run: a UDP datagram's length has 16 bits, headers included.
const RUN_BYTES_MAX: usize = 65_000;
/// What is filled before the shell sends: stays in a core's second-level cache.
const SLAB_BYTES: usize = 384 * 1024;
/// Most runs of a slab; about one call of the kernel takes so many.
const RUNS_MAX: usize = 64;

/// Datagrams between the same two addresses, all of `segment` bytes but the last, which may be
/// shorter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// From this candidate address.
    pub from: TransportAddress,
    /// To this one.
    pub to: TransportAddress,
    /// Bytes of each datagram.
    pub segment: usize,
    start: usize,
    length: usize,
}

/// Runs with their bytes.
#[derive(Debug)]
pub struct Slab {
    bytes: Vec<u8>,
    used: usize,
    runs: Vec<Run>,
}

impl Default for Slab {
    fn default() -> Self {
        Self { bytes: vec![0; SLAB_BYTES], used: 0, runs: Vec::with_capacity(RUNS_MAX) }
    }
}

impl Slab {
    /// The runs and the bytes of each.
    pub fn runs(&self) -> impl Iterator<Item = (&Run, &[u8])> {
        self.runs.iter().map(|run| (run, &self.bytes[run.start..run.start + run.length]))
    }

    /// Whether there is nothing to send.
    pub const fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Whether it is time to send before more is added.
    pub const fn is_full(&self) -> bool {
        SLAB_BYTES < self.used + RUN_BYTES_MAX || RUNS_MAX <= self.runs.len() + 4
    }

    /// Forgets what has been sent.
    pub fn clear(&mut self) {
        self.used = 0;
        self.runs.clear();
    }

    /// Room for a datagram of `length` bytes, for the caller to write.
    pub fn datagram(
        &mut self,
        (from, to): (TransportAddress, TransportAddress),
        length: usize,
    ) -> &mut [u8] {
        let start = self.used;
        let end = start + length;
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        let extends = |run: &&mut Run| {
            let all_full = run.length.is_multiple_of(run.segment);
            (run.from, run.to) == (from, to)
                && all_full
                && length <= run.segment
                && run.length < SEGMENTS_MAX * run.segment
                && run.length + length <= RUN_BYTES_MAX
        };
        match self.runs.last_mut().filter(extends) {
            Some(run) => run.length += length,
            None => self.runs.push(Run { from, to, segment: length.max(1), start, length }),
        }
        self.used = end;
        &mut self.bytes[start..end]
    }

    /// Takes back the datagram that was begun last, when it could not be written.
    pub fn take_back(&mut self, length: usize) {
        self.used -= length;
        if let Some(run) = self.runs.last_mut() {
            run.length -= length;
            if run.length == 0 {
                self.runs.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn at(port: u16) -> TransportAddress {
        TransportAddress::Udp(SocketAddr::from(([127, 0, 0, 1], port)))
    }

    fn shape(slab: &Slab) -> Vec<(u16, usize, usize)> {
        slab.runs().map(|(run, bytes)| (run.to.socket().port(), run.segment, bytes.len())).collect()
    }

    #[test]
    fn equal_datagrams_to_one_place_are_a_run_that_a_shorter_one_ends() {
        let mut slab = Slab::default();
        for (to, length) in [(1, 100), (1, 100), (1, 60), (1, 60), (2, 60), (2, 70)] {
            slab.datagram((at(9), at(to)), length).fill(to as u8);
        }
        assert_eq!(shape(&slab), [(1, 100, 260), (1, 60, 60), (2, 60, 60), (2, 70, 70)]);
        assert!(
            slab.runs()
                .all(|(run, bytes)| bytes.iter().all(|b| *b == run.to.socket().port() as u8))
        );
    }

    #[test]
    fn a_run_ends_where_the_kernel_would_refuse_it() {
        let mut slab = Slab::default();
        for _ in 0..130 {
            slab.datagram((at(9), at(1)), 100);
        }
        assert_eq!(shape(&slab), [(1, 100, 6_400), (1, 100, 6_400), (1, 100, 200)]);
        slab.clear();
        for _ in 0..60 {
            slab.datagram((at(9), at(1)), 1_240);
        }
        assert_eq!(shape(&slab), [(1, 1_240, 64_480), (1, 1_240, 9_920)]);
    }

    #[test]
    fn what_is_taken_back_is_not_sent() {
        let mut slab = Slab::default();
        slab.datagram((at(9), at(1)), 100);
        slab.datagram((at(9), at(1)), 90);
        slab.take_back(90);
        assert_eq!(shape(&slab), [(1, 100, 100)]);
        slab.take_back(100);
        assert!(slab.is_empty());
    }
}
