//! `bench join`: how many members a second come in to an event by their personal links, and what each
//! costs. A server of this program holds an invented organisation; its members come at a fixed rate,
//! whether or not those before them are in.

use std::env;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use plenary_model::id::EventId;
use plenary_model::time::WallMs;
use plenary_store::Store;
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;

use super::comers::Crowd;
use super::cpu::Cpu;
use super::figures::Spread;
use super::process::Process;
use super::processes::memory_kib;
use super::web::Web;
use crate::identity::pass::{Kind, Pass, Passes};
use crate::sample;

/// What is measured without a line is how fast joins are kept, not how members wait in it.
const NO_LINE: u32 = 1_000_000;
/// How long the sums may take to show everybody.
const SHOWN_MAX: Duration = Duration::from_secs(30);
/// Those who come send no beats: after this the first of them count as gone.
const ALL_HERE_MAX: Duration = Duration::from_secs(70);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How many come, and how fast.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Plan {
    /// Members of the organisation.
    pub people: u32,
    /// How many want to come in each second.
    pub per_second: u32,
    /// For how long.
    pub seconds: u32,
    /// Kept connections that they share.
    pub connections: usize,
    /// How many a second the server lets in, so that the others get a place in line; all without.
    pub lets_in: Option<u32>,
}

/// What was seen.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// As it was asked for.
    pub plan: Plan,
    /// How long the import of units and people took, in seconds.
    pub import_seconds: f64,
    /// How long the server took to start with all of them, in seconds.
    pub start_seconds: f64,
    /// Members who are in.
    pub joined: usize,
    /// How often somebody was told to wait.
    pub told_to_wait: usize,
    /// Answers that were no answer, and the first of them.
    pub errors: usize,
    /// The first of them.
    pub first_error: Option<String>,
    /// Members who came in each second, from the first to the last.
    pub joined_per_second: f64,
    /// From when somebody wanted to come in until the server had told them anything: that they are in, or
    /// their place in line.
    pub told: Option<Spread>,
    /// The same until they were in, waiting included.
    pub answered: Option<Spread>,
    /// CPU of the server for each, in microseconds.
    pub cpu_us_each: f64,
    /// Memory of the server before and after, in MiB.
    pub memory_mib: (u64, u64),
    /// Connections that the system refused because the listen queue was full.
    pub listen_overflows: u64,
    /// From the last answer until the sums of the whole organisation show everybody, in milliseconds; nothing
    /// when that took so long that the first are not there any more.
    pub sums_ms: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Ready {
    setup: Option<String>,
}

/// Runs it.
///
/// # Errors
/// A process does not do its work.
pub fn run(plan: Plan) -> anyhow::Result<Figures> {
    let data = tempfile::tempdir()?;
    let began = Instant::now();
    import(data.path(), plan.people)?;
    let import_seconds = began.elapsed().as_secs_f64();
    let began = Instant::now();
    let office = Office::open(data.path(), plan.lets_in)?;
    let event = office.event()?;
    let start_seconds = began.elapsed().as_secs_f64();
    let runtime = Runtime::new()?;
    let wanted = plan.per_second as usize * plan.seconds as usize;
    let passes = runtime.block_on(passes(data.path(), event, wanted))?;
    let (memory, cpu) = (office.memory_mib(), Cpu::of(office.process.id()));
    let overflows = listen_overflows()?;
    let crowd = Arc::new(Crowd::new(event, passes));
    let came =
        runtime.block_on(crowd.come(office.web.address(), (plan.connections, plan.per_second)))?;
    let seen = crowd.seen();
    let joined = seen.answered_ms.len();
    let sums_ms =
        (came <= ALL_HERE_MAX).then(|| office.wait_for_sums(event, joined)).transpose()?;
    let cpu = Cpu::of(office.process.id()).since(cpu);
    let spent_us = (cpu.forwarding_us + cpu.rest_us) as f64;
    Ok(Figures {
        plan,
        import_seconds,
        start_seconds,
        joined,
        told_to_wait: seen.told_to_wait,
        errors: seen.errors,
        first_error: seen.first_error,
        joined_per_second: joined as f64 / came.as_secs_f64(),
        told: Spread::of(seen.told_ms),
        answered: Spread::of(seen.answered_ms),
        cpu_us_each: spent_us / joined.max(1) as f64,
        memory_mib: (memory, office.memory_mib()),
        listen_overflows: listen_overflows()? - overflows,
        sums_ms,
    })
}

/// An invented organisation in a data folder.
fn import(data: &Path, people: u32) -> anyhow::Result<()> {
    let program = env::current_exe()?;
    let tables = tempfile::tempdir()?;
    let written = sample::write(people as usize, tables.path())?;
    let (log, folder) = (data.join("log"), data.display().to_string());
    for (subject, table) in [("units", written.units), ("people", written.people)] {
        let table = table.display().to_string();
        let arguments = ["import", subject, &table, "--data", &folder, "--json"];
        Process::start(&program, &arguments, &log)?.finish()?;
    }
    Ok(())
}

/// The server, and who asks it as its administrator.
struct Office {
    process: Process,
    web: Web,
}

impl Office {
    fn open(data: &Path, lets_in: Option<u32>) -> anyhow::Result<Self> {
        let (folder, lets_in) =
            (data.display().to_string(), lets_in.unwrap_or(NO_LINE).to_string());
        let mut arguments = vec![
            "serve",
            "--json",
            "--listen",
            "127.0.0.1:0",
            "--media-port",
            "0",
            "--data",
            &folder,
        ];
        arguments.extend(["--joins-per-second-max", &lets_in]);
        let process = Process::start(&env::current_exe()?, &arguments, &data.join("log"))?;
        let ready: Ready = serde_json::from_str(&process.line)?;
        let (web, path) = Web::of(&ready.setup.context("there is an administrator already")?)?;
        let (_, token) = path.split_once("setup=").context("a link without a token")?;
        let who = serde_json::json!({
            "token": token, "login": "bench", "name": "Bench", "password": "a long password"
        });
        let answer = web.post("/api/setup", &[], &who.to_string())?.ok()?;
        let cookie = answer.header("set-cookie").context("no cookie came")?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(Self { process, web: web.with_cookie(cookie) })
    }

    /// Makes an event for all members.
    fn event(&self) -> anyhow::Result<EventId> {
        let event = r#"{"slug":"bench","title":"Bench","admission":{"who":"members"}}"#;
        let answer = self.web.post("/api/events", &[], event)?;
        anyhow::ensure!(answer.status == 201, "{}", answer.text());
        let event: serde_json::Value = serde_json::from_slice(&answer.body)?;
        Ok(event["id"].as_str().context("an event without an id")?.parse()?)
    }

    fn memory_mib(&self) -> u64 {
        memory_kib(self.process.id()).unwrap_or_default() / 1_024
    }

    /// Waits until the sums show so many, and says how long that took.
    fn wait_for_sums(&self, event: EventId, joined: usize) -> anyhow::Result<f64> {
        let began = Instant::now();
        loop {
            let page = self.web.get(&format!("/api/events/{event}/attendance"))?.ok()?;
            let page: serde_json::Value = serde_json::from_slice(&page.body)?;
            let tops = page["below"].as_array().context("no sums came")?;
            let here = tops.iter().filter_map(|top| top["counts"]["here"].as_u64()).sum::<u64>();
            if here == joined as u64 {
                return Ok(began.elapsed().as_secs_f64() * 1_000.0);
            }
            anyhow::ensure!(began.elapsed() < SHOWN_MAX, "{here} of {joined} are shown");
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

/// Passes of as many members.
async fn passes(data: &Path, event: EventId, wanted: usize) -> anyhow::Result<Vec<String>> {
    let store = Store::open_to_read(data).await?;
    let passes = Passes::new(|name| store.signing_key(name));
    let people = store.people().await?;
    anyhow::ensure!(
        wanted <= people.len(),
        "{wanted} members are wanted, there are {}",
        people.len()
    );
    let pass = |person: plenary_model::member::Person| {
        let expires = WallMs(u64::MAX / 2);
        let pass = Pass { person: person.code, event: Some(event), issue: 0, expires };
        passes.sign(Kind::Invitation, &pass)
    };
    Ok(people.into_iter().take(wanted).map(pass).collect())
}

/// How often a connection was refused because a listen queue was full, since the system began
/// (`TcpExtListenOverflows` of nstat(8)).
fn listen_overflows() -> anyhow::Result<u64> {
    let text = fs::read_to_string("/proc/net/netstat")?;
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("TcpExt:"));
    let (names, values) = (lines.next().context("no names")?, lines.next().context("no values")?);
    let mut both = names.split_whitespace().zip(values.split_whitespace());
    let (_, value) =
        both.find(|(name, _)| *name == "ListenOverflows").context("no ListenOverflows")?;
    Ok(value.parse()?)
}
