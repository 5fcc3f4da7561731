//! Before the clock starts: can this ladder be made, and is this machine fast enough for it?

use plenary_model::ladder::Ladder;
use plenary_model::time::Ticks;

use crate::canvas::Frame;
use crate::clock::monotonic_us;
use crate::encode::h264::OpenH264Encoder;
use crate::encode::{EncodeError, PictureKind, VideoEncoder, VideoSettings};

use super::WorkerError;

/// Pictures that are encoded: 40 to 100 ms on the machines that we know.
const PICTURES: u64 = 6;
/// The fastest of them may take this long: half a tick at 30 fps.
const SLOW_US: u64 = 16_000;

/// Refuses a ladder that cannot be made.
pub(super) fn check(ladder: &Ladder) -> Result<(), WorkerError> {
    if ladder.video.is_empty() || 8 < ladder.video.len() {
        return Err(WorkerError::Ladder("it needs one to eight video renditions"));
    }
    if !matches!(ladder.frames_per_second, 25 | 30) {
        return Err(WorkerError::Ladder("it needs 25 or 30 pictures a second"));
    }
    let even = |n: u32| (16..=4_096).contains(&n) && n.is_multiple_of(2);
    if !ladder.video.iter().all(|video| even(video.width) && even(video.height)) {
        return Err(WorkerError::Ladder("widths and heights are even, 16 to 4096"));
    }
    Ok(())
}

/// Encodes a few moving pictures of the largest rendition. The fastest counts, because other work
/// on the machine only makes them slower.
pub(super) fn is_slow(ladder: &Ladder) -> Result<bool, EncodeError> {
    let settings = VideoSettings::programme(&ladder.video[0], ladder.frames_per_second);
    let mut encoder = OpenH264Encoder::new(settings.clone())?;
    let mut fastest = u64::MAX;
    let mut frame = Frame::black(settings.width, settings.height);
    for n in 0..PICTURES {
        let width = settings.width as usize;
        for (i, sample) in frame.planes_mut().y.iter_mut().enumerate() {
            *sample = 16 + ((i % width / 4 + i / width / 4 + n as usize * 2) % 200) as u8;
        }
        let kind = if n == 0 { PictureKind::Idr } else { PictureKind::Any };
        let time = Ticks(n * 90_000 / u64::from(ladder.frames_per_second));
        let began = monotonic_us();
        encoder.encode(&frame.picture(), time, kind)?;
        fastest = fastest.min(monotonic_us() - began);
    }
    Ok(SLOW_US < fastest)
}
