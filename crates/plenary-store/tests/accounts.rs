//! Accounts and sessions as a server keeps them.
#![allow(clippy::unwrap_used)]

use plenary_model::account::{Account, AccountRole, AccountState};
use plenary_model::id::{AccountId, EventId};
use plenary_model::time::WallMs;
use plenary_store::{NewAccount, Store, StoreError};
use uuid::Uuid;

const AT: WallMs = WallMs(1_795_000_000_000);
const LATER: WallMs = WallMs(AT.0 + 1_000);

fn account(login: &str, roles: Vec<AccountRole>) -> Account {
    Account {
        id: AccountId::new(Uuid::now_v7()),
        login: login.parse().unwrap(),
        name: format!("Zoë {login}"),
        state: AccountState::Active,
        person: None,
        roles,
    }
}

fn new(account: &Account) -> NewAccount {
    NewAccount { account: account.clone(), password: Some("$argon2id$…".into()), subject: None }
}

async fn store() -> (tempfile::TempDir, Store, Account) {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path()).await.unwrap();
    let first = account("first", vec![AccountRole::Administrator]);
    store.create_first_administrator(new(&first), AT).await.unwrap();
    (data, store, first)
}

#[tokio::test]
async fn the_first_administrator_is_made_once() {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path()).await.unwrap();
    assert!(!store.has_administrator().await.unwrap());
    let (one, two) = ("one", "two");
    let [one, two] = [one, two].map(|login| account(login, vec![AccountRole::Administrator]));
    let both = tokio::join!(
        store.create_first_administrator(new(&one), AT),
        store.create_first_administrator(new(&two), AT),
    );
    assert!(both.0.is_ok());
    assert!(matches!(both.1, Err(StoreError::AdministratorThere)));
    assert!(store.has_administrator().await.unwrap());
    assert_eq!(store.accounts().await.unwrap(), [one]);
}

#[tokio::test]
async fn accounts_come_back_with_their_roles_after_a_restart() {
    let (data, store, first) = store().await;
    let event = EventId::new(Uuid::now_v7());
    let roles = vec![AccountRole::Organiser { event }, AccountRole::Moderator { event }];
    let second = account("Second", roles);
    store.create_account(new(&second), AT).await.unwrap();
    let same = store.create_account(new(&account("SECOND", vec![])), AT).await;
    assert!(matches!(same, Err(StoreError::LoginTaken(login)) if login.as_str() == "second"));
    store.close().await;
    let store = Store::open(data.path()).await.unwrap();
    assert_eq!(store.accounts().await.unwrap(), [first, second.clone()]);
    let (found, password) = store.account_to_sign_in(&second.login).await.unwrap().unwrap();
    assert_eq!((found, password.as_deref()), (second, Some("$argon2id$…")));
}

#[tokio::test]
async fn there_is_always_an_administrator() {
    let (_data, store, first) = store().await;
    let disabled = Account { state: AccountState::Disabled, ..first.clone() };
    let demoted = Account { roles: vec![], ..first.clone() };
    for change in [disabled.clone(), demoted] {
        let refused = store.change_account(change).await;
        assert!(matches!(refused, Err(StoreError::LastAdministrator)));
        assert_eq!(store.account(first.id).await.unwrap(), Some(first.clone()));
    }
    let other = account("other", vec![AccountRole::Administrator]);
    store.create_account(new(&other), AT).await.unwrap();
    store.change_account(disabled.clone()).await.unwrap();
    assert_eq!(store.account(first.id).await.unwrap(), Some(disabled));
}

#[tokio::test]
async fn a_session_ends_by_time_by_hand_and_with_its_account() {
    let (_data, store, first) = store().await;
    let other = account("other", vec![AccountRole::Administrator]);
    store.create_account(new(&other), AT).await.unwrap();
    let open = || store.open_session(other.id, AT, LATER);
    let who = async |token: &str, at| store.session(token, at).await.unwrap();

    let token = open().await.unwrap();
    assert_eq!(who(&token, AT).await, Some(other.clone()));
    assert_eq!(who(&token, LATER).await, None);
    assert_eq!(who(&token.to_uppercase(), AT).await, None);

    let again = open().await.unwrap();
    store.close_session(&token).await.unwrap();
    assert_eq!(who(&token, AT).await, None);
    assert_eq!(who(&again, AT).await, Some(other.clone()));

    store.set_password(other.id, "$argon2id$new".into()).await.unwrap();
    assert_eq!(who(&again, AT).await, None);

    let (third, firsts) = (open().await.unwrap(), store.open_session(first.id, AT, LATER));
    let firsts = firsts.await.unwrap();
    let disabled = Account { state: AccountState::Disabled, ..other };
    store.change_account(disabled).await.unwrap();
    assert_eq!(who(&third, AT).await, None);
    assert_eq!(who(&firsts, AT).await, Some(first));
}
