//! Plays a clip round and round: reads each piece shortly before it is due and hands it to the
//! programme as if a perfect sender had sent it.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use bytes::Bytes;
use plenary_model::frame::PictureCodec::H264;
use plenary_model::frame::SenderReport;
use plenary_model::id::SourceId;

use crate::clock::monotonic_us;
use crate::event::Event;
use crate::unit::{Media, Unit};

use super::ClipError;
use super::index::{Index, Sample};

/// How long before it is sent a piece is read.
const READ_AHEAD_US: u64 = 50_000;
/// Later than this (the machine slept) the clip goes on from where it is.
const LATE_US: u64 = 1_000_000;

/// A playing clip; dropping it ends it.
#[derive(Debug)]
pub struct Player {
    _stop: SyncSender<()>,
}

impl Player {
    /// Starts to play; the file is opened on a thread of its own, because a disk may be slow.
    pub(crate) fn start(
        source: SourceId,
        path: PathBuf,
        events: SyncSender<Event>,
    ) -> std::io::Result<Self> {
        let (stop, stopped) = sync_channel(0);
        std::thread::Builder::new().name("clip".into()).spawn(move || {
            let end = match Tape::open(source, &path, events.clone()) {
                Ok(tape) => tape.play(&stopped),
                Err(error) => End::Failed(error),
            };
            if let End::Failed(error) = end {
                tracing::warn!(%source, %error, "a clip cannot be played");
                // When nobody listens, the programme has ended.
                let _ = events.send(Event::ClipFailed { source });
            }
        })?;
        Ok(Self { _stop: stop })
    }
}

/// Why playing ended.
enum End {
    Stopped,
    Failed(ClipError),
}

struct Tape {
    source: SourceId,
    file: File,
    index: Index,
    events: SyncSender<Event>,
}

impl Tape {
    fn open(source: SourceId, path: &Path, events: SyncSender<Event>) -> Result<Self, ClipError> {
        let file = File::open(path)?;
        let index = Index::read(&file)?;
        Ok(Self { source, file, index, events })
    }

    fn play(self, stopped: &Receiver<()>) -> End {
        let mut start_us = monotonic_us();
        let mut round = 0;
        loop {
            match self.round(round, &mut start_us, stopped) {
                Ok(()) => round += 1,
                Err(end) => return end,
            }
        }
    }

    fn round(&self, round: i64, start_us: &mut u64, stopped: &Receiver<()>) -> Result<(), End> {
        let config = Bytes::copy_from_slice(&self.index.aac_config);
        if !config.is_empty() && round == 0 {
            self.send(Media::AacConfig, 0, *start_us, config, 1)?;
        }
        let duration_us = self.index.duration_us as i64;
        let base_us = round * duration_us;
        let (mut pictures, mut sounds) =
            (self.index.pictures.iter().peekable(), self.index.sounds.iter().peekable());
        loop {
            let picture_first = match (pictures.peek(), sounds.peek()) {
                (None, None) => return Ok(()),
                (Some(picture), Some(sound)) => picture.time_us <= sound.time_us,
                (Some(_), None) => true,
                (None, Some(_)) => false,
            };
            let next = if picture_first { pictures.next() } else { sounds.next() };
            let Some(sample) = next.filter(|sample| sample.time_us < duration_us) else {
                continue;
            };
            let time_us = base_us + sample.time_us;
            let due_us = wait(start_us, time_us, stopped)?;
            let bytes = self.read(sample).map_err(|error| End::Failed(error.into()))?;
            if picture_first {
                let media = if sample.sync { Media::Keyframe(H264) } else { Media::Picture(H264) };
                self.send(media, time_us, due_us, self.annex_b(sample, &bytes), 90)?;
            } else {
                self.send(Media::Aac, time_us, due_us, bytes.into(), 48)?;
            }
        }
    }

    /// Sends one piece; `per_ms` is the clock rate of its track in kHz.
    fn send(
        &self,
        media: Media,
        time_us: i64,
        due_us: u64,
        bytes: Bytes,
        per_ms: i64,
    ) -> Result<(), End> {
        let unit = Unit {
            media,
            // Rounded, so that sound frames join without a sample too many or too few.
            rtp: (time_us * per_ms + 500).div_euclid(1000),
            arrival_us: due_us,
            report: Some(SenderReport { wall_us: 0, rtp_time: 0 }),
            bytes,
        };
        let event = Event::Clip { source: self.source, unit };
        self.events.send(event).map_err(|_| End::Stopped)
    }

    fn read(&self, sample: &Sample) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; sample.bytes as usize];
        self.file.read_exact_at(&mut bytes, sample.offset)?;
        Ok(bytes)
    }

    /// Lengths become start codes; a keyframe gets the parameter sets in front.
    fn annex_b(&self, sample: &Sample, bytes: &[u8]) -> Bytes {
        let mut out = Vec::with_capacity(bytes.len() + self.index.parameter_sets.len() + 16);
        if sample.sync {
            out.extend_from_slice(&self.index.parameter_sets);
        }
        let mut rest = bytes;
        while let Some((head, after)) = rest.split_at_checked(self.index.length_bytes) {
            let length = head.iter().fold(0usize, |n, byte| n << 8 | usize::from(*byte));
            let Some((unit, after)) = after.split_at_checked(length) else { break };
            out.extend_from_slice(&[0, 0, 0, 1]);
            out.extend_from_slice(unit);
            rest = after;
            if head.is_empty() {
                break;
            }
        }
        out.into()
    }
}

/// Waits until shortly before the piece is due; returns when that is.
fn wait(start_us: &mut u64, time_us: i64, stopped: &Receiver<()>) -> Result<u64, End> {
    let now = monotonic_us();
    if start_us.saturating_add_signed(time_us) + LATE_US < now {
        *start_us = now.saturating_add_signed(-time_us);
    }
    let due_us = start_us.saturating_add_signed(time_us);
    let left = due_us.saturating_sub(now + READ_AHEAD_US);
    match stopped.recv_timeout(Duration::from_micros(left)) {
        Err(RecvTimeoutError::Timeout) => Ok(due_us),
        Ok(()) | Err(RecvTimeoutError::Disconnected) => Err(End::Stopped),
    }
}
