//! Whom a request comes from when proxies stand between: what they say counts only from those who are
//! trusted.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName, header};
use plenary_model::limits::{FORWARDED_HOPS_MAX, PROXIES_MAX};
use serde::{Deserialize, Serialize};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Addresses and networks of proxies.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Proxies(Vec<Network>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    /// How many of its first bits are the network's.
    bits: u8,
}

/// Why a text names no proxies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadProxies {
    /// It is no address and no network.
    #[error("\"{0}\" is no address or network of a proxy; write 192.0.2.7, 10.0.0.0/8 or fd00::/8")]
    Form(String),
    /// There are too many.
    #[error("at most {PROXIES_MAX} proxies can be named: name their network")]
    TooMany,
}

impl FromStr for Network {
    type Err = BadProxies;

    fn from_str(text: &str) -> Result<Self, BadProxies> {
        let bad = || BadProxies::Form(text.chars().take(64).collect());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().map_err(|_| bad())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| bad())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits <= most { Ok(Self { address, bits }) } else { Err(bad()) }
    }
}

impl Network {
    fn holds(self, address: IpAddr) -> bool {
        // All bits of a network of none are shifted out.
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differ = own.to_bits() ^ other.to_bits();
                differ.checked_shr(32 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differ = own.to_bits() ^ other.to_bits();
                differ.checked_shr(128 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl TryFrom<Vec<String>> for Proxies {
    type Error = BadProxies;

    fn try_from(texts: Vec<String>) -> Result<Self, BadProxies> {
        if PROXIES_MAX < texts.len() {
            return Err(BadProxies::TooMany);
        }
        texts.iter().map(|text| text.parse()).collect::<Result<_, _>>().map(Self)
    }
}

impl From<Proxies> for Vec<String> {
    fn from(proxies: Proxies) -> Self {
        let text = |Network { address, bits }| format!("{address}/{bits}");
        proxies.0.into_iter().map(text).collect()
    }
}

/// Separated by commas, as on the command line.
impl FromStr for Proxies {
    type Err = BadProxies;

    fn from_str(text: &str) -> Result<Self, BadProxies> {
        let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
        texts.map(str::to_owned).collect::<Vec<_>>().try_into()
    }
}

impl Proxies {
    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.holds(address))
    }

    /// Whom a request comes from that this peer sends. Of two headers that name different clients, one
    /// was written by the client itself, so that neither is believed.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trust(peer) {
            return peer;
        }
        let named = headers.contains_key(header::FORWARDED).then(|| {
            let hops = listed(headers, &header::FORWARDED);
            self.first_stranger(peer, hops.into_iter().map(for_of))
        });
        let listed = headers.contains_key(X_FORWARDED_FOR).then(|| {
            let hops = listed(headers, &X_FORWARDED_FOR);
            self.first_stranger(peer, hops.into_iter().map(address))
        });
        match (named, listed) {
            (None, None) => peer,
            (Some(one), None) | (None, Some(one)) => one,
            (Some(one), Some(other)) => {
                if one == other {
                    one
                } else {
                    peer
                }
            }
        }
    }

    /// Goes back from hop to hop as long as who names the one before is trusted.
    fn first_stranger(&self, peer: IpAddr, hops: impl Iterator<Item = Option<IpAddr>>) -> IpAddr {
        let mut last = peer;
        for hop in hops {
            let Some(hop) = hop else { return last };
            last = hop;
            if !self.trust(hop) {
                return last;
            }
        }
        last
    }
}

/// The entries of a header with lists, the last one first.
fn listed<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Vec<&'a str> {
    let lines: Vec<&str> =
        headers.get_all(name).iter().map(|line| line.to_str().unwrap_or("")).collect();
    let entries = lines.into_iter().rev().flat_map(|line| line.rsplit(','));
    entries.take(FORWARDED_HOPS_MAX).collect()
}

/// The `for` of one hop (RFC 7239 section 4).
fn for_of(hop: &str) -> Option<IpAddr> {
    let mut pairs = hop.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, node) = pairs.find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
    address(node.trim().trim_matches('"'))
}

/// An address, with a port or without.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let found = bare.parse::<IpAddr>().ok();
    let found = found.or_else(|| text.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()));
    found.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    const PROXY: &str = "10.1.2.3";

    /// Whom a request comes from, with these lines of headers.
    fn client(peer: &str, lines: &[(&'static str, &str)]) -> String {
        let proxies: Proxies = "10.0.0.0/8, fd00::/8".parse().unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn proxies_that_are_trusted_say_who_the_client_is() {
        for (lines, who) in [
            (vec![], PROXY),
            (vec![("x-forwarded-for", "192.0.2.7")], "192.0.2.7"),
            (vec![("x-forwarded-for", "192.0.2.7:4711")], "192.0.2.7"),
            (vec![("x-forwarded-for", "::ffff:192.0.2.7")], "192.0.2.7"),
            (vec![("x-forwarded-for", "192.0.2.7, 10.9.9.9")], "192.0.2.7"),
            (vec![("x-forwarded-for", "192.0.2.7"), ("x-forwarded-for", "fd00::1")], "192.0.2.7"),
            (vec![("forwarded", r#"for="[2001:db8::1]:4711";proto=https"#)], "2001:db8::1"),
            (vec![("forwarded", "proto=https; For=192.0.2.7, for=10.9.9.9")], "192.0.2.7"),
            (vec![("forwarded", "for=192.0.2.7"), ("x-forwarded-for", "192.0.2.7")], "192.0.2.7"),
            // All of them are ours: a monitor within.
            (vec![("x-forwarded-for", "10.5.5.5")], "10.5.5.5"),
        ] {
            assert_eq!(client(PROXY, &lines), who, "{lines:?}");
        }
    }

    #[test]
    fn what_a_client_writes_itself_changes_nothing() {
        for (lines, who) in [
            // Its own entries stand before the one that the proxy adds.
            (vec![("x-forwarded-for", "127.0.0.1, 192.0.2.7")], "192.0.2.7"),
            (vec![("x-forwarded-for", "10.1.1.1"), ("x-forwarded-for", "192.0.2.7")], "192.0.2.7"),
            (vec![("x-forwarded-for", "203.0.113.1, unknown, 10.1.1.1")], "10.1.1.1"),
            // The proxy writes one header only, and lets the other one through.
            (vec![("forwarded", "for=203.0.113.1"), ("x-forwarded-for", "192.0.2.7")], PROXY),
            (vec![("forwarded", "for=_hidden"), ("x-forwarded-for", "192.0.2.7")], PROXY),
            (vec![("x-forwarded-for", "")], PROXY),
            (vec![("x-forwarded-for", "192.0.2.7\u{ff}")], PROXY),
            (vec![("x-forwarded-for", "' OR 1=1 --")], PROXY),
            (vec![("forwarded", "for=\"")], PROXY),
            (vec![("forwarded", "for")], PROXY),
        ] {
            assert_eq!(client(PROXY, &lines), who, "{lines:?}");
            assert_eq!(client("192.0.2.99", &lines), "192.0.2.99", "{lines:?}");
        }
    }

    #[test]
    fn networks_hold_what_begins_like_them() {
        let holds = |network: &str, address: &str| {
            network.parse::<Network>().unwrap().holds(address.parse().unwrap())
        };
        for (network, address) in [
            ("0.0.0.0/0", "192.0.2.7"),
            ("::/0", "fd00::1"),
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.4/30", "192.0.2.7"),
            ("fd00::/8", "fdff::1"),
        ] {
            assert!(holds(network, address), "{network} {address}");
        }
        for (network, address) in [
            ("192.0.2.4/30", "192.0.2.8"),
            ("0.0.0.0/0", "::1"),
            ("::/0", "192.0.2.7"),
            ("fd00::/8", "fe00::1"),
            ("192.0.2.7", "192.0.2.6"),
        ] {
            assert!(!holds(network, address), "{network} {address}");
        }
        for bad in ["proxy.example.org", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "/8"]
        {
            assert_eq!(bad.parse::<Proxies>(), Err(BadProxies::Form(bad.into())));
        }
        assert_eq!("1.1.1.1,".repeat(PROXIES_MAX + 1).parse::<Proxies>(), Err(BadProxies::TooMany));
    }

    proptest! {
        #[test]
        fn nothing_before_the_last_entry_counts(before in "[ -~]{0,200}") {
            let line = format!("{before}, 192.0.2.7");
            prop_assert_eq!(client(PROXY, &[("x-forwarded-for", &line)]), "192.0.2.7");
            prop_assert_eq!(client("192.0.2.9", &[("x-forwarded-for", &line)]), "192.0.2.9");
        }
    }
}
