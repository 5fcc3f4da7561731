//! A program in a world that a test decides: a disk that fails or stands still, a wall clock that
//! jumps. A library of ours stands before the C library (`LD_PRELOAD`) and makes its calls fail; the
//! kernel under it is the real one. Only the system's calls of this program and its children change.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::program;

/// What the world does from now on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Orders {
    /// Error number of every write to the recording; 0 for none.
    pub write_error: i32,
    /// Error number of every sync of the recording; 0 for none.
    pub sync_error: i32,
    /// What every sync of the recording takes longer, in milliseconds.
    pub sync_delay_ms: u32,
    /// How far the wall clock is off, in seconds.
    pub wall_offset_s: i32,
}

/// The world of one program.
pub struct World {
    folder: tempfile::TempDir,
    numbers: File,
}

impl World {
    /// Compiles the library; the world is as it should be.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/common/world.c");
        let library = folder.path().join("world.so");
        let done = Command::new("cc")
            .args(["-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o"])
            .args([&library, &source])
            .arg("-ldl")
            .output()
            .expect("a C compiler is installed");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let numbers = File::create(folder.path().join("numbers")).expect("a file");
        let world = Self { folder, numbers };
        world.set(Orders::default());
        let (library, numbers) = (library.display(), world.folder.path().join("numbers"));
        let script = format!(
            "#!/bin/sh\nexec env LD_PRELOAD='{library}' PLENARY_TEST_WORLD='{}' '{}' \"$@\"\n",
            numbers.display(),
            program().display()
        );
        fs::write(world.program(), script).expect("a file");
        fs::set_permissions(world.program(), Permissions::from_mode(0o700)).expect("ours");
        world
    }

    /// The program under test in this world.
    pub fn program(&self) -> PathBuf {
        self.folder.path().join("plenary")
    }

    /// Changes the world; from the program's next call on it is so.
    pub fn set(&self, orders: Orders) {
        let Orders { write_error, sync_error, sync_delay_ms, wall_offset_s } = orders;
        let numbers =
            [write_error.into(), sync_error.into(), sync_delay_ms.into(), wall_offset_s.into()];
        let bytes: Vec<u8> = numbers.into_iter().flat_map(i64::to_ne_bytes).collect();
        self.numbers.write_all_at(&bytes, 0).expect("the file takes it");
    }
}
