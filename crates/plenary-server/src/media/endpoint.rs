//! Which addresses media arrives at, and their sockets.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

use plenary_model::limits::MEDIA_LISTEN_BACKLOG;
use socket2::{Domain, Protocol, Socket, Type};

/// Room for 50 ms of 400 Mb/s: a late thread must not lose packets in the kernel.
const SOCKET_BUFFER_BYTES: usize = 4 * 1024 * 1024;

/// An address that the thread binds, and the one that pages are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// Bound here; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Told to pages instead of the bound address (a router or cloud that forwards to us).
    pub public: Option<IpAddr>,
}

/// The endpoints for a listening address: itself, or each address of this machine when it is
/// unspecified. With a public address there is one endpoint that is told to pages by it.
///
/// # Errors
/// The machine's addresses cannot be read.
pub fn endpoints(listen: IpAddr, port: u16, public: Option<IpAddr>) -> io::Result<Vec<Endpoint>> {
    if public.is_some() || !listen.is_unspecified() {
        return Ok(vec![Endpoint { bind: SocketAddr::new(listen, port), public }]);
    }
    let mut addresses = local_addresses(listen.is_ipv6())?;
    if addresses.is_empty() {
        addresses.push(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    let endpoint = |address| Endpoint { bind: SocketAddr::new(address, port), public: None };
    Ok(addresses.into_iter().map(endpoint).collect())
}

/// Addresses of interfaces that are up, without link-local ones; loopback last, so that a page on
/// the same machine works without a network.
fn local_addresses(with_ipv6: bool) -> io::Result<Vec<IpAddr>> {
    let mut first: *mut libc::ifaddrs = std::ptr::null_mut();
    // SAFETY: getifaddrs fills the pointer with a list that we free below.
    if unsafe { libc::getifaddrs(&raw mut first) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let mut found = Vec::new();
    let mut entry = first;
    while !entry.is_null() {
        // SAFETY: the list is valid until freeifaddrs, and `entry` is one of its elements.
        let interface = unsafe { &*entry };
        let up = interface.ifa_flags & (libc::IFF_UP as u32) != 0;
        if up && !interface.ifa_addr.is_null() {
            // SAFETY: ifa_addr points to a socket address of its own family.
            found.extend(unsafe { address(interface.ifa_addr) });
        }
        entry = interface.ifa_next;
    }
    // SAFETY: `first` came from getifaddrs and is freed once.
    unsafe { libc::freeifaddrs(first) };
    found.retain(|address| match address {
        IpAddr::V4(v4) => !v4.is_link_local(),
        IpAddr::V6(v6) => with_ipv6 && !v6.is_unicast_link_local() && !v6.is_loopback(),
    });
    found.sort_by_key(IpAddr::is_loopback);
    found.dedup();
    Ok(found)
}

/// # Safety
/// `at` points to a socket address that is as long as its family says.
unsafe fn address(at: *const libc::sockaddr) -> Option<IpAddr> {
    // SAFETY: the caller's promise covers the family field and the cast that it selects.
    unsafe {
        match i32::from((*at).sa_family) {
            libc::AF_INET => {
                let v4 = &*at.cast::<libc::sockaddr_in>();
                Some(IpAddr::from(v4.sin_addr.s_addr.to_ne_bytes()))
            }
            libc::AF_INET6 => {
                let v6 = &*at.cast::<libc::sockaddr_in6>();
                Some(IpAddr::from(v6.sin6_addr.s6_addr))
            }
            _ => None,
        }
    }
}

/// A socket for media: not blocking, with large buffers as far as the kernel allows.
///
/// # Errors
/// The address is not ours or taken.
pub fn open(bind: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(bind), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    for set in [Socket::set_recv_buffer_size, Socket::set_send_buffer_size] {
        if let Err(error) = set(&socket, SOCKET_BUFFER_BYTES) {
            tracing::debug!(%error, "the kernel keeps its socket buffer");
        }
    }
    socket.bind(&bind.into())?;
    Ok(socket.into())
}

/// A listener for media over TCP at the address of a socket for UDP. Where another program has that
/// number and `any` is given, it has one of its own.
///
/// # Errors
/// The address is taken.
pub fn listen(bound: SocketAddr, any: bool) -> io::Result<TcpListener> {
    let open = |at: SocketAddr| -> io::Result<TcpListener> {
        let socket = Socket::new(Domain::for_address(at), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_reuse_address(true)?;
        socket.bind(&at.into())?;
        socket.listen(MEDIA_LISTEN_BACKLOG)?;
        Ok(socket.into())
    };
    match open(bound) {
        Err(error) if any && error.kind() == io::ErrorKind::AddrInUse => {
            open(SocketAddr::new(bound.ip(), 0))
        }
        opened => opened,
    }
}
