//! A kept HTTP/1.1 connection of a player that is one of very many: small, and without any thread.

use std::io;
use std::net::SocketAddr;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Room for a usual packed playlist with its head.
const USUAL_BYTES: usize = 4 * 1024;

/// The connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    host: String,
    /// The answer, head and body.
    bytes: Vec<u8>,
}

/// An answer, in the connection's memory.
#[derive(Debug)]
pub struct Answer<'a> {
    status: u16,
    body: &'a [u8],
}

impl<'a> Answer<'a> {
    /// Status code.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The body, whatever the status.
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The body of a 200.
    ///
    /// # Errors
    /// The server said something else.
    pub fn ok(self) -> anyhow::Result<&'a [u8]> {
        let Self { status, body } = self;
        anyhow::ensure!(status == 200, "{status} {}", String::from_utf8_lossy(body));
        Ok(body)
    }
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens there.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, host: address.to_string(), bytes: Vec::with_capacity(USUAL_BYTES) })
    }

    /// Asks for a path, taking gzip, and waits for the whole answer.
    ///
    /// # Errors
    /// The connection breaks, or the answer does not say how long it is.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<Answer<'_>> {
        let host = &self.host;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n\r\n");
        self.ask(&request).await
    }

    /// Sends JSON to a path and waits for the whole answer.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn post(&mut self, path: &str, json: &str) -> anyhow::Result<Answer<'_>> {
        let (host, length) = (&self.host, json.len());
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{json}"
        );
        self.ask(&request).await
    }

    async fn ask(&mut self, request: &str) -> anyhow::Result<Answer<'_>> {
        let Self { stream, bytes, .. } = self;
        stream.write_all(request.as_bytes()).await?;
        bytes.clear();
        // Media may have made it large.
        bytes.shrink_to(USUAL_BYTES);
        let head = loop {
            if let Some(head) = Head::read(bytes)? {
                break head;
            }
            anyhow::ensure!(0 < stream.read_buf(bytes).await?, "the connection was closed");
        };
        let whole = head.bytes + head.body_bytes;
        bytes.reserve(whole.saturating_sub(bytes.len()));
        while bytes.len() < whole {
            anyhow::ensure!(0 < stream.read_buf(bytes).await?, "the answer was cut off");
        }
        Ok(Answer { status: head.status, body: &bytes[head.bytes..whole] })
    }
}

/// What the head of an answer says.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    /// Its own length.
    bytes: usize,
    body_bytes: usize,
}

impl Head {
    /// Reads it when it is whole.
    fn read(bytes: &[u8]) -> anyhow::Result<Option<Self>> {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let text = std::str::from_utf8(&bytes[..end]).context("a head that is no text")?;
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
        let mut headers = text.lines().filter_map(|line| line.split_once(':'));
        let length = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let body_bytes = length.and_then(|(_, length)| length.trim().parse().ok());
        Ok(Some(Self {
            status: status.context("a head without a status")?,
            bytes: end + 4,
            body_bytes: body_bytes.context("an answer without Content-Length")?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_says_where_its_answer_ends() {
        let answer = b"HTTP/1.1 404 Not Found\r\nAge: 2\r\ncontent-LENGTH: 17\r\n\r\n{}";
        let head = Head::read(answer).expect("a head");
        assert_eq!(head, Some(Head { status: 404, bytes: answer.len() - 2, body_bytes: 17 }));
        assert_eq!(Head::read(&answer[..20]).expect("not yet"), None);
        assert!(Head::read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    }
}
