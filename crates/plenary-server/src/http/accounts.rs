//! The accounts of those who run gatherings, for administrators.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use plenary_model::account::{AccountRole, AccountState};
use plenary_model::id::AccountId;
use plenary_model::unit::PersonCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::JsonBody;
use super::problem::Problem;
use super::sign_in::{AccountBody, problem};
use crate::app::App;
use crate::clock::wall_now;
use crate::identity::{NewPerson, SignInRefused, shown_name};

/// A new account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccountRequest {
    /// What its holder signs in with.
    login: String,
    /// How they are called.
    name: String,
    /// Their first password.
    password: String,
    /// What they may do.
    #[serde(default)]
    roles: Vec<AccountRole>,
    /// Code of who they are in the organisation, if they are.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    person: Option<PersonCode>,
}

/// What changes about an account; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    /// What its holder signs in with.
    login: Option<String>,
    /// How they are called.
    name: Option<String>,
    /// Whether it lets anybody in.
    state: Option<AccountState>,
    /// What they may do.
    roles: Option<Vec<AccountRole>>,
    /// Code of who they are in the organisation; an empty one is nobody.
    person: Option<String>,
}

/// Another password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordRequest {
    /// The new one.
    password: String,
}

/// All accounts.
#[utoipa::path(get, tag = "accounts", path = "/api/accounts",
    responses((status = 200, body = Vec<AccountBody>), (status = 403, body = Problem)))]
pub async fn list_accounts(State(app): State<App>) -> Result<Json<Vec<AccountBody>>, Problem> {
    let accounts = app.store().accounts().await.map_err(|error| Problem::internal(&error))?;
    Ok(Json(accounts.into_iter().map(AccountBody::from).collect()))
}

/// Makes an account.
#[utoipa::path(post, tag = "accounts", path = "/api/accounts", request_body = NewAccountRequest,
    responses((status = 201, body = AccountBody), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
pub async fn create_account(
    State(app): State<App>,
    JsonBody(request): JsonBody<NewAccountRequest>,
) -> Result<(StatusCode, Json<AccountBody>), Problem> {
    let NewAccountRequest { login, name, password, roles, person } = request;
    known(&app, person.as_ref()).await?;
    let new = NewPerson { login, name, password, roles, person };
    let account = app.accounts().create(new, wall_now()).await.map_err(problem)?;
    Ok((StatusCode::CREATED, Json(account.into())))
}

/// Changes an account; one that is disabled is signed out everywhere.
#[utoipa::path(patch, tag = "accounts", path = "/api/accounts/{account}",
    params(("account" = String, Path)), request_body = AccountChange,
    responses((status = 200, body = AccountBody), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn change_account(
    State(app): State<App>,
    Path(id): Path<String>,
    JsonBody(change): JsonBody<AccountChange>,
) -> Result<Json<AccountBody>, Problem> {
    let mut account = find(&app, &id).await?;
    if let Some(login) = change.login {
        account.login = login.parse().map_err(|bad| problem(SignInRefused::Login(bad)))?;
    }
    if let Some(name) = change.name {
        account.name = shown_name(&name).map_err(problem)?;
    }
    if let Some(person) = change.person {
        account.person = match person.as_str() {
            "" => None,
            code => Some(code.parse().map_err(|_| Problem::person_unknown())?),
        };
        known(&app, account.person.as_ref()).await?;
    }
    account.state = change.state.unwrap_or(account.state);
    if let Some(mut roles) = change.roles {
        roles.sort();
        roles.dedup();
        account.roles = roles;
    }
    let changed = app.store().change_account(account.clone()).await;
    changed.map_err(|error| problem(SignInRefused::Store(error)))?;
    Ok(Json(account.into()))
}

/// Gives an account another password, and signs it out everywhere.
#[utoipa::path(post, tag = "accounts", path = "/api/accounts/{account}/password",
    params(("account" = String, Path)), request_body = PasswordRequest,
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn set_password(
    State(app): State<App>,
    Path(id): Path<String>,
    JsonBody(request): JsonBody<PasswordRequest>,
) -> Result<StatusCode, Problem> {
    let account = find(&app, &id).await?;
    app.accounts().set_password(&account, request.password).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn find(app: &App, id: &str) -> Result<plenary_model::account::Account, Problem> {
    let unknown =
        || Problem::new(StatusCode::NOT_FOUND, "account_unknown", "There is no such account.");
    let id: AccountId = id.parse().map_err(|_| unknown())?;
    let found = app.store().account(id).await.map_err(|error| Problem::internal(&error))?;
    found.ok_or_else(unknown)
}

/// Whether somebody of the organisation is there.
async fn known(app: &App, person: Option<&PersonCode>) -> Result<(), Problem> {
    match person {
        Some(code) => app.person(code).await?.map(drop).ok_or_else(Problem::person_unknown),
        None => Ok(()),
    }
}
