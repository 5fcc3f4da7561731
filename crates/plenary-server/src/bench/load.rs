//! `bench load` (internal): stage pages and players without browsers, many in one process, for `bench
//! stage` and `bench viewers`. Each has a socket of its own; one thread turns them all. What they send has the sizes of real
//! pictures and voices and carries the moment at which it was sent; nobody decodes it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, Write as _};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use plenary_programme::clock::monotonic_us;
use plenary_stage::packet::Packet;
use plenary_stage::peer::{LAYERS, Output};
use plenary_stage::signal::TrackUse;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::crew::READY;
use super::janus;
use super::page::Page;
use super::synthetic::{Publisher, sent_at};
use super::viewer::PROGRAMME;
use super::web::Web;
use crate::media::call::{self, Call, Network, PeerOffer};

/// What one process does.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Order {
    /// What is joined, one for each: stage links, the link of a player, or that of a Janus.
    pub links: Vec<String>,
    /// How many of them, the first ones, send camera and microphone.
    pub publish: usize,
    /// How many of those, the first ones, speak; the microphones of the others are muted.
    pub speak: usize,
    /// The cameras that each seat shows.
    pub shown: Vec<String>,
    /// How wide, in device pixels.
    pub width: u32,
    /// Voices that each seat hears at most.
    pub voices: usize,
    /// Each seat shows the programme too.
    pub programme: bool,
    /// Of a hundred datagrams that come so many are lost on the way.
    pub loses_percent: u32,
    /// How long packets are counted, in seconds.
    pub seconds: u64,
}

/// What one process saw while packets were counted.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Packets that came.
    pub received: u64,
    /// Bytes of their payloads.
    pub bytes: u64,
    /// Packets that did not come and were not repaired.
    pub lost: u64,
    /// How old some of the packets were.
    pub ages: Vec<Age>,
}

/// How old a packet was when it came.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Age {
    /// When it was sent, in microseconds of `CLOCK_MONOTONIC`.
    pub sent_us: u64,
    /// How long it was on its way, in microseconds.
    pub us: u64,
}

impl Counts {
    /// Adds what another saw.
    pub fn add(&mut self, other: Self) {
        self.received += other.received;
        self.bytes += other.bytes;
        self.lost += other.lost;
        self.ages.extend(other.ages);
    }
}

/// Between the first packet and the first that counts: layers are chosen, bandwidth is found.
pub const WARM_UP: Duration = Duration::from_secs(8);
/// Every so manyth packet tells its age.
const AGE_EVERY: u64 = 8;

/// What all seats of a process do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stand {
    Connected,
    Sending,
    Counting,
    Over,
}

impl Stand {
    /// So long after the beginning; `None` before it.
    fn after(begun: Option<Duration>, counting: Duration) -> Self {
        match begun {
            None => Self::Connected,
            Some(since) if since < WARM_UP => Self::Sending,
            Some(since) if since < WARM_UP + counting => Self::Counting,
            Some(_) => Self::Over,
        }
    }
}

/// Carries out the [`Order`] that comes as a line of JSON on standard input: connects every seat,
/// prints a line, waits for another line, sends and counts, and prints [`Counts`].
///
/// # Errors
/// A seat does not connect, or loses its connection.
pub fn run() -> anyhow::Result<()> {
    let mut order = String::new();
    std::io::stdin().lock().read_line(&mut order)?;
    let order: Order = serde_json::from_str(&order).context("no order came")?;
    let mut seats = Vec::new();
    for index in 0..order.links.len() {
        seats.push(Seat::open(&order, index)?);
        while !seats.iter().all(|seat| seat.call.is_up()) {
            turn(&mut seats, Stand::Connected)?;
        }
    }
    say(READY)?;
    let (tell, told) = channel();
    thread::Builder::new().name("begin".into()).spawn(move || {
        // At the end of the input nobody waits for what comes of it.
        let _ = std::io::stdin().lock().read_line(&mut String::new());
        tell.send(Instant::now())
    })?;
    let mut begun = None;
    let counting = Duration::from_secs(order.seconds);
    loop {
        begun = begun.or_else(|| told.try_recv().ok());
        let stand = Stand::after(begun.map(|begun: Instant| begun.elapsed()), counting);
        if stand == Stand::Over {
            break;
        }
        turn(&mut seats, stand)?;
    }
    let mut all = Counts::default();
    for seat in seats {
        let counts = seat.tally.counts();
        all.add(counts);
    }
    say(&serde_json::to_string(&all)?)
}

/// Every seat once, then a sleep until there is something to do.
fn turn(seats: &mut [Seat], stand: Stand) -> anyhow::Result<()> {
    let mut came = 0;
    for seat in &mut *seats {
        came += seat.turn(stand)?;
    }
    if came == 0 {
        let due = seats.iter().map(|seat| seat.deadline(stand)).min();
        let calls: Vec<&Call> = seats.iter().map(|seat| &seat.call).collect();
        call::wait(&calls, due.unwrap_or_else(Instant::now));
    }
    Ok(())
}

fn say(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}

struct Seat {
    call: Call,
    publisher: Option<Publisher>,
    tally: Tally,
    /// When it said last what its path carries.
    estimated: Instant,
}

const ESTIMATE_EVERY: Duration = Duration::from_secs(1);
const ESTIMATE_BPS: u64 = 20_000_000;

impl Seat {
    fn open(order: &Order, index: usize) -> anyhow::Result<Self> {
        let link = &order.links[index];
        let (web, path) = Web::of(link)?;
        let local = web.local()?;
        let mut publisher = None;
        let mut call = if path.starts_with("/janus") {
            janus::attach(link, local)?
        } else if path.starts_with("/whep/") {
            let exchange = |offer: PeerOffer| {
                web.session(&path, &offer.sdp).map_err(|error| error.to_string())
            };
            Call::open(local, &PROGRAMME, exchange)?
        } else {
            let publishes = index < order.publish;
            publisher = publishes.then(|| Publisher::new(index < order.speak));
            Self::page(order, link, publishes)?
        };
        call.behind(Network::losing(order.loses_percent));
        let estimated = Instant::now();
        Ok(Self { call, publisher, tally: Tally::default(), estimated })
    }

    /// A stage page.
    fn page(order: &Order, link: &str, publishes: bool) -> anyhow::Result<Call> {
        let local = Web::of(link)?.0.local()?;
        let mut lines = Vec::new();
        if publishes {
            lines.push((TrackUse::CameraVideo, 1, LAYERS.len()));
            lines.push((TrackUse::CameraAudio, 1, 1));
        }
        lines.push((TrackUse::Video, order.shown.len(), 1));
        lines.push((TrackUse::Audio, order.voices, 1));
        if order.programme {
            lines.extend(PROGRAMME);
        }
        let picture = |source: &String| json!({ "source": source, "width": order.width });
        let pictures: Vec<_> = order.shown.iter().map(picture).collect();
        let programme = order.programme;
        let wants = json!({ "type": "wants", "pictures": pictures, "programme": programme });
        let exchange = |PeerOffer { sdp, tracks }| {
            let page = Page::open(link, (&sdp, &tracks), Some(&wants));
            page.map(|page| page.answer).map_err(|error| error.to_string())
        };
        Ok(Call::open(local, &lines, exchange)?)
    }

    /// Says what its path carries, as browsers do: far more than there is.
    fn estimate(&mut self) {
        if self.publisher.is_none() && ESTIMATE_EVERY < self.estimated.elapsed() {
            self.estimated = Instant::now();
            let (peer, out) = self.call.peer();
            let lines = peer.tracks();
            let line = lines.iter().find(|line| line.kind == TrackUse::ProgrammeVideo);
            if let Some(line) = line {
                peer.say_estimate(Instant::now(), &line.mid, ESTIMATE_BPS, out);
            }
        }
    }

    fn turn(&mut self, stand: Stand) -> anyhow::Result<usize> {
        self.estimate();
        let Self { call, publisher, tally, .. } = self;
        if let Some(publisher) = publisher.as_mut().filter(|_| Stand::Sending <= stand) {
            publisher.send_due(call);
        }
        let counts = Stand::Counting <= stand;
        Ok(call.turn(|output| match output {
            Output::KeyframeWanted { layer, .. } => {
                publisher.iter_mut().for_each(|publisher| publisher.want_keyframe(layer));
            }
            Output::Packet { mid, packet } if counts => tally.take(mid, &packet),
            Output::Packet { .. } | Output::Datagram { .. } | Output::Up | Output::Down => {}
        })?)
    }

    fn deadline(&self, stand: Stand) -> Instant {
        let publisher = self.publisher.iter().filter(|_| Stand::Sending <= stand);
        publisher.map(Publisher::deadline).fold(self.call.deadline(), Instant::min)
    }
}

/// Packets of one seat.
#[derive(Debug, Default)]
struct Tally {
    lines: BTreeMap<String, Line>,
    received: u64,
    bytes: u64,
    ages: Vec<Age>,
}

/// Packets of one line.
#[derive(Debug)]
struct Line {
    first: u64,
    last: u64,
    received: u64,
}

impl Tally {
    fn take(&mut self, mid: String, packet: &Packet) {
        let line = self.lines.entry(mid).or_insert(Line {
            first: packet.seq,
            last: packet.seq,
            received: 0,
        });
        line.first = line.first.min(packet.seq);
        line.last = line.last.max(packet.seq);
        line.received += 1;
        self.received += 1;
        self.bytes += packet.payload.len() as u64;
        if self.received.is_multiple_of(AGE_EVERY)
            && let Some(sent_us) = sent_at(packet.kind, &packet.payload)
        {
            self.ages.push(Age { sent_us, us: monotonic_us().saturating_sub(sent_us) });
        }
    }

    fn counts(self) -> Counts {
        let missing = |line: &Line| (line.last - line.first + 1).saturating_sub(line.received);
        let lost = self.lines.values().map(missing).sum();
        let Self { received, bytes, ages, .. } = self;
        Counts { received, bytes, lost, ages }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use plenary_model::frame::TrackKind;

    use super::*;

    #[test]
    fn what_did_not_come_between_two_packets_is_lost() {
        let mut tally = Tally::default();
        for (mid, seq) in [("0", 7), ("0", 5), ("0", 9), ("1", 70_000), ("1", 70_001)] {
            let packet = Packet {
                kind: TrackKind::Opus,
                seq,
                time: 0,
                marker: false,
                payload: Arc::from([0; 4]),
                level_db: None,
                report: None,
                arrival: Instant::now(),
            };
            tally.take(mid.into(), &packet);
        }
        let counts = tally.counts();
        assert_eq!((counts.received, counts.lost), (5, 2), "6 and 8");
    }
}
