//! The layout of the data folder, and the lock that keeps a second server out.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use plenary_model::id::EventId;

use crate::error::StoreError;

/// Where things are in the data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    root: PathBuf,
}

/// Held as long as the folder is in use; the system lets go of it when the process dies.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl Folder {
    /// The layout under this folder, without touching it.
    pub(crate) fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the administrator puts an event's clips; it need not exist yet.
    pub fn clips(&self, event: EventId) -> PathBuf {
        self.root.join("events").join(event.to_string()).join("clips")
    }

    /// Where the parts of an event's programme are kept; it need not exist yet.
    pub fn recording(&self, event: EventId) -> PathBuf {
        self.root.join("events").join(event.to_string()).join("recording")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.root.join("plenary.sqlite")
    }

    pub(crate) fn secret(&self) -> PathBuf {
        self.root.join("secret")
    }

    /// Makes the folder if needed and locks it.
    pub(crate) fn open(root: &Path) -> Result<(Self, FolderLock), StoreError> {
        let fail =
            |path: &Path, source: io::Error| StoreError::Folder { path: path.to_owned(), source };
        fs::create_dir_all(root).map_err(|error| match error.kind() {
            // A file has its name; the system only says that something has.
            io::ErrorKind::AlreadyExists => fail(root, io::ErrorKind::NotADirectory.into()),
            _ => fail(root, error),
        })?;
        let path = root.join("plenary.lock");
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|e| fail(&path, e))?;
        match file.try_lock() {
            Ok(()) => Ok((Self::at(root), FolderLock { _file: file })),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(root.to_owned())),
            Err(TryLockError::Error(source)) => Err(fail(&path, source)),
        }
    }
}
