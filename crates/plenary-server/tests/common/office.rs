//! A server with an organisation and an event for its members, as its administrator works with it.

use std::net::SocketAddr;
use std::path::Path;

use plenary_server::bench::process::Process;
use plenary_server::bench::web::{Answer, Web};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{any_port, program};

#[derive(Debug, Deserialize)]
struct Ready {
    base: String,
    setup: Option<String>,
}

/// The server, and who asks it.
pub struct Office {
    process: Process,
    /// Its settings besides the folder and the address.
    settings: Vec<String>,
    /// Asked as the administrator.
    pub admin: Web,
    /// Asked as nobody.
    pub web: Web,
}

impl Office {
    /// Starts it on an empty data folder, and becomes its administrator.
    pub fn open(data: &Path) -> Self {
        Self::open_with(data, &[])
    }

    /// The same with settings.
    pub fn open_with(data: &Path, settings: &[&str]) -> Self {
        let settings: Vec<String> = settings.iter().map(|&setting| setting.into()).collect();
        let (process, ready) = serve(data, any_port(), &settings);
        let (web, path) =
            Web::of(&ready.setup.expect("nobody is administrator yet")).expect("a link");
        let (_, token) = path.split_once("setup=").expect("a token");
        let who = json!({
            "token": token, "login": "lin", "name": "林晓禾", "password": "a long password"
        });
        let answer = web.post("/api/setup", &[], &who.to_string()).expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
        let admin = web.with_cookie(cookie(&answer));
        Self { process, settings, admin, web }
    }

    /// Kills it without warning and starts it again at the same address.
    pub fn killed_and_started(self, data: &Path) -> Self {
        let Self { process, settings, admin, web } = self;
        process.kill().expect("it is killed");
        let (process, ready) = serve(data, web.address(), &settings);
        assert_eq!(ready.setup, None, "there is an administrator");
        Self { process, settings, admin, web }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Has the administrator make something.
    pub fn make(&self, path: &str, what: &Value) -> Value {
        let answer = self.admin.post(path, &[], &what.to_string()).expect("an answer");
        assert_eq!(answer.status, 201, "{path}: {}", answer.text());
        serde_json::from_slice(&answer.body).expect("JSON")
    }

    /// Shows something to the administrator.
    pub fn show(&self, path: &str) -> Value {
        let answer = self.admin.get(path).expect("an answer").ok().expect("it is there");
        serde_json::from_slice(&answer.body).expect("JSON")
    }

    /// Makes a unit under another.
    pub fn unit(&self, code: &str, name: &str, parent: Option<&str>) {
        let unit = json!({ "code": code, "name": name, "kind": "county", "parent": parent });
        self.make("/api/org/units", &unit);
    }

    /// Makes a person.
    pub fn person(&self, code: &str, name: &str, unit: &str) {
        let person = json!({ "code": code, "name": name, "unit": unit });
        self.make("/api/org/people", &person);
    }

    /// The codes and passes of the members of a unit at an event.
    pub fn passes(&self, event: &str, unit: &str) -> Vec<(String, String)> {
        let links = self.show(&format!("/api/events/{event}/invitations/{unit}"));
        let links = links.as_array().expect("links").iter();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        links
            .map(|link| {
                let path = text(&link["link"]);
                let (_, pass) = path.split_once("#pass=").expect("a pass");
                (text(&link["code"]), pass.to_owned())
            })
            .collect()
    }

    /// Seals the book of an event that was told to end.
    pub fn close_book(&self, event: &str) -> Value {
        let path = format!("/api/events/{event}/book/close");
        // The host closes the event after the request was answered.
        for _ in 0..500 {
            let closed = self.admin.post(&path, &[], "").expect("an answer");
            if closed.status != 409 {
                assert_eq!(closed.status, 200, "{}", closed.text());
                return serde_json::from_slice(&closed.body).expect("JSON");
            }
            std::thread::yield_now();
        }
        panic!("the event does not end");
    }

    /// Comes in with a pass.
    pub fn join(&self, event: &str, pass: &str) -> Answer {
        join(&self.web, event, pass)
    }
}

/// Comes in with a pass.
pub fn join(web: &Web, event: &str, pass: &str) -> Answer {
    let body = json!({ "pass": pass }).to_string();
    web.post(&format!("/api/events/{event}/join"), &[], &body).expect("an answer")
}

/// The cookie that an answer sets.
pub fn cookie(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").expect("a cookie");
    cookie.split(';').next().expect("its name and value").to_owned()
}

fn serve(data: &Path, listen: SocketAddr, settings: &[String]) -> (Process, Ready) {
    let (listen, folder) = (listen.to_string(), data.display().to_string());
    let mut arguments =
        vec!["serve", "--json", "--listen", &listen, "--media-port", "0", "--data", &folder];
    arguments.extend(settings.iter().map(String::as_str));
    let process = Process::start(program(), &arguments, &data.join("log")).expect("it serves");
    let ready = serde_json::from_str(&process.line).expect("its first line");
    (process, ready)
}
