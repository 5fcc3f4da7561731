//! Attendance over the real server: who may come in, and who is there.

mod common;

use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use common::Folder;
use common::office::{Office, cookie, join};
use serde_json::{Value, json};

/// How long a change may take until the sums show it.
const SHOWN_MAX: Duration = Duration::from_secs(2);

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

#[test]
fn a_member_on_the_stage_is_there_without_a_page_of_their_own() {
    let data = Folder::new();
    let office = Office::open(data.path());
    provinces(&office);
    let admission = json!({ "who": "chosen", "units": [{ "unit": "gd" }], "people": [] });
    let speakers = json!([
        { "name": "李", "unit": "广东", "title": "" }, { "name": "嘉宾", "unit": "四川", "title": "" }
    ]);
    let event = json!({
        "slug": "day", "title": "主题日", "admission": admission, "speakers": speakers
    });
    let event = office.make("/api/events", &event)["id"].as_str().expect("an id").to_owned();
    let seats = office.show(&format!("/api/events/{event}/seats"));
    assert_eq!((&seats[0]["card"]["name"], &seats[0]["member"]), (&json!("李"), &Value::Null));
    let seated = |seat: &Value, person: Value| {
        let path = format!("/api/events/{event}/seats/{}/member", seat.as_str().expect("an id"));
        let answer = office.admin.put(&path, &json!({ "person": person }).to_string());
        answer.expect("an answer").status
    };
    assert_eq!(seated(&seats[0]["seat"], json!("p-gd")), 204);
    assert_eq!(seated(&seats[0]["seat"], json!("nobody")), 422);
    assert_eq!(seated(&json!("0193a000-0000-7000-8000-000000000000"), json!("p-gd")), 404);
    let path =
        format!("/api/events/{event}/seats/{}/member", seats[0]["seat"].as_str().expect("an id"));
    assert_eq!(office.admin.put(&path, "{}").expect("an answer").status, 422, "nobody by mistake");
    let seats = office.show(&format!("/api/events/{event}/seats"));
    assert_eq!(seats[0]["member"], json!({ "code": "p-gd", "name": "广东的李" }));

    let opened = office.admin.post(&format!("/api/events/{event}/open"), &[], "");
    assert_eq!(opened.expect("an answer").status, 200);
    let links = office.show(&format!("/api/events/{event}/links"));
    let stage = |number: usize| {
        let path = links["stage"][number]["stage"].as_str().expect("a link");
        let token = path.strip_prefix("/stage/").expect("a stage");
        let stream = TcpStream::connect(office.web.address()).expect("it listens");
        let url = format!("ws://{}/api/stage/{token}/socket", office.web.address());
        tungstenite::client(url, stream).expect("the stage opens").0
    };
    let _page = stage(0);
    for unit in ["gd1", "gd", "hq"] {
        wait_for(&office, (&event, unit), "here", 1);
    }
    // Whom the event would not let in counts too, who was asked onto its stage; and at once.
    let _other = stage(1);
    assert_eq!(seated(&seats[1]["seat"], json!("p-sc")), 204);
    wait_for(&office, (&event, "sc"), "here", 1);
    assert_eq!(counts(&office, &event, "hq")["expected"], 1);
    assert_eq!(seated(&seats[1]["seat"], Value::Null), 204);
    assert_eq!(office.show(&format!("/api/events/{event}/seats"))[1]["member"], Value::Null);
}
