//! `bench stage`: what forwarding costs. Many seats in processes of their own show the pictures and
//! hear the voices of many others, over real sockets; the server is the one that ships. On demand
//! strangers send to its media port for the second half.

use std::env;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use plenary_model::limits::{AUDIO_SLOTS_MAX, VIDEO_SLOTS_MAX};
use plenary_programme::clock::monotonic_us;
use serde::Serialize;

use super::cpu::Cpu;
use super::crew::Crew;
use super::figures::Spread;
use super::load::{Age, Counts, Order, WARM_UP};
use super::processes::{self, UdpSocket};
use super::served::{Place, Served};
use super::strangers::Strangers;

/// Processes that the seats are spread over.
const PROCESSES: usize = 4;
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
    /// Datagrams that strangers send to the media port each second of the second half.
    pub strangers: u32,
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
    /// Their number.
    pub lost: u64,
    /// What strangers did, if there were any.
    pub strangers: Option<Strange>,
    /// From the publisher's socket call to the subscriber's.
    pub forwarding: Option<Spread>,
    /// CPU of the forwarding threads for a join, in milliseconds.
    pub join_cpu_ms: f64,
}

/// The server under strangers, compared with the half before they came.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Strange {
    /// Datagrams that they sent.
    pub sent: u64,
    /// Datagrams, of whomever, that the system threw away because the server did not read them in
    /// time.
    pub dropped: u64,
    /// The server's memory that is not of files, before they came and at the end, in KiB.
    pub memory_kib: [u64; 2],
    /// From the publisher's socket call to the subscriber's before they came.
    pub forwarding_before: Option<Spread>,
    /// The same while they sent.
    pub forwarding_under: Option<Spread>,
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
    let strange = pass(server, &load)?;
    let used = Cpu::of(server).since(before);
    let mut all = Counts::default();
    for each in loads {
        all.add(each.end()?);
    }
    Ok(figures(load, all, strange, [joined, used]))
}

/// Strangers while they send.
struct Under {
    strangers: Strangers,
    sockets: Vec<UdpSocket>,
    memory_kib: u64,
    since_us: u64,
}

impl Under {
    fn start(server: u32, per_second: u32) -> anyhow::Result<Self> {
        let sockets = processes::udp_sockets(server)?;
        let targets = sockets.iter().map(|socket| socket.address).collect();
        let memory_kib = processes::memory_kib(server).context("the server is gone")?;
        let strangers = Strangers::start(targets, per_second)?;
        Ok(Self { strangers, sockets, memory_kib, since_us: monotonic_us() })
    }

    /// Ends them; the delays of packets follow.
    fn end(self, server: u32) -> anyhow::Result<(Strange, u64)> {
        let sent = self.strangers.stop()?;
        let dropped =
            |sockets: &[UdpSocket]| sockets.iter().map(|socket| socket.dropped).sum::<u64>();
        let strange = Strange {
            sent,
            dropped: dropped(&processes::udp_sockets(server)?) - dropped(&self.sockets),
            memory_kib: [
                self.memory_kib,
                processes::memory_kib(server).context("the server is gone")?,
            ],
            forwarding_before: None,
            forwarding_under: None,
        };
        Ok((strange, self.since_us))
    }
}

/// Lets the seconds pass in which packets are counted; what strangers did, and since when.
fn pass(server: u32, load: &Load) -> anyhow::Result<Option<(Strange, u64)>> {
    let all = Duration::from_secs(load.seconds);
    if load.strangers == 0 {
        thread::sleep(all);
        return Ok(None);
    }
    thread::sleep(all / 2);
    let under = Under::start(server, load.strangers)?;
    thread::sleep(all / 2);
    under.end(server).map(Some)
}

fn forwarding<'a>(ages: impl Iterator<Item = &'a Age>) -> Option<Spread> {
    Spread::of(ages.map(|age| age.us as f64 / 1e3).collect())
}

fn figures(
    load: Load,
    all: Counts,
    strangers: Option<(Strange, u64)>,
    [joined, used]: [Cpu; 2],
) -> Figures {
    let seconds = load.seconds as f64;
    let cores = used.forwarding_us as f64 / 1e6 / seconds;
    let packets_per_second = all.received as f64 / seconds;
    let us_per_packet = used.forwarding_us as f64 / all.received.max(1) as f64;
    let sent = (all.received + all.lost).max(1);
    let strangers = strangers.map(|(strange, since_us)| Strange {
        forwarding_before: forwarding(all.ages.iter().filter(|age| age.sent_us < since_us)),
        forwarding_under: forwarding(all.ages.iter().filter(|age| since_us <= age.sent_us)),
        ..strange
    });
    Figures {
        load,
        threads: used.threads,
        cores,
        rest_of_server: used.rest_us as f64 / 1e6 / seconds,
        packets_per_second,
        us_per_packet,
        packets_per_core: packets_per_second / cores,
        lost_percent: all.lost as f64 * 100.0 / sent as f64,
        lost: all.lost,
        strangers,
        forwarding: forwarding(all.ages.iter()),
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
                ..Order::default()
            }
        })
        .collect()
}
