//! A small HTTP client for measurements: one connection per request, the whole answer at once.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use anyhow::Context as _;

/// Longer than the server holds a request: three target durations.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that is asked.
#[derive(Debug, Clone)]
pub struct Web {
    address: SocketAddr,
    /// Sent with every request.
    cookie: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Head, as it came.
    pub head: String,
    /// Body, whole.
    pub body: Vec<u8>,
}

impl Web {
    /// The server of a link like `http://127.0.0.1:8080/e/demo`, and the path of the link.
    ///
    /// # Errors
    /// It is no plain HTTP link with an address and a port.
    pub fn of(link: &str) -> anyhow::Result<(Self, String)> {
        let rest = link.strip_prefix("http://").context("only http links are measured")?;
        let (address, path) = rest.split_once('/').context("the link has no path")?;
        let address = address.parse().context("the link needs a numeric address and a port")?;
        Ok((Self::at(address), format!("/{path}")))
    }

    /// The server at an address.
    pub const fn at(address: SocketAddr) -> Self {
        Self { address, cookie: None }
    }

    /// The address of this machine from which it is reached.
    ///
    /// # Errors
    /// There is no way to it.
    pub fn local(&self) -> io::Result<IpAddr> {
        let unspecified = match self.address {
            SocketAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
            SocketAddr::V6(_) => IpAddr::from(Ipv6Addr::UNSPECIFIED),
        };
        // Connecting a datagram socket sends nothing: it only chooses the way.
        let socket = UdpSocket::bind(SocketAddr::new(unspecified, 0))?;
        socket.connect(self.address)?;
        Ok(socket.local_addr()?.ip())
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same server, asked with a cookie.
    pub fn with_cookie(&self, cookie: String) -> Self {
        Self { cookie: Some(cookie), ..self.clone() }
    }

    /// Asks for a path.
    ///
    /// # Errors
    /// The server is not there or hangs up before the answer is whole.
    pub fn get(&self, path: &str) -> io::Result<Answer> {
        self.get_with(path, &[])
    }

    /// Asks for a path with these headers.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> io::Result<Answer> {
        self.ask("GET", path, headers, ("", b""))
    }

    /// Sends JSON to a path.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn post(&self, path: &str, headers: &[(&str, &str)], json: &str) -> io::Result<Answer> {
        self.ask("POST", path, headers, ("application/json", json.as_bytes()))
    }

    /// Puts JSON at a path.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn put(&self, path: &str, json: &str) -> io::Result<Answer> {
        self.ask("PUT", path, &[], ("application/json", json.as_bytes()))
    }

    /// Changes what is at a path with JSON.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn patch(&self, path: &str, json: &str) -> io::Result<Answer> {
        self.ask("PATCH", path, &[], ("application/json", json.as_bytes()))
    }

    /// Sends a file to a path.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn upload(&self, path: &str, file: &[u8]) -> io::Result<Answer> {
        self.ask("POST", path, &[], ("application/octet-stream", file))
    }

    /// Deletes what is at a path.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn delete(&self, path: &str) -> io::Result<Answer> {
        self.ask("DELETE", path, &[], ("", b""))
    }

    /// Offers to a path that takes encoders or players (WHIP, WHEP): the answer's description.
    ///
    /// # Errors
    /// The server is gone or refuses; the error says what it says.
    pub fn session(&self, path: &str, sdp: &str) -> anyhow::Result<String> {
        let answer = self.ask("POST", path, &[], ("application/sdp", sdp.as_bytes()))?;
        anyhow::ensure!(answer.status == 201, "{} {}", answer.status, answer.text());
        Ok(answer.text())
    }

    fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        (kind, body): (&str, &[u8]),
    ) -> io::Result<Answer> {
        let mut stream = TcpStream::connect_timeout(&self.address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        // HTTP/1.0: the answer comes in one piece and ends with the connection.
        let mut request = format!("{method} {path} HTTP/1.0\r\nHost: {}\r\n", self.address);
        if let Some(cookie) = &self.cookie {
            request.push_str(&format!("Cookie: {cookie}\r\n"));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if method != "GET" {
            let length = body.len();
            request.push_str(&format!("Content-Type: {kind}\r\n"));
            request.push_str(&format!("Content-Length: {length}\r\n"));
        }
        stream.write_all(&[format!("{request}\r\n").as_bytes(), body].concat())?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        parse(bytes)
    }
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The value of a header, named in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then(|| value.trim()))
    }

    /// The answer, when it is a 200.
    ///
    /// # Errors
    /// What the server said instead.
    pub fn ok(self) -> io::Result<Self> {
        if self.status == 200 {
            return Ok(self);
        }
        Err(io::Error::other(format!("{} {}", self.status, self.text())))
    }
}

fn parse(mut bytes: Vec<u8>) -> io::Result<Answer> {
    let torn = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").ok_or_else(torn)?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let body = bytes.split_off(end + 4);
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let answer = Answer { status: status.ok_or_else(torn)?, head, body };
    let promised = answer.header("content-length").and_then(|length| length.parse().ok());
    if promised.is_some_and(|length: usize| length != answer.body.len()) {
        return Err(torn());
    }
    Ok(answer)
}
