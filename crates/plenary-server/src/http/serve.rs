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
use plenary_model::limits::{HEADER_SECONDS_MAX, LISTEN_BACKLOG};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use super::opening::Opening;
use crate::app::stopped;

/// How long a connection may take for its TLS handshake, for the first bytes after it, and for each
/// request head.
const HEAD_MAX: Duration = Duration::from_secs(HEADER_SECONDS_MAX);

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

/// Serves at most so many connections at a time, until `stop` turns true.
pub async fn serve(
    (listener, connections_max): (TcpListener, usize),
    tls: Option<Arc<rustls::ServerConfig>>,
    router: Router,
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
        let (acceptor, router, stop) = (acceptor.clone(), router.clone(), stop.clone());
        tokio::spawn(async move {
            let _place = place;
            let served = connection((stream, peer), acceptor, router, (HEAD_MAX, stop)).await;
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
    router: Router,
    until: Until,
) -> Result<(), AnyError> {
    stream.set_nodelay(true)?;
    let Some(acceptor) = acceptor else { return speak(stream, peer, router, until).await };
    let handshake = tokio::time::timeout(until.0, acceptor.accept(stream));
    speak(handshake.await??, peer, router, until).await
}

/// Speaks HTTP with whoever is at the other end of a stream.
pub async fn speak<S>(
    stream: S,
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
    let stream = TokioIo::new(Opening::within(head_max, stream));
    let served = builder.serve_connection_with_upgrades(stream, TowerToHyperService::new(service));
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
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// What a connection that begins so is told until it is cut.
    async fn told(opening: &[u8]) -> String {
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().route("/", get(|| async { "here" }));
        // Kept until the end: without its sender the server counts as stopped.
        let (_stop, stopped) = watch::channel(false);
        let limit = Duration::from_millis(200);
        let served = tokio::spawn(async move {
            let accepted = listener.accept().await.expect("a connection");
            let _ = connection(accepted, None, router, (limit, stopped)).await;
        });
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        stream.write_all(opening).await.expect("it takes bytes");
        let mut told = Vec::new();
        // A reset is an end too.
        let _ = stream.read_to_end(&mut told).await;
        served.await.expect("a connection does not panic");
        String::from_utf8_lossy(&told).into_owned()
    }

    #[tokio::test]
    async fn whoever_does_not_finish_a_head_is_cut() {
        for opening in
            ["", "G", "P", "PRI * HTTP/2.0\r\n", "POST", "GET / HTTP/1.1\r\nHost: here\r\nX-Long: "]
        {
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
