//! One seat on the stage: its connection, what its page offered and shows, and what each of its
//! receive slots carries.

use std::collections::BTreeMap;
use std::time::Instant;

use plenary_model::frame::PictureCodec;
use plenary_model::id::{SeatId, SourceId};
use plenary_model::limits::{AUDIO_SLOTS_MAX, VIDEO_SLOTS_MAX};

use crate::api::{Link, Part};
use crate::packet::Rewriter;
use crate::programme::Viewer;
use crate::seat::{ESTIMATE_FIRST_BPS, Mid, Seat};
use crate::signal::{SlotSource, Wanted};
use crate::source::Source;
use crate::vp8::Continuity;

/// A receive slot of a page.
#[derive(Debug)]
pub(crate) struct Slot {
    pub mid: Mid,
    pub source: Option<SourceId>,
    /// The layer that is on the way now.
    pub current: Option<usize>,
    /// The layer to change to at its next keyframe.
    pub target: Option<usize>,
    /// The link does not carry it beside what matters more; nothing is sent.
    pub rests: bool,
    pub rewriter: Rewriter,
    pub continuity: Continuity,
}

impl Slot {
    pub fn new(mid: Mid) -> Self {
        Self {
            mid,
            source: None,
            current: None,
            target: None,
            rests: false,
            rewriter: Rewriter::default(),
            continuity: Continuity::default(),
        }
    }

    fn carry(&mut self, source: Option<SourceId>) {
        self.source = source;
        self.rests = false;
        self.stop();
    }

    /// The origin is gone or another one; what comes next starts with a keyframe.
    pub const fn stop(&mut self) {
        self.current = None;
        self.target = None;
        self.rewriter.pause();
    }
}

/// Sources by id.
pub(crate) type Sources = BTreeMap<SourceId, Source>;

pub(crate) struct Member {
    pub part: Part,
    pub seat: Option<Seat>,
    pub link: Link,
    /// When its connection is given up, unless something comes over it before.
    pub patience_ends: Option<Instant>,
    /// What comes on the lines that the page sends on.
    pub lines: BTreeMap<Mid, SourceId>,
    pub pictures: Vec<Slot>,
    pub sounds: Vec<Slot>,
    pub programme_picture: Option<Mid>,
    pub programme_sound: Option<Mid>,
    pub viewer: Viewer,
    pub wants: Vec<Wanted>,
    pub wants_programme: bool,
    pub estimate: u64,
    pub desired: u64,
    /// What the link has for the programme, in bits per second.
    pub programme_share: u64,
    /// Codecs of pictures that the page can decode, as its last offer with a line for them said.
    pub shows: Vec<PictureCodec>,
    /// The codec that the page was last asked to send.
    pub asked_codec: PictureCodec,
    pub said_slots: Option<(usize, usize)>,
    pub said_map: (Vec<SlotSource>, Vec<SourceId>),
}

impl Member {
    pub fn new(part: Part) -> Self {
        Self {
            part,
            seat: None,
            link: Link::Down,
            patience_ends: None,
            lines: BTreeMap::new(),
            pictures: Vec::new(),
            sounds: Vec::new(),
            programme_picture: None,
            programme_sound: None,
            viewer: Viewer::default(),
            wants: Vec::new(),
            wants_programme: false,
            estimate: ESTIMATE_FIRST_BPS,
            desired: 0,
            programme_share: ESTIMATE_FIRST_BPS / 2,
            shows: Vec::new(),
            asked_codec: PictureCodec::H264,
            said_slots: None,
            said_map: (Vec::new(), Vec::new()),
        }
    }

    /// The connection is gone; what the page wants and can show stays.
    pub fn unplug(&mut self) {
        let said_slots = self.said_slots;
        let wants = std::mem::take(&mut self.wants);
        let wants_programme = self.wants_programme;
        let shows = std::mem::take(&mut self.shows);
        *self = Self { wants, wants_programme, said_slots, shows, ..Self::new(self.part) };
    }

    /// How many slots the page should have; the number never falls, so that people who come and
    /// go do not renegotiate everybody.
    pub fn slots_needed(&self, own: SeatId, sources: &Sources) -> (usize, usize) {
        let others = || sources.iter().filter(|(id, _)| id.seat() != Some(own)).map(|(_, s)| s);
        let pictures = others().filter(|source| source.picture.is_some()).count();
        let sounds = others().filter(|source| source.sound.is_some()).count();
        let before = self.said_slots.unwrap_or((0, 0));
        (pictures.min(VIDEO_SLOTS_MAX).max(before.0), sounds.min(AUDIO_SLOTS_MAX).max(before.1))
    }

    /// Gives the slots to what the page shows and to everybody's sound.
    pub fn assign(&mut self, own: SeatId, now: Instant, sources: &Sources) {
        let mut pictures: Vec<SourceId> = Vec::new();
        for wanted in &self.wants {
            let there = self.can_show(wanted.source, sources);
            if there && wanted.source.seat() != Some(own) && !pictures.contains(&wanted.source) {
                pictures.push(wanted.source);
            }
        }
        pictures.truncate(self.pictures.len());
        place(&mut self.pictures, &pictures);

        let mut sounds: Vec<(SourceId, f32)> = sources
            .iter()
            .filter(|(id, _)| id.seat() != Some(own))
            .filter_map(|(id, source)| Some((*id, source.sound.as_ref()?.level.at(now))))
            .collect();
        if self.sounds.len() < sounds.len() {
            // Who has a slot keeps it unless somebody without one is clearly louder.
            let has = |id: SourceId| self.sounds.iter().any(|slot| slot.source == Some(id));
            let rank = |&(id, db): &(SourceId, f32)| if has(id) { db + 10.0 } else { db };
            sounds.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
            sounds.truncate(self.sounds.len());
        }
        let sounds: Vec<SourceId> = sounds.into_iter().map(|(id, _)| id).collect();
        place(&mut self.sounds, &sounds);
    }

    /// What arrives on each slot, and which wanted pictures cannot arrive.
    pub fn map(&self, sources: &Sources) -> (Vec<SlotSource>, Vec<SourceId>) {
        let slots = self.pictures.iter().chain(&self.sounds);
        let slots = slots
            .map(|slot| {
                let source = slot.source.filter(|_| !slot.rests);
                SlotSource { mid: slot.mid.to_string(), source }
            })
            .collect();
        let wanted = self.wants.iter().map(|wanted| wanted.source);
        let has_picture =
            |id: &SourceId| sources.get(id).is_some_and(|source| source.picture.is_some());
        let undecodable =
            wanted.filter(has_picture).filter(|source| !self.can_show(*source, sources)).collect();
        (slots, undecodable)
    }

    /// Whether the page sends a picture.
    pub fn sends_pictures(&self) -> bool {
        self.seat.as_ref().is_some_and(|seat| self.lines.keys().any(|mid| seat.is_picture(*mid)))
    }

    /// There is a picture of the source, and it comes in a codec that the page can decode.
    fn can_show(&self, source: SourceId, sources: &Sources) -> bool {
        let picture = sources.get(&source).and_then(|source| source.picture.as_ref());
        picture.is_some_and(|picture| picture.codec.is_none_or(|codec| self.shows.contains(&codec)))
    }
}

/// Who has a slot keeps it; the others get the free ones in order.
fn place(slots: &mut [Slot], sources: &[SourceId]) {
    for slot in slots.iter_mut() {
        if slot.source.is_some_and(|source| !sources.contains(&source)) {
            slot.carry(None);
        }
    }
    for source in sources {
        if slots.iter().any(|slot| slot.source == Some(*source)) {
            continue;
        }
        if let Some(free) = slots.iter_mut().find(|slot| slot.source.is_none()) {
            free.carry(Some(*source));
        }
    }
}
