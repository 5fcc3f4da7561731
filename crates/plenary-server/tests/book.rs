//! The book of an event over the real server: it is closed once, verified from its download, corrected
//! with reasons, exported as tables, and forgotten in time.

mod common;

use std::fs;
use std::process::Command;

use common::Folder;
use common::office::{Office, cookie};
use plenary_server::bench::web::{Answer, Web};
use serde_json::{Value, json};

fn read(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// An event of two counties that is over: two members of Guangdong came, one of them was excused before;
/// of Zhejiang nobody.
fn over(office: &Office) -> (String, String) {
    office.unit("hq", "集团总部", None);
    for (code, name) in [("gd", "广东"), ("zj", "浙江")] {
        office.unit(code, name, Some("hq"));
    }
    for (code, name, unit) in
        [("p1", "李明", "gd"), ("p2", "=王芳", "gd"), ("p3", "Zoë", "zj"), ("p4", "赵", "zj")]
    {
        office.person(code, name, unit);
    }
    let event = json!({ "slug": "day", "title": "主题日", "admission": { "who": "members" } });
    let event = office.make("/api/events", &event)["id"].as_str().expect("an id").to_owned();
    let opened = office.admin.post(&format!("/api/events/{event}/open"), &[], "");
    assert_eq!(opened.expect("an answer").status, 200);
    let mut cookies = Vec::new();
    for (_, pass) in office.passes(&event, "gd") {
        let joined = office.join(&event, &pass);
        assert_eq!(joined.status, 200, "{}", joined.text());
        cookies.push(cookie(&joined));
    }
    let excuse = format!("/api/events/{event}/attendance/zj/members/p4/excuse");
    let excused = json!({ "excused": true, "reason": "值班" }).to_string();
    assert_eq!(office.admin.put(&excuse, &excused).expect("an answer").status, 204);
    let early = office.admin.post(&format!("/api/events/{event}/book/close"), &[], "");
    assert_eq!(read(&early.expect("an answer"))["code"], "event_runs");
    let closed = office.admin.post(&format!("/api/events/{event}/close"), &[], "");
    assert!(closed.expect("an answer").status < 300);
    (event, cookies.remove(0))
}

fn counts(office: &Office, event: &str, unit: &str) -> Value {
    office.show(&format!("/api/events/{event}/attendance/{unit}"))["unit"]["counts"].clone()
}

fn verify(file: &std::path::Path) -> (bool, String) {
    let done = Command::new(common::program())
        .arg("verify-book")
        .arg(file)
        .arg("--json")
        .output()
        .expect("it runs");
    let told = if done.status.success() { done.stdout } else { done.stderr };
    (done.status.success(), String::from_utf8(told).expect("UTF-8"))
}

#[test]
fn a_closed_book_is_final_verifies_and_is_corrected_with_reasons() {
    let data = Folder::new();
    let office = Office::open(data.path());
    let (event, _) = over(&office);
    let book = office.close_book(&event);
    assert_eq!((book["state"].as_str(), book["corrections"].as_u64()), (Some("sealed"), Some(0)));
    let sealed = counts(&office, &event, "hq");
    assert_eq!(
        sealed,
        json!({
            "expected": 4, "here": 0, "came": 2, "missing": 1, "late": 0, "left": 0, "excused": 1,
            "watched_replay": 0, "heads": 0
        })
    );
    // Later changes of the organisation and late excuses do not reach it.
    office.person("p9", "新人", "zj");
    assert_eq!(counts(&office, &event, "hq"), sealed);
    let excuse = format!("/api/events/{event}/attendance/zj/members/p3/excuse");
    let excused = json!({ "excused": true, "reason": "晚了" }).to_string();
    let refused = office.admin.put(&excuse, &excused).expect("an answer");
    assert_eq!((refused.status, read(&refused)["code"].as_str()), (409, Some("book_sealed")));

    let text =
        office.admin.get(&format!("/api/events/{event}/report/book.txt")).expect("an answer");
    let file = data.path().join("book.txt");
    fs::write(&file, &text.body).expect("written");
    let (whole, told) = verify(&file);
    assert!(whole, "{told}");
    let told: Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!((&told["hash"], &told["members"]), (&book["hash"], &json!(4)));
    let forged = text.text().replace("李明", "李鸣");
    fs::write(&file, forged).expect("written");
    let (whole, told) = verify(&file);
    assert!(!whole && told.contains("is not as it was written"), "{told}");
    fs::write(&file, text.text().lines().next().expect("a line")).expect("written");
    assert!(verify(&file).1.contains("without a seal"));

    let correct = |status: &str, reason: &str| {
        let body = json!({ "person": "p3", "status": status, "reason": reason }).to_string();
        let path = format!("/api/events/{event}/book/corrections");
        office.admin.post(&path, &[], &body).expect("an answer")
    };
    let corrected = correct("present", "在分会场观看");
    assert_eq!(corrected.status, 200, "{}", corrected.text());
    assert_eq!(read(&corrected)["corrections"], 1);
    assert_ne!(read(&corrected)["hash"], book["hash"]);
    assert_eq!(counts(&office, &event, "hq")["came"], 3);
    assert_eq!(counts(&office, &event, "zj")["missing"], 0);
    assert_eq!(counts(&office, &event, "gd")["came"], 2);
    assert_eq!(read(&correct("present", "again"))["code"], "book_says_so");
    assert_eq!(read(&correct("present", ""))["code"], "reason_bad");
    assert_eq!(read(&correct("expected", "?"))["code"], "status_bad");

    // All of it outlives the server.
    let office = office.killed_and_started(data.path());
    assert_eq!(counts(&office, &event, "hq")["came"], 3);
    let text =
        office.admin.get(&format!("/api/events/{event}/report/book.txt")).expect("an answer");
    fs::write(&file, &text.body).expect("written");
    let (whole, told) = verify(&file);
    assert!(whole && told.contains("\"corrections\":1"), "{told}");
    let members = office.show(&format!("/api/events/{event}/attendance/zj/members"));
    assert_eq!(
        members,
        json!([
            { "code": "p3", "name": "Zoë", "status": "present" },
            { "code": "p4", "name": "赵", "status": "excused" },
        ])
    );
}

#[test]
fn whose_link_was_withdrawn_sees_no_replay_after_a_restart_either() {
    let data = Folder::new();
    let office = Office::open(data.path());
    let (event, cookie) = over(&office);
    office.close_book(&event);
    let replay = |office: &Office| {
        let web = office.web.with_cookie(cookie.clone());
        web.get(&format!("/api/events/{event}")).expect("an answer").status
    };
    let office = office.killed_and_started(data.path());
    assert_eq!(replay(&office), 200);
    let revoked = office.admin.post("/api/org/people/p1/revoke", &[], "").expect("an answer");
    assert_eq!((revoked.status, replay(&office)), (204, 401));
    let office = office.killed_and_started(data.path());
    assert_eq!(replay(&office), 401);
}

#[test]
fn reports_are_tables_that_spreadsheets_show_and_do_not_run() {
    let data = Folder::new();
    let office = Office::open(data.path());
    let (event, _) = over(&office);
    let get = |file: &str| {
        office.admin.get(&format!("/api/events/{event}/report/{file}")).expect("an answer")
    };
    // While it is open, by what is recorded now.
    let live = get("members.csv?lang=zh&offset=480").text();
    office.close_book(&event);
    let sealed = get("members.csv?lang=zh&offset=480").text();
    assert_eq!(live, sealed);
    let rows: Vec<&str> = sealed.trim_start_matches('\u{FEFF}').split("\r\n").collect();
    assert!(sealed.starts_with('\u{FEFF}'), "Excel shows Chinese by it");
    assert_eq!(
        rows[0],
        "编码,姓名,单位编码,单位,出席情况,进入 (UTC+08),离开 (UTC+08),分钟,请假事由"
    );
    assert!(rows[1].starts_with("p1,李明,gd,广东,出席,20"), "{}", rows[1]);
    assert!(rows[2].starts_with("p2,'=王芳,gd,广东,出席,20"), "no cell runs: {}", rows[2]);
    assert_eq!(rows[3], "p3,Zoë,zj,浙江,缺席,,,,");
    assert_eq!(rows[4], "p4,赵,zj,浙江,请假,,,,值班 (林晓禾)");
    let units = get("units.csv").text();
    let rows: Vec<&str> = units.trim_start_matches('\u{FEFF}').split("\r\n").collect();
    assert_eq!(rows[1], "1,hq,集团总部,,4,2,50.0 %,0,0,1,1,0,0");
    assert_eq!(rows[2], "2,gd,广东,hq,2,2,100.0 %,0,0,0,0,0,0");
    let workbook = get("units.xlsx");
    assert_eq!(&workbook.body[..2], b"PK");
    let disposition = workbook.header("content-disposition").expect("a name");
    assert_eq!(disposition, "attachment; filename=\"day-units.xlsx\"");
    assert_eq!(read(&get("units.pdf"))["code"], "report_unknown");
    let stranger = office.web.get(&format!("/api/events/{event}/report/units.csv"));
    assert_eq!(stranger.expect("an answer").status, 401);
}

#[test]
fn members_see_what_is_recorded_about_them_and_who_came_late_watches_the_replay() {
    let data = Folder::new();
    let office = Office::open(data.path());
    let (event, cookie_of_p1) = over(&office);
    let kept = office.admin.put("/api/org/retention", &json!({ "days": 30 }).to_string());
    assert_eq!(kept.expect("an answer").status, 200);
    let mine = |web: &Web| {
        let answer = web.get(&format!("/api/events/{event}/mine")).expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
        read(&answer)
    };
    let web = office.web.with_cookie(cookie_of_p1);
    let record = mine(&web);
    assert_eq!((&record["name"], &record["status"]), (&json!("李明"), &json!("present")));
    assert_eq!(record["kept_days"], 30);
    assert_eq!(record["present"].as_array().expect("times").len(), 1);

    let (code, pass) = office.passes(&event, "zj").remove(0);
    assert_eq!(code, "p3");
    // The host has closed the event when its book could be closed; joining counts as the replay then.
    let joined = wait_until_over(&office, &event, &pass);
    assert_eq!(counts(&office, &event, "zj")["watched_replay"], 1);
    let record = mine(&office.web.with_cookie(cookie(&joined)));
    assert_eq!((&record["status"], &record["sealed"]), (&json!("watched_replay"), &json!(false)));
    office.close_book(&event);
    assert_eq!(mine(&web)["sealed"], true);
    assert_eq!(counts(&office, &event, "hq")["watched_replay"], 1);
    let curve = office.show(&format!("/api/events/{event}/curve"));
    assert_eq!(curve["step_ms"], 60_000);
    let missing = office.show(&format!("/api/events/{event}/missing/hq"));
    assert_eq!(missing, json!({ "total": 0, "people": [] }));
}

/// Joins until the event is over, which the door tells by the sums.
fn wait_until_over(office: &Office, event: &str, pass: &str) -> Answer {
    while office.show(&format!("/api/events/{event}/book"))["closable"] != true {
        std::thread::yield_now();
    }
    let joined = office.join(event, pass);
    assert_eq!(joined.status, 200, "{}", joined.text());
    while counts(office, event, "zj")["watched_replay"] != 1 {
        std::thread::yield_now();
    }
    joined
}
