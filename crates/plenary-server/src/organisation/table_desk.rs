//! The desk for tables that come and go over the network: one that somebody hands in is read, shown,
//! and then carried out or given up; all units or people are written for whoever asks.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Seek as _};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use plenary_model::id::{AccountId, ImportId};
use plenary_model::limits::{EXPORTS_AT_ONCE_MAX, IMPORT_KEPT_SECONDS_MAX, IMPORTS_AT_ONCE_MAX};
use plenary_model::member::{Person, Standing};
use plenary_store::{Store, StoreError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{AbortHandle, JoinError};
use uuid::Uuid;

use super::desk::Organisation;
use super::import::{self, Done, Draft, ImportError, Missing};
use super::preview::{Preview, Subject};
use crate::tables::write::{Format, WriteError, write_people, write_units};

/// Too many tables are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "others are importing tables at this moment: try again when they are done, in {} minutes at the latest",
    IMPORT_KEPT_SECONDS_MAX / 60
)]
pub struct Crowded;

/// Why a table is not written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The disk is full, or a workbook cannot hold it.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The file cannot be made or read again.
    #[error("the data folder takes no file")]
    File(#[from] io::Error),
    /// Our own code failed.
    #[error("the table was not written")]
    Failed(#[from] JoinError),
}

/// Why a draft is not carried out.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// There is none, or not any more.
    #[error(
        "this import is not there any more: it was given up, carried out, or waited too long. Hand in the file again"
    )]
    Unknown,
    /// It is still being read.
    #[error("the table is still being read: wait until it is shown")]
    Reading,
    /// It cannot be.
    #[error(transparent)]
    Import(#[from] ImportError),
}

/// Where an import stands.
#[derive(Debug, Clone)]
pub enum Progress {
    /// The file is read; so many rows so far.
    Reading(u32),
    /// This is what it would change.
    Ready(Box<Preview>),
    /// It is carried out.
    Applying,
    /// It cannot be: a stable name of the reason, and a sentence.
    Refused(String, String),
    /// It is done.
    Applied(Done),
}

/// The desk; clones share it.
#[derive(Clone)]
pub struct TableDesk(Arc<Inner>);

struct Inner {
    store: Store,
    organisation: Organisation,
    places: Arc<Semaphore>,
    exports: Semaphore,
    open: Mutex<BTreeMap<ImportId, Open>>,
}

/// A place for one import, from the first byte of its file on.
#[derive(Debug)]
pub struct Place {
    _permit: OwnedSemaphorePermit,
}

#[derive(Debug)]
struct Open {
    by: AccountId,
    subject: Subject,
    stage: Stage,
    /// Reads the file, and forgets the import in the end.
    task: AbortHandle,
}

#[derive(Debug)]
enum Stage {
    Reading { rows: watch::Receiver<u32>, place: Place },
    Ready { draft: Box<Draft>, place: Place },
    Applying { _place: Place },
    Refused { code: String, detail: String },
    Applied(Done),
}

impl Drop for Open {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl TableDesk {
    /// A desk over this organisation.
    pub fn new(store: Store, organisation: Organisation) -> Self {
        let places = Arc::new(Semaphore::new(IMPORTS_AT_ONCE_MAX));
        let exports = Semaphore::new(EXPORTS_AT_ONCE_MAX);
        let open = Mutex::default();
        Self(Arc::new(Inner { store, organisation, places, exports, open }))
    }

    /// A place for one more import; what the same person handed in before is given up.
    ///
    /// # Errors
    /// [`Crowded`].
    pub fn place(&self, by: AccountId) -> Result<Place, Crowded> {
        self.open().retain(|_, open| open.by != by);
        Arc::clone(&self.0.places)
            .try_acquire_owned()
            .map(|_permit| Place { _permit })
            .map_err(|_| Crowded)
    }

    /// A file in the data folder that is gone as soon as nobody has it open.
    ///
    /// # Errors
    /// The folder takes no file.
    pub fn file(&self) -> io::Result<File> {
        tempfile::tempfile_in(self.0.store.folder().root())
    }

    /// Begins to read a table that somebody handed in.
    pub fn begin(&self, place: Place, by: AccountId, subject: Subject, file: File) -> ImportId {
        let id = ImportId::new(Uuid::now_v7());
        let (say, rows) = watch::channel(0);
        let desk = self.clone();
        // Nothing is settled before it is there.
        let mut imports = self.open();
        let work = async move {
            let program = Path::new("/proc/self/exe");
            let read = import::read((program, &desk.0.store), subject, file, &say).await;
            desk.settle(id, read);
            tokio::time::sleep(Duration::from_secs(IMPORT_KEPT_SECONDS_MAX)).await;
            desk.open().remove(&id);
        };
        let task = tokio::spawn(work).abort_handle();
        let stage = Stage::Reading { rows, place };
        imports.insert(id, Open { by, subject, stage, task });
        id
    }

    /// What an import is about, and where it stands.
    pub fn look(&self, id: ImportId) -> Option<(Subject, Progress)> {
        let imports = self.open();
        let Open { subject, stage, .. } = imports.get(&id)?;
        let progress = match stage {
            Stage::Reading { rows, .. } => Progress::Reading(*rows.borrow()),
            Stage::Ready { draft, .. } => Progress::Ready(Box::new(draft.preview().clone())),
            Stage::Applying { .. } => Progress::Applying,
            Stage::Refused { code, detail } => Progress::Refused(code.clone(), detail.clone()),
            Stage::Applied(done) => Progress::Applied(*done),
        };
        Some((*subject, progress))
    }

    /// Forgets an import and its file; false when there is none.
    pub fn give_up(&self, id: ImportId) -> bool {
        self.open().remove(&id).is_some()
    }

    /// Carries an import out: all of it or nothing.
    ///
    /// # Errors
    /// [`ApplyError`]; nothing is changed then.
    pub async fn apply(&self, id: ImportId, missing: Missing) -> Result<Done, ApplyError> {
        let draft = self.take(id)?;
        let desk = self.clone();
        // What was begun is finished, also when whoever asked hangs up.
        let work = tokio::spawn(async move {
            let done = draft.keep(&desk.0.organisation, missing).await;
            desk.turn(id, stage_after(&done));
            done
        });
        Ok(work.await.map_err(ImportError::from)??)
    }

    /// Writes all open units, or everybody who belongs to the organisation.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn export(&self, subject: Subject, format: Format) -> Result<File, ExportError> {
        // Nobody closes it.
        let _turn = self.0.exports.acquire().await;
        let file = self.file()?;
        let written = match subject {
            Subject::Units => {
                let directory = self.0.organisation.now();
                let write = move || write_units(directory.tree(), format, &file).map(|()| file);
                tokio::task::spawn_blocking(write).await??
            }
            Subject::People => {
                let people = self.0.store.people().await?;
                let write = move || write_members(&people, format, &file).map(|()| file);
                tokio::task::spawn_blocking(write).await??
            }
        };
        (&written).rewind()?;
        Ok(written)
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<ImportId, Open>> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes out a draft that is ready.
    fn take(&self, id: ImportId) -> Result<Box<Draft>, ApplyError> {
        let mut imports = self.open();
        let open = imports.get_mut(&id).ok_or(ApplyError::Unknown)?;
        let unknown = Stage::Refused { code: String::new(), detail: String::new() };
        match std::mem::replace(&mut open.stage, unknown) {
            Stage::Ready { draft, place } => {
                if 0 < draft.preview().faults.count {
                    let count = draft.preview().faults.count;
                    open.stage = Stage::Ready { draft, place };
                    return Err(ImportError::Faulty(count).into());
                }
                open.stage = Stage::Applying { _place: place };
                Ok(draft)
            }
            reading @ Stage::Reading { .. } => {
                open.stage = reading;
                Err(ApplyError::Reading)
            }
            other @ (Stage::Applying { .. } | Stage::Refused { .. } | Stage::Applied(_)) => {
                open.stage = other;
                Err(ApplyError::Unknown)
            }
        }
    }

    fn settle(&self, id: ImportId, read: Result<Draft, ImportError>) {
        let mut imports = self.open();
        let Some(open) = imports.get_mut(&id) else { return };
        let gone = Stage::Refused { code: String::new(), detail: String::new() };
        open.stage = match (read, std::mem::replace(&mut open.stage, gone)) {
            (Ok(draft), Stage::Reading { place, .. }) => {
                Stage::Ready { draft: Box::new(draft), place }
            }
            (Ok(_), other) => other,
            (Err(error), _) => {
                let (code, detail) = (error.code().to_owned(), error.to_string());
                tracing::info!(import = %id, code, "a table was not read");
                Stage::Refused { code, detail }
            }
        };
    }

    fn turn(&self, id: ImportId, stage: Stage) {
        if let Some(open) = self.open().get_mut(&id) {
            open.stage = stage;
        }
    }
}

fn stage_after(done: &Result<Done, ImportError>) -> Stage {
    match done {
        Ok(done) => Stage::Applied(*done),
        Err(error) => Stage::Refused { code: error.code().into(), detail: error.to_string() },
    }
}

fn write_members(people: &[Person], format: Format, file: &File) -> Result<(), WriteError> {
    let members = people.iter().filter(|person| match person.standing {
        Standing::Member => true,
        Standing::Left => false,
    });
    write_people(members, format, file)
}
