//! The one client with which this server asks another: over TLS, without redirects, with a limit on time
//! and size.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderValue, Request, Response, Uri, header};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use plenary_model::limits::{EGRESS_BYTES_MAX, EGRESS_SECONDS_MAX};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::config::is_private;

/// Why another server did not answer.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    /// What is sent there could be read on the way.
    #[error("{0} is not asked: its address does not begin with https://")]
    NotPrivate(Uri),
    /// The connection fails.
    #[error("{host} cannot be reached")]
    Unreachable {
        /// Which server.
        host: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It does not speak HTTP.
    #[error("the other server does not answer as a web server does")]
    Http(#[from] hyper::Error),
    /// Its answer is broken off, or too long.
    #[error("the answer is not whole, or longer than {EGRESS_BYTES_MAX} bytes")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It takes too long.
    #[error("the other server does not answer within {EGRESS_SECONDS_MAX} s")]
    Late,
}

/// Asks other servers.
#[derive(Clone)]
pub struct Egress {
    tls: TlsConnector,
}

impl Egress {
    /// A client that trusts whom this system trusts.
    ///
    /// # Errors
    /// The crypto library does not know the versions of TLS, which is a fault of ours.
    pub fn new() -> Result<Self, rustls::Error> {
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "certificates of this system cannot be read");
        }
        roots.add_parsable_certificates(found.certs);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let settings = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { tls: TlsConnector::from(Arc::new(settings)) })
    }

    /// Asks once.
    ///
    /// # Errors
    /// [`EgressError`].
    pub async fn ask(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, EgressError> {
        let asked = timeout(Duration::from_secs(EGRESS_SECONDS_MAX), self.asked(request));
        asked.await.map_err(|_| EgressError::Late)?
    }

    async fn asked(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, EgressError> {
        let uri = request.uri().clone();
        let not_private = || EgressError::NotPrivate(uri.clone());
        if !is_private(&uri.to_string()) {
            return Err(not_private());
        }
        let (host, is_tls) =
            (uri.host().ok_or_else(not_private)?, uri.scheme_str() == Some("https"));
        let name = host.trim_matches(['[', ']']);
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let unreachable = |source| EgressError::Unreachable { host: host.to_owned(), source };
        let stream = TcpStream::connect((name, port)).await.map_err(unreachable)?;
        if !is_tls {
            return speak(stream, request).await;
        }
        let server = ServerName::try_from(name.to_owned()).map_err(|_| not_private())?;
        let stream = self.tls.connect(server, stream).await.map_err(unreachable)?;
        speak(stream, request).await
    }
}

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Vec<u8>>,
) -> Result<Response<Vec<u8>>, EgressError> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // It ends with the sender, which is told of its errors.
    tokio::spawn(connection);
    let (mut head, body) = request.into_parts();
    let authority = head.uri.authority().map_or("", |authority| authority.as_str());
    if let Ok(host) = HeaderValue::from_str(authority) {
        head.headers.insert(header::HOST, host);
    }
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    head.uri = path.parse().unwrap_or_default();
    let request = Request::from_parts(head, Full::new(Bytes::from(body)));
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = Limited::new(body, EGRESS_BYTES_MAX).collect().await.map_err(EgressError::Body)?;
    Ok(Response::from_parts(head, body.to_bytes().into()))
}

impl<'c> AsyncHttpClient<'c> for Egress {
    type Error = EgressError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, EgressError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}
