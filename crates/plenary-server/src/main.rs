//! The `plenary` binary: reads the command line and runs one command.

mod app;
mod bench;
mod cli;
mod commands;
mod config;
mod demo;
mod host;
mod http;
mod live;
mod media;
mod run;
mod setup;
mod worker;
mod ws;

fn main() -> anyhow::Result<()> {
    commands::run()
}
