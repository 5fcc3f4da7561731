//! TLS settings: a certificate of our own for a LAN, or one from files.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::{Config, Tls};

/// Why TLS cannot begin; the text names the file to mend.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("cannot use {path}")]
    File {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is not PEM of the expected kind.
    #[error("{path} holds no usable PEM: {source}")]
    Pem {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: rustls_pki_types::pem::Error,
    },
    /// Certificate and key do not work together.
    #[error("certificate and key do not work together: {0}")]
    Rustls(#[from] rustls::Error),
    /// The own certificate cannot be made.
    #[error("cannot make a certificate: {0}")]
    Generate(#[from] rcgen::Error),
}

/// The server's TLS settings, none when it speaks plain HTTP.
///
/// # Errors
/// A [`TlsError`] that names what to mend.
pub fn settings(config: &Config) -> Result<Option<Arc<ServerConfig>>, TlsError> {
    let (chain, key) = match &config.tls {
        Tls::Off => return Ok(None),
        Tls::SelfSigned => self_signed(config)?,
        Tls::Files { certificate, key } => (read(certificate)?, read(key)?),
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let certificates = CertificateDer::pem_slice_iter(&chain)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|source| TlsError::Pem { path: "the certificate".into(), source })?;
    let key = PrivateKeyDer::from_pem_slice(&key)
        .map_err(|source| TlsError::Pem { path: "the private key".into(), source })?;
    let mut settings = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificates, key)?;
    settings.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Some(Arc::new(settings)))
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::File { path: path.display().to_string(), source })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), TlsError> {
    fs::write(path, bytes)
        .map_err(|source| TlsError::File { path: path.display().to_string(), source })
}

/// The certificate of the data folder, made on the first call, so that a browser that accepted it
/// once goes on after a restart.
fn self_signed(config: &Config) -> Result<(Vec<u8>, Vec<u8>), TlsError> {
    let certificate = config.data.join("self-signed.pem");
    let key = config.data.join("self-signed.key");
    if !certificate.exists() || !key.exists() {
        let mut names = vec!["localhost".to_owned(), "127.0.0.1".into(), "::1".into()];
        names.push(config.listen.ip().to_string());
        names.extend(config.public_host.clone());
        names.dedup();
        let pair = KeyPair::generate()?;
        let made = CertificateParams::new(names)?.self_signed(&pair)?;
        write(&key, pair.serialize_pem().as_bytes())?;
        write(&certificate, made.pem().as_bytes())?;
    }
    Ok((read(&certificate)?, read(&key)?))
}
