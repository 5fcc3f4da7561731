//! Imports of whole organisations: what is shown is what happens, all of it or nothing, and a second time
//! nothing.

mod common;

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use common::{Folder, program};
use insta::assert_snapshot;
use plenary_model::time::WallMs;
use plenary_model::unit::UnitState;
use plenary_server::organisation::{Draft, ImportError, Missing, Subject, read};
use plenary_server::tables::write::{Format, write_people};
use plenary_store::Store;
use serde_json::Value;
use tokio::sync::watch;

const AT: WallMs = WallMs(1_795_000_000_000);
const UNITS: &str = "code,name,parent\nhq,总部,\ngd,广东,hq\ngz,广州,gd\nzj,浙江,hq\n";
const PEOPLE: &str =
    "code,name,unit,roles\n1,王芳,gz,steward; administrator\n2,Amélie,hq,\n3,李雷,zj,\n";

/// A store, and tables beside it.
struct Desk {
    folder: Folder,
    store: Store,
}

impl Desk {
    async fn open() -> Self {
        let folder = Folder::new();
        let store = Store::open(&folder.path().join("data")).await.expect("a store");
        Self { folder, store }
    }

    async fn read(&self, subject: Subject, table: &str) -> Result<Draft, ImportError> {
        let path = self.folder.path().join("table.csv");
        fs::write(&path, table).expect("a file");
        let file = File::open(&path).expect("a file");
        read((program(), &self.store), subject, file, &watch::Sender::new(0)).await
    }

    /// Reads and applies a table; gives what it changed as the preview counts it, and what was written.
    async fn import(&self, subject: Subject, table: &str, missing: Missing) -> String {
        let draft = self.read(subject, table).await.expect("a table");
        let counts = serde_json::to_string(&draft.preview().counts).expect("JSON");
        let done = draft.apply(&self.store, missing, AT).await.expect("it is applied");
        format!("{counts} written {}", done.written)
    }
}

#[tokio::test]
async fn a_second_import_changes_nothing_and_is_not_written() {
    let desk = Desk::open().await;
    let mut said = Vec::new();
    for _ in 0..2 {
        said.push(desk.import(Subject::Units, UNITS, Missing::Gone).await);
        said.push(desk.import(Subject::People, PEOPLE, Missing::Gone).await);
    }
    assert_snapshot!(said.join("\n"), @r#"
    {"new":4,"renamed":0,"moved":0,"changed":0,"reopened":0,"unchanged":0,"missing":0} written 4
    {"new":3,"renamed":0,"moved":0,"changed":0,"reopened":0,"unchanged":0,"missing":0} written 3
    {"new":0,"renamed":0,"moved":0,"changed":0,"reopened":0,"unchanged":4,"missing":0} written 0
    {"new":0,"renamed":0,"moved":0,"changed":0,"reopened":0,"unchanged":3,"missing":0} written 0
    "#);
    assert_eq!(desk.store.write_counts().writes, 2);
}

#[tokio::test]
async fn who_is_missing_stays_unless_told_to_be_gone_and_nobody_is_deleted() {
    let desk = Desk::open().await;
    desk.import(Subject::Units, UNITS, Missing::Keep).await;
    desk.import(Subject::People, PEOPLE, Missing::Keep).await;
    let (units, people) =
        ("code,name,parent\nhq,总部,\ngz,广州市,gd\n", "code,name,unit\n2,Amélie,gz\n4,New,hq\n");
    let mut said = Vec::new();
    for missing in [Missing::Keep, Missing::Gone] {
        said.push(desk.import(Subject::People, people, missing).await);
        said.push(desk.import(Subject::Units, units, missing).await);
        for person in desk.store.people().await.expect("people") {
            let (unit, roles) = (&person.unit, person.roles.len());
            said.push(format!("{} {unit} {:?} {roles}", person.code, person.standing));
        }
    }
    assert_snapshot!(said.join("\n"), @r#"
    {"new":1,"renamed":0,"moved":1,"changed":0,"reopened":0,"unchanged":0,"missing":2} written 2
    {"new":0,"renamed":1,"moved":0,"changed":0,"reopened":0,"unchanged":1,"missing":2} written 1
    1 gz Member 2
    2 gz Member 0
    3 zj Member 0
    4 hq Member 0
    {"new":0,"renamed":0,"moved":0,"changed":0,"reopened":0,"unchanged":2,"missing":2} written 2
    {"new":0,"renamed":0,"moved":0,"changed":0,"reopened":0,"unchanged":2,"missing":2} written 1
    1 gz Left 0
    2 gz Member 0
    3 zj Left 0
    4 hq Member 0
    "#);
    let units = desk.store.units().await.expect("units");
    let closed = units.iter().filter(|unit| unit.state == UnitState::Closed);
    // Guangdong is missing too, but Guangzhou below it is not.
    assert_eq!(closed.map(|unit| unit.code.as_str()).collect::<Vec<_>>(), ["zj"]);
}

#[tokio::test]
async fn what_was_shown_is_refused_after_somebody_else_changed_the_organisation() {
    let desk = Desk::open().await;
    desk.import(Subject::Units, UNITS, Missing::Keep).await;
    let draft = desk.read(Subject::People, PEOPLE).await.expect("a table");
    desk.import(Subject::Units, "code,name,parent\nhq,Headquarters,\n", Missing::Keep).await;
    let late = draft.apply(&desk.store, Missing::Keep, AT).await;
    assert!(matches!(late, Err(ImportError::Changed)), "{late:?}");
    assert_eq!(desk.store.people().await.expect("people"), []);
    let faulty = desk.read(Subject::People, "code,name,unit\n1,A,hq\n2,B,nowhere\n").await;
    let refused = faulty.expect("a table").apply(&desk.store, Missing::Gone, AT).await;
    assert!(matches!(refused, Err(ImportError::Faulty(1))), "{refused:?}");
    assert_eq!(desk.store.people().await.expect("people"), []);
}

#[tokio::test]
async fn a_preview_shows_old_and_new() {
    let desk = Desk::open().await;
    desk.import(Subject::Units, UNITS, Missing::Keep).await;
    let moved = "code,name,parent\nhq,总部,\ngd,广东,hq\ngz,广州市,hq\nsz,深圳,gd\n";
    let draft = desk.read(Subject::Units, moved).await.expect("a table");
    let shown = draft.preview().shown.iter();
    let lines: Vec<String> = shown.map(|one| serde_json::to_string(one).expect("JSON")).collect();
    assert_snapshot!(lines.join("\n"), @r#"
    {"kind":"new","code":"sz","before":null,"after":{"name":"深圳","unit":"gd","unit_name":"广东"}}
    {"kind":"renamed","code":"gz","before":{"name":"广州","unit":"gd","unit_name":"广东"},"after":{"name":"广州市","unit":"hq","unit_name":"总部"}}
    {"kind":"moved","code":"gz","before":{"name":"广州","unit":"gd","unit_name":"广东"},"after":{"name":"广州市","unit":"hq","unit_name":"总部"}}
    {"kind":"missing","code":"zj","before":{"name":"浙江","unit":"hq","unit_name":"总部"},"after":null}
    "#);
}

/// Runs `plenary` and gives its line of JSON.
fn said(folder: &Path, arguments: &[&str]) -> Value {
    let ended = Command::new(program()).args(arguments).current_dir(folder).output();
    let ended = ended.expect("the program runs");
    assert!(ended.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
    serde_json::from_slice(&ended.stdout).unwrap_or_default()
}

/// Imports a table with the program, which says that it has so many rows and writes so many; in bounded
/// memory.
fn imported(folder: &Path, (kind, file): (&str, &str), rows: u64, written: u64) {
    const MEMORY_MIB_MAX: u64 = 500;
    let report = said(folder, &["import", kind, file, "--json"]);
    assert_eq!((&report["rows"], &report["written"]), (&rows.into(), &written.into()), "{report}");
    let memory = ["memory_mib", "reader_memory_mib"].map(|name| report[name].as_u64());
    let together: u64 = memory.into_iter().flatten().sum();
    assert!(0 < together && together <= MEMORY_MIB_MAX, "{report}");
    println!("{file}: {} s, {memory:?} MiB", report["seconds"]);
}

/// Writes everybody into a workbook.
fn exported(folder: &Path) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let people = runtime.block_on(async {
        let store = Store::open_to_read(&folder.join("plenary-data")).await.expect("a store");
        store.people().await.expect("people")
    });
    let file = File::create(folder.join("people.xlsx")).expect("a file");
    write_people(people.iter(), Format::Xlsx, file).expect("it is written");
}

/// Imports the sample organisation with so many people, once more, and as it is exported.
fn sample(people: u64) {
    let folder = Folder::new();
    let text = people.to_string();
    let made = said(folder.path(), &["sample-org", "--people", &text, "--out", "."]);
    assert_eq!(made, Value::Null);
    imported(folder.path(), ("units", "units.csv"), 3_271, 3_271);
    imported(folder.path(), ("people", "people.csv"), people, people);
    imported(folder.path(), ("units", "units.csv"), 3_271, 0);
    imported(folder.path(), ("people", "people.csv"), people, 0);
    exported(folder.path());
    imported(folder.path(), ("people", "people.xlsx"), people, 0);
}

#[test]
fn the_sample_organisation_is_imported_in_bounded_memory() {
    sample(30_000);
}

#[test]
fn long_three_hundred_thousand_people_are_imported_in_bounded_memory() {
    sample(300_000);
}
