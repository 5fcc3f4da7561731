//! One source inside the media worker: its packets wait here until they are due, go to its decoder
//! process, and come back as pictures and sound for the tick.

mod child;
mod sound;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use bytes::Bytes;
use plenary_model::id::SourceId;

use crate::canvas::Frame;
use crate::clock::Block;
use crate::event::{Decoded, Event};
use crate::jitter::SourceClock;
use crate::protocol::child::ToDecoder;
use crate::protocol::{Notice, PictureState};
use crate::unit::{Media, Unit};

use child::Decoder;
use sound::SoundBuffer;

/// How long before they are due pictures go to the decoder: decoding takes 2 to 5 ms, a keyframe
/// 40 ms on a busy machine.
const DECODE_LEAD_US: i64 = 60_000;
/// Most packets that wait for their time: 300 ms of pictures and sound are 25; beyond it the
/// oldest are dropped.
const WAITING_MAX: usize = 256;
/// Most decoded pictures that wait for their tick; beyond it the oldest gives way.
const PICTURES_WAITING_MAX: usize = 4;
/// After this without a new picture it is called held.
const HELD_AFTER_US: u64 = 500_000;
/// After this the card stands in.
const CARD_AFTER_US: u64 = 2_000_000;
/// A shared screen that does not change sends next to nothing: its picture stands longer.
const SCREEN_CARD_AFTER_US: u64 = 10_000_000;
/// Least time between two keyframe requests of one source.
const KEYFRAME_EVERY_US: u64 = 500_000;
/// First wait before a dead decoder is started again; it doubles up to the last.
const RESTART_FIRST_US: u64 = 50_000;
const RESTART_LAST_US: u64 = 5_000_000;
/// A decoder that lived this long is a good one: the wait begins anew.
const GOOD_AFTER_US: u64 = 10_000_000;

/// Whether the decoder process lives.
#[derive(Debug)]
enum Life {
    Running { decoder: Decoder, since_us: u64 },
    Dead { again_us: u64 },
}

/// Whether the decoder can use ordinary pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chain {
    Whole,
    Broken { asked_us: Option<u64> },
}

/// One decoded picture.
#[derive(Debug)]
struct Picture {
    frame: Arc<Frame>,
    /// Width and height that the source has sent it with.
    sent: (u32, u32),
}

/// What the tick shows of a source.
#[derive(Debug, Clone)]
pub enum Shown {
    /// A picture, fresh or held.
    Picture(Arc<Frame>),
    /// The card.
    Card,
}

/// One source.
#[derive(Debug)]
pub struct Source {
    id: SourceId,
    clock: SourceClock,
    waiting: VecDeque<Unit>,
    life: Life,
    backoff_us: u64,
    generation: u64,
    chain: Chain,
    pictures: VecDeque<(i64, Picture)>,
    newest: Option<(u64, Picture)>,
    /// How large it is shown; `None` off air.
    shown: Option<(u32, u32)>,
    sound: SoundBuffer,
    /// Given to every new decoder of a clip.
    aac_config: Option<Bytes>,
    events: SyncSender<Event>,
}

impl Source {
    /// A source without a decoder yet; the next [`Self::tick`] starts it.
    pub fn new(id: SourceId, events: SyncSender<Event>) -> Self {
        Self {
            id,
            clock: SourceClock::default(),
            waiting: VecDeque::new(),
            life: Life::Dead { again_us: 0 },
            backoff_us: RESTART_FIRST_US,
            generation: 0,
            chain: Chain::Broken { asked_us: None },
            pictures: VecDeque::new(),
            newest: None,
            shown: None,
            sound: SoundBuffer::default(),
            aac_config: None,
            events,
        }
    }

    /// Takes in one encoded piece.
    pub fn take(&mut self, unit: Unit) {
        if unit.media == Media::AacConfig {
            if let Life::Running { decoder, .. } = &mut self.life {
                decoder.put(ToDecoder::AacConfig { bytes: unit.bytes.clone() });
            }
            self.aac_config = Some(unit.bytes);
            return;
        }
        let track =
            if unit.media.is_picture() { &mut self.clock.picture } else { &mut self.clock.sound };
        if track.observe(unit.rtp as u64, unit.report, unit.arrival_us) {
            let pictures = unit.media.is_picture();
            self.waiting.retain(|waiting| waiting.media.is_picture() != pictures);
            if pictures {
                self.pictures.clear();
                self.chain = Chain::Broken { asked_us: None };
            } else {
                self.sound.clear();
            }
        }
        self.waiting.push_back(unit);
        if WAITING_MAX < self.waiting.len() {
            self.waiting.pop_front();
            self.break_chain();
        }
    }

    /// Says how large the source is shown, `None` off air: its decoder need not give more.
    pub fn show_at(&mut self, size: Option<(u32, u32)>) {
        if std::mem::replace(&mut self.shown, size) != size
            && let Life::Running { decoder, .. } = &mut self.life
        {
            decoder.put(ToDecoder::Shown { size });
        }
    }

    /// Sends to the decoder what is nearly due, and starts the decoder when it is its time.
    pub fn tick(&mut self, now_us: u64, out: &mut Vec<Notice>) {
        self.revive(now_us, out);
        let mut later = VecDeque::with_capacity(self.waiting.len());
        while let Some(unit) = self.waiting.pop_front() {
            // Decoded sound is small, so it is decoded at once; pictures wait, because they are not.
            let due =
                if unit.media.is_picture() { self.clock.picture_due_us(unit.rtp) } else { None };
            if due.is_some_and(|due| now_us as i64 + DECODE_LEAD_US < due) {
                later.push_back(unit);
            } else {
                self.decode(unit);
            }
        }
        self.waiting = later;
        if let Life::Running { decoder, .. } = &mut self.life
            && !decoder.send()
        {
            self.break_chain();
        }
    }

    fn revive(&mut self, now_us: u64, out: &mut Vec<Notice>) {
        let Life::Dead { again_us } = self.life else { return };
        if now_us < again_us || self.waiting.is_empty() {
            return;
        }
        self.generation += 1;
        match Decoder::start(self.id, self.generation, self.events.clone()) {
            Ok(mut decoder) => {
                if 1 < self.generation {
                    out.push(Notice::DecoderRestarted(self.id));
                }
                if let Some(bytes) = self.aac_config.clone() {
                    decoder.put(ToDecoder::AacConfig { bytes });
                }
                decoder.put(ToDecoder::Shown { size: self.shown });
                self.life = Life::Running { decoder, since_us: now_us };
                self.break_chain();
            }
            Err(error) => {
                tracing::warn!(source = %self.id, %error, "a decoder process cannot be started");
                out.push(Notice::DecoderFailed(self.id));
                self.wait_for_decoder(now_us);
            }
        }
    }

    fn decode(&mut self, unit: Unit) {
        let Life::Running { decoder, .. } = &mut self.life else { return };
        let (pts, bytes) = (unit.rtp, unit.bytes);
        match (unit.media, self.chain) {
            (Media::Keyframe(codec), Chain::Broken { .. }) => {
                decoder.put(ToDecoder::Reset);
                decoder.put(ToDecoder::Picture { pts, codec, bytes });
                self.chain = Chain::Whole;
            }
            (Media::Keyframe(codec) | Media::Picture(codec), Chain::Whole) => {
                decoder.put(ToDecoder::Picture { pts, codec, bytes });
            }
            (Media::PictureAfterLoss, Chain::Whole) => self.break_chain(),
            (Media::Picture(_) | Media::PictureAfterLoss, Chain::Broken { .. })
            | (Media::AacConfig, _) => {}
            (Media::Opus, _) => decoder.put(ToDecoder::Opus { pts, bytes }),
            (Media::Aac, _) => decoder.put(ToDecoder::Aac { pts, bytes }),
        }
    }

    fn break_chain(&mut self) {
        if self.chain == Chain::Whole {
            self.chain = Chain::Broken { asked_us: None };
        }
    }

    /// Whether the sender must be asked for a keyframe now; at most twice a second.
    pub fn needs_keyframe(&mut self, now_us: u64) -> bool {
        let Chain::Broken { asked_us } = &mut self.chain else { return false };
        if self.clock.picture_due_us(0).is_none()
            || asked_us.is_some_and(|asked| now_us < asked + KEYFRAME_EVERY_US)
        {
            return false;
        }
        *asked_us = Some(now_us);
        true
    }

    /// Takes in what the decoder gave.
    pub fn decoded(
        &mut self,
        generation: u64,
        decoded: Decoded,
        now_us: u64,
        out: &mut Vec<Notice>,
    ) {
        if generation != self.generation {
            return;
        }
        match decoded {
            Decoded::Picture { pts, frame, sent } => {
                let at = self.pictures.partition_point(|(known, _)| *known <= pts);
                self.pictures.insert(at, (pts, Picture { frame, sent }));
                if PICTURES_WAITING_MAX < self.pictures.len() {
                    self.pictures.pop_front();
                }
            }
            Decoded::Sound { pts, samples } => self.sound.push(pts, &samples),
            Decoded::Undecodable => self.break_chain(),
            Decoded::TooLarge => {
                self.break_chain();
                out.push(Notice::PictureTooLarge(self.id));
            }
            Decoded::Gone => {
                if let Life::Running { since_us, .. } = self.life
                    && since_us + GOOD_AFTER_US < now_us
                {
                    self.backoff_us = RESTART_FIRST_US;
                }
                self.wait_for_decoder(now_us);
            }
        }
    }

    fn wait_for_decoder(&mut self, now_us: u64) {
        self.life = Life::Dead { again_us: now_us + self.backoff_us };
        self.backoff_us = (self.backoff_us * 2).min(RESTART_LAST_US);
        self.break_chain();
    }

    /// The newest picture that is due by `until_us`, or what stands in for it.
    pub fn show(&mut self, until_us: u64, now_us: u64) -> Shown {
        while let Some((pts, _)) = self.pictures.front() {
            let due = self.clock.picture_due_us(*pts).unwrap_or(0);
            if (until_us as i64) < due {
                break;
            }
            self.newest = self.pictures.pop_front().map(|(_, picture)| (now_us, picture));
        }
        match (&self.newest, self.picture_state(now_us)) {
            (Some((_, picture)), PictureState::Live | PictureState::Held) => {
                Shown::Picture(Arc::clone(&picture.frame))
            }
            (_, PictureState::Card | PictureState::None) | (None, _) => Shown::Card,
        }
    }

    /// What is seen of the source.
    pub fn picture_state(&self, now_us: u64) -> PictureState {
        let card_after = match self.id {
            SourceId::Screen(_) => SCREEN_CARD_AFTER_US,
            SourceId::Camera(_) | SourceId::Clip(_) => CARD_AFTER_US,
        };
        match &self.newest {
            None => PictureState::None,
            Some((at, _)) if now_us < at + HELD_AFTER_US => PictureState::Live,
            Some((at, _)) if now_us < at + card_after => PictureState::Held,
            Some(_) => PictureState::Card,
        }
    }

    /// Size that the newest picture was sent with, zero before the first one.
    pub fn picture_size(&self) -> (u32, u32) {
        self.newest.as_ref().map_or((0, 0), |(_, picture)| picture.sent)
    }

    /// Reads the sound to be heard from `at_us` on; false when no sound has ever come.
    pub fn hear(&mut self, at_us: u64, out: &mut Block) -> bool {
        match self.clock.sound_position(at_us as i64) {
            Some(position) => {
                self.sound.read(position, out);
                true
            }
            None => false,
        }
    }

    /// CPU time that the living decoder has used, in microseconds.
    pub fn decoder_cpu_us(&self) -> u64 {
        match &self.life {
            Life::Running { decoder, .. } => decoder.cpu_us(),
            Life::Dead { .. } => 0,
        }
    }
}
