//! The import desk: a table is read and compared, what it would change is shown, and then carried out
//! as a whole or not at all.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use plenary_model::member::{Person, Standing};
use plenary_model::time::WallMs;
use plenary_model::unit::UnitRecord;
use plenary_organisation::import::{
    BadTable, Faults, PersonChange, PersonRow, Table, plan_people, plan_units, read_people,
    read_units,
};
use plenary_organisation::{Refused, Tree};
use plenary_store::{OrganisationUpdate, Store, StoreError};
use tokio::sync::watch;

use super::desk::{ChangeError, Organisation};
use super::preview::{Preview, Subject, Tally};
use crate::tables::child::{self, ReadError};

/// What happens to units and people that a table does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// They stay as they are.
    Keep,
    /// They are gone: units are closed, people are marked as left and their roles end. Nothing is
    /// deleted.
    Gone,
}

/// Why a table is not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is none.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It is another table.
    #[error(transparent)]
    Table(#[from] BadTable),
    /// Some of its cells cannot be used.
    #[error("the table has {0} bad cells: correct them first")]
    Faulty(usize),
    /// What was shown is not what would happen.
    #[error("the organisation was changed by somebody else meanwhile: look at the import again")]
    Changed,
    /// The stored units form no tree.
    #[error("the stored units form no tree: restore them from a backup")]
    Tree(#[source] Refused),
    /// The server stops.
    #[error("the server is stopping: try again in a minute")]
    Stopping,
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
    /// Our own code failed.
    #[error("the import failed")]
    Failed(#[from] tokio::task::JoinError),
}

impl ImportError {
    /// Stable name of the reason, which the pages translate.
    pub fn code(&self) -> &str {
        match self {
            Self::Read(error) => error.code(),
            Self::Table(bad) => bad.code(),
            Self::Faulty(_) => "bad_cells",
            Self::Changed => "organisation_changed",
            Self::Stopping => "stopping",
            Self::Tree(_) | Self::Store(_) | Self::Failed(_) => "failed",
        }
    }
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::OrganisationChanged => Self::Changed,
            other => Self::Store(other),
        }
    }
}

impl From<ChangeError> for ImportError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused(refused) => Self::Tree(refused),
            ChangeError::Changed => Self::Changed,
            ChangeError::Store(error) => Self::Store(error),
            ChangeError::Stopping => Self::Stopping,
        }
    }
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// Units and people that were written; none when everything was known.
    pub written: usize,
}

/// An import that was looked at and not carried out yet.
#[derive(Debug)]
pub struct Draft {
    preview: Preview,
    /// What the table says.
    update: OrganisationUpdate,
    /// All units that change when the missing ones are gone, and the people who are.
    gone: OrganisationUpdate,
}

/// Reads a table with `program table-worker` and compares it with the organisation; `rows` shows how
/// many there are so far.
///
/// # Errors
/// [`ImportError`]; bad cells are no error, the preview lists them.
pub async fn read(
    (program, store): (&Path, &Store),
    subject: Subject,
    file: File,
    rows: &watch::Sender<u32>,
) -> Result<Draft, ImportError> {
    let table = child::read(program, file, rows).await?;
    // Before the units and people: a change between the two is noticed in the end.
    let revision = store.organisation_revision().await?;
    let records = store.units().await?;
    match subject {
        Subject::Units => {
            let work = move || compare_units(&table, records, revision);
            tokio::task::spawn_blocking(work).await?
        }
        Subject::People => {
            let rows = tokio::task::spawn_blocking(move || PeopleTable::read(table)).await??;
            let known = store.people().await?;
            let work = move || rows.compare(records, known, revision);
            tokio::task::spawn_blocking(work).await?
        }
    }
}

impl Draft {
    /// What it would change.
    pub const fn preview(&self) -> &Preview {
        &self.preview
    }

    /// Carries it out in a data folder that no server has open: all of it or nothing.
    ///
    /// # Errors
    /// [`ImportError::Faulty`] when cells are bad, [`ImportError::Changed`] when the organisation is
    /// another than the one that was looked at, [`ImportError::Store`].
    pub async fn apply(
        self,
        store: &Store,
        missing: Missing,
        at: WallMs,
    ) -> Result<Done, ImportError> {
        let revision = self.preview.revision;
        let (update, done) = self.update(missing)?;
        if 0 < done.written {
            store.keep_organisation_seen(update, revision, at).await?;
        }
        Ok(done)
    }

    /// Carries it out in the organisation of this server: all of it or nothing.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub async fn keep(
        self,
        organisation: &Organisation,
        missing: Missing,
    ) -> Result<Done, ImportError> {
        let revision = self.preview.revision;
        let (update, done) = self.update(missing)?;
        if 0 < done.written {
            organisation.keep(update, revision).await?;
        }
        Ok(done)
    }

    fn update(self, missing: Missing) -> Result<(OrganisationUpdate, Done), ImportError> {
        if 0 < self.preview.faults.count {
            return Err(ImportError::Faulty(self.preview.faults.count));
        }
        let mut update = self.update;
        match missing {
            Missing::Keep => {}
            Missing::Gone => {
                update.units = self.gone.units;
                update.people.extend(self.gone.people);
            }
        }
        let written = update.units.len() + update.people.len();
        Ok((update, Done { written }))
    }
}

fn compare_units(
    table: &Table,
    records: Vec<UnitRecord>,
    revision: u64,
) -> Result<Draft, ImportError> {
    let before = Tree::from_records(records).map_err(ImportError::Tree)?;
    let (rows, mut faults) = read_units(table)?;
    let plan = plan_units(&before, &rows, &mut faults);
    let mut after = before.clone();
    plan.changes.iter().for_each(|change| after.apply(change));
    let mut tally = Tally::default();
    let changed = after.records_since(&before);
    for unit in &changed {
        tally.unit((&before, &after), unit);
    }
    let closures = plan.closures(&after);
    let mut closed = after;
    closures.iter().for_each(|change| closed.apply(change));
    // With bad rows nobody can say who is missing.
    if faults.is_empty() {
        plan.missing.iter().for_each(|code| tally.missing_unit(&before, code));
    }
    tally.counts.unchanged = plan.unchanged;
    Ok(Draft {
        gone: OrganisationUpdate { units: closed.records_since(&before), people: Vec::new() },
        update: OrganisationUpdate { units: changed, people: Vec::new() },
        preview: Preview {
            subject: Subject::Units,
            revision,
            rows: rows_below_head(table),
            counts: tally.counts.clone(),
            faults: faults.into(),
            shown: tally.into_shown(),
        },
    })
}

/// A table of people without its text, which is gone before the people who are known are read.
struct PeopleTable {
    rows: Vec<PersonRow>,
    faults: Faults,
    count: usize,
}

impl PeopleTable {
    fn read(table: Table) -> Result<Self, BadTable> {
        let (rows, faults) = read_people(&table)?;
        Ok(Self { rows, faults, count: rows_below_head(&table) })
    }

    fn compare(
        self,
        records: Vec<UnitRecord>,
        known: Vec<Person>,
        revision: u64,
    ) -> Result<Draft, ImportError> {
        let Self { rows, mut faults, count } = self;
        let tree = Tree::from_records(records).map_err(ImportError::Tree)?;
        let mut known: BTreeMap<_, _> =
            known.into_iter().map(|person| (person.code.clone(), person)).collect();
        let plan = plan_people(&tree, &known, rows, &mut faults);
        let mut tally = Tally::default();
        let mut update = OrganisationUpdate::default();
        for change in plan.changes {
            tally.person(&tree, &change);
            match change {
                PersonChange::Joined(is) | PersonChange::Changed { is, .. } => {
                    update.people.push(is);
                }
            }
        }
        let mut gone = OrganisationUpdate::default();
        for person in plan.missing.iter().filter_map(|code| known.remove(code)) {
            if faults.is_empty() {
                tally.missing_person(&tree, &person);
            }
            gone.people.push(Person { standing: Standing::Left, roles: Vec::new(), ..person });
        }
        tally.counts.unchanged = plan.unchanged;
        let preview = Preview {
            subject: Subject::People,
            revision,
            rows: count,
            counts: tally.counts.clone(),
            faults: faults.into(),
            shown: tally.into_shown(),
        };
        Ok(Draft { preview, update, gone })
    }
}

fn rows_below_head(table: &Table) -> usize {
    table.rows.iter().filter(|row| !row.is_blank()).count().saturating_sub(1)
}
