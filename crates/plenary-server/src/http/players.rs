//! HTTP/1.1 for players: requests for the broadcast are read and answered here without a framework,
//! so that one who waits costs little memory and an answer little time. Whatever else comes on a
//! connection, and every request with anything unusual in it, is left to the framework.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use axum::http::StatusCode;
use axum::http::header::{CONNECTION, CONTENT_LENGTH, DATE, HeaderName};
use bytes::{Buf as _, Bytes};
use httpdate::HttpDate;
use plenary_model::limits::PLAYER_AHEAD_BYTES_MAX;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::guard::SECURITY;
use super::head::{Method, Reading};
use crate::live::{Answer, Permission, Service, Value};

/// Bytes that are read at a time.
const READ_BYTES: usize = 4 * 1024;
/// Room for the head of an answer, and for that of a usual request.
const ANSWER_HEAD_BYTES: usize = 768;
const REQUEST_HEAD_BYTES: usize = 512;

/// How a connection goes on after its players' requests.
#[derive(Debug)]
pub enum End {
    /// Not at all.
    Closed,
    /// With something else, of which this has come.
    Other(Vec<u8>),
}

/// Answers players on a connection. Each head may take so long; once `stopping` says so, an answer is
/// the last.
///
/// # Errors
/// The connection fails, or a head does not come in time.
pub async fn serve<S>(
    stream: &mut S,
    service: &Service,
    head_max: Duration,
    stopping: impl Fn() -> bool,
) -> io::Result<End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let sleep = pin!(tokio::time::sleep(head_max));
    let mut patience = Patience { until: sleep.deadline(), sleep };
    let mut heard = Vec::new();
    loop {
        let (method, permission, answering) = match Reading::of(&heard) {
            Reading::Whole(request) => {
                let permission = service.permission(request.origin);
                let answering = service.answer(request.place, request.asked);
                let (method, used) = (request.method, request.bytes);
                heard.drain(..used);
                (method, permission, answering)
            }
            Reading::Other => return Ok(End::Other(heard)),
            Reading::Unfinished => {
                if !patience.hear(stream, &mut heard).await? {
                    return Ok(End::Closed);
                }
                continue;
            }
        };
        heard.shrink_to(REQUEST_HEAD_BYTES);
        let Some(answer) = unless_gone(stream, &mut heard, answering).await? else {
            return Ok(End::Closed);
        };
        let last = stopping();
        let head = head(&answer, &permission, last);
        tell(stream, &head, method.body(answer)).await?;
        if last {
            stream.shutdown().await?;
            return Ok(End::Closed);
        }
        patience.until = Instant::now() + head_max;
    }
}

impl Method {
    fn body(self, answer: Answer) -> Bytes {
        match self {
            Self::Get => answer.body,
            Self::Head => Bytes::new(),
        }
    }
}

/// A time limit that is moved with every request; its timer is not touched for that, but looks when it
/// is over.
struct Patience<'a> {
    until: Instant,
    sleep: Pin<&'a mut Sleep>,
}

impl Patience<'_> {
    /// Waits for more bytes; false when there will be none.
    async fn hear<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        heard: &mut Vec<u8>,
    ) -> io::Result<bool> {
        poll_fn(|cx| match poll_hear(stream, heard, cx) {
            Poll::Ready(came) => Poll::Ready(came),
            Poll::Pending => self.poll_over(cx).map(|()| Err(io::ErrorKind::TimedOut.into())),
        })
        .await
    }

    fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.sleep.as_mut().poll(cx).is_ready() {
            if self.until <= Instant::now() {
                return Poll::Ready(());
            }
            self.sleep.as_mut().reset(self.until);
        }
        Poll::Pending
    }
}

/// Reads some bytes; false when there will be none. Memory for them is there only when they are.
fn poll_hear<S: AsyncRead + Unpin>(
    stream: &mut S,
    heard: &mut Vec<u8>,
    cx: &mut Context<'_>,
) -> Poll<io::Result<bool>> {
    let mut bytes = [0; READ_BYTES];
    let mut bytes = ReadBuf::new(&mut bytes);
    ready!(Pin::new(stream).poll_read(cx, &mut bytes))?;
    heard.extend_from_slice(bytes.filled());
    Poll::Ready(Ok(!bytes.filled().is_empty()))
}

/// Waits for an answer; `None` when the player leaves before it is there.
async fn unless_gone<S: AsyncRead + Unpin>(
    stream: &mut S,
    heard: &mut Vec<u8>,
    answering: impl Future<Output = Answer>,
) -> io::Result<Option<Answer>> {
    let mut answering = pin!(answering);
    poll_fn(|cx| {
        if let Poll::Ready(answer) = answering.as_mut().poll(cx) {
            return Poll::Ready(Ok(Some(answer)));
        }
        while heard.len() < PLAYER_AHEAD_BYTES_MAX {
            if !ready!(poll_hear(stream, heard, cx))? {
                return Poll::Ready(Ok(None));
            }
        }
        Poll::Pending
    })
    .await
}

fn head(answer: &Answer, permission: &Permission, last: bool) -> Vec<u8> {
    let mut head = Vec::with_capacity(ANSWER_HEAD_BYTES);
    head.extend_from_slice(b"HTTP/1.1 ");
    head.extend_from_slice(answer.status.as_str().as_bytes());
    head.push(b' ');
    head.extend_from_slice(answer.status.canonical_reason().unwrap_or_default().as_bytes());
    head.extend_from_slice(b"\r\n");
    let mut tell = |name: HeaderName, value: Value<'_>| {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.text().as_bytes());
        head.extend_from_slice(b"\r\n");
    };
    answer.headers(&mut tell);
    permission.headers(&mut tell);
    for (name, text) in SECURITY {
        tell(name, Value::Fixed(text));
    }
    if answer.status != StatusCode::NOT_MODIFIED {
        tell(CONTENT_LENGTH, Value::Made(&answer.body.len().to_string()));
    }
    if last {
        tell(CONNECTION, Value::Fixed("close"));
    }
    tell(DATE, Value::Made(&HttpDate::from(SystemTime::now()).to_string()));
    head.extend_from_slice(b"\r\n");
    head
}

/// Sends an answer, head and body in one go where that fits.
async fn tell<S: AsyncWrite + Unpin>(stream: &mut S, head: &[u8], body: Bytes) -> io::Result<()> {
    stream.write_all_buf(&mut head.chain(body)).await?;
    // TLS keeps what the kernel did not take.
    stream.flush().await
}
