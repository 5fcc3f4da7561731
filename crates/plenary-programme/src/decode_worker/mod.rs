//! `plenary decode-worker`: decodes one source in a process of its own, so that a bad stream kills
//! one tile and nothing else. Its socket is standard input, its picture ring is descriptor 3.

mod ear;

use std::io::BufReader;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

use bytes::Bytes;

use crate::canvas::Picture;
use crate::decode::DecodeError;
use crate::decode::h264::H264Decoder;
use crate::protocol::child::{FromDecoder, RING_FD, ToDecoder};
use crate::protocol::wire::{self, WireError};
use crate::ring::{Ring, SLOTS};

use ear::Ear;

/// Why a decoder process ended.
#[derive(Debug, thiserror::Error)]
pub enum DecodeWorkerError {
    /// It was started by hand, or the system is out of something.
    #[error("a decoder is started by the media worker, which hands over a socket and a ring")]
    Inherited(#[source] std::io::Error),
    /// The media worker went away in the middle of a message, or spoke another version.
    #[error("the media worker's socket failed")]
    Socket(#[from] WireError),
    /// A decoder library could not be set up.
    #[error("a decoder could not be made")]
    Decoder(#[from] DecodeError),
}

/// Decodes until the media worker closes the socket.
pub fn run() -> Result<(), DecodeWorkerError> {
    let inherited = DecodeWorkerError::Inherited;
    // SAFETY: both descriptors were opened for this process by its parent, and nothing else in
    // this process has taken them; wrong ones fail at their first use.
    let (socket, ring) =
        unsafe { (OwnedFd::from_raw_fd(libc::STDIN_FILENO), OwnedFd::from_raw_fd(RING_FD)) };
    let ring = Ring::open(ring).map_err(inherited)?;
    let socket = UnixStream::from(socket);
    let mut from = BufReader::with_capacity(64 * 1024, socket.try_clone().map_err(inherited)?);
    let mut worker = Worker::new(socket, ring)?;
    while let Some(message) = wire::receive(&mut from)? {
        worker.handle(message)?;
    }
    Ok(())
}

struct Worker {
    socket: UnixStream,
    ring: Ring,
    free: Vec<u8>,
    size: (u32, u32),
    eye: H264Decoder,
    ear: Ear,
}

impl Worker {
    fn new(socket: UnixStream, ring: Ring) -> Result<Self, DecodeError> {
        Ok(Self {
            socket,
            ring,
            free: (0..SLOTS).collect(),
            size: (0, 0),
            eye: H264Decoder::new()?,
            ear: Ear::new()?,
        })
    }

    fn handle(&mut self, message: ToDecoder) -> Result<(), DecodeWorkerError> {
        match message {
            ToDecoder::Picture { pts, bytes } => self.picture(pts, &bytes),
            ToDecoder::Reset => {
                self.eye.lost();
                Ok(())
            }
            ToDecoder::Opus { pts, bytes } => {
                let sound = self.ear.opus(pts, &bytes);
                self.sound(sound)
            }
            ToDecoder::AacConfig { bytes } => {
                self.ear.configure_aac(&bytes);
                Ok(())
            }
            ToDecoder::Aac { pts, bytes } => {
                let sound = self.ear.aac(pts, &bytes);
                self.sound(sound)
            }
            ToDecoder::Release { slot } => {
                if slot < SLOTS && !self.free.contains(&slot) {
                    self.free.push(slot);
                }
                Ok(())
            }
        }
    }

    fn picture(&mut self, pts: i64, bytes: &Bytes) -> Result<(), DecodeWorkerError> {
        let answer = match self.eye.decode(bytes) {
            Ok(Some(picture)) => {
                Some(put(&self.ring, &mut self.free, &mut self.size, pts, &picture))
            }
            Ok(None) => None,
            Err(DecodeError::TooLarge { .. }) => Some(FromDecoder::TooLarge),
            Err(
                DecodeError::WaitForKeyframe
                | DecodeError::TooLong { .. }
                | DecodeError::Unsupported { .. }
                | DecodeError::Damaged { .. }
                | DecodeError::Broken { .. },
            ) => Some(FromDecoder::Undecodable),
        };
        match answer {
            Some(answer) => Ok(wire::send(&mut self.socket, &answer)?),
            None => Ok(()),
        }
    }

    fn sound(&mut self, sound: Option<(i64, Bytes)>) -> Result<(), DecodeWorkerError> {
        match sound {
            Some((pts, samples)) => {
                Ok(wire::send(&mut self.socket, &FromDecoder::Sound { pts, samples })?)
            }
            None => Ok(()),
        }
    }
}

/// Puts a picture into a free slot; without one it is decoded but not shown, because a late media
/// worker needs fewer pictures, not older ones.
fn put(
    ring: &Ring,
    free: &mut Vec<u8>,
    size: &mut (u32, u32),
    pts: i64,
    picture: &Picture<'_>,
) -> FromDecoder {
    let (width, height) = (picture.width(), picture.height());
    if free.len() == usize::from(SLOTS) && *size != (width, height) {
        ring.forget_memory();
        *size = (width, height);
    }
    let Some(slot) = free.pop() else { return FromDecoder::NoRoom };
    let planes = [&picture.y, &picture.u, &picture.v];
    let rows = planes.into_iter().flat_map(|plane| (0..plane.height()).map(|y| plane.row(y)));
    if ring.write(slot, rows) {
        FromDecoder::Picture { slot, pts, width, height }
    } else {
        free.push(slot);
        FromDecoder::TooLarge
    }
}
