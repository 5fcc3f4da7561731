//! The one task that changes the organisation; everybody else reads a view or asks it.

use std::sync::Arc;

use plenary_model::limits::ORGANISATION_ORDERS_WAITING_MAX;
use plenary_organisation::{Change, Refused};
use plenary_store::{OrganisationUpdate, Store, StoreError};
use tokio::sync::{mpsc, oneshot, watch};

use super::directory::Directory;
use crate::clock::wall_now;

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// It cannot be.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Somebody else was faster.
    #[error("the organisation has changed meanwhile: look at it again")]
    Changed,
    /// The store did not take or give it.
    #[error(transparent)]
    Store(StoreError),
    /// The server stops.
    #[error("the server is stopping")]
    Stopping,
}

impl From<StoreError> for ChangeError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::OrganisationChanged => Self::Changed,
            other => Self::Store(other),
        }
    }
}

type Answer = oneshot::Sender<Result<Arc<Directory>, ChangeError>>;

struct Order {
    work: Work,
    answer: Answer,
}

enum Work {
    Change(Change),
    Keep { update: OrganisationUpdate, seen: u64 },
}

/// The organisation; clones share it.
#[derive(Debug, Clone)]
pub struct Organisation {
    orders: mpsc::Sender<Order>,
    view: watch::Receiver<Arc<Directory>>,
}

impl Organisation {
    /// Reads the organisation and starts the task that owns it.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn open(store: Store) -> Result<Self, ChangeError> {
        let directory = read(&store).await?;
        let (show, view) = watch::channel(directory);
        let (orders, waiting) = mpsc::channel(ORGANISATION_ORDERS_WAITING_MAX);
        tokio::spawn(run(store, show, waiting));
        Ok(Self { orders, view })
    }

    /// As it is now.
    pub fn now(&self) -> Arc<Directory> {
        Arc::clone(&self.view.borrow())
    }

    /// Changes the tree, and gives the organisation as it is then.
    ///
    /// # Errors
    /// [`ChangeError`]; nothing is changed then.
    pub async fn change(&self, change: Change) -> Result<Arc<Directory>, ChangeError> {
        self.order(Work::Change(change)).await
    }

    /// Makes units and people what they are from now on, all of it or nothing, if the organisation has
    /// not changed since this revision.
    ///
    /// # Errors
    /// [`ChangeError`]; nothing is changed then.
    pub async fn keep(
        &self,
        update: OrganisationUpdate,
        seen: u64,
    ) -> Result<Arc<Directory>, ChangeError> {
        self.order(Work::Keep { update, seen }).await
    }

    async fn order(&self, work: Work) -> Result<Arc<Directory>, ChangeError> {
        let (answer, answered) = oneshot::channel();
        let order = Order { work, answer };
        self.orders.send(order).await.map_err(|_| ChangeError::Stopping)?;
        answered.await.map_err(|_| ChangeError::Stopping)?
    }
}

async fn run(store: Store, show: watch::Sender<Arc<Directory>>, mut orders: mpsc::Receiver<Order>) {
    while let Some(Order { work, answer }) = orders.recv().await {
        let now = Arc::clone(&show.borrow());
        let done = carry_out(&store, &now, work).await;
        if let Ok(next) = &done {
            show.send_replace(Arc::clone(next));
        }
        // Who does not wait any more finds it in the view.
        let _ = answer.send(done);
    }
}

async fn carry_out(
    store: &Store,
    now: &Directory,
    work: Work,
) -> Result<Arc<Directory>, ChangeError> {
    match work {
        Work::Change(change) => {
            now.tree().check(&change)?;
            let mut tree = now.tree().clone();
            tree.apply(&change);
            let units = tree.records_since(now.tree());
            let update = OrganisationUpdate { units, people: Vec::new() };
            store.keep_organisation(update, wall_now()).await?;
        }
        Work::Keep { update, seen } => {
            store.keep_organisation_seen(update, seen, wall_now()).await?;
        }
    }
    read(store).await
}

async fn read(store: &Store) -> Result<Arc<Directory>, ChangeError> {
    let revision = store.organisation_revision().await?;
    let (units, members) = (store.units().await?, store.members_of_units().await?);
    Ok(Arc::new(Directory::new(revision, units, &members)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn created(code: &str, parent: Option<&str>) -> Change {
        Change::Created {
            code: code.parse().unwrap(),
            name: format!("单位 {code}"),
            kind: "county".into(),
            order: 0,
            parent: parent.map(|parent| parent.parse().unwrap()),
        }
    }

    fn told(directory: &Directory) -> String {
        let tree = directory.tree();
        let unit = |index| {
            let record = tree.record(index);
            format!("{}{}:{:?}", ".".repeat(tree.level(index)), record.code, record.state)
        };
        tree.all().map(unit).collect::<Vec<_>>().join(" ")
    }

    #[tokio::test]
    async fn what_was_changed_is_there_after_a_restart() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path()).await.unwrap();
        let organisation = Organisation::open(store.clone()).await.unwrap();
        for change in [created("hq", None), created("b", Some("hq")), created("a", Some("b"))] {
            organisation.change(change).await.unwrap();
        }
        let refused = organisation.change(created("a", None)).await;
        assert!(matches!(refused, Err(ChangeError::Refused(Refused::CodeTaken(_)))));
        let to_top = Change::Moved { code: "b".parse().unwrap(), parent: None };
        organisation.change(to_top).await.unwrap();
        let shown =
            organisation.change(Change::Closed { code: "b".parse().unwrap() }).await.unwrap();
        assert_eq!(told(&shown), ".b:Closed ..a:Closed .hq:Open");
        assert_eq!(told(&organisation.now()), told(&shown));
        let again = Organisation::open(store).await.unwrap();
        assert_eq!(told(&again.now()), told(&shown));
    }

    #[tokio::test]
    async fn a_table_is_kept_only_when_nothing_has_changed_since() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path()).await.unwrap();
        let organisation = Organisation::open(store).await.unwrap();
        let seen = organisation.now().revision();
        organisation.change(created("hq", None)).await.unwrap();
        let kept = organisation.keep(OrganisationUpdate::default(), seen).await;
        assert!(matches!(kept, Err(ChangeError::Changed)));
        let seen = organisation.now().revision();
        organisation.keep(OrganisationUpdate::default(), seen).await.unwrap();
    }

    #[tokio::test]
    async fn a_unit_counts_all_units_below_it_wherever_they_are_moved() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path()).await.unwrap();
        let organisation = Organisation::open(store).await.unwrap();
        let parents = [("hq", None), ("b", Some("hq")), ("a", Some("b")), ("c", None)];
        for (code, parent) in parents {
            organisation.change(created(code, parent)).await.unwrap();
        }
        let counts = |directory: &Directory| {
            let tree = directory.tree();
            let one =
                |index| format!("{}:{}", tree.unit(index).code, directory.units_within(index));
            tree.all().map(one).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(counts(&organisation.now()), "c:0 hq:2 b:1 a:0");
        let moved =
            Change::Moved { code: "b".parse().unwrap(), parent: Some("c".parse().unwrap()) };
        let shown = organisation.change(moved).await.unwrap();
        assert_eq!(counts(&shown), "c:2 b:1 a:0 hq:0");
    }
}
