//! Sessions of those who have signed in: opaque tokens, of which only hashes are kept.

use plenary_model::account::{Account, AccountState};
use plenary_model::id::AccountId;
use plenary_model::time::WallMs;
use sqlx::SqliteConnection;

use crate::accounts;
use crate::error::StoreError;
use crate::secret::{random_token, token_hash};
use crate::store::{Store, parsed, to_sql};
use crate::writer::{Run, Write};

enum SessionWrite {
    Open { hash: Vec<u8>, account: AccountId, at: WallMs, until: WallMs },
    Close { hash: Vec<u8> },
}

impl Store {
    /// Signs an account in and gives the session's token.
    ///
    /// # Errors
    /// [`StoreError::Random`], [`StoreError::Commit`].
    pub async fn open_session(
        &self,
        account: AccountId,
        at: WallMs,
        until: WallMs,
    ) -> Result<String, StoreError> {
        let token = random_token()?;
        let hash = token_hash(&token);
        self.write(SessionWrite::Open { hash, account, at, until }).await?;
        Ok(token)
    }

    /// Who has this session; nobody when it is over or their account is disabled.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn session(&self, token: &str, at: WallMs) -> Result<Option<Account>, StoreError> {
        let mut connection = self.readers().acquire().await?;
        let id: Option<String> = sqlx::query_scalar(
            "SELECT account FROM sessions WHERE token_hash = ? AND ? < expires_ms",
        )
        .bind(token_hash(token))
        .bind(to_sql(at.0))
        .fetch_optional(&mut *connection)
        .await?;
        let Some(id) = id else { return Ok(None) };
        let account = accounts::find(&mut connection, parsed("account", &id)?).await?;
        Ok(account.filter(|account| account.state == AccountState::Active))
    }

    /// Signs out; a token that is not known is no error.
    ///
    /// # Errors
    /// [`StoreError::Commit`].
    pub async fn close_session(&self, token: &str) -> Result<(), StoreError> {
        self.write(SessionWrite::Close { hash: token_hash(token) }).await.map(drop)
    }
}

impl Write for SessionWrite {
    fn run(self: Box<Self>, connection: &mut SqliteConnection) -> Run<'_> {
        Box::pin(self.carry_out(connection))
    }
}

impl SessionWrite {
    async fn carry_out(self, connection: &mut SqliteConnection) -> Result<u64, StoreError> {
        let done = match self {
            Self::Open { hash, account, at, until } => {
                sqlx::query("DELETE FROM sessions WHERE expires_ms <= ?")
                    .bind(to_sql(at.0))
                    .execute(&mut *connection)
                    .await?;
                sqlx::query(
                    "INSERT INTO sessions (token_hash, account, created_ms, expires_ms)
                     VALUES (?, ?, ?, ?)",
                )
                .bind(hash)
                .bind(account.to_string())
                .bind(to_sql(at.0))
                .bind(to_sql(until.0))
                .execute(connection)
                .await?
            }
            Self::Close { hash } => {
                sqlx::query("DELETE FROM sessions WHERE token_hash = ?")
                    .bind(hash)
                    .execute(connection)
                    .await?
            }
        };
        Ok(done.rows_affected())
    }
}
