//! `bench start`: how soon a demo is on air, and how soon it serves again after a kill.

use std::env;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

use anyhow::Context as _;
use serde::Serialize;

use super::figures::Spread;
use super::follow::Follower;
use super::process::Demo;

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// From the command until the first part was fetched.
    pub first_part: Option<Spread>,
    /// From the command on the data of a killed server until it said that it is ready.
    pub ready_again: Option<Spread>,
    /// The same until the first new part was fetched.
    pub part_again: Option<Spread>,
    /// How much of what a player had before the kill is not in the recording.
    pub recording_lost: Option<Spread>,
}

/// Parts that are watched before a kill; one more in each run, over all places in a segment.
const PARTS_MIN: usize = 3;

/// Starts, kills and starts again so many times.
///
/// # Errors
/// The demo does not start.
pub fn run(runs: usize) -> anyhow::Result<Figures> {
    let program = env::current_exe()?;
    let (mut first, mut ready) = (Vec::new(), Vec::new());
    let (mut again, mut lost) = (Vec::new(), Vec::new());
    for run in 0..runs {
        let data = tempfile::tempdir()?;
        let began = Instant::now();
        let demo = Demo::start(&program, data.path(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let mut follower = Follower::new(demo.web.clone(), &demo.hls, "v720");
        let mut seen = follower.catch_up()?;
        while seen.is_empty() {
            seen = follower.catch_up()?;
        }
        first.push(ms(began));
        for _ in 0..PARTS_MIN + run % 8 {
            seen.extend(follower.next_parts()?);
        }
        let newest = seen.pop().context("nothing was broadcast")?;
        demo.process.kill()?;
        let began = Instant::now();
        let demo = Demo::start(&program, data.path(), follower.address())?;
        let process = demo.process.id();
        let failed = || format!("the restarted server (process {process}) is not ready");
        demo.web.get("/readyz")?.ok().with_context(failed)?;
        ready.push(ms(began));
        let recorded = follower.replay()?.segments.into_iter().rev().find(|s| !s.gap);
        let recorded_ms = recorded.context("nothing was recorded")?.ends_ms();
        lost.push((newest.ends_ms() - recorded_ms).max(0.0));
        again.push(ms_until_break(&mut follower, newest.msn, began)?);
    }
    Ok(Figures {
        first_part: Spread::of(first),
        ready_again: Spread::of(ready),
        part_again: Spread::of(again),
        recording_lost: Spread::of(lost),
    })
}

/// Follows until the first part after a discontinuity.
fn ms_until_break(follower: &mut Follower, last: u64, began: Instant) -> anyhow::Result<f64> {
    loop {
        for part in follower.next_parts()? {
            if part.discontinuity {
                anyhow::ensure!(last < part.msn, "segment {last} came twice");
                return Ok(ms(began));
            }
        }
    }
}

fn ms(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1_000.0
}
