//! A running event for tests: a host with a store and a deaf media thread, without a media worker.

use std::path::PathBuf;

use plenary_model::admission::Admission;
use plenary_model::event::Phase;
use plenary_model::ladder::Ladder;
use plenary_model::time::WallMs;
use plenary_programme::encode::Choice;
use plenary_show::Direction;
use plenary_store::{Event, Store};
use tokio::sync::watch;

use super::{HostHandle, Parts, start};
use crate::live;
use crate::media::deaf::{Deaf, deaf};
use crate::setup::{self, Plan};
use crate::turn::Turn;

/// The event.
pub struct Rig {
    /// It, with one seat.
    pub event: Event,
    /// Its host.
    pub host: HostHandle,
    /// What the host tells the stage.
    pub media: Deaf,
    /// Its data.
    pub store: Store,
    /// Its broadcast, in which nothing comes.
    pub live: live::Registry,
    _data: tempfile::TempDir,
    _stop: watch::Sender<bool>,
}

impl Rig {
    /// Starts it, with room for so many commands to the media thread.
    pub async fn start(room: usize) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let store = Store::open(data.path()).await.expect("a store");
        let plan = Plan {
            slug: "event".into(),
            title: "Event".into(),
            speakers: vec![setup::card_from_text("Ada")],
            direction: Direction::Manual,
            admission: Admission::Everybody,
            starts: None,
            phase: Phase::OnAir,
        };
        let event = setup::create_event(&store, WallMs(1_000), plan).await.expect("an event");
        let (handle, media) = deaf(room);
        let (stop, stopping) = watch::channel(false);
        let live = live::Registry::default();
        let parts = Parts {
            event: event.clone(),
            ladder: Ladder::two_cores(),
            encoder: Choice::BuiltIn,
            store: store.clone(),
            threads: Vec::new(),
            viewers_max: 1,
            media: handle,
            turn: Turn::default(),
            program: PathBuf::from("/nonexistent"),
            live: live.clone(),
            cast: Vec::new(),
            stop: stopping,
        };
        let host = start(parts).await.expect("a host");
        Self { event, host, media, store, live, _data: data, _stop: stop }
    }
}
