//! The acts of an event: its programme for people, what goes on now, and how many came to each.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use plenary_model::account::AccountRole;
use plenary_model::event::Phase;
use plenary_model::id::{ActId, EventId};
use plenary_show::{Act, ActDraft, Acts, Command, Which};
use plenary_store::Event;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::JsonBody;
use super::events::caching;
use super::members;
use super::problem::Problem;
use super::units::find;
use super::{sentence, sessions, show};
use crate::acts::ActsError;
use crate::app::App;
use crate::clock::wall_now;
use crate::host::CommandError;

/// An event's acts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Acts)]
pub struct ActsBody {
    /// All, in the order in which they are planned.
    acts: Vec<Act>,
    /// The one that goes on; none before the first and after the event.
    #[schema(required, value_type = Option<String>)]
    now: Option<ActId>,
}

/// An act as it is planned.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ActDraft)]
pub struct DraftBody {
    /// Which one it is; a further one without.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    id: Option<ActId>,
    /// What it is called.
    title: String,
    /// Its planned length.
    minutes: u32,
}

/// All acts as they are planned.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActsRequest {
    /// In order; those that are left out go.
    acts: Vec<DraftBody>,
}

/// How many came to an act.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActAttendance {
    /// Which act.
    #[schema(value_type = String)]
    id: ActId,
    /// What it is called.
    title: String,
    /// When it began.
    began_ms: u64,
    /// When the one after it began, or the event ended; it goes on, if null.
    #[schema(required)]
    until_ms: Option<u64>,
    /// How many were there at some time during it.
    came: u32,
}

/// How many came to the acts that have begun, in the order in which they did.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActsAttendance {
    /// Each act.
    acts: Vec<ActAttendance>,
}

/// Of which unit and everything below it; of all without.
#[derive(Debug, Deserialize)]
pub struct UnitQuery {
    /// Its code.
    pub unit: Option<String>,
}

/// An event's acts.
#[utoipa::path(get, tag = "acts", path = "/api/events/{event}/acts", params(("event" = String, Path)),
    responses((status = 200, body = ActsBody), (status = 401, body = Problem),
              (status = 404, body = Problem)))]
pub async fn list_acts(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let event = app.event(&name).await?;
    let runs_it = || runs(&app, event.id, &headers);
    if !members::may_watch(&app, &event, &headers).await && !runs_it().await? {
        return Err(members::not_joined());
    }
    let member = members::presence(&app, event.id, &headers).await.is_some();
    let acts = app.acts(event.id).await?;
    Ok(([(header::CACHE_CONTROL, caching(&event, member))], Json(ActsBody::new(&event, &acts))))
}

/// Whether somebody with an account prepares or directs an event.
async fn runs(app: &App, id: EventId, headers: &HeaderMap) -> Result<bool, Problem> {
    let Some(token) = sessions::token(headers) else { return Ok(false) };
    let account = app.signed_in(token, wall_now()).await?;
    let mut roles = account.iter().flat_map(|account| &account.roles);
    Ok(roles.any(|role| match role {
        AccountRole::Administrator => true,
        AccountRole::Organiser { event } | AccountRole::Director { event } => *event == id,
        AccountRole::Moderator { .. } => false,
    }))
}

/// Plans an event's acts anew. Those whose ids it names stay; one that has begun cannot go, nor change
/// places with another that has.
#[utoipa::path(put, tag = "acts", path = "/api/events/{event}/acts", params(("event" = String, Path)),
    request_body = ActsRequest,
    responses((status = 200, body = ActsBody), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn plan_acts(
    State(app): State<App>,
    Path(name): Path<String>,
    JsonBody(request): JsonBody<ActsRequest>,
) -> Result<Json<ActsBody>, Problem> {
    let drafts = request.acts.into_iter().map(|DraftBody { id, title, minutes }| {
        let which = id.map_or_else(|| Which::New(ActId::new(Uuid::now_v7())), Which::Known);
        ActDraft { which, title, minutes }
    });
    command(&app, &name, Command::PlanActs { acts: drafts.collect() }).await
}

/// Lets an act begin now; the one before it ends with that.
#[utoipa::path(post, tag = "acts", path = "/api/events/{event}/acts/{act}/begin",
    params(("event" = String, Path), ("act" = String, Path)),
    responses((status = 200, body = ActsBody), (status = 404, body = Problem),
              (status = 409, body = Problem)))]
pub async fn begin_act(
    State(app): State<App>,
    Path((name, act)): Path<(String, String)>,
) -> Result<Json<ActsBody>, Problem> {
    let Ok(act) = act.parse() else {
        let unknown = plenary_show::Refused::ActUnknown;
        return Err(Problem::new(StatusCode::NOT_FOUND, unknown.code(), sentence(&unknown)));
    };
    command(&app, &name, Command::BeginAct { act }).await
}

async fn command(app: &App, name: &str, command: Command) -> Result<Json<ActsBody>, Problem> {
    let event = app.event(name).await?;
    let acts = app.command_acts(event.id, command).await.map_err(problem)?;
    Ok(Json(ActsBody::new(&event, &acts)))
}

/// How many came to each act, of all or of a unit and everything below it.
#[utoipa::path(get, tag = "attendance", path = "/api/events/{event}/acts/attendance",
    params(("event" = String, Path), ("unit" = Option<String>, Query)),
    responses((status = 200, body = ActsAttendance), (status = 404, body = Problem)))]
pub async fn show_acts_attendance(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(UnitQuery { unit }): Query<UnitQuery>,
) -> Result<Json<ActsAttendance>, Problem> {
    let event = app.event(&name).await?;
    let sums = app.act_sums(&event).await?;
    let came = match unit {
        Some(unit) => sums.of(find(&sums.directory, &unit)?),
        None => sums.of_all(),
    };
    let acts = sums.acts.iter().zip(came).map(|(act, came)| ActAttendance {
        id: act.id,
        title: act.title.clone(),
        began_ms: act.from.0,
        until_ms: act.until.map(|until| until.0),
        came,
    });
    Ok(Json(ActsAttendance { acts: acts.collect() }))
}

impl ActsBody {
    fn new(event: &Event, acts: &Acts) -> Self {
        let now = match event.phase {
            Phase::Doors | Phase::OnAir => acts.now(),
            Phase::Closed => None,
        };
        Self { acts: acts.all().to_vec(), now }
    }
}

fn problem(error: ActsError) -> Problem {
    let told = sentence(&error);
    match error {
        ActsError::NotOnAir => Problem::new(StatusCode::CONFLICT, "not_on_air", told),
        ActsError::Closed => Problem::new(StatusCode::CONFLICT, "event_closed", told),
        ActsError::Command(error @ CommandError::Refused(_)) => {
            Problem { detail: told, ..show::problem(error) }
        }
        ActsError::Command(error) => show::problem(error),
    }
}
