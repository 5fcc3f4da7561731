//! Nothing that was acknowledged is lost, however the server ends: joins, beats, excuses, head counts and
//! corrections of a book, with kills at moments that nobody expects.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use common::Folder;
use common::office::{Office, cookie};
use common::random::Random;
use plenary_audience::book::Entry;
use plenary_server::bench::web::Web;
use plenary_store::{PresenceRow, Store};
use serde_json::{Value, json};

/// Members of the event that is killed, and how many of them talk at a time.
const MEMBERS: usize = 24;
const TALKERS: usize = 6;
/// Corrections of a round: a person has at most 50, and a turn in every 24th round.
const CORRECTIONS: usize = 5;
/// The server's clock and the test's count from different roundings.
const ROUNDING_MS: u64 = 5;

/// What the server has acknowledged.
#[derive(Debug, Clone)]
enum Acknowledged {
    /// Somebody was there when the request was sent.
    There { person: String, at_ms: u64 },
    /// The excuse of somebody.
    Excuse { person: String, reason: String },
    /// How many were counted in the hall; each count is above the one before.
    Heads { count: u64 },
    /// A correction of the other event's book.
    Correction { reason: String },
}

type Log = Mutex<Vec<Acknowledged>>;

/// Where everything happens: an event that goes on, with a hall, and one whose book is sealed.
struct Scene {
    event: String,
    created: u64,
    passes: Vec<(String, String)>,
    heads: String,
    sealed: String,
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    now.as_millis() as u64
}

fn scene(office: &Office) -> Scene {
    office.unit("hq", "集团", None);
    office.unit("c", "县", Some("hq"));
    for n in 0..MEMBERS {
        office.person(&format!("m{n:03}"), &format!("成员 {n}"), "c");
    }
    let make = |slug: &str| {
        let event = json!({ "slug": slug, "title": "Day", "admission": { "who": "members" } });
        office.make("/api/events", &event)
    };
    let (event, before) = (make("day"), make("before"));
    let id = |event: &Value| event["id"].as_str().expect("an id").to_owned();
    let (sealed, created) = (id(&before), event["created_ms"].as_u64().expect("a time"));
    let event = id(&event);
    let post = |path: String| office.admin.post(&path, &[], "").expect("an answer");
    assert_eq!(post(format!("/api/events/{sealed}/open")).status, 200);
    assert!(post(format!("/api/events/{sealed}/close")).status < 300);
    office.close_book(&sealed);
    let hall = office.make(&format!("/api/events/{event}/halls/c"), &json!({ "name": "礼堂" }));
    let link = hall["link"].as_str().expect("a link");
    let token = link.strip_prefix("/hall/").expect("its page");
    let passes = office.passes(&event, "c");
    Scene { event, created, passes, heads: format!("/api/halls/{token}/heads"), sealed }
}

#[test]
fn nothing_acknowledged_is_lost_in_two_hundred_kills() {
    kills(0x5eed_0011, 200);
}

fn kills(seed: u64, count: usize) {
    let data = Folder::new();
    let mut office = Office::open(data.path());
    let scene = scene(&office);
    let log = Log::default();
    let mut random = Random(seed);
    for kill in 0..count {
        let stop = AtomicBool::new(false);
        office = thread::scope(|threads| {
            let (scene, stop, log) = (&scene, &stop, &log);
            for talker in 0..TALKERS {
                let own: Vec<_> = scene.passes.iter().skip(talker).step_by(TALKERS).collect();
                let askers = (office.web.clone(), office.admin.clone());
                threads.spawn(move || talk(&askers, &scene.event, &own, (kill, stop), log));
            }
            let (web, admin) = (office.web.clone(), office.admin.clone());
            threads.spawn(move || count_heads(&web, &scene.heads, stop, log));
            threads.spawn(move || correct(&admin, &scene.sealed, (kill, stop), log));
            // The stimulus: a kill at a moment that nobody expects.
            thread::sleep(Duration::from_micros(5_000 + random.next() % 95_000));
            let next = office.killed_and_started(data.path());
            stop.store(true, Ordering::Relaxed);
            next
        });
    }
    let acknowledged = log.into_inner().expect("the log");
    let of = |wanted: fn(&Acknowledged) -> bool| acknowledged.iter().filter(|a| wanted(a)).count();
    let heads = of(|what| matches!(what, Acknowledged::Heads { .. }));
    let corrections = of(|what| matches!(what, Acknowledged::Correction { .. }));
    println!(
        "{count} kills, {} acknowledged, {heads} head counts and {corrections} corrections among them",
        acknowledged.len()
    );
    assert!(count * TALKERS < acknowledged.len(), "too little was acknowledged to say anything");
    assert!(count / 2 < heads && count / 2 < corrections, "{heads} and {corrections} say nothing");
    let corrected = corrections_of(&office, &data, &scene.sealed);
    drop(office);
    check(&data, &scene, &corrected, &acknowledged);
}

/// Joins, beats and excuses until the server is gone, and takes note of what it has acknowledged.
fn talk(
    (web, admin): &(Web, Web),
    event: &str,
    own: &[&(String, String)],
    (round, stop): (usize, &AtomicBool),
    log: &Log,
) {
    let note = |what| log.lock().expect("the log").push(what);
    while !stop.load(Ordering::Relaxed) {
        for (person, pass) in own {
            let at_ms = now_ms();
            let body = json!({ "pass": pass }).to_string();
            let Ok(joined) = web.post(&format!("/api/events/{event}/join"), &[], &body) else {
                return;
            };
            assert_eq!(joined.status, 200, "{}", joined.text());
            note(Acknowledged::There { person: person.clone(), at_ms });
            let member = web.with_cookie(cookie(&joined));
            let at_ms = now_ms();
            match member.post(&format!("/api/events/{event}/beat"), &[], "") {
                Ok(answer) if answer.status == 204 => {
                    note(Acknowledged::There { person: person.clone(), at_ms });
                }
                Ok(answer) => panic!("{}", answer.text()),
                Err(_) => return,
            }
            let reason = format!("round {round}, {at_ms}");
            let path = format!("/api/events/{event}/attendance/c/members/{person}/excuse");
            let excuse = json!({ "excused": true, "reason": reason }).to_string();
            match admin.put(&path, &excuse) {
                Ok(answer) if answer.status == 204 => {
                    note(Acknowledged::Excuse { person: person.clone(), reason });
                }
                Ok(answer) => panic!("{}", answer.text()),
                Err(_) => return,
            }
        }
    }
}

/// Counts one head more each time, over all rounds.
fn count_heads(web: &Web, path: &str, stop: &AtomicBool, log: &Log) {
    let last = |log: &Log| {
        let log = log.lock().expect("the log");
        let counts = log.iter().rev().find_map(|what| match what {
            Acknowledged::Heads { count } => Some(*count),
            Acknowledged::There { .. }
            | Acknowledged::Excuse { .. }
            | Acknowledged::Correction { .. } => None,
        });
        counts.unwrap_or_default()
    };
    while !stop.load(Ordering::Relaxed) {
        let count = last(log) + 1;
        match web.put(path, &json!({ "count": count }).to_string()) {
            Ok(answer) if answer.status == 204 => {
                log.lock().expect("the log").push(Acknowledged::Heads { count });
            }
            Ok(answer) => panic!("{}", answer.text()),
            Err(_) => return,
        }
    }
}

/// Corrects a member of the sealed book to and fro.
fn correct(admin: &Web, event: &str, (round, stop): (usize, &AtomicBool), log: &Log) {
    let path = format!("/api/events/{event}/book/corrections");
    let person = format!("m{:03}", round % MEMBERS);
    for (number, status) in (0..CORRECTIONS).zip(["present", "absent"].into_iter().cycle()) {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let reason = format!("round {round}, correction {number}");
        let body = json!({ "person": person, "status": status, "reason": reason }).to_string();
        match admin.post(&path, &[], &body) {
            Ok(answer) if answer.status == 200 => {
                log.lock().expect("the log").push(Acknowledged::Correction { reason });
            }
            // The last one of them may have been written without an answer.
            Ok(answer) => assert!(answer.text().contains("book_says_so"), "{}", answer.text()),
            Err(_) => return,
        }
    }
}

/// The reasons of all corrections in the book, which is whole, whatever was corrected when the server was
/// killed.
fn corrections_of(office: &Office, data: &Folder, event: &str) -> BTreeSet<String> {
    let path = format!("/api/events/{event}/report/book.txt");
    let file = data.path().join("book.txt");
    let book = office.admin.get(&path).expect("an answer");
    fs::write(&file, &book.body).expect("written");
    let verified = Command::new(common::program()).arg("verify-book").arg(&file).output();
    let verified = verified.expect("it runs");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    let text = book.text();
    let entries = text.lines().filter_map(Entry::read).filter_map(|entry| match entry {
        Entry::Correction(correction) => Some(correction.reason),
        Entry::Event(_) | Entry::Act(_) | Entry::Unit(_) | Entry::Member(_) | Entry::Sealed(_) => {
            None
        }
    });
    entries.collect()
}

/// Compares the log with what the database holds.
fn check(
    data: &Folder,
    scene: &Scene,
    corrected: &BTreeSet<String>,
    acknowledged: &[Acknowledged],
) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (presence, excuses, halls) = runtime.block_on(async {
        let store = Store::open_to_read(data.path()).await.expect("the database");
        let event = scene.event.parse().expect("an id");
        let presence = store.presence(event).await.expect("rows");
        let excuses = store.excuses(event).await.expect("rows");
        (presence, excuses, store.counted_halls(event).await.expect("rows"))
    });
    let heads = halls[0].heads.map_or(0, u64::from);
    for what in acknowledged {
        let is = match what {
            Acknowledged::There { person, at_ms } => {
                let moment = at_ms - scene.created;
                let covers = |row: &PresenceRow| {
                    row.person.as_str() == person && moment <= row.until_ms + ROUNDING_MS
                };
                presence.iter().any(covers)
            }
            Acknowledged::Excuse { person, reason } => excuses
                .iter()
                .any(|excuse| excuse.person.as_str() == person && excuse.reason == *reason),
            Acknowledged::Heads { count } => *count <= heads,
            Acknowledged::Correction { reason } => corrected.contains(reason),
        };
        assert!(is, "{what:?} is lost");
    }
}
