//! Where the CPU time of a media worker goes, by its threads and its decoders.

use plenary_programme::cpu::{process_us, threads_us};
use serde::Serialize;

use super::processes::children_of;

/// CPU of a media worker in cores, stage by stage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Stages {
    /// The decoder processes: pictures and sound, and the shrinking of what is shown small.
    pub decode: f64,
    /// Threads that feed decoders and copy their pictures out.
    pub carry: f64,
    /// The clock's thread: composing pictures and mixing sound.
    pub compose: f64,
    /// The video encoders, with the scaling for the smaller renditions.
    pub encode_video: f64,
    /// The sound encoders and the loudness meter.
    pub encode_sound: f64,
    /// Everything else: the socket to the server, graphics.
    pub rest: f64,
}

/// CPU time of each stage up to a moment, in microseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading([u64; 6]);

impl Reading {
    /// Reads a worker whose threads and decoders live.
    pub(super) fn of(worker: u32) -> Self {
        let mut us = [0; 6];
        us[0] = children_of(worker).into_iter().map(process_us).sum();
        for (n, (name, thread_us)) in threads_us(worker).into_iter().enumerate() {
            us[if n == 0 { 2 } else { stage_of(&name) }] += thread_us;
        }
        Self(us)
    }

    /// Cores since an earlier reading.
    pub(super) fn since(self, earlier: Self, seconds: f64) -> Stages {
        let cores = |n: usize| self.0[n].saturating_sub(earlier.0[n]) as f64 / 1e6 / seconds;
        Stages {
            decode: cores(0),
            carry: cores(1),
            compose: cores(2),
            encode_video: cores(3),
            encode_sound: cores(4),
            rest: cores(5),
        }
    }
}

/// The stage of a thread that is not the main one; the system cuts names after 15 bytes.
fn stage_of(thread: &str) -> usize {
    match thread {
        "to-decoder" | "from-decoder" => 1,
        "encode-sound" => 4,
        encoder if encoder.starts_with("encode-") => 3,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_time_over_time_and_every_thread_has_a_stage() {
        let stages = Reading([3_500_000, 0, 500_000, 0, 1, 0]).since(Reading([1_500_000; 6]), 4.0);
        assert_eq!([stages.decode, stages.carry, stages.compose], [0.5, 0.0, 0.0]);
        let names = ["from-decoder", "encode-v720", "encode-sound", "to-server", "graphics"];
        assert_eq!(names.map(stage_of), [1, 3, 4, 5, 5]);
    }
}
