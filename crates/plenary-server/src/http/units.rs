//! The organisation's tree over HTTP: looking at it bit by bit, searching, and changing it.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use plenary_model::limits::SEARCH_CHARS_MAX;
use plenary_model::unit::{UnitCode, UnitState};
use plenary_organisation::{Change, Refused, Tree, UnitIndex};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::JsonBody;
use super::problem::Problem;
use super::sentence;
use crate::app::App;
use crate::organisation::{ChangeError, Directory};

/// One unit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Unit)]
pub struct UnitBody {
    /// Its code.
    #[schema(value_type = String)]
    code: UnitCode,
    /// Its name.
    name: String,
    /// What it is to the organisation.
    kind: String,
    /// Among the units under the same one, the least comes first; equals by code.
    order: i32,
    /// Whether it takes part.
    state: UnitState,
    /// Code of the unit that it stands under; null at the top.
    #[schema(value_type = Option<String>, required)]
    parent: Option<UnitCode>,
    /// How many units stand directly under it.
    units: usize,
    /// How many units stand anywhere below it.
    units_within: u32,
    /// How many members it has of its own.
    members: u32,
    /// How many members it has with everything below it.
    members_within: u32,
}

/// A unit with what is round it.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitPage {
    /// The unit.
    unit: UnitBody,
    /// The units above it, the top first.
    above: Vec<UnitBody>,
    /// The units directly under it, in order.
    below: Vec<UnitBody>,
}

/// Units.
#[derive(Debug, Serialize, ToSchema)]
pub struct Units {
    /// How often the organisation has changed.
    revision: u64,
    /// How many units there are in all, closed ones too.
    count: usize,
    /// How many members they have together.
    members: u64,
    /// The units at the top, or those that were found.
    units: Vec<FoundUnit>,
    /// Whether more were found than are listed.
    more: bool,
}

/// A unit with the names of those above it.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundUnit {
    /// The unit.
    unit: UnitBody,
    /// Names of the units above it, the top first.
    above: Vec<String>,
}

/// What to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct UnitsQuery {
    /// Units whose name or code holds this text; without it those at the top.
    find: Option<String>,
}

/// A new unit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnitRequest {
    /// Its code, which never changes.
    #[schema(value_type = String)]
    code: UnitCode,
    /// Its name.
    name: String,
    /// What it is to the organisation.
    #[serde(default)]
    kind: String,
    /// Its place among its siblings.
    #[serde(default)]
    order: i32,
    /// Code of the unit that it stands under; without it the top.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    parent: Option<UnitCode>,
}

/// What happens to a unit: one thing at a time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "change", rename_all = "snake_case", deny_unknown_fields)]
pub enum UnitChange {
    /// It gets another name.
    Rename {
        /// The new one.
        name: String,
    },
    /// It is of another kind, or stands elsewhere among its siblings.
    Describe {
        /// The new kind.
        kind: String,
        /// The new place.
        order: i32,
    },
    /// It stands under another unit, with everything below it.
    Move {
        /// Code of that unit; null is the top.
        #[schema(value_type = Option<String>, required)]
        parent: Option<UnitCode>,
    },
    /// It is closed, with everything below it.
    Close,
    /// It is open again, with everything above it.
    Reopen,
}

/// The units at the top, or a search through all.
#[utoipa::path(get, tag = "organisation", path = "/api/org/units", params(UnitsQuery),
    responses((status = 200, body = Units), (status = 422, body = Problem)))]
pub async fn list_units(
    State(app): State<App>,
    Query(query): Query<UnitsQuery>,
) -> Result<Json<Units>, Problem> {
    let directory = app.organisation().now();
    let text = query.find.unwrap_or_default();
    if SEARCH_CHARS_MAX < text.chars().count() {
        let detail = format!("Look for at most {SEARCH_CHARS_MAX} characters.");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "search_too_long", detail));
    }
    let (found, more) = if text.trim().is_empty() {
        (directory.tree().tops().to_vec(), false)
    } else {
        directory.find(&text)
    };
    let tree = directory.tree();
    let members = tree.tops().iter().map(|top| u64::from(directory.members_within(*top))).sum();
    let units = found.into_iter().map(|index| FoundUnit {
        unit: body(&directory, index),
        above: above(tree, index).map(|index| tree.unit(index).name.clone()).collect(),
    });
    let units = units.collect();
    Ok(Json(Units { revision: directory.revision(), count: tree.len(), members, units, more }))
}

/// One unit, what is above it and what is directly below.
#[utoipa::path(get, tag = "organisation", path = "/api/org/units/{unit}",
    params(("unit" = String, Path)),
    responses((status = 200, body = UnitPage), (status = 404, body = Problem)))]
pub async fn show_unit(
    State(app): State<App>,
    Path(unit): Path<String>,
) -> Result<Json<UnitPage>, Problem> {
    let directory = app.organisation().now();
    let index = find(&directory, &unit)?;
    Ok(Json(page(&directory, index)))
}

/// Makes a unit.
#[utoipa::path(post, tag = "organisation", path = "/api/org/units", request_body = NewUnitRequest,
    responses((status = 201, body = UnitPage), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn create_unit(
    State(app): State<App>,
    JsonBody(new): JsonBody<NewUnitRequest>,
) -> Result<(StatusCode, Json<UnitPage>), Problem> {
    let NewUnitRequest { code, name, kind, order, parent } = new;
    let (name, kind) = (clean(&name), clean(&kind));
    let change = Change::Created { code, name, kind, order, parent };
    let page = carry_out(&app, change).await?;
    Ok((StatusCode::CREATED, Json(page)))
}

/// Changes a unit.
#[utoipa::path(patch, tag = "organisation", path = "/api/org/units/{unit}",
    params(("unit" = String, Path)), request_body = UnitChange,
    responses((status = 200, body = UnitPage), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn change_unit(
    State(app): State<App>,
    Path(unit): Path<String>,
    JsonBody(change): JsonBody<UnitChange>,
) -> Result<Json<UnitPage>, Problem> {
    let code: UnitCode = unit.parse().map_err(|_| Problem::unit_unknown())?;
    let change = match change {
        UnitChange::Rename { name } => Change::Renamed { code, name: clean(&name) },
        UnitChange::Describe { kind, order } => {
            Change::Described { code, kind: clean(&kind), order }
        }
        UnitChange::Move { parent } => Change::Moved { code, parent },
        UnitChange::Close => Change::Closed { code },
        UnitChange::Reopen => Change::Reopened { code },
    };
    carry_out(&app, change).await.map(Json)
}

fn clean(typed: &str) -> String {
    plenary_model::text::clean_line(typed)
}

async fn carry_out(app: &App, change: Change) -> Result<UnitPage, Problem> {
    let code = change.unit().clone();
    let directory = app.organisation().change(change).await.map_err(problem)?;
    find(&directory, code.as_str()).map(|index| page(&directory, index))
}

/// The place of a unit that an address names.
pub fn find(directory: &Directory, unit: &str) -> Result<UnitIndex, Problem> {
    let code: Option<UnitCode> = unit.parse().ok();
    code.and_then(|code| directory.tree().find(&code)).ok_or_else(Problem::unit_unknown)
}

/// The units above one, the top first.
pub fn above(tree: &Tree, index: UnitIndex) -> impl Iterator<Item = UnitIndex> {
    let mut above: Vec<UnitIndex> = tree.upwards(index).skip(1).collect();
    above.reverse();
    above.into_iter()
}

fn page(directory: &Directory, index: UnitIndex) -> UnitPage {
    let tree = directory.tree();
    UnitPage {
        unit: body(directory, index),
        above: above(tree, index).map(|index| body(directory, index)).collect(),
        below: tree.below(index).iter().map(|index| body(directory, *index)).collect(),
    }
}

fn body(directory: &Directory, index: UnitIndex) -> UnitBody {
    let tree = directory.tree();
    let record = tree.record(index);
    UnitBody {
        code: record.code,
        name: record.name,
        kind: record.kind,
        order: record.order,
        state: record.state,
        parent: record.parent,
        units: tree.below(index).len(),
        units_within: directory.units_within(index),
        members: directory.members(index),
        members_within: directory.members_within(index),
    }
}

/// Why a change of the organisation was not made.
pub fn problem(error: ChangeError) -> Problem {
    let told = sentence(&error);
    match error {
        ChangeError::Refused(refused) => {
            let (status, code) = match refused {
                Refused::Unknown(_) => (StatusCode::NOT_FOUND, "unit_unknown"),
                Refused::CodeTaken(_) => (StatusCode::CONFLICT, "code_taken"),
                Refused::UnderItself { .. } => (StatusCode::CONFLICT, "unit_under_itself"),
                Refused::TooDeep => (StatusCode::CONFLICT, "tree_too_deep"),
                Refused::TooMany => (StatusCode::CONFLICT, "too_many_units"),
                Refused::BadName => (StatusCode::UNPROCESSABLE_ENTITY, "name_bad"),
                Refused::BadKind => (StatusCode::UNPROCESSABLE_ENTITY, "kind_bad"),
            };
            Problem::new(status, code, told)
        }
        ChangeError::Changed => Problem::new(StatusCode::CONFLICT, "organisation_changed", told),
        ChangeError::Stopping => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", told),
        ChangeError::Store(error) => Problem::internal(&error),
    }
}
