//! `bench viewers --whep`: what the low-delay programme costs for each viewer, next to the same packets
//! from Janus and to pages that get the programme through the WebRTC library's sending side. The server
//! is the one that ships; viewers are in other processes, decrypt everything, and answer with reports,
//! estimates and, on a network that loses, requests to send again.

use std::env;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use plenary_stage::peer::Output;
use serde::Serialize;

use super::cpu::Cpu;
use super::crew::Crew;
use super::director::Director;
use super::host::{Host, Namespace};
use super::janus::{Janus, Source};
use super::load::{Counts, Order, WARM_UP};
use super::served::Served;
use super::viewer::PROGRAMME;
use super::web::Web;
use crate::media::call::Call;

/// Processes that the viewers are spread over.
const PROCESSES: usize = 4;
/// Bits per second of a viewer, for the number of viewers of a core.
const VIEWER_BPS: f64 = 1_450_000.0;

/// Who views.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Load {
    /// Players by WHEP.
    pub whep: usize,
    /// Pages that show nothing but the programme, at most 200.
    pub pages: usize,
    /// Viewers of Janus, which must be installed; needs root for a network namespace.
    pub janus: usize,
    /// Of a hundred datagrams so many are lost on the way to each.
    pub loses_percent: u32,
    /// How long packets are counted, in seconds.
    pub seconds: u64,
}

/// What one server needed for its viewers.
#[derive(Debug, Serialize)]
pub struct Side {
    /// How many viewed.
    pub viewers: usize,
    /// CPU of the server's process, in cores, without the engines that make the programme.
    pub cores: f64,
    /// Packets that reached viewers, each second.
    pub packets_per_second: f64,
    /// Megabits of payload that reached each, each second.
    pub mbps_per_viewer: f64,
    /// CPU of the process for each packet.
    pub us_per_packet: f64,
    /// Viewers of a core, each with 1.45 Mb/s in packets of this size.
    pub viewers_per_core: f64,
    /// Packets that did not come and were not repaired, in percent.
    pub lost_percent: f64,
    /// CPU for each join, in milliseconds.
    pub join_cpu_ms: f64,
}

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// Under this load.
    pub load: Load,
    /// Ours.
    pub whep: Side,
    /// Through the library's sending side.
    pub pages: Option<Side>,
    /// Janus.
    pub janus: Option<Side>,
}

/// Runs it.
///
/// # Errors
/// A server or a process of viewers does not run; the text says why.
pub fn run(load: Load) -> anyhow::Result<Figures> {
    anyhow::ensure!(0 < load.seconds && 0 < load.whep, "name at least one second and one viewer");
    let host = match load.janus {
        0 => Host::Here,
        _ => Host::There(Namespace::make()?),
    };
    let data = tempfile::tempdir()?;
    let program = env::current_exe()?;
    let people: Vec<String> = (0..load.pages.max(1)).map(|n| format!("Seat {n}")).collect();
    let served = Served::start_on(&host, &program, data.path(), &people, &[])?;
    let speaker = served.speak_grainy(&served.places[0])?;
    Director::open(&served.studio)?.put_on_air(&served.places[0].camera())?;
    let server = served.process.id();
    let whep = side(&program, server, order(&load, vec![served.whep.clone(); load.whep]))?;
    let pages = match load.pages {
        0 => None,
        _ => {
            // The first seat speaks.
            let links = served.places.iter().skip(1).map(|place| place.link.clone()).collect();
            let order = Order { programme: true, voices: 1, ..order(&load, links) };
            Some(side(&program, server, order)?)
        }
    };
    let janus = match load.janus {
        0 => None,
        count => {
            let janus = Janus::start(&host, data.path())?;
            let relay = Relay::start(&served.whep, Source::to(&janus)?)?;
            let links = vec![janus.link(); count];
            let side = side(&program, janus.process.id(), order(&load, links))?;
            drop(relay);
            Some(side)
        }
    };
    drop(speaker);
    Ok(Figures { load, whep, pages, janus })
}

fn order(load: &Load, links: Vec<String>) -> Order {
    let Load { loses_percent, seconds, .. } = *load;
    Order { links, loses_percent, seconds, ..Order::default() }
}

/// Lets them join, and measures what the server needs.
fn side(program: &Path, server: u32, order: Order) -> anyhow::Result<Side> {
    let viewers = order.links.len();
    let total = |cpu: Cpu| cpu.forwarding_us + cpu.rest_us;
    let before = Cpu::of(server);
    let mut crowd = Vec::new();
    for process in 0..PROCESSES.min(viewers) {
        let links = order.links.iter().skip(process).step_by(PROCESSES).cloned().collect();
        crowd.push(Crew::start(program, "load", &Order { links, ..order.clone() })?);
    }
    let joined = total(Cpu::of(server).since(before));
    for each in &mut crowd {
        each.begin()?;
    }
    thread::sleep(WARM_UP);
    let before = Cpu::of(server);
    thread::sleep(Duration::from_secs(order.seconds));
    let used = total(Cpu::of(server).since(before));
    let mut all = Counts::default();
    for each in crowd {
        all.add(each.end()?);
    }
    anyhow::ensure!(0 < all.received, "no packet came");
    let seconds = order.seconds as f64;
    let us_per_packet = used as f64 / all.received as f64;
    let bits_per_packet = all.bytes as f64 * 8.0 / all.received as f64;
    Ok(Side {
        viewers,
        cores: used as f64 / 1e6 / seconds,
        packets_per_second: all.received as f64 / seconds,
        mbps_per_viewer: all.bytes as f64 * 8.0 / 1e6 / seconds / viewers as f64,
        us_per_packet,
        viewers_per_core: 1e6 / us_per_packet * bits_per_packet / VIEWER_BPS,
        lost_percent: all.lost as f64 * 100.0 / (all.received + all.lost) as f64,
        join_cpu_ms: joined as f64 / 1e3 / viewers as f64,
    })
}

/// A viewer that sends what comes to it on to Janus, until it is dropped.
struct Relay {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Relay {
    fn start(whep: &str, source: Source) -> anyhow::Result<Self> {
        let (web, path) = Web::of(whep)?;
        let mut call = Call::open(web.local()?, &PROGRAMME, |offer| {
            web.session(&path, &offer.sdp).map_err(|error| error.to_string())
        })?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new().name("relay".into()).spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                let until = Instant::now() + Duration::from_millis(100);
                let turned = call.step(until, |output| {
                    if let Output::Packet { packet, .. } = output {
                        source.send(&packet);
                    }
                });
                if let Err(error) = turned {
                    tracing::warn!(%error, "Janus gets the programme no more");
                    return;
                }
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It has nothing to say.
            let _ = thread.join();
        }
    }
}
