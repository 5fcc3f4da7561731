//! Presence as a server keeps it.
#![allow(clippy::unwrap_used)]

use plenary_model::admission::{Admission, AdmittedUnit};
use plenary_model::event::Phase;
use plenary_model::id::{EventId, LinkId};
use plenary_model::time::WallMs;
use plenary_store::{Event, Excuse, NewEvent, PresenceRow, Store};
use uuid::Uuid;

const AT: WallMs = WallMs(1_795_000_000_000);
const EVENT: EventId = EventId::new(Uuid::from_u128(1));

async fn store() -> (tempfile::TempDir, Store) {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path()).await.unwrap();
    let event = Event {
        id: EVENT,
        slug: "day".into(),
        title: "Day".into(),
        key: "key".into(),
        phase: Phase::Doors,
        epoch: None,
        created: AT,
        starts: Some(AT),
        ended: None,
        admission: Admission::Members,
    };
    let studio = LinkId::new(Uuid::now_v7());
    store.create_event(NewEvent { event, studio, seats: vec![], facts: vec![] }).await.unwrap();
    (data, store)
}

fn row(person: &str, from_ms: u64, until_ms: u64) -> PresenceRow {
    PresenceRow { person: person.parse().unwrap(), from_ms, until_ms }
}

#[tokio::test]
async fn presence_grows_and_comes_back_after_a_restart() {
    let (data, store) = store().await;
    let keep = |rows| store.keep_presence(EVENT, rows);
    keep(vec![row("b", 5, 5), row("a", 7, 7)]).await.unwrap();
    keep(vec![row("b", 5, 30), row("b", 90, 90)]).await.unwrap();
    // What comes late makes nothing shorter.
    keep(vec![row("b", 5, 20)]).await.unwrap();
    let many = (0..3_000).map(|n| row(&format!("m{n:04}"), 1, 2)).collect();
    keep(many).await.unwrap();
    store.close().await;
    let store = Store::open(data.path()).await.unwrap();
    let kept = store.presence(EVENT).await.unwrap();
    assert_eq!(kept.len(), 3_003);
    assert_eq!(kept[..3], [row("a", 7, 7), row("b", 5, 30), row("b", 90, 90)]);
}

#[tokio::test]
async fn excuses_are_kept_in_the_order_in_which_they_were_made() {
    let (_data, store) = store().await;
    let excuse = |person: &str, excused, reason: &str| Excuse {
        person: person.parse().unwrap(),
        excused,
        reason: reason.into(),
        by: "Lin 林".into(),
        at: AT,
    };
    let made = [excuse("b", true, "ill"), excuse("a", true, "出差"), excuse("b", false, "")];
    for one in made.clone() {
        store.excuse(EVENT, one).await.unwrap();
    }
    assert_eq!(store.excuses(EVENT).await.unwrap(), made);
}

#[tokio::test]
async fn who_may_come_can_be_changed() {
    let (_data, store) = store().await;
    let admission = Admission::Chosen {
        units: vec![AdmittedUnit { unit: "粤-44".parse().unwrap(), places: Some(9) }],
        people: vec!["7".parse().unwrap()],
    };
    store.set_admission(EVENT, admission.clone()).await.unwrap();
    let event = store.event(EVENT).await.unwrap().unwrap();
    assert_eq!((event.admission, event.starts), (admission, Some(AT)));
}
