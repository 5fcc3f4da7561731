//! The people of the organisation over HTTP: those of a unit, one of them, and changes. What is written
//! is checked as a row of an imported table is.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use plenary_model::limits::LISTED_MAX;
use plenary_model::member::{OrganisationRole, Person, Standing};
use plenary_model::unit::{PersonCode, UnitCode};
use plenary_organisation::import::{
    Column, Faults, PersonChange, Row, Table, plan_people, read_people,
};
use plenary_store::OrganisationUpdate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::JsonBody;
use super::problem::Problem;
use super::sentence;
use super::units::{self, find};
use crate::app::App;

/// How many people are listed when nobody says.
const LISTED: u32 = 100;

/// One person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrganisationPerson)]
pub struct PersonBody {
    /// Their code.
    #[schema(value_type = String)]
    code: PersonCode,
    /// Their name.
    name: String,
    /// Code of the unit that they belong to.
    #[schema(value_type = String)]
    unit: UnitCode,
    /// E-mail address.
    #[schema(required)]
    email: Option<String>,
    /// Telephone number.
    #[schema(required)]
    phone: Option<String>,
    /// `administrator`, or `steward:CODE` of a unit.
    roles: Vec<String>,
    /// Whether they belong to the organisation.
    standing: Standing,
}

/// Some people of a unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct People {
    /// By code.
    people: Vec<PersonBody>,
    /// Code after which there are more; null at the end.
    #[schema(value_type = Option<String>, required)]
    next: Option<PersonCode>,
}

/// Which ones.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PeopleQuery {
    /// Those behind this code.
    after: Option<String>,
    /// At most so many.
    limit: Option<u32>,
}

/// A new person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPersonRequest {
    /// Their code, which never changes.
    code: String,
    /// Their name.
    name: String,
    /// Code of the unit that they belong to.
    unit: String,
    /// E-mail address.
    #[serde(default)]
    email: String,
    /// Telephone number.
    #[serde(default)]
    phone: String,
    /// `administrator`, `steward`, or `steward:CODE` of another unit.
    #[serde(default)]
    roles: Vec<String>,
}

/// What changes about a person; what is left out stays, an empty text is nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonChangeRequest {
    /// Their name.
    name: Option<String>,
    /// Code of the unit that they belong to.
    unit: Option<String>,
    /// E-mail address.
    email: Option<String>,
    /// Telephone number.
    phone: Option<String>,
    /// Their roles.
    roles: Option<Vec<String>>,
    /// Whether they belong to the organisation.
    standing: Option<Standing>,
}

impl From<Person> for PersonBody {
    fn from(person: Person) -> Self {
        Self {
            code: person.code,
            name: person.name.into(),
            unit: person.unit,
            email: person.email.map(Into::into),
            phone: person.phone.map(Into::into),
            roles: person.roles.iter().map(role_text).collect(),
            standing: person.standing,
        }
    }
}

fn role_text(role: &OrganisationRole) -> String {
    match role {
        OrganisationRole::Administrator => "administrator".into(),
        OrganisationRole::Steward(unit) => format!("steward:{unit}"),
    }
}

/// People of a unit, by code.
#[utoipa::path(get, tag = "organisation", path = "/api/org/units/{unit}/people",
    params(("unit" = String, Path), PeopleQuery),
    responses((status = 200, body = People), (status = 404, body = Problem)))]
pub async fn list_people(
    State(app): State<App>,
    Path(unit): Path<String>,
    Query(query): Query<PeopleQuery>,
) -> Result<Json<People>, Problem> {
    let directory = app.organisation().now();
    let unit = directory.tree().unit(find(&directory, &unit)?);
    let after = query.after.map(|code| code.parse()).transpose();
    let after: Option<PersonCode> = after.map_err(|_| Problem::person_unknown())?;
    let limit = query.limit.unwrap_or(LISTED).clamp(1, LISTED_MAX);
    let people = app.store().people_of(&unit.code, after.as_ref(), limit + 1).await;
    let mut people = people.map_err(|error| Problem::internal(&error))?;
    let more = (limit as usize) < people.len();
    people.truncate(limit as usize);
    let next = people.last().filter(|_| more).map(|person| person.code.clone());
    Ok(Json(People { people: people.into_iter().map(PersonBody::from).collect(), next }))
}

/// One person.
#[utoipa::path(get, tag = "organisation", path = "/api/org/people/{person}",
    params(("person" = String, Path)),
    responses((status = 200, body = PersonBody), (status = 404, body = Problem)))]
pub async fn show_person(
    State(app): State<App>,
    Path(code): Path<String>,
) -> Result<Json<PersonBody>, Problem> {
    known(&app, &code).await.map(|person| Json(person.into()))
}

/// Makes a person.
#[utoipa::path(post, tag = "organisation", path = "/api/org/people",
    request_body = NewPersonRequest,
    responses((status = 201, body = PersonBody), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn create_person(
    State(app): State<App>,
    JsonBody(new): JsonBody<NewPersonRequest>,
) -> Result<(StatusCode, Json<PersonBody>), Problem> {
    if known(&app, &new.code).await.is_ok() {
        let detail = "Somebody has this code already: choose another.";
        return Err(Problem::new(StatusCode::CONFLICT, "code_taken", detail));
    }
    let roles = new.roles.join(";");
    let row = [new.code, new.name, new.unit, new.email, new.phone, roles];
    let person = keep(&app, None, row, Standing::Member).await?;
    Ok((StatusCode::CREATED, Json(person)))
}

/// Changes a person.
#[utoipa::path(patch, tag = "organisation", path = "/api/org/people/{person}",
    params(("person" = String, Path)), request_body = PersonChangeRequest,
    responses((status = 200, body = PersonBody), (status = 404, body = Problem),
              (status = 422, body = Problem)))]
pub async fn change_person(
    State(app): State<App>,
    Path(code): Path<String>,
    JsonBody(change): JsonBody<PersonChangeRequest>,
) -> Result<Json<PersonBody>, Problem> {
    let was = known(&app, &code).await?;
    let text = |text: &Option<Box<str>>| text.as_deref().unwrap_or_default().to_owned();
    let roles = change.roles.unwrap_or_else(|| was.roles.iter().map(role_text).collect());
    let row = [
        was.code.to_string(),
        change.name.unwrap_or_else(|| was.name.to_string()),
        change.unit.unwrap_or_else(|| was.unit.to_string()),
        change.email.unwrap_or_else(|| text(&was.email)),
        change.phone.unwrap_or_else(|| text(&was.phone)),
        roles.join(";"),
    ];
    let standing = change.standing.unwrap_or(was.standing);
    keep(&app, Some(was), row, standing).await.map(Json)
}

/// Makes all personal links of somebody be over, on open pages too.
#[utoipa::path(post, tag = "organisation", path = "/api/org/people/{person}/revoke",
    params(("person" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn revoke_links(
    State(app): State<App>,
    Path(code): Path<String>,
) -> Result<StatusCode, Problem> {
    let code: PersonCode = code.parse().map_err(|_| Problem::person_unknown())?;
    let issue = app.store().revoke_passes(&code).await;
    let issue = issue.map_err(|error| Problem::internal(&error))?;
    let issue = issue.ok_or_else(Problem::person_unknown)?;
    for desk in app.events().desks() {
        desk.revoke(code.clone(), issue).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn known(app: &App, code: &str) -> Result<Person, Problem> {
    let code: PersonCode = code.parse().map_err(|_| Problem::person_unknown())?;
    app.person(&code).await?.ok_or_else(Problem::person_unknown)
}

/// Checks somebody as the only row of a table, and keeps them.
pub(super) async fn keep(
    app: &App,
    was: Option<Person>,
    cells: [String; 6],
    standing: Standing,
) -> Result<PersonBody, Problem> {
    let head = [
        Column::PersonCode,
        Column::Name,
        Column::Unit,
        Column::Email,
        Column::Phone,
        Column::Roles,
    ];
    let head = Row { number: 1, cells: head.map(|column| column.name().into()).to_vec() };
    let row = Row { number: 2, cells: cells.map(String::into_boxed_str).to_vec() };
    let read = read_people(&Table { rows: vec![head, row] });
    let (rows, mut faults) = read.map_err(|bad| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, bad.code(), sentence(&bad))
    })?;
    let directory = app.organisation().now();
    let known: BTreeMap<PersonCode, Person> =
        was.iter().map(|was| (was.code.clone(), was.clone())).collect();
    let plan = plan_people(directory.tree(), &known, rows, &mut faults);
    if let Some(problem) = first(&faults) {
        return Err(problem);
    }
    let changed = plan.changes.into_iter().next().map(|change| match change {
        PersonChange::Joined(is) | PersonChange::Changed { is, .. } => is,
    });
    let mut person = changed.or(was).ok_or_else(Problem::person_unknown)?;
    person.standing = standing;
    let people = vec![person.clone()];
    let update = OrganisationUpdate { units: Vec::new(), people };
    app.organisation().keep(update, directory.revision()).await.map_err(units::problem)?;
    Ok(person.into())
}

/// The first bad cell; its code names the trouble, so that a page can say it in its own words.
fn first(faults: &Faults) -> Option<Problem> {
    let fault = faults.listed.first()?;
    let detail = format!("{} \"{}\": {}.", fault.column.name(), fault.value, fault.trouble);
    Some(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, fault.trouble.code(), detail))
}

#[cfg(test)]
mod tests {
    use plenary_organisation::import::Trouble;

    use super::*;

    #[test]
    fn what_is_wrong_with_a_person_has_a_code_and_a_sentence() {
        let mut faults = Faults::default();
        assert_eq!(first(&faults), None);
        faults.add(2, Column::Email, "no address", Trouble::BadEmail);
        faults.add(2, Column::Phone, "x", Trouble::BadPhone);
        let problem = first(&faults).unwrap();
        assert_eq!((problem.status, problem.code), (422, "bad_email"));
        assert!(problem.detail.starts_with("email \"no address\": use an address such as"));
        assert!(problem.detail.ends_with('.'));
    }
}
