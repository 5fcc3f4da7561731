//! A camera and a microphone that only have the sizes and the rhythm of real ones. Each packet
//! carries the moment at which it was sent.

use std::time::{Duration, Instant};

use plenary_model::frame::{PictureCodec, TrackKind};
use plenary_programme::clock::monotonic_us;
use plenary_stage::peer::LAYERS;
use plenary_stage::signal::TrackUse;

use crate::media::call::Call;

const SOUND_EVERY: Duration = Duration::from_millis(20);
const SOUND_TICKS: u64 = 960;
const PICTURE_EVERY: Duration = Duration::from_nanos(33_333_333);
const PICTURE_TICKS: u64 = 3_000;
/// Bytes of a picture of each layer: 150, 600 and 2 000 kb/s at 30 pictures a second.
const PICTURE_BYTES: [usize; LAYERS.len()] = [625, 2_500, 8_300];
/// A keyframe is so many times as large.
const KEYFRAME_FACTOR: usize = 4;
/// A voice in Opus at 32 kb/s, and what a muted microphone sends.
const VOICE: (usize, i8) = (80, -30);
const SILENCE: (usize, i8) = (12, -127);
const OPUS_20_MS: u8 = 0x78;
const SLICE: u8 = 0x41;
const IDR: u8 = 0x65;
const FU_A: u8 = 28;
const H264: TrackKind = TrackKind::Picture(PictureCodec::H264);
const START_CODE: [u8; 4] = [0, 0, 0, 1];
/// Parameters of constrained baseline; nobody reads on.
const PARAMETERS: [u8; 14] = [0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f, 0, 0, 0, 1, 0x68, 0xce];
/// A moment is ten digits of seven bits, of which none looks like a part of a start code.
const STAMP_DIGITS: usize = 10;
const FILLER: u8 = 0xaa;

/// Camera in three layers and microphone of one seat.
#[derive(Debug)]
pub struct Publisher {
    speaks: bool,
    began: Instant,
    sounds: u32,
    pictures: u32,
    keyframes: [bool; LAYERS.len()],
}

impl Publisher {
    /// Sends from now on; `speaks` when its microphone is not muted.
    pub fn new(speaks: bool) -> Self {
        let keyframes = [true; LAYERS.len()];
        Self { speaks, began: Instant::now(), sounds: 0, pictures: 0, keyframes }
    }

    /// The next picture of the layer is a keyframe.
    pub fn want_keyframe(&mut self, layer: usize) {
        if let Some(wanted) = self.keyframes.get_mut(layer) {
            *wanted = true;
        }
    }

    /// When something is due.
    pub fn deadline(&self) -> Instant {
        self.sound_at().min(self.picture_at())
    }

    /// Sends what is due. What is late by more than one of its kind is left out, as a device does.
    pub fn send_due(&mut self, call: &mut Call) {
        let now = Instant::now();
        if self.sound_at() <= now {
            self.sounds = steps(now - self.began, SOUND_EVERY);
            let (bytes, level_db) = if self.speaks { VOICE } else { SILENCE };
            let time = u64::from(self.sounds) * SOUND_TICKS;
            let (peer, out) = call.peer();
            let packet = stamped(&[OPUS_20_MS], bytes);
            peer.send_sound(now, TrackUse::CameraAudio, (time, level_db), &packet, out);
        }
        if self.picture_at() <= now {
            self.pictures = steps(now - self.began, PICTURE_EVERY);
            let time = u64::from(self.pictures) * PICTURE_TICKS;
            for (layer, bytes) in PICTURE_BYTES.into_iter().enumerate() {
                let unit = match std::mem::take(&mut self.keyframes[layer]) {
                    true => {
                        let slice = stamped(&[IDR], bytes * KEYFRAME_FACTOR);
                        [&PARAMETERS[..], &START_CODE, &slice].concat()
                    }
                    false => [&START_CODE[..], &stamped(&[SLICE], bytes)].concat(),
                };
                let (peer, out) = call.peer();
                peer.send_picture(now, TrackUse::CameraVideo, layer, (time, &unit), out);
            }
        }
    }

    fn sound_at(&self) -> Instant {
        self.began + SOUND_EVERY * self.sounds
    }

    fn picture_at(&self) -> Instant {
        self.began + PICTURE_EVERY * self.pictures
    }
}

/// The number of the next step after a moment.
fn steps(since: Duration, every: Duration) -> u32 {
    u32::try_from(since.as_nanos() / every.as_nanos() + 1).unwrap_or(u32::MAX)
}

/// A head, the moment, and filler up to so many bytes.
fn stamped(head: &[u8], bytes: usize) -> Vec<u8> {
    let now = monotonic_us();
    let digits = (0..STAMP_DIGITS).map(|digit| 0x80 | (now >> (7 * digit)) as u8);
    let mut all: Vec<u8> = head.iter().copied().chain(digits).collect();
    all.resize(bytes.max(all.len()), FILLER);
    all
}

/// When a packet was sent, in microseconds of `CLOCK_MONOTONIC`; `None` when its payload does not
/// say it, as all fragments of a slice but the first.
pub fn sent_at(kind: TrackKind, payload: &[u8]) -> Option<u64> {
    let head = match (kind, payload.first()? & 0x1f) {
        (TrackKind::Opus, _) => 1,
        (H264, FU_A) if 0 < payload.get(1)? & 0x80 => 2,
        (H264, 1 | 5) => 1,
        (TrackKind::Picture(_), _) => return None,
    };
    let digits = payload.get(head..head + STAMP_DIGITS)?;
    let places = digits.iter().enumerate();
    Some(places.fold(0, |all, (digit, byte)| all | u64::from(byte & 0x7f) << (7 * digit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moment_of_sending_is_read_from_whole_and_first_packets() {
        let before = monotonic_us();
        let voice = stamped(&[OPUS_20_MS], VOICE.0);
        let slice = stamped(&[SLICE], PICTURE_BYTES[0]);
        let first = [&[FU_A, 0x85][..], &stamped(&[IDR], 999)[1..]].concat();
        let further = [&[FU_A, 0x05][..], &[FILLER; 900]].concat();
        let read = [sent_at(TrackKind::Opus, &voice), sent_at(H264, &slice), sent_at(H264, &first)];
        let now = monotonic_us();
        for sent in read.into_iter().flatten() {
            assert!((before..=now).contains(&sent), "{before} {sent} {now}");
        }
        assert!(read.iter().all(Option::is_some));
        assert_eq!(sent_at(H264, &further), None);
        assert_eq!((voice.len(), slice.len()), (80, 625));
    }

    #[test]
    fn what_is_late_is_left_out() {
        assert_eq!(steps(Duration::from_millis(19), SOUND_EVERY), 1);
        assert_eq!(steps(Duration::from_millis(20), SOUND_EVERY), 2);
        assert_eq!(steps(Duration::from_millis(85), SOUND_EVERY), 5);
    }
}
