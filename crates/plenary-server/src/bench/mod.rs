//! Load generators and benchmarks that ship with the binary.
