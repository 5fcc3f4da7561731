//! Which layer of each picture a page gets when its link does not carry all that it shows: shared
//! screens first, then who speaks, then the others in the page's own order. Who comes last falls to
//! the lowest layer first, and then rests.

use std::time::Instant;

use plenary_model::id::{SeatId, SourceId};

use crate::member::{Member, Sources};

/// What one Opus stream with its headers costs.
const SOUND_BPS: u64 = 48_000;

/// What a choice of layers comes to, in bits per second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chosen {
    /// What everything wished costs.
    pub desired: u64,
    /// What the link has beside what was chosen.
    pub left: u64,
}

/// A picture that a page shows, and what may be sent of it.
#[derive(Debug)]
struct Candidate {
    slot: usize,
    rank: Rank,
    lowest: usize,
    wish: usize,
    /// The layer that is to be sent.
    layer: Option<usize>,
}

/// The first is served first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Screen,
    Speaker,
    Other,
}

impl Member {
    /// Chooses the layer of each picture: as wide as the page shows it, within what the page can
    /// receive beside the `programme`.
    pub fn choose_layers(
        &mut self,
        now: Instant,
        sources: &Sources,
        speaking: Option<SeatId>,
        programme: u64,
    ) -> Chosen {
        let fixed = programme + SOUND_BPS * self.sounds.len() as u64;
        let mut left = (self.estimate - self.estimate / 20).saturating_sub(fixed);
        let mut candidates = self.candidates(now, sources, speaking);
        let mut desired = fixed;
        for (place, candidate) in candidates.iter_mut().enumerate() {
            let Some(slot) = self.pictures.get(candidate.slot) else { continue };
            let rate = |layer| rate(sources, slot.source, layer);
            desired += rate(candidate.wish);
            let base = rate(candidate.lowest);
            // Coming back needs a reserve, going on does not: no flapping at the edge.
            let reserve = if slot.rests { base / 4 } else { 0 };
            if place == 0 || base + reserve <= left {
                left = left.saturating_sub(base);
                candidate.layer = Some(candidate.lowest);
            }
        }
        for Candidate { slot, lowest, wish, layer, .. } in candidates {
            let Some(slot) = self.pictures.get_mut(slot) else { continue };
            slot.rests = layer.is_none();
            if slot.rests {
                slot.stop();
                continue;
            }
            let rate = |layer| rate(sources, slot.source, layer);
            let base = rate(lowest);
            let source = slot.source.and_then(|id| sources.get(&id));
            let arrives = |layer: usize| {
                let picture = source.and_then(|source| source.picture.as_ref());
                picture.is_some_and(|picture| picture.layers[layer].arrives(now))
            };
            let affordable = (lowest..=wish).rev().find(|&layer| {
                let more = rate(layer).saturating_sub(base);
                let goes_on = slot.current.is_some_and(|now| layer <= now);
                let reserve = if goes_on { 0 } else { more / 6 };
                more + reserve <= left && arrives(layer)
            });
            let layer = affordable.unwrap_or(lowest);
            left = left.saturating_sub(rate(layer).saturating_sub(base));
            slot.target = Some(layer);
        }
        Chosen { desired, left }
    }

    /// What the page shows and what comes, the most important first.
    fn candidates(
        &self,
        now: Instant,
        sources: &Sources,
        speaking: Option<SeatId>,
    ) -> Vec<Candidate> {
        let mut candidates: Vec<Candidate> = self
            .wants
            .iter()
            .filter_map(|wanted| {
                let slot = self.pictures.iter().position(|s| s.source == Some(wanted.source))?;
                let picture = sources.get(&wanted.source)?.picture.as_ref()?;
                let wish = picture.layer_for(now, wanted.width)?;
                let lowest = picture.layer_for(now, 1).unwrap_or(wish);
                let rank = match wanted.source {
                    SourceId::Screen(_) => Rank::Screen,
                    SourceId::Camera(seat) if Some(seat) == speaking => Rank::Speaker,
                    SourceId::Camera(_) | SourceId::Clip(_) => Rank::Other,
                };
                Some(Candidate { slot, rank, lowest, wish, layer: None })
            })
            .collect();
        candidates.sort_by_key(|candidate| candidate.rank);
        candidates
    }
}

/// Bits per second of a layer.
fn rate(sources: &Sources, source: Option<SourceId>, layer: usize) -> u64 {
    let picture = source.and_then(|id| sources.get(&id)?.picture.as_ref());
    picture.and_then(|picture| picture.layers.get(layer)).map_or(0, |layer| layer.rate())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use plenary_model::frame::{PictureCodec, TrackKind};
    use uuid::Uuid;

    use super::*;
    use crate::api::Part;
    use crate::member::Slot;
    use crate::packet::Packet;
    use crate::seat::{Mid, Rid};
    use crate::signal::Wanted;
    use crate::source::{Picture, Source};

    /// What each layer of a camera takes, in thousand bits per second.
    const CAMERA: [u64; 3] = [100, 400, 1_600];

    fn seat(number: u128) -> SeatId {
        SeatId::new(Uuid::from_u128(number))
    }

    /// A picture whose layers have come with these rates for some seconds.
    fn sending(start: Instant, kilobits: &[u64]) -> Source {
        let names = ["l", "m", "h"].iter().take(kilobits.len());
        let rids =
            if kilobits.len() == 1 { Vec::new() } else { names.map(|n| Rid::from(*n)).collect() };
        let mut picture = Picture::new(Mid::from("0"), rids);
        for tenth in 0..31 {
            for (layer, rate) in picture.layers.iter_mut().zip(kilobits) {
                layer.note(&Packet {
                    kind: TrackKind::Picture(PictureCodec::Vp8),
                    seq: tenth,
                    time: tenth * 9_000,
                    marker: true,
                    payload: vec![0; *rate as usize * 1_000 / 80].into(),
                    level_db: None,
                    report: None,
                    arrival: start + Duration::from_millis(100 * tenth),
                });
            }
        }
        Source { picture: Some(picture), ..Source::default() }
    }

    /// A page that shows three cameras and the third one's screen, each wide, on this link.
    fn page(kilobits: u64) -> (Instant, Sources, Member) {
        let start = Instant::now();
        let mut sources: Sources =
            [1, 2, 3].map(|n| (SourceId::Camera(seat(n)), sending(start, &CAMERA))).into();
        sources.insert(SourceId::Screen(seat(3)), sending(start, &[500]));
        let mut member = Member::new(Part::Speaker);
        let shown = [1, 2, 3].map(|n| SourceId::Camera(seat(n)));
        let shown = shown.into_iter().chain([SourceId::Screen(seat(3))]);
        member.wants = shown.map(|source| Wanted { source, width: 1280 }).collect();
        member.pictures = (0..4).map(|n| Slot::new(Mid::from(format!("{n}").as_str()))).collect();
        let now = start + Duration::from_millis(3_050);
        member.assign(seat(9), now, &sources);
        // The link carries a twentieth more than is given away of it.
        member.estimate = kilobits * 20_000 / 19 + 20;
        (now, sources, member)
    }

    /// The layer of cameras one to three and of the screen; nothing for those that rest.
    fn chosen(
        member: &mut Member,
        now: Instant,
        sources: &Sources,
        who: u128,
    ) -> Vec<Option<usize>> {
        member.choose_layers(now, sources, Some(seat(who)), 0);
        for slot in &mut member.pictures {
            assert_eq!(slot.rests, slot.target.is_none());
            slot.current = slot.target;
        }
        member.pictures.iter().map(|slot| slot.target).collect()
    }

    #[test]
    fn a_wide_link_carries_all_of_it() {
        let (now, sources, mut member) = page(10_000);
        assert_eq!(chosen(&mut member, now, &sources, 2), [Some(2), Some(2), Some(2), Some(0)]);
    }

    #[test]
    fn the_screen_and_who_speaks_come_first_and_the_others_take_what_is_left() {
        let (now, sources, mut member) = page(2_650);
        for (who, layers) in [(2, [0, 2, 0, 0]), (3, [0, 0, 2, 0]), (1, [2, 0, 0, 0])] {
            assert_eq!(chosen(&mut member, now, &sources, who), layers.map(Some), "{who} speaks");
        }
        member.estimate = 3_000_000;
        assert_eq!(chosen(&mut member, now, &sources, 2), [Some(1), Some(2), Some(0), Some(0)]);
    }

    #[test]
    fn what_does_not_fit_even_in_its_lowest_layer_rests_and_comes_back_with_a_reserve() {
        let (now, sources, mut member) = page(730);
        let two = [None, Some(0), None, Some(0)];
        assert_eq!(chosen(&mut member, now, &sources, 2), [Some(0), Some(0), None, Some(0)]);
        member.estimate = 700_000;
        assert_eq!(chosen(&mut member, now, &sources, 2), two);
        member.estimate = 760_000;
        assert_eq!(chosen(&mut member, now, &sources, 2), two, "no coming and going at the edge");
        member.estimate = 790_000;
        assert_eq!(chosen(&mut member, now, &sources, 2), [Some(0), Some(0), None, Some(0)]);
        member.estimate = 20_000;
        let least = chosen(&mut member, now, &sources, 2);
        assert_eq!(least, [None, None, None, Some(0)], "what matters most is always sent");
    }
}
