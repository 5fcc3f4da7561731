//! What the tests of the real binary share besides `plenary_server::bench`.

// Each test uses a part of it.
#![allow(dead_code)]

pub mod children;
pub mod judge;
pub mod office;
pub mod random;
pub mod replay;
pub mod rules;
pub mod shaper;
pub mod studio;
pub mod tier;
pub mod watch;
pub mod workbook;
pub mod world;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

/// The binary under test.
pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_plenary"))
}

/// A port that the system chooses.
pub fn any_port() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

/// The renditions of the default ladder.
pub const RENDITIONS: [&str; 3] = ["v720", "v360", "a64"];

/// A data folder; when the test fails, what its processes logged is shown.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.path().join("log")).unwrap_or_default();
            eprintln!("what the processes logged:\n{log}");
        }
    }
}
