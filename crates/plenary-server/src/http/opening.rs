//! A connection that is cut when its opening does not come: hyper's limit for a request head begins
//! only when the first bytes have said which HTTP it is.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// What an HTTP/2 client begins with (RFC 9113 section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A stream whose reader is told `TimedOut` when the opening takes too long.
#[derive(Debug)]
pub struct Opening<S> {
    stream: S,
    /// Read already, but for somebody else.
    first: Bytes,
    awaited: Option<Awaited>,
}

#[derive(Debug)]
struct Awaited {
    /// Bytes that came so far, all of them the preface's.
    heard: usize,
    until: Pin<Box<Sleep>>,
}

impl<S> Opening<S> {
    /// Lets the opening take so long; `first` has been read from `stream`.
    pub fn within(limit: Duration, first: Vec<u8>, stream: S) -> Self {
        let until = Box::pin(tokio::time::sleep(limit));
        Self { stream, first: first.into(), awaited: Some(Awaited { heard: 0, until }) }
    }
}

impl Awaited {
    /// Takes note of bytes; true once they say which HTTP it is.
    fn hear(&mut self, bytes: &[u8]) -> bool {
        let expected = &PREFACE[self.heard..];
        self.heard += bytes.len();
        !expected.starts_with(bytes) || expected.len() == bytes.len()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Opening<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { stream, first, awaited } = &mut *self;
        let before = buf.filled().len();
        if !first.is_empty() {
            buf.put_slice(&first.split_to(first.len().min(buf.remaining())));
        }
        let Some(waiting) = awaited else {
            let given = before < buf.filled().len();
            return if given { Poll::Ready(Ok(())) } else { Pin::new(stream).poll_read(cx, buf) };
        };
        if waiting.until.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        if buf.filled().len() == before {
            ready!(Pin::new(stream).poll_read(cx, buf))?;
        }
        if waiting.hear(&buf.filled()[before..]) {
            *awaited = None;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Opening<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
