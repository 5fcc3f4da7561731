//! Events for those who prepare them: making one, saying who may come, and its links.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use plenary_model::account::{Account, AccountRole};
use plenary_model::admission::{Admission, AdmittedUnit};
use plenary_model::event::Phase;
use plenary_model::id::{EventId, SeatId};
use plenary_model::limits::ADMITTED_MAX;
use plenary_model::person::Card;
use plenary_model::time::WallMs;
use plenary_model::unit::UnitCode;
use plenary_organisation::Tree;
use plenary_show::Direction;
use plenary_store::{Event, StoreError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::JsonBody;
use super::permission::Caller;
use super::problem::Problem;
use super::sentence;
use super::units::above;
use crate::app::App;
use crate::clock::wall_now;
use crate::setup::{self, EventLinks, Plan, SetupError, StageLink};

/// An event as those who prepare it see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganisedEvent {
    /// Its id.
    #[schema(value_type = String)]
    id: EventId,
    /// Its name in addresses.
    slug: String,
    /// Its title.
    title: String,
    /// Where it stands.
    phase: Phase,
    /// When it was made.
    created_ms: u64,
    /// When it is planned to begin.
    #[schema(required)]
    starts_ms: Option<u64>,
    /// Who may come.
    admission: Admission,
    /// The chosen units that are there, as people know them.
    chosen: Vec<ChosenUnit>,
}

/// A unit whose members may come.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChosenUnit {
    /// Its code.
    #[schema(value_type = String)]
    code: UnitCode,
    /// Its name.
    name: String,
    /// Names of the units above it, the top first.
    above: Vec<String>,
}

/// What an event is made from.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEventRequest {
    /// Its name in addresses: small letters, digits and hyphens.
    slug: String,
    /// Its title for people.
    title: String,
    /// Who gets a seat on its stage.
    #[serde(default)]
    speakers: Vec<Card>,
    /// Who may come; without it everybody with the address.
    #[serde(default)]
    admission: Admission,
    /// When it is planned to begin.
    #[serde(default)]
    starts_ms: Option<u64>,
}

/// One stage link.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeatLink {
    /// Whose.
    name: String,
    /// The seat that it opens.
    #[schema(value_type = String)]
    seat: SeatId,
    /// The path for a browser.
    stage: String,
    /// The path for an encoder that sends in its place (WHIP).
    whip: String,
}

/// The links of an event, each a path on this server.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventPaths {
    /// For everybody who watches.
    audience: String,
    /// One for each seat.
    stage: Vec<SeatLink>,
    /// For the director.
    studio: String,
    /// The multivariant playlist.
    hls: String,
    /// The programme at low delay for a player (WHEP).
    whep: String,
}

impl OrganisedEvent {
    fn new(tree: &Tree, event: Event) -> Self {
        Self {
            chosen: chosen(tree, &event.admission),
            id: event.id,
            slug: event.slug,
            title: event.title,
            phase: event.phase,
            created_ms: event.created.0,
            starts_ms: event.starts.map(|starts| starts.0),
            admission: event.admission,
        }
    }
}

impl From<EventLinks> for EventPaths {
    fn from(links: EventLinks) -> Self {
        let seat = |link: StageLink| SeatLink {
            name: link.name,
            seat: link.seat,
            stage: link.url,
            whip: link.whip,
        };
        Self {
            audience: links.audience,
            stage: links.stage.into_iter().map(seat).collect(),
            studio: links.studio,
            hls: links.hls,
            whep: links.whep,
        }
    }
}

/// The events that somebody prepares or directs, oldest first; administrators prepare all.
#[utoipa::path(get, tag = "organising", path = "/api/events",
    responses((status = 200, body = Vec<OrganisedEvent>), (status = 403, body = Problem)))]
pub async fn list_events(
    State(app): State<App>,
    Caller(account): Caller,
) -> Result<Json<Vec<OrganisedEvent>>, Problem> {
    let events = app.store().events().await.map_err(|error| Problem::internal(&error))?;
    let directory = app.organisation().now();
    let theirs = events.into_iter().filter(|event| prepares_or_directs(&account, event.id));
    let shown = theirs.map(|event| OrganisedEvent::new(directory.tree(), event));
    Ok(Json(shown.collect()))
}

fn prepares_or_directs(account: &Account, id: EventId) -> bool {
    account.roles.iter().any(|role| match role {
        AccountRole::Administrator => true,
        AccountRole::Organiser { event } | AccountRole::Director { event } => *event == id,
        AccountRole::Moderator { .. } => false,
    })
}

/// Makes an event. Its doors are open: members may come in; it is on air when it is told to be.
#[utoipa::path(post, tag = "organising", path = "/api/events", request_body = NewEventRequest,
    responses((status = 201, body = OrganisedEvent), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn create_event(
    State(app): State<App>,
    JsonBody(new): JsonBody<NewEventRequest>,
) -> Result<(StatusCode, Json<OrganisedEvent>), Problem> {
    let directory = app.organisation().now();
    check(&app, directory.tree(), &new.admission).await?;
    let NewEventRequest { slug, title, speakers, admission, starts_ms } = new;
    let starts = starts_ms.map(WallMs);
    let direction = Direction::Manual;
    let phase = Phase::Doors;
    let plan = Plan { slug, title, speakers, direction, admission, starts, phase };
    let event = setup::create_event(app.store(), wall_now(), plan).await.map_err(problem)?;
    app.start(event.clone()).await?;
    Ok((StatusCode::CREATED, Json(OrganisedEvent::new(directory.tree(), event))))
}

/// Puts an event on air whose doors are open.
#[utoipa::path(post, tag = "organising", path = "/api/events/{event}/open",
    params(("event" = String, Path)),
    responses((status = 200, body = OrganisedEvent), (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn open_event(
    State(app): State<App>,
    Path(event): Path<String>,
) -> Result<Json<OrganisedEvent>, Problem> {
    let mut event = app.event(&event).await?;
    match event.phase {
        Phase::Doors => {
            let opened = app.store().set_phase(event.id, Phase::OnAir, wall_now()).await;
            opened.map_err(|error| Problem::internal(&error))?;
            event.phase = Phase::OnAir;
        }
        // It may have failed to start; what runs already goes on.
        Phase::OnAir => {}
        Phase::Closed => {
            let detail = "This event is closed for good. Make another one.";
            return Err(Problem::new(StatusCode::CONFLICT, "event_closed", detail));
        }
    }
    app.start(event.clone()).await?;
    Ok(Json(OrganisedEvent::new(app.organisation().now().tree(), event)))
}

/// Says who may come from now on; whoever is in stays in.
#[utoipa::path(put, tag = "organising", path = "/api/events/{event}/admission",
    params(("event" = String, Path)), request_body = Admission,
    responses((status = 200, body = OrganisedEvent), (status = 404, body = Problem),
              (status = 422, body = Problem)))]
pub async fn set_admission(
    State(app): State<App>,
    Path(event): Path<String>,
    JsonBody(admission): JsonBody<Admission>,
) -> Result<Json<OrganisedEvent>, Problem> {
    let mut event = app.event(&event).await?;
    let directory = app.organisation().now();
    check(&app, directory.tree(), &admission).await?;
    let kept = app.store().set_admission(event.id, admission.clone()).await;
    kept.map_err(|error| Problem::internal(&error))?;
    if let Some(desk) = app.events().attendance(event.id) {
        desk.admit(admission.clone()).await;
    }
    event.admission = admission;
    Ok(Json(OrganisedEvent::new(directory.tree(), event)))
}

/// The links of an event.
#[utoipa::path(get, tag = "organising", path = "/api/events/{event}/links",
    params(("event" = String, Path)),
    responses((status = 200, body = EventPaths), (status = 404, body = Problem)))]
pub async fn show_links(
    State(app): State<App>,
    Path(event): Path<String>,
) -> Result<Json<EventPaths>, Problem> {
    let event = app.event(&event).await?;
    let links = setup::links(app.store(), &event, "").await;
    links.map(|links| Json(links.into())).map_err(|error| Problem::internal(&error))
}

fn chosen(tree: &Tree, admission: &Admission) -> Vec<ChosenUnit> {
    let units: &[AdmittedUnit] = match admission {
        Admission::Everybody | Admission::Members => &[],
        Admission::Chosen { units, .. } => units,
    };
    let known = units.iter().filter_map(|chosen| tree.find(&chosen.unit));
    let named = known.map(|index| ChosenUnit {
        code: tree.unit(index).code.clone(),
        name: tree.unit(index).name.clone(),
        above: above(tree, index).map(|index| tree.unit(index).name.clone()).collect(),
    });
    named.collect()
}

/// Whether all that is named is there: a typing error would shut people out.
async fn check(app: &App, tree: &Tree, admission: &Admission) -> Result<(), Problem> {
    let unusable =
        |code, detail: String| Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail));
    let Admission::Chosen { units, people } = admission else { return Ok(()) };
    if ADMITTED_MAX < units.len() + people.len() {
        let detail = format!("Choose at most {ADMITTED_MAX} units and people.");
        return unusable("too_many_chosen", detail);
    }
    for chosen in units {
        if tree.find(&chosen.unit).is_none() {
            let detail = format!("There is no unit {}.", chosen.unit);
            return unusable("unit_unknown", detail);
        }
    }
    for code in people {
        if app.person(code).await?.is_none() {
            let detail = format!("Nobody has the code {code}.");
            let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invited_unknown", detail);
            return Err(problem.naming("code", code.to_string()));
        }
    }
    Ok(())
}

fn problem(error: SetupError) -> Problem {
    let told = sentence(&error);
    let (status, code) = match error {
        SetupError::Slug(_) => (StatusCode::UNPROCESSABLE_ENTITY, "slug_bad"),
        SetupError::Title(_) => (StatusCode::UNPROCESSABLE_ENTITY, "title_bad"),
        SetupError::Card(_) => (StatusCode::UNPROCESSABLE_ENTITY, "speaker_bad"),
        SetupError::Speakers(_) => (StatusCode::UNPROCESSABLE_ENTITY, "too_many_speakers"),
        SetupError::Unknown(_) => (StatusCode::NOT_FOUND, "event_unknown"),
        SetupError::Store(StoreError::SlugTaken(_)) => (StatusCode::CONFLICT, "slug_taken"),
        SetupError::Store(error) => return Problem::internal(&error),
    };
    Problem::new(status, code, told)
}
