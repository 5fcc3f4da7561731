//! Attendance over the real server: who may come in, who is there, and that nothing that was
//! acknowledged is lost, however the server ends.

mod common;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use common::Folder;
use common::office::{Office, cookie, join};
use common::random::Random;
use plenary_server::bench::web::Web;
use plenary_store::{PresenceRow, Store};
use serde_json::{Value, json};

/// How long a change may take until the sums show it.
const SHOWN_MAX: Duration = Duration::from_secs(2);
/// Members of the event that is killed, and how many of them talk at a time.
const MEMBERS: usize = 24;
const TALKERS: usize = 6;
/// The server's clock and the test's count from different roundings.
const ROUNDING_MS: u64 = 5;

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    now.as_millis() as u64
}

/// A headquarters with three provinces and a county in each.
fn provinces(office: &Office) {
    office.unit("hq", "集团总部", None);
    for (code, name) in [("gd", "广东"), ("zj", "浙江"), ("sc", "四川")] {
        office.unit(code, name, Some("hq"));
        office.unit(&format!("{code}1"), &format!("{name}一县"), Some(code));
        office.person(&format!("p-{code}"), &format!("{name}的李"), &format!("{code}1"));
    }
}

fn counts(office: &Office, event: &str, unit: &str) -> Value {
    office.show(&format!("/api/events/{event}/attendance/{unit}"))["unit"]["counts"].clone()
}

/// Waits until the sums of a unit are so.
fn wait_for(office: &Office, (event, unit): (&str, &str), what: &str, wanted: u64) {
    let began = Instant::now();
    loop {
        let seen = counts(office, event, unit);
        if seen[what] == wanted {
            return;
        }
        assert!(began.elapsed() < SHOWN_MAX, "{unit} {what} is {seen}, not {wanted}");
    }
}

#[test]
fn members_of_chosen_provinces_come_in_and_are_counted_up_to_the_top() {
    let data = Folder::new();
    let office = Office::open(data.path());
    provinces(&office);
    let admission =
        json!({ "who": "chosen", "units": [{ "unit": "gd" }, { "unit": "zj" }], "people": [] });
    let event = json!({ "slug": "day", "title": "主题日", "admission": admission });
    let event = office.make("/api/events", &event)["id"].as_str().expect("an id").to_owned();
    assert_eq!(counts(&office, &event, "hq")["expected"], 2);

    let page = |cookie: &str| {
        let web = office.web.with_cookie(cookie.to_owned());
        web.get(&format!("/api/events/{event}")).expect("an answer")
    };
    assert_eq!(page("").status, 401, "nobody watches without a link");

    let pass = |unit: &str| office.passes(&event, unit).remove(0).1;
    let joined = office.join(&event, &pass("gd1"));
    assert_eq!(joined.status, 200, "{}", joined.text());
    assert!(joined.text().contains("广东的李"), "{}", joined.text());
    for unit in ["gd1", "gd", "hq"] {
        wait_for(&office, (&event, unit), "here", 1);
    }
    assert_eq!(counts(&office, &event, "zj")["here"], 0);
    let cookie = cookie(&joined);
    assert!(page(&cookie).text().contains("playlist"), "{}", page(&cookie).text());
    let beat = format!("/api/events/{event}/beat");
    let web = office.web.with_cookie(cookie);
    assert_eq!(web.post(&beat, &[], "").expect("an answer").status, 204);

    let refused = office.join(&event, &pass("sc1"));
    assert_eq!(refused.status, 403);
    let told: Value = serde_json::from_str(&refused.text()).expect("JSON");
    assert_eq!(told["code"], "not_invited");
    assert_eq!(told["detail"], "This event is for 广东, 浙江; you belong to 四川 · 四川一县.");
    assert_eq!(counts(&office, &event, "hq")["here"], 1);
    let all = json!({ "who": "members" }).to_string();
    let changed = office.admin.put(&format!("/api/events/{event}/admission"), &all);
    assert_eq!(changed.expect("an answer").status, 200);
    assert_eq!(counts(&office, &event, "hq")["expected"], 3);
    assert_eq!(counts(&office, &event, "hq")["here"], 1, "whoever is in stays in");
    assert_eq!(office.join(&event, &pass("sc1")).status, 200);

    let revoked = office.admin.post("/api/org/people/p-gd/revoke", &[], "").expect("an answer");
    assert_eq!(revoked.status, 204);
    assert_eq!(web.post(&beat, &[], "").expect("an answer").status, 401);
    let shut = web.get(&format!("/api/events/{event}")).expect("an answer");
    assert_eq!(shut.status, 401, "nor does the page tell them where the broadcast is");
}

#[test]
fn an_organiser_sees_their_event_by_its_slug_and_no_other() {
    let data = Folder::new();
    let office = Office::open(data.path());
    provinces(&office);
    let event = json!({ "slug": "day", "title": "主题日", "admission": { "who": "members" } });
    let event = office.make("/api/events", &event)["id"].as_str().expect("an id").to_owned();
    office.make("/api/events", &json!({ "slug": "other", "title": "Other" }));
    let password = "nine small boats go home";
    let roles = json!([{ "role": "organiser", "event": event }]);
    let account = json!({ "login": "chen", "name": "陈静", "password": password, "roles": roles });
    office.make("/api/accounts", &account);
    let who = json!({ "login": "chen", "password": password }).to_string();
    let signed_in = office.web.post("/api/sign-in", &[], &who).expect("an answer");
    let web = office.web.with_cookie(cookie(&signed_in));
    let ask = |path: &str| web.get(&format!("/api/events/{path}")).expect("an answer");

    assert_eq!(ask(&format!("{event}/attendance")).status, 200);
    let told: Value = serde_json::from_str(&ask("day/attendance").text()).expect("JSON");
    assert_eq!(told["event"]["title"], "主题日");
    assert_eq!(told["event"]["phase"], "doors");
    let told: Value = serde_json::from_str(&ask("day/attendance/gd1").text()).expect("JSON");
    let above = json!([{ "code": "hq", "name": "集团总部" }, { "code": "gd", "name": "广东" }]);
    assert_eq!(told["above"], above);
    assert_eq!(ask("other/attendance").status, 403);
    assert_eq!(ask("nowhere/attendance").status, 403);
}

#[test]
fn a_unit_sends_no_more_people_than_it_has_places() {
    let data = Folder::new();
    let office = Office::open(data.path());
    provinces(&office);
    for n in 0..4 {
        office.person(&format!("gd-{n}"), "王", "gd1");
    }
    let units = json!([{ "unit": "gd", "places": 2 }]);
    let admission = json!({ "who": "chosen", "units": units, "people": ["p-gd"] });
    let event = json!({ "slug": "day", "title": "Day", "admission": admission });
    let event = office.make("/api/events", &event)["id"].as_str().expect("an id").to_owned();
    let passes = office.passes(&event, "gd1");
    let statuses: Vec<u16> = thread::scope(|scope| {
        let joins = passes.iter().map(|(_, pass)| {
            let (web, event) = (&office.web, &event);
            scope.spawn(move || join(web, event, pass).status)
        });
        let joins: Vec<_> = joins.collect();
        joins.into_iter().map(|join| join.join().expect("a status")).collect()
    });
    // Two of the four, and whoever is invited by name.
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 3, "{statuses:?}");
    let again =
        office.join(&event, &passes[statuses.iter().position(|s| *s == 200).expect("one")].1);
    assert_eq!(again.status, 200, "whoever was in comes in again");
    let full = passes.iter().zip(&statuses).find(|(_, status)| **status != 200).expect("one");
    let named =
        passes.iter().zip(&statuses).find(|((code, _), _)| code == "p-gd").expect("they are");
    assert_eq!(*named.1, 200, "whoever is invited by name needs no place");
    let told: Value = serde_json::from_str(&office.join(&event, &full.0.1).text()).expect("JSON");
    assert_eq!(told["detail"], "All 2 places of 广东 are taken.");
}

/// What the server has acknowledged.
#[derive(Debug, Clone)]
enum Acknowledged {
    /// Somebody was there when the request was sent.
    There { person: String, at_ms: u64 },
    /// The excuse of somebody.
    Excuse { person: String, reason: String },
}

#[test]
fn nothing_acknowledged_is_lost_in_two_hundred_kills() {
    kills(0x5eed_0011, 200);
}

fn kills(seed: u64, count: usize) {
    let data = Folder::new();
    let mut office = Office::open(data.path());
    office.unit("hq", "集团", None);
    office.unit("c", "县", Some("hq"));
    for n in 0..MEMBERS {
        office.person(&format!("m{n:03}"), &format!("成员 {n}"), "c");
    }
    let event = json!({ "slug": "day", "title": "Day", "admission": { "who": "members" } });
    let event = office.make("/api/events", &event);
    let created = event["created_ms"].as_u64().expect("a time");
    let event = event["id"].as_str().expect("an id").to_owned();
    let passes = office.passes(&event, "c");
    let log = Mutex::new(Vec::new());
    let mut random = Random(seed);
    for kill in 0..count {
        let stop = AtomicBool::new(false);
        office = thread::scope(|scope| {
            for talker in 0..TALKERS {
                let own: Vec<_> = passes.iter().skip(talker).step_by(TALKERS).collect();
                let (office, event, stop, log) = (office_of(&office), &event, &stop, &log);
                scope.spawn(move || talk(&office, event, &own, (kill, stop), log));
            }
            // The stimulus: a kill at a moment that nobody expects.
            thread::sleep(Duration::from_micros(5_000 + random.next() % 95_000));
            let next = office.killed_and_started(data.path());
            stop.store(true, Ordering::Relaxed);
            next
        });
    }
    let acknowledged = log.into_inner().expect("the log");
    println!("{count} kills, {} acknowledged", acknowledged.len());
    assert!(count * TALKERS < acknowledged.len(), "too little was acknowledged to say anything");
    drop(office);
    check(&data, &event, created, &acknowledged);
}

/// Who asks: members without a cookie, and the administrator.
type Askers = (Web, Web);

fn office_of(office: &Office) -> Askers {
    (office.web.clone(), office.admin.clone())
}

/// Joins, beats and excuses until the server is gone, and takes note of what it has acknowledged.
fn talk(
    (web, admin): &Askers,
    event: &str,
    own: &[&(String, String)],
    (round, stop): (usize, &AtomicBool),
    log: &Mutex<Vec<Acknowledged>>,
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

/// Compares the log with what the database holds.
fn check(data: &Folder, event: &str, created: u64, acknowledged: &[Acknowledged]) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let (presence, excuses) = runtime.block_on(async {
        let store = Store::open_to_read(data.path()).await.expect("the database");
        let event = event.parse().expect("an id");
        (store.presence(event).await.expect("rows"), store.excuses(event).await.expect("rows"))
    });
    for what in acknowledged {
        match what {
            Acknowledged::There { person, at_ms } => {
                let moment = at_ms - created;
                let covers = |row: &PresenceRow| {
                    row.person.as_str() == person && moment <= row.until_ms + ROUNDING_MS
                };
                assert!(presence.iter().any(covers), "{what:?} is lost: {presence:?}");
            }
            Acknowledged::Excuse { person, reason } => {
                let is = excuses
                    .iter()
                    .any(|excuse| excuse.person.as_str() == person && excuse.reason == *reason);
                assert!(is, "{what:?} is lost");
            }
        }
    }
}
