//! A bad network between this machine and a network namespace of its own: loss, delay, a narrow path
//! and outages, done to real packets (NFQUEUE). Both directions are alike and apart.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::AsRawFd as _;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use nfq::{Message, Queue, Verdict};

/// How long a packet waits at most for its turn on a narrow path.
const QUEUE_MAX: Duration = Duration::from_millis(300);
/// For so long all packets have the same delay; then it is drawn again.
const DELAY_STAYS: Duration = Duration::from_millis(20);
/// How exactly packets are late.
const GRAIN: Duration = Duration::from_millis(1);
/// Packets that may be on their way in one direction.
const ON_THEIR_WAY_MAX: u32 = 8_192;
/// What the link layer adds to a packet.
const LINK_BYTES: usize = 14;

/// What the network does to each packet.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    /// So many of a thousand packets are lost, each by itself.
    pub loss_permille: u64,
    /// How long a packet is on its way.
    pub delay: Duration,
    /// So much more or less; packets do not overtake each other.
    pub jitter: Duration,
    /// Bits per second that pass; packets that would wait longer than [`QUEUE_MAX`] are lost.
    pub rate: Option<u64>,
    /// Nothing passes.
    pub outage: bool,
}

/// The namespace and what stands between; both are gone when this is dropped.
pub struct Shaper {
    name: String,
    /// This machine's address on the way.
    pub here: IpAddr,
    tell: [Sender<Weather>; 2],
    lost: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Shaper {
    /// Makes the namespace, with good weather; one for each process.
    ///
    /// # Errors
    /// What is missing on this machine: it needs root, iproute2, iptables, and NFQUEUE in the kernel.
    pub fn start() -> anyhow::Result<Self> {
        let id = std::process::id();
        let name = format!("plenary-{id}");
        // A net of four addresses for each process.
        let net = Ipv4Addr::from_bits(u32::from_be_bytes([10, 233, 0, 0]) + (id % 16_384) * 4);
        let (here, there) = (net.to_bits() + 1, net.to_bits() + 2);
        let (here, there) = (Ipv4Addr::from_bits(here), Ipv4Addr::from_bits(there));
        let (outer, inner) = (format!("plo{id}"), format!("pli{id}"));
        let (tell_up, told_up) = channel();
        let (tell_down, told_down) = channel();
        let mut shaper = Self {
            name: name.clone(),
            here: here.into(),
            tell: [tell_up, tell_down],
            lost: Arc::default(),
            stop: Arc::default(),
            threads: Vec::new(),
        };
        ip(&format!("netns add {name}"))?;
        ip(&format!("link add {outer} type veth peer name {inner} netns {name}"))?;
        ip(&format!("addr add {here}/30 dev {outer}"))?;
        ip(&format!("link set {outer} up"))?;
        ip(&format!("-n {name} addr add {there}/30 dev {inner}"))?;
        ip(&format!("-n {name} link set {inner} up"))?;
        ip(&format!("-n {name} link set lo up"))?;
        for (number, told) in [(0, told_up), (1, told_down)] {
            let (lost, stop) = (Arc::clone(&shaper.lost), Arc::clone(&shaper.stop));
            shaper.threads.push(shape(&name, (number, told, lost), stop)?);
        }
        for (number, rule) in ["OUTPUT -o", "INPUT -i"].iter().enumerate() {
            let rule =
                format!("iptables --append {rule} {inner} --jump NFQUEUE --queue-num {number}");
            ip(&format!("netns exec {name} {rule}"))?;
        }
        Ok(shaper)
    }

    /// What to run a program of the namespace with: a program and what stands before its arguments.
    pub fn inside(&self) -> [&str; 4] {
        ["ip", "netns", "exec", &self.name]
    }

    /// Packets that were lost so far, in both directions.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Changes the weather in both directions.
    pub fn set(&self, weather: Weather) {
        for tell in &self.tell {
            tell.send(weather).expect("the shaper runs as long as its owner");
        }
    }
}

impl Drop for Shaper {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let done = thread.join();
            assert!(done.is_ok() || std::thread::panicking(), "the shaper worked to the end");
        }
        // The pair of devices goes with it.
        let _ = ip(&format!("netns del {}", self.name));
    }
}

fn ip(arguments: &str) -> anyhow::Result<()> {
    run(Command::new("ip").args(arguments.split(' ')))
        .context("no bad network can be made: that needs root, iproute2, iptables and NFQUEUE")
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let done = command.output()?;
    let said = String::from_utf8_lossy(&done.stderr);
    anyhow::ensure!(done.status.success(), "{command:?}: {said}");
    Ok(())
}

/// Starts a thread in the namespace that does the weather to the packets of a queue; returns when
/// the queue is there.
fn shape(
    name: &str,
    (number, told, lost): (u16, Receiver<Weather>, Arc<AtomicU64>),
    stop: Arc<AtomicBool>,
) -> anyhow::Result<JoinHandle<()>> {
    let namespace = File::open(format!("/run/netns/{name}"))?;
    let (opened, is_open) = channel();
    let thread = std::thread::spawn(move || {
        // SAFETY: the descriptor is a namespace's and open; only this thread enters it.
        let entered = unsafe { libc::setns(namespace.as_raw_fd(), libc::CLONE_NEWNET) } == 0;
        let queue = if entered { open(number) } else { Err(std::io::Error::last_os_error()) };
        let queue = match queue {
            Ok(queue) => queue,
            Err(error) => return drop(opened.send(Err(error))),
        };
        if opened.send(Ok(())).is_ok() {
            Way::new(queue, u64::from(number), lost).run(&told, &stop);
        }
    });
    is_open.recv()?.context("packets cannot be held back: that needs root and NFQUEUE")?;
    Ok(thread)
}

fn open(number: u16) -> std::io::Result<Queue> {
    let mut queue = Queue::open()?;
    queue.bind(number)?;
    queue.set_queue_max_len(number, ON_THEIR_WAY_MAX)?;
    // Their lengths are enough.
    queue.set_copy_range(number, 64)?;
    queue.set_nonblocking(true);
    Ok(queue)
}

/// One direction.
struct Way {
    queue: Queue,
    lost: Arc<AtomicU64>,
    weather: Weather,
    random: u64,
    /// When the narrow path is free again.
    free: Instant,
    /// The delay of these milliseconds, and until when it stays.
    delay: (Duration, Instant),
    /// When the last packet arrives: none overtakes it.
    last: Instant,
    on_their_way: BTreeMap<(Instant, u64), Message>,
    count: u64,
}

impl Way {
    fn new(queue: Queue, seed: u64, lost: Arc<AtomicU64>) -> Self {
        let now = Instant::now();
        Self {
            queue,
            lost,
            weather: Weather::default(),
            random: 0x9e37_79b9_7f4a_7c15 ^ seed << 17,
            free: now,
            delay: (Duration::ZERO, now),
            last: now,
            on_their_way: BTreeMap::new(),
            count: 0,
        }
    }

    fn run(&mut self, told: &Receiver<Weather>, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            if let Some(weather) = told.try_iter().last() {
                self.weather = weather;
                self.delay.1 = Instant::now();
            }
            loop {
                match self.queue.recv() {
                    Ok(packet) => self.take(Instant::now(), packet),
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                    Err(error) => panic!("a queue of packets breaks: {error}"),
                }
            }
            self.deliver(Instant::now());
            // The queue has no descriptor to wait for; this is the grain of all delays.
            std::thread::sleep(GRAIN);
        }
    }

    fn take(&mut self, now: Instant, mut packet: Message) {
        let Some(at) = self.arrival(now, packet.get_original_len() + LINK_BYTES) else {
            self.lost.fetch_add(1, Ordering::Relaxed);
            packet.set_verdict(Verdict::Drop);
            self.queue.verdict(packet).expect("a verdict is taken");
            return;
        };
        packet.set_verdict(Verdict::Accept);
        self.count += 1;
        self.on_their_way.insert((at, self.count), packet);
    }

    /// When a packet of so many bytes is there; `None` when it is lost.
    fn arrival(&mut self, now: Instant, bytes: usize) -> Option<Instant> {
        let Weather { loss_permille, delay, jitter, rate, outage } = self.weather;
        if outage || self.random() % 1_000 < loss_permille {
            return None;
        }
        let mut leaves = now;
        if let Some(rate) = rate {
            leaves = self.free.max(now);
            if QUEUE_MAX < leaves - now {
                return None;
            }
            leaves += Duration::from_nanos(bytes as u64 * 8 * 1_000_000_000 / rate);
            self.free = leaves;
        }
        if self.delay.1 <= now {
            let spread = jitter.as_micros() as u64 * 2;
            let more = Duration::from_micros(self.random() % (spread + 1));
            self.delay = (delay + more - jitter.min(delay), now + DELAY_STAYS);
        }
        self.last = self.last.max(leaves + self.delay.0);
        Some(self.last)
    }

    fn deliver(&mut self, now: Instant) {
        while let Some(first) = self.on_their_way.first_entry() {
            if now < first.key().0 {
                return;
            }
            self.queue.verdict(first.remove()).expect("a verdict is taken");
        }
    }

    fn random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}
