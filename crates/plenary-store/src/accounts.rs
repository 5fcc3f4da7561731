//! Accounts: who runs gatherings, with what password, and what they may do.

use plenary_model::account::{Account, AccountRole, AccountState, Login};
use plenary_model::id::{AccountId, EventId};
use plenary_model::limits::ACCOUNTS_MAX;
use plenary_model::time::WallMs;
use plenary_model::unit::PersonCode;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::error::StoreError;
use crate::store::{Store, parsed, to_sql};
use crate::writer::{Run, Write};

/// An account to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// Who.
    pub account: Account,
    /// Their password in the form of the PHC; none for those who sign in elsewhere.
    pub password: Option<String>,
    /// Who they are elsewhere, for those who sign in there.
    pub subject: Option<String>,
}

enum AccountWrite {
    Create { new: NewAccount, at: WallMs },
    CreateFirst { new: NewAccount, at: WallMs },
    Change { account: Account },
    SetPassword { id: AccountId, password: String },
}

impl Store {
    /// The token that makes the first administrator of this installation: the same one every time.
    pub fn setup_token(&self) -> String {
        self.secret().setup_token()
    }

    /// A key of this installation for signing what is named: the same one every time.
    pub fn signing_key(&self, name: &str) -> [u8; 32] {
        self.secret().key(name)
    }

    /// Whether anybody may do everything.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the database cannot be read; so for all reads.
    pub async fn has_administrator(&self) -> Result<bool, StoreError> {
        let mut connection = self.readers().acquire().await?;
        Ok(0 < administrators(&mut connection).await?)
    }

    /// Makes an account.
    ///
    /// # Errors
    /// [`StoreError::LoginTaken`], [`StoreError::TooManyAccounts`].
    pub async fn create_account(&self, new: NewAccount, at: WallMs) -> Result<(), StoreError> {
        self.write(AccountWrite::Create { new, at }).await.map(drop)
    }

    /// Makes the account of the first administrator.
    ///
    /// # Errors
    /// [`StoreError::AdministratorThere`] when there is one.
    pub async fn create_first_administrator(
        &self,
        new: NewAccount,
        at: WallMs,
    ) -> Result<(), StoreError> {
        self.write(AccountWrite::CreateFirst { new, at }).await.map(drop)
    }

    /// Makes an account what it is from now on. One that is disabled is signed out everywhere.
    ///
    /// # Errors
    /// [`StoreError::UnknownAccount`], [`StoreError::LoginTaken`], [`StoreError::LastAdministrator`].
    pub async fn change_account(&self, account: Account) -> Result<(), StoreError> {
        self.write(AccountWrite::Change { account }).await.map(drop)
    }

    /// Gives an account another password, and signs it out everywhere.
    ///
    /// # Errors
    /// [`StoreError::UnknownAccount`].
    pub async fn set_password(&self, id: AccountId, password: String) -> Result<(), StoreError> {
        self.write(AccountWrite::SetPassword { id, password }).await.map(drop)
    }

    /// The account of this name, with its password.
    ///
    /// # Errors
    /// As [`Store::has_administrator`].
    pub async fn account_to_sign_in(
        &self,
        login: &Login,
    ) -> Result<Option<(Account, Option<String>)>, StoreError> {
        let mut connection = self.readers().acquire().await?;
        let row = sqlx::query("SELECT * FROM accounts WHERE login = ?").bind(login.as_str());
        let Some(row) = row.fetch_optional(&mut *connection).await? else { return Ok(None) };
        let password = row.try_get("password")?;
        Ok(Some((with_roles(&mut connection, &row).await?, password)))
    }

    /// The account of somebody who signs in elsewhere.
    ///
    /// # Errors
    /// As [`Store::has_administrator`].
    pub async fn account_of_subject(&self, subject: &str) -> Result<Option<Account>, StoreError> {
        let mut connection = self.readers().acquire().await?;
        let row = sqlx::query("SELECT * FROM accounts WHERE subject = ?").bind(subject);
        match row.fetch_optional(&mut *connection).await? {
            Some(row) => with_roles(&mut connection, &row).await.map(Some),
            None => Ok(None),
        }
    }

    /// All accounts, by what they sign in with.
    ///
    /// # Errors
    /// As [`Store::has_administrator`].
    pub async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let rows = sqlx::query("SELECT * FROM accounts ORDER BY login").fetch_all(self.readers());
        let mut accounts = rows.await?.iter().map(account_of).collect::<Result<Vec<_>, _>>()?;
        let rows = sqlx::query("SELECT * FROM account_roles").fetch_all(self.readers()).await?;
        for row in &rows {
            let id: AccountId = parsed("account", row.try_get("account")?)?;
            if let Some(account) = accounts.iter_mut().find(|account| account.id == id) {
                account.roles.push(role_of(row)?);
            }
        }
        for account in &mut accounts {
            account.roles.sort();
        }
        Ok(accounts)
    }

    /// One account.
    ///
    /// # Errors
    /// As [`Store::has_administrator`].
    pub async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        let mut connection = self.readers().acquire().await?;
        find(&mut connection, id).await
    }
}

impl Write for AccountWrite {
    fn run(self: Box<Self>, connection: &mut SqliteConnection) -> Run<'_> {
        Box::pin(self.carry_out(connection))
    }
}

impl AccountWrite {
    async fn carry_out(self, connection: &mut SqliteConnection) -> Result<u64, StoreError> {
        match self {
            Self::Create { new, at } => create(connection, new, at).await,
            Self::CreateFirst { new, at } => {
                if 0 < administrators(connection).await? {
                    return Err(StoreError::AdministratorThere);
                }
                create(connection, new, at).await
            }
            Self::Change { account } => change(connection, account).await,
            Self::SetPassword { id, password } => {
                let done = sqlx::query("UPDATE accounts SET password = ? WHERE id = ?")
                    .bind(password)
                    .bind(id.to_string())
                    .execute(&mut *connection)
                    .await?;
                if done.rows_affected() == 0 {
                    return Err(StoreError::UnknownAccount(id));
                }
                sign_out_everywhere(connection, id).await?;
                Ok(1)
            }
        }
    }
}

async fn create(
    connection: &mut SqliteConnection,
    new: NewAccount,
    at: WallMs,
) -> Result<u64, StoreError> {
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM accounts").fetch_one(&mut *connection).await?;
    if ACCOUNTS_MAX <= usize::try_from(count).unwrap_or_default() {
        return Err(StoreError::TooManyAccounts);
    }
    let NewAccount { account, password, subject } = new;
    let added = sqlx::query(
        "INSERT INTO accounts (id, login, name, password, subject, state, person, created_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(account.id.to_string())
    .bind(account.login.as_str())
    .bind(&account.name)
    .bind(password)
    .bind(subject)
    .bind(state_text(account.state))
    .bind(account.person.as_ref().map(PersonCode::as_str))
    .bind(to_sql(at.0))
    .execute(&mut *connection)
    .await;
    taken(added, &account)?;
    give_roles(connection, &account).await?;
    Ok(1)
}

async fn change(connection: &mut SqliteConnection, account: Account) -> Result<u64, StoreError> {
    let changed =
        sqlx::query("UPDATE accounts SET login = ?, name = ?, state = ?, person = ? WHERE id = ?")
            .bind(account.login.as_str())
            .bind(&account.name)
            .bind(state_text(account.state))
            .bind(account.person.as_ref().map(PersonCode::as_str))
            .bind(account.id.to_string())
            .execute(&mut *connection)
            .await;
    if taken(changed, &account)? == 0 {
        return Err(StoreError::UnknownAccount(account.id));
    }
    sqlx::query("DELETE FROM account_roles WHERE account = ?")
        .bind(account.id.to_string())
        .execute(&mut *connection)
        .await?;
    give_roles(connection, &account).await?;
    if administrators(connection).await? == 0 {
        return Err(StoreError::LastAdministrator);
    }
    match account.state {
        AccountState::Active => {}
        AccountState::Disabled => sign_out_everywhere(connection, account.id).await?,
    }
    Ok(1)
}

fn taken(
    done: Result<sqlx::sqlite::SqliteQueryResult, sqlx::Error>,
    account: &Account,
) -> Result<u64, StoreError> {
    match done {
        Ok(done) => Ok(done.rows_affected()),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            Err(StoreError::LoginTaken(account.login.clone()))
        }
        Err(error) => Err(error.into()),
    }
}

async fn give_roles(
    connection: &mut SqliteConnection,
    account: &Account,
) -> Result<(), StoreError> {
    for role in &account.roles {
        let (role, event) = role_text(*role);
        sqlx::query("INSERT INTO account_roles (account, role, event) VALUES (?, ?, ?)")
            .bind(account.id.to_string())
            .bind(role)
            .bind(event.map(|event| event.to_string()).unwrap_or_default())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn sign_out_everywhere(
    connection: &mut SqliteConnection,
    id: AccountId,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE account = ?")
        .bind(id.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// How many may do everything.
async fn administrators(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar(
        "SELECT count(*) FROM account_roles JOIN accounts ON accounts.id = account_roles.account
         WHERE role = 'administrator' AND state = 'active'",
    );
    Ok(count.fetch_one(connection).await?)
}

pub(crate) async fn find(
    connection: &mut SqliteConnection,
    id: AccountId,
) -> Result<Option<Account>, StoreError> {
    let row = sqlx::query("SELECT * FROM accounts WHERE id = ?").bind(id.to_string());
    match row.fetch_optional(&mut *connection).await? {
        Some(row) => with_roles(connection, &row).await.map(Some),
        None => Ok(None),
    }
}

async fn with_roles(
    connection: &mut SqliteConnection,
    row: &SqliteRow,
) -> Result<Account, StoreError> {
    let mut account = account_of(row)?;
    let roles = sqlx::query("SELECT * FROM account_roles WHERE account = ?")
        .bind(account.id.to_string())
        .fetch_all(connection)
        .await?;
    account.roles = roles.iter().map(role_of).collect::<Result<_, _>>()?;
    account.roles.sort();
    Ok(account)
}

fn account_of(row: &SqliteRow) -> Result<Account, StoreError> {
    let person: Option<&str> = row.try_get("person")?;
    let state: &str = row.try_get("state")?;
    Ok(Account {
        id: parsed("account", row.try_get("id")?)?,
        login: parsed("login", row.try_get("login")?)?,
        name: row.try_get("name")?,
        state: match state {
            "active" => AccountState::Active,
            "disabled" => AccountState::Disabled,
            other => return Err(unknown("state", other)),
        },
        person: person.map(|person| parsed("person", person)).transpose()?,
        roles: Vec::new(),
    })
}

fn role_of(row: &SqliteRow) -> Result<AccountRole, StoreError> {
    let role: &str = row.try_get("role")?;
    let event: &str = row.try_get("event")?;
    if role == "administrator" {
        return Ok(AccountRole::Administrator);
    }
    let event: EventId = parsed("event", event)?;
    match role {
        "organiser" => Ok(AccountRole::Organiser { event }),
        "director" => Ok(AccountRole::Director { event }),
        "moderator" => Ok(AccountRole::Moderator { event }),
        other => Err(unknown("role", other)),
    }
}

const fn role_text(role: AccountRole) -> (&'static str, Option<EventId>) {
    match role {
        AccountRole::Administrator => ("administrator", None),
        AccountRole::Organiser { event } => ("organiser", Some(event)),
        AccountRole::Director { event } => ("director", Some(event)),
        AccountRole::Moderator { event } => ("moderator", Some(event)),
    }
}

const fn state_text(state: AccountState) -> &'static str {
    match state {
        AccountState::Active => "active",
        AccountState::Disabled => "disabled",
    }
}

fn unknown(column: &'static str, text: &str) -> StoreError {
    StoreError::Unreadable { column, reason: format!("\"{text}\" is unknown") }
}
