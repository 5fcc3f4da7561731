//! A director who listens: the studio's socket.

use std::net::TcpStream;
use std::time::Duration;

use plenary_server::bench::web::Web;
use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::{Message, WebSocket};

/// Health comes once a second and sources twice; more than some minutes of them are too long.
const MESSAGES_MAX: usize = 1_500;
const SILENCE: Duration = Duration::from_secs(15);

/// An open studio.
pub struct Studio(WebSocket<TcpStream>);

impl Studio {
    /// Opens it by its link.
    pub fn open(link: &str) -> Self {
        let (web, path) = Web::of(link).expect("a link");
        let (path, token) = path.split_once('#').expect("the link has a token");
        let event = path.rsplit('/').next().expect("the link names the event");
        let answer = web.post("/api/sessions", &[], &json!({ "token": token }).to_string());
        let answer = answer.expect("an answer").ok().expect("a session");
        let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next());
        let stream = TcpStream::connect(web.address()).expect("it listens");
        stream.set_read_timeout(Some(SILENCE)).expect("a socket");
        let url = format!("ws://{}/api/events/{event}/studio/socket", web.address());
        let mut request = url.into_client_request().expect("an address");
        let cookie = cookie.expect("a cookie").parse().expect("a header");
        request.headers_mut().insert("cookie", cookie);
        let (socket, _) = tungstenite::client(request, stream).expect("the studio opens");
        Self(socket)
    }

    /// Reads on until something is found in a message.
    pub fn until<T>(&mut self, what: &str, mut found: impl FnMut(&Value) -> Option<T>) -> T {
        let mut last = Value::Null;
        for _ in 0..MESSAGES_MAX {
            let Message::Text(text) = self.0.read().expect("the studio is not cut off") else {
                continue;
            };
            let message: Value = serde_json::from_str(&text).expect("messages are JSON");
            if let Some(found) = found(&message) {
                return found;
            }
            if message["type"] == "health" {
                last = message;
            }
        }
        panic!("the studio did not hear: {what}; the last health was {last}");
    }

    /// The cameras of four speakers, once all of them are on the stage.
    pub fn four_cameras(&mut self) -> Vec<String> {
        self.until("four cameras", |message| {
            let sources = message["sources"].as_array()?.iter();
            let live = sources
                .filter(|source| source["kind"] == "camera" && source["connected"] == true)
                .filter_map(|source| source["id"].as_str().map(str::to_owned));
            Some(live.collect()).filter(|cameras: &Vec<String>| cameras.len() == 4)
        })
    }

    /// Reads on until a message of health says this.
    pub fn until_health(&mut self, field: &str, value: &str) {
        self.until(&format!("{field} {value}"), |message| {
            (message["type"] == "health" && message[field] == value).then_some(())
        });
    }

    /// Reads on until the director was told of something that begins so; gives all that was told.
    pub fn until_notice(&mut self, begins: &str) -> Vec<String> {
        self.until(begins, |message| {
            let told: Vec<String> = message["notices"]
                .as_array()?
                .iter()
                .filter_map(|notice| notice.as_str().map(str::to_owned))
                .collect();
            told.iter().any(|notice| notice.starts_with(begins)).then_some(told)
        })
    }
}
