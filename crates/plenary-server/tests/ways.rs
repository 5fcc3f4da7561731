//! Ways in over the real server: organisers by an event's slug, clients behind proxies, guests, and a crowd
//! that waits in line.

mod common;

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use common::Folder;
use common::office::{Office, cookie};
use plenary_server::bench::web::Web;
use serde_json::{Value, json};

/// How much later than told somebody may come in on a machine that is busy.
const SLACK: Duration = Duration::from_secs(1);

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    u64::try_from(now.as_millis()).expect("a time")
}

/// Makes an account with one role at an event, and signs in with it.
fn staff(office: &Office, login: &str, role: &str, event: &str) -> Web {
    let roles = [json!({ "role": role, "event": event })];
    let password = "a long password";
    let account = json!({ "login": login, "name": login, "password": password, "roles": roles });
    office.make("/api/accounts", &account);
    let who = json!({ "login": login, "password": password }).to_string();
    let answer = office.web.post("/api/sign-in", &[], &who).expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text());
    office.web.with_cookie(cookie(&answer))
}

fn event(office: &Office, slug: &str) -> String {
    let event = json!({ "slug": slug, "title": slug, "admission": { "who": "members" } });
    office.make("/api/events", &event)["id"].as_str().expect("an id").to_owned()
}

#[test]
fn organisers_and_directors_reach_their_event_by_its_slug_and_no_other() {
    let data = Folder::new();
    let office = Office::open(data.path());
    let (day, other) = (event(&office, "day"), event(&office, "other"));
    office.admin.post("/api/events/day/open", &[], "").expect("an answer").ok().expect("on air");
    let organiser = staff(&office, "organiser", "organiser", &day);
    let director = staff(&office, "director", "director", &day);
    let status = |web: &Web, path: &str| web.get(path).expect("an answer").status;
    for name in ["day", &day] {
        assert_eq!(status(&organiser, &format!("/api/events/{name}/links")), 200);
        assert_eq!(status(&director, &format!("/api/events/{name}/show")), 200);
    }
    for name in ["other", &other, "nowhere", "day%20"] {
        assert_eq!(status(&organiser, &format!("/api/events/{name}/links")), 403, "{name}");
        assert_eq!(status(&director, &format!("/api/events/{name}/show")), 403, "{name}");
    }
}

/// What a wrong password is answered with that comes from such a client.
fn guess(web: &Web, login: &str, from: &str) -> u16 {
    let who = json!({ "login": login, "password": "a wrong password" }).to_string();
    web.post("/api/sign-in", &[("X-Forwarded-For", from)], &who).expect("an answer").status
}

#[test]
fn who_guesses_behind_a_trusted_proxy_slows_down_nobody_else() {
    let data = Folder::new();
    let office = Office::open_with(data.path(), &["--trusted-proxies", "127.0.0.0/8"]);
    for n in 0..10 {
        let from = format!("203.0.113.{n}, 192.0.2.1");
        assert_eq!(guess(&office.web, &format!("nobody{n}"), &from), 401);
    }
    for from in ["192.0.2.1", "198.51.100.7, 192.0.2.1", "192.0.2.2,192.0.2.1:4711"] {
        assert_eq!(guess(&office.web, "somebody", from), 429, "{from}");
    }
    assert_eq!(guess(&office.web, "somebody", "192.0.2.2"), 401);
    let metrics = |from| {
        let answer = office.web.get_with("/metrics", &[("X-Forwarded-For", from)]);
        answer.expect("an answer").status
    };
    assert_eq!((metrics("192.0.2.1"), metrics("127.0.0.1")), (404, 200));
}

#[test]
fn what_strangers_say_of_their_address_is_not_believed() {
    let data = Folder::new();
    let office = Office::open(data.path());
    for n in 0..10 {
        assert_eq!(guess(&office.web, &format!("nobody{n}"), &format!("192.0.2.{n}")), 401);
    }
    assert_eq!(guess(&office.web, "somebody", "192.0.2.99"), 429);
    let told: Value = office.show("/api/sign-in/ways");
    assert_eq!(told, json!({ "elsewhere": null }));
}

/// A guest of an event: the id and the pass of the link.
fn guest(office: &Office, event: &str, expires_ms: u64) -> (String, String) {
    let wanted = json!({ "name": "Dr Mara Lindqvist", "expires_ms": expires_ms });
    let guest = office.make(&format!("/api/events/{event}/guests"), &wanted);
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let link = text(&guest["link"]);
    let (_, pass) = link.split_once("#pass=").expect("a pass");
    (text(&guest["id"]), pass.to_owned())
}

#[test]
fn guests_come_in_to_their_event_only_until_they_are_withdrawn_whatever_happens_between() {
    let data = Folder::new();
    let office = Office::open(data.path());
    office.unit("hq", "集团", None);
    let day = event(&office, "day");
    event(&office, "other");
    let in_an_hour = now_ms() + 3_600_000;
    let (id, pass) = guest(&office, "day", in_an_hour);
    let joined = office.join("day", &pass);
    assert_eq!(joined.status, 200, "{}", joined.text());
    assert!(joined.text().contains("Dr Mara Lindqvist"), "{}", joined.text());
    let web = office.web.with_cookie(cookie(&joined));
    let beat = format!("/api/events/{day}/beat");
    let status = |web: &Web| web.post(&beat, &[], "").expect("an answer").status;
    assert_eq!(status(&web), 204);
    assert_eq!(office.show("/api/events/day/guests")["here"], 1);
    assert_eq!(office.join("other", &pass).status, 403, "another event");
    assert_eq!(office.join("day", &pass[1..]).status, 404, "a forged link");
    // The cookie is no link, and the other way round.
    let cookie = cookie(&joined);
    let (_, token) = cookie.split_once('=').expect("a value");
    assert_eq!(office.join("day", token).status, 404);

    let office = office.killed_and_started(data.path());
    assert_eq!(status(&web), 204, "after a restart");
    let organiser = staff(&office, "organiser", "organiser", &day);
    let withdraw = |event: &str| organiser.delete(&format!("/api/events/{event}/guests/{id}"));
    assert_eq!(withdraw("other").expect("an answer").status, 403);
    assert_eq!(withdraw("day").expect("an answer").status, 204);
    assert_eq!(status(&web), 401);
    let refused = office.join("day", &pass);
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("link_revoked"), "{}", refused.text());
    let office = office.killed_and_started(data.path());
    assert_eq!((status(&web), office.join("day", &pass).status), (401, 403), "after a restart");

    for (name, expires_ms) in [("", in_an_hour), ("A", now_ms() - 1), ("A", u64::MAX)] {
        let wanted = json!({ "name": name, "expires_ms": expires_ms }).to_string();
        let answer = office.admin.post("/api/events/day/guests", &[], &wanted).expect("an answer");
        assert_eq!(answer.status, 422, "{}", answer.text());
    }
}

/// How one of a crowd came in.
#[derive(Debug)]
struct Came {
    /// The place in line and the wait that were told; nothing when nobody was before them.
    told: Option<(u64, Duration)>,
    /// How often they knocked.
    knocks: usize,
    waited: Duration,
    cookie: String,
}

/// Knocks until somebody is in, as the door's page does.
fn come(web: &Web, pass: &str) -> Came {
    let began = Instant::now();
    let (mut told, mut ticket) = (None, Value::Null);
    for knocks in 1.. {
        let body = json!({ "pass": pass, "ticket": ticket }).to_string();
        let answer = web.post("/api/events/day/join", &[], &body).expect("an answer");
        if answer.status == 200 {
            let cookie = cookie(&answer);
            return Came { told, knocks, waited: began.elapsed(), cookie };
        }
        assert_eq!(answer.status, 503, "{}", answer.text());
        let problem: Value = serde_json::from_str(&answer.text()).expect("JSON");
        let number = |name: &str| {
            let text = problem["names"][name].as_str().expect("text");
            text.parse::<u64>().expect("a number")
        };
        let wait = Duration::from_millis(number("wait_ms"));
        told = told.or(Some((number("place"), wait)));
        ticket = problem["names"]["ticket"].clone();
        thread::sleep(wait);
    }
    unreachable!("somebody who knocks for ever")
}

#[test]
fn a_crowd_waits_in_line_and_comes_in_by_turns_when_it_was_told() {
    const CROWD: usize = 40;
    let data = Folder::new();
    let office = Office::open_with(data.path(), &["--joins-per-second-max", "5"]);
    office.unit("hq", "集团", None);
    for n in 0..CROWD {
        office.person(&format!("p{n:02}"), &format!("成员{n}"), "hq");
    }
    let day = event(&office, "day");
    let passes = office.passes(&day, "hq");
    let came: Vec<Came> = thread::scope(|scope| {
        let web = &office.web;
        let come = |pass| scope.spawn(move || come(web, pass));
        let all: Vec<_> = passes.iter().map(|(_, pass)| come(pass)).collect();
        all.into_iter().map(|one| one.join().expect("they come in")).collect()
    });
    let mut waited: Vec<_> = came.iter().filter_map(|came| Some((came.told?, came))).collect();
    waited.sort_by_key(|((place, _), _)| *place);
    assert!(CROWD - 15 <= waited.len(), "most wait: {came:?}");
    for ((_, wait), came) in &waited {
        assert!(came.knocks <= 3, "they come in when it is their turn: {came:?}");
        assert!(*wait <= came.waited && came.waited <= *wait * 2 + SLACK, "{came:?}");
    }
    for ((_, one), (_, next)) in waited.iter().zip(&waited[1..]) {
        assert!(one.waited <= next.waited + SLACK, "in order: {one:?} {next:?}");
    }
    let last = waited.last().expect("somebody waited").1;
    assert!(Duration::from_secs(5) <= last.waited, "40 at 5 a second: {last:?}");
    // Who is in comes again at once, and takes nobody's turn.
    let in_already = office.web.with_cookie(came[0].cookie.clone());
    let body = json!({ "pass": passes[0].1 }).to_string();
    for _ in 0..20 {
        let answer = in_already.post("/api/events/day/join", &[], &body).expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}
