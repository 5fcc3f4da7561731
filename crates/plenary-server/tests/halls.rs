//! Halls over the real server: heads are counted, members ticked off and counted once, and whoever has the
//! link of one hall sees its unit alone.

mod common;

use std::time::{Duration, Instant};

use common::Folder;
use common::office::{Office, cookie};
use plenary_server::bench::web::{Answer, Web};
use serde_json::{Value, json};

/// How long a change may take until the sums show it.
const SHOWN_MAX: Duration = Duration::from_secs(2);

fn read(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).expect("JSON")
}

fn wait_for(office: &Office, event: &str, unit: &str, wanted: (u64, u64)) {
    let began = Instant::now();
    loop {
        let page = office.show(&format!("/api/events/{event}/attendance/{unit}"));
        let counts = &page["unit"]["counts"];
        if (counts["here"].as_u64(), counts["heads"].as_u64()) == (Some(wanted.0), Some(wanted.1)) {
            return;
        }
        assert!(began.elapsed() < SHOWN_MAX, "{unit} is {counts}, not {wanted:?}");
        std::thread::yield_now();
    }
}

fn put(web: &Web, path: &str, body: &Value) -> Answer {
    web.put(path, &body.to_string()).expect("an answer")
}

#[test]
fn many_before_one_screen_are_counted_once() {
    let data = Folder::new();
    let office = Office::open(data.path());
    office.unit("hq", "集团", None);
    office.unit("gd", "广东", Some("hq"));
    office.unit("zj", "浙江", Some("hq"));
    for (code, unit) in [("p1", "gd"), ("p2", "gd"), ("p3", "zj")] {
        office.person(code, &format!("李{code}"), unit);
    }
    let event = json!({ "slug": "day", "title": "主题日", "admission": { "who": "members" } });
    let event = office.make("/api/events", &event)["id"].as_str().expect("an id").to_owned();
    let halls = format!("/api/events/{event}/halls/gd");
    let hall = office.make(&halls, &json!({ "name": "三楼会议室" }));
    let link = hall["link"].as_str().expect("a link");
    let token = link.strip_prefix("/hall/").expect("its page");
    let api = format!("/api/halls/{token}");

    let shown = office.web.get(&api).expect("an answer");
    let page = read(&shown);
    assert_eq!((&page["unit"], &page["name"]), (&json!("广东"), &json!("三楼会议室")));
    assert_eq!(page["members"].as_array().expect("members").len(), 2, "its own unit's: {page}");
    assert!(page["qr"]["path"].as_str().is_some_and(|path| path.starts_with('M')));
    // An event for members shows its programme in the hall.
    let path = format!("/api/events/{event}");
    assert_eq!(office.web.get(&path).expect("an answer").status, 401);
    let screen = office.web.with_cookie(cookie(&shown));
    assert_eq!(screen.get(&path).expect("an answer").status, 200);

    assert_eq!(put(&office.web, &format!("{api}/heads"), &json!({ "count": 46 })).status, 204);
    wait_for(&office, &event, "hq", (0, 46));
    let tick = |person: &str, present: bool| {
        put(&office.web, &format!("{api}/members/{person}"), &json!({ "present": present }))
    };
    assert_eq!(tick("p1", true).status, 204);
    wait_for(&office, &event, "gd", (1, 45));
    assert_eq!(tick("p3", true).status, 404, "nobody of another unit");
    assert_eq!(
        read(&put(&office.web, &format!("{api}/heads"), &json!({ "count": 100_000 })))["code"],
        "heads_bad"
    );

    // Their own phone reads the hall's code: they are one person still.
    let (_, pass) = office.passes(&event, "gd").remove(1);
    let phone = office.web.with_cookie(cookie(&office.join(&event, &pass)));
    wait_for(&office, &event, "gd", (2, 45));
    let arrive = format!("{api}/arrive");
    assert_eq!(office.web.post(&arrive, &[], "").expect("an answer").status, 401);
    assert_eq!(phone.post(&arrive, &[], "").expect("an answer").status, 204);
    wait_for(&office, &event, "hq", (2, 44));
    let members = read(&office.web.get(&api).expect("an answer"))["members"].clone();
    assert_eq!(members[1], json!({ "code": "p2", "name": "李p2", "here": true, "in_hall": true }));

    // All of it outlives the server; a closed hall opens nothing, and what was counted stays.
    let office = office.killed_and_started(data.path());
    wait_for(&office, &event, "hq", (2, 44));
    let listed = office.show(&halls);
    assert_eq!((&listed[0]["heads"], &listed[0]["ticked"]), (&json!(46), &json!(2)));
    let id = hall["id"].as_str().expect("an id");
    let closed = office.admin.delete(&format!("{halls}/{id}")).expect("an answer");
    assert_eq!(closed.status, 204);
    assert_eq!(office.web.get(&api).expect("an answer").status, 404);
    wait_for(&office, &event, "gd", (2, 44));
    assert_eq!(
        read(&office.web.get("/api/halls/nonsense").expect("an answer"))["code"],
        "hall_unknown"
    );
}
