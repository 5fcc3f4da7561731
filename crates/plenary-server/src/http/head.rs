//! Reads the head of a player's request (RFC 9112), and tells it from everything else that a
//! connection may begin with.

use httparse::{EMPTY_HEADER, Header, Status};
use plenary_model::limits::{PLAYER_HEAD_BYTES_MAX, PLAYER_HEADERS_MAX};

use crate::live::{Asked, Place};

/// What every player's request begins with.
const BEGINNINGS: [&[u8]; 2] = [b"GET /live/", b"HEAD /live/"];

/// What some bytes are.
#[derive(Debug)]
pub enum Reading<'a> {
    /// They begin with a player's request.
    Whole(Request<'a>),
    /// They may become one.
    Unfinished,
    /// Something else.
    Other,
}

/// A player's request.
#[derive(Debug)]
pub struct Request<'a> {
    /// Where.
    pub place: Place<'a>,
    /// What its headers ask.
    pub asked: Asked,
    /// The site whose page asks.
    pub origin: Option<&'a [u8]>,
    /// Whether the body is wanted.
    pub method: Method,
    /// Its own length.
    pub bytes: usize,
}

/// How players ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// For head and body.
    Get,
    /// For the head alone.
    Head,
}

impl<'a> Reading<'a> {
    /// Reads what came so far.
    pub fn of(bytes: &'a [u8]) -> Self {
        let may_be = |begins: &&[u8]| begins.starts_with(bytes) || bytes.starts_with(begins);
        if !BEGINNINGS.iter().any(may_be) {
            return Self::Other;
        }
        let mut headers = [EMPTY_HEADER; PLAYER_HEADERS_MAX];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(bytes) {
            Ok(Status::Complete(length)) => {
                Request::accept(&request, length).map_or(Self::Other, Self::Whole)
            }
            Ok(Status::Partial) if bytes.len() < PLAYER_HEAD_BYTES_MAX => Self::Unfinished,
            Ok(Status::Partial) | Err(_) => Self::Other,
        }
    }
}

impl<'a> Request<'a> {
    /// `None` when there is anything in it that players' requests do not have: another version, escapes
    /// in its path, a body, a wish for the connection.
    fn accept(request: &httparse::Request<'_, 'a>, bytes: usize) -> Option<Self> {
        let method = match request.method? {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            _ => return None,
        };
        let target =
            request.path.filter(|target| request.version == Some(1) && !target.contains('#'));
        let place = Place::read(target?)?;
        let (mut asked, mut origin) = (Asked::default(), None);
        for Header { name, value } in request.headers.iter() {
            match Meaning::of(name) {
                Meaning::Connection if value.eq_ignore_ascii_case(b"keep-alive") => {}
                Meaning::Connection | Meaning::Unusual => return None,
                Meaning::Origin => origin = origin.or(Some(*value)),
                Meaning::Other => asked.hear(name, value),
            }
        }
        Some(Self { place, asked, origin, method, bytes })
    }
}

enum Meaning {
    Connection,
    Origin,
    /// What only the framework does.
    Unusual,
    Other,
}

impl Meaning {
    fn of(name: &str) -> Self {
        let is = |known: &&str| name.eq_ignore_ascii_case(known);
        if is(&"connection") {
            return Self::Connection;
        }
        if is(&"origin") {
            return Self::Origin;
        }
        match ["content-length", "transfer-encoding", "upgrade", "expect"].iter().any(is) {
            true => Self::Unusual,
            false => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Option<Request<'_>> {
        match Reading::of(text.as_bytes()) {
            Reading::Whole(request) => Some(request),
            Reading::Unfinished | Reading::Other => None,
        }
    }

    #[test]
    fn a_players_request_ends_with_its_head() {
        let text =
            "GET /live/e/k/v720/live.m3u8?_HLS_msn=3 HTTP/1.1\r\nHost: h\r\norigin: o\r\n\r\n";
        let two = format!("{text}{text}");
        let request = whole(&two).expect("a request");
        let place = Place::read("/live/e/k/v720/live.m3u8?_HLS_msn=3");
        assert_eq!((Some(request.place), request.bytes), (place, text.len()));
        assert_eq!((request.method, request.origin), (Method::Get, Some(&b"o"[..])));
        let request = whole("HEAD /live/e/k/f HTTP/1.1\r\nConnection: Keep-Alive\r\n\r\n");
        assert_eq!(request.map(|request| request.method), Some(Method::Head));
    }

    #[test]
    fn a_head_may_come_in_pieces() {
        let text = "GET /live/e/k/index.m3u8 HTTP/1.1\r\nHost: h\r\n\r\n";
        for length in 0..text.len() {
            let reading = Reading::of(&text.as_bytes()[..length]);
            assert!(matches!(reading, Reading::Unfinished), "{length}: {reading:?}");
        }
    }

    #[test]
    fn everything_unusual_is_left_to_the_framework() {
        for text in [
            "PRI * HTTP/2.0\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET /live/e/k HTTP/1.1\r\n\r\n",
            "GET /live/e/k//f HTTP/1.1\r\n\r\n",
            "GET /live/e/k/r/f/g HTTP/1.1\r\n\r\n",
            "GET /live/e/k/%66 HTTP/1.1\r\n\r\n",
            "GET /live/e/k/f#g HTTP/1.1\r\n\r\n",
            "GET /live/e/k/f HTTP/1.0\r\n\r\n",
            "POST /live/e/k/f HTTP/1.1\r\n\r\n",
            "GET /live/e/k/f HTTP/1.1\r\nConnection: close\r\n\r\n",
            "GET /live/e/k/f HTTP/1.1\r\nCONTENT-LENGTH: 0\r\n\r\n",
            "GET /live/e/k/f HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n",
            "GET /live/e/k/f HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
            "GET /live/e/k/f HTTP/1.1\r\nExpect: 100-continue\r\n\r\n",
            "GET /live/e/k/f HTTP/1.1\r\nno colon\r\n\r\n",
        ] {
            let reading = Reading::of(text.as_bytes());
            assert!(matches!(reading, Reading::Other), "{text:?}: {reading:?}");
        }
        let long = format!("GET /live/{}", "x".repeat(PLAYER_HEAD_BYTES_MAX));
        assert!(matches!(Reading::of(long.as_bytes()), Reading::Other));
        let many = "X: y\r\n".repeat(PLAYER_HEADERS_MAX + 1);
        let many = format!("GET /live/e/k/f HTTP/1.1\r\n{many}\r\n");
        assert!(matches!(Reading::of(many.as_bytes()), Reading::Other));
    }
}
