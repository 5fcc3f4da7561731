//! `cargo xtask`: the chores of the workspace as one small program.

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "cargo xtask tidy    checks what the compiler cannot: walls between crates, file \
                     lengths, words that a core may not know, locale keys, links in documents";

fn main() -> anyhow::Result<ExitCode> {
    let task = std::env::args().nth(1);
    match task.as_deref() {
        Some("tidy") => tidy(),
        _ => {
            eprintln!("{USAGE}");
            Ok(ExitCode::from(2))
        }
    }
}

fn tidy() -> anyhow::Result<ExitCode> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let violations = xtask::tidy::check(&root)?;
    for violation in &violations {
        println!("{violation}");
    }
    if violations.is_empty() {
        println!("tidy");
        return Ok(ExitCode::SUCCESS);
    }
    println!("{} to put right", violations.len());
    Ok(ExitCode::FAILURE)
}
