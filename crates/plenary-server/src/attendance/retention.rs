//! When the retention of an event is over, what is personal of it goes; sums of units stay.

use std::time::Duration;

use plenary_model::event::Phase;
use plenary_model::time::WallMs;
use plenary_store::{Event, StoreError};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::book::{BookError, By};
use crate::app::App;
use crate::clock::{stopped, wall_now};

/// How often it is looked whether a retention is over.
const LOOK_EVERY: Duration = Duration::from_secs(3_600);
/// Who closes a book that nobody has closed in time.
const BY_ITSELF: &str = "Plenary (retention)";

/// Looks after retention until the server stops.
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    let mut tick = interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stopped(&mut stop) => return,
            _ = tick.tick() => sweep(&app, wall_now()).await,
        }
    }
}

/// Lets go what is personal of all events whose retention is over. What fails is told in the log, and tried
/// again the next time.
pub async fn sweep(app: &App, now: WallMs) {
    let due = match due(app, now).await {
        Ok(due) => due,
        Err(error) => return tracing::error!(%error, "cannot look after retention"),
    };
    for event in due {
        match forget(app, &event, now).await {
            Ok(()) => tracing::info!(event = %event.id, "what is personal of it was deleted"),
            Err(error) => {
                tracing::error!(%error, event = %event.id, "cannot delete what is personal")
            }
        }
    }
}

/// The last moment of retention for an event that ended then.
pub const fn kept_until(ended: WallMs, days: u32) -> WallMs {
    WallMs(ended.0.saturating_add(days as u64 * 86_400_000))
}

async fn due(app: &App, now: WallMs) -> Result<Vec<Event>, StoreError> {
    let Some(days) = app.store().retention().await? else { return Ok(Vec::new()) };
    let mut due = Vec::new();
    for event in app.store().events().await? {
        let over = event.ended.is_some_and(|ended| kept_until(ended, days) < now);
        let book = app.store().book(event.id).await?;
        if event.phase == Phase::Closed && over && book.is_none_or(|book| book.forgotten.is_none())
        {
            due.push(event);
        }
    }
    Ok(due)
}

/// A book that is not sealed is sealed first, so that the sums stay.
async fn forget(app: &App, event: &Event, now: WallMs) -> Result<(), BookError> {
    if app.store().book(event.id).await?.is_none() {
        let desk = app.attendance(event).await.map_err(|_| BookError::NoRecord)?;
        let by = By { name: BY_ITSELF.to_owned(), at: now };
        app.books().close(desk, event.clone(), by).await?;
    }
    app.store().forget(event.id, now).await?;
    app.events().forget(event.id);
    Ok(())
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;
    use plenary_model::admission::Admission;
    use plenary_model::id::{ActId, LinkId};
    use plenary_model::member::{Person, Standing};
    use plenary_model::unit::{UnitRecord, UnitState};
    use plenary_show::{Author, Change, Direction, Fact, PlannedAct};
    use plenary_store::{Hall, Lines, OrganisationUpdate, PresenceRow, Store};
    use uuid::Uuid;

    use super::*;
    use crate::app::{Building, Ways};
    use crate::attendance::AttendanceDesk;
    use crate::events::Events;
    use crate::host::journalled;
    use crate::live;
    use crate::organisation::Organisation;
    use crate::setup::{self, Plan};
    use crate::turn::Turn;

    const DAY: u64 = 86_400_000;

    /// An event of a unit with one member, who was there.
    async fn closed_event(store: &Store, organisation: &mut Organisation) -> Event {
        let unit = UnitRecord {
            code: "hq".parse().unwrap(),
            name: "HQ".into(),
            kind: String::new(),
            order: 0,
            parent: None,
            state: UnitState::Open,
        };
        let person = Person {
            code: "p1".parse().unwrap(),
            name: "李".into(),
            unit: unit.code.clone(),
            email: None,
            phone: None,
            roles: Vec::new(),
            standing: Standing::Member,
        };
        let update = OrganisationUpdate { units: vec![unit], people: vec![person] };
        store.keep_organisation(update, WallMs(1)).await.unwrap();
        *organisation = Organisation::open(store.clone()).await.unwrap();
        let plan = Plan {
            slug: "day".into(),
            title: "Day".into(),
            speakers: Vec::new(),
            direction: Direction::Manual,
            admission: Admission::Members,
            starts: None,
            phase: Phase::Doors,
        };
        let event = setup::create_event(store, WallMs(1_000), plan).await.unwrap();
        store.set_epoch(event.id, WallMs(2_000)).await.unwrap();
        let person = "p1".parse().unwrap();
        let row = PresenceRow { person, from_ms: 2_000, until_ms: 60_000 };
        store.keep_presence(event.id, vec![row]).await.unwrap();
        let (hall, unit, name) = (LinkId::new(Uuid::now_v7()), "hq".parse().unwrap(), "H".into());
        let made = Hall { id: hall, event: event.id, unit, name, is_open: true };
        store.make_hall(made, "by".into(), WallMs(1)).await.unwrap();
        store.tick_off(hall, "p1".parse().unwrap(), true, WallMs(1)).await.unwrap();
        // Planned, and begun while its member was there.
        let act = ActId::new(Uuid::now_v7());
        let planned = PlannedAct { id: act, title: "Speech".into(), minutes: 1 };
        for (at, change) in [
            (2_000, Change::ActsPlanned { acts: vec![planned] }),
            (3_000, Change::ActBegan { act }),
        ] {
            let fact = Fact { at_ms: WallMs(at), by: Author::Person, change };
            store.append_facts(event.id, vec![journalled(&fact)]).await.unwrap();
        }
        store.set_phase(event.id, Phase::Closed, WallMs(61_000)).await.unwrap();
        store.event(event.id).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn when_the_retention_is_over_people_go_and_sums_stay() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path()).await.unwrap();
        let mut organisation = Organisation::open(store.clone()).await.unwrap();
        let event = closed_event(&store, &mut organisation).await;
        let (events, live) = (Events::default(), live::Registry::default());
        let phases = events.phases(event.id, event.phase);
        let from = (store.clone(), organisation.clone());
        let desk = AttendanceDesk::open(from, event.clone(), phases).await.unwrap();
        events.attend(event.id, desk);
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let built = Building {
            store: store.clone(),
            events,
            starter: None,
            live,
            metrics,
            turn: Turn::default(),
            organisation,
            tls: false,
            ways: Ways::default(),
        };
        let app = App::new(built);

        sweep(&app, WallMs(100 * DAY)).await;
        assert_eq!(store.presence(event.id).await.unwrap().len(), 1, "nothing sets a retention");
        store.set_retention(Some(30)).await.unwrap();
        sweep(&app, WallMs(30 * DAY)).await;
        assert_eq!(store.book(event.id).await.unwrap(), None, "it is not over");
        sweep(&app, WallMs(31 * DAY)).await;

        let book = store.book(event.id).await.unwrap().unwrap();
        assert_eq!((book.forgotten, book.by.as_str()), (Some(WallMs(31 * DAY)), BY_ITSELF));
        assert_eq!(store.presence(event.id).await.unwrap(), []);
        let hall = store.halls(event.id).await.unwrap()[0].id;
        assert_eq!(store.ticked_off(hall).await.unwrap(), []);
        let lines = store.book_lines(event.id, Lines::After(0, 100)).await.unwrap();
        assert!(!lines.iter().any(|line| line.contains("李")), "{lines:?}");
        let ledger = app.books().ledger(&event).await.unwrap().unwrap();
        let top = ledger.sums.directory.tree().tops()[0];
        assert_eq!((ledger.sums.of(top).expected, ledger.sums.of(top).came), (1, 1));
        assert_eq!((ledger.acts.acts.len(), ledger.acts.of(top)), (1, vec![1]));
        assert!(app.events().attendance(event.id).is_none());
        sweep(&app, WallMs(32 * DAY)).await;
        let again = store.book(event.id).await.unwrap().unwrap();
        assert_eq!(again.forgotten, book.forgotten, "it is done once");
    }
}
