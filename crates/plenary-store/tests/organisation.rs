//! Units and people as a server keeps them.
#![allow(clippy::unwrap_used)]

use plenary_model::member::{OrganisationRole, Person, Standing};
use plenary_model::time::WallMs;
use plenary_model::unit::{UnitRecord, UnitState};
use plenary_store::{OrganisationUpdate, Store, StoreError};

const AT: WallMs = WallMs(1_795_000_000_000);

fn unit(code: &str, parent: Option<&str>) -> UnitRecord {
    UnitRecord {
        code: code.parse().unwrap(),
        name: format!("单位 {code}"),
        kind: "county".into(),
        order: -1,
        parent: parent.map(|parent| parent.parse().unwrap()),
        state: UnitState::Open,
    }
}

fn person(code: &str, unit: &str, roles: Vec<OrganisationRole>) -> Person {
    Person {
        code: code.parse().unwrap(),
        name: format!("Zoë {code}").into(),
        unit: unit.parse().unwrap(),
        email: Some(format!("{code}@example.com").into()),
        phone: None,
        roles,
        standing: Standing::Member,
    }
}

fn steward(unit: &str) -> OrganisationRole {
    OrganisationRole::Steward(unit.parse().unwrap())
}

async fn store() -> (tempfile::TempDir, Store) {
    let data = tempfile::tempdir().unwrap();
    let store = Store::open(data.path()).await.unwrap();
    let units = vec![unit("hq", None), unit("b", Some("hq")), unit("a", Some("b"))];
    let people = vec![
        person("2", "a", vec![]),
        person("1", "a", vec![OrganisationRole::Administrator, steward("a"), steward("hq")]),
        person("3", "hq", vec![]),
    ];
    store.keep_organisation(OrganisationUpdate { units, people }, AT).await.unwrap();
    (data, store)
}

#[tokio::test]
async fn what_was_kept_comes_back_after_a_restart() {
    let (data, store) = store().await;
    store.close().await;
    let store = Store::open(data.path()).await.unwrap();
    let units = [unit("a", Some("b")), unit("b", Some("hq")), unit("hq", None)];
    assert_eq!(store.units().await.unwrap(), units);
    let roles = vec![OrganisationRole::Administrator, steward("a"), steward("hq")];
    let people = [person("1", "a", roles), person("2", "a", vec![]), person("3", "hq", vec![])];
    assert_eq!(store.people().await.unwrap(), people);
    assert_eq!(store.person(&people[0].code).await.unwrap().as_ref(), Some(&people[0]));
    assert_eq!(store.person(&"nobody".parse().unwrap()).await.unwrap(), None);
    let of_a = |after| store.people_of(&units[0].code, after, 1);
    assert_eq!(of_a(None).await.unwrap(), people[..1]);
    assert_eq!(of_a(Some(&people[0].code)).await.unwrap(), people[1..2]);
    assert_eq!(of_a(Some(&people[1].code)).await.unwrap(), []);
}

#[tokio::test]
async fn changes_replace_what_was_there_and_leave_the_rest() {
    let (_data, store) = store().await;
    let closed = UnitRecord { state: UnitState::Closed, parent: None, ..unit("a", None) };
    let left = Person { standing: Standing::Left, email: None, ..person("1", "b", vec![]) };
    let update = OrganisationUpdate { units: vec![closed.clone()], people: vec![left.clone()] };
    store.keep_organisation(update, AT).await.unwrap();
    let units = store.units().await.unwrap();
    assert_eq!(units, [closed, unit("b", Some("hq")), unit("hq", None)]);
    let people = store.people().await.unwrap();
    assert_eq!(people, [left, person("2", "a", vec![]), person("3", "hq", vec![])]);
}

#[tokio::test]
async fn a_unit_that_is_not_there_takes_the_whole_change_back() {
    let (_data, store) = store().await;
    let before = (store.units().await.unwrap(), store.people().await.unwrap());
    for update in [
        OrganisationUpdate {
            units: vec![unit("c", None)],
            people: vec![person("9", "nowhere", vec![])],
        },
        OrganisationUpdate { units: vec![unit("c", Some("nowhere"))], people: vec![] },
    ] {
        assert!(store.keep_organisation(update, AT).await.is_err());
        assert_eq!((store.units().await.unwrap(), store.people().await.unwrap()), before);
    }
    // The writer goes on.
    let fine = OrganisationUpdate { units: vec![unit("c", Some("hq"))], people: vec![] };
    store.keep_organisation(fine, AT).await.unwrap();
    assert_eq!(store.units().await.unwrap().len(), 4);
}

#[tokio::test]
async fn an_update_that_was_made_from_an_older_organisation_changes_nothing() {
    let (_data, store) = store().await;
    let seen = store.organisation_revision().await.unwrap();
    let update = |code| OrganisationUpdate { units: vec![unit(code, Some("hq"))], people: vec![] };
    store.keep_organisation_seen(update("c"), seen, AT).await.unwrap();
    let late = store.keep_organisation_seen(update("d"), seen, AT).await;
    assert!(matches!(late, Err(StoreError::OrganisationChanged)), "{late:?}");
    assert_eq!(store.units().await.unwrap().len(), 4);
    assert_eq!(store.organisation_revision().await.unwrap(), seen + 1);
}
