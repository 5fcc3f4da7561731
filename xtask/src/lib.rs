//! Checks and chores of the workspace, callable from `cargo xtask` and from tests.

pub mod tidy;
