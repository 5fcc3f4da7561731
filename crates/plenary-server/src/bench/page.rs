//! A stage page without a browser: the socket of a stage link, on which offers are answered.

use std::net::TcpStream;
use std::time::Duration;

use anyhow::Context as _;
use plenary_stage::signal::TrackOffer;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tungstenite::{Message, WebSocket};

use super::web::Web;

/// The server asks every five seconds whether a page is there, so silence means that it is gone.
const SILENCE: Duration = Duration::from_secs(15);

/// What a page acts on.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Heard {
    Answer {
        sdp: String,
    },
    Refused {
        message: String,
    },
    #[serde(other)]
    Other,
}

/// An open page: its socket lives in a thread of its own until the server closes it.
pub struct Page {
    /// Description of the answer to its offer.
    pub answer: String,
    /// Ends, without a value, when the server has closed the socket or is gone.
    pub closed: oneshot::Receiver<Never>,
}

/// A value that nobody sends.
#[derive(Debug, Clone, Copy)]
pub enum Never {}

impl Page {
    /// Opens a stage link and offers a new connection. `wants` is said once, after the offer.
    ///
    /// # Errors
    /// The server is gone, does not know the link, or refuses.
    pub fn open(
        link: &str,
        (sdp, tracks): (&str, &[TrackOffer]),
        wants: Option<&Value>,
    ) -> anyhow::Result<Self> {
        let (web, path) = Web::of(link)?;
        let token = path.rsplit('/').next().context("the link has no token")?;
        let stream = TcpStream::connect(web.address())?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(SILENCE))?;
        let url = format!("ws://{}/api/stage/{token}/socket", web.address());
        let (mut socket, _) = tungstenite::client(url, stream)
            .map_err(|error| anyhow::anyhow!("the stage does not take the link: {error}"))?;
        let offer = json!({ "type": "offer", "sdp": sdp, "tracks": tracks, "fresh": true });
        socket.send(Message::text(offer.to_string()))?;
        if let Some(wants) = wants {
            socket.send(Message::text(wants.to_string()))?;
        }
        let answer = loop {
            match hear(&mut socket)? {
                Heard::Answer { sdp } => break sdp,
                Heard::Refused { message } => anyhow::bail!("the stage refused: {message}"),
                Heard::Other => {}
            }
        };
        let (open, closed) = oneshot::channel();
        std::thread::Builder::new().name("page".into()).spawn(move || {
            // Reading answers the server's pings too.
            while hear(&mut socket).is_ok() {}
            drop(open);
        })?;
        Ok(Self { answer, closed })
    }
}

fn hear(socket: &mut WebSocket<TcpStream>) -> anyhow::Result<Heard> {
    match socket.read()? {
        Message::Text(text) => Ok(serde_json::from_str(&text)?),
        _ => Ok(Heard::Other),
    }
}
