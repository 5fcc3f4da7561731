//! SRTP of one viewer's connection (RFC 3711, AES-GCM of RFC 7714): what we send is sealed straight
//! from payloads that all viewers share; of what the viewer sends only RTCP is opened.
//!
//! A nonce is made of key, SSRC and packet index. Each viewer has keys of their own, and
//! [`Indices`] gives each index of an SSRC out once, so no nonce comes twice.

use str0m::crypto::dtls::SrtpProfile;
use str0m::crypto::{
    AeadAes128Gcm, AeadAes128GcmCipher, AeadAes256Gcm, AeadAes256GcmCipher, Aes128CmSha1_80,
    Aes128CmSha1_80Cipher, CryptoError, CryptoProvider,
};

use crate::handshake::{Keys, PROVIDER};

/// Header of an RTCP packet, which stays readable.
const RTCP_HEADER: usize = 8;
/// Index of a protected RTCP packet, with the bit that says that it is encrypted.
const RTCP_INDEX: usize = 4;
const ENCRYPTED: u32 = 1 << 31;
/// Senders of RTCP of one viewer: a browser has one or two.
const RTCP_SENDERS_MAX: usize = 8;
/// The last packet index of a key (RFC 3711 section 9.2).
const INDEX_MAX: u64 = (1 << 48) - 1;

/// Labels of derived keys (RFC 3711 section 4.3.2).
#[derive(Debug, Clone, Copy)]
enum Label {
    RtpKey = 0,
    RtpAuth = 1,
    RtpSalt = 2,
    RtcpKey = 3,
    RtcpAuth = 4,
    RtcpSalt = 5,
}

/// The packet was not sealed, or is not the viewer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unprotected {
    /// The index was given out before, or all are.
    #[error("the packet index was used before")]
    Index,
    /// The crypto library refused.
    #[error("the cipher refused")]
    Cipher,
    /// It is too short, forged, damaged or came before.
    #[error("the packet is not authentic")]
    Forged,
}

impl From<CryptoError> for Unprotected {
    fn from(_: CryptoError) -> Self {
        Self::Cipher
    }
}

/// Gives each packet index of one SSRC out once and in order.
#[derive(Debug, Default)]
pub struct Indices {
    newest: u64,
}

impl Indices {
    /// Takes an index; it must be larger than all before.
    ///
    /// # Errors
    /// [`Unprotected::Index`].
    pub const fn take(&mut self, index: u64) -> Result<(), Unprotected> {
        if index <= self.newest || INDEX_MAX < index {
            return Err(Unprotected::Index);
        }
        self.newest = index;
        Ok(())
    }

    /// The last index that was given out; 0 before the first.
    pub const fn newest(&self) -> u64 {
        self.newest
    }

    /// Takes the next index.
    ///
    /// # Errors
    /// [`Unprotected::Index`].
    pub const fn next(&mut self) -> Result<u64, Unprotected> {
        let next = self.newest + 1;
        match self.take(next) {
            Ok(()) => Ok(next),
            Err(error) => Err(error),
        }
    }
}

/// Cipher, salt and key of the tag, of RTP or of RTCP, of one direction.
enum Cipher {
    Gcm128(Box<dyn AeadAes128GcmCipher>, [u8; 12]),
    Gcm256(Box<dyn AeadAes256GcmCipher>, [u8; 12]),
    CmSha1 { cipher: Box<dyn Aes128CmSha1_80Cipher>, salt: [u8; 14], auth: [u8; 20] },
}

impl Cipher {
    const fn tag_len(&self) -> usize {
        match self {
            Self::Gcm128(..) | Self::Gcm256(..) => AeadAes128Gcm::TAG_LEN,
            Self::CmSha1 { .. } => Aes128CmSha1_80::HMAC_TAG_LEN,
        }
    }
}

/// One direction's master key and salt.
struct Master<'a> {
    crypto: &'a CryptoProvider,
    profile: SrtpProfile,
    key: &'a [u8],
    salt: &'a [u8],
}

impl<'a> Master<'a> {
    /// Of the client or of the server of the handshake; `None` when there is less material than the
    /// profile needs.
    fn of(keys: &'a Keys, client: bool) -> Option<Self> {
        let (key, salt) = match keys.profile {
            SrtpProfile::AES128_CM_SHA1_80 => (16, 14),
            SrtpProfile::AEAD_AES_128_GCM => (16, 12),
            SrtpProfile::AEAD_AES_256_GCM => (32, 12),
            _ => return None,
        };
        let side = usize::from(!client);
        let key_at = side * key;
        let salt_at = 2 * key + side * salt;
        Some(Self {
            crypto: &PROVIDER,
            profile: keys.profile,
            key: keys.material.get(key_at..key_at + key)?,
            salt: keys.material.get(salt_at..salt_at + salt)?,
        })
    }

    /// AES in counter mode over the salt and a label (RFC 3711 section 4.3.3, RFC 7714 section 11).
    fn derive<const N: usize>(&self, label: Label) -> [u8; N] {
        let mut input = [0; 16];
        input[..self.salt.len()].copy_from_slice(self.salt);
        input[7] ^= label as u8;
        let mut derived = [0; N];
        for (round, piece) in derived.chunks_mut(16).enumerate() {
            input[14..].copy_from_slice(&(round as u16).to_be_bytes());
            let mut block = [0; 32];
            let srtp = self.crypto.srtp_provider;
            match self.profile {
                SrtpProfile::AEAD_AES_256_GCM => {
                    srtp.srtp_aes_256_ecb_round(self.key, &input, &mut block);
                }
                _ => srtp.srtp_aes_128_ecb_round(self.key, &input, &mut block),
            }
            piece.copy_from_slice(&block[..piece.len()]);
        }
        derived
    }

    fn cipher(&self, [key, auth, salt]: [Label; 3], encrypt: bool) -> Cipher {
        let srtp = self.crypto.srtp_provider;
        match self.profile {
            SrtpProfile::AEAD_AES_256_GCM => {
                let cipher = srtp.aead_aes_256_gcm().create_cipher(self.derive(key), encrypt);
                Cipher::Gcm256(cipher, self.derive(salt))
            }
            SrtpProfile::AEAD_AES_128_GCM => {
                let cipher = srtp.aead_aes_128_gcm().create_cipher(self.derive(key), encrypt);
                Cipher::Gcm128(cipher, self.derive(salt))
            }
            _ => Cipher::CmSha1 {
                cipher: srtp.aes_128_cm_sha1_80().create_cipher(self.derive(key), encrypt),
                salt: self.derive(salt),
                auth: self.derive(auth),
            },
        }
    }
}

const RTP: [Label; 3] = [Label::RtpKey, Label::RtpAuth, Label::RtpSalt];
const RTCP: [Label; 3] = [Label::RtcpKey, Label::RtcpAuth, Label::RtcpSalt];

/// Seals what one viewer is sent.
pub struct Sealer {
    rtp: Cipher,
    rtcp: Cipher,
    rtcp_indices: Indices,
}

impl Sealer {
    /// With the keys of a handshake; `None` when they are of a profile that we do not know.
    pub fn new(keys: &Keys) -> Option<Self> {
        let master = Master::of(keys, keys.client)?;
        Some(Self {
            rtp: master.cipher(RTP, true),
            rtcp: master.cipher(RTCP, true),
            rtcp_indices: Indices::default(),
        })
    }

    /// Bytes that sealing adds to an RTP packet.
    pub const fn tag_len(&self) -> usize {
        self.rtp.tag_len()
    }

    /// Seals a payload behind the RTP header that stands at the front of `packet`, which has room for
    /// both and the tag. The index must have been taken from the [`Indices`] of the SSRC.
    ///
    /// # Errors
    /// [`Unprotected::Cipher`].
    pub fn seal(
        &mut self,
        (ssrc, index): (u32, u64),
        header: usize,
        payload: &[u8],
        packet: &mut [u8],
    ) -> Result<(), Unprotected> {
        let (roc, seq) = ((index >> 16) as u32, index as u16);
        let (aad, body) = packet.split_at_mut(header);
        match &mut self.rtp {
            Cipher::Gcm128(cipher, salt) => {
                cipher.encrypt(
                    &AeadAes128Gcm::rtp_iv(*salt, ssrc, roc, seq),
                    aad,
                    payload,
                    body,
                )?;
            }
            Cipher::Gcm256(cipher, salt) => {
                cipher.encrypt(
                    &AeadAes256Gcm::rtp_iv(*salt, ssrc, roc, seq),
                    aad,
                    payload,
                    body,
                )?;
            }
            Cipher::CmSha1 { cipher, salt, auth } => {
                let iv = Aes128CmSha1_80::rtp_iv(*salt, ssrc, index);
                cipher.encrypt(&iv, payload, body)?;
                Aes128CmSha1_80::rtp_hmac(hmac, auth, packet, index, header + payload.len());
            }
        }
        Ok(())
    }

    /// Seals a compound RTCP packet; the sealed packet.
    ///
    /// # Errors
    /// [`Unprotected`].
    pub fn seal_rtcp(&mut self, packet: &[u8]) -> Result<Vec<u8>, Unprotected> {
        let (head, body) = packet.split_first_chunk::<RTCP_HEADER>().ok_or(Unprotected::Forged)?;
        let ssrc = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        let index = self.rtcp_indices.next()? as u32;
        if ENCRYPTED <= index {
            return Err(Unprotected::Index);
        }
        let trailer = (index | ENCRYPTED).to_be_bytes();
        let mut aad = [0; AeadAes128Gcm::RTCP_AAD_LEN];
        aad[..RTCP_HEADER].copy_from_slice(head);
        aad[RTCP_HEADER..].copy_from_slice(&trailer);
        let mut sealed = head.to_vec();
        match &mut self.rtcp {
            Cipher::Gcm128(cipher, salt) => {
                sealed.resize(packet.len() + AeadAes128Gcm::TAG_LEN, 0);
                let iv = AeadAes128Gcm::rtcp_iv(*salt, ssrc, index);
                cipher.encrypt(&iv, &aad, body, &mut sealed[RTCP_HEADER..])?;
                sealed.extend_from_slice(&trailer);
            }
            Cipher::Gcm256(cipher, salt) => {
                sealed.resize(packet.len() + AeadAes256Gcm::TAG_LEN, 0);
                let iv = AeadAes256Gcm::rtcp_iv(*salt, ssrc, index);
                cipher.encrypt(&iv, &aad, body, &mut sealed[RTCP_HEADER..])?;
                sealed.extend_from_slice(&trailer);
            }
            Cipher::CmSha1 { cipher, salt, auth } => {
                sealed.resize(packet.len(), 0);
                let iv = Aes128CmSha1_80::rtp_iv(*salt, ssrc, index.into());
                cipher.encrypt(&iv, body, &mut sealed[RTCP_HEADER..])?;
                sealed.extend_from_slice(&trailer);
                let end = sealed.len();
                sealed.resize(end + Aes128CmSha1_80::HMAC_TAG_LEN, 0);
                Aes128CmSha1_80::rtcp_hmac(hmac, auth, &mut sealed, end);
            }
        }
        Ok(sealed)
    }
}

fn hmac(key: &[u8], pieces: &[&[u8]]) -> [u8; 20] {
    PROVIDER.sha1_hmac_provider.sha1_hmac(key, pieces)
}

/// Opens the RTCP of one viewer.
pub struct Opener {
    rtcp: Cipher,
    seen: Vec<(u32, Window)>,
}

impl Opener {
    /// As [`Sealer::new`].
    pub fn new(keys: &Keys) -> Option<Self> {
        let master = Master::of(keys, !keys.client)?;
        Some(Self { rtcp: master.cipher(RTCP, false), seen: Vec::new() })
    }

    /// The compound packet inside.
    ///
    /// # Errors
    /// [`Unprotected::Forged`] for whatever is not authentic or came before.
    pub fn open(&mut self, sealed: &[u8]) -> Result<Vec<u8>, Unprotected> {
        let forged = Unprotected::Forged;
        let tag = self.rtcp.tag_len();
        if sealed.len() < RTCP_HEADER + RTCP_INDEX + tag {
            return Err(forged);
        }
        let ssrc = u32::from_be_bytes([sealed[4], sealed[5], sealed[6], sealed[7]]);
        let trailer_at = match self.rtcp {
            Cipher::Gcm128(..) | Cipher::Gcm256(..) => sealed.len() - RTCP_INDEX,
            Cipher::CmSha1 { .. } => sealed.len() - RTCP_INDEX - tag,
        };
        let trailer = &sealed[trailer_at..trailer_at + RTCP_INDEX];
        let word = u32::from_be_bytes([trailer[0], trailer[1], trailer[2], trailer[3]]);
        if word & ENCRYPTED == 0 {
            return Err(forged);
        }
        let index = word & !ENCRYPTED;
        let head = &sealed[..RTCP_HEADER];
        let body = &sealed[RTCP_HEADER..trailer_at];
        let mut open = sealed[..trailer_at].to_vec();
        let opened = &mut open[RTCP_HEADER..];
        match &mut self.rtcp {
            Cipher::Gcm128(cipher, salt) => {
                let iv = AeadAes128Gcm::rtcp_iv(*salt, ssrc, index);
                cipher.decrypt(&iv, &[head, trailer], body, opened).map_err(|_| forged)?;
                open.truncate(trailer_at - tag);
            }
            Cipher::Gcm256(cipher, salt) => {
                let iv = AeadAes256Gcm::rtcp_iv(*salt, ssrc, index);
                cipher.decrypt(&iv, &[head, trailer], body, opened).map_err(|_| forged)?;
                open.truncate(trailer_at - tag);
            }
            Cipher::CmSha1 { cipher, salt, auth } => {
                let (signed, tag) = sealed.split_at(sealed.len() - tag);
                if !Aes128CmSha1_80::rtcp_verify(hmac, auth, signed, tag) {
                    return Err(forged);
                }
                let iv = Aes128CmSha1_80::rtp_iv(*salt, ssrc, index.into());
                cipher.decrypt(&iv, body, opened).map_err(|_| forged)?;
            }
        }
        self.is_new(ssrc, index).then_some(open).ok_or(forged)
    }

    /// Takes note of an authentic packet; false when it came before (RFC 3711 section 3.3.2).
    fn is_new(&mut self, ssrc: u32, index: u32) -> bool {
        if let Some((_, window)) = self.seen.iter_mut().find(|(of, _)| *of == ssrc) {
            return window.take(index);
        }
        let room = self.seen.len() < RTCP_SENDERS_MAX;
        if room {
            let mut window = Window::default();
            window.take(index);
            self.seen.push((ssrc, window));
        }
        room
    }
}

/// Which of the last 64 indices came.
#[derive(Debug, Default)]
struct Window {
    newest: u32,
    /// Bit n: `newest` - n came.
    came: u64,
}

impl Window {
    const fn take(&mut self, index: u32) -> bool {
        if self.came == 0 || self.newest < index {
            let by = index.wrapping_sub(self.newest);
            let kept = if 64 <= by { 0 } else { self.came << by };
            self.newest = index;
            self.came = kept | 1;
            return true;
        }
        let back = self.newest - index;
        if 64 <= back {
            return false;
        }
        let bit = 1 << back;
        let new = self.came & bit == 0;
        self.came |= bit;
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILES: [SrtpProfile; 3] = [
        SrtpProfile::AES128_CM_SHA1_80,
        SrtpProfile::AEAD_AES_128_GCM,
        SrtpProfile::AEAD_AES_256_GCM,
    ];

    fn keys(profile: SrtpProfile, client: bool) -> Keys {
        Keys { profile, material: (0..88).collect(), client }
    }

    #[test]
    fn session_keys_are_those_of_the_specification() {
        // RFC 3711 appendix B.3.
        let material = [
            0xe1, 0xf9, 0x7a, 0x0d, 0x3e, 0x01, 0x8b, 0xe0, 0xd6, 0x4f, 0xa3, 0x2c, 0x06, 0xde,
            0x41, 0x39,
        ];
        let salt =
            [0x0e, 0xc6, 0x75, 0xad, 0x49, 0x8a, 0xfe, 0xeb, 0xb6, 0x96, 0x0b, 0x3a, 0xab, 0xe6];
        let all = [material.as_slice(), &[0; 16], &salt, &[0; 14]].concat();
        let profile = SrtpProfile::AES128_CM_SHA1_80;
        let keys = Keys { profile, material: all, client: true };
        let master = Master::of(&keys, true).unwrap();
        let key: [u8; 16] = master.derive(Label::RtpKey);
        let derived = u128::from_be_bytes(key);
        assert_eq!(derived, 0xc61e_7a93_744f_39ee_1073_4afe_3ff7_a087);
        let salt: [u8; 14] = master.derive(Label::RtpSalt);
        assert_eq!(salt[..4], [0x30, 0xcb, 0xbc, 0x08]);
        let auth: [u8; 20] = master.derive(Label::RtpAuth);
        assert_eq!((auth[0], auth[19]), (0xce, 0xa4));
    }

    #[test]
    fn rtcp_opens_once_and_only_unchanged() {
        let packet: Vec<u8> = [0x80, 201, 0, 1, 0, 0, 0, 7].into_iter().chain(0..40).collect();
        for profile in PROFILES {
            let mut viewer = Sealer::new(&keys(profile, true)).unwrap();
            let mut ours = Opener::new(&keys(profile, false)).unwrap();
            let sealed = viewer.seal_rtcp(&packet).unwrap();
            for at in 0..sealed.len() {
                let mut bent = sealed.clone();
                bent[at] ^= 1;
                assert_eq!(ours.open(&bent), Err(Unprotected::Forged), "{profile:?}, byte {at}");
            }
            for length in 0..sealed.len() {
                assert!(ours.open(&sealed[..length]).is_err());
            }
            assert_eq!(ours.open(&sealed), Ok(packet.clone()), "{profile:?}");
            assert_eq!(ours.open(&sealed), Err(Unprotected::Forged), "it came before");
            let next = viewer.seal_rtcp(&packet).unwrap();
            let after = viewer.seal_rtcp(&packet).unwrap();
            assert!(ours.open(&after).is_ok(), "one overtakes the other");
            assert!(ours.open(&next).is_ok());
            assert!(ours.open(&next).is_err());
        }
    }

    #[test]
    fn an_index_is_given_out_once() {
        let mut indices = Indices::default();
        assert_eq!(indices.take(5), Ok(()));
        for used in [0, 1, 5] {
            assert_eq!(indices.take(used), Err(Unprotected::Index));
        }
        assert_eq!(indices.next(), Ok(6));
        assert_eq!(indices.take(INDEX_MAX), Ok(()));
        assert_eq!(indices.next(), Err(Unprotected::Index), "the key has no further index");
    }
}
