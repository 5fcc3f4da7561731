//! What the commands say when they cannot do what they are told: one line that says what to change,
//! exit code 1, and nothing left behind; and how they stop.

mod common;

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, UdpSocket};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::{Folder, any_port, program};
use insta::assert_snapshot;

/// Runs a command that fails and gives what it says.
fn refusal(folder: &Path, arguments: &[&str]) -> String {
    let ended = Command::new(program())
        .args(arguments)
        .current_dir(folder)
        .env("RUST_BACKTRACE", "1")
        .env("RUST_LOG", "warn")
        .output()
        .expect("the program runs");
    let said = String::from_utf8(ended.stderr).expect("it says text");
    assert_eq!(ended.status.code(), Some(1), "{arguments:?}: {said}");
    assert_eq!(String::from_utf8_lossy(&ended.stdout), "", "{arguments:?}");
    said
}

#[test]
fn a_command_that_only_reads_names_the_folder_and_makes_nothing() {
    let folder = Folder::new();
    let said = [
        refusal(folder.path(), &["export", "spring", "spring.mp4"]),
        refusal(folder.path(), &["links", "spring", "--data", "elsewhere"]),
    ];
    assert_snapshot!(said.concat(), @r"
    plenary: there is no Plenary data in the folder plenary-data; name the folder of the server with --data
    plenary: there is no Plenary data in the folder elsewhere; name the folder of the server with --data
    ");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn an_event_that_cannot_be_made_leaves_no_folder() {
    let folder = Folder::new();
    let make = |slug: &str, title: &str, speakers: &[&str]| {
        let mut arguments = vec!["create-event", slug, "--title", title];
        arguments.extend(speakers.iter().flat_map(|speaker| ["--speaker", speaker]));
        refusal(folder.path(), &arguments)
    };
    let said = [
        make("Spring Day", "Spring", &[]),
        make("春", "Spring", &[]),
        make("spring", " \u{200b} ", &[]),
        make("spring", &"年".repeat(121), &[]),
        make("spring", "Spring", &["Ada", "/Harbour Office"]),
        make("spring", "Spring", &["Ada"; 300]),
    ];
    assert_snapshot!(said.concat(), @r#"
    plenary: a slug has 1 to 64 small letters, digits and hyphens, not "Spring Day"
    plenary: a slug has 1 to 64 small letters, digits and hyphens, not "春"
    plenary: a title has 1 to 120 characters, not 0
    plenary: a title has 1 to 120 characters, not 121
    plenary: the speaker "" needs a name of at most 60 characters; unit and title have at most 80
    plenary: an event has at most 200 seats, not 300
    "#);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn a_server_that_cannot_run_says_what_to_change() {
    let folder = Folder::new();
    let taken = TcpListener::bind(any_port()).expect("a port");
    let address = taken.local_addr().expect("an address");
    let media = UdpSocket::bind(any_port()).expect("a port");
    let media_port = media.local_addr().expect("an address").port();
    let in_use = folder.path().join("in-use");
    fs::create_dir(&in_use).expect("a folder");
    let lock = File::create(in_use.join("plenary.lock")).expect("a file");
    lock.lock().expect("nobody else has it");
    fs::write(folder.path().join("file"), "no folder").expect("a file");
    fs::write(folder.path().join("wrong.toml"), "lisen = \"127.0.0.1:0\"\n").expect("a file");
    let serve = |options: &[&str]| refusal(folder.path(), &[&["serve"], options].concat());
    let (at, port) = (address.to_string(), media_port.to_string());
    let said = [
        serve(&["--listen", &at]),
        serve(&["--listen", "192.0.2.1:8080"]),
        serve(&["--listen", "127.0.0.1:0", "--media-port", &port]),
        serve(&["--data", "in-use"]),
        serve(&["--data", "file"]),
        serve(&["--config", "wrong.toml"]),
        serve(&["--config", "absent.toml"]),
        serve(&["--part-ms", "300"]),
        serve(&["--media-port", "65535", "--media-threads", "2"]),
        serve(&["--tls", "files"]),
        serve(&["--turn-urls", "turn:turn.example.org"]),
        serve(&["--turn-urls", "turn:turn.example.org", "--turn-secret-file", "absent"]),
        serve(&["--oidc-issuer", "https://login.example.org"]),
        serve(&["--oidc-issuer", "http://login.example.org", "--oidc-client-id", "plenary"]),
        serve(&["--encoder", "ffmpeg", "--ffmpeg", "absent"]),
        serve(&["--encoder", "ffmpeg", "--ffmpeg", "true"]),
    ];
    let said = said.concat().replace(&at, "ADDRESS").replace(&port, "PORT");
    assert_snapshot!(said, @r#"
    plenary: cannot listen on ADDRESS (another program has it; choose another with --listen): Address already in use (os error 98)
    plenary: cannot listen on 192.0.2.1:8080 (this machine has no such address): Cannot assign requested address (os error 99)
    plenary: cannot open UDP port PORT for the stage (another program has it; choose another with --media-port): Address already in use (os error 98)
    plenary: the data folder in-use is in use by another plenary server; stop it or choose another folder
    plenary: cannot use file: not a directory
    plenary: the configuration file wrong.toml is not right: TOML parse error at line 1, column 1
      |
    1 | lisen = "127.0.0.1:0"
      | ^^^^^
    unknown field `lisen`, expected one of `listen`, `data`, `media_port`, `media_threads`, `ice_tcp`, `viewers_max`, `public_host`, `turn_urls`, `turn_secret_file`, `tls`, `tls_certificate`, `tls_key`, `embed_origins`, `part_ms`, `encoder`, `ffmpeg`, `trusted_proxies`, `joins_per_second_max`, `oidc`
    plenary: cannot read the configuration file absent.toml: No such file or directory (os error 2)
    plenary: part_ms must be 500 or 1000, not 300
    plenary: media_threads must be 1 to 128, and as many ports follow media_port; with media_port = 65535 it cannot be 2
    plenary: tls = "files" needs tls_certificate and tls_key (--tls-certificate FILE, --tls-key FILE)
    plenary: a TURN server needs turn_secret_file (--turn-secret-file FILE): the secret that makes credentials for it
    plenary: cannot read the secret of the TURN server from absent: No such file or directory (os error 2)
    plenary: signing in elsewhere needs both oidc.issuer and oidc.client_id
    plenary: oidc.issuer and oidc.redirect_url must begin with https://, not "http://login.example.org"
    plenary: encoder = "ffmpeg" needs an ffmpeg with libx264: install it (apt install ffmpeg), name another with --ffmpeg FILE, or choose --encoder built-in: cannot start absent as the encoder: No such file or directory (os error 2)
    plenary: encoder = "ffmpeg" needs an ffmpeg with libx264: install it (apt install ffmpeg), name another with --ffmpeg FILE, or choose --encoder built-in: true does not encode: the encoder's process has ended or gives no H.264
    "#);
}

/// A demo on `data` as a terminal's foreground job, with the first line that it prints.
fn demo(data: &Folder, temporary: &Path) -> (Child, String) {
    let mut demo = Command::new(program())
        .args(["demo", "--json", "--listen", "127.0.0.1:0", "--data"])
        .arg(data.path())
        .env("TMPDIR", temporary)
        .stdout(Stdio::piped())
        .stderr(File::create(data.path().join("log")).expect("a file"))
        .process_group(0)
        .spawn()
        .expect("the program runs");
    let mut line = String::new();
    let read = BufReader::new(demo.stdout.take().expect("its output")).read_line(&mut line);
    read.expect("it says something");
    (demo, line)
}

#[test]
fn a_demo_stops_with_ctrl_c_and_nothing_dies_of_it() {
    let (data, elsewhere) = (Folder::new(), Folder::new());
    let (mut demo, _) = demo(&data, elsewhere.path());
    let group = libc::pid_t::try_from(demo.id()).expect("an id");
    // SAFETY: sends a signal to the group of a child that is not waited for yet.
    assert_eq!(unsafe { libc::kill(-group, libc::SIGINT) }, 0, "as a terminal does");
    let ended = demo.wait().expect("it ends");
    let log = fs::read_to_string(data.path().join("log")).expect("its log");
    assert_eq!(ended.code(), Some(0), "{log}");
    assert!(!log.contains("WARN") && !log.contains("ERROR"), "{log}");
}

#[test]
fn a_demo_on_a_named_folder_leaves_nothing_elsewhere_even_when_it_is_killed() {
    let (data, elsewhere) = (Folder::new(), Folder::new());
    let (mut demo, line) = demo(&data, elsewhere.path());
    demo.kill().expect("it can be killed");
    demo.wait().expect("it has ended");
    assert!(line.contains("/studio/"), "it was on air: {line:?}");
    let left: Vec<_> = fs::read_dir(elsewhere.path()).expect("a folder").collect();
    assert!(left.is_empty(), "{left:?}");
}
