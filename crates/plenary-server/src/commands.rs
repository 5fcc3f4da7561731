//! Carries out each command of the command line.

use std::fmt::Debug;
use std::fs::File;
use std::io::{BufReader, IsTerminal as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use anyhow::Context;
use clap::Parser;
use plenary_model::admission::Admission;
use plenary_model::event::Phase;
use plenary_programme::font::Fonts;
use plenary_show::Direction;
use plenary_store::Store;
use serde::Serialize;
use tokio::runtime::Handle;
use tracing_subscriber::EnvFilter;

use crate::attendance::verify::verify;
use crate::cli::{
    Bench, Cli, Command, CreateEvent, Demo, Export, Import, ImportTable, Links, SampleOrg, Serve,
    VerifyBook, Viewers,
};
use crate::clock::wall_now;
use crate::config::{Config, Settings};
use crate::demo::{Door, Seeded, Setting, Speakers, width_for};
use crate::organisation::terminal::{self, Order};
use crate::organisation::{Missing, Subject};
use crate::setup::{self, EventLinks, Plan};
use crate::{bench, demo, http, live, run, sample, tables};

/// Data folder of `serve` when nothing names one.
const DATA: &str = "plenary-data";

/// Reads the command line, does what it says, and tells the person at the terminal what went wrong.
pub fn run() -> ExitCode {
    match carry_out(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // When nobody reads it there is nobody else to tell.
            let _ = writeln!(std::io::stderr(), "plenary: {}", with_causes(&error));
            ExitCode::FAILURE
        }
    }
}

/// Says whether a book is whole.
fn verify_book(options: &VerifyBook) -> anyhow::Result<()> {
    let file = File::open(&options.file)
        .with_context(|| format!("cannot open {}", options.file.display()))?;
    let book = verify(BufReader::new(file))
        .with_context(|| format!("{} is not a whole book", options.file.display()))?;
    if options.json {
        return print_line(&serde_json::to_string(&book)?);
    }
    let counts = book.counts;
    print_line(&format!(
        "This book is as it was written: {} entries, {} members, {} corrections.\n\
         {}: {} expected, {} came, {} absent, {} excused, {} watched the replay.\n\
         Sealed by {}; its last hash is\n{}\n\
         Compare it with the hash on the event's attendance page: a book that ends earlier than the \
         page says was cut off.",
        book.entries,
        book.members,
        book.corrections,
        book.title,
        counts.expected,
        counts.came,
        counts.missing,
        counts.excused,
        counts.watched_replay,
        book.sealed_by,
        book.hash,
    ))
}

/// An error and what caused it in one line; causes that the text before them names already are
/// left out.
fn with_causes(error: &anyhow::Error) -> String {
    let mut text = error.to_string().trim_end().to_owned();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(cause.trim_end()) {
            text = format!("{text}: {}", cause.trim_end());
        }
    }
    text
}

fn carry_out(command: Command) -> anyhow::Result<()> {
    match command {
        Command::MediaWorker => {
            log();
            Ok(plenary_programme::worker::run()?)
        }
        Command::DecodeWorker => {
            log();
            Ok(plenary_programme::decode_worker::run()?)
        }
        Command::TableWorker => Ok(tables::worker::run()?),
        Command::VerifyBook(options) => verify_book(&options),
        Command::Import(import) => in_runtime(import_table(import)),
        Command::Openapi => print_line(&http::openapi_json()?),
        Command::CheckConfig(settings) => check_config(&settings),
        Command::Bench(bench) => measure(bench),
        Command::Export(options) => in_runtime(export(options)),
        Command::SampleOrg(options) => sample_org(&options),
        Command::Serve(options) => in_runtime(serve(options)),
        Command::Demo(options) => in_runtime(run_demo(options)),
        Command::CreateEvent(options) => in_runtime(create_event(options)),
        Command::Links(options) => in_runtime(print_links(options)),
    }
}

/// Logs go to standard error; `RUST_LOG` chooses which.
fn log() {
    // A name in a script that its font does not have is no fault.
    let usual = || EnvFilter::new("info,usvg=error");
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| usual()))
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}

fn in_runtime(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    log();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(work)
}

/// What `serve --json` prints when it serves.
#[derive(Debug, Serialize)]
struct Serves<'a> {
    /// What the server's links begin with.
    base: &'a str,
    /// The one-time link that makes the first administrator; none when there is one.
    setup: Option<String>,
}

async fn serve(options: Serve) -> anyhow::Result<()> {
    let config = Config::load(&options.settings, Path::new(DATA))?;
    let store = Store::open(&config.data).await?;
    let events = store.events().await?;
    let running = run::start(&config, store.clone(), Vec::new()).await?;
    let base = &running.base;
    tracing::info!(address = base, events = running.events.hosts().len(), "serving");
    if events.is_empty() {
        tracing::info!("no event yet: stop the server and make one with `plenary create-event`");
    }
    let setup = match store.has_administrator().await? {
        true => None,
        false => Some(format!("{base}/org#setup={}", store.setup_token())),
    };
    if options.json {
        print_json(&Serves { base, setup })?;
    } else if let Some(link) = setup {
        print_line(&format!(
            "There is no administrator yet. Whoever opens this link first becomes it; it works once:\n\n  {link}\n"
        ))?;
    }
    running.until_stopped().await
}

async fn run_demo(options: Demo) -> anyhow::Result<()> {
    let mut config = Config::load(&options.settings, Path::new(""))?;
    // Held until the end, and not made when somebody names a folder.
    let unnamed = config.data.as_os_str().is_empty();
    let folder = unnamed.then(|| tempfile::Builder::new().prefix("plenary-demo-").tempdir());
    let folder = folder.transpose().context("cannot make a temporary folder")?;
    if let Some(folder) = &folder {
        config.data = folder.path().to_owned();
    }
    let store = Store::open(&config.data).await?;
    let seeded = demo::seed(&store, wall_now()).await?;
    let clips = store.folder().clips(seeded.event.id);
    let running = run::start(&config, store.clone(), seeded.cast()).await?;
    let speakers = start_speakers(&running, &seeded)?;
    running.on_air().await;
    add_sample_clip(clips)?;
    let links = seeded.links(setup::links(&store, &seeded.event, &running.base).await?);
    if options.json {
        print_json(&links)?;
    } else {
        print_line(&format!(
            "Plenary is on air.\n\n  Watch      {}\n  Studio     {}\n  On stage   {}\n  HLS        {}\n  WHIP       {}\n  WHEP       {}\n\n\
             Data folder: {}\nStop with Ctrl-C.",
            links.audience,
            links.studio,
            links.stage,
            links.hls,
            links.whip,
            links.whep,
            config.data.display(),
        ))?;
    }
    running.until_stopped().await?;
    drop(speakers);
    Ok(())
}

/// Makes the sample clip beside the running event, which finds it by itself.
fn add_sample_clip(folder: PathBuf) -> std::io::Result<()> {
    let fonts = Fonts::from_system();
    thread::Builder::new().name("sample-clip".into()).spawn(move || {
        let seeded =
            fonts.map_err(anyhow::Error::from).and_then(|f| Ok(demo::clip::seed(&folder, f)?));
        if let Err(error) = seeded {
            tracing::warn!(%error, "the sample event stays without a clip");
        }
    })?;
    Ok(())
}

fn start_speakers(running: &run::Running, seeded: &Seeded) -> anyhow::Result<Speakers> {
    let host = running.events.host(seeded.event.id);
    let host = host.context("the sample event is closed; use another data folder")?;
    let seats = seeded.speakers.clone();
    let door = Door::new(host, seats);
    let setting = Setting {
        local: reachable(running.bound.ip()),
        width: width_for(thread::available_parallelism()?.get()),
        fonts: Fonts::from_system()?,
        grain: false,
    };
    let offer = move |offer| door.clone().offer(offer);
    Ok(Speakers::start(seeded.roles(), &setting, &Handle::current(), &offer)?)
}

/// The local address from which a listening address is reached.
fn reachable(listening: IpAddr) -> IpAddr {
    match listening {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    }
}

async fn create_event(options: CreateEvent) -> anyhow::Result<()> {
    let config = Config::load(&options.settings, Path::new(DATA))?;
    let speakers = options.speakers.iter().map(|text| setup::card_from_text(text)).collect();
    let (slug, title, direction) = (options.slug, options.title, Direction::Manual);
    let (admission, starts, phase) = (Admission::Everybody, None, Phase::OnAir);
    let plan = Plan { slug, title, speakers, direction, admission, starts, phase };
    // Before the folder is made, which may be the wrong one too.
    setup::check(&plan)?;
    let store = Store::open(&config.data).await?;
    let event = setup::create_event(&store, wall_now(), plan).await?;
    let links = setup::links(&store, &event, &config.base_url(config.listen)).await?;
    show_links(&links, options.json)?;
    if !options.json {
        print_line("\nIt goes on air as soon as `plenary serve` runs with the same settings.")?;
    }
    Ok(())
}

async fn print_links(options: Links) -> anyhow::Result<()> {
    let config = Config::load(&options.settings, Path::new(DATA))?;
    let store = Store::open_to_read(&config.data).await?;
    let event = setup::find_event(&store, &options.event).await?;
    let links = setup::links(&store, &event, &config.base_url(config.listen)).await?;
    show_links(&links, options.json)
}

fn show_links(links: &EventLinks, json: bool) -> anyhow::Result<()> {
    if json {
        return print_json(links);
    }
    print_line(&format!("Watch   {}\nStudio  {}", links.audience, links.studio))?;
    links
        .stage
        .iter()
        .try_for_each(|link| print_line(&format!("Stage   {}  {}", link.url, link.name)))?;
    print_line(&format!(
        "\nFor an encoder (WHIP) write /whip/ for /stage/ in a speaker's link; for a player at low\n\
         delay (WHEP): {}",
        links.whep
    ))
}

async fn export(options: Export) -> anyhow::Result<()> {
    let store = Store::open_to_read(&options.data).await?;
    let event = setup::find_event(&store, &options.event).await?;
    let folder = store.folder().recording(event.id);
    let file = options.file.clone();
    let written =
        tokio::task::spawn_blocking(move || live::export::export(&folder, &file)).await??;
    let (seconds, mib) =
        (written.duration_ms as f64 / 1_000.0, written.bytes as f64 / f64::from(1 << 20));
    print_line(&format!("{}: {seconds:.1} s, {mib:.1} MiB", options.file.display()))
}

fn measure(bench: Bench) -> anyhow::Result<()> {
    match bench {
        Bench::Programme { seconds, json } => print_figures(&bench::programme::run(seconds)?, json),
        Bench::Glass { seconds, json } => print_figures(&bench::glass::run(seconds)?, json),
        Bench::Start { runs, json } => print_figures(&bench::start::run(runs)?, json),
        Bench::Faults { runs, json } => print_figures(&bench::faults::run(runs)?, json),
        Bench::Stage { seats, publishers, speakers, shown, seconds, strangers, json } => {
            let load =
                bench::stage::Load { seats, publishers, speakers, shown, seconds, strangers };
            print_figures(&bench::stage::run(load)?, json)
        }
        Bench::Viewers(viewers) => measure_viewers(viewers),
        Bench::Origin { rounds, seconds, json } => {
            print_figures(&bench::origin::run(rounds, seconds)?, json)
        }
        Bench::Encoder { seconds, clips, ffmpeg, judge, json } => {
            let plan = bench::encoder::Plan { seconds, clips, ffmpeg, judge };
            print_figures(&bench::encoder::run(&plan)?, json)
        }
        Bench::Join { people, per_second, seconds, connections, lets_in, json } => {
            let plan = bench::join::Plan { people, per_second, seconds, connections, lets_in };
            print_figures(&bench::join::run(plan)?, json)
        }
        Bench::Crowd => bench::crowd::run(),
        Bench::Soak { minutes, every, seed, json } => {
            let plan = bench::soak::Plan::new(minutes, every, seed)?;
            print_figures(&bench::soak::run(plan)?, json)
        }
        Bench::Load => bench::load::run(),
        Bench::Speaker { link, source, grain } => bench::speaker::run(&link, source, grain),
    }
}

fn measure_viewers(viewers: Viewers) -> anyhow::Result<()> {
    let Viewers { players, fetching, target, origin, rendition, seconds, json, .. } = viewers;
    let Viewers { whep, pages, janus, loses, .. } = viewers;
    match whep {
        Some(whep) => {
            let load = bench::low_delay::Load { whep, pages, janus, loses_percent: loses, seconds };
            print_figures(&bench::low_delay::run(load)?, json)
        }
        None => {
            let load =
                bench::viewers::Load { players, fetching, seconds, target, origin, rendition };
            print_figures(&bench::viewers::run(load)?, json)
        }
    }
}

fn print_figures(figures: &(impl Serialize + Debug), json: bool) -> anyhow::Result<()> {
    if json { print_json(figures) } else { print_line(&format!("{figures:#?}")) }
}

fn sample_org(options: &SampleOrg) -> anyhow::Result<()> {
    let written = sample::write(options.people as usize, &options.out)?;
    print_line(&format!("{} units: {}", written.units_count, written.units.display()))?;
    print_line(&format!("{} people: {}", options.people, written.people.display()))
}

async fn import_table(import: Import) -> anyhow::Result<()> {
    let (subject, table, gone) = match import {
        Import::Units { table, close_missing } => (Subject::Units, table, close_missing),
        Import::People { table, mark_left } => (Subject::People, table, mark_left),
    };
    let ImportTable { file, data, preview, json } = table;
    let missing = if gone { Missing::Gone } else { Missing::Keep };
    let apply = (!preview).then_some(missing);
    let report = terminal::import(Order { subject, file, data, apply }).await?;
    if json { print_json(&report) } else { print_line(report.to_string().trim_end()) }?;
    anyhow::ensure!(
        report.preview.faults.count == 0,
        "nothing was changed: correct the table first"
    );
    Ok(())
}

fn check_config(settings: &Settings) -> anyhow::Result<()> {
    print_json(&Config::load(settings, Path::new(DATA))?)
}

fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    print_line(&serde_json::to_string(value)?)
}

fn print_line(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}
