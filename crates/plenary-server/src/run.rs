//! Runs a server: opens the store, starts a host per event on air, binds, serves, stops.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::PrometheusBuilder;
use plenary_model::id::SeatId;
use plenary_model::ladder::Ladder;
use plenary_model::limits::MEDIA_CONNECTIONS_MAX;
use plenary_programme::encode::{Choice, ffmpeg};
use plenary_stage::Identity;
use plenary_store::Store;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Mutex, watch};

use crate::app::{App, Building, Ways};
use crate::attendance::retention;
use crate::config::{Config, Tls};
use crate::descriptors;
use crate::events::{Events, Starter};
use crate::http::serve::{self, Answers};
use crate::http::{self, tls};
use crate::identity::oidc::Provider;
use crate::live;
use crate::media::{self, MediaConfig, MediaHandle};
use crate::organisation::Organisation;
use crate::turn::Turn;

/// Longest wait for open connections when the server stops.
const STOP_MAX: Duration = Duration::from_secs(3);
/// Longest wait for the first part of a broadcast.
const ON_AIR_MAX: Duration = Duration::from_secs(10);

/// A server that runs.
pub struct Running {
    /// Where it really listens.
    pub bound: SocketAddr,
    /// What links begin with.
    pub base: String,
    /// Its events.
    pub events: Events,
    live: live::Registry,
    stop: watch::Sender<bool>,
    /// Ctrl-C and what a service manager sends; both are heard from the start on.
    asked: [Signal; 2],
    served: tokio::task::JoinHandle<()>,
}

/// Starts everything; the server answers when this returns. `cast` are the seats that an automatic
/// direction may put on air.
///
/// # Errors
/// What to change, in the text.
pub async fn start(config: &Config, store: Store, cast: Vec<SeatId>) -> anyhow::Result<Running> {
    let connections_max = descriptors::raise();
    let asked = [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?];
    let metrics = PrometheusBuilder::new().install_recorder().context("cannot begin metrics")?;
    let tls_settings = tls::settings(config)?;
    let encoder = encoder(config)?;
    let listener = serve::bind(config.listen).map_err(|error| {
        unbound(error, &format!("cannot listen on {}", config.listen), "--listen")
    })?;
    let bound = listener.local_addr().context("the web server has no address")?;
    let (stop, stopping) = watch::channel(false);
    let events = store.events().await?;
    let media = media_threads(config).await?;
    let turn = Turn::new(config.turn_urls.clone(), config.turn_secret_file.as_deref())?;
    let live = live::Registry::default();
    let organisation = Organisation::open(store.clone()).await?;
    let starter = Starter {
        ladder: Ladder { part_ms: config.part_ms, ..Ladder::two_cores() },
        encoder,
        store: store.clone(),
        organisation: organisation.clone(),
        media,
        opened: AtomicUsize::new(0),
        viewers_max: config.viewers_max,
        turn: turn.clone(),
        live: live.clone(),
        stop: stopping.clone(),
        starting: Mutex::default(),
    };
    let running = Events::default();
    for event in events {
        starter.start(event, cast.clone(), &running).await?;
    }
    let base = config.base_url(bound);
    let app = App::new(Building {
        store,
        events: running.clone(),
        starter: Some(starter),
        live: live.clone(),
        metrics,
        turn,
        organisation,
        tls: config.tls != Tls::Off,
        ways: ways(config, &base)?,
    });
    tokio::spawn(retention::run(app.clone(), stopping.clone()));
    let service = live::Service::new(live.clone(), config.embed_origins.clone());
    let answers = Answers { router: http::router(app, service.clone()), live: service };
    let served =
        tokio::spawn(serve::serve((listener, connections_max), tls_settings, answers, stopping));
    let events = running;
    Ok(Running { bound, base, events, live, stop, asked, served })
}

/// How people come in.
fn ways(config: &Config, base: &str) -> anyhow::Result<Ways> {
    let provider = config.oidc.clone().map(|oidc| Provider::new(oidc, base));
    Ok(Ways {
        provider: provider.transpose()?,
        proxies: config.trusted_proxies.clone(),
        joins_per_second_max: config.joins_per_second_max,
    })
}

/// What encodes the programmes, tried before anything begins: nobody should learn during an event
/// that it cannot.
fn encoder(config: &Config) -> anyhow::Result<Choice> {
    let choice = config.choice();
    if let Choice::Ffmpeg { program } = &choice {
        ffmpeg::check(program).context(
            "encoder = \"ffmpeg\" needs an ffmpeg with libx264: install it (apt install ffmpeg), \
             name another with --ffmpeg FILE, or choose --encoder built-in",
        )?;
    }
    Ok(choice)
}

/// What a port or address that cannot be had means, and which flag chooses another.
fn unbound(error: io::Error, what: &str, flag: &str) -> anyhow::Error {
    let advice = match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!(" (another program has it; choose another with {flag})")
        }
        io::ErrorKind::AddrNotAvailable => " (this machine has no such address)".into(),
        io::ErrorKind::PermissionDenied => {
            format!(" (this user may not; choose another with {flag})")
        }
        _ => String::new(),
    };
    anyhow::Error::new(error).context(format!("{what}{advice}"))
}

/// Starts the media threads, each with its own ports: stages take them in turn, and so do those who
/// view a programme at low delay.
async fn media_threads(config: &Config) -> anyhow::Result<Vec<MediaHandle>> {
    let public = match &config.public_host {
        Some(name) => address_of(name, config.listen.ip()).await,
        None => None,
    };
    let identity = Identity::generate()?;
    let mut threads = Vec::new();
    let share = MEDIA_CONNECTIONS_MAX / usize::from(config.media_threads);
    let connections_max = if config.ice_tcp { share.max(1) } else { 0 };
    for index in 0..config.media_threads {
        let port = if config.media_port == 0 { 0 } else { config.media_port + index };
        let endpoints = media::endpoints(config.listen.ip(), port, public)?;
        let identity = identity.clone();
        let settings = MediaConfig { endpoints, connections_max, identity };
        let (thread, addresses) = media::spawn(settings).map_err(|error| {
            let what = format!("cannot open UDP port {port} for the stage");
            unbound(error, &what, "--media-port")
        })?;
        tracing::info!(?addresses, "the stage listens");
        threads.push(thread);
    }
    Ok(threads)
}

/// The address of the public host, which media is sent to: pages are told addresses, not names.
async fn address_of(name: &str, listen: IpAddr) -> Option<IpAddr> {
    if let Ok(address) = name.parse() {
        return Some(address);
    }
    let found = tokio::net::lookup_host((name, 0)).await;
    let same_family = |address: &IpAddr| address.is_ipv4() == listen.is_ipv4();
    let address = found.ok().and_then(|all| all.map(|at| at.ip()).find(same_family));
    if address.is_none() {
        tracing::warn!(
            name,
            "the public host has no address for {listen}; the stage is only reached at this \
             machine's own addresses until its name resolves and the server starts again"
        );
    }
    address
}

impl Running {
    /// Serves until the process is asked to end.
    ///
    /// # Errors
    /// When the web server fails.
    pub async fn until_stopped(self) -> anyhow::Result<()> {
        let [mut interrupt, mut terminate] = self.asked;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
        self.stop.send_replace(true);
        for broadcast in self.live.all() {
            broadcast.flush().await;
        }
        // Players that wait for a part are not waited for.
        let served = tokio::time::timeout(STOP_MAX, self.served).await;
        served.unwrap_or(Ok(())).context("the web server's task failed")
    }

    /// Returns when viewers can begin to play, or when that takes too long.
    pub async fn on_air(&self) {
        for broadcast in self.live.all() {
            if tokio::time::timeout(ON_AIR_MAX, broadcast.on_air()).await.is_err() {
                tracing::warn!(event = %broadcast.event(), "nothing to play yet; see the log");
            }
        }
    }
}
