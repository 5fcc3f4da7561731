//! The `plenary` binary: reads the command line and runs one command.

/// Thousands of players that are answered at once allocate on one thread and free on another; with
/// the C library's allocator a third of the server's time is that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    plenary_server::commands::run()
}
