//! Where datagrams come from and go to: the transport addresses of ICE (RFC 8445 section 4). Datagrams
//! over TCP are frames of a connection (RFC 4571), which the shell takes apart and puts together.

use std::net::SocketAddr;

use str0m::Candidate;
use str0m::net::{Protocol, TcpType, Transmit};

/// One end of a path. The same numbers of UDP and of TCP are different places; both ends of a path
/// have the same protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransportAddress {
    /// Of UDP.
    Udp(SocketAddr),
    /// Of TCP; ours are passive (RFC 6544 section 4.1): we listen there, and who reaches us connects.
    Tcp(SocketAddr),
}

impl TransportAddress {
    /// IP address and port.
    pub const fn socket(self) -> SocketAddr {
        match self {
            Self::Udp(socket) | Self::Tcp(socket) => socket,
        }
    }

    pub(crate) const fn protocol(self) -> Protocol {
        match self {
            Self::Udp(_) => Protocol::Udp,
            Self::Tcp(_) => Protocol::Tcp,
        }
    }

    /// As one of the server's candidates; `None` for an address that nobody can be told, such as an
    /// unspecified one.
    pub(crate) fn candidate(self) -> Option<Candidate> {
        self.candidate_that(TcpType::Passive)
    }

    /// As a candidate of somebody who connects to the server.
    pub(crate) fn active_candidate(self) -> Option<Candidate> {
        self.candidate_that(TcpType::Active)
    }

    fn candidate_that(self, role: TcpType) -> Option<Candidate> {
        match self {
            Self::Udp(socket) => Candidate::host(socket, "udp"),
            Self::Tcp(socket) => Candidate::builder().tcp().host(socket).tcptype(role).build(),
        }
        .ok()
    }

    fn of(protocol: Protocol, socket: SocketAddr) -> Self {
        match protocol {
            Protocol::Udp => Self::Udp(socket),
            Protocol::Tcp | Protocol::SslTcp | Protocol::Tls => Self::Tcp(socket),
        }
    }
}

/// From where and to where the library wants a datagram to go.
pub(crate) fn path_of(transmit: &Transmit) -> (TransportAddress, TransportAddress) {
    let of = |socket| TransportAddress::of(transmit.proto, socket);
    (of(transmit.source), of(transmit.destination))
}
