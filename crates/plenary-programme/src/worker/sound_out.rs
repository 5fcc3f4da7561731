//! The sound encoders: AAC for the broadcast, Opus for the low-delay path and for the stage.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use plenary_model::frame::{Bus, ProgrammeAac, ProgrammeOpus};
use plenary_model::ladder::AudioRendition;
use plenary_model::time::{PROGRAMME_HZ, SOUND_HZ, Ticks};

use crate::clock::{Block, samples};
use crate::encode::EncodeError;
use crate::encode::aac::AacEncoder;
use crate::encode::opus::OpusEncoder;
use crate::mix::{Meter, Mixed};
use crate::protocol::FromWorker;

use super::outbox::Outbox;

/// Blocks that wait for the encoders: over a second, because a hole in the sound is heard.
const QUEUE_MAX: usize = 64;
/// Rate of the programme's Opus, both buses.
const OPUS_BITS_PER_SECOND: u32 = 96_000;
/// Blocks between two loudness readings: one second.
const LOUDNESS_BLOCKS: u32 = 50;

/// One mixed block with its time.
pub(super) struct SoundJob {
    pub(super) time: Ticks,
    pub(super) mixed: Mixed,
}

/// Starts the thread; it ends when the sender is dropped.
pub(super) fn start(
    rendition: &AudioRendition,
    first: Ticks,
    outbox: Outbox,
) -> Result<SyncSender<SoundJob>, EncodeError> {
    let worker = Worker {
        aac: AacEncoder::new(rendition.bits_per_second)?,
        aac_zero: samples(first),
        programme: OpusEncoder::new(OPUS_BITS_PER_SECOND)?,
        seatless: OpusEncoder::new(OPUS_BITS_PER_SECOND)?,
        meter: Meter::default(),
        first,
        outbox,
    };
    worker.outbox.deliver(FromWorker::AacConfig(worker.aac.config().clone()));
    let (queue, jobs) = sync_channel(QUEUE_MAX);
    std::thread::Builder::new()
        .name("encode-sound".into())
        .spawn(move || worker.run(&jobs))
        .map_err(|_| EncodeError::Settings { codec: "sound", code: -1 })?;
    Ok(queue)
}

struct Worker {
    aac: AacEncoder,
    /// Time of the first sample that the AAC encoder was given.
    aac_zero: u64,
    programme: OpusEncoder,
    seatless: OpusEncoder,
    meter: Meter,
    first: Ticks,
    outbox: Outbox,
}

impl Worker {
    fn run(mut self, jobs: &Receiver<SoundJob>) {
        let mut blocks = 0;
        let mut frames = Vec::new();
        while let Ok(job) = jobs.recv() {
            self.meter.add(&job.mixed.programme);
            self.aac(&job.mixed.programme, &mut frames);
            self.opus(Bus::Programme, job.time, &job.mixed.programme);
            self.opus(Bus::Return, job.time, &job.mixed.seatless);
            blocks += 1;
            if blocks == LOUDNESS_BLOCKS {
                blocks = 0;
                self.outbox.post(FromWorker::Loudness(self.meter.read()));
            }
        }
    }

    /// Frames that begin before the programme does hold only the encoder's own delay.
    fn aac(&mut self, block: &Block, frames: &mut Vec<crate::encode::aac::AacFrame>) {
        if let Err(error) = self.aac.encode(block, frames) {
            tracing::error!(%error, "a piece of the programme's AAC is lost");
        }
        for frame in frames.drain(..) {
            let Some(time_samples) = self.aac_zero.checked_add_signed(frame.start_samples) else {
                continue;
            };
            if samples(self.first) <= time_samples {
                let aac = ProgrammeAac { time_samples, bytes: frame.bytes };
                self.outbox.deliver(FromWorker::Aac(aac));
            }
        }
    }

    fn opus(&mut self, bus: Bus, time: Ticks, block: &Block) {
        let encoder = match bus {
            Bus::Programme => &mut self.programme,
            Bus::Return => &mut self.seatless,
        };
        let delay = u64::from(encoder.delay_samples()) * PROGRAMME_HZ / SOUND_HZ;
        let time = Ticks(time.0.saturating_sub(delay));
        match encoder.encode(block) {
            Ok(bytes) => self.outbox.deliver(FromWorker::Opus(ProgrammeOpus { bus, time, bytes })),
            Err(error) => tracing::error!(%error, "a packet of the programme's Opus is lost"),
        }
    }
}
