//! Files that are no tables, and tables that no organisation has: each is refused with a sentence that
//! says what to do, in bounded memory, and changes nothing.

mod common;

use std::fs::{self, File, Permissions};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use common::workbook::{self, Part, SHEET};
use common::{Folder, program};
use insta::assert_snapshot;
use plenary_model::limits::TABLE_WORKER_MEMORY_MAX;
use plenary_organisation::import::Table;
use plenary_server::tables::child::{self, ReadError};
use plenary_store::Store;
use serde_json::Value;
use tokio::sync::watch;

const MIB: u64 = 1024 * 1024;
const UNITS: &str = "code,name,parent\nhq,总部 Headquarters,\ngd,广东 Guangdong,hq\n";
const PEOPLE: &str = "code,name,unit,phone\n1,王芳,gd,'+86 20 8888\n2,Amélie,hq,\n";

/// What a reader of tables said and needed.
struct Reading {
    lines: Vec<Value>,
    status: ExitStatus,
    peak_mib: u64,
}

/// Runs the reader of tables alone, as the server does.
#[expect(clippy::zombie_processes, reason = "wait4 waits for it, and tells its memory")]
fn reading(file: &Path) -> Reading {
    let mut child = Command::new(program())
        .arg("table-worker")
        .stdin(File::open(file).expect("a file"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut said = String::new();
    let out = child.stdout.as_mut().expect("a pipe");
    out.read_to_string(&mut said).expect("it says text");
    let (mut status, process) = (0, child.id() as i32);
    // SAFETY: all of it is numbers, for which zero is fine.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both are valid for the call to fill, and nobody else waits for the child.
    let waited = unsafe { libc::wait4(process, &mut status, 0, &mut usage) };
    assert_eq!(waited, process);
    let lines = said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let peak_mib = usage.ru_maxrss as u64 * 1024 / MIB;
    Reading { lines, status: ExitStatus::from_raw(status), peak_mib }
}

/// Runs `plenary import`; gives whether it succeeded and what it said in the end.
fn import(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let ended = Command::new(program())
        .arg("import")
        .args(arguments)
        .current_dir(folder)
        .env("RUST_LOG", "off")
        .output()
        .expect("the program runs");
    let said = [ended.stdout, ended.stderr].concat();
    (ended.status.success(), String::from_utf8(said).expect("text"))
}

/// A data folder with a small organisation.
fn small() -> Folder {
    let folder = Folder::new();
    for (kind, text) in [("units", UNITS), ("people", PEOPLE)] {
        let file = format!("{kind}.csv");
        fs::write(folder.path().join(&file), text).expect("a file");
        let (done, said) = import(folder.path(), &[kind, &file]);
        assert!(done, "{said}");
    }
    folder
}

/// All units and people as text.
fn everything(folder: &Path) -> String {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open_to_read(&folder.join("plenary-data")).await.expect("a store");
        let (units, people) = (store.units().await, store.people().await);
        format!("{:?} {:?}", units.expect("units"), people.expect("people"))
    })
}

fn file(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("a file");
    path
}

/// What an import of people from this file is told: one line.
fn refusal(folder: &Path, path: &Path) -> String {
    let before = everything(folder);
    let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
    let (done, said) = import(folder, &["people", name]);
    assert!(!done, "{name}: {said}");
    assert_eq!(everything(folder), before, "{name}");
    said.replacen("plenary: ", "", 1)
}

/// The same for each file, after the reader alone was seen to stay within its memory.
fn refusals(folder: &Folder, files: &[(&str, Vec<u8>)]) -> String {
    let mut said = String::new();
    for (name, bytes) in files {
        let path = file(folder.path(), name, bytes);
        let alone = reading(&path);
        assert!(alone.peak_mib * MIB <= TABLE_WORKER_MEMORY_MAX, "{name}: {} MiB", alone.peak_mib);
        said += &refusal(folder.path(), &path);
    }
    said
}

fn sheet_of_people(rows: &str) -> Vec<u8> {
    let head = ["code", "name", "unit"].iter().zip(["A1", "B1", "C1"]);
    let head: String = head.map(|(name, cell)| workbook::text(cell, name)).collect();
    workbook::archive(&workbook::parts(&format!(r#"<row r="1">{head}</row>{rows}"#)))
}

#[test]
fn files_that_are_no_tables_say_what_to_do() {
    let folder = small();
    let compound = |text: &str| {
        let name: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec(), vec![0; 4096], name, vec![0; 512]].concat()
    };
    let whole = sheet_of_people("");
    let files = [
        ("empty.csv", Vec::new()),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01".to_vec()),
        ("bytes.csv", b"code,name,unit\n1,\xC3\x28\xFF,hq\n".to_vec()),
        ("old.xls", compound("Workbook")),
        ("secret.xlsx", compound("EncryptedPackage")),
        ("page.xls", b"<html><table><tr><td>code</td></tr></table></html>".to_vec()),
        ("half.xlsx", whole[..whole.len() / 2].to_vec()),
        ("other.zip", workbook::archive(&[Part::new("a.txt", "a")])),
        ("error.xlsx", sheet_of_people(r#"<row r="2"><c r="B2" t="e"><v>#REF!</v></c></row>"#)),
        (
            "digits.xlsx",
            sheet_of_people(r#"<row r="2"><c r="A2"><v>440106199001011230</v></c></row>"#),
        ),
    ];
    assert_snapshot!(refusals(&folder, &files), @r#"
    empty.csv: the table is empty: its first row names the columns, each further one is an entry
    picture.png: the file is no text in UTF-8 or GB 18030, and no workbook: save it as XLSX or as CSV UTF-8
    bytes.csv: the file is no text in UTF-8 or GB 18030, and no workbook: save it as XLSX or as CSV UTF-8
    old.xls: this is a workbook of Excel 97 to 2003: save it as XLSX
    secret.xlsx: the workbook is protected with a password: save it without one
    page.xls: no column is named "code": name one so in the first row, or 编码, 名称, 姓名, 上级编码, 单位编码
    half.xlsx: the file is damaged (invalid Zip archive: Could not find EOCD): open it in a spreadsheet and save it anew as XLSX
    other.zip: the file is damaged (File not found '_rels/.rels'): open it in a spreadsheet and save it anew as XLSX
    error.xlsx: cell B2 shows #REF!: correct its formula, or write what it should be
    digits.xlsx: cell A2 holds a number of more than 15 digits, which spreadsheets round: format the column as text and type it again
    "#);
    fs::create_dir(folder.path().join("folder.csv")).expect("a folder");
    assert_snapshot!(refusal(folder.path(), &folder.path().join("folder.csv")), @r"
    folder.csv: this is no file: name a file in CSV or XLSX
    ");
}

#[test]
fn files_that_are_too_much_are_refused_in_bounded_memory() {
    let folder = small();
    let sparse = folder.path().join("sparse.csv");
    let made = File::create(&sparse).and_then(|file| file.set_len(1024 * MIB));
    made.expect("a file without blocks");
    let spaces = " ".repeat(MIB as usize);
    let end = "</sheetData></worksheet>";
    let bomb = |megabytes, said: Option<u64>| {
        let mut parts = workbook::parts("");
        let head = format!("{SHEET}<sheetData>");
        let mut part = Part::repeated("xl/worksheets/sheet3.xml", (&head, &spaces, end), megabytes);
        part.size = said.unwrap_or(part.size);
        parts.push(part);
        parts
    };
    let wide = workbook::text("XFD2", "x");
    let files = [
        ("line.csv", vec![b'a'; 20 * MIB as usize]),
        ("quote.csv", [b"code,name,unit\n1,\"", "A\n".repeat(MIB as usize).as_bytes()].concat()),
        (
            "commas.csv",
            [b"code,name,unit\n".to_vec(), vec![b','; 1_000_000], b"x\n".to_vec()].concat(),
        ),
        ("columns.csv", format!("code,name,unit\n{}", "1,".repeat(65)).into_bytes()),
        ("columns.xlsx", sheet_of_people(&format!(r#"<row r="2">{wide}</row>"#))),
        ("bomb.xlsx", workbook::archive(&bomb(2_048, None))),
        ("liar.xlsx", workbook::archive(&bomb(100, Some(1_000)))),
        ("overlaps.xlsx", workbook::overlapping(&bomb(100, None), 500)),
    ];
    assert_snapshot!(refusals(&folder, &files), @r"
    line.csv: row 1 is longer than 65536 bytes: look there for a quotation mark that is never closed
    quote.csv: row 2 is longer than 65536 bytes: look there for a quotation mark that is never closed
    commas.csv: row 2 is longer than 65536 bytes: look there for a quotation mark that is never closed
    columns.csv: row 2 has more than 64 columns: delete those that are not needed
    columns.xlsx: row 2 has more than 64 columns: delete those that are not needed
    bomb.xlsx: the workbook unpacks to more than any table of an organisation: copy the table into a new workbook and save that
    liar.xlsx: the file is damaged (File is larger than its declared uncompressed size): open it in a spreadsheet and save it anew as XLSX
    overlaps.xlsx: the workbook unpacks to more than any table of an organisation: copy the table into a new workbook and save that
    ");
    assert_snapshot!(refusal(folder.path(), &sparse), @r"
    sparse.csv: the file is larger than 128 MiB: delete columns and sheets that are not needed
    ");
}

#[test]
fn a_workbook_whose_texts_need_more_memory_than_there_is_ends_its_reader_only() {
    let folder = small();
    let mut parts = workbook::parts("");
    let texts = "<si><t>a</t></si>".repeat(4_096);
    let around = (r#"<sst uniqueCount="3">"#, texts.as_str(), "</sst>");
    parts.push(Part::repeated("xl/sharedStrings.xml", around, 12_000));
    let many = file(folder.path(), "many.xlsx", &workbook::archive(&parts));
    let said = reading(&many);
    assert!(!said.status.success());
    assert!(said.peak_mib * MIB <= TABLE_WORKER_MEMORY_MAX, "{} MiB", said.peak_mib);
    assert_snapshot!(refusal(folder.path(), &many), @r"
    many.xlsx: reading the table takes more than 640 MiB of memory: copy the table alone into a new file
    ");
    let mut parts = workbook::parts("");
    let claim = format!(r#"<sst uniqueCount="{}"></sst>"#, u64::MAX / 2);
    parts.push(Part::new("xl/sharedStrings.xml", &claim));
    let claims = file(folder.path(), "claims.xlsx", &workbook::archive(&parts));
    assert_snapshot!(refusal(folder.path(), &claims), @r"
    claims.xlsx: the file is damaged: open it in a spreadsheet and save it anew as XLSX
    ");
}

#[test]
fn bad_cells_are_listed_with_what_to_do_and_nothing_changes() {
    let folder = small();
    let before = everything(folder.path());
    let blank = " ".repeat(600);
    let people = format!(
        "code,name,unit,note\n1,A,hq,{blank}\n1,B,hq,\n2,A\0B,hq,\n3\u{202E}4,C,gd,\n5,\u{202E}\u{200B},gd,\n"
    );
    file(folder.path(), "bad.csv", people.as_bytes());
    let (done, said) = import(folder.path(), &["people", "bad.csv", "--mark-left"]);
    assert!(!done);
    assert_snapshot!(said, @r#"
    5 people in the table
      1 renamed
        1  王芳 (广东 Guangdong) → A (总部 Headquarters)
      1 moved
        1  王芳 (广东 Guangdong) → A (总部 Headquarters)
      0 unchanged
    Row 3, code "1": row 2 has the same code: keep one of the two
    Row 4, name "A\0B": use one line of at most 60 visible characters
    Row 5, code "3\u{202e}4": use a code of at most 64 visible characters without line breaks
    Row 6, name "\u{202e}\u{200b}": fill in this cell: it must not be empty
    Nothing was written.
    plenary: nothing was changed: correct the table first
    "#);
    let units = "code,name,parent\nhq,HQ,x\nx,X,y\ny,Y,hq\n";
    file(folder.path(), "circle.csv", units.as_bytes());
    let (done, said) = import(folder.path(), &["units", "circle.csv", "--close-missing"]);
    assert!(!done);
    assert_snapshot!(said, @r#"
    3 units in the table
      0 unchanged
    Row 2, parent "x": this unit would stand under itself: correct its parent or that of a unit above it
    Row 3, parent "y": this unit would stand under itself: correct its parent or that of a unit above it
    Row 4, parent "hq": this unit would stand under itself: correct its parent or that of a unit above it
    Nothing was written.
    plenary: nothing was changed: correct the table first
    "#);
    assert_eq!(everything(folder.path()), before);
}

#[test]
fn a_sheet_is_read_as_it_looks_whatever_it_claims_to_be() {
    let folder = Folder::new();
    let rows = [
        workbook::text("B2", "=1+1"),
        r#"<c r="A2"><v>44.0</v></c>"#.into(),
        r#"<c r="C2" t="b"><v>1</v></c><c r="D2"/><c r="XFD2"/>"#.into(),
        r#"<c r="E2" t="str"><f>A2&amp;"x"</f><v>44x</v></c>"#.into(),
        r#"<c r="F2"><v>1.5</v></c>"#.into(),
    ];
    let row = format!(r#"<row r="2">{}</row>"#, rows.concat());
    let path = file(folder.path(), "looks.xlsx", &sheet_of_people(&row));
    let said: Vec<String> = reading(&path).lines.iter().map(Value::to_string).collect();
    assert_snapshot!(said.join("\n"), @r#"
    {"cells":["code","name","unit"],"row":1}
    {"cells":["44","=1+1","TRUE","","44x","1.5"],"row":2}
    {"end":2}
    "#);
}

#[test]
fn shared_texts_and_dates_are_read_as_they_look() {
    let folder = Folder::new();
    let cells = r#"<c r="A1" t="s"><v>1</v></c><c r="B1" t="s"><v>0</v></c>
        <c r="A2" s="1"><v>45000</v></c><c r="B2" s="2"><v>45000.5</v></c>"#;
    let mut parts = workbook::parts(&format!("<row>{cells}</row>"));
    let texts = "<sst><si><r><t>na</t></r><r><t>me</t></r></si><si><t>'+86</t></si></sst>";
    parts.push(Part::new("xl/sharedStrings.xml", texts));
    let formats = [0, 14, 22].map(|id| format!(r#"<xf numFmtId="{id}"/>"#)).concat();
    let styles = format!("<styleSheet><cellXfs>{formats}</cellXfs></styleSheet>");
    parts.push(Part::new("xl/styles.xml", &styles));
    let path = file(folder.path(), "shared.xlsx", &workbook::archive(&parts));
    let said: Vec<String> = reading(&path).lines.iter().map(Value::to_string).collect();
    assert_snapshot!(said.join("\n"), @r#"
    {"cells":["+86","name"],"row":1}
    {"cells":["2023-03-15","2023-03-15 12:00:00"],"row":2}
    {"end":2}
    "#);
}

/// What comes of a reader of tables that does this instead.
async fn read_by(folder: &Path, script: &str) -> Result<Table, ReadError> {
    let path = program_of(folder, script);
    let table = File::open(file(folder, "any.csv", b"")).expect("a file");
    child::read(&path, table, &watch::Sender::new(0)).await
}

fn program_of(folder: &Path, script: &str) -> PathBuf {
    let path = file(folder, "reader", format!("#!/bin/sh\n{script}\n").as_bytes());
    fs::set_permissions(&path, Permissions::from_mode(0o700)).expect("a program");
    path
}

#[tokio::test]
async fn the_word_of_a_reader_is_not_taken_for_it() {
    let folder = Folder::new();
    let good = r#"echo '{"row":1,"cells":["a"]}'; echo '{"end":1}'"#;
    assert_eq!(read_by(folder.path(), good).await.expect("a table").rows.len(), 1);
    let scripts = [
        r#"echo '{"row":1,"cells":["a"]}'"#,
        r#"echo '{"row":1,"cells":["a"]}'; echo '{"end":2}'"#,
        "echo 'a,b'",
        "head -c 1000000 /dev/zero",
        r#"printf '{"row":1,"cells":["a'; head -c 70000 /dev/zero | tr '\0' a; echo '"]}'"#,
        r#"yes '{"row":1,"cells":["a"]}'"#,
        "exit 101",
        "kill -ABRT $$",
        "kill -XCPU $$",
    ];
    let mut said = String::new();
    for script in scripts {
        let error = read_by(folder.path(), script).await.expect_err(script);
        said += &format!("{}: {error}\n", error.code());
    }
    assert_snapshot!(said, @r"
    damaged: the file is damaged: open it in a spreadsheet and save it anew as XLSX
    table_reader: the reader of tables failed
    table_reader: the reader of tables failed
    table_reader: the reader of tables failed
    row_too_long: row 1 is longer than 65536 bytes: look there for a quotation mark that is never closed
    table_too_large: the table is too large: it may have 1001000 rows and 320 MiB, with 32 bytes for each cell
    damaged: the file is damaged: open it in a spreadsheet and save it anew as XLSX
    table_memory: reading the table takes more than 640 MiB of memory: copy the table alone into a new file
    table_time: reading the table takes too long: copy the table alone into a new file
    ");
}

#[tokio::test]
async fn a_reader_that_nobody_waits_for_ends() {
    let folder = Folder::new();
    let note = folder.path().join("process");
    let script =
        format!("echo $$ > {}; echo '{{\"row\":1,\"cells\":[]}}'; exec sleep 600", note.display());
    let path = program_of(folder.path(), &script);
    let table = File::open(&path).expect("a file");
    let (rows, mut seen) = watch::channel(0);
    tokio::select! {
        read = child::read(&path, table, &rows) => panic!("it ended by itself: {read:?}"),
        changed = seen.changed() => changed.expect("it reads"),
    }
    let process = fs::read_to_string(&note).expect("it ran");
    let state = PathBuf::from(format!("/proc/{}/cmdline", process.trim()));
    // What is dead has no command line any more.
    while fs::read(&state).is_ok_and(|line| !line.is_empty()) {
        tokio::task::yield_now().await;
    }
}
