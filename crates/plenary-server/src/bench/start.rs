//! `bench start`: how soon a demo is on air, and how soon it serves again after a kill.

use std::env;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

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
}

/// Starts, kills and starts again so many times.
///
/// # Errors
/// The demo does not start.
pub fn run(runs: usize) -> anyhow::Result<Figures> {
    let program = env::current_exe()?;
    let (mut first, mut ready, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        let data = tempfile::tempdir()?;
        let began = Instant::now();
        let demo = Demo::start(&program, data.path(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let mut follower = Follower::new(demo.web.clone(), &demo.hls, "v720");
        while follower.catch_up()?.is_empty() {}
        first.push(ms(began));
        let listen = follower.address();
        demo.process.kill()?;
        let began = Instant::now();
        let demo = Demo::start(&program, data.path(), listen)?;
        demo.web.get("/readyz")?.ok()?;
        ready.push(ms(began));
        follower.next()?;
        again.push(ms(began));
    }
    Ok(Figures {
        first_part: Spread::of(first),
        ready_again: Spread::of(ready),
        part_again: Spread::of(again),
    })
}

fn ms(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1_000.0
}
