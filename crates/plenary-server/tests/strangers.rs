//! Strangers at the web server: those who belong there do not notice them.

mod common;

use std::fs::{self, Permissions};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use common::studio::Studio;
use common::watch::Viewers;
use common::{Folder, any_port, program};
use plenary_server::bench::director::Director;
use plenary_server::bench::process::Demo;
use plenary_server::descriptors;

/// What shells begin with; the server must raise it by itself.
const DESCRIPTORS: &str = "1024";
/// Memory of a connection that waits, kernel apart.
const CONNECTION_KIB_MAX: u64 = 24;
/// Beginnings of requests that never go on.
const HALVES: [&str; 7] = [
    "",
    "G",
    "P",
    "PRI * HTTP/2.0\r\n",
    "GET /healthz HTTP/1.1\r\nHost: here\r\nX-Long: ",
    "GET /live/",
    "POST /api/sessions HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n\
     Content-Length: 100\r\n\r\n{",
];
/// A half-open connection is cut after 15 s; one that has sent a head has its body's time as well.
const CUT_AFTER: Duration = Duration::from_secs(40);

#[test]
fn a_thousand_half_open_connections_and_a_slow_reader_keep_nobody_out() {
    let data = Folder::new();
    drop(half_open(&data, 1_000));
}

#[test]
fn long_ten_thousand_half_open_connections_keep_nobody_out_and_are_cut() {
    let data = Folder::new();
    let (demo, crowd) = half_open(&data, 10_000);
    for (index, mut stream) in crowd.into_iter().enumerate() {
        stream.set_read_timeout(Some(CUT_AFTER)).expect("a socket");
        let mut told = Vec::new();
        let end = stream.read_to_end(&mut told);
        // A reset is an end too.
        let waits = end.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
        assert!(!waits, "connection {index}: {:?} is not cut", HALVES[index % HALVES.len()]);
    }
    assert_eq!(demo.web.get("/healthz").expect("an answer").status, 200);
}

/// Opens so many connections and leaves them half-way, beside people who watch and direct.
fn half_open(data: &Folder, connections: usize) -> (Demo, Vec<TcpStream>) {
    let here = descriptors::raise();
    assert!(connections <= here, "this test may open {here} connections");
    let listen = any_port();
    let demo = Demo::start(&narrow(data.path()), data.path(), listen).expect("the demo starts");
    let mut viewers = Viewers::start(&demo.web, &demo.hls);
    let camera = Studio::open(&demo.links.studio).four_cameras().swap_remove(0);
    let mut slow = SlowReader::start(&demo);
    let before = memory_kib(demo.process.id());
    let mut crowd = Vec::new();
    for index in 0..connections {
        crowd.push(begin(demo.web.address(), HALVES[index % HALVES.len()]));
    }
    for _ in 0..4 {
        viewers.watch(1);
        slow.read();
        let director = Director::open(&demo.links.studio).expect("the studio opens");
        director.put_on_air(&camera).expect("a take");
    }
    let each = memory_kib(demo.process.id()).saturating_sub(before) / connections as u64;
    println!("{connections} half-open connections: {each} KiB each");
    assert!(each <= CONNECTION_KIB_MAX, "{each} KiB for each connection");
    viewers.end();
    (demo, crowd)
}

/// The program as a usual shell starts it.
fn narrow(folder: &Path) -> PathBuf {
    let narrow = folder.join("narrow");
    let program = program().display();
    let script = format!("#!/bin/sh\nulimit -S -n {DESCRIPTORS}\nexec '{program}' \"$@\"\n");
    fs::write(&narrow, script).expect("a file");
    fs::set_permissions(&narrow, Permissions::from_mode(0o700)).expect("ours");
    narrow
}

fn begin(address: SocketAddr, half: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("it takes connections");
    stream.write_all(half.as_bytes()).expect("it takes bytes");
    stream
}

/// Somebody who takes a whole segment byte by byte.
struct SlowReader(TcpStream);

impl SlowReader {
    fn start(demo: &Demo) -> Self {
        let path = demo.hls.replace("index.m3u8", "v720/0.0.m4s");
        Self(begin(demo.web.address(), &format!("GET {path} HTTP/1.0\r\n\r\n")))
    }

    fn read(&mut self) {
        self.0.read_exact(&mut [0]).expect("it is still served");
    }
}

/// Memory of a process that is not of files (proc_pid_status(5)).
fn memory_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("a line");
    line.split_whitespace().next().and_then(|kib| kib.parse().ok()).expect("a number")
}
