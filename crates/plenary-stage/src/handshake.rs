//! DTLS with one configuration for all connections: making one tests every key exchange and
//! signature of the crypto library, which costs more than the handshake itself.

use std::cell::RefCell;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Instant;

use dimpl::{Config, Dtls};
use str0m::crypto::dtls::{
    DtlsCert, DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, DtlsVersion, KeyingMaterial,
    ProtocolVersion, SrtpProfile,
};
use str0m::crypto::{CryptoError, CryptoProvider};

/// Crypto of all connections. DTLS is 1.2 throughout: as its server we choose AES-GCM for media,
/// with 1.3 the page's first profile wins, which costs five times as much.
pub(crate) static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
    let library = str0m::crypto::from_feature_flags();
    Arc::new(CryptoProvider { dtls_provider: &SharedDtls, ..library })
});

/// The one configuration; the text says why there is none.
static CONFIG: LazyLock<Result<Arc<Config>, String>> = LazyLock::new(|| {
    // ICE has proved the return path before DTLS begins, so a cookie would only cost a round trip.
    let config = Config::builder().use_server_cookie(false).build();
    config.map(Arc::new).map_err(|error| error.to_string())
});

/// What a handshake agreed on for the protection of media (RFC 5764 section 4.2).
#[derive(Clone)]
pub(crate) struct Keys {
    pub profile: SrtpProfile,
    /// Keys of client and server, then their salts.
    pub material: Vec<u8>,
    /// We were the client of the handshake.
    pub client: bool,
}

/// Where the keys of one connection come to lie.
#[derive(Clone, Default)]
pub(crate) struct KeySlot(Arc<Mutex<Option<Keys>>>);

impl KeySlot {
    /// The keys, once: after the handshake.
    pub fn take(&self) -> Option<Keys> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, keys: Keys) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(keys);
    }
}

thread_local! {
    /// The slot of the connection that is being made.
    static NEXT: RefCell<Option<KeySlot>> = const { RefCell::new(None) };
}

/// Makes a connection whose keys come to us and not to the library, which gets others: nothing that
/// it would protect can be read by the peer, so it cannot use a nonce that we use.
pub(crate) fn keeping_keys<T>(make: impl FnOnce() -> T) -> (T, KeySlot) {
    let slot = KeySlot::default();
    NEXT.set(Some(slot.clone()));
    let made = make();
    NEXT.set(None);
    (made, slot)
}

#[derive(Debug)]
struct SharedDtls;

impl DtlsProvider for SharedDtls {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        str0m::crypto::from_feature_flags().dtls_provider.generate_certificate()
    }

    fn new_dtls(
        &self,
        cert: &DtlsCert,
        now: Instant,
        _version: DtlsVersion,
        _mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        let config = CONFIG.clone().map_err(CryptoError::Other)?;
        let dtls = Dtls::new_12(config, cert.clone(), now);
        Ok(Box::new(Instance { dtls, slot: NEXT.take() }))
    }
}

struct Instance {
    dtls: Dtls,
    /// Takes the keys away from the library.
    slot: Option<KeySlot>,
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").finish()
    }
}

impl DtlsInstance for Instance {
    fn set_active(&mut self, active: bool) {
        self.dtls.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.dtls.handle_packet(packet)
    }

    fn poll_output<'a>(&mut self, buf: &'a mut [u8]) -> DtlsOutput<'a> {
        let output = self.dtls.poll_output(buf);
        let (Some(slot), DtlsOutput::KeyingMaterial(material, profile)) = (&self.slot, &output)
        else {
            return output;
        };
        let others: Vec<u8> = material.iter().map(|byte| !byte).collect();
        let client = self.dtls.is_active();
        slot.put(Keys { profile: *profile, material: material.to_vec(), client });
        DtlsOutput::KeyingMaterial(KeyingMaterial::new(&others), *profile)
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.dtls.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        self.dtls.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.dtls.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.dtls.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.dtls.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.dtls.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.dtls.close()
    }
}
