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
