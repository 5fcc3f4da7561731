//! The `plenary` binary: reads the command line and runs one command.

mod bench;
mod demo;
mod live;
mod media;
mod worker;

fn main() {}
