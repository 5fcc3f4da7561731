//! The listener: HTTP/1.1 and HTTP/2, plain or TLS, one task per connection.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use plenary_model::limits::{HEADER_SECONDS_MAX, LISTEN_BACKLOG, STALL_SECONDS_MAX};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::opening::Opening;
use super::players::{self, End};
use crate::clock::stopped;
use crate::live;

/// How long a connection may take for what.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// For its TLS handshake, for the first bytes after it, and for each request head.
    head: Duration,
    /// For taking anything of what it is sent.
    stall: Duration,
}

const LIMITS: Limits = Limits {
    head: Duration::from_secs(HEADER_SECONDS_MAX),
    stall: Duration::from_secs(STALL_SECONDS_MAX),
};

/// Binds with a long backlog, so that a crowd that comes at once waits in the kernel and is not
/// turned away.
///
/// # Errors
/// When the address is in use or not of this machine.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(LISTEN_BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Who answers requests.
#[derive(Clone)]
pub struct Answers {
    /// All of them.
    pub router: Router,
    /// Those of players.
    pub live: live::Service,
}

/// Serves at most so many connections at a time, until `stop` turns true.
pub async fn serve(
    (listener, connections_max): (TcpListener, usize),
    tls: Option<Arc<rustls::ServerConfig>>,
    answers: Answers,
    mut stop: watch::Receiver<bool>,
) {
    let acceptor = tls.map(TlsAcceptor::from);
    let places = Arc::new(Semaphore::new(connections_max));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => return,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors: those that are connected go on, new ones wait a moment.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let (acceptor, answers, stop) = (acceptor.clone(), answers.clone(), stop.clone());
        tokio::spawn(async move {
            let _place = place;
            let served = connection((stream, peer), acceptor, answers, (LIMITS, stop)).await;
            if let Err(error) = served {
                tracing::debug!(%error, "a connection ended");
            }
        });
    }
}

/// How long a head may take, and what turns true when the server stops.
type Until = (Duration, watch::Receiver<bool>);
type AnyError = Box<dyn std::error::Error + Send + Sync>;

async fn connection(
    (stream, peer): (TcpStream, SocketAddr),
    acceptor: Option<TlsAcceptor>,
    answers: Answers,
    (limits, stop): (Limits, watch::Receiver<bool>),
) -> Result<(), AnyError> {
    stream.set_nodelay(true)?;
    // The kernel knows what the other end has taken, and tells this one when it is nothing for so long.
    SockRef::from(&stream).set_tcp_user_timeout(Some(limits.stall))?;
    let until = (limits.head, stop);
    match acceptor {
        None => speak(stream, peer, answers, until).await,
        Some(acceptor) => {
            let handshake = tokio::time::timeout(limits.head, acceptor.accept(stream));
            // A connection without TLS need not have room for its state.
            let stream = Box::pin(handshake).await??;
            Box::pin(speak(stream, peer, answers, until)).await
        }
    }
}

/// Speaks HTTP with whoever is at the other end of a stream.
pub async fn speak<S>(
    mut stream: S,
    peer: SocketAddr,
    answers: Answers,
    (head_max, stop): Until,
) -> Result<(), AnyError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stopping = || *stop.borrow();
    match players::serve(&mut stream, &answers.live, head_max, stopping).await? {
        End::Closed => Ok(()),
        End::Other(first) => {
            let stream = Opening::within(head_max, first, stream);
            // Most connections never get here and need not have room for it.
            Box::pin(speak_all(stream, peer, answers.router, (head_max, stop))).await
        }
    }
}

/// Speaks whatever HTTP a stream opens with, until it ends.
async fn speak_all<S>(
    stream: Opening<S>,
    peer: SocketAddr,
    router: Router,
    (head_max, mut stop): Until,
) -> Result<(), AnyError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head_max);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(head_max)
        .keep_alive_timeout(head_max)
        .max_concurrent_streams(64);
    let service = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let service = TowerToHyperService::new(service);
    let served = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    tokio::pin!(served);
    tokio::select! {
        end = served.as_mut() => end,
        () = stopped(&mut stop) => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use bytes::Bytes;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::Notify;
    use tokio::task::JoinHandle;

    use super::*;

    /// Longer than any test.
    const LONG: Duration = Duration::from_secs(3_600);
    /// More than the kernel takes for a client that reads nothing.
    const LARGE_BYTES: usize = 64 * 1024 * 1024;

    /// A connection to somebody who answers these routes under these limits, and its end there.
    async fn connect(router: Router, limits: Limits) -> (TcpStream, JoinHandle<()>) {
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
        let address = listener.local_addr().expect("an address");
        let live = live::Service::new(live::Registry::default(), live::Embedding::Nobody);
        let answers = Answers { router, live };
        let served = tokio::spawn(async move {
            // Kept until the end: without its sender the server counts as stopped.
            let (_stop, stopped) = watch::channel(false);
            let accepted = listener.accept().await.expect("a connection");
            let _ = connection(accepted, None, answers, (limits, stopped)).await;
        });
        (TcpStream::connect(address).await.expect("it listens"), served)
    }

    /// What a connection that begins so is told until it is cut.
    async fn told(opening: &[u8]) -> String {
        let router = Router::new().route("/", get(|| async { "here" }));
        let limits = Limits { head: Duration::from_millis(200), stall: LONG };
        let (mut stream, served) = connect(router, limits).await;
        stream.write_all(opening).await.expect("it takes bytes");
        let mut told = Vec::new();
        // A reset is an end too.
        let _ = stream.read_to_end(&mut told).await;
        served.await.expect("a connection does not panic");
        String::from_utf8_lossy(&told).into_owned()
    }

    #[tokio::test]
    async fn whoever_takes_nothing_of_an_answer_is_cut_and_whoever_waits_for_one_is_not() {
        let ready = Arc::new(Notify::new());
        let (large, wait) = (Bytes::from(vec![0; LARGE_BYTES]), Arc::clone(&ready));
        let late = move || async move {
            wait.notified().await;
            "here"
        };
        let router = Router::new()
            .route("/large", get(move || async move { large }))
            .route("/late", get(late));
        let limits = Limits { head: LONG, stall: Duration::from_millis(200) };
        let (mut waiting, _served) = connect(router.clone(), limits).await;
        waiting.write_all(b"GET /late HTTP/1.0\r\n\r\n").await.expect("it takes bytes");
        let (mut stalled, cut) = connect(router, limits).await;
        stalled.write_all(b"GET /large HTTP/1.1\r\n\r\n").await.expect("it takes bytes");
        cut.await.expect("a connection does not panic");
        ready.notify_one();
        let mut told = String::new();
        waiting.read_to_string(&mut told).await.expect("it is still served");
        assert!(told.ends_with("here"), "{told}");
    }

    #[tokio::test]
    async fn whoever_does_not_finish_a_head_is_cut() {
        for opening in [
            "",
            "G",
            "P",
            "PRI * HTTP/2.0\r\n",
            "POST",
            "GET / HTTP/1.1\r\nHost: here\r\nX-Long: ",
            "GET /live/e/k/f HTTP/1.1\r\nX-Long: ",
        ] {
            assert!(!told(opening.as_bytes()).await.contains("here"), "{opening:?}");
        }
    }

    #[tokio::test]
    async fn whoever_asks_nothing_more_is_cut_after_the_answer() {
        let told = told(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n").await;
        assert!(told.starts_with("HTTP/1.1 200 OK\r\n") && told.ends_with("here"), "{told}");
    }

    #[tokio::test]
    async fn whoever_says_nothing_after_the_preface_of_http_2_is_cut() {
        told(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        told(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
    }
}
