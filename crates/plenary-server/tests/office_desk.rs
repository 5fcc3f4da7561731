//! The office over the real server: organisers see their events, tables come in and go out, and
//! personal links are printed.

mod common;

use std::time::{Duration, Instant};

use common::Folder;
use common::office::{Office, cookie, join};
use plenary_server::bench::web::{Answer, Web};
use serde_json::{Value, json};

/// How long the smallest table may take to be read.
const READ_MAX: Duration = Duration::from_secs(20);
const UNITS: &str = "code,name,parent\nhq,集团总部,\ngd,广东,hq\ngd1,广州,gd\nzj,浙江,hq\n";
const PEOPLE: &str = "code,name,unit,email,roles\n1,王芳,gd1,wang@example.org,steward\n\
                      2,Amélie,hq,,\n3,\"李, 雷\",zj,,\n";

fn body(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// Hands in a table and gives its path when it is read.
fn hand_in(web: &Web, table: &str, file: &[u8]) -> (String, Value) {
    let answer = web.upload(&format!("/api/org/imports?table={table}"), file).expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.text());
    let id = body(&answer)["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/org/imports/{id}");
    let began = Instant::now();
    loop {
        let import = body(&web.get(&path).expect("an answer").ok().expect("it is there"));
        if import["progress"]["state"] != "reading" {
            return (path, import["progress"].clone());
        }
        assert!(began.elapsed() < READ_MAX, "{import}");
    }
}

fn apply(web: &Web, path: &str, missing: &str) -> Answer {
    let request = json!({ "missing": missing }).to_string();
    web.post(&format!("{path}/apply"), &[], &request).expect("an answer")
}

/// Hands in a table and carries it out: how many were written.
fn import(web: &Web, table: &str, file: &[u8], missing: &str) -> u64 {
    let (path, progress) = hand_in(web, table, file);
    assert_eq!(progress["state"], "ready", "{progress}");
    assert_eq!(progress["preview"]["faults"]["count"], 0, "{progress}");
    let done = apply(web, &path, missing);
    assert_eq!(done.status, 200, "{}", done.text());
    body(&done)["written"].as_u64().expect("a number")
}

/// An account of its own, signed in.
fn account(office: &Office, login: &str, roles: &Value) -> Web {
    let password = "a long password";
    let who = json!({ "login": login, "name": login, "password": password, "roles": roles });
    office.make("/api/accounts", &who);
    let entry = json!({ "login": login, "password": password }).to_string();
    let answer = office.web.post("/api/sign-in", &[], &entry).expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text());
    office.web.with_cookie(cookie(&answer))
}

#[test]
fn organisers_see_their_own_events_and_find_the_units_that_they_invite() {
    let data = Folder::new();
    let office = Office::open(data.path());
    import(&office.admin, "units", UNITS.as_bytes(), "keep");
    let event = |slug: &str| {
        let units = json!([{ "unit": "gd1", "places": 5 }]);
        let admission = json!({ "who": "chosen", "units": units, "people": [] });
        let event = json!({ "slug": slug, "title": slug, "admission": admission });
        office.make("/api/events", &event)["id"].as_str().expect("an id").to_owned()
    };
    let (day, _) = (event("day"), event("night"));
    let web = account(&office, "ada", &json!([{ "role": "organiser", "event": day }]));
    let events = body(&web.get("/api/events").expect("an answer").ok().expect("events"));
    assert_eq!(events.as_array().expect("a list").len(), 1);
    assert_eq!(events[0]["slug"], "day");
    let chosen = json!([{ "code": "gd1", "name": "广州", "above": ["集团总部", "广东"] }]);
    assert_eq!(events[0]["chosen"], chosen);
    let all = office.show("/api/events");
    assert_eq!(all.as_array().expect("a list").len(), 2, "administrators see all");

    let status = |web: &Web, path: &str| web.get(path).expect("an answer").status;
    assert_eq!(status(&web, &format!("/api/events/{day}/links")), 200);
    assert_eq!(status(&web, "/api/org/units?find=zj"), 200);
    for closed in ["/api/org/units.csv", "/api/org/people.xlsx", "/api/accounts"] {
        assert_eq!(status(&web, closed), 403, "{closed}");
    }
    let nobody = account(&office, "bo", &json!([]));
    let none = body(&nobody.get("/api/events").expect("an answer").ok().expect("events"));
    assert_eq!(none, json!([]));
    assert_eq!(status(&nobody, "/api/org/units?find=zj"), 403);
    assert_eq!(status(&office.web, "/api/events"), 401);

    let invite = json!({ "who": "chosen", "units": [], "people": ["nobody"] }).to_string();
    let refused = web.put(&format!("/api/events/{day}/admission"), &invite).expect("an answer");
    assert_eq!((refused.status, body(&refused)["code"].clone()), (422, json!("invited_unknown")));
    assert_eq!(body(&refused)["detail"], "Nobody has the code nobody.");
}

#[test]
fn roles_of_the_tables_hold_for_the_account_of_their_person_until_they_leave() {
    let data = Folder::new();
    let office = Office::open(data.path());
    import(&office.admin, "units", UNITS.as_bytes(), "keep");
    let people = "code,name,unit,roles\n1,王芳,gd1,steward\n2,李,hq,administrator\n";
    import(&office.admin, "people", people.as_bytes(), "keep");
    let password = "a long password";
    let sign_in = |login: &str, person: &str| {
        let who = json!({
            "login": login, "name": login, "password": password, "roles": [], "person": person
        });
        office.make("/api/accounts", &who);
        let entry = json!({ "login": login, "password": password }).to_string();
        let answer = office.web.post("/api/sign-in", &[], &entry).expect("an answer");
        office.web.with_cookie(cookie(&answer))
    };
    let (steward, administrator) = (sign_in("wang", "1"), sign_in("li", "2"));
    let status = |web: &Web, path: &str| web.get(path).expect("an answer").status;
    assert_eq!(status(&administrator, "/api/accounts"), 200);
    assert_eq!(status(&steward, "/api/org/units/gd1/people"), 200);
    assert_eq!(status(&steward, "/api/org/units/zj/people"), 404);
    assert_eq!(status(&steward, "/api/accounts"), 403);
    for person in ["1", "2"] {
        let left = json!({ "standing": "left" }).to_string();
        let changed = office.admin.patch(&format!("/api/org/people/{person}"), &left);
        assert_eq!(changed.expect("an answer").status, 200);
    }
    assert_eq!(status(&administrator, "/api/accounts"), 403);
    assert_eq!(status(&steward, "/api/org/units/gd1/people"), 404);
}

#[test]
fn an_event_is_put_into_calendars_by_those_who_may_come() {
    let data = Folder::new();
    let office = Office::open(data.path());
    let calendar = |event: &Value| {
        let made = office.make("/api/events", event);
        let path = format!("/api/events/{}/calendar.ics", made["id"].as_str().expect("an id"));
        office.web.get(&path).expect("an answer")
    };
    // 14:00 in Shanghai on 28 November 2030.
    let title = "主题日, 2030";
    let told =
        calendar(&json!({ "slug": "day", "title": title, "starts_ms": 1_922_076_000_000_u64 }));
    assert_eq!(told.status, 200, "{}", told.text());
    assert_eq!(told.header("content-type"), Some("text/calendar; charset=utf-8"));
    let link = format!("\r\nURL:http://{}/e/day\r\n", office.web.address());
    for line in ["\r\nDTSTART:20301128T060000Z\r\n", "\r\nSUMMARY:主题日\\, 2030\r\n", &link] {
        assert!(told.text().contains(line), "{line}: {}", told.text());
    }
    let without = calendar(&json!({ "slug": "some-day", "title": "Day" }));
    assert_eq!((without.status, body(&without)["code"].clone()), (404, json!("event_no_time")));
    let members = json!({ "who": "members" });
    let closed = json!({ "slug": "ours", "title": "Day", "admission": members, "starts_ms": 1 });
    assert_eq!(calendar(&closed).status, 401);
}

#[test]
fn a_table_is_shown_before_it_is_carried_out_and_changes_nothing_the_second_time() {
    let data = Folder::new();
    let office = Office::open(data.path());
    let (path, progress) = hand_in(&office.admin, "units", UNITS.as_bytes());
    assert_eq!(progress["preview"]["counts"]["new"], 4, "{progress}");
    assert_eq!(office.show("/api/org/units")["count"], 0, "nothing happens before");
    assert_eq!(apply(&office.admin, &path, "keep").status, 200);
    assert_eq!(office.show("/api/org/units")["count"], 4);
    assert_eq!(apply(&office.admin, &path, "keep").status, 404, "once");
    let applied = office.show(&path)["progress"].clone();
    assert_eq!(applied, json!({ "state": "applied", "written": 4 }));
    assert_eq!(import(&office.admin, "units", UNITS.as_bytes(), "close"), 0);

    let bad = format!("{PEOPLE}4,赵敏,hq,no address,\n5,Bo,nowhere,,\n");
    let (path, progress) = hand_in(&office.admin, "people", bad.as_bytes());
    let faults = progress["preview"]["faults"]["listed"].as_array().expect("a list").clone();
    let said = |fault: &Value| (fault["row"].clone(), fault["column"].clone());
    let places: Vec<_> = faults.iter().map(said).collect();
    assert_eq!(places, [(json!(5), json!("email")), (json!(6), json!("unit"))], "{faults:?}");
    assert!(faults.iter().all(|fault| !fault["what_to_do"].as_str().unwrap_or("").is_empty()));
    let refused = apply(&office.admin, &path, "keep");
    assert_eq!((refused.status, body(&refused)["code"].clone()), (422, json!("bad_cells")));
    assert_eq!(office.admin.delete(&path).expect("an answer").status, 204);
    assert_eq!(office.admin.get(&path).expect("an answer").status, 404, "it was given up");

    assert_eq!(import(&office.admin, "people", PEOPLE.as_bytes(), "keep"), 3);
    assert_eq!(import(&office.admin, "people", PEOPLE.as_bytes(), "close"), 0);
    let fewer = "code,name,unit\n2,Amélie,hq\n";
    assert_eq!(import(&office.admin, "people", fewer.as_bytes(), "close"), 2);
    assert_eq!(office.show("/api/org/people/1")["standing"], "left");
}

#[test]
fn what_is_no_table_is_refused_with_a_sentence_and_costs_nobody_else_their_place() {
    let data = Folder::new();
    let office = Office::open(data.path());
    let (_, progress) = hand_in(&office.admin, "units", &[0xD0, 0xCF, 0x11, 0xE0]);
    assert_eq!(
        (&progress["state"], &progress["code"]),
        (&json!("refused"), &json!("old_workbook"))
    );
    let told = progress["detail"].as_str().expect("a sentence");
    assert!(told.starts_with("This is a workbook of Excel 97") && told.ends_with('.'), "{told}");

    let administrator = json!([{ "role": "administrator" }]);
    let others = ["ada", "bo"].map(|login| account(&office, login, &administrator));
    hand_in(&others[0], "units", UNITS.as_bytes());
    let (path, _) = hand_in(&others[1], "units", UNITS.as_bytes());
    let late = office.admin.upload("/api/org/imports?table=units", b"code").expect("an answer");
    assert_eq!((late.status, body(&late)["code"].clone()), (503, json!("imports_crowded")));
    // Another table of the same person takes the place of the one before.
    let (again, _) = hand_in(&others[1], "units", UNITS.as_bytes());
    assert_eq!(office.admin.get(&path).expect("an answer").status, 404);
    assert_eq!(office.admin.delete(&again).expect("an answer").status, 204);
    hand_in(&office.admin, "units", UNITS.as_bytes());
}

#[test]
fn an_import_is_refused_when_somebody_changed_the_organisation_meanwhile() {
    let data = Folder::new();
    let office = Office::open(data.path());
    let (path, _) = hand_in(&office.admin, "units", UNITS.as_bytes());
    office.unit("new", "新单位", None);
    let refused = apply(&office.admin, &path, "close");
    let code = body(&refused)["code"].clone();
    assert_eq!((refused.status, code), (409, json!("organisation_changed")));
    assert_eq!(office.show("/api/org/units")["count"], 1);
    assert_eq!(import(&office.admin, "units", UNITS.as_bytes(), "close"), 5);
}

#[test]
fn what_is_exported_is_imported_without_any_change() {
    let data = Folder::new();
    let office = Office::open(data.path());
    import(&office.admin, "units", UNITS.as_bytes(), "keep");
    import(&office.admin, "people", PEOPLE.as_bytes(), "keep");
    office.person("gone", "=1+1", "hq");
    let left = json!({ "standing": "left" }).to_string();
    let patched = office.admin.patch("/api/org/people/gone", &left).expect("an answer");
    assert_eq!(patched.status, 200, "{}", patched.text());
    for (table, rows) in [("units", 4), ("people", 3)] {
        for ending in ["csv", "xlsx"] {
            let path = format!("/api/org/{table}.{ending}");
            let file = office.admin.get(&path).expect("an answer").ok().expect("a file");
            let named = format!("attachment; filename=\"{table}.{ending}\"");
            assert_eq!(file.header("content-disposition"), Some(named.as_str()));
            assert_eq!(file.header("cache-control"), Some("no-store"));
            let (_, progress) = hand_in(&office.admin, table, &file.body);
            let counts = progress["preview"]["counts"].clone();
            assert_eq!(counts["unchanged"], rows, "{path}: {progress}");
            for kind in ["new", "renamed", "moved", "changed", "reopened", "missing"] {
                assert_eq!(counts[kind], 0, "{path} {kind}: {progress}");
            }
            assert_eq!(import(&office.admin, table, &file.body, "close"), 0, "{path}");
        }
    }
}

#[test]
fn links_are_printed_in_pages_for_those_who_are_invited_and_let_them_in() {
    const MEMBERS: usize = 230;
    let data = Folder::new();
    let office = Office::open(data.path());
    import(&office.admin, "units", UNITS.as_bytes(), "keep");
    let row = |n: usize| format!("p{n:03},成员 {n},{}\n", ["gd", "gd1", "zj"][n % 3]);
    let table: String = (0..MEMBERS).map(row).collect();
    import(&office.admin, "people", format!("code,name,unit\n{table}").as_bytes(), "keep");
    let units = json!([{ "unit": "gd" }]);
    let admission = json!({ "who": "chosen", "units": units, "people": ["p002"] });
    let event = json!({ "slug": "day", "title": "主题日", "admission": admission });
    let event = office.make("/api/events", &event)["id"].as_str().expect("an id").to_owned();

    let mut query = "?within=true".to_owned();
    let mut cards: Vec<Value> = Vec::new();
    loop {
        let page = office.show(&format!("/api/events/{event}/cards/hq{query}"));
        let some = page["cards"].as_array().expect("cards").clone();
        assert!(some.len() <= 200);
        cards.extend(some);
        let next = &page["next"];
        let (Some(unit), Some(person)) = (next["unit"].as_str(), next["person"].as_str()) else {
            break;
        };
        query = format!("?within=true&unit={unit}&person={person}");
    }
    let code = |card: &Value| card["code"].as_str().expect("a code").to_owned();
    let mut codes: Vec<String> = cards.iter().map(code).collect();
    codes.sort();
    let invited = |n: &usize| n % 3 < 2 || *n == 2;
    let wanted: Vec<String> = (0..MEMBERS).filter(invited).map(|n| format!("p{n:03}")).collect();
    assert_eq!(codes, wanted);

    let base = format!("http://{}", office.web.address());
    let card = cards.iter().find(|card| card["code"] == "p001").expect("a card");
    assert_eq!(card["units"], json!(["集团总部", "广东", "广州"]));
    let link = card["link"].as_str().expect("a link");
    let pass = link.strip_prefix(&format!("{base}/e/day/join#pass=")).expect("the whole link");
    assert_eq!(join(&office.web, &event, pass).status, 200);

    let asked = |origin: &str| {
        let path = format!("/api/events/{event}/cards/gd?origin={origin}");
        office.admin.get(&path).expect("an answer")
    };
    let secure = base.replace("http:", "https:");
    let link = body(&asked(&secure))["cards"][0]["link"].clone();
    assert!(link.as_str().expect("a link").starts_with(&secure), "a proxy ends TLS: {link}");
    assert_eq!(asked("https://elsewhere.example").status, 422);
    let path = format!("/api/events/{event}/cards/gd");
    let nobody = account(&office, "bo", &json!([]));
    assert_eq!(nobody.get(&path).expect("an answer").status, 404);
}
