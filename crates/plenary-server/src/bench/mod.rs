//! Load generators and benchmarks that ship with the binary.

pub mod programme;
