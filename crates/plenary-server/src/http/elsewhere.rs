//! Signing in elsewhere: on the way there, and back again as an account or as a member at an event.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use plenary_model::limits::ELSEWHERE_SECONDS_MAX;
use plenary_model::member::Standing;
use plenary_model::time::WallMs;
use plenary_store::{Event, StoreError, random_token};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;
use super::{people, sessions, sign_in};
use crate::app::App;
use crate::clock::wall_now;
use crate::identity::SignInRefused;
use crate::identity::oidc::{ElsewhereRefused, Identity, Provider, Purpose};
use crate::identity::pass::{Kind, Pass};

/// How long somebody who has come back may wait at the door.
const PASS_MS: u64 = 3_600 * 1_000;

/// The ways to sign in besides name and password.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignInWays {
    /// How people call the page where they sign in; none when there is none.
    #[schema(required)]
    elsewhere: Option<String>,
}

/// How often entering somebody is tried while others change the organisation.
const ENTER_ATTEMPTS_MAX: usize = 5;

/// What somebody signs in for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Start {
    /// `org` for the console, or `event:` and an event's slug or id.
    r#for: String,
}

/// What somebody comes back with.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Callback {
    /// What they left with.
    state: Option<String>,
    /// What proves that they signed in.
    code: Option<String>,
}

/// The ways to sign in besides name and password.
#[utoipa::path(get, tag = "accounts", path = "/api/sign-in/ways",
    responses((status = 200, body = SignInWays)))]
pub async fn show_ways(State(app): State<App>) -> Json<SignInWays> {
    let elsewhere = app.ways().provider.as_ref().map(|provider| provider.name().to_owned());
    Json(SignInWays { elsewhere })
}

/// Leads to where one signs in elsewhere.
#[utoipa::path(get, tag = "accounts", path = "/api/oidc/start", params(Start),
    responses((status = 303), (status = 404, body = Problem)))]
pub async fn leave(
    State(app): State<App>,
    Query(start): Query<Start>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let provider = provider(&app)?;
    let (purpose, event) = match start.r#for.split_once(':') {
        None if start.r#for == "org" => (Purpose::Organisation, None),
        Some(("event", name)) => {
            let event = app.event(name).await?;
            (Purpose::Event(event.id), Some(event))
        }
        None | Some(_) => return Err(Problem::event_unknown()),
    };
    // Two pages of one browser may be on the way at the same time.
    let browser = match sessions::browser(&headers) {
        Some(known) => known.to_owned(),
        None => random_token().map_err(|error| Problem::internal(&error))?,
    };
    let url = match provider.leave(&browser, purpose).await {
        Ok(url) => url,
        Err(refused) => return Ok(told(event.as_ref(), code_of(refused))),
    };
    let mut response = Redirect::to(&url).into_response();
    let tls = app.speaks_tls() || provider.returns_over_tls();
    let cookie = sessions::browser_cookie(&browser, ELSEWHERE_SECONDS_MAX, tls);
    set_cookie(&mut response, &cookie);
    Ok(response)
}

/// Takes somebody in who has signed in elsewhere.
#[utoipa::path(get, tag = "accounts", path = "/api/oidc/callback", params(Callback),
    responses((status = 303), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn come_back(
    State(app): State<App>,
    Query(callback): Query<Callback>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let provider = provider(&app)?;
    let (state, browser) = (callback.state.as_deref(), sessions::browser(&headers));
    let errand = state.zip(browser).and_then(|(state, browser)| provider.back(state, browser));
    let Some(errand) = errand else {
        let detail = "This sign-in took too long, was used already, or was begun in another browser. \
                      Go back to the page that you came from, and begin again.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "sign_in_over", detail));
    };
    let purpose = errand.purpose;
    let event = match purpose {
        Purpose::Organisation => None,
        Purpose::Event(id) => Some(app.event(&id.to_string()).await?),
    };
    // Without a code they have turned back at the provider.
    let Some(code) = callback.code else {
        return Ok(told(event.as_ref(), code_of(ElsewhereRefused::NotProven)));
    };
    let identified = provider.identify(errand, code).await;
    if let Ok(identity) = &identified {
        enter(&app, identity).await?;
    }
    match (identified, &event) {
        (Err(refused), _) => Ok(told(event.as_ref(), code_of(refused))),
        (Ok(identity), None) => sign_in(&app, provider, &identity).await,
        (Ok(identity), Some(event)) => to_door(&app, &identity, event).await,
    }
}

/// Enters whoever is not known yet into the unit that the provider names, if it does.
async fn enter(app: &App, identity: &Identity) -> Result<(), Problem> {
    let (Some(person), Some(unit)) = (&identity.person, &identity.unit) else { return Ok(()) };
    for _ in 0..ENTER_ATTEMPTS_MAX {
        let Ok(code) = person.parse() else { return Ok(()) };
        // Who has left does not come back by themselves.
        if app.person(&code).await?.is_some() {
            return Ok(());
        }
        let name = identity.name.as_ref().unwrap_or(person);
        let none = String::new;
        let cells = [person.clone(), name.clone(), unit.clone(), none(), none(), none()];
        match people::keep(app, None, cells, Standing::Member).await {
            Err(problem) if problem.code == "organisation_changed" => {}
            // They stay unknown, and are told so.
            Err(problem) => {
                tracing::warn!(code = problem.code, "somebody from elsewhere cannot be entered");
                return Ok(());
            }
            Ok(_) => return Ok(()),
        }
    }
    Ok(())
}

async fn sign_in(app: &App, provider: &Provider, identity: &Identity) -> Result<Response, Problem> {
    match app.accounts().come_from_elsewhere(identity, wall_now()).await {
        Ok((_, token)) => {
            let mut response = Redirect::to("/org").into_response();
            let tls = app.speaks_tls() || provider.returns_over_tls();
            set_cookie(&mut response, &sessions::cookie_of(&token, tls));
            Ok(response)
        }
        Err(SignInRefused::Store(error)) if !matches!(error, StoreError::LastAdministrator) => {
            Err(Problem::internal(&error))
        }
        Err(refused) => Ok(told(None, sign_in::problem(refused).code)),
    }
}

/// With a pass of its own the door does the rest: it knows who may come, and how they wait.
async fn to_door(app: &App, identity: &Identity, event: &Event) -> Result<Response, Problem> {
    let person = app.accounts().member(identity).await.map_err(sign_in::problem)?;
    let Some(person) = person else { return Ok(told(Some(event), "person_not_known")) };
    let issues = app.store().issues().await.map_err(|error| Problem::internal(&error))?;
    let issue = issues.iter().find(|(code, _)| *code == person.code).map(|(_, issue)| *issue);
    let pass = Pass {
        person: person.code,
        event: Some(event.id),
        issue: issue.unwrap_or_default(),
        expires: WallMs(wall_now().0 + PASS_MS),
    };
    let pass = app.passes().sign(Kind::Invitation, &pass);
    Ok(Redirect::to(&format!("/e/{}/join#pass={pass}", event.slug)).into_response())
}

fn provider(app: &App) -> Result<&Provider, Problem> {
    app.ways().provider.as_ref().ok_or_else(|| {
        let detail = "Nobody signs in elsewhere here: use name and password.";
        Problem::new(StatusCode::NOT_FOUND, "no_sign_in_elsewhere", detail)
    })
}

/// Leads back to the page that somebody came from, which says why they are not in.
fn told(event: Option<&Event>, code: &str) -> Response {
    let page = event.map_or_else(|| "/org".into(), |event| format!("/e/{}/join", event.slug));
    Redirect::to(&format!("{page}#refused={code}")).into_response()
}

const fn code_of(refused: ElsewhereRefused) -> &'static str {
    match refused {
        ElsewhereRefused::Unreachable => "sign_in_unreachable",
        ElsewhereRefused::NotProven => "sign_in_not_proven",
    }
}

fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
