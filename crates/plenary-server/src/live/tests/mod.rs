//! The broadcast's addresses as players and caches see them, fed with synthetic frames.

mod caching;
mod connection;
mod embedding;
mod recording;
mod reload;

use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use bytes::Bytes;
use plenary_model::frame::{ProgrammeAac, ProgrammePicture};
use plenary_model::id::EventId;
use plenary_model::ladder::Ladder;
use plenary_model::time::{Ticks, WallMs};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tower::ServiceExt;
use uuid::Uuid;

use super::{Embedding, LiveHandle, Registry, Service, Start, router};
use crate::http::players;

/// Bytes between the two ends of a connection.
const PIPE_BYTES: usize = 64 * 1024;
/// No head takes so long.
const HEAD_MAX: Duration = Duration::from_secs(3_600);
const KEY: &str = "an-unguessable-key";
const EVENT: EventId = EventId::new(Uuid::from_u128(7));

/// A broadcast with its router, and the clock of its encoders.
struct Stage {
    data: TempDir,
    ladder: Ladder,
    live: LiveHandle,
    service: Service,
    router: Router,
    next: u64,
    /// The picture with which the present encoders began.
    from: u64,
}

/// An answer, read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl Stage {
    fn new() -> Self {
        Self::with(Ladder::two_cores())
    }

    fn with(ladder: Ladder) -> Self {
        Self::on(tempfile::tempdir().unwrap(), ladder)
    }

    fn embedded(origins: &str) -> Self {
        let embedding = origins.parse().unwrap();
        Self::embedded_on(tempfile::tempdir().unwrap(), Ladder::two_cores(), embedding)
    }

    fn on(data: TempDir, ladder: Ladder) -> Self {
        Self::embedded_on(data, ladder, Embedding::Nobody)
    }

    fn embedded_on(data: TempDir, ladder: Ladder, embedding: Embedding) -> Self {
        let registry = Registry::default();
        let live = registry.start(start(&data, &ladder)).unwrap();
        let next = live.resumes_at().0.div_ceil(3_000);
        let service = Service::new(registry, embedding);
        let router = router(service.clone());
        Self { data, ladder, live, service, router, next, from: next }
    }

    /// The server stops in good order and starts again on the same folder.
    async fn restarted(self) -> Self {
        self.live.flush().await;
        let Self { data, ladder, live, service, router, .. } = self;
        drop((live, service, router));
        Self::on(data, ladder)
    }

    fn folder(&self) -> PathBuf {
        self.data.path().join("recording")
    }

    /// Gives the next pictures of all renditions with their sound; they are published and on disk
    /// when this returns.
    async fn run(&mut self, pictures: u64) {
        let until = self.next + pictures;
        while self.next < until {
            self.give();
            if self.next.is_multiple_of(30) {
                self.live.flush().await;
            }
        }
        self.live.flush().await;
    }

    /// Gives the next picture of all renditions with its sound.
    fn give(&mut self) {
        let index = self.next;
        let since = index - self.from;
        let idr = since == 15 || since.is_multiple_of(30 * u64::from(self.ladder.gop_seconds));
        for rendition in 0..self.ladder.video.len() {
            self.live.send_picture(picture(rendition as u8, index, idr)).unwrap();
        }
        for sound in (index * 1_600).div_ceil(1_024)..((index + 1) * 1_600).div_ceil(1_024) {
            let bytes = Bytes::from(vec![0x21; 90]);
            self.live.send_aac(ProgrammeAac { time_samples: sound * 1_024, bytes }).unwrap();
        }
        self.next += 1;
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[]).await
    }

    /// A request below the broadcast's folder.
    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask_at(method, &format!("/live/{EVENT}/{KEY}/{path}"), headers).await
    }

    /// Asks through the framework and, where that takes the request, on a player's connection: the two
    /// answer alike.
    async fn ask_at(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        let through = self.ask_framework(method.clone(), path, headers);
        let on_connection = self.ask_as_player(&method, path, headers);
        let (mut answer, told) = tokio::join!(through, on_connection);
        if answer.status == StatusCode::NOT_MODIFIED {
            // The framework says the length of no body; it should be that of the body or nothing.
            answer.headers.remove("content-length");
        }
        if let Some(told) = told {
            assert_eq!(told, answer, "{method} {path} {headers:?}");
        }
        answer
    }

    async fn ask_framework(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: head.status, headers: head.headers, body }
    }

    async fn ask_as_player(
        &self,
        method: &Method,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Option<Answer> {
        let (mut ours, mut theirs) = tokio::io::duplex(PIPE_BYTES);
        let lines = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        let request = format!("{method} {path} HTTP/1.1\r\n{}\r\n", lines.collect::<String>());
        ours.write_all(request.as_bytes()).await.unwrap();
        let serve = async {
            // Without an end it would wait for the next request.
            let last = || true;
            let end = players::serve(&mut theirs, &self.service, HEAD_MAX, last).await;
            drop(theirs);
            end
        };
        let mut told = Vec::new();
        let (end, _) = tokio::join!(serve, ours.read_to_end(&mut told));
        match end.unwrap() {
            players::End::Closed => Some(read(&told)),
            players::End::Other(_) => None,
        }
    }
}

/// Reads the only answer of a connection, without what is the connection's.
fn read(told: &[u8]) -> Answer {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Response::new(&mut headers);
    let length = head.parse(told).unwrap().unwrap();
    let named = |header: &httparse::Header<'_>| {
        let name: HeaderName = header.name.parse().unwrap();
        (name, HeaderValue::from_bytes(header.value).unwrap())
    };
    let status = StatusCode::from_u16(head.code.unwrap()).unwrap();
    let mut headers = HeaderMap::new();
    headers.extend(head.headers.iter().map(named));
    assert_eq!(headers.remove("connection"), Some(HeaderValue::from_static("close")));
    assert!(headers.remove("date").is_some());
    let body = Bytes::copy_from_slice(&told[length..]);
    Answer { status, headers, body }
}

fn start(data: &TempDir, ladder: &Ladder) -> Start {
    Start {
        event: EVENT,
        key: KEY.into(),
        ladder: ladder.clone(),
        wall_of_zero: WallMs(1_795_000_000_000),
        folder: data.path().join("recording"),
    }
}

fn picture(rendition: u8, index: u64, idr: bool) -> ProgrammePicture {
    let head: &[u8] = if idr {
        &[0, 0, 0, 1, 0x67, 0x4d, 0x40, 0x1f, 9, 0, 0, 0, 1, 0x68, 0xee, 0x3c, 0, 0, 0, 1, 0x65]
    } else {
        &[0, 0, 0, 1, 0x41]
    };
    let bytes = [head, &[0x88; 40], &index.to_be_bytes(), &[1]].concat().into();
    ProgrammePicture { rendition, time: Ticks(index * 3_000), idr, bytes }
}
