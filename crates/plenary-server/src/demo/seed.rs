//! The sample event: an invented organisation's gathering with four synthetic speakers, two seats
//! for visitors and a studio. Made once; a restart on the same data finds it.

use plenary_model::admission::Admission;
use plenary_model::event::Phase;
use plenary_model::id::SeatId;
use plenary_model::person::Card;
use plenary_model::time::WallMs;
use plenary_show::Direction;
use plenary_store::{Event, Seat, Store, StoreError};
use serde::Serialize;

use super::speaker::Cast;
use crate::setup::{self, EventLinks, Plan, SetupError};

/// Name of the sample event in addresses.
pub const SLUG: &str = "demo";
const TITLE: &str = "青禾年会 · Qinghe Annual Gathering";

/// Name, unit, title. All invented.
type Person = (&'static str, &'static str, &'static str);

/// Synthetic speakers.
const SPEAKERS: [Person; 4] = [
    ("林晓禾", "青禾 · 北区", "区域经理"),
    ("Mara Lindqvist", "Qinghe · Harbour Office", "Operations"),
    ("周以宁", "青禾 · 南区培训中心", "讲师"),
    ("Tomas Arden", "Qinghe · Valley Branch", "Field Support"),
];
/// Seats for people who open the stage link.
const VISITORS: [Person; 2] =
    [("来宾一 Guest 1", "青禾 · 来宾", ""), ("来宾二 Guest 2", "青禾 · 来宾", "")];

/// The sample event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seeded {
    /// The event.
    pub event: Event,
    /// The seats of the synthetic speakers.
    pub speakers: Vec<Seat>,
    /// The seats of visitors.
    pub visitors: Vec<Seat>,
}

/// Why there is no sample event.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// Somebody else's event has its name.
    #[error(
        "the event \"{SLUG}\" in this data folder is not the sample event; name another folder \
         with --data, or none"
    )]
    Foreign,
    /// It could not be made.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The data folder cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
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
    /// The second visitor's seat, for an encoder (WHIP).
    pub whip: String,
    /// The programme at low delay for a player (WHEP).
    pub whep: String,
}

impl Seeded {
    /// The seats of the synthetic speakers.
    pub fn cast(&self) -> Vec<SeatId> {
        self.speakers.iter().map(|seat| seat.id).collect()
    }

    /// What each synthetic speaker sends; the first one shares slides too.
    pub fn roles(&self) -> Vec<Cast> {
        let role =
            |(source, seat): (u8, &Seat)| Cast { seat: seat.clone(), source, slides: source == 0 };
        (0..).zip(&self.speakers).map(role).collect()
    }

    /// What is shown of the event's links.
    pub fn links(&self, all: EventLinks) -> DemoLinks {
        let of = |visitor: usize| {
            let seat = self.visitors.get(visitor).map(|seat| seat.id);
            all.stage.iter().find(|link| Some(link.seat) == seat).cloned()
        };
        let (stage, whip) = (of(0), of(1));
        DemoLinks {
            audience: all.audience,
            stage: stage.map(|link| link.url).unwrap_or_default(),
            studio: all.studio,
            hls: all.hls,
            whip: whip.map(|link| link.whip).unwrap_or_default(),
            whep: all.whep,
        }
    }
}

/// Finds or makes the sample event, on air and directing itself.
///
/// # Errors
/// [`SeedError`] that says what to change.
pub async fn seed(store: &Store, now: WallMs) -> Result<Seeded, SeedError> {
    let event = match store.event_by_slug(SLUG).await? {
        Some(event) => event,
        None => {
            let plan = Plan {
                slug: SLUG.into(),
                title: TITLE.into(),
                speakers: SPEAKERS.iter().chain(&VISITORS).map(card).collect(),
                direction: Direction::Automatic,
                admission: Admission::Everybody,
                starts: None,
                phase: Phase::OnAir,
            };
            setup::create_event(store, now, plan).await?
        }
    };
    let seats = store.seats(event.id).await?;
    let speakers = of(&SPEAKERS, &seats)?;
    let visitors = of(&VISITORS, &seats)?;
    Ok(Seeded { event, speakers, visitors })
}

/// The seats of these people.
fn of(people: &[Person], seats: &[Seat]) -> Result<Vec<Seat>, SeedError> {
    let seat = |person| seats.iter().find(|seat| seat.card == card(person)).cloned();
    people.iter().map(|person| seat(person).ok_or(SeedError::Foreign)).collect()
}

fn card((name, unit, title): &Person) -> Card {
    Card { name: (*name).into(), unit: (*unit).into(), title: (*title).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn links(store: &Store, seeded: &Seeded) -> DemoLinks {
        let all = setup::links(store, &seeded.event, "http://here").await.unwrap();
        seeded.links(all)
    }

    #[tokio::test]
    async fn a_restart_on_the_same_data_finds_the_same_event_and_links() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let first = seed(&store, WallMs(1_000)).await.unwrap();
        let shown = links(&store, &first).await;
        assert_eq!(first, seed(&store, WallMs(2_000)).await.unwrap());
        store.close().await;
        let store = Store::open(dir.path()).await.unwrap();
        assert_eq!(first, seed(&store, WallMs(3_000)).await.unwrap());
        assert_eq!(shown, links(&store, &first).await);
        for link in [&shown.audience, &shown.stage, &shown.studio, &shown.hls] {
            assert!("http://here/".len() < link.len(), "{shown:?}");
        }
        assert_eq!(store.load_facts(first.event.id, 0).await.unwrap().len(), 1);
        assert_eq!((first.speakers.len(), first.visitors.len()), (4, 2));
    }

    #[tokio::test]
    async fn an_event_of_somebody_else_is_not_taken_for_the_sample() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let plan = Plan {
            slug: SLUG.into(),
            title: "Our own".into(),
            speakers: vec![setup::card_from_text("Ada")],
            direction: Direction::Manual,
            admission: Admission::Everybody,
            starts: None,
            phase: Phase::OnAir,
        };
        let theirs = setup::create_event(&store, WallMs(1_000), plan).await.unwrap();
        let refused = seed(&store, WallMs(2_000)).await.unwrap_err();
        assert!(matches!(refused, SeedError::Foreign), "{refused}");
        assert_eq!(store.seats(theirs.id).await.unwrap().len(), 1);
    }
}
