//! The data folder as a server meets it: restarts, crashes, a second server, many writers.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use plenary_model::admission::Admission;
use plenary_model::event::Phase;
use plenary_model::id::{EventId, LinkId, SeatId};
use plenary_model::person::Card;
use plenary_model::time::WallMs;
use plenary_store::{Access, Event, Link, NewEvent, NewFact, Seat, Store, StoreError};
use tokio::task::JoinSet;
use uuid::Uuid;

const EVENT: EventId = EventId::new(Uuid::from_u128(1));
const SEAT: SeatId = SeatId::new(Uuid::from_u128(2));
const STUDIO: LinkId = LinkId::new(Uuid::from_u128(3));
const STAGE: LinkId = LinkId::new(Uuid::from_u128(4));
const AT: WallMs = WallMs(1_795_000_000_000);

fn event(id: EventId, slug: &str) -> Event {
    Event {
        id,
        slug: slug.into(),
        title: "Annual gathering · 年会".into(),
        key: "key".into(),
        phase: Phase::Doors,
        epoch: None,
        created: AT,
        starts: None,
        ended: None,
        admission: Admission::Everybody,
    }
}

fn seat() -> Seat {
    Seat {
        id: SEAT,
        card: Card {
            name: "李雨晴".into(), unit: "四川 · 成都".into(), title: String::new()
        },
    }
}

fn fact(n: u64) -> NewFact {
    NewFact { at: WallMs(AT.0 + n), kind: "took".into(), json: format!("{{\"n\":{n}}}") }
}

/// The event with one seat.
fn new_event() -> NewEvent {
    let (event, seats) = (event(EVENT, "demo"), vec![(seat(), STAGE)]);
    NewEvent { event, studio: STUDIO, seats, facts: Vec::new() }
}

async fn opened_with_event(dir: &Path) -> Store {
    let store = Store::open(dir).await.unwrap();
    store.create_event(new_event()).await.unwrap();
    store
}

async fn journal(store: &Store) -> String {
    let facts = store.load_facts(EVENT, 0).await.unwrap();
    facts.iter().map(|f| format!("{}:{} ", f.seq, f.json)).collect()
}

#[tokio::test]
async fn a_reopened_folder_holds_everything_and_the_same_links() {
    let dir = tempfile::tempdir().unwrap();
    let store = opened_with_event(dir.path()).await;
    let director = Link { id: STUDIO, event: EVENT, access: Access::Director };
    let speaker = Link { id: STAGE, event: EVENT, access: Access::Speaker(seat()) };
    let (studio_token, stage_token) = (store.token(STUDIO), store.token(STAGE));
    store.set_phase(EVENT, Phase::OnAir, AT).await.unwrap();
    assert_eq!(store.set_epoch(EVENT, AT).await.unwrap(), AT);
    assert_eq!(store.append_facts(EVENT, vec![fact(1), fact(2)]).await.unwrap(), 2);
    store.close().await;

    let store = Store::open(dir.path()).await.unwrap();
    let found = store.event_by_slug("demo").await.unwrap().unwrap();
    let expected = Event { phase: Phase::OnAir, epoch: Some(AT), ..event(EVENT, "demo") };
    assert_eq!(found, expected);
    assert_eq!(store.events().await.unwrap(), [expected]);
    assert_eq!(store.seats(EVENT).await.unwrap(), [seat()]);
    assert_eq!(store.token(STUDIO), studio_token);
    assert_eq!(store.link_by_token(&stage_token).await.unwrap(), Some(speaker.clone()));
    assert_eq!(store.links(EVENT).await.unwrap(), [director, speaker]);
    assert_eq!(store.append_facts(EVENT, vec![fact(3)]).await.unwrap(), 3);
    assert_snapshot!(journal(&store).await, @r#"1:{"n":1} 2:{"n":2} 3:{"n":3} "#);
    assert_eq!(store.load_facts(EVENT, 2).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_event_is_made_with_its_seats_links_and_first_facts_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    let before = store.write_counts();
    store.create_event(NewEvent { facts: vec![fact(1), fact(2)], ..new_event() }).await.unwrap();
    assert_eq!(store.write_counts().commits, before.commits + 1, "a crash finds all or nothing");
    assert_eq!(store.seats(EVENT).await.unwrap(), [seat()]);
    assert_eq!(store.links(EVENT).await.unwrap().len(), 2);
    assert_snapshot!(journal(&store).await, @r#"1:{"n":1} 2:{"n":2} "#);

    // Its last link cannot be stored: nothing that came before it stays.
    let other = EventId::new(Uuid::from_u128(11));
    let free = Seat { id: SeatId::new(Uuid::from_u128(12)), ..seat() };
    let seats = vec![(free, LinkId::new(Uuid::from_u128(13)))];
    let (event, facts) = (event(other, "other"), vec![fact(1)]);
    let failed = store.create_event(NewEvent { event, studio: STUDIO, seats, facts }).await;
    assert!(matches!(failed, Err(StoreError::Database(_))), "{failed:?}");
    assert_eq!(store.event(other).await.unwrap(), None);
    assert_eq!(store.seats(other).await.unwrap(), []);
    assert_eq!(store.links(other).await.unwrap(), []);
    assert_eq!(store.load_facts(other, 0).await.unwrap(), []);
}

#[tokio::test]
async fn the_programme_clock_is_set_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = opened_with_event(dir.path()).await;
    assert_eq!(store.set_epoch(EVENT, AT).await.unwrap(), AT);
    assert_eq!(store.set_epoch(EVENT, WallMs(AT.0 + 9_000)).await.unwrap(), AT);
}

#[tokio::test]
async fn a_revoked_or_invented_token_opens_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = opened_with_event(dir.path()).await;
    let token = store.token(STUDIO);
    assert_eq!(token.len(), 22, "128 bits in base64url");
    assert!(store.link_by_token(&token).await.unwrap().is_some());
    store.revoke_link(STUDIO, AT).await.unwrap();
    assert_eq!(store.link_by_token(&token).await.unwrap(), None);
    assert_eq!(store.link_by_token("").await.unwrap(), None);
    let left = store.links(EVENT).await.unwrap();
    assert_eq!(left.iter().map(|link| link.id).collect::<Vec<_>>(), [STAGE]);
}

#[tokio::test]
async fn the_database_alone_lets_nobody_in() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = opened_with_event(ours.path()).await;
    let token = store.token(STUDIO);
    store.close().await;
    let database = fs::read(ours.path().join("plenary.sqlite")).unwrap();
    assert!(!database.windows(token.len()).any(|w| w == token.as_bytes()));
    fs::copy(ours.path().join("plenary.sqlite"), theirs.path().join("plenary.sqlite")).unwrap();
    let stolen = Store::open(theirs.path()).await.unwrap();
    assert_ne!(stolen.token(STUDIO), token);
    assert_eq!(stolen.link_by_token(&stolen.token(STUDIO)).await.unwrap(), None);
}

#[tokio::test]
async fn a_second_server_is_refused_by_name_of_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let first = Store::open(dir.path()).await.unwrap();
    let refused = Store::open(dir.path()).await.err().unwrap();
    assert_snapshot!(
        refused.to_string().replace(&dir.path().display().to_string(), "DIR"),
        @"the data folder DIR is in use by another plenary server; stop it or choose another folder"
    );
    first.close().await;
    Store::open(dir.path()).await.unwrap();
}

#[tokio::test]
async fn refusals_leave_the_rest_of_their_group_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = opened_with_event(dir.path()).await;
    let unknown = EventId::new(Uuid::from_u128(99));
    let again = NewEvent { event: event(unknown, "demo"), ..new_event() };
    let (again, lost, kept) = tokio::join!(
        store.create_event(again),
        store.append_facts(unknown, vec![fact(1)]),
        store.append_facts(EVENT, vec![fact(7)]),
    );
    assert_snapshot!(again.unwrap_err(), @r#"another event is called "demo" already"#);
    assert!(matches!(lost, Err(StoreError::UnknownEvent(id)) if id == unknown));
    assert_eq!(kept.unwrap(), 1);
    assert_snapshot!(journal(&store).await, @r#"1:{"n":7} "#);
}

#[tokio::test]
async fn writers_at_the_same_time_share_commits_and_keep_their_order() {
    let dir = tempfile::tempdir().unwrap();
    let store = opened_with_event(dir.path()).await;
    let before = store.write_counts();
    let mut writers = JoinSet::new();
    for n in 0..500 {
        let store = store.clone();
        writers.spawn(async move { store.append_facts(EVENT, vec![fact(n)]).await.unwrap() });
    }
    let mut seqs = writers.join_all().await;
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=500).collect::<Vec<u64>>());
    let after = store.write_counts();
    assert_eq!(after.writes - before.writes, 500);
    assert!(after.commits - before.commits <= 10, "{before:?} {after:?}");
}

/// What a killed server leaves: the database and its log as they were at that moment, the log
/// possibly cut in the middle of a page by the machine.
fn copied_at_death(from: &Path, to: &Path, wal_bytes: usize) {
    for name in ["plenary.sqlite", "secret"] {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
    let wal = fs::read(from.join("plenary.sqlite-wal")).unwrap();
    fs::write(to.join("plenary.sqlite-wal"), &wal[..wal_bytes.min(wal.len())]).unwrap();
}

#[tokio::test]
async fn a_killed_server_has_lost_nothing_that_it_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let store = opened_with_event(dir.path()).await;
    let wal = dir.path().join("plenary.sqlite-wal");
    let mut acknowledged = Vec::new();
    for n in 1..=20 {
        store.append_facts(EVENT, vec![fact(n)]).await.unwrap();
        acknowledged.push((n, usize::try_from(fs::metadata(&wal).unwrap().len()).unwrap()));
    }
    for (n, wal_bytes) in acknowledged {
        for torn in [0, 1_000] {
            let copy = tempfile::tempdir().unwrap();
            copied_at_death(dir.path(), copy.path(), wal_bytes + torn);
            let survivor = Store::open(copy.path()).await.unwrap();
            let facts = survivor.load_facts(EVENT, 0).await.unwrap();
            let seqs: Vec<u64> = facts.iter().map(|f| f.seq).collect();
            assert_eq!(seqs, (1..=n).collect::<Vec<u64>>(), "acknowledged {n}, torn {torn}");
            assert_eq!(survivor.append_facts(EVENT, vec![fact(0)]).await.unwrap(), n + 1);
        }
    }
}

#[tokio::test]
async fn a_cut_secret_is_named_instead_of_replaced() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("secret"), b"short").unwrap();
    let refused = Store::open(dir.path()).await.err().unwrap();
    assert!(matches!(refused, StoreError::SecretDamaged(_)), "{refused}");
    assert_eq!(fs::read(dir.path().join("secret")).unwrap(), b"short");
}

#[tokio::test]
async fn a_reader_sees_what_a_running_server_has_written_and_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let server = opened_with_event(dir.path()).await;
    let reader = Store::open_to_read(dir.path()).await.unwrap();
    assert_eq!(reader.event_by_slug("demo").await.unwrap(), Some(event(EVENT, "demo")));
    assert_eq!(reader.token(STUDIO), server.token(STUDIO));
    server.set_phase(EVENT, Phase::Closed, AT).await.unwrap();
    assert_eq!(reader.event(EVENT).await.unwrap().unwrap().phase, Phase::Closed);
    let refused = reader.set_phase(EVENT, Phase::Doors, AT).await;
    assert!(matches!(refused, Err(StoreError::Closed)), "{refused:?}");
}

#[tokio::test]
async fn reading_where_nothing_is_says_so_and_makes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let refused = Store::open_to_read(dir.path()).await.err().unwrap();
    assert_snapshot!(
        refused.to_string().replace(&dir.path().display().to_string(), "DIR"),
        @"there is no Plenary data in the folder DIR; name the folder of the server with --data"
    );
    let refused = Store::open_to_read(&dir.path().join("absent")).await.err().unwrap();
    assert!(matches!(refused, StoreError::NoData(_)), "{refused}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "reading leaves nothing behind");
}

#[tokio::test]
async fn a_reader_makes_no_secret_where_it_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    opened_with_event(dir.path()).await.close().await;
    fs::remove_file(dir.path().join("secret")).unwrap();
    let refused = Store::open_to_read(dir.path()).await.err().unwrap();
    assert!(matches!(refused, StoreError::Folder { .. }), "{refused}");
    assert!(!dir.path().join("secret").exists(), "other links would come from another secret");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let dir = tempfile::tempdir().unwrap();
    opened_with_event(dir.path()).await.close().await;
    fs::write(dir.path().join("plenary.sqlite"), vec![b'x'; 4096]).unwrap();
    let refused = Store::open(dir.path()).await.err().unwrap();
    assert_snapshot!(
        refused.to_string().replace(&dir.path().display().to_string(), "DIR"),
        @"cannot open the database DIR/plenary.sqlite"
    );
    let refused = Store::open_to_read(dir.path()).await.err().unwrap();
    assert!(matches!(refused, StoreError::Unopened { .. }), "{refused}");
}
