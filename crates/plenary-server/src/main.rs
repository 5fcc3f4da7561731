//! The `plenary` binary: reads the command line and runs one command.

fn main() -> anyhow::Result<()> {
    plenary_server::commands::run()
}
