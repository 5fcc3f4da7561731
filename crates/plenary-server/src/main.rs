//! The `plenary` binary.
fn main() {}
