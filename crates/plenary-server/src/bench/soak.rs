//! `bench soak`: an event that must go on for an hour while something breaks every other minute, and
//! what the audience saw of it.

mod audience;
mod fault;
mod memory;

use std::collections::BTreeMap;
use std::env;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;

use self::audience::{Audience, Report};
use self::fault::Fault;
use self::memory::{Growth, Lives};
use super::director::Director;
use super::figures::Spread;
use super::follow::wall_ms;
use super::process::Process;
use super::processes;
use super::served::Served;
use super::strangers::Random;
use super::sync;

const SPEAKERS: usize = 4;
/// Sound and picture of a speaker are aligned once their first reports have come.
const WARM_UP: Duration = Duration::from_secs(3);
/// From a take until nothing of before comes any more.
const TAKEN: Duration = Duration::from_secs(2);
/// How long sound and picture are compared at the beginning and at the end.
const COMPARED: Duration = Duration::from_secs(4);
/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often pictures are looked at while something is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How often memory is read.
const MEMORY_EVERY: Duration = Duration::from_secs(1);

/// What is to be done.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Plan {
    /// How long, in minutes.
    pub minutes: f64,
    /// Seconds between two faults.
    pub every_seconds: f64,
    /// Decides which faults come.
    pub seed: u64,
}

impl Plan {
    /// Checks the numbers.
    ///
    /// # Errors
    /// A sentence that says which one to change.
    pub fn new(minutes: f64, every_seconds: f64, seed: u64) -> anyhow::Result<Self> {
        let sane = |number: f64, max: f64| 0.0 < number && number <= max;
        anyhow::ensure!(sane(minutes, 10_000.0), "minutes must be above 0 and at most 10000");
        anyhow::ensure!(sane(every_seconds, 3_600.0), "every must be above 0 and at most 3600");
        Ok(Self { minutes, every_seconds, seed })
    }
}

/// What was seen.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// As it was asked for.
    pub plan: Plan,
    /// How often each fault was made.
    pub faults: BTreeMap<&'static str, usize>,
    /// Faults that this machine does not let us make.
    pub not_possible: Vec<&'static str>,
    /// From a fault until every place of the scene shows a picture that was taken after it. A speaker
    /// that was killed is started again when its card is on air.
    pub pictures_back: Option<Spread>,
    /// What viewers of the three renditions saw.
    pub audience: Report,
    /// Segments that the replay says are missing, over all renditions: a killed server leaves out the
    /// one that it had begun.
    pub replay_gaps: usize,
    /// How much later than its picture sound is presented, at the beginning, in milliseconds; the
    /// median of some seconds.
    pub sound_offset_begin_ms: f64,
    /// The same at the end.
    pub sound_offset_end_ms: f64,
    /// Memory of the server beside the parts that it keeps.
    pub server: Growth,
    /// Memory of the media worker.
    pub media_worker: Growth,
}

/// Runs it.
///
/// # Errors
/// A process does not run, or the pictures do not come back after a fault.
pub fn run(plan: Plan) -> anyhow::Result<Figures> {
    let data = tempfile::tempdir()?;
    let people: Vec<String> = (1..=SPEAKERS).map(|n| format!("Speaker {n}")).collect();
    let served = Served::start(&env::current_exe()?, data.path(), &people, &[])?;
    let mut soak = Soak::begin(served, plan.seed)?;
    soak.pause(Instant::now() + WARM_UP);
    let sound_offset_begin_ms = soak.sound_offset()?;
    let faults: Vec<Fault> = Fault::ALL.into_iter().filter(|fault| fault.is_possible()).collect();
    let until = Instant::now() + Duration::from_secs_f64(plan.minutes * 60.0);
    let every = Duration::from_secs_f64(plan.every_seconds);
    let mut next = Instant::now() + every;
    // Each kind comes once before one comes twice.
    let mut coming = Vec::new();
    while next < until {
        soak.pause(next);
        if coming.is_empty() {
            coming = faults.clone();
        }
        let fault = coming.swap_remove(soak.random.below(coming.len()));
        soak = soak.suffer(fault)?;
        next = (next + every).max(Instant::now());
    }
    soak.pause(until);
    let sound_offset_end_ms = soak.sound_offset()?;
    let replay_gaps = soak.replay_gaps()?;
    let Soak { audience, made, back_ms, server, media_worker, .. } = soak;
    let is_impossible = |fault: &Fault| !faults.contains(fault);
    Ok(Figures {
        plan,
        faults: made,
        not_possible: Fault::ALL.iter().filter(|f| is_impossible(f)).map(|f| f.name()).collect(),
        pictures_back: Spread::of(back_ms),
        audience: audience.end()?,
        replay_gaps,
        sound_offset_begin_ms,
        sound_offset_end_ms,
        server: server.growth(),
        media_worker: media_worker.growth(),
    })
}

/// A running event with its speakers and its audience.
struct Soak {
    served: Served,
    speakers: Vec<Process>,
    audience: Audience,
    /// Which speaker each place of the scene shows.
    shown: Vec<usize>,
    random: Random,
    made: BTreeMap<&'static str, usize>,
    back_ms: Vec<f64>,
    server: Lives,
    media_worker: Lives,
}

impl Soak {
    fn begin(served: Served, seed: u64) -> anyhow::Result<Self> {
        let mut speakers = Vec::new();
        for place in &served.places {
            speakers.push(served.speak(place)?);
        }
        let audience = Audience::start(&served)?;
        let shown = (0..SPEAKERS).collect();
        // A seed of zero would stay zero.
        let random = Random(seed ^ 0x9e37_79b9_7f4a_7c15);
        let (made, back_ms) = (BTreeMap::new(), Vec::new());
        let (server, media_worker) = (Lives::default(), Lives::default());
        let soak =
            Self { served, speakers, audience, shown, random, made, back_ms, server, media_worker };
        soak.take("four", &soak.shown)?;
        soak.wait_for_pictures(wall_ms())?;
        Ok(soak)
    }

    /// Puts speakers on air.
    fn take(&self, layout: &str, shown: &[usize]) -> anyhow::Result<()> {
        let director = Director::open(&self.served.studio)?;
        let cameras: Vec<String> =
            shown.iter().map(|speaker| self.served.places[*speaker].camera()).collect();
        let preview = director.preview(layout, &cameras)?;
        director.take(super::director::revision(&preview))?;
        Ok(())
    }

    /// Waits until every place shows its speaker with a picture that was taken after a moment.
    fn wait_for_pictures(&self, since_ms: f64) -> anyhow::Result<()> {
        self.wait_until("not all pictures are on air", |audience| {
            let marks = audience.marks();
            let is_new = |(place, speaker): (usize, &usize)| {
                let mark = marks.get(place).copied().flatten();
                mark.is_some_and(|mark| {
                    usize::from(mark.source) == *speaker && since_ms < mark.wall.0 as f64
                })
            };
            self.shown.iter().enumerate().all(is_new)
        })
    }

    fn wait_until(&self, what: &str, done: impl Fn(&Audience) -> bool) -> anyhow::Result<()> {
        let until = Instant::now() + PATIENCE;
        while !done(&self.audience) {
            anyhow::ensure!(Instant::now() < until, "{what} after {PATIENCE:?}");
            thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    /// Lets time pass and keeps an eye on memory.
    fn pause(&mut self, until: Instant) {
        while Instant::now() < until {
            let server = self.served.process.id();
            self.server.see(server, self.audience.window_kib());
            // Between two lives there is none.
            if let Ok(worker) = processes::media_worker(server) {
                self.media_worker.see(worker, 0);
            }
            thread::sleep(MEMORY_EVERY.min(until.saturating_duration_since(Instant::now())));
        }
    }

    /// Makes a fault and waits until all pictures are back.
    fn suffer(self, fault: Fault) -> anyhow::Result<Self> {
        let since_ms = wall_ms();
        let mut soak = fault.make(self).with_context(|| fault.name())?;
        soak.wait_for_pictures(since_ms).with_context(|| fault.name())?;
        soak.back_ms.push(wall_ms() - since_ms);
        *soak.made.entry(fault.name()).or_default() += 1;
        Ok(soak)
    }

    /// How much later than its picture sound is presented, with one speaker on air.
    fn sound_offset(&self) -> anyhow::Result<f64> {
        self.take("full", &[0])?;
        let watching = (self.served.web.clone(), self.served.hls.clone());
        let listening = watching.clone();
        let begin = Instant::now() + TAKEN;
        let until = begin + COMPARED;
        let sounds = thread::spawn(move || sync::listen(listening, begin, until));
        let pictures = sync::watch(watching, begin, until)?;
        let ears = sounds.join().map_err(|_| anyhow::anyhow!("the HLS client failed"))??;
        let mut offsets = sync::sound_offsets(&pictures.seen, &ears);
        offsets.sort_by(f64::total_cmp);
        self.take("four", &self.shown)?;
        let median =
            offsets.get(offsets.len() / 2).context("no tone was heard with its picture")?;
        Ok((median * 10.0).round() / 10.0)
    }

    fn replay_gaps(&self) -> anyhow::Result<usize> {
        let folder = self.served.hls.trim_end_matches("index.m3u8");
        let mut gaps = 0;
        for rendition in audience::RENDITIONS {
            let replay = self.served.web.get(&format!("{folder}{rendition}/replay.m3u8"))?.ok()?;
            gaps += replay.text().lines().filter(|line| *line == "#EXT-X-GAP").count();
        }
        Ok(gaps)
    }
}
