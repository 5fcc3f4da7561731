//! The web server without a network, for the fuzz target: what strangers are told whose bytes come
//! in on a connection.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusBuilder;
use plenary_model::limits::HEADER_SECONDS_MAX;
use plenary_store::Store;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex, split};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use crate::app::{App, Building, Ways};
use crate::events::Events;
use crate::http;
use crate::http::serve::{self, Answers};
use crate::live;
use crate::organisation::Organisation;
use crate::turn::Turn;

/// An address of documentation (RFC 5737).
const STRANGER: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 50_000);
/// Bytes between the two ends.
const PIPE_BYTES: usize = 64 * 1024;

/// A server without events.
pub struct Front {
    runtime: Runtime,
    answers: Answers,
    stop: watch::Sender<bool>,
    _data: tempfile::TempDir,
}

impl Front {
    /// A server on an empty data folder.
    ///
    /// # Errors
    /// The system gives no folder or no runtime.
    pub fn new() -> anyhow::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let data = tempfile::tempdir()?;
        let store = runtime.block_on(Store::open(data.path()))?;
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let live = live::Registry::default();
        let organisation = runtime.block_on(Organisation::open(store.clone()))?;
        let app = App::new(Building {
            store,
            events: Events::default(),
            starter: None,
            live: live.clone(),
            metrics,
            turn: Turn::default(),
            organisation,
            tls: false,
            ways: Ways::default(),
        });
        let live = live::Service::new(live, live::Embedding::Nobody);
        let answers = Answers { router: http::router(app, live.clone()), live };
        let (stop, _) = watch::channel(false);
        Ok(Self { runtime, answers, stop, _data: data })
    }

    /// What a connection is told that sends these bytes and then ends.
    pub fn answer(&self, bytes: &[u8]) -> Vec<u8> {
        let (ours, theirs) = duplex(PIPE_BYTES);
        let (mut from, mut to) = split(ours);
        let limits = (Duration::from_secs(HEADER_SECONDS_MAX), self.stop.subscribe());
        let serve = serve::speak(theirs, STRANGER, self.answers.clone(), limits);
        let mut told = Vec::new();
        let send = async {
            // The server may hang up first.
            let _ = to.write_all(bytes).await;
            let _ = to.shutdown().await;
        };
        let hear = from.read_to_end(&mut told);
        // How a connection ends is its own affair; what was said counts.
        let (_, (), _) = self.runtime.block_on(async { tokio::join!(serve, send, hear) });
        told
    }
}
