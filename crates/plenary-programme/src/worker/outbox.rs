//! What goes to the server: one queue, one thread that writes it.

use std::io::{BufWriter, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use plenary_model::limits::WORKER_OUT_MAX;

use crate::protocol::FromWorker;
use crate::protocol::wire;

/// The sending end, one clone per thread.
#[derive(Debug, Clone)]
pub(super) struct Outbox(SyncSender<FromWorker>);

impl Outbox {
    pub(super) fn open(socket: UnixStream) -> std::io::Result<Self> {
        let (queue, messages) = sync_channel(WORKER_OUT_MAX);
        std::thread::Builder::new()
            .name("to-server".into())
            .spawn(move || write(socket, &messages))?;
        Ok(Self(queue))
    }

    /// Waits for room: for encoders, whose own queues then fill and skip pictures.
    pub(super) fn deliver(&self, message: FromWorker) {
        // The writer ends when the server is gone; the main thread hears of that by itself.
        let _ = self.0.send(message);
    }

    /// Never waits: for the clock's thread. What does not fit is news that will come again.
    pub(super) fn post(&self, message: FromWorker) {
        let _ = self.0.try_send(message);
    }
}

fn write(socket: UnixStream, messages: &Receiver<FromWorker>) {
    let mut socket = BufWriter::with_capacity(64 * 1024, socket);
    while let Ok(message) = messages.recv() {
        let mut sent = wire::send(&mut socket, &message).is_ok();
        while let (true, Ok(more)) = (sent, messages.try_recv()) {
            sent = wire::send(&mut socket, &more).is_ok();
        }
        if !sent || socket.flush().is_err() {
            return;
        }
    }
}
