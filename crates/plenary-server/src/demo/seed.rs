//! The sample event: an invented organisation's gathering with four synthetic speakers, two seats
//! for visitors and a studio. Made once; a restart on the same data finds it.

use plenary_model::event::Phase;
use plenary_model::id::{EventId, LinkId, SeatId};
use plenary_model::person::Card;
use plenary_model::time::WallMs;
use plenary_show::{Author, Change, Direction, Fact};
use plenary_store::{Access, Event, Link, NewFact, Seat, Store, StoreError, random_token};
use serde::Serialize;
use uuid::Uuid;

use super::speaker::Cast;

/// Name of the sample event in addresses.
pub const SLUG: &str = "demo";
const TITLE: &str = "青禾年会 · Qinghe Annual Gathering";

/// Synthetic speakers: name, unit, title. All invented.
const SPEAKERS: [(&str, &str, &str); 4] = [
    ("林晓禾", "青禾 · 北区", "区域经理"),
    ("Mara Lindqvist", "Qinghe · Harbour Office", "Operations"),
    ("周以宁", "青禾 · 南区培训中心", "讲师"),
    ("Tomas Arden", "Qinghe · Valley Branch", "Field Support"),
];
/// Seats for people who open the stage link.
const VISITORS: [(&str, &str, &str); 2] =
    [("来宾一 Guest 1", "青禾 · 来宾", ""), ("来宾二 Guest 2", "青禾 · 来宾", "")];

/// A seat with the token of its link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The seat.
    pub seat: Seat,
    /// Opens `/stage/{token}`.
    pub token: String,
}

/// The sample event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeded {
    /// The event.
    pub event: Event,
    /// The seats of the synthetic speakers.
    pub speakers: Vec<Place>,
    /// The seats of visitors.
    pub visitors: Vec<Place>,
    /// Opens the studio.
    pub studio_token: String,
}

/// The links of the sample event, as `plenary demo --json` prints them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DemoLinks {
    /// For everybody who watches.
    pub audience: String,
    /// The first visitor's seat.
    pub stage: String,
    /// For the director.
    pub studio: String,
    /// The multivariant playlist.
    pub hls: String,
}

impl Seeded {
    /// The seats of the synthetic speakers.
    pub fn cast(&self) -> Vec<SeatId> {
        self.speakers.iter().map(|place| place.seat.id).collect()
    }

    /// What each synthetic speaker sends; the first one shares slides too.
    pub fn roles(&self) -> Vec<Cast> {
        let role = |(source, place): (u8, &Place)| Cast {
            seat: place.seat.clone(),
            source,
            slides: source == 0,
        };
        (0..).zip(&self.speakers).map(role).collect()
    }

    /// The links on a server that is reached under `base`.
    pub fn links(&self, base: &str) -> DemoLinks {
        let Event { id, slug, key, .. } = &self.event;
        let visitor = self.visitors.first().map(|place| place.token.as_str());
        DemoLinks {
            audience: format!("{base}/e/{slug}"),
            stage: format!("{base}/stage/{}", visitor.unwrap_or_default()),
            studio: format!("{base}/studio/{id}#{}", self.studio_token),
            hls: format!("{base}/live/{id}/{key}/index.m3u8"),
        }
    }
}

/// Finds or makes the sample event, on air and directing itself. Whatever a crash left half made
/// is completed.
///
/// # Errors
/// When the data folder cannot be read or written.
pub async fn seed(store: &Store, now: WallMs) -> Result<Seeded, StoreError> {
    let event = event(store, now).await?;
    let seats = store.seats(event.id).await?;
    let links = store.links(event.id).await?;
    let mut places = Vec::new();
    for card in SPEAKERS.iter().chain(&VISITORS) {
        places.push(place(store, &event, card_of(card), (&seats, &links), now).await?);
    }
    let visitors = places.split_off(SPEAKERS.len());
    let studio_token = match links.iter().find(|link| link.access == Access::Director) {
        Some(link) => store.token(link.id),
        None => store.create_director_link(LinkId::new(Uuid::now_v7()), event.id, now).await?,
    };
    begin_show(store, event.id, now).await?;
    Ok(Seeded { event, speakers: places, visitors, studio_token })
}

async fn event(store: &Store, now: WallMs) -> Result<Event, StoreError> {
    if let Some(event) = store.event_by_slug(SLUG).await? {
        return Ok(event);
    }
    let event = Event {
        id: EventId::new(Uuid::now_v7()),
        slug: SLUG.into(),
        title: TITLE.into(),
        key: random_token()?,
        phase: Phase::OnAir,
        epoch: None,
        created: now,
    };
    store.create_event(event.clone()).await?;
    Ok(event)
}

async fn place(
    store: &Store,
    event: &Event,
    card: Card,
    (seats, links): (&[Seat], &[Link]),
    now: WallMs,
) -> Result<Place, StoreError> {
    let seat = match seats.iter().find(|seat| seat.card == card) {
        Some(seat) => seat.clone(),
        None => {
            let seat = Seat { id: SeatId::new(Uuid::now_v7()), card };
            store.create_seat(event.id, seat.clone(), now).await?;
            seat
        }
    };
    let opens_it = |link: &&Link| matches!(&link.access, Access::Speaker(s) if s.id == seat.id);
    let token = match links.iter().find(opens_it) {
        Some(link) => store.token(link.id),
        None => {
            let id = LinkId::new(Uuid::now_v7());
            store.create_speaker_link(id, event.id, seat.id, now).await?
        }
    };
    Ok(Place { seat, token })
}

/// The first fact of the sample show: it directs itself.
async fn begin_show(store: &Store, event: EventId, now: WallMs) -> Result<(), StoreError> {
    if !store.load_facts(event, 0).await?.is_empty() {
        return Ok(());
    }
    let change = Change::DirectionSet { mode: Direction::Automatic };
    let kind = change.kind().to_owned();
    let fact = Fact { at_ms: now, by: Author::Person, change };
    let json = serde_json::to_string(&fact).expect("a fact is plain data");
    store.append_facts(event, vec![NewFact { at: now, kind, json }]).await.map(drop)
}

fn card_of((name, unit, title): &(&str, &str, &str)) -> Card {
    Card { name: (*name).into(), unit: (*unit).into(), title: (*title).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_restart_on_the_same_data_finds_the_same_event_and_links() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let first = seed(&store, WallMs(1_000)).await.unwrap();
        assert_eq!(first, seed(&store, WallMs(2_000)).await.unwrap());
        store.close().await;
        let store = Store::open(dir.path()).await.unwrap();
        assert_eq!(first, seed(&store, WallMs(3_000)).await.unwrap());
        assert_eq!(store.load_facts(first.event.id, 0).await.unwrap().len(), 1);
        assert_eq!((first.speakers.len(), first.visitors.len()), (4, 2));
    }
}
