//! Who is on the stage and how they are, with their tally light; lives as long as the process.

use std::collections::BTreeMap;

use plenary_model::id::{SeatId, SourceId};
use plenary_model::limits::SEATS_MAX;
use plenary_model::person::Card;
use plenary_model::scene::{Programme, Scene};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::show::Show;

/// Whether a person or source is on air, prepared, or neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tally {
    /// In neither scene.
    Off,
    /// In the preview, or in the scene behind the slate.
    Next,
    /// The audience sees or hears it now.
    OnAir,
}

impl Tally {
    /// The light of one source.
    pub fn of_source(show: &Show, source: SourceId) -> Self {
        Self::of(show, |scene| scene.places.contains(&Some(source)))
    }

    /// The light of a person: the brighter one of camera and screen.
    pub fn of_seat(show: &Show, seat: SeatId) -> Self {
        Self::of(show, |scene| scene.places.iter().flatten().any(|s| s.seat() == Some(seat)))
    }

    fn of(show: &Show, shows: impl Fn(&Scene) -> bool) -> Self {
        let on_air = shows(show.programme().scene());
        match show.programme() {
            Programme::Scene { .. } if on_air => Self::OnAir,
            Programme::Slate { .. } if on_air => Self::Next,
            Programme::Scene { .. } | Programme::Slate { .. } if shows(show.preview()) => {
                Self::Next
            }
            Programme::Scene { .. } | Programme::Slate { .. } => Self::Off,
        }
    }
}

/// One person as pages see them: `Person` of docs/protocol.md.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Person {
    /// Their place on the stage.
    #[schema(value_type = String)]
    pub seat: SeatId,
    /// Name, unit and title.
    pub card: Card,
    /// Whether media arrives from them.
    pub connected: bool,
    /// Microphone on.
    pub microphone: bool,
    /// Camera on.
    pub camera: bool,
    /// Shares a screen.
    pub screen: bool,
    /// Hand raised.
    pub hand: bool,
    /// Tally light.
    pub tally: Tally,
}

/// What a person's page says of them. It holds as long as the page is open, whether its connection
/// is up or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Says {
    /// Microphone on.
    pub microphone: bool,
    /// Camera on.
    pub camera: bool,
    /// Hand raised.
    pub hand: bool,
}

impl Default for Says {
    /// Until the page says otherwise, it sends.
    fn default() -> Self {
        Self { microphone: true, camera: true, hand: false }
    }
}

/// Something that was seen to happen to a person on the stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// The connection is lost; the seat stays.
    Lost,
    /// Their page says something else of them.
    Says(Says),
    /// Screen share begun or ended.
    Screen(bool),
}

/// The stage has no seat left.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the stage is full: {SEATS_MAX} people are connected")]
pub struct RosterFull;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Here { says: Says, screen: bool },
    Away,
}

#[derive(Debug, Clone)]
struct Entry {
    card: Card,
    /// Counts joins, so that people are listed in the order in which they came.
    joined: u64,
    presence: Presence,
}

/// Everybody who has a seat on the stage of one event.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    seats: BTreeMap<SeatId, Entry>,
    joins: u64,
}

impl Roster {
    /// A person's connection came up, for the first time or again. When all seats are taken,
    /// somebody who is away gives way.
    ///
    /// # Errors
    /// [`RosterFull`] when [`SEATS_MAX`] people are connected.
    pub fn join(&mut self, seat: SeatId, card: Card, says: Says) -> Result<(), RosterFull> {
        let presence = Presence::Here { says, screen: false };
        if let Some(entry) = self.seats.get_mut(&seat) {
            entry.card = card;
            entry.presence = presence;
            return Ok(());
        }
        if SEATS_MAX <= self.seats.len() {
            let away = self.longest_away().ok_or(RosterFull)?;
            self.seats.remove(&away);
        }
        self.joins += 1;
        self.seats.insert(seat, Entry { card, joined: self.joins, presence });
        Ok(())
    }

    fn longest_away(&self) -> Option<SeatId> {
        self.seats
            .iter()
            .filter(|(_, entry)| entry.presence == Presence::Away)
            .min_by_key(|(_, entry)| entry.joined)
            .map(|(seat, _)| *seat)
    }

    /// Notes what was seen of a person; says whether the roster changed. What is seen of somebody
    /// who is away or unknown changes nothing.
    pub fn see(&mut self, seat: SeatId, seen: Seen) -> bool {
        let Some(entry) = self.seats.get_mut(&seat) else { return false };
        let before = entry.presence;
        let Presence::Here { says, screen } = &mut entry.presence else { return false };
        match seen {
            Seen::Lost => entry.presence = Presence::Away,
            Seen::Says(now) => *says = now,
            Seen::Screen(on) => *screen = on,
        }
        entry.presence != before
    }

    /// The person left or was removed; says whether they were there.
    pub fn leave(&mut self, seat: SeatId) -> bool {
        self.seats.remove(&seat).is_some()
    }

    /// The card of a person.
    pub fn card(&self, seat: SeatId) -> Option<&Card> {
        self.seats.get(&seat).map(|entry| &entry.card)
    }

    /// Everybody, in the order in which they came, with their tally in this show.
    pub fn people(&self, show: &Show) -> Vec<Person> {
        let mut entries: Vec<_> = self.seats.iter().collect();
        entries.sort_by_key(|(_, entry)| entry.joined);
        entries.into_iter().map(|(seat, entry)| person(show, *seat, entry)).collect()
    }
}

fn person(show: &Show, seat: SeatId, entry: &Entry) -> Person {
    let (connected, says, screen) = match entry.presence {
        Presence::Here { says, screen } => (true, says, screen),
        Presence::Away => (false, Says { microphone: false, camera: false, hand: false }, false),
    };
    let Says { microphone, camera, hand } = says;
    let tally = Tally::of_seat(show, seat);
    Person { seat, card: entry.card.clone(), connected, microphone, camera, screen, hand, tally }
}
