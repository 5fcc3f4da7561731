//! `bench viewers`: how soon thousands of waiting players have the next playlist, and how many
//! requests reach Plenary for it: from Plenary itself, or through a cache in front of it.

use std::collections::BTreeMap;
use std::env;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Context as _;
use plenary_programme::clock::monotonic_us;
use plenary_programme::cpu::process_us;
use serde::Serialize;

use super::crew::Crew;
use super::crowd::{Answered, Counts, Order};
use super::figures::Spread;
use super::playlist::Playlist;
use super::processes::memory_kib;
use super::served::Served;
use super::web::Web;

/// Players of one process: it may hold 20 000 descriptors on common settings.
const PLAYERS_PER_PROCESS: usize = 10_000;
/// Counts requests at the broadcast's addresses.
const REQUESTS: &str = "plenary_live_requests_total";

/// Who watches what.
#[derive(Debug, Clone, Serialize)]
pub struct Load {
    /// Players that wait for each part.
    pub players: usize,
    /// How many of them fetch the parts too.
    pub fetching: usize,
    /// How long to measure, in seconds.
    pub seconds: u64,
    /// Address of the multivariant playlist that players use; without it Plenary is started here.
    pub target: Option<String>,
    /// The same playlist at Plenary itself, when the target is a cache.
    pub origin: Option<String>,
    /// The rendition that all watch.
    pub rendition: String,
}

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Under this load.
    pub load: Load,
    /// Parts that came meanwhile.
    pub parts: usize,
    /// Playlists that players got.
    pub answers: usize,
    /// From the moment at which a part was there to the answer at a player that waited for it.
    pub wake: Option<Spread>,
    /// From then to the last of all who waited, over the parts.
    pub last: Option<Spread>,
    /// Answers to those who did not wait: they asked when the part was there already.
    pub late_percent: f64,
    /// Requests that Plenary answered, when it can be asked.
    pub origin_requests: Option<u64>,
    /// Bytes of all bodies at the players.
    pub bytes: u64,
    /// Answers that were no 200, and connections that broke.
    pub errors: u64,
    /// The first of them.
    pub first_error: Option<String>,
    /// The server, when it was started here.
    pub server: Option<Server>,
}

/// What players cost the server.
#[derive(Debug, Serialize)]
pub struct Server {
    /// CPU for each answer, the programme's packaging included, in microseconds.
    pub us_per_answer: f64,
    /// Memory for each waiting player, in KiB.
    pub kib_per_player: f64,
}

/// Runs it.
///
/// # Errors
/// A server or a process of players does not run; the text says why.
pub fn run(load: Load) -> anyhow::Result<Figures> {
    anyhow::ensure!(0 < load.players && 0 < load.seconds, "name players and seconds");
    anyhow::ensure!(load.fetching <= load.players, "those who fetch parts are some of the players");
    let data = tempfile::tempdir()?;
    let program = env::current_exe()?;
    let Some(target) = load.target.clone() else {
        let served = Served::start(&program, data.path(), &["Speaker".to_owned()], &[])?;
        let at = (served.web.clone(), served.hls.clone());
        return measure(&program, load, &at, &at, Some(served.process.id()));
    };
    let target = Web::of(&target)?;
    let origin = load.origin.as_deref().map(Web::of).transpose()?;
    measure(&program, load, &target, origin.as_ref().unwrap_or(&target), None)
}

/// Server and path of a multivariant playlist.
type At = (Web, String);

fn measure(
    program: &Path,
    load: Load,
    target: &At,
    origin: &At,
    server: Option<u32>,
) -> anyhow::Result<Figures> {
    let clock = Clock::start(origin, &load.rendition)?;
    let kib = || {
        let memory = |server| memory_kib(server).context("the server is gone");
        server.map(memory).transpose()
    };
    let kib_before = kib()?;
    let mut crews = Vec::new();
    for order in orders(&load, target) {
        crews.push(Crew::start(program, "crowd", &order)?);
    }
    let kib_after = kib()?;
    let before = (clock.requests_of_others(&origin.0), server.map(process_us));
    crews.iter_mut().try_for_each(Crew::begin)?;
    // The counts are read while all players still wait: their processes say them at the end.
    thread::sleep(Duration::from_secs(load.seconds));
    let after = (clock.requests_of_others(&origin.0), server.map(process_us));
    let mut all = Counts::default();
    for crew in crews {
        merge(&mut all, crew.end()?);
    }
    let mut figures = figures(load, all, &clock.end()?);
    figures.origin_requests = before.0.zip(after.0).map(|(before, after)| after - before);
    let cost = before.1.zip(after.1).zip(kib_before.zip(kib_after));
    figures.server = cost.map(|(us, kib)| Server {
        us_per_answer: (us.1 - us.0) as f64 / figures.answers.max(1) as f64,
        kib_per_player: kib.1.saturating_sub(kib.0) as f64 / figures.load.players as f64,
    });
    Ok(figures)
}

/// What each process of players does.
fn orders(load: &Load, (target, path): &At) -> Vec<Order> {
    let root = path.strip_suffix("index.m3u8").unwrap_or(path);
    let processes = load.players.div_ceil(PLAYERS_PER_PROCESS);
    let share = |all: usize, process: usize| (all + processes - 1 - process) / processes;
    (0..processes)
        .map(|process| Order {
            address: target.address(),
            folder: format!("{root}{}/", load.rendition),
            players: share(load.players, process),
            fetching: share(load.fetching, process),
            seconds: load.seconds,
        })
        .collect()
}

fn merge(all: &mut Counts, counts: Counts) {
    all.parts.extend(counts.parts);
    all.bytes += counts.bytes;
    all.errors += counts.errors;
    if all.first_error.is_none() {
        all.first_error = counts.first_error;
    }
}

fn figures(load: Load, all: Counts, ready: &BTreeMap<Place, u64>) -> Figures {
    let mut parts: BTreeMap<Place, Vec<(u64, u64)>> = BTreeMap::new();
    for Answered { part, asked_and_answered_us } in all.parts {
        parts.entry(part).or_default().extend(asked_and_answered_us);
    }
    let answers = parts.values().map(Vec::len).sum();
    let (mut wakes, mut lasts, mut late) = (Vec::new(), Vec::new(), 0_usize);
    for (part, times) in &parts {
        // It was there at the latest when the first one had it.
        let first = times.iter().map(|(_, answered)| *answered).min();
        let Some(there) = ready.get(part).copied().into_iter().chain(first).min() else { continue };
        let waited = times.iter().filter(|(asked, _)| *asked < there);
        let delays: Vec<f64> =
            waited.map(|(_, answered)| (answered - there) as f64 / 1e3).collect();
        late += times.len() - delays.len();
        lasts.extend(delays.iter().copied().max_by(f64::total_cmp));
        wakes.extend(delays);
    }
    Figures {
        load,
        parts: parts.len(),
        answers,
        wake: Spread::of(wakes),
        last: Spread::of(lasts),
        late_percent: late as f64 * 100.0 / answers.max(1) as f64,
        origin_requests: None,
        bytes: all.bytes,
        errors: all.errors,
        first_error: all.first_error,
        server: None,
    }
}

type Place = (u64, u64);

/// Asks the origin for each part as one more player, and notes when it was there.
struct Clock {
    stop: Arc<AtomicBool>,
    asked: Arc<AtomicU64>,
    thread: JoinHandle<anyhow::Result<BTreeMap<Place, u64>>>,
}

impl Clock {
    fn start((web, path): &At, rendition: &str) -> anyhow::Result<Self> {
        let web = web.clone();
        let root = path.strip_suffix("index.m3u8").unwrap_or(path);
        let playlist = format!("{root}{rendition}/live.m3u8");
        let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, counted) = (Arc::clone(&stop), Arc::clone(&asked));
        let thread = thread::Builder::new().name("clock".into()).spawn(move || {
            let mut ready = BTreeMap::new();
            let mut next: Option<Place> = None;
            while !stopped.load(Ordering::Relaxed) {
                let query = next.map(|(msn, part)| format!("?_HLS_msn={msn}&_HLS_part={part}"));
                counted.fetch_add(1, Ordering::Relaxed);
                let answer = web.get(&format!("{playlist}{}", query.unwrap_or_default()))?.ok()?;
                let at = monotonic_us();
                ready.extend(next.map(|part| (part, at)));
                let promised = Playlist::parse(&answer.text())?.promised;
                next = Some(promised.context("the broadcast is over")?);
            }
            Ok(ready)
        })?;
        Ok(Self { stop, asked, thread })
    }

    /// Requests at the broadcast's addresses that Plenary has answered, but for its own; `None` when
    /// Plenary cannot be asked.
    fn requests_of_others(&self, origin: &Web) -> Option<u64> {
        let own = self.asked.load(Ordering::Relaxed);
        let metrics = origin.get("/metrics").ok()?.ok().ok()?.text();
        let counted: Vec<u64> = metrics
            .lines()
            .filter(|line| line.starts_with(REQUESTS))
            .filter_map(|line| line.rsplit_once(' ')?.1.parse().ok())
            .collect();
        (!counted.is_empty()).then(|| counted.iter().sum::<u64>().saturating_sub(own))
    }

    fn end(self) -> anyhow::Result<BTreeMap<Place, u64>> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow::anyhow!("the clock's thread panicked"))?
    }
}
