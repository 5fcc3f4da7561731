//! Coming in with an account: the first administrator, signing in and out, and who one is.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use plenary_model::account::{Account, AccountRole, AccountState};
use plenary_model::id::AccountId;
use plenary_model::member::{OrganisationRole, Person};
use plenary_store::StoreError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::JsonBody;
use super::permission::Caller;
use super::problem::Problem;
use super::sessions;
use crate::app::App;
use crate::clock::wall_now;
use crate::identity::{NewPerson, SignInRefused};

/// Who is to be the first administrator.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupRequest {
    /// The token of the one-time link.
    token: String,
    /// What they will sign in with.
    login: String,
    /// How they are called.
    name: String,
    /// Their password.
    password: String,
}

/// Name and password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// What they sign in with.
    login: String,
    /// Their password.
    password: String,
}

/// An account, as its holder and administrators see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Account)]
pub struct AccountBody {
    /// Its id.
    #[schema(value_type = String)]
    id: AccountId,
    /// What one signs in with.
    login: String,
    /// How its holder is called.
    name: String,
    /// Whether it lets anybody in.
    state: AccountState,
    /// Code of who they are in the organisation.
    #[schema(required)]
    person: Option<String>,
    /// What they may do.
    roles: Vec<AccountRole>,
}

/// Who one is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The account.
    account: AccountBody,
    /// Codes of the units that they answer for.
    steward_of: Vec<String>,
}

impl From<Account> for AccountBody {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            login: account.login.to_string(),
            name: account.name,
            state: account.state,
            person: account.person.map(|person| person.to_string()),
            roles: account.roles,
        }
    }
}

/// Makes the first administrator, for the holder of the one-time link, and signs them in.
#[utoipa::path(post, tag = "accounts", path = "/api/setup", request_body = SetupRequest,
    responses((status = 200, body = AccountBody), (status = 404, body = Problem),
              (status = 422, body = Problem)))]
pub async fn set_up(
    State(app): State<App>,
    JsonBody(request): JsonBody<SetupRequest>,
) -> Result<Response, Problem> {
    let SetupRequest { token, login, name, password } = request;
    let roles = vec![AccountRole::Administrator];
    let person = NewPerson { login, name, password, roles, person: None };
    let opened = app.accounts().set_up(&token, person, wall_now()).await;
    opened.map(|opened| with_cookie(&app, opened)).map_err(problem)
}

/// Signs in with name and password.
#[utoipa::path(post, tag = "accounts", path = "/api/sign-in", request_body = SignInRequest,
    responses((status = 200, body = AccountBody), (status = 401, body = Problem),
              (status = 429, body = Problem)))]
pub async fn sign_in(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    JsonBody(request): JsonBody<SignInRequest>,
) -> Result<Response, Problem> {
    let who = (request.login.as_str(), request.password);
    let from = app.ways().proxies.client(peer.ip(), &headers);
    let opened = app.accounts().sign_in(who, from, wall_now()).await;
    opened.map(|opened| with_cookie(&app, opened)).map_err(problem)
}

/// Signs out; without a session there is nothing to do.
#[utoipa::path(post, tag = "accounts", path = "/api/sign-out", responses((status = 204)))]
pub async fn sign_out(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(token) = sessions::token(&headers) {
        app.store().close_session(token).await.map_err(|error| Problem::internal(&error))?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(header::SET_COOKIE, sessions::no_cookie());
    Ok(response)
}

/// Who one is.
#[utoipa::path(get, tag = "accounts", path = "/api/me",
    responses((status = 200, body = Me), (status = 401, body = Problem)))]
pub async fn show_me(State(app): State<App>, Caller(account): Caller) -> Result<Json<Me>, Problem> {
    let person = match &account.person {
        Some(code) => app.person(code).await?,
        None => None,
    };
    let roles = person.iter().flat_map(Person::held_roles);
    let steward_of = roles.filter_map(|role| match role {
        OrganisationRole::Steward(unit) => Some(unit.to_string()),
        OrganisationRole::Administrator => None,
    });
    Ok(Json(Me { steward_of: steward_of.collect(), account: account.into() }))
}

fn with_cookie(app: &App, (account, token): (Account, String)) -> Response {
    let mut response = Json(AccountBody::from(account)).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&sessions::cookie_of(&token, app.speaks_tls())) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// A refusal at the desk of accounts.
pub fn problem(refused: SignInRefused) -> Problem {
    let sentence = super::sentence(&refused);
    let (status, code) = match refused {
        SignInRefused::Wrong => (StatusCode::UNAUTHORIZED, "sign_in_wrong"),
        SignInRefused::TooOften(_) => (StatusCode::TOO_MANY_REQUESTS, "sign_in_too_often"),
        SignInRefused::Crowded => (StatusCode::SERVICE_UNAVAILABLE, "sign_in_crowded"),
        SignInRefused::SetupOver => (StatusCode::NOT_FOUND, "setup_over"),
        SignInRefused::Login(_) => (StatusCode::UNPROCESSABLE_ENTITY, "login_bad"),
        SignInRefused::Name => (StatusCode::UNPROCESSABLE_ENTITY, "name_bad"),
        SignInRefused::Roles => (StatusCode::UNPROCESSABLE_ENTITY, "too_many_roles"),
        SignInRefused::Password(_) => (StatusCode::UNPROCESSABLE_ENTITY, "password_bad"),
        SignInRefused::PersonUnknown => (StatusCode::FORBIDDEN, "person_not_known"),
        SignInRefused::Disabled => (StatusCode::FORBIDDEN, "account_disabled"),
        SignInRefused::Store(StoreError::LoginTaken(_)) => (StatusCode::CONFLICT, "login_taken"),
        SignInRefused::Store(StoreError::LastAdministrator) => {
            (StatusCode::CONFLICT, "last_administrator")
        }
        SignInRefused::Store(StoreError::UnknownAccount(_)) => {
            (StatusCode::NOT_FOUND, "account_unknown")
        }
        SignInRefused::Store(error) => return Problem::internal(&error),
    };
    Problem::new(status, code, sentence)
}
