//! The sockets of a media thread, and what sends from them.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsRawFd as _;

use mio::net::{TcpListener, UdpSocket};
use mio::{Interest, Registry, Token};
use plenary_stage::TransportAddress;

use super::audience::Sending;
use super::batch::Batch;
use super::endpoint::{Endpoint, listen, open};
use super::streams::Streams;

/// A socket of UDP.
pub struct Port {
    pub socket: UdpSocket,
    /// The candidate address that pages know it by.
    pub address: SocketAddr,
}

/// The sockets.
pub struct Ports {
    /// Those of UDP; each one's token is its place.
    pub all: Vec<Port>,
    /// Those of TCP.
    pub streams: Streams,
    /// Where media arrives, as pages are told.
    pub addresses: Vec<TransportAddress>,
    batch: Batch,
}

impl Ports {
    /// Opens the sockets of the endpoints; those of TCP too when so many connections may come there.
    ///
    /// # Errors
    /// An address of UDP cannot be bound. One of TCP that cannot is only logged.
    pub fn open(
        registry: &Registry,
        endpoints: &[Endpoint],
        connections_max: usize,
    ) -> io::Result<Self> {
        let streams = Streams::new(registry.try_clone()?, connections_max);
        let (all, addresses, batch) = (Vec::new(), Vec::new(), Batch::default());
        let mut ports = Self { all, streams, addresses, batch };
        for (index, endpoint) in endpoints.iter().enumerate() {
            let socket = open(endpoint.bind)?;
            let bound = socket.local_addr()?;
            let told = |port| SocketAddr::new(endpoint.public.unwrap_or(bound.ip()), port);
            let address = told(bound.port());
            let mut socket = UdpSocket::from_std(socket);
            registry.register(&mut socket, Token(index), Interest::READABLE)?;
            ports.all.push(Port { socket, address });
            ports.addresses.push(TransportAddress::Udp(address));
            if 0 < connections_max {
                match listen(bound, endpoint.bind.port() == 0) {
                    Ok(listener) => {
                        let address = told(listener.local_addr()?.port());
                        ports.streams.listen(TcpListener::from_std(listener), address)?;
                        ports.addresses.push(TransportAddress::Tcp(address));
                    }
                    Err(error) => tracing::warn!(
                        %error, port = bound.port(),
                        "media cannot come over TCP: the port cannot be opened"
                    ),
                }
            }
        }
        Ok(ports)
    }

    /// Sends what is to be sent.
    pub fn send(&mut self, sending: Sending<'_>) {
        match sending {
            Sending::One { from, to, bytes } => self.send_one(from, to, &bytes),
            Sending::Many(slab) => {
                for port in &self.all {
                    self.batch.send(port.socket.as_raw_fd(), port.address, slab);
                }
                for (run, bytes) in slab.runs() {
                    if let TransportAddress::Tcp(from) = run.from {
                        for datagram in bytes.chunks(run.segment) {
                            self.streams.send(from, run.to.socket(), datagram);
                        }
                    }
                }
            }
        }
    }

    /// Sends one datagram.
    pub fn send_one(&mut self, from: TransportAddress, to: TransportAddress, bytes: &[u8]) {
        match from {
            TransportAddress::Udp(from) => {
                let Some(port) = self.all.iter().find(|port| port.address == from) else { return };
                // A full socket buffer or an unreachable peer loses the datagram, as a network
                // would; repair and the estimators deal with it.
                if let Err(error) = port.socket.send_to(bytes, to.socket()) {
                    tracing::trace!(%error, "a datagram was not sent");
                }
            }
            TransportAddress::Tcp(from) => self.streams.send(from, to.socket(), bytes),
        }
    }
}
