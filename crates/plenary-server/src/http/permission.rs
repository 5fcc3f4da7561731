//! Who may do what: one table with a row for every address and every socket message. Requests are
//! admitted by it before anything else looks at them; what has no row is refused.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::extract::{
    ConnectInfo, FromRequestParts, MatchedPath, Query, RawPathParams, Request, State,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use plenary_model::account::{Account, AccountRole};
use plenary_model::id::EventId;
use plenary_model::member::{OrganisationRole, Person};
use plenary_model::unit::UnitCode;

use super::acts::UnitQuery;
use super::members;
use super::pages;
use super::problem::Problem;
use super::sessions;
use crate::app::App;
use crate::clock::wall_now;
use crate::live;
use crate::ws::message::FromPage;
use May::{
    Administrator, Director, Everybody, Holder, Machine, Member, Organiser, SignedIn, Speaker,
    Steward,
};

/// Who may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum May {
    /// Everybody: nothing is told or changed that is not for all.
    Everybody,
    /// Whoever holds the link or the key that the request names: its handler knows no other way in.
    Holder,
    /// Programs on this machine.
    Machine,
    /// Whoever is signed in, for themselves.
    SignedIn,
    /// Administrators of the organisation.
    Administrator,
    /// Organisers of the event in the address; of any where it names none.
    Organiser,
    /// Members and guests who have come in to the event in the address.
    Member,
    /// Directors of the event in the address, by their link or by their account.
    Director,
    /// Speakers of the event, by their link.
    Speaker,
    /// Whoever answers for the unit in the address or its query, or for one above it.
    Steward,
}

/// One row: a method, an address and who may.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Of the request.
    pub method: &'static str,
    /// As the router knows it.
    pub path: &'static str,
    /// Any of these.
    pub may: &'static [May],
}

const fn row(method: &'static str, path: &'static str, may: &'static [May]) -> Row {
    Row { method, path, may }
}

/// All addresses.
pub const ROUTES: &[Row] = &[
    row("GET", "/", &[Everybody]),
    row("GET", "/e/{slug}", &[Everybody]),
    row("GET", "/e/{slug}/join", &[Everybody]),
    row("GET", "/e/{slug}/attendance", &[Everybody]),
    row("GET", "/hall/{token}", &[Everybody]),
    row("GET", "/stage/{token}", &[Everybody]),
    row("GET", "/studio/{event}", &[Everybody]),
    row("GET", "/org", &[Everybody]),
    row("GET", "/assets/{*path}", &[Everybody]),
    row("GET", "/healthz", &[Everybody]),
    row("GET", "/readyz", &[Everybody]),
    row("GET", "/metrics", &[Machine]),
    row("GET", "/api/openapi.json", &[Everybody]),
    row("GET", "/api/layouts", &[Everybody]),
    row("GET", "/api/events/{event}", &[Everybody]),
    row("GET", "/api/events/{event}/calendar.ics", &[Everybody]),
    row("POST", "/api/sessions", &[Holder]),
    row("GET", "/api/events/{event}/show", &[Director]),
    row("POST", "/api/events/{event}/show/preview", &[Director]),
    row("POST", "/api/events/{event}/show/undo", &[Director]),
    row("POST", "/api/events/{event}/show/take", &[Director]),
    row("POST", "/api/events/{event}/show/lower-third", &[Director]),
    row("POST", "/api/events/{event}/show/slate", &[Director]),
    row("POST", "/api/events/{event}/show/direction", &[Director]),
    row("POST", "/api/events/{event}/sources/{source}/sound", &[Director]),
    row("POST", "/api/events/{event}/close", &[Director]),
    row("GET", "/api/events/{event}/studio/socket", &[Director]),
    row("GET", "/api/stage/{token}/socket", &[Holder]),
    row("POST", "/whip/{token}", &[Holder]),
    row("OPTIONS", "/whip/{token}", &[Everybody]),
    row("PATCH", "/whip/{token}/{session}", &[Holder]),
    row("DELETE", "/whip/{token}/{session}", &[Holder]),
    row("OPTIONS", "/whip/{token}/{session}", &[Everybody]),
    row("POST", "/whep/{token}", &[Holder]),
    row("OPTIONS", "/whep/{token}", &[Everybody]),
    row("PATCH", "/whep/{token}/{session}", &[Holder]),
    row("DELETE", "/whep/{token}/{session}", &[Holder]),
    row("OPTIONS", "/whep/{token}/{session}", &[Everybody]),
    // Players are answered before the framework; the key in the address is what lets them in.
    row("GET", live::PATHS[0], &[Holder]),
    row("GET", live::PATHS[1], &[Holder]),
    row("OPTIONS", live::PATHS[0], &[Everybody]),
    row("OPTIONS", live::PATHS[1], &[Everybody]),
    row("GET", "/api/events", &[SignedIn]),
    row("POST", "/api/events", &[Administrator]),
    row("GET", "/api/events/{event}/acts", &[Everybody]),
    row("PUT", "/api/events/{event}/acts", &[Administrator, Organiser]),
    row("POST", "/api/events/{event}/acts/{act}/begin", &[Director, Administrator, Organiser]),
    row("POST", "/api/events/{event}/open", &[Administrator, Organiser]),
    row("PUT", "/api/events/{event}/admission", &[Administrator, Organiser]),
    row("GET", "/api/events/{event}/links", &[Administrator, Organiser]),
    row("GET", "/api/events/{event}/seats", &[Administrator, Organiser]),
    row("PUT", "/api/events/{event}/seats/{seat}/member", &[Administrator, Organiser]),
    row("POST", "/api/events/{event}/join", &[Holder]),
    row("POST", "/api/events/{event}/beat", &[Member]),
    row("POST", "/api/events/{event}/stay", &[Member]),
    row("GET", "/api/events/{event}/guests", &[Administrator, Organiser]),
    row("POST", "/api/events/{event}/guests", &[Administrator, Organiser]),
    row("DELETE", "/api/events/{event}/guests/{guest}", &[Administrator, Organiser]),
    row("GET", "/api/events/{event}/attendance", &[Administrator, Organiser]),
    row("GET", "/api/events/{event}/acts/attendance", &[Administrator, Organiser, Steward]),
    row("GET", "/api/events/{event}/attendance/{unit}", &[Administrator, Organiser, Steward]),
    row(
        "GET",
        "/api/events/{event}/attendance/{unit}/members",
        &[Administrator, Organiser, Steward],
    ),
    row(
        "PUT",
        "/api/events/{event}/attendance/{unit}/members/{person}/excuse",
        &[Administrator, Organiser, Steward],
    ),
    row("GET", "/api/events/{event}/invitations/{unit}", &[Administrator, Organiser, Steward]),
    row("GET", "/api/events/{event}/curve", &[Administrator, Organiser]),
    row("GET", "/api/events/{event}/curve/{unit}", &[Administrator, Organiser, Steward]),
    row("GET", "/api/events/{event}/missing/{unit}", &[Administrator, Organiser, Steward]),
    row("GET", "/api/events/{event}/mine", &[Member]),
    row("GET", "/api/events/{event}/halls/{unit}", &[Administrator, Organiser, Steward]),
    row("POST", "/api/events/{event}/halls/{unit}", &[Administrator, Organiser, Steward]),
    row("DELETE", "/api/events/{event}/halls/{unit}/{hall}", &[Administrator, Organiser, Steward]),
    row("GET", "/api/halls/{token}", &[Holder]),
    row("PUT", "/api/halls/{token}/heads", &[Holder]),
    row("PUT", "/api/halls/{token}/members/{person}", &[Holder]),
    row("POST", "/api/halls/{token}/arrive", &[Holder]),
    row("GET", "/api/events/{event}/book", &[Administrator, Organiser]),
    row("POST", "/api/events/{event}/book/close", &[Administrator, Organiser]),
    row("POST", "/api/events/{event}/book/corrections", &[Administrator, Organiser]),
    row("GET", "/api/events/{event}/report/{file}", &[Administrator, Organiser]),
    row("GET", "/api/org/retention", &[SignedIn]),
    row("PUT", "/api/org/retention", &[Administrator]),
    row("GET", "/api/events/{event}/cards/{unit}", &[Administrator, Organiser, Steward]),
    row("POST", "/api/setup", &[Holder]),
    row("POST", "/api/sign-in", &[Everybody]),
    row("POST", "/api/sign-out", &[Everybody]),
    row("GET", "/api/sign-in/ways", &[Everybody]),
    row("GET", "/api/oidc/start", &[Everybody]),
    // The state and the code in the address are what lets somebody in.
    row("GET", "/api/oidc/callback", &[Holder]),
    row("GET", "/api/me", &[SignedIn]),
    row("GET", "/api/accounts", &[Administrator]),
    row("POST", "/api/accounts", &[Administrator]),
    row("PATCH", "/api/accounts/{account}", &[Administrator]),
    row("POST", "/api/accounts/{account}/password", &[Administrator]),
    row("GET", "/api/org/units", &[Administrator, Organiser]),
    row("POST", "/api/org/units", &[Administrator]),
    row("GET", "/api/org/units/{unit}", &[Administrator, Steward]),
    row("PATCH", "/api/org/units/{unit}", &[Administrator]),
    row("GET", "/api/org/units/{unit}/people", &[Administrator, Steward]),
    row("POST", "/api/org/people", &[Administrator]),
    row("GET", "/api/org/people/{person}", &[Administrator]),
    row("PATCH", "/api/org/people/{person}", &[Administrator]),
    row("POST", "/api/org/people/{person}/revoke", &[Administrator]),
    row("POST", "/api/org/imports", &[Administrator]),
    row("GET", "/api/org/imports/{import}", &[Administrator]),
    row("DELETE", "/api/org/imports/{import}", &[Administrator]),
    row("POST", "/api/org/imports/{import}/apply", &[Administrator]),
    row("GET", "/api/org/units.csv", &[Administrator]),
    row("GET", "/api/org/units.xlsx", &[Administrator]),
    row("GET", "/api/org/people.csv", &[Administrator]),
    row("GET", "/api/org/people.xlsx", &[Administrator]),
];

/// Who may say a socket message, and its name in the protocol.
pub const fn sayers(message: &FromPage) -> (&'static str, &'static [May]) {
    match message {
        FromPage::Offer { .. } => ("offer", &[Speaker, Director]),
        FromPage::Wants { .. } => ("wants", &[Speaker, Director]),
        FromPage::Muted { .. } => ("muted", &[Speaker]),
        FromPage::Hand { .. } => ("hand", &[Speaker]),
        FromPage::Leave => ("leave", &[Speaker, Director]),
    }
}

/// Admits a request by its row.
pub async fn admit(
    State(app): State<App>,
    path: MatchedPath,
    params: RawPathParams,
    mut request: Request,
    next: Next,
) -> Response {
    let rows = ROUTES.iter().filter(|row| row.path == path.as_str());
    let method = match *request.method() {
        Method::HEAD => "GET",
        ref method => method.as_str(),
    };
    let Some(row) = rows.clone().find(|row| row.method == method) else {
        return not_taken(rows);
    };
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let proxies = &app.ways().proxies;
    let from = peer.map(|ConnectInfo(peer)| proxies.client(peer.ip(), request.headers()));
    if row.may == [Machine] && !from.is_some_and(|from| from.is_loopback()) {
        return pages::not_found();
    }
    let params = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut params: BTreeMap<String, String> = params.collect();
    if let Ok(Query(UnitQuery { unit: Some(unit) })) = Query::try_from_uri(request.uri()) {
        // The address goes before what is asked in it.
        params.entry("unit".to_owned()).or_insert(unit);
    }
    let asked = Asked { app: &app, headers: request.headers(), params };
    match asked.admitted(row.may).await {
        Ok(Some(account)) => drop(request.extensions_mut().insert(Caller(account))),
        Ok(None) => {}
        Err(problem) => return problem.into_response(),
    }
    let mut response = next.run(request).await;
    if !row.may.contains(&Everybody) {
        // What only some may see is in no cache.
        let private = HeaderValue::from_static("no-store");
        response.headers_mut().entry(header::CACHE_CONTROL).or_insert(private);
    }
    response
}

/// An address that is known, under another method; one without any row has none that is taken.
fn not_taken<'a>(rows: impl Iterator<Item = &'a Row>) -> Response {
    let detail = "This address does not take requests of this method.";
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail);
    let mut response = problem.into_response();
    let mut methods: Vec<&str> = rows.map(|row| row.method).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    if let Ok(methods) = HeaderValue::from_str(&methods.join(",")) {
        response.headers_mut().insert(header::ALLOW, methods);
    }
    response
}

/// Whoever has signed in; only behind a row that asks for it.
#[derive(Debug, Clone)]
pub struct Caller(pub Account);

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        parts.extensions.get().cloned().ok_or_else(Problem::not_signed_in)
    }
}

/// A request, as far as the table looks at it.
struct Asked<'a> {
    app: &'a App,
    headers: &'a HeaderMap,
    params: BTreeMap<String, String>,
}

impl Asked<'_> {
    /// Lets in whoever any of these is, with their account if it was looked at.
    async fn admitted(&self, may: &[May]) -> Result<Option<Account>, Problem> {
        if may.iter().any(|may| matches!(may, Everybody | Holder | Machine)) {
            return Ok(None);
        }
        if may.contains(&Director) && self.holds_studio_link().await? {
            return Ok(None);
        }
        if may.contains(&Member) && self.has_joined().await? {
            return Ok(None);
        }
        let refusal = if may.contains(&Director) {
            Problem::not_director()
        } else {
            Problem::not_signed_in()
        };
        let token = sessions::token(self.headers).ok_or_else(|| refusal.clone())?;
        let account = self.app.signed_in(token, wall_now()).await?.ok_or(refusal)?;
        for may in may {
            if self.is(&account, *may).await? {
                return Ok(Some(account));
            }
        }
        // What somebody may not see is not there for them.
        Err(if may.contains(&Steward) { Problem::unit_unknown() } else { Problem::not_allowed() })
    }

    async fn is(&self, account: &Account, may: May) -> Result<bool, Problem> {
        match may {
            Everybody | Holder | Machine | Member | Speaker => Ok(false),
            SignedIn => Ok(true),
            Administrator => Ok(account.is_administrator()),
            Director => {
                let directs = |event| account.roles.contains(&AccountRole::Director { event });
                Ok(account.is_administrator() || self.event().await?.is_some_and(directs))
            }
            // Whoever chooses who may come looks for units.
            Organiser if !self.params.contains_key("event") => {
                let organises = |role: &AccountRole| matches!(role, AccountRole::Organiser { .. });
                Ok(account.roles.iter().any(organises))
            }
            Organiser => {
                let organises = |event| account.roles.contains(&AccountRole::Organiser { event });
                Ok(self.event().await?.is_some_and(organises))
            }
            Steward => self.answers_for_unit(account).await,
        }
    }

    /// The event in the address, by its id or its slug.
    async fn event(&self) -> Result<Option<EventId>, Problem> {
        let Some(name) = self.params.get("event") else { return Ok(None) };
        match name.parse() {
            Ok(id) => Ok(Some(id)),
            Err(_) => self.app.event_named(name).await.map(|found| found.map(|event| event.id)),
        }
    }

    async fn has_joined(&self) -> Result<bool, Problem> {
        match self.event().await? {
            Some(event) => Ok(members::presence(self.app, event, self.headers).await.is_some()),
            None => Ok(false),
        }
    }

    async fn holds_studio_link(&self) -> Result<bool, Problem> {
        match self.event().await? {
            Some(event) => Ok(sessions::directs(self.app, self.headers, event).await),
            None => Ok(false),
        }
    }

    async fn answers_for_unit(&self, account: &Account) -> Result<bool, Problem> {
        let unit: Option<UnitCode> = self.params.get("unit").and_then(|unit| unit.parse().ok());
        let (Some(unit), Some(person)) = (unit, &account.person) else { return Ok(false) };
        let person = self.app.person(person).await?;
        let directory = self.app.organisation().now();
        let tree = directory.tree();
        let Some(unit) = tree.find(&unit) else { return Ok(false) };
        let mut roles = person.iter().flat_map(Person::held_roles);
        Ok(roles.any(|role| match role {
            OrganisationRole::Steward(top) => {
                tree.find(top).is_some_and(|top| tree.is_within(unit, top))
            }
            OrganisationRole::Administrator => false,
        }))
    }
}
