//! The acts of an event over the real server: planned, begun one after the other, counted by unit, and kept
//! in tables and in the book.

mod common;

use std::fs;
use std::io::Cursor;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use common::Folder;
use common::office::{Office, cookie};
use plenary_server::bench::web::{Answer, Web};
use plenary_server::tables;
use serde_json::{Value, json};

/// How long a change may take until it is told.
const TOLD_MAX: Duration = Duration::from_secs(5);
/// The server's clocks count from different roundings.
const ROUNDING_MS: u64 = 5;
const PASSWORD: &str = "nine small boats go home";

fn read(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).expect("JSON")
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    now.as_millis() as u64
}

/// What happens from here on is later than what happened before, by each of the server's clocks.
fn later() {
    let before = now_ms();
    while now_ms() <= before + ROUNDING_MS {
        thread::yield_now();
    }
}

/// Two counties with two members each, and an event for all of them.
fn day(office: &Office) -> String {
    office.unit("hq", "集团总部", None);
    for (code, name) in [("gd", "广东"), ("zj", "浙江")] {
        office.unit(code, name, Some("hq"));
    }
    for (code, name, unit) in
        [("p1", "李明", "gd"), ("p2", "王芳", "gd"), ("p3", "Zoë", "zj"), ("p4", "赵", "zj")]
    {
        office.person(code, name, unit);
    }
    let event = json!({ "slug": "day", "title": "主题日", "admission": { "who": "members" } });
    office.make("/api/events", &event)["id"].as_str().expect("an id").to_owned()
}

/// An account of its own, signed in.
fn account(office: &Office, login: &str, more: &Value) -> Web {
    let mut account = json!({ "login": login, "name": login, "password": PASSWORD });
    let fields = account.as_object_mut().expect("fields");
    fields.extend(more.as_object().expect("fields").clone());
    office.make("/api/accounts", &account);
    let who = json!({ "login": login, "password": PASSWORD }).to_string();
    let answer = office.web.post("/api/sign-in", &[], &who).expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text());
    office.web.with_cookie(cookie(&answer))
}

fn plan(web: &Web, event: &str, acts: &Value) -> Answer {
    let body = json!({ "acts": acts }).to_string();
    web.put(&format!("/api/events/{event}/acts"), &body).expect("an answer")
}

fn begin(web: &Web, event: &str, act: &Value) -> Answer {
    let act = act.as_str().expect("an id");
    web.post(&format!("/api/events/{event}/acts/{act}/begin"), &[], "").expect("an answer")
}

/// Plans acts and gives their ids.
fn planned(office: &Office, event: &str, titles: &[&str]) -> Vec<Value> {
    let drafts = titles.iter().map(|title| json!({ "title": title, "minutes": 20 }));
    let answer = plan(&office.admin, event, &drafts.collect());
    assert_eq!(answer.status, 200, "{}", answer.text());
    let acts = read(&answer)["acts"].as_array().expect("acts").clone();
    acts.into_iter().map(|act| act["id"].clone()).collect()
}

fn open(office: &Office, event: &str) {
    let opened = office.admin.post(&format!("/api/events/{event}/open"), &[], "");
    assert_eq!(opened.expect("an answer").status, 200);
}

/// Ends the event, and waits until its book can be closed.
fn end(office: &Office, event: &str) {
    let closed = office.admin.post(&format!("/api/events/{event}/close"), &[], "");
    assert!(closed.expect("an answer").status < 300);
    while office.show(&format!("/api/events/{event}/book"))["closable"] != true {
        thread::yield_now();
    }
}

fn refused(answer: &Answer) -> (u16, String) {
    (answer.status, read(answer)["code"].as_str().expect("a code").to_owned())
}

fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[test]
fn acts_are_planned_before_the_event_begun_on_air_and_there_after_a_kill() {
    let data = Folder::new();
    let office = Office::open(data.path());
    let event = day(&office);
    let list = format!("/api/events/{event}/acts");
    assert_eq!(office.show(&list), json!({ "acts": [], "now": null }));
    let ids = planned(&office, &event, &["致辞", "  \u{202E}表彰 ", "论坛"]);
    assert_eq!(office.show(&list)["acts"][1]["title"], "表彰");
    assert_eq!(refused(&begin(&office.admin, &event, &ids[0])), is(409, "not_on_air"));

    // What was planned while no host ran is there when it runs.
    open(&office, &event);
    let begun = begin(&office.admin, &event, &ids[0]);
    assert_eq!(begun.status, 200, "{}", begun.text());
    assert_eq!(read(&begun)["now"], ids[0]);
    let began = read(&begun)["acts"][0]["began_ms"].as_u64().expect("a time");
    assert!(began <= now_ms());
    assert_eq!(read(&begin(&office.admin, &event, &ids[0])), read(&begun), "it goes on");
    let begun = read(&begin(&office.admin, &event, &ids[1]));
    assert_eq!((&begun["now"], &begun["acts"][0]["began_ms"]), (&ids[1], &json!(began)));
    let show = office.show(&format!("/api/events/{event}/show"));
    assert_eq!((&show["act"], &show["acts"]), (&ids[1], &begun["acts"]));

    let office = office.killed_and_started(data.path());
    assert_eq!(office.show(&list), begun);
    let renamed = json!([
        { "id": ids[0], "title": "开幕", "minutes": 5 },
        { "title": "休息", "minutes": 10 },
        { "id": ids[1], "title": "表彰", "minutes": 30 },
    ]);
    let renamed = read(&plan(&office.admin, &event, &renamed));
    let names: Vec<_> = renamed["acts"].as_array().expect("acts").iter().collect();
    assert_eq!(names.iter().map(|act| &act["title"]).collect::<Vec<_>>(), ["开幕", "休息", "表彰"]);
    assert_eq!((&names[0]["began_ms"], &renamed["now"]), (&json!(began), &ids[1]));

    end(&office, &event);
    let office = office.killed_and_started(data.path());
    let over = office.show(&list);
    assert_eq!((&over["acts"], &over["now"]), (&renamed["acts"], &Value::Null));
    assert_eq!(refused(&begin(&office.admin, &event, &names[1]["id"])), is(409, "event_closed"));
    assert_eq!(refused(&plan(&office.admin, &event, &json!([]))), is(409, "event_closed"));
}

#[test]
fn nothing_that_is_planned_while_the_event_goes_on_air_is_lost() {
    let data = Folder::new();
    let office = Office::open(data.path());
    let event = day(&office);
    let list = format!("/api/events/{event}/acts");
    let is_open = AtomicBool::new(false);
    let last = thread::scope(|scope| {
        let (web, event, is_open) = (office.admin.clone(), &event, &is_open);
        let planner = scope.spawn(move || {
            for version in 1_u32.. {
                let after = is_open.load(Ordering::SeqCst);
                let draft = json!([{ "title": version.to_string(), "minutes": 20 }]);
                let answer = plan(&web, event, &draft);
                assert_eq!(answer.status, 200, "{}", answer.text());
                if after {
                    return (version, read(&answer));
                }
            }
            unreachable!("it goes on air");
        });
        open(&office, event);
        is_open.store(true, Ordering::SeqCst);
        planner.join().expect("a plan")
    });
    println!("{} plans", last.0);
    assert_eq!(office.show(&list), last.1);
    let show = office.show(&format!("/api/events/{event}/show"));
    assert_eq!(show["acts"], last.1["acts"], "the host knows of it");
    let office = office.killed_and_started(data.path());
    assert_eq!(office.show(&list), last.1, "and so does the journal");
}

#[test]
fn what_cannot_be_done_with_acts_is_refused_and_changes_nothing() {
    let data = Folder::new();
    let office = Office::open(data.path());
    let event = day(&office);
    let ids = planned(&office, &event, &["致辞", "表彰"]);
    let list = format!("/api/events/{event}/acts");
    let before = office.show(&list);
    let known = json!({ "id": ids[0], "title": "致辞", "minutes": 20 });
    let gone = "act_00000000000000000000000000000001";
    let bad = [
        json!([{ "title": " \u{200B}", "minutes": 5 }]),
        json!([{ "title": "长".repeat(61), "minutes": 5 }]),
        json!([{ "title": "x", "minutes": 0 }]),
        json!([{ "title": "x", "minutes": 1441 }]),
        json!([{ "id": gone, "title": "x", "minutes": 5 }]),
        json!([known, known]),
        json!(vec![json!({ "title": "x", "minutes": 5 }); 101]),
    ];
    for acts in bad {
        let answer = plan(&office.admin, &event, &acts);
        assert_eq!(refused(&answer), is(422, "acts_bad"), "{acts}");
        let detail = read(&answer)["detail"].as_str().expect("a sentence").to_owned();
        assert!(detail.ends_with('.') && detail.starts_with(char::is_uppercase), "{detail}");
    }
    assert_eq!(office.show(&list), before);

    open(&office, &event);
    for id in &ids {
        assert_eq!(begin(&office.admin, &event, id).status, 200);
    }
    let before = office.show(&list);
    assert_eq!(refused(&begin(&office.admin, &event, &ids[0])), is(409, "act_began"));
    for unknown in [gone, "7"] {
        assert_eq!(refused(&begin(&office.admin, &event, &json!(unknown))), is(404, "act_unknown"));
    }
    let other = json!({ "id": ids[1], "title": "表彰", "minutes": 20 });
    for acts in [json!([]), json!([known]), json!([other, known])] {
        assert_eq!(refused(&plan(&office.admin, &event, &acts)), is(409, "act_began"), "{acts}");
    }
    assert_eq!(office.show(&list), before);
}

#[test]
fn organisers_plan_acts_directors_let_them_begin_and_members_see_them() {
    let data = Folder::new();
    let office = Office::open(data.path());
    let event = day(&office);
    let other = json!({ "slug": "other", "title": "Other", "admission": { "who": "members" } });
    let other = office.make("/api/events", &other)["id"].as_str().expect("an id").to_owned();
    let role = |login: &str, role: &str, event: &str| {
        account(&office, login, &json!({ "roles": [{ "role": role, "event": event }] }))
    };
    let organiser = role("chen", "organiser", &event);
    let director = role("wu", "director", &event);
    let stranger = role("he", "organiser", &other);
    let acts = json!([{ "title": "致辞", "minutes": 5 }]);
    let list = format!("/api/events/{event}/acts");
    let status = |answer: Answer| answer.status;

    assert_eq!(status(plan(&office.web, &event, &acts)), 401);
    assert_eq!(status(plan(&director, &event, &acts)), 403);
    assert_eq!(status(plan(&stranger, &event, &acts)), 403);
    let made = plan(&organiser, &event, &acts);
    assert_eq!(made.status, 200, "{}", made.text());
    let id = read(&made)["acts"][0]["id"].clone();
    open(&office, &event);
    assert_eq!(status(begin(&office.web, &event, &id)), 401);
    assert_eq!(status(begin(&stranger, &event, &id)), 403);
    assert_eq!(status(begin(&director, &event, &id)), 200);
    assert_eq!(status(begin(&organiser, &event, &id)), 200);

    let (_, pass) = office.passes(&event, "gd").remove(0);
    let member = office.web.with_cookie(cookie(&office.join(&event, &pass)));
    for web in [&organiser, &director, &member] {
        let told = web.get(&list).expect("an answer");
        assert_eq!((told.status, &read(&told)["now"]), (200, &id));
        assert_eq!(told.header("cache-control"), Some("private, no-store"));
    }
    for web in [&office.web, &stranger] {
        assert_eq!(status(web.get(&list).expect("an answer")), 401);
    }
    let all = json!({ "who": "everybody" }).to_string();
    let changed = office.admin.put(&format!("/api/events/{event}/admission"), &all);
    assert_eq!(changed.expect("an answer").status, 200);
    let told = office.web.get(&list).expect("an answer");
    assert_eq!((told.status, told.header("cache-control")), (200, Some("max-age=1")));
}

fn came(web: &Web, event: &str, unit: &str) -> Value {
    let path = format!("/api/events/{event}/acts/attendance{unit}");
    let answer = web.get(&path).expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text());
    read(&answer)["acts"].take()
}

/// Waits until so many of all and of each county came to each act.
fn wait_for(office: &Office, event: &str, wanted: &Value) {
    let began = Instant::now();
    loop {
        let told = ["", "?unit=hq", "?unit=gd", "?unit=zj"].map(|unit| {
            let acts = came(&office.admin, event, unit);
            acts.as_array().expect("acts").iter().map(|act| act["came"].clone()).collect::<Value>()
        });
        if json!(told) == *wanted {
            return;
        }
        assert!(began.elapsed() < TOLD_MAX, "{} is not {wanted}", json!(told));
    }
}

/// Members come before the first act, during it, and during the second; the third has not begun. Gives the
/// ids of the acts.
fn attended(office: &Office, event: &str) -> Vec<Value> {
    let ids = planned(office, event, &["=表彰", "论坛", "影片"]);
    open(office, event);
    let [gd, zj] = ["gd", "zj"].map(|unit| office.passes(event, unit));
    let join = |pass: &str| {
        let joined = office.join(event, pass);
        assert_eq!(joined.status, 200, "{}", joined.text());
        later();
        office.web.with_cookie(cookie(&joined))
    };
    let next = |act: &Value| {
        assert_eq!(begin(&office.admin, event, act).status, 200);
        later();
    };
    let first = join(&gd[0].1);
    next(&ids[0]);
    join(&gd[1].1);
    next(&ids[1]);
    join(&zj[0].1);
    let beat = first.post(&format!("/api/events/{event}/beat"), &[], "").expect("an answer");
    assert_eq!(beat.status, 204);
    ids
}

#[test]
fn who_was_there_is_told_by_act_and_unit_and_stays_in_the_book() {
    let data = Folder::new();
    let office = Office::open(data.path());
    let event = day(&office);
    let ids = attended(&office, &event);
    // Of all, of the headquarters with everything below it, and of the counties.
    let counts = json!([[2, 2], [2, 2], [2, 1], [0, 1]]);
    wait_for(&office, &event, &counts);
    let told = came(&office.admin, &event, "");
    assert_eq!((&told[0]["id"], &told[1]["title"]), (&ids[0], &json!("论坛")));
    assert_eq!(told[0]["until_ms"], told[1]["began_ms"]);
    assert_eq!(told[1]["until_ms"], Value::Null);

    let office = office.killed_and_started(data.path());
    wait_for(&office, &event, &counts);
    let get = |file: &str| {
        office.admin.get(&format!("/api/events/{event}/report/{file}")).expect("an answer").text()
    };
    let live = ["members.csv?lang=zh", "units.csv?lang=zh"].map(get);
    end(&office, &event);
    let closed = office.admin.post(&format!("/api/events/{event}/book/close"), &[], "");
    assert_eq!(closed.expect("an answer").status, 200);
    wait_for(&office, &event, &counts);
    let ended = office.show(&format!("/api/events/{event}/book"))["ended_ms"].clone();
    assert_eq!(came(&office.admin, &event, "")[1]["until_ms"], ended);
    assert_eq!(["members.csv?lang=zh", "units.csv?lang=zh"].map(get), live.clone().map(left_out));

    let book = get("book.txt");
    let of = |kind: &str| -> Vec<Value> {
        let fields = book.lines().map(|line| line.splitn(4, ' ').collect::<Vec<_>>());
        let lines = fields.filter(|fields| fields[1] == kind);
        lines.map(|fields| serde_json::from_str(fields[3]).expect("JSON")).collect()
    };
    let kinds: Vec<&str> = book.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(kinds[..4], ["event", "act", "act", "unit"]);
    let entry =
        json!({ "id": ids[1], "title": "论坛", "from_ms": told[1]["began_ms"], "until_ms": ended });
    assert_eq!(of("act")[1], entry);
    assert_eq!(of("unit")[0]["acts"], json!([2, 2]));
    let file = data.path().join("book.txt");
    let verified = |text: &str| {
        fs::write(&file, text).expect("written");
        let done = Command::new(common::program()).arg("verify-book").arg(&file).output();
        done.expect("it runs").status.success()
    };
    assert!(verified(&book));
    assert!(!verified(&book.replace("论坛", "影片")), "a renamed act is found");

    let correction =
        json!({ "person": "p4", "status": "present", "reason": "在分会场" }).to_string();
    let path = format!("/api/events/{event}/book/corrections");
    let corrected = office.admin.post(&path, &[], &correction).expect("an answer");
    assert_eq!(corrected.status, 200, "{}", corrected.text());
    wait_for(&office, &event, &counts);
    assert!(verified(&get("book.txt")));
}

/// The table as it is when the event is over: who was there when it ended did not leave, and nobody is
/// expected any more.
fn left_out(table: String) -> String {
    table.replace(",应到,,,,,0,0", ",缺席,,,,,0,0")
}

#[test]
fn tables_have_a_column_for_each_act_that_no_spreadsheet_runs() {
    let data = Folder::new();
    let office = Office::open(data.path());
    let event = day(&office);
    attended(&office, &event);
    wait_for(&office, &event, &json!([[2, 2], [2, 2], [2, 1], [0, 1]]));
    let get = |file: &str| {
        office.admin.get(&format!("/api/events/{event}/report/{file}")).expect("an answer")
    };
    let rows = |file: &str| -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        let taken = tables::read(Cursor::new(get(file).body), &mut |row| {
            rows.push(row.cells.iter().map(ToString::to_string).collect());
            Ok(())
        });
        taken.expect("a table");
        rows
    };
    for format in ["csv", "xlsx"] {
        let members = rows(&format!("members.{format}"));
        assert_eq!(members[0][8..], ["Excuse", "=表彰", "论坛"], "{format}");
        let minutes: Vec<_> =
            members[1..].iter().map(|row| (row[0].as_str(), row[9..].to_vec())).collect();
        // Who never came was there for no minute.
        let [both, one, other, none] = [["1", "1"], ["1", "0"], ["0", "1"], ["0", "0"]];
        let wanted = [("p1", both), ("p2", one), ("p3", other), ("p4", none)];
        assert_eq!(minutes, wanted.map(|(code, row)| (code, row.map(str::to_owned).to_vec())));
        let units = rows(&format!("units.{format}"));
        assert_eq!(units[0][12..], ["Unnamed in halls", "=表彰", "论坛"]);
        let came: Vec<_> = units[1..].iter().map(|row| row[13..].to_vec()).collect();
        assert_eq!(came, [["2", "2"], ["2", "1"], ["0", "1"]]);
    }
    let head = get("members.csv").text();
    assert!(head.lines().next().expect("a head").ends_with(",'=表彰,论坛"), "{head}");
}

#[test]
fn a_steward_asks_for_the_acts_of_their_own_units_only() {
    let data = Folder::new();
    let office = Office::open(data.path());
    let event = day(&office);
    let steward = json!({ "code": "s", "name": "陈", "unit": "gd", "roles": ["steward"] });
    office.make("/api/org/people", &steward);
    let steward = account(&office, "chen", &json!({ "person": "s" }));
    attended(&office, &event);
    wait_for(&office, &event, &json!([[2, 2], [2, 2], [2, 1], [0, 1]]));
    let told = came(&steward, &event, "?unit=gd");
    assert_eq!((&told[0]["came"], &told[1]["came"]), (&json!(2), &json!(1)));
    let ask = |web: &Web, query: &str| {
        let path = format!("/api/events/{event}/acts/attendance{query}");
        refused(&web.get(&path).expect("an answer"))
    };
    for query in ["", "?unit=zj", "?unit=hq", "?unit=no", "?unit=gd&unit=zj", "?unit=zj&unit=gd"] {
        assert_eq!(ask(&steward, query), is(404, "unit_unknown"), "{query}");
    }
    assert_eq!(ask(&office.admin, "?unit=no"), is(404, "unit_unknown"));
    assert_eq!(ask(&office.web, "?unit=gd").0, 401);
    // What is asked of an address does not open another one.
    let other = steward.get(&format!("/api/events/{event}/attendance/zj?unit=gd"));
    assert_eq!(refused(&other.expect("an answer")), is(404, "unit_unknown"));
    let all = steward.get(&format!("/api/events/{event}/attendance?unit=gd"));
    assert_eq!(all.expect("an answer").status, 403);
}
