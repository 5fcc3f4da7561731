//! The mark in synthetic pictures, read by the tests as the binary's own measurements read it.

// Tests only read it.
#[allow(dead_code)]
#[path = "../../src/demo/marker.rs"]
pub mod marker;
