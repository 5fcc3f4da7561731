//! Ways in over the real server: organisers by an event's slug, and clients behind proxies.

mod common;

use common::Folder;
use common::office::{Office, cookie};
use plenary_server::bench::web::Web;
use serde_json::{Value, json};

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
