//! `bench glass`: how old a picture is at each far end, from the clock painted into it, and how far
//! sound and picture are apart in the broadcast.

use std::env;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use plenary_model::scene::Layout;
use plenary_model::time::SOUND_HZ;
use serde::Serialize;

use super::director::Director;
use super::eyes::{Ears, Eyes, Seen};
use super::figures::Spread;
use super::follow::Follower;
use super::process::Demo;
use super::served::Served;
use super::viewer::{self, Ages};

/// Connections are made and encoders are warm before anything counts.
const WARM_UP: Duration = Duration::from_secs(6);
/// Tones begin at whole seconds of the wall clock.
const TONE_PERIOD_MS: f64 = 1_000.0;
/// Pictures so near to a tone's onset tell when it should begin.
const NEAR_MS: f64 = 250.0;
/// A tone's onset has at least so much silence before it.
const SILENCE_SAMPLES: usize = SOUND_HZ as usize / 5;
/// The tones are faded in over 240 samples; half of the height is reached in the middle.
const HALF_RAMP_MS: f64 = 120.0 * 1_000.0 / SOUND_HZ as f64;

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
    let offsets = sound_offsets(&pictures, &ears);
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
    let served = Served::start(program, data.path(), &["Encoder".to_owned()])?;
    let place = &served.places[0];
    let encoder = served.contribute(place)?;
    Director::open(&served.studio)?.put_on_air(&place.camera())?;
    let counts_from = Instant::now() + WARM_UP;
    let ages =
        viewer::viewed(&served.whep, (counts_from, counts_from + Duration::from_secs(seconds)));
    drop(encoder);
    ages
}

/// What the HLS client saw.
struct Pictures {
    seen: Vec<Seen>,
    /// Age of the newest picture of each part when the part came.
    edges: Vec<f64>,
    hold_back_ms: f64,
    /// Programme time 0 in milliseconds since 1970.
    zero_ms: f64,
}

impl Pictures {
    fn ages(&self) -> impl Iterator<Item = f64> {
        self.seen.iter().filter_map(|seen| Some(seen.at_ms - taken_ms(seen)?))
    }
}

/// When the picture in the full tile was taken, in milliseconds since 1970.
fn taken_ms(seen: &Seen) -> Option<f64> {
    Some(seen.mark()?.wall.0 as f64)
}

fn watch(
    (web, path): (super::web::Web, String),
    counts_from: Instant,
    until: Instant,
) -> anyhow::Result<Pictures> {
    let mut follower = Follower::new(web.clone(), &path, "v720");
    let mut eyes = Eyes::new(web)?;
    let mut pictures =
        Pictures { seen: Vec::new(), edges: Vec::new(), hold_back_ms: 0.0, zero_ms: 0.0 };
    while Instant::now() < until {
        for part in follower.next_parts()? {
            let seen = eyes.see(&part, Layout::Full.tiles())?;
            if Instant::now() < counts_from {
                continue;
            }
            let newest = seen.last().and_then(taken_ms);
            pictures.edges.extend(newest.map(|taken| part.at_ms - taken));
            if let Some(first) = seen.first() {
                pictures.zero_ms = first.date_ms - first.programme_ms;
            }
            pictures.seen.extend(seen);
        }
    }
    pictures.hold_back_ms = follower.hold_back_ms;
    Ok(pictures)
}

fn listen(
    (web, path): (super::web::Web, String),
    counts_from: Instant,
    until: Instant,
) -> anyhow::Result<Ears> {
    let mut follower = Follower::new(web.clone(), &path, "a64");
    let mut ears = Ears::new(web);
    while Instant::now() < until {
        for part in follower.next_parts()? {
            if counts_from <= Instant::now() {
                ears.hear(&part)?;
            }
        }
    }
    Ok(ears)
}

/// How much later than the pictures round it each tone begins in programme time.
fn sound_offsets(pictures: &Pictures, ears: &Ears) -> Vec<f64> {
    let onsets = ears.heard.iter().flat_map(|(start, samples)| onsets_ms(*start, samples));
    onsets
        .filter_map(|onset| {
            let near = |seen: &&Seen| (seen.programme_ms - onset).abs() < NEAR_MS;
            let lags: Vec<f64> = (pictures.seen.iter().filter(near))
                .filter_map(|seen| Some(seen.date_ms - taken_ms(seen)?))
                .collect();
            let lag = lags.iter().sum::<f64>() / lags.len() as f64;
            let late = (onset + pictures.zero_ms - lag).rem_euclid(TONE_PERIOD_MS);
            let late = if TONE_PERIOD_MS / 2.0 < late { late - TONE_PERIOD_MS } else { late };
            (!lags.is_empty()).then_some(late)
        })
        .collect()
}

/// Beginnings of tones after silence, in milliseconds of programme time.
fn onsets_ms(start: u64, samples: &[f32]) -> Vec<f64> {
    let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    let mut quiet = 0;
    let mut onsets = Vec::new();
    for (index, sample) in samples.iter().enumerate() {
        if sample.abs() < peak / 2.0 {
            quiet += 1;
            continue;
        }
        if SILENCE_SAMPLES < quiet {
            let at_ms = (start + index as u64) as f64 * 1_000.0 / SOUND_HZ as f64;
            onsets.push(at_ms - HALF_RAMP_MS);
        }
        quiet = 0;
    }
    onsets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::voice::Voice;

    #[test]
    fn onsets_of_tones_are_found_to_the_millisecond() {
        let begin = 1_795_000_000_400 * 48;
        let mut left = Vec::new();
        for block in 0..150 {
            let (samples, _) = Voice::of(1).block(begin + block * 960);
            left.extend(samples.chunks_exact(2).map(|pair| pair[0]));
        }
        let onsets = onsets_ms(0, &left);
        assert_eq!(onsets.len(), 3, "the tone that it begins within has no onset");
        for (onset, expected) in onsets.into_iter().zip([600.0, 1_600.0, 2_600.0]) {
            assert!((onset - expected).abs() < 2.0, "{onset}");
        }
    }
}
