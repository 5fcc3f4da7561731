//! The installation's secret, and the tokens of links that are derived from it.
//!
//! A token is HMAC-SHA-256 of the link's id under the secret, cut to 128 bits; the database holds
//! only the SHA-256 of it. So a leaked database lets nobody in, and the same server can print the
//! same links again after a restart without keeping them anywhere.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use plenary_model::id::LinkId;
use sha2::{Digest, Sha256};

use crate::error::StoreError;

const SECRET_BYTES: usize = 32;
/// 128 bits cannot be guessed, and the link stays short enough to be read out.
const TOKEN_BYTES: usize = 16;

/// The secret of this installation.
pub(crate) struct Secret([u8; SECRET_BYTES]);

impl Secret {
    /// Reads the secret; makes one when there is none.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        match Self::read(path) {
            Err(StoreError::Folder { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Self::create(path)
            }
            read => read,
        }
    }

    /// Reads the secret, which must be there.
    pub(crate) fn read(path: &Path) -> Result<Self, StoreError> {
        let bytes = fs::read(path)
            .map_err(|source| StoreError::Folder { path: path.to_owned(), source })?;
        bytes.try_into().map(Self).map_err(|_| StoreError::SecretDamaged(path.to_owned()))
    }

    /// Written beside and renamed, so that a crash leaves a whole secret or none.
    fn create(path: &Path) -> Result<Self, StoreError> {
        let mut secret = [0; SECRET_BYTES];
        getrandom::fill(&mut secret).map_err(StoreError::Random)?;
        write_whole(path, &secret)
            .map_err(|source| StoreError::Folder { path: path.to_owned(), source })?;
        Ok(Self(secret))
    }

    /// The token of a link, base64url without padding.
    pub(crate) fn token(&self, link: LinkId) -> String {
        self.derived("link", &link.to_string())
    }

    /// The token that makes the first administrator.
    pub(crate) fn setup_token(&self) -> String {
        self.derived("setup", "administrator")
    }

    /// A key for signing what is named.
    pub(crate) fn key(&self, name: &str) -> [u8; 32] {
        self.mac("key", name)
    }

    fn derived(&self, kind: &str, of: &str) -> String {
        BASE64URL_NOPAD.encode(&self.mac(kind, of)[..TOKEN_BYTES])
    }

    fn mac(&self, kind: &str, of: &str) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any size");
        mac.update(kind.as_bytes());
        mac.update(b":");
        mac.update(of.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

fn write_whole(path: &Path, secret: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(secret)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// What the database knows of a token.
pub(crate) fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// A fresh unguessable text of 128 bits, base64url: for the key of an event's addresses.
///
/// # Errors
/// [`StoreError::Random`] when the system gives no random numbers.
pub fn random_token() -> Result<String, StoreError> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes).map_err(StoreError::Random)?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}
