//! `bench stage`: what forwarding costs. Many seats in processes of their own show the pictures and
//! hear the voices of many others, over real sockets; the server is the one that ships.

use std::env;
use std::thread;
use std::time::Duration;

use plenary_model::limits::{AUDIO_SLOTS_MAX, VIDEO_SLOTS_MAX};
use plenary_programme::cpu::threads_us;
use serde::Serialize;

use super::crew::Crew;
use super::figures::Spread;
use super::load::{Counts, Order, WARM_UP};
use super::served::{Place, Served};

/// Processes that the seats are spread over.
const PROCESSES: usize = 4;
/// Name of the server's threads that forward, as the system shows it.
const FORWARDING: &str = "media";
/// Width of a tile among many, in device pixels.
const TILE_WIDTH: u32 = 320;

/// How much there is to forward.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Load {
    /// Seats on the stage.
    pub seats: usize,
    /// How many of them send camera and microphone.
    pub publishers: usize,
    /// How many of those speak; the others are muted.
    pub speakers: usize,
    /// Pictures that each seat shows.
    pub shown: usize,
    /// How long packets are counted, in seconds.
    pub seconds: u64,
}

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Under this load.
    pub load: Load,
    /// Threads that forward.
    pub threads: usize,
    /// CPU of these threads, in cores.
    pub cores: f64,
    /// CPU of the rest of the server, in cores.
    pub rest_of_server: f64,
    /// Packets that reached the seats, each second.
    pub packets_per_second: f64,
    /// CPU of the forwarding threads for each of them.
    pub us_per_packet: f64,
    /// What one core would forward.
    pub packets_per_core: f64,
    /// Packets that did not come and were not repaired, in percent.
    pub lost_percent: f64,
    /// From the publisher's socket call to the subscriber's.
    pub forwarding: Option<Spread>,
    /// CPU of the forwarding threads for a join, in milliseconds.
    pub join_cpu_ms: f64,
}

/// Runs it.
///
/// # Errors
/// The server or a load process does not run; the text says why.
pub fn run(load: Load) -> anyhow::Result<Figures> {
    anyhow::ensure!(0 < load.seconds, "name at least one second");
    anyhow::ensure!(
        load.speakers <= load.publishers && load.publishers <= load.seats && 0 < load.publishers,
        "speakers are some of the publishers, and those some of the seats"
    );
    anyhow::ensure!(
        load.shown <= VIDEO_SLOTS_MAX,
        "a page shows at most {VIDEO_SLOTS_MAX} pictures"
    );
    let data = tempfile::tempdir()?;
    let program = env::current_exe()?;
    let people: Vec<String> = (0..load.seats).map(|seat| format!("Seat {seat}")).collect();
    let served = Served::start(&program, data.path(), &people, &[])?;
    let server = served.process.id();
    let before = Cpu::of(server);
    // One process after the other: each ends its joins before the next one begins.
    let mut loads = Vec::new();
    for order in orders(&load, &served.places) {
        loads.push(Crew::start(&program, "load", &order)?);
    }
    let joined = Cpu::of(server).since(before);
    for each in &mut loads {
        each.begin()?;
    }
    thread::sleep(WARM_UP);
    let before = Cpu::of(server);
    thread::sleep(Duration::from_secs(load.seconds));
    let used = Cpu::of(server).since(before);
    let mut all = Counts::default();
    for each in loads {
        let counts: Counts = each.end()?;
        all.received += counts.received;
        all.lost += counts.lost;
        all.ages_us.extend(counts.ages_us);
    }
    Ok(figures(load, all, joined, used))
}

fn figures(load: Load, all: Counts, joined: Cpu, used: Cpu) -> Figures {
    let seconds = load.seconds as f64;
    let cores = used.forwarding_us as f64 / 1e6 / seconds;
    let packets_per_second = all.received as f64 / seconds;
    let us_per_packet = used.forwarding_us as f64 / all.received.max(1) as f64;
    let sent = (all.received + all.lost).max(1);
    let ages = all.ages_us.into_iter().map(|us| us as f64 / 1e3).collect();
    Figures {
        load,
        threads: used.threads,
        cores,
        rest_of_server: used.rest_us as f64 / 1e6 / seconds,
        packets_per_second,
        us_per_packet,
        packets_per_core: packets_per_second / cores,
        lost_percent: all.lost as f64 * 100.0 / sent as f64,
        forwarding: Spread::of(ages),
        join_cpu_ms: joined.forwarding_us as f64 / 1e3 / load.seats as f64,
    }
}

/// What each process does: publishers and listeners are spread evenly.
fn orders(load: &Load, places: &[Place]) -> Vec<Order> {
    let shown: Vec<String> = places.iter().take(load.publishers).map(Place::camera).collect();
    (0..PROCESSES.min(load.seats))
        .map(|process| {
            let mine = places.iter().enumerate().skip(process).step_by(PROCESSES);
            let below = |limit: usize| mine.clone().filter(|(n, _)| *n < limit).count();
            Order {
                publish: below(load.publishers),
                speak: below(load.speakers),
                links: mine.clone().map(|(_, place)| place.link.clone()).collect(),
                shown: shown.iter().take(load.shown).cloned().collect(),
                width: TILE_WIDTH,
                voices: (load.publishers - 1).clamp(1, AUDIO_SLOTS_MAX),
                seconds: load.seconds,
            }
        })
        .collect()
}

/// CPU time of a server's threads.
#[derive(Debug, Clone, Copy)]
struct Cpu {
    threads: usize,
    forwarding_us: u64,
    rest_us: u64,
}

impl Cpu {
    fn of(process: u32) -> Self {
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

    fn since(self, before: Self) -> Self {
        Self {
            threads: self.threads,
            forwarding_us: self.forwarding_us.saturating_sub(before.forwarding_us),
            rest_us: self.rest_us.saturating_sub(before.rest_us),
        }
    }
}
