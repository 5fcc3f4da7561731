//! Passwords: hashed with Argon2id (RFC 9106), a few at a time so that a crowd which guesses takes
//! neither the memory nor the cores of an event.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use plenary_model::limits::{
    PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, PASSWORDS_AT_ONCE_MAX, PASSWORDS_WAITING_MAX,
};
use tokio::sync::Semaphore;

/// Of nobody: whoever names an account that is not there waits as long as one who guesses wrong.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$cGxlbmFyeS1ub2JvZHk$\
                       4M8bHbHZ4zEZ2zq8Q3cI2m9c5m3k9Tq0n0Xr1l6b9uA";

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPassword {
    /// It is too easy to guess.
    #[error(
        "a password has at least {PASSWORD_CHARS_MIN} characters; a few words are easy to keep"
    )]
    TooShort,
    /// It is too long.
    #[error("a password has at most {PASSWORD_BYTES_MAX} bytes")]
    TooLong,
    /// It is the name of its account.
    #[error("a password is not the name that one signs in with")]
    SameAsLogin,
}

/// Too many wait already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Crowded;

/// Whether a password may be used with a name.
///
/// # Errors
/// [`BadPassword`].
pub(super) fn check(password: &str, login: &str) -> Result<(), BadPassword> {
    if PASSWORD_BYTES_MAX < password.len() {
        return Err(BadPassword::TooLong);
    }
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(BadPassword::TooShort);
    }
    if password.to_lowercase() == login { Err(BadPassword::SameAsLogin) } else { Ok(()) }
}

/// Does the work.
#[derive(Debug, Clone)]
pub(super) struct Passwords {
    waiting: Arc<Semaphore>,
    working: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            waiting: Arc::new(Semaphore::new(PASSWORDS_WAITING_MAX)),
            working: Arc::new(Semaphore::new(PASSWORDS_AT_ONCE_MAX)),
        }
    }
}

impl Passwords {
    /// A password as it is kept, in the form of the PHC.
    pub(super) async fn hash(&self, password: String) -> Result<String, Crowded> {
        self.work(move || {
            let hash: PasswordHash = Argon2::default()
                .hash_password(password.as_bytes())
                .expect("a password within the limits has a hash");
            hash.to_string()
        })
        .await
    }

    /// Whether it is the one that is kept; never without one, in the same time.
    pub(super) async fn matches(
        &self,
        password: String,
        kept: Option<String>,
    ) -> Result<bool, Crowded> {
        if PASSWORD_BYTES_MAX < password.len() {
            return Ok(false);
        }
        self.work(move || {
            let known = kept.is_some();
            let kept = kept.unwrap_or_else(|| NOBODYS.into());
            let Ok(kept) = PasswordHash::new(&kept) else { return false };
            Argon2::default().verify_password(password.as_bytes(), &kept).is_ok() && known
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Crowded> {
        let _place = self.waiting.try_acquire().map_err(|_| Crowded)?;
        let turn = Arc::clone(&self.working).acquire_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(|_| Crowded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_matches() {
        let passwords = Passwords::default();
        let kept = passwords.hash("天河 county 2026".into()).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        let again = passwords.hash("天河 county 2026".into()).await.unwrap();
        assert_ne!(kept, again, "each has its own salt");
        for (tried, matches) in
            [("天河 county 2026", true), ("天河 county 2025", false), ("", false)]
        {
            let is = passwords.matches(tried.into(), Some(kept.clone())).await;
            assert_eq!(is, Ok(matches), "{tried}");
        }
        assert_eq!(passwords.matches("x".repeat(10_000), Some(kept)).await, Ok(false));
        assert!(PasswordHash::new(NOBODYS).is_ok(), "a guess at nobody takes as long");
        assert_eq!(passwords.matches("any".into(), None).await, Ok(false));
    }

    #[test]
    fn a_password_is_long_and_not_the_login() {
        assert_eq!(check("long enough", "lin"), Ok(()));
        assert_eq!(check("九个字不够长的呀", "lin"), Err(BadPassword::TooShort));
        assert_eq!(check("Lin.Xiaohe@qh", "lin.xiaohe@qh"), Err(BadPassword::SameAsLogin));
        assert_eq!(check(&"x".repeat(PASSWORD_BYTES_MAX + 1), "lin"), Err(BadPassword::TooLong));
    }
}
