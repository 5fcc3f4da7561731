//! What every request can reach: the store, the hosts, the broadcasts.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use metrics_exporter_prometheus::PrometheusHandle;
use plenary_model::account::{Account, AccountRole};
use plenary_model::frame::Bus;
use plenary_model::id::{EventId, LinkId};
use plenary_model::limits::{BEATS_HELD_MAX, JOINS_PER_SECOND_MAX};
use plenary_model::member::{OrganisationRole, Person};
use plenary_model::time::WallMs;
use plenary_model::unit::PersonCode;
use plenary_show::{Acts, Command};
use plenary_store::{Access, Event, Store, StoreError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::acts::{self, ActsError};
use crate::attendance::{ActSums, AttendanceDesk, Books, Gathering, Ledger, Sums, Turnstile};
use crate::events::{Events, Starter};
use crate::host::{CommandError, HostHandle, Page};
use crate::http::problem::Problem;
use crate::http::proxies::Proxies;
use crate::identity::AccountDesk;
use crate::identity::oidc::Provider;
use crate::identity::pass::Passes;
use crate::identity::ticket::Tickets;
use crate::live;
use crate::organisation::{Organisation, TableDesk};
use crate::turn::Turn;
use crate::whip::Sessions;

/// Longest token that is looked up; ours have 22 characters.
const TOKEN_CHARS_MAX: usize = 64;

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    built: Building,
    sessions: Sessions,
    accounts: AccountDesk,
    tables: TableDesk,
    passes: Passes,
    books: Books,
    gathering: Mutex<Gathering>,
    tickets: Tickets,
    turnstile: Mutex<Turnstile>,
    held: Arc<Semaphore>,
}

/// What an app is built over.
pub struct Building {
    /// Everything that is kept.
    pub store: Store,
    /// The events that run.
    pub events: Events,
    /// What further ones are started with; none where only those run that are there.
    pub starter: Option<Starter>,
    /// The broadcasts.
    pub live: live::Registry,
    /// All metrics.
    pub metrics: PrometheusHandle,
    /// STUN and TURN servers.
    pub turn: Turn,
    /// Units and people.
    pub organisation: Organisation,
    /// Whether browsers reach this server over TLS of its own.
    pub tls: bool,
    /// How people come in.
    pub ways: Ways,
}

/// How people come in, besides what is always there.
pub struct Ways {
    /// Where they sign in elsewhere.
    pub provider: Option<Provider>,
    /// The proxies that say for whom they ask.
    pub proxies: Proxies,
    /// Most who are let in to events each second.
    pub joins_per_second_max: u32,
}

impl Default for Ways {
    fn default() -> Self {
        let joins_per_second_max = JOINS_PER_SECOND_MAX;
        Self { provider: None, proxies: Proxies::default(), joins_per_second_max }
    }
}

impl App {
    /// An app over what runs.
    pub fn new(built: Building) -> Self {
        let accounts = AccountDesk::new(built.store.clone());
        let tables = TableDesk::new(built.store.clone(), built.organisation.clone());
        let passes = Passes::new(|name| built.store.signing_key(name));
        let books = Books::new(built.store.clone());
        let tickets = Tickets::new(|name| built.store.signing_key(name));
        let turnstile = Mutex::new(Turnstile::new(built.ways.joins_per_second_max));
        let held = Arc::new(Semaphore::new(BEATS_HELD_MAX));
        let sessions = Sessions::default();
        Self(Arc::new(Inner {
            built,
            sessions,
            accounts,
            tables,
            passes,
            books,
            gathering: Mutex::default(),
            tickets,
            turnstile,
            held,
        }))
    }

    /// Everything that is kept.
    pub fn store(&self) -> &Store {
        &self.0.built.store
    }

    /// Where people sign in.
    pub fn accounts(&self) -> &AccountDesk {
        &self.0.accounts
    }

    /// How people come in.
    pub fn ways(&self) -> &Ways {
        &self.0.built.ways
    }

    /// Where tables of units and people are handed in and fetched.
    pub fn tables(&self) -> &TableDesk {
        &self.0.tables
    }

    /// Units and people.
    pub fn organisation(&self) -> &Organisation {
        &self.0.built.organisation
    }

    /// Who has this session. Whose person administers the organisation is an administrator.
    ///
    /// # Errors
    /// When the store cannot be read; so for all that look there.
    pub async fn signed_in(&self, token: &str, at: WallMs) -> Result<Option<Account>, Problem> {
        if TOKEN_CHARS_MAX < token.len() {
            return Ok(None);
        }
        let account = self.0.built.store.session(token, at).await.map_err(failed)?;
        let Some(mut account) = account else { return Ok(None) };
        if let Some(code) = &account.person
            && !account.is_administrator()
            && let Some(person) = self.person(code).await?
            && person.held_roles().contains(&OrganisationRole::Administrator)
        {
            account.roles.push(AccountRole::Administrator);
        }
        Ok(Some(account))
    }

    /// Somebody of the organisation.
    ///
    /// # Errors
    /// As [`Self::signed_in`].
    pub async fn person(&self, code: &PersonCode) -> Result<Option<Person>, Problem> {
        self.0.built.store.person(code).await.map_err(failed)
    }

    /// The broadcasts.
    pub fn live(&self) -> &live::Registry {
        &self.0.built.live
    }

    /// STUN and TURN servers.
    pub fn turn(&self) -> &Turn {
        &self.0.built.turn
    }

    /// The sessions of encoders and players.
    pub fn sessions(&self) -> &Sessions {
        &self.0.sessions
    }

    /// Whether browsers reach this server over TLS of its own.
    pub fn speaks_tls(&self) -> bool {
        self.0.built.tls
    }

    /// Whether all hosts run.
    pub fn ready(&self) -> bool {
        self.0.built.events.hosts().iter().all(HostHandle::is_well)
    }

    /// All metrics in the text form of Prometheus.
    pub fn metrics(&self) -> String {
        self.0.built.metrics.render()
    }

    /// The event with this slug or id.
    ///
    /// # Errors
    /// 404 when there is none.
    pub async fn event(&self, name: &str) -> Result<Event, Problem> {
        self.event_named(name).await?.ok_or_else(Problem::event_unknown)
    }

    /// The event with this slug or id, if there is one.
    ///
    /// # Errors
    /// As [`Self::signed_in`].
    pub async fn event_named(&self, name: &str) -> Result<Option<Event>, Problem> {
        let found = match name.parse::<EventId>() {
            Ok(id) => self.0.built.store.event(id).await,
            Err(_) => self.0.built.store.event_by_slug(name).await,
        };
        found.map_err(failed)
    }

    /// The slug of the only event, when there is just one.
    pub async fn only_slug(&self) -> Option<String> {
        match self.0.built.store.events().await.ok()?.as_slice() {
            [event] => Some(event.slug.clone()),
            _ => None,
        }
    }

    /// The host of a running event.
    ///
    /// # Errors
    /// 404 when it does not run here.
    pub fn host(&self, event: EventId) -> Result<HostHandle, Problem> {
        self.0.built.events.host(event).ok_or_else(Problem::event_unknown)
    }

    /// The attendance of an event. That of one that is over is taken up when somebody asks for it.
    ///
    /// # Errors
    /// 404 when it does not run here.
    pub async fn attendance(&self, event: &Event) -> Result<AttendanceDesk, Problem> {
        let events = &self.0.built.events;
        if let Some(desk) = events.attendance(event.id) {
            return Ok(desk);
        }
        let starter = self.0.built.starter.as_ref().ok_or_else(Problem::event_unknown)?;
        let attended = starter.attend(event.id, events).await;
        attended.map_err(|error| Problem::internal(&error))
    }

    /// Whether it is time that those who were ticked off in a hall are heard of again.
    pub fn is_time_to_gather(&self, hall: LinkId) -> bool {
        let mut gathering = self.0.gathering.lock().unwrap_or_else(PoisonError::into_inner);
        gathering.is_due(hall, Instant::now())
    }

    /// The books of attendance.
    pub fn books(&self) -> &Books {
        &self.0.books
    }

    /// The sealed book of an event.
    ///
    /// # Errors
    /// As [`Self::signed_in`].
    pub async fn ledger(&self, event: &Event) -> Result<Option<Arc<Ledger>>, Problem> {
        self.0.books.ledger(event).await.map_err(failed)
    }

    /// The sums of an event: those of its book when that is sealed, those of now before.
    ///
    /// # Errors
    /// As [`Self::attendance`].
    pub async fn sums(&self, event: &Event) -> Result<Arc<Sums>, Problem> {
        match self.ledger(event).await? {
            Some(ledger) => Ok(Arc::clone(&ledger.sums)),
            None => Ok(self.attendance(event).await?.sums()),
        }
    }

    /// The acts of an event.
    ///
    /// # Errors
    /// As [`Self::signed_in`].
    pub async fn acts(&self, event: EventId) -> Result<Acts, Problem> {
        acts::of(self.store(), self.events(), event).await.map_err(failed)
    }

    /// Plans acts or lets one begin: the acts as they are then.
    ///
    /// # Errors
    /// [`ActsError`]; nothing has changed then.
    pub async fn command_acts(&self, event: EventId, command: Command) -> Result<Acts, ActsError> {
        let starter = self.0.built.starter.as_ref().ok_or(CommandError::Ended)?;
        starter.command_acts(event, command, self.events()).await
    }

    /// How many came to each act: by its book when that is sealed, by what is recorded before.
    ///
    /// # Errors
    /// As [`Self::attendance`].
    pub async fn act_sums(&self, event: &Event) -> Result<Arc<ActSums>, Problem> {
        if let Some(ledger) = self.ledger(event).await? {
            return Ok(Arc::clone(&ledger.acts));
        }
        let begun = acts::begun(event, &self.acts(event.id).await?);
        let sums = self.attendance(event).await?.act_sums(begun).await;
        sums.ok_or_else(Problem::event_unknown)
    }

    /// The events that run.
    pub fn events(&self) -> &Events {
        &self.0.built.events
    }

    /// Signs and reads members' passes.
    pub fn passes(&self) -> &Passes {
        &self.0.passes
    }

    /// Signs and reads the tickets of those who wait at the door.
    pub fn tickets(&self) -> &Tickets {
        &self.0.tickets
    }

    /// Looks at the door, or gives a turn there.
    pub fn turnstile<T>(&self, look: impl FnOnce(&mut Turnstile) -> T) -> T {
        look(&mut self.0.turnstile.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Leave to hold an answer back, as long as it is kept; nothing when too many are held.
    pub fn hold(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0.held).try_acquire_owned().ok()
    }

    /// Starts an event that was made just now.
    ///
    /// # Errors
    /// Something of it does not start; the log says what.
    pub async fn start(&self, event: Event) -> Result<(), Problem> {
        let Some(starter) = &self.0.built.starter else { return Ok(()) };
        let started = starter.start(event, Vec::new(), &self.0.built.events).await;
        started.map_err(|error| Problem::internal(&error))
    }

    /// The event whose studio a token opens.
    ///
    /// # Errors
    /// 404 when the token is not a director's link.
    pub async fn director_event(&self, token: &str) -> Result<EventId, Problem> {
        let link = self.link(token).await?;
        match link.access {
            Access::Director => Ok(link.event),
            Access::Speaker(_) => Err(Problem::link_unknown()),
        }
    }

    /// The host and the page of a speaker's link.
    ///
    /// # Errors
    /// 404 when the token is not a speaker's link of a running event.
    pub async fn speaker(&self, token: &str) -> Result<(HostHandle, Page), Problem> {
        let link = self.link(token).await?;
        match link.access {
            Access::Speaker(seat) => {
                Ok((self.host(link.event)?, Page::Stage { seat: seat.id, card: seat.card }))
            }
            Access::Director => Err(Problem::link_unknown()),
        }
    }

    /// The host and the page of an encoder that sends for a speaker's link.
    ///
    /// # Errors
    /// As [`Self::speaker`].
    pub async fn contributor(&self, token: &str) -> Result<(HostHandle, Page), Problem> {
        let (host, page) = self.speaker(token).await?;
        match page {
            Page::Stage { seat, card } => Ok((host, Page::Encoder { seat, card })),
            Page::Encoder { .. } | Page::Studio => Err(Problem::link_unknown()),
        }
    }

    /// The host of an event whose programme a token lets view at low delay, with the sound for its
    /// holder: a speaker hears the programme without the stage, a director and the audience all of
    /// it.
    ///
    /// # Errors
    /// 404 when the token is neither a link nor the key of a running event's broadcast.
    pub async fn viewer(&self, token: &str) -> Result<(HostHandle, Bus), Problem> {
        if let Some(event) = self.0.built.live.event_of(token) {
            return Ok((self.host(event)?, Bus::Programme));
        }
        let link = self.link(token).await?;
        let bus = match link.access {
            Access::Director => Bus::Programme,
            Access::Speaker(_) => Bus::Return,
        };
        Ok((self.host(link.event)?, bus))
    }

    async fn link(&self, token: &str) -> Result<plenary_store::Link, Problem> {
        if TOKEN_CHARS_MAX < token.len() {
            return Err(Problem::link_unknown());
        }
        self.0
            .built
            .store
            .link_by_token(token)
            .await
            .map_err(failed)?
            .ok_or_else(Problem::link_unknown)
    }
}

fn failed(error: StoreError) -> Problem {
    Problem::internal(&error)
}
