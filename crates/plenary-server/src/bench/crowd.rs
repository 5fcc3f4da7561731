//! `bench crowd` (internal): players that wait for the next part, thousands in one process, for
//! `bench viewers`. Each has a connection of its own and asks as a player does, by what the last
//! playlist promised; the same playlist is unpacked once and not by each of them.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufRead as _, Read as _, Write as _};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Context as _;
use flate2::read::GzDecoder;
use plenary_programme::clock::monotonic_us;
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::LocalSet;

use super::connection::Connection;
use super::crew::READY;
use super::playlist::Playlist;
use crate::descriptors;

/// What one process does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    /// Where players ask.
    pub address: SocketAddr,
    /// Path of the rendition's folder, with a slash at the end.
    pub folder: String,
    /// How many players.
    pub players: usize,
    /// How many of them, the first ones, fetch the parts too.
    pub fetching: usize,
    /// How long answers are counted, in seconds.
    pub seconds: u64,
}

/// What one process saw while answers were counted.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Playlists that came, by the part that was asked for.
    pub parts: Vec<Answered>,
    /// Bytes of all bodies.
    pub bytes: u64,
    /// Answers that were no 200, and connections that broke.
    pub errors: u64,
    /// The first of them.
    pub first_error: Option<String>,
}

/// The answers to those who asked for the playlist with one part.
#[derive(Debug, Serialize, Deserialize)]
pub struct Answered {
    /// Media sequence number and index of the part.
    pub part: (u64, u64),
    /// When each asked and had its answer, in microseconds of `CLOCK_MONOTONIC`.
    pub asked_and_answered_us: Vec<(u64, u64)>,
}

/// Connections that are being made at a time; more would overflow a usual listen queue.
const CONNECTING_MAX: usize = 256;
/// How long a player waits after a failure, as players do.
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// Playlists that are remembered unpacked: the present ones and some of players that are behind.
const REMEMBERED: usize = 8;

/// Carries out the [`Order`] that comes as a line of JSON on standard input: connects every player,
/// prints a line, waits for another line, counts, and prints [`Counts`].
///
/// # Errors
/// A player does not get its first playlist.
pub fn run() -> anyhow::Result<()> {
    let mut order = String::new();
    io::stdin().lock().read_line(&mut order)?;
    let order: Order = serde_json::from_str(&order).context("no order came")?;
    descriptors::raise();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, crowd(order))
}

async fn crowd(order: Order) -> anyhow::Result<()> {
    let seconds = order.seconds;
    let shared = Rc::new(Shared::new(order));
    let mut first: Vec<_> = Vec::new();
    for index in 0..shared.order.players {
        first.push(tokio::task::spawn_local(Rc::clone(&shared).arrive(index)));
    }
    for arrived in first {
        arrived.await??;
    }
    say(READY)?;
    let (tell, told) = oneshot::channel();
    std::thread::Builder::new().name("begin".into()).spawn(move || {
        // At the end of the input nobody waits for what comes of it.
        let _ = io::stdin().lock().read_line(&mut String::new());
        tell.send(())
    })?;
    told.await?;
    shared.counting.set(true);
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    shared.counting.set(false);
    say(&serde_json::to_string(&shared.tally.take().counts())?)
}

fn say(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(io::stdout().lock(), "{line}")?)
}

/// What the players of this process have in common; one thread turns them all.
struct Shared {
    order: Order,
    connecting: Semaphore,
    counting: Cell<bool>,
    tally: RefCell<Tally>,
    /// Bodies of playlists with the part that they promise, the newest last.
    remembered: RefCell<VecDeque<(Vec<u8>, Option<Place>)>>,
}

type Place = (u64, u64);

impl Shared {
    fn new(order: Order) -> Self {
        Self {
            order,
            connecting: Semaphore::new(CONNECTING_MAX),
            counting: Cell::new(false),
            tally: RefCell::default(),
            remembered: RefCell::default(),
        }
    }

    /// Connects a player and lets it watch from then on.
    async fn arrive(self: Rc<Self>, index: usize) -> anyhow::Result<()> {
        let permit = self.connecting.acquire().await?;
        let (connection, next) = self.begin().await?;
        drop(permit);
        let fetches = index < self.order.fetching;
        let shared = Rc::clone(&self);
        tokio::task::spawn_local(async move { shared.watch(connection, next, fetches).await });
        Ok(())
    }

    /// A connection and the part that comes next.
    async fn begin(&self) -> anyhow::Result<(Connection, Place)> {
        let mut connection = Connection::open(self.order.address).await?;
        let answer = connection.get(&format!("{}live.m3u8", self.order.folder)).await?;
        let next = self.promised(answer.ok()?)?;
        Ok((connection, next))
    }

    async fn watch(&self, connection: Connection, next: Place, fetches: bool) {
        let mut begun = Some((connection, next));
        loop {
            let failed = match begun.take() {
                Some((connection, next)) => self.follow(connection, next, fetches).await,
                None => match self.begin().await {
                    Ok(again) => {
                        begun = Some(again);
                        continue;
                    }
                    Err(error) => error,
                },
            };
            if self.counting.get() {
                self.tally.borrow_mut().fail(&failed);
            }
            tokio::time::sleep(TRY_AGAIN).await;
        }
    }

    /// Waits for part after part; gives the reason when that does not go on.
    async fn follow(
        &self,
        mut connection: Connection,
        mut next: Place,
        fetches: bool,
    ) -> anyhow::Error {
        loop {
            match self.wait(&mut connection, next, fetches).await {
                Ok(promised) => next = promised,
                Err(error) => return error,
            }
        }
    }

    async fn wait(
        &self,
        connection: &mut Connection,
        next: Place,
        fetches: bool,
    ) -> anyhow::Result<Place> {
        let Order { folder, .. } = &self.order;
        let (msn, part) = next;
        let asked = monotonic_us();
        let path = format!("{folder}live.m3u8?_HLS_msn={msn}&_HLS_part={part}");
        let answer = connection.get(&path).await?;
        let answered = monotonic_us();
        let body = answer.ok()?;
        if self.counting.get() {
            let mut tally = self.tally.borrow_mut();
            tally.bytes += body.len() as u64;
            tally.parts.entry(next).or_default().push((asked, answered));
        }
        let promised = self.promised(body)?;
        if fetches {
            let part = connection.get(&format!("{folder}{msn}.{part}.m4s")).await?;
            let bytes = part.ok()?.len() as u64;
            if self.counting.get() {
                self.tally.borrow_mut().bytes += bytes;
            }
        }
        Ok(promised)
    }

    /// The part that a packed playlist promises.
    fn promised(&self, packed: &[u8]) -> anyhow::Result<Place> {
        let mut remembered = self.remembered.borrow_mut();
        let known = remembered.iter().rev().find(|(body, _)| body == packed);
        let promised = match known {
            Some((_, promised)) => *promised,
            None => {
                let mut text = String::new();
                GzDecoder::new(packed).read_to_string(&mut text)?;
                let promised = Playlist::parse(&text)?.promised;
                if REMEMBERED <= remembered.len() {
                    remembered.pop_front();
                }
                remembered.push_back((packed.to_vec(), promised));
                promised
            }
        };
        promised.context("the broadcast is over")
    }
}

#[derive(Debug, Default)]
struct Tally {
    parts: BTreeMap<Place, Vec<(u64, u64)>>,
    bytes: u64,
    errors: u64,
    first_error: Option<String>,
}

impl Tally {
    fn fail(&mut self, error: &anyhow::Error) {
        self.errors += 1;
        self.first_error.get_or_insert_with(|| format!("{error:#}"));
    }

    fn counts(self) -> Counts {
        let answered = |(part, asked_and_answered_us)| Answered { part, asked_and_answered_us };
        let parts = self.parts.into_iter().map(answered).collect();
        Counts { parts, bytes: self.bytes, errors: self.errors, first_error: self.first_error }
    }
}
