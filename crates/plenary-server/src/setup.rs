//! Makes events with their seats and links, and gives the links of those that exist.

use plenary_model::admission::Admission;
use plenary_model::event::Phase;
use plenary_model::id::{EventId, LinkId, SeatId};
use plenary_model::limits::{
    NAME_CHARS_MAX, SEATS_MAX, SLUG_CHARS_MAX, TITLE_CHARS_MAX, UNIT_CHARS_MAX,
};
use plenary_model::person::Card;
use plenary_model::text::clean_line;
use plenary_model::time::WallMs;
use plenary_show::{Author, Change, Direction, Fact};
use plenary_store::{Access, Event, NewEvent, Seat, Store, StoreError, random_token};
use serde::Serialize;
use uuid::Uuid;

use crate::host::journalled;

/// What an event is made from.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Its name in addresses.
    pub slug: String,
    /// Its title for people.
    pub title: String,
    /// Who gets a seat on its stage.
    pub speakers: Vec<Card>,
    /// Who directs it at first.
    pub direction: Direction,
    /// Who may come.
    pub admission: Admission,
    /// When it is planned to begin.
    pub starts: Option<WallMs>,
    /// Where it stands at first.
    pub phase: Phase,
}

/// Why an event was not made; nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The slug has other characters or another length.
    #[error("a slug has 1 to {SLUG_CHARS_MAX} small letters, digits and hyphens, not \"{0}\"")]
    Slug(String),
    /// The title is empty or too long.
    #[error("a title has 1 to {TITLE_CHARS_MAX} characters, not {0}")]
    Title(usize),
    /// A card is not usable.
    #[error(
        "the speaker \"{0}\" needs a name of at most {NAME_CHARS_MAX} characters; unit and title have at most {UNIT_CHARS_MAX}"
    )]
    Card(String),
    /// Too many speakers.
    #[error("an event has at most {SEATS_MAX} seats, not {0}")]
    Speakers(usize),
    /// No event of this name.
    #[error("there is no event \"{0}\" in this data folder")]
    Unknown(String),
    /// The store did not take or give it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One stage link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageLink {
    /// Whose.
    pub name: String,
    /// The seat that it opens.
    pub seat: SeatId,
    /// The address for a browser.
    pub url: String,
    /// The address for an encoder that sends in its place (WHIP).
    pub whip: String,
}

/// The links of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventLinks {
    /// Its id.
    pub event: EventId,
    /// For everybody who watches.
    pub audience: String,
    /// One per seat.
    pub stage: Vec<StageLink>,
    /// For the director.
    pub studio: String,
    /// The multivariant playlist.
    pub hls: String,
    /// The programme at low delay for a player (WHEP).
    pub whep: String,
}

/// Reads `name`, `name/unit` or `name/unit/title`.
pub fn card_from_text(text: &str) -> Card {
    let mut fields = text.splitn(3, '/').map(clean_line);
    let mut next = || fields.next().unwrap_or_default();
    Card { name: next(), unit: next(), title: next() }
}

/// Makes an event with a director's link and a link per seat: all of it or nothing.
///
/// # Errors
/// [`SetupError`] that says what to change.
pub async fn create_event(store: &Store, now: WallMs, plan: Plan) -> Result<Event, SetupError> {
    check(&plan)?;
    let event = Event {
        id: EventId::new(Uuid::now_v7()),
        slug: plan.slug,
        title: clean_line(&plan.title),
        key: random_token()?,
        phase: plan.phase,
        epoch: None,
        created: now,
        starts: plan.starts,
        ended: None,
        admission: plan.admission,
    };
    let seat = |card| {
        let seat = Seat { id: SeatId::new(Uuid::now_v7()), card };
        (seat, LinkId::new(Uuid::now_v7()))
    };
    let seats = plan.speakers.into_iter().map(seat).collect();
    let studio = LinkId::new(Uuid::now_v7());
    let facts = match plan.direction {
        // As every show begins.
        Direction::Manual => Vec::new(),
        mode @ Direction::Automatic => {
            let change = Change::DirectionSet { mode };
            vec![journalled(&Fact { at_ms: now, by: Author::Person, change })]
        }
    };
    store.create_event(NewEvent { event: event.clone(), studio, seats, facts }).await?;
    Ok(event)
}

/// Whether an event can be made so.
///
/// # Errors
/// [`SetupError`] that says what to change.
pub fn check(plan: &Plan) -> Result<(), SetupError> {
    let slug_ok = (1..=SLUG_CHARS_MAX).contains(&plan.slug.len())
        && plan.slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !slug_ok {
        return Err(SetupError::Slug(plan.slug.clone()));
    }
    let title_chars = clean_line(&plan.title).chars().count();
    if !(1..=TITLE_CHARS_MAX).contains(&title_chars) {
        return Err(SetupError::Title(title_chars));
    }
    if SEATS_MAX < plan.speakers.len() {
        return Err(SetupError::Speakers(plan.speakers.len()));
    }
    for card in &plan.speakers {
        let fits = |text: &str, max: usize| text.chars().count() <= max;
        let usable = !card.name.is_empty()
            && fits(&card.name, NAME_CHARS_MAX)
            && fits(&card.unit, UNIT_CHARS_MAX)
            && fits(&card.title, UNIT_CHARS_MAX);
        if !usable {
            return Err(SetupError::Card(card.name.clone()));
        }
    }
    Ok(())
}

/// The event of this slug or id.
///
/// # Errors
/// [`SetupError::Unknown`].
pub async fn find_event(store: &Store, name: &str) -> Result<Event, SetupError> {
    let found = match name.parse::<EventId>() {
        Ok(id) => store.event(id).await?,
        Err(_) => store.event_by_slug(name).await?,
    };
    found.ok_or_else(|| SetupError::Unknown(name.into()))
}

/// The links of an event on a server that is reached under `base`.
///
/// # Errors
/// [`StoreError`].
pub async fn links(store: &Store, event: &Event, base: &str) -> Result<EventLinks, StoreError> {
    let mut stage = Vec::new();
    let mut studio = String::new();
    for link in store.links(event.id).await? {
        let token = store.token(link.id);
        match link.access {
            Access::Director => studio = format!("{base}/studio/{}#{token}", event.id),
            Access::Speaker(seat) => {
                let url = format!("{base}/stage/{token}");
                let whip = format!("{base}/whip/{token}");
                stage.push(StageLink { name: seat.card.name, seat: seat.id, url, whip });
            }
        }
    }
    Ok(EventLinks {
        event: event.id,
        audience: format!("{base}/e/{}", event.slug),
        stage,
        studio,
        hls: format!("{base}/live/{}/{}/index.m3u8", event.id, event.key),
        whep: format!("{base}/whep/{}", event.key),
    })
}
