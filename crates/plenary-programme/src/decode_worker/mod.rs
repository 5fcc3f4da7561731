//! `plenary decode-worker`: decodes one source in a process of its own, so that a bad stream kills
//! one tile and nothing else. Its socket is standard input, its picture ring is descriptor 3.

mod ear;
mod shelf;

use std::io::{BufReader, BufWriter, Write};
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

use bytes::Bytes;
use plenary_model::frame::PictureCodec;

use crate::decode::DecodeError;
use crate::decode::eye::Eye;
use crate::protocol::child::{FromDecoder, RING_FD, ToDecoder};
use crate::protocol::wire::{self, WireError};
use crate::ring::Ring;

use ear::Ear;
use shelf::Shelf;

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
    let mut worker = Worker::new(BufWriter::with_capacity(64 * 1024, socket), ring)?;
    while let Some(message) = wire::receive(&mut from)? {
        worker.handle(message)?;
        // The sounds of one piece are answered in one piece: each wakes the media worker.
        if from.buffer().is_empty() {
            worker.socket.flush().map_err(WireError::Io)?;
        }
    }
    Ok(())
}

struct Worker {
    socket: BufWriter<UnixStream>,
    shelf: Shelf,
    eye: Eye,
    ear: Ear,
}

impl Worker {
    fn new(socket: BufWriter<UnixStream>, ring: Ring) -> Result<Self, DecodeError> {
        Ok(Self {
            socket,
            shelf: Shelf::new(ring),
            eye: Eye::new(PictureCodec::H264)?,
            ear: Ear::new()?,
        })
    }

    fn handle(&mut self, message: ToDecoder) -> Result<(), DecodeWorkerError> {
        match message {
            ToDecoder::Picture { pts, codec, bytes } => self.picture(pts, codec, &bytes),
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
            ToDecoder::Shown { size } => {
                self.shelf.show_at(size);
                Ok(())
            }
            ToDecoder::Release { slots } => {
                self.shelf.release(slots);
                Ok(())
            }
        }
    }

    fn picture(
        &mut self,
        pts: i64,
        codec: PictureCodec,
        bytes: &Bytes,
    ) -> Result<(), DecodeWorkerError> {
        let answer = match self.eye.decode(codec, bytes) {
            Ok(Some(picture)) => Some(self.shelf.put(pts, &picture)),
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
            // At once: its slot must come back before too many other pictures.
            Some(answer) => {
                wire::send(&mut self.socket, &answer)?;
                Ok(self.socket.flush().map_err(WireError::Io)?)
            }
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
