//! The `plenary` binary: reads the command line and runs one command.

fn main() -> std::process::ExitCode {
    plenary_server::commands::run()
}
