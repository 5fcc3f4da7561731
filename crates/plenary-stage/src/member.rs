//! One seat on the stage: its connection, what its page offered and shows, and what each of its
//! receive slots carries.

use std::collections::BTreeMap;
use std::time::Instant;

use plenary_model::id::{SeatId, SourceId};
use plenary_model::limits::{AUDIO_SLOTS_MAX, VIDEO_SLOTS_MAX};

use crate::api::{Link, Part};
use crate::packet::Rewriter;
use crate::programme::Viewer;
use crate::seat::{ESTIMATE_FIRST_BPS, Mid, Seat};
use crate::signal::{SlotSource, Wanted};
use crate::source::Source;

/// What one Opus stream with its headers costs.
const SOUND_BPS: u64 = 48_000;

/// A receive slot of a page.
#[derive(Debug)]
pub(crate) struct Slot {
    pub mid: Mid,
    pub source: Option<SourceId>,
    /// The layer that is on the way now.
    pub current: Option<usize>,
    /// The layer to change to at its next keyframe.
    pub target: Option<usize>,
    pub rewriter: Rewriter,
}

impl Slot {
    pub fn new(mid: Mid) -> Self {
        Self { mid, source: None, current: None, target: None, rewriter: Rewriter::default() }
    }

    fn carry(&mut self, source: Option<SourceId>) {
        self.source = source;
        self.stop();
    }

    /// The origin is gone or another one; what comes next starts with a keyframe.
    pub const fn stop(&mut self) {
        self.current = None;
        self.target = None;
        self.rewriter.pause();
    }
}

/// What a choice of layers comes to, in bits per second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chosen {
    /// What everything wished costs.
    pub desired: u64,
    /// What the link has beside what was chosen.
    pub left: u64,
}

/// Sources by id.
pub(crate) type Sources = BTreeMap<SourceId, Source>;

pub(crate) struct Member {
    pub part: Part,
    pub seat: Option<Seat>,
    pub link: Link,
    pub interrupted: Option<Instant>,
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
    pub said_slots: Option<(usize, usize)>,
    pub said_map: Vec<SlotSource>,
}

impl Member {
    pub fn new(part: Part) -> Self {
        Self {
            part,
            seat: None,
            link: Link::Down,
            interrupted: None,
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
            said_slots: None,
            said_map: Vec::new(),
        }
    }

    /// The connection is gone; what the page wants stays.
    pub fn unplug(&mut self) {
        let said_slots = self.said_slots;
        let wants = std::mem::take(&mut self.wants);
        let wants_programme = self.wants_programme;
        *self = Self { wants, wants_programme, said_slots, ..Self::new(self.part) };
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
            let there = sources.get(&wanted.source).is_some_and(|s| s.picture.is_some());
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

    /// Chooses the layer of each picture: as wide as the page shows it, within what the page can
    /// receive beside the `programme`: shared screens and who is `speaking` before the others, and of
    /// both the first wanted first.
    pub fn choose_layers(
        &mut self,
        now: Instant,
        sources: &Sources,
        (programme, speaking): (u64, Option<SeatId>),
    ) -> Chosen {
        let fixed = programme + SOUND_BPS * self.sounds.len() as u64;
        let mut left = (self.estimate - self.estimate / 20).saturating_sub(fixed);
        let mut desired = fixed;
        let mut chosen: Vec<(usize, usize, usize)> = Vec::new();
        for wanted in first_of_all(&self.wants, speaking) {
            let Some(index) = self.pictures.iter().position(|s| s.source == Some(wanted.source))
            else {
                continue;
            };
            let Some(picture) = sources.get(&wanted.source).and_then(|s| s.picture.as_ref()) else {
                continue;
            };
            let Some(wish) = picture.layer_for(now, wanted.width) else { continue };
            let lowest = picture.layer_for(now, 1).unwrap_or(wish);
            desired += picture.layers[wish].rate();
            left = left.saturating_sub(picture.layers[lowest].rate());
            chosen.push((index, lowest, wish));
        }
        for (index, lowest, wish) in chosen {
            let slot = &mut self.pictures[index];
            let source = slot.source.and_then(|id| sources.get(&id));
            let Some(picture) = source.and_then(|s| s.picture.as_ref()) else { continue };
            let base = picture.layers[lowest].rate();
            let affordable = (lowest..=wish).rev().find(|&layer| {
                let more = picture.layers[layer].rate().saturating_sub(base);
                // Going up needs a reserve, staying does not: no flapping at the edge.
                let reserve =
                    if slot.current.is_some_and(|now| layer <= now) { 0 } else { more / 6 };
                more + reserve <= left && picture.layers[layer].arrives(now)
            });
            let layer = affordable.unwrap_or(lowest);
            left = left.saturating_sub(picture.layers[layer].rate().saturating_sub(base));
            slot.target = Some(layer);
        }
        Chosen { desired, left }
    }

    /// What arrives on each slot.
    pub fn map(&self) -> Vec<SlotSource> {
        let slots = self.pictures.iter().chain(&self.sounds);
        slots.map(|slot| SlotSource { mid: slot.mid.to_string(), source: slot.source }).collect()
    }
}

/// What a page shows, in the order in which it gets what its link carries.
fn first_of_all(wants: &[Wanted], speaking: Option<SeatId>) -> impl Iterator<Item = &Wanted> {
    let leads = move |wanted: &&Wanted| match wanted.source {
        SourceId::Screen(_) => true,
        SourceId::Camera(seat) => speaking == Some(seat),
        SourceId::Clip(_) => false,
    };
    let others = wants.iter().filter(move |wanted| !leads(wanted));
    wants.iter().filter(leads).chain(others)
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use plenary_model::frame::TrackKind;
    use uuid::Uuid;

    use super::*;
    use crate::packet::Packet;
    use crate::source::Picture;

    /// What a page that shows these sources equally large gets of each, of three layers of 94, 375
    /// and 1 500 kb/s.
    fn chosen(wants: &[SourceId], estimate: u64, speaking: Option<SeatId>) -> Vec<Option<usize>> {
        let now = Instant::now();
        let packet = Packet {
            kind: TrackKind::H264,
            seq: 1,
            time: 1,
            marker: true,
            payload: Arc::from([1].as_slice()),
            level_db: None,
            report: None,
            arrival: now,
        };
        let mut sources = Sources::new();
        for source in wants {
            let mut picture = Picture::new("0".into(), ["l", "m", "h"].map(Into::into).into());
            for layer in &mut picture.layers {
                layer.note(&packet);
            }
            sources.entry(*source).or_default().picture = Some(picture);
        }
        let mut member = Member::new(Part::Speaker);
        member.estimate = estimate;
        member.wants = wants.iter().map(|&source| Wanted { source, width: 1_280 }).collect();
        member.pictures = wants.iter().map(|_| Slot::new("1".into())).collect();
        member.assign(seat(99), now, &sources);
        member.choose_layers(now, &sources, (0, speaking));
        member.pictures.iter().map(|slot| slot.target).collect()
    }

    fn seat(number: u128) -> SeatId {
        SeatId::new(Uuid::from_u128(number))
    }

    #[test]
    fn what_a_link_carries_goes_to_screens_and_who_speaks_first() {
        let camera = |number| SourceId::Camera(seat(number));
        let people = [camera(1), camera(2), camera(3)];
        let (low, middle, high) = (Some(0), Some(1), Some(2));
        assert_eq!(chosen(&people, 2_500_000, None), [high, middle, middle]);
        assert_eq!(chosen(&people, 2_500_000, Some(seat(3))), [middle, middle, high]);
        assert_eq!(chosen(&people, 700_000, Some(seat(2))), [low, middle, low]);
        let shared = [camera(1), camera(2), SourceId::Screen(seat(1))];
        assert_eq!(chosen(&shared, 2_500_000, None), [middle, middle, high]);
        assert_eq!(chosen(&shared, 3_900_000, Some(seat(2))), [middle, high, high]);
        assert_eq!(chosen(&people, 9_000_000, Some(seat(2))), [high, high, high]);
    }
}
