//! Sends many datagrams with few calls of the kernel: runs of equal datagrams to one place are one
//! message (`UDP_SEGMENT`, Linux 4.18), and messages leave together (`sendmmsg`).

use std::io;
use std::net::SocketAddr;
use std::os::fd::RawFd;

use plenary_stage::TransportAddress;
use plenary_stage::egress::slab::{Run, Slab};
use socket2::SockAddr;

/// Messages of one call.
const MESSAGES: usize = 64;
/// Room for one control message with the length of a segment.
const CONTROL_BYTES: usize = 32;

/// Aligned as the kernel wants it.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct Control([u8; CONTROL_BYTES]);

/// The messages of one call, kept so that nothing is allocated while sending.
pub struct Batch {
    places: Vec<SockAddr>,
    pieces: Vec<libc::iovec>,
    controls: Vec<Control>,
    messages: Vec<libc::mmsghdr>,
    /// False once the kernel or a device has refused to segment.
    segments: bool,
}

// SAFETY: the pointers in `pieces` and `messages` are only followed within `send`, which sets them
// anew each time.
unsafe impl Send for Batch {}

impl Default for Batch {
    fn default() -> Self {
        Self {
            places: Vec::with_capacity(MESSAGES),
            pieces: Vec::with_capacity(MESSAGES),
            controls: Vec::with_capacity(MESSAGES),
            messages: Vec::with_capacity(MESSAGES),
            segments: true,
        }
    }
}

impl Batch {
    /// Sends the runs that leave from `address`, which is `socket`. What the kernel does not take is
    /// lost, as on a network.
    pub fn send(&mut self, socket: RawFd, address: SocketAddr, slab: &Slab) {
        let from = TransportAddress::Udp(address);
        for (run, bytes) in slab.runs().filter(|(run, _)| run.from == from) {
            if run.segment < bytes.len() && !self.segments {
                for datagram in bytes.chunks(run.segment) {
                    self.add(socket, run, datagram);
                }
            } else {
                self.add(socket, run, bytes);
            }
        }
        self.flush(socket);
    }

    fn add(&mut self, socket: RawFd, run: &Run, bytes: &[u8]) {
        if MESSAGES <= self.places.len() {
            self.flush(socket);
        }
        self.places.push(run.to.socket().into());
        self.pieces
            .push(libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() });
        let mut control = Control([0; CONTROL_BYTES]);
        // SAFETY: all zeros is a valid empty header.
        let mut message: libc::mmsghdr = unsafe { std::mem::zeroed() };
        if run.segment < bytes.len() {
            message.msg_hdr.msg_controllen = write_segment(&mut control, run.segment);
        }
        self.controls.push(control);
        self.messages.push(message);
    }

    fn flush(&mut self, socket: RawFd) {
        for (index, message) in self.messages.iter_mut().enumerate() {
            let header = &mut message.msg_hdr;
            header.msg_name = self.places[index].as_ptr().cast_mut().cast();
            header.msg_namelen = self.places[index].len();
            header.msg_iov = &raw mut self.pieces[index];
            header.msg_iovlen = 1;
            if 0 < header.msg_controllen {
                header.msg_control = self.controls[index].0.as_mut_ptr().cast();
            }
        }
        let mut sent = 0;
        while sent < self.messages.len() {
            let rest = &mut self.messages[sent..];
            let count = libc::c_uint::try_from(rest.len()).unwrap_or(0);
            // SAFETY: the headers point to addresses, pieces and controls that live until `clear`
            // below, and the pieces to the slab's bytes, borrowed by our caller; nothing is written
            // through them.
            let taken = unsafe { libc::sendmmsg(socket, rest.as_mut_ptr(), count, 0) };
            match usize::try_from(taken) {
                Ok(taken) => sent += taken.max(1),
                Err(_) => {
                    let error = io::Error::last_os_error();
                    let whole = rest[0].msg_hdr.msg_controllen == 0;
                    // A message that cannot go is lost, those behind it are tried.
                    if !whole && matches!(error.raw_os_error(), Some(libc::EIO | libc::EINVAL)) {
                        tracing::info!(%error, "datagrams leave one by one: no segmentation here");
                        self.segments = false;
                    }
                    tracing::trace!(%error, "datagrams were not sent");
                    sent += 1;
                }
            }
        }
        self.places.clear();
        self.pieces.clear();
        self.controls.clear();
        self.messages.clear();
    }
}

/// Writes the control message that says how long a segment is; its length.
fn write_segment(control: &mut Control, segment: usize) -> usize {
    let length = u16::try_from(segment).unwrap_or(u16::MAX);
    // SAFETY: the macros compute from sizes alone; a header and two bytes fit into `CONTROL_BYTES`,
    // which is aligned for the header.
    unsafe {
        let header = control.0.as_mut_ptr().cast::<libc::cmsghdr>();
        (*header).cmsg_level = libc::SOL_UDP;
        (*header).cmsg_type = libc::UDP_SEGMENT;
        (*header).cmsg_len = libc::CMSG_LEN(2) as usize;
        libc::CMSG_DATA(header).cast::<u16>().write_unaligned(length);
        libc::CMSG_SPACE(2) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::os::fd::AsRawFd as _;
    use std::time::Duration;

    use super::super::endpoint::open;
    use super::*;

    /// What three receivers get of 50 datagrams each, in runs with a short end.
    fn sent(segments: bool) -> Vec<Vec<usize>> {
        let local = "127.0.0.1:0";
        let from = UdpSocket::bind(local).unwrap();
        let address = from.local_addr().unwrap();
        // With the buffers of a media port: a usual one does not hold so many small datagrams.
        let receiver = |_| open(local.parse().unwrap()).unwrap();
        let to: Vec<UdpSocket> = (0..3).map(receiver).collect();
        let mut batch = Batch { segments, ..Batch::default() };
        let mut slab = Slab::default();
        for _ in 0..10 {
            for receiver in &to {
                for length in [300, 300, 300, 300, 40] {
                    let to = TransportAddress::Udp(receiver.local_addr().unwrap());
                    slab.datagram((TransportAddress::Udp(address), to), length).fill(7);
                }
            }
            batch.send(from.as_raw_fd(), address, &slab);
            slab.clear();
        }
        let mut datagram = [0; 2_000];
        let mut lengths = |receiver: &UdpSocket| {
            receiver.set_nonblocking(false).unwrap();
            receiver.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            (0..50).map(|_| receiver.recv(&mut datagram).unwrap()).collect()
        };
        to.iter().map(&mut lengths).collect()
    }

    #[test]
    fn every_datagram_arrives_as_it_was_written_with_and_without_segmentation() {
        let one: Vec<usize> = [300, 300, 300, 300, 40].repeat(10);
        assert_eq!(sent(true), vec![one.clone(); 3]);
        assert_eq!(sent(false), vec![one; 3]);
    }

    #[test]
    fn a_place_that_cannot_be_reached_does_not_hold_up_the_others() {
        let local = "127.0.0.1:0";
        let from = UdpSocket::bind(local).unwrap();
        let address = from.local_addr().unwrap();
        let to = UdpSocket::bind(local).unwrap();
        let mut slab = Slab::default();
        // A loopback socket has no way there.
        let nowhere = SocketAddr::from(([255, 255, 255, 255], 9));
        for (to, length) in [(nowhere, 10), (to.local_addr().unwrap(), 20)] {
            let path = (TransportAddress::Udp(address), TransportAddress::Udp(to));
            slab.datagram(path, length).fill(1);
        }
        Batch::default().send(from.as_raw_fd(), address, &slab);
        to.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        assert_eq!(to.recv(&mut [0; 100]).unwrap(), 20);
    }
}
