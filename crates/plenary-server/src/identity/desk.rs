//! The desk where accounts are made and people sign in.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use plenary_model::account::{Account, AccountRole, AccountState, BadLogin, Login};
use plenary_model::id::AccountId;
use plenary_model::limits::{NAME_CHARS_MAX, ROLES_PER_ACCOUNT_MAX};
use plenary_model::text::clean_line;
use plenary_model::time::WallMs;
use plenary_model::unit::PersonCode;
use plenary_store::{NewAccount, Store, StoreError};
use uuid::Uuid;

use super::attempts::{Attempts, Guessing};
use super::password::{self, BadPassword, Crowded, Passwords};

/// How long a session lasts: a working day with its evening. Who runs a longer one signs in again.
const SESSION: Duration = Duration::from_secs(16 * 3600);

/// Somebody for whom an account is made.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// What they sign in with.
    pub login: String,
    /// How they are called.
    pub name: String,
    /// Their password.
    pub password: String,
    /// What they may do.
    pub roles: Vec<AccountRole>,
    /// Who they are in the organisation, if they are.
    pub person: Option<PersonCode>,
}

/// Why somebody does not come in, or gets no account.
#[derive(Debug, thiserror::Error)]
pub enum SignInRefused {
    /// Name or password are wrong; which of them is not said.
    #[error("this name and password do not belong together")]
    Wrong,
    /// There were too many wrong ones.
    #[error("there were too many attempts: try again in {} s", .0.as_secs() + 1)]
    TooOften(Duration),
    /// Too many try at the same time.
    #[error("too many people sign in at this moment: try again in a few seconds")]
    Crowded,
    /// The link was used, or is another installation's.
    #[error("this link is not valid any more: sign in, or ask an administrator for an account")]
    SetupOver,
    /// The name to sign in with cannot be one.
    #[error(transparent)]
    Login(#[from] BadLogin),
    /// The name of the person cannot be shown.
    #[error("a name is one line of 1 to {NAME_CHARS_MAX} characters")]
    Name,
    /// There are too many roles.
    #[error("an account has at most {ROLES_PER_ACCOUNT_MAX} roles")]
    Roles,
    /// The password is too easy or too long.
    #[error(transparent)]
    Password(#[from] BadPassword),
    /// Whoever signed in elsewhere is nobody of the organisation.
    #[error("the organisation does not know you: ask its administrator to enter you")]
    PersonUnknown,
    /// Their account lets nobody in.
    #[error("your account is disabled: ask an administrator")]
    Disabled,
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Crowded> for SignInRefused {
    fn from(_: Crowded) -> Self {
        Self::Crowded
    }
}

/// Makes accounts and lets people in; clones share it.
#[derive(Clone)]
pub struct AccountDesk {
    pub(super) store: Store,
    passwords: Passwords,
    attempts: Arc<Mutex<Attempts>>,
}

/// A name as it is shown.
///
/// # Errors
/// [`SignInRefused::Name`].
pub fn shown_name(typed: &str) -> Result<String, SignInRefused> {
    let name = clean_line(typed);
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count());
    if fits { Ok(name) } else { Err(SignInRefused::Name) }
}

impl AccountDesk {
    /// A desk over a store.
    pub fn new(store: Store) -> Self {
        Self { store, passwords: Passwords::default(), attempts: Arc::default() }
    }

    /// Makes the first administrator, for the holder of the one-time link, and signs them in.
    ///
    /// # Errors
    /// [`SignInRefused`].
    pub async fn set_up(
        &self,
        token: &str,
        person: NewPerson,
        at: WallMs,
    ) -> Result<(Account, String), SignInRefused> {
        // In a time that does not tell how much of a guess is right.
        let wanted = self.store.setup_token();
        let valid = verify_slices_are_equal(token.as_bytes(), wanted.as_bytes()).is_ok();
        if !valid || self.store.has_administrator().await? {
            return Err(SignInRefused::SetupOver);
        }
        let new = self.prepared(person).await?;
        let account = new.account.clone();
        match self.store.create_first_administrator(new, at).await {
            Err(StoreError::AdministratorThere) => return Err(SignInRefused::SetupOver),
            made => made?,
        }
        let token = self.open(&account, at).await?;
        Ok((account, token))
    }

    /// Makes an account.
    ///
    /// # Errors
    /// [`SignInRefused`].
    pub async fn create(&self, person: NewPerson, at: WallMs) -> Result<Account, SignInRefused> {
        let new = self.prepared(person).await?;
        let account = new.account.clone();
        self.store.create_account(new, at).await?;
        Ok(account)
    }

    /// Gives an account another password and signs it out everywhere.
    ///
    /// # Errors
    /// [`SignInRefused`].
    pub async fn set_password(
        &self,
        account: &Account,
        password: String,
    ) -> Result<(), SignInRefused> {
        password::check(&password, account.login.as_str())?;
        let password = self.passwords.hash(password).await?;
        Ok(self.store.set_password(account.id, password).await?)
    }

    /// Lets somebody in by name and password, and gives their session's token.
    ///
    /// # Errors
    /// [`SignInRefused`]; wrong names and wrong passwords look alike.
    pub async fn sign_in(
        &self,
        (login, password): (&str, String),
        from: IpAddr,
        at: WallMs,
    ) -> Result<(Account, String), SignInRefused> {
        let login: Login = login.parse().map_err(|_| SignInRefused::Wrong)?;
        let guesses = [Guessing::Account(login.to_string()), Guessing::From(from)];
        let waits =
            guesses.iter().filter_map(|guess| self.attempts(|a| a.wait(Instant::now(), guess)));
        if let Some(wait) = waits.max() {
            return Err(SignInRefused::TooOften(wait));
        }
        // Counted before it is looked at: guesses that come together are no fewer.
        for guess in guesses.clone() {
            self.attempts(|attempts| attempts.failed(Instant::now(), guess));
        }
        let found = self.store.account_to_sign_in(&login).await?;
        let (account, kept) = found.unzip();
        let matches = self.passwords.matches(password, kept.flatten()).await?;
        let account = account.filter(|account| matches && account.state == AccountState::Active);
        let account = account.ok_or(SignInRefused::Wrong)?;
        self.attempts(|attempts| {
            attempts.succeeded(&guesses[0]);
            attempts.take_back(&guesses[1]);
        });
        let token = self.open(&account, at).await?;
        Ok((account, token))
    }

    /// How long a session's cookie is kept, in seconds.
    pub const fn session_seconds() -> u64 {
        SESSION.as_secs()
    }

    pub(super) async fn open(
        &self,
        account: &Account,
        at: WallMs,
    ) -> Result<String, SignInRefused> {
        let until = WallMs(at.0 + SESSION.as_secs() * 1_000);
        Ok(self.store.open_session(account.id, at, until).await?)
    }

    async fn prepared(&self, new: NewPerson) -> Result<NewAccount, SignInRefused> {
        let login: Login = new.login.parse()?;
        let name = shown_name(&new.name)?;
        let mut roles = new.roles;
        roles.sort();
        roles.dedup();
        if ROLES_PER_ACCOUNT_MAX < roles.len() {
            return Err(SignInRefused::Roles);
        }
        password::check(&new.password, login.as_str())?;
        let password = self.passwords.hash(new.password).await?;
        let id = AccountId::new(Uuid::now_v7());
        let state = AccountState::Active;
        let account = Account { id, login, name, state, person: new.person, roles };
        Ok(NewAccount { account, password: Some(password), subject: None })
    }

    fn attempts<T>(&self, look: impl FnOnce(&mut Attempts) -> T) -> T {
        look(&mut self.attempts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: WallMs = WallMs(1_795_000_000_000);
    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn person(login: &str) -> NewPerson {
        NewPerson {
            login: login.into(),
            name: "Lin Xiaohe 林晓禾".into(),
            password: "a long password".into(),
            roles: vec![AccountRole::Administrator],
            person: None,
        }
    }

    async fn desk() -> (tempfile::TempDir, AccountDesk) {
        let data = tempfile::tempdir().unwrap();
        let desk = AccountDesk::new(Store::open(data.path()).await.unwrap());
        let token = desk.store.setup_token();
        desk.set_up(&token, person("lin"), AT).await.unwrap();
        (data, desk)
    }

    #[tokio::test]
    async fn the_setup_link_works_once_and_only_this_one() {
        let data = tempfile::tempdir().unwrap();
        let desk = AccountDesk::new(Store::open(data.path()).await.unwrap());
        let token = desk.store.setup_token();
        for wrong in ["", "x", &token[1..], &format!("{token}x"), &token.to_lowercase()] {
            let refused = desk.set_up(wrong, person("lin"), AT).await;
            assert!(matches!(refused, Err(SignInRefused::SetupOver)), "{wrong}");
        }
        let (account, session) = desk.set_up(&token, person("lin"), AT).await.unwrap();
        assert_eq!(desk.store.session(&session, AT).await.unwrap(), Some(account));
        let again = desk.set_up(&token, person("other"), AT).await;
        assert!(matches!(again, Err(SignInRefused::SetupOver)));
    }

    #[tokio::test]
    async fn wrong_names_and_wrong_passwords_look_alike() {
        let (_data, desk) = desk().await;
        for (login, password) in
            [("lin", "a wrong password"), ("nobody", "a long password"), ("<", "")]
        {
            let refused = desk.sign_in((login, password.into()), HERE, AT).await;
            assert!(matches!(refused, Err(SignInRefused::Wrong)), "{login}");
        }
        let (account, session) =
            desk.sign_in((" LIN", "a long password".into()), HERE, AT).await.unwrap();
        assert_eq!(desk.store.session(&session, AT).await.unwrap(), Some(account));
    }

    #[tokio::test]
    async fn guessing_is_slowed_down_even_with_the_right_password_at_last() {
        let (_data, desk) = desk().await;
        let mut slowed = 0;
        for n in 0..12 {
            let refused = desk.sign_in(("lin", format!("guess number {n}")), HERE, AT).await;
            slowed += usize::from(matches!(refused, Err(SignInRefused::TooOften(_))));
        }
        assert_eq!(slowed, 2);
        let right = desk.sign_in(("lin", "a long password".into()), HERE, AT).await;
        assert!(matches!(right, Err(SignInRefused::TooOften(_))));
        let elsewhere = IpAddr::from([192, 0, 2, 1]);
        let other = desk.sign_in(("nobody", "a long password".into()), elsewhere, AT).await;
        assert!(matches!(other, Err(SignInRefused::Wrong)), "others are not slowed down");
    }

    #[tokio::test]
    async fn an_account_needs_a_name_a_login_and_a_password() {
        let (_data, desk) = desk().await;
        let with = |change: fn(&mut NewPerson)| {
            let mut new = person("other");
            change(&mut new);
            desk.create(new, AT)
        };
        assert!(matches!(with(|p| p.login = "a b".into()).await, Err(SignInRefused::Login(_))));
        assert!(matches!(with(|p| p.name = "\u{202E}".into()).await, Err(SignInRefused::Name)));
        let short = with(|p| p.password = "short".into()).await;
        assert!(matches!(short, Err(SignInRefused::Password(BadPassword::TooShort))));
        let taken = with(|p| p.login = "LIN".into()).await;
        assert!(matches!(taken, Err(SignInRefused::Store(StoreError::LoginTaken(_)))));
        assert!(with(|_| {}).await.is_ok());
    }
}
