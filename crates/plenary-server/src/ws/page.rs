//! One page's socket: reads typed messages, with limits, and writes what the host says.

use std::future::pending;
use std::time::Duration;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use plenary_model::limits::{SOCKET_BYTES_MAX, SOCKET_MESSAGES_PER_SECOND_MAX};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::app::App;
use crate::host::{HostHandle, Page, PageId};
use crate::http::permission::{self, May};
use crate::http::problem::Problem;
use crate::http::sessions::Director;
use crate::ws::message::{FromPage, ToPage};

/// How often the server asks whether the page is still there.
const PING_SECONDS: u64 = 5;
/// A page that says nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(20);
/// How long a page that is put out may take to hear the reason.
const FAREWELL: Duration = Duration::from_secs(2);
/// Over how long the rate of messages is averaged.
const RATE_SECONDS: u32 = 5;

/// A speaker's socket.
#[utoipa::path(get, tag = "sockets", path = "/api/stage/{token}/socket", params(("token" = String, Path)),
    responses((status = 101, description = "WebSocket; messages as in docs/protocol.md"),
              (status = 404, body = Problem)))]
pub async fn stage_socket(
    State(app): State<App>,
    Path(token): Path<String>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Response> {
    // The link first: a plain GET tells a page why its socket was refused.
    let (host, page) = app.speaker(&token).await.map_err(IntoResponse::into_response)?;
    let upgrade = upgrade.map_err(IntoResponse::into_response)?;
    Ok(limited(upgrade).on_upgrade(move |socket| serve(socket, host, page)))
}

/// A director's socket.
#[utoipa::path(get, tag = "sockets", path = "/api/events/{event}/studio/socket", params(("event" = String, Path)),
    responses((status = 101, description = "WebSocket; messages as in docs/protocol.md"),
              (status = 401, body = Problem)))]
pub async fn studio_socket(director: Director, upgrade: WebSocketUpgrade) -> Response {
    limited(upgrade).on_upgrade(move |socket| serve(socket, director.host, Page::Studio))
}

fn limited(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade.max_message_size(SOCKET_BYTES_MAX).max_frame_size(SOCKET_BYTES_MAX)
}

async fn serve(mut socket: WebSocket, host: HostHandle, page: Page) {
    let who = match page {
        Page::Stage { .. } | Page::Encoder { .. } => May::Speaker,
        Page::Studio => May::Director,
    };
    let mut attached = match host.attach(page).await {
        Ok(attached) => attached,
        Err(refused) => {
            let told =
                ToPage::Refused { code: refused.code(), message: refused.to_string() }.text();
            // The page may be gone already; there is nobody else to tell.
            let _ = socket.send(Message::Text(told)).await;
            return;
        }
    };
    let ended = converse(&mut socket, (&host, attached.page, who), &mut attached.says).await;
    host.detach(attached.page).await;
    if let Some(end) = ended {
        let _ = timeout(FAREWELL, say_farewell(&mut socket, end)).await;
    }
}

/// Why the server ends a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The page does something that it may not, or the host is done with it.
    Policy(&'static str),
    /// A message was too long to be read, and nothing can be read behind it.
    TooLong,
}

/// Says why, and gives the page time to hear it.
async fn say_farewell(socket: &mut WebSocket, end: End) {
    let (code, reason) = match end {
        End::Policy(reason) => (close_code::POLICY, reason),
        End::TooLong => (close_code::SIZE, "a message has at most 256 KiB"),
    };
    let frame = CloseFrame { code, reason: Utf8Bytes::from_static(reason) };
    // The page may be gone already.
    let _ = socket.send(Message::Close(Some(frame))).await;
    match end {
        End::Policy(_) => unread(socket).await,
        // What the page still sends stays in the kernel until the time is over.
        End::TooLong => pending().await,
    }
}

/// Throws away what the page had sent before it heard the reason: a connection that is dropped
/// with bytes unread is reset, and the reason with it.
async fn unread(socket: &mut WebSocket) {
    while let Some(Ok(_)) = socket.recv().await {}
}

/// Until either side ends; the reason when it is ours.
async fn converse(
    socket: &mut WebSocket,
    page: (&HostHandle, PageId, May),
    says: &mut tokio::sync::mpsc::Receiver<Utf8Bytes>,
) -> Option<End> {
    let mut ping = interval(Duration::from_secs(PING_SECONDS));
    ping.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut heard = Instant::now();
    let mut rate = Rate::new(heard);
    loop {
        tokio::select! {
            said = says.recv() => {
                let Some(text) = said else { return Some(End::Policy("closed")) };
                socket.send(Message::Text(text)).await.ok()?;
            }
            _ = ping.tick() => {
                if SILENCE < heard.elapsed() {
                    return Some(End::Policy("silent"));
                }
                socket.send(Message::Ping(bytes::Bytes::new())).await.ok()?;
            }
            received = socket.recv() => {
                let message = match received? {
                    Ok(message) => message,
                    Err(error) => return is_too_long(error).then_some(End::TooLong),
                };
                heard = Instant::now();
                if !rate.allows(heard) {
                    return Some(End::Policy("too many messages"));
                }
                match message {
                    Message::Text(text) => hear(socket, page, &text).await?,
                    Message::Binary(_) => return Some(End::Policy("messages are text")),
                    Message::Ping(_) | Message::Pong(_) => {}
                    Message::Close(_) => return None,
                }
            }
        }
    }
}

fn is_too_long(error: axum::Error) -> bool {
    let error = error.into_inner().downcast::<tungstenite::Error>();
    error.is_ok_and(|error| matches!(*error, tungstenite::Error::Capacity(_)))
}

/// Passes one message on; `None` when the page is gone.
async fn hear(
    socket: &mut WebSocket,
    (host, page, who): (&HostHandle, PageId, May),
    text: &str,
) -> Option<()> {
    let (code, message) = match serde_json::from_str::<FromPage>(text) {
        Ok(message) => {
            let (name, may) = permission::sayers(&message);
            if may.contains(&who) {
                host.said(page, message).await;
                return Some(());
            }
            ("message_not_allowed", format!("This page may not say \"{name}\"."))
        }
        Err(error) => ("message_bad", format!("This message is not one of the protocol: {error}")),
    };
    let told = ToPage::Refused { code, message };
    socket.send(Message::Text(told.text())).await.ok()
}

/// Counts messages in windows of [`RATE_SECONDS`].
struct Rate {
    since: Instant,
    count: u32,
}

impl Rate {
    const fn new(now: Instant) -> Self {
        Self { since: now, count: 0 }
    }

    fn allows(&mut self, now: Instant) -> bool {
        if Duration::from_secs(RATE_SECONDS.into()) < now - self.since {
            *self = Self::new(now);
        }
        self.count += 1;
        self.count <= SOCKET_MESSAGES_PER_SECOND_MAX * RATE_SECONDS
    }
}
