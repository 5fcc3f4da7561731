//! Accounts of those who sign in elsewhere: made the first time, and brought up to date each time.

use plenary_model::account::{Account, AccountRole, AccountState, BadLogin, Login};
use plenary_model::id::AccountId;
use plenary_model::member::{Person, Standing};
use plenary_model::time::WallMs;
use plenary_model::unit::PersonCode;
use plenary_store::{NewAccount, StoreError};
use uuid::Uuid;

use super::desk::{AccountDesk, SignInRefused, shown_name};
use super::oidc::Identity;

impl AccountDesk {
    /// Lets somebody in who has signed in elsewhere: with their account, which is made the first time.
    ///
    /// # Errors
    /// [`SignInRefused`].
    pub async fn come_from_elsewhere(
        &self,
        identity: &Identity,
        at: WallMs,
    ) -> Result<(Account, String), SignInRefused> {
        let person = self.member(identity).await?;
        // Who is to run everything may come before the organisation is there.
        if person.is_none() && identity.administrator != Some(true) {
            return Err(SignInRefused::PersonUnknown);
        }
        let known = self.store.account_of_subject(&identity.subject).await?;
        let account = match known {
            Some(known) => self.brought_up_to_date(known, identity, person.as_ref()).await?,
            None => self.make_for(identity, person.as_ref(), at).await?,
        };
        if account.state != AccountState::Active {
            return Err(SignInRefused::Disabled);
        }
        let token = self.open(&account, at).await?;
        Ok((account, token))
    }

    /// The member of the organisation that somebody is.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn member(&self, identity: &Identity) -> Result<Option<Person>, SignInRefused> {
        let code: Option<PersonCode> = identity.person.as_ref().and_then(|code| code.parse().ok());
        let Some(code) = code else { return Ok(None) };
        let person = self.store.person(&code).await?;
        Ok(person.filter(|person| match person.standing {
            Standing::Member => true,
            Standing::Left => false,
        }))
    }

    async fn brought_up_to_date(
        &self,
        known: Account,
        identity: &Identity,
        person: Option<&Person>,
    ) -> Result<Account, SignInRefused> {
        let mut account = known.clone();
        account.person = person.map(|person| person.code.clone());
        account.roles = roles_by(identity, account.roles);
        if account != known {
            self.store.change_account(account.clone()).await?;
        }
        Ok(account)
    }

    async fn make_for(
        &self,
        identity: &Identity,
        person: Option<&Person>,
        at: WallMs,
    ) -> Result<Account, SignInRefused> {
        let id = AccountId::new(Uuid::now_v7());
        let code = identity.person.clone().unwrap_or_default();
        // Another account may have the name already, and is another one.
        let logins = [code.clone(), format!("{code}+{}", id.uuid().simple()), id.to_string()];
        let named = person.map(|person| person.name.to_string()).or_else(|| identity.name.clone());
        for login in logins.iter().filter_map(|login| login.parse::<Login>().ok()) {
            let name = named.as_deref().and_then(|name| shown_name(name).ok());
            let account = Account {
                id,
                name: name.unwrap_or_else(|| login.to_string()),
                login,
                state: AccountState::Active,
                person: person.map(|person| person.code.clone()),
                roles: roles_by(identity, Vec::new()),
            };
            let subject = Some(identity.subject.clone());
            let new = NewAccount { account: account.clone(), password: None, subject };
            match self.store.create_account(new, at).await {
                Err(StoreError::LoginTaken(_)) => {}
                made => return made.map(|()| account).map_err(SignInRefused::Store),
            }
        }
        Err(SignInRefused::Login(BadLogin))
    }
}

/// What somebody may do, if the provider decides who is an administrator.
fn roles_by(identity: &Identity, mut roles: Vec<AccountRole>) -> Vec<AccountRole> {
    let Some(is_administrator) = identity.administrator else { return roles };
    roles.retain(|role| *role != AccountRole::Administrator);
    if is_administrator {
        roles.push(AccountRole::Administrator);
    }
    roles.sort();
    roles
}

#[cfg(test)]
mod tests {
    use plenary_model::unit::{UnitRecord, UnitState};
    use plenary_store::{OrganisationUpdate, Store};

    use super::*;
    use crate::identity::NewPerson;

    const AT: WallMs = WallMs(1_795_000_000_000);

    /// A desk over an organisation with the members `here` and `gone`, who has left.
    async fn desk() -> (tempfile::TempDir, AccountDesk) {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path()).await.unwrap();
        let unit = UnitRecord {
            code: "hq".parse().unwrap(),
            name: "HQ".into(),
            kind: String::new(),
            order: 0,
            parent: None,
            state: UnitState::Open,
        };
        let person = |code: &str, standing| Person {
            code: code.parse().unwrap(),
            name: "李雨晴".into(),
            unit: "hq".parse().unwrap(),
            email: None,
            phone: None,
            roles: Vec::new(),
            standing,
        };
        let people = vec![person("here", Standing::Member), person("gone", Standing::Left)];
        let update = OrganisationUpdate { units: vec![unit], people };
        store.keep_organisation(update, AT).await.unwrap();
        let desk = AccountDesk::new(store);
        let boss = NewPerson {
            login: "here".into(),
            name: "Boss".into(),
            password: "a long password".into(),
            roles: vec![AccountRole::Administrator],
            person: None,
        };
        desk.create(boss, AT).await.unwrap();
        (data, desk)
    }

    fn identity(person: Option<&str>, administrator: Option<bool>) -> Identity {
        Identity {
            subject: "https://login.example.org abc".into(),
            person: person.map(Into::into),
            name: Some("Li".into()),
            unit: None,
            administrator,
        }
    }

    #[tokio::test]
    async fn only_members_and_administrators_come_from_elsewhere() {
        let (_data, desk) = desk().await;
        for person in [None, Some("gone"), Some("nobody"), Some("no code \0")] {
            for administrator in [None, Some(false)] {
                let who = identity(person, administrator);
                let refused = desk.come_from_elsewhere(&who, AT).await;
                assert!(matches!(refused, Err(SignInRefused::PersonUnknown)), "{who:?}");
            }
        }
        let (account, session) =
            desk.come_from_elsewhere(&identity(None, Some(true)), AT).await.unwrap();
        assert!(account.is_administrator());
        assert_eq!((account.name.as_str(), &account.person), ("Li", &None));
        assert_eq!(desk.store.session(&session, AT).await.unwrap(), Some(account));
    }

    #[tokio::test]
    async fn an_account_is_made_once_is_nobody_elses_and_follows_the_provider() {
        let (_data, desk) = desk().await;
        let come = |administrator| {
            let who = identity(Some("here"), administrator);
            let desk = desk.clone();
            async move { desk.come_from_elsewhere(&who, AT).await.map(|(account, _)| account) }
        };
        let first = come(Some(true)).await.unwrap();
        assert!(first.login.as_str().starts_with("here+"), "the name is taken: {}", first.login);
        assert_eq!(first.person, Some("here".parse().unwrap()));
        let second = come(Some(false)).await.unwrap();
        assert_eq!(second, Account { roles: Vec::new(), ..first.clone() });
        let event = plenary_model::id::EventId::new(Uuid::from_u128(7));
        let roles = vec![AccountRole::Director { event }];
        desk.store.change_account(Account { roles, ..second }).await.unwrap();
        let third = come(Some(true)).await.unwrap();
        assert_eq!(third.roles, [AccountRole::Administrator, AccountRole::Director { event }]);
        assert_eq!(come(None).await.unwrap(), third, "roles stay where the provider says nothing");
        let state = AccountState::Disabled;
        desk.store.change_account(Account { state, ..third }).await.unwrap();
        assert!(matches!(come(Some(true)).await, Err(SignInRefused::Disabled)));
        assert_eq!(desk.store.accounts().await.unwrap().len(), 2);
    }
}
