//! `bench glass`: how old a picture is at each far end, from the clock painted into it, and how far
//! sound and picture are apart in the broadcast.

use std::env;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::director::Director;
use super::figures::Spread;
use super::process::Demo;
use super::served::Served;
use super::sync::{listen, sound_offsets, watch};
use super::viewer::{self, Ages};

/// Connections are made and encoders are warm before anything counts.
const WARM_UP: Duration = Duration::from_secs(6);
/// What was measured, all on this machine.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Picture taken until decoded from an HLS part.
    pub hls_available: Option<Spread>,
    /// Picture taken until shown by a player that keeps PART-HOLD-BACK from the live edge.
    pub hls_played: Option<Spread>,
    /// PART-HOLD-BACK in milliseconds.
    pub part_hold_back_ms: f64,
    /// Picture taken until decoded by another person on the stage.
    pub stage: Option<Spread>,
    /// Picture taken until decoded from the programme's low-delay return.
    pub programme_return: Option<Spread>,
    /// Picture taken by an encoder (WHIP) until decoded by a player (WHEP), over the programme.
    pub whip_to_whep: Option<Spread>,
    /// How much later than its picture a sound is presented in the broadcast, without sign.
    pub sound_offset: Option<Spread>,
    /// The mean of it, negative when the sound is early.
    pub sound_offset_mean_ms: f64,
}

/// Runs a demo for so many seconds and measures at its far ends.
///
/// # Errors
/// The demo does not run, or nothing arrives.
pub fn run(seconds: u64) -> anyhow::Result<Figures> {
    let data = tempfile::tempdir()?;
    let program = env::current_exe()?;
    let demo = Demo::start(&program, data.path(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let director = Director::open(&demo.links.studio)?;
    let begun = Instant::now();
    let camera = loop {
        if let Some(camera) = director.cameras()?.first() {
            break camera.clone();
        }
        anyhow::ensure!(begun.elapsed() < WARM_UP, "no speaker came on stage");
        thread::sleep(Duration::from_millis(100));
    };
    director.put_on_air(&camera)?;
    let until = Instant::now() + WARM_UP + Duration::from_secs(seconds);
    let counts_from = until - Duration::from_secs(seconds);
    let watching = (demo.web.clone(), demo.hls.clone());
    let listening = watching.clone();
    let pictures = thread::spawn(move || watch(watching, counts_from, until));
    let sounds = thread::spawn(move || listen(listening, counts_from, until));
    let Ages { stage, programme } = viewer::ages(&demo.links.stage, &camera, (counts_from, until))?;
    let pictures = pictures.join().map_err(|_| anyhow::anyhow!("the HLS client failed"))??;
    let ears = sounds.join().map_err(|_| anyhow::anyhow!("the HLS client failed"))??;
    let offsets = sound_offsets(&pictures.seen, &ears);
    let mean = offsets.iter().sum::<f64>() / offsets.len().max(1) as f64;
    let hold_back = pictures.hold_back_ms;
    drop(demo);
    Ok(Figures {
        hls_available: Spread::of(pictures.ages().collect()),
        hls_played: Spread::of(pictures.edges.iter().map(|age| age + hold_back).collect()),
        part_hold_back_ms: hold_back,
        stage: Spread::of(stage),
        programme_return: Spread::of(programme),
        whip_to_whep: Spread::of(open_standards(&program, seconds)?),
        sound_offset: Spread::of(offsets.iter().map(|offset| offset.abs()).collect()),
        sound_offset_mean_ms: (mean * 10.0).round() / 10.0,
    })
}

/// Ages at a player of an encoder's pictures, on a server of their own.
fn open_standards(program: &Path, seconds: u64) -> anyhow::Result<Vec<f64>> {
    let data = tempfile::tempdir()?;
    let served = Served::start(program, data.path(), &["Encoder".to_owned()], &[])?;
    let place = &served.places[0];
    let encoder = served.contribute(place)?;
    Director::open(&served.studio)?.put_on_air(&place.camera())?;
    let counts_from = Instant::now() + WARM_UP;
    let ages =
        viewer::viewed(&served.whep, (counts_from, counts_from + Duration::from_secs(seconds)));
    drop(encoder);
    ages
}
