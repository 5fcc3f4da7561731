//! Rules of the workspace that neither the compiler nor clippy knows; each violation is one line
//! that says what to do.

pub mod mask;
pub mod rust;
pub mod text;
pub mod walls;
pub mod web;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Folders that hold nothing written by us.
const NOT_OURS: [&str; 8] =
    ["target", "node_modules", "dist", ".git", ".tools", "test-results", "corpus", "artifacts"];

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Path from the root of the workspace, with `/`.
    pub path: String,
    /// Line in that file; `None` when the whole file or folder is meant.
    pub line: Option<usize>,
    /// What is wrong, and what to do about it.
    pub advice: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.advice),
            None => write!(f, "{}: {}", self.path, self.advice),
        }
    }
}

/// A text file of ours.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Path from the root of the workspace, with `/`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

impl SourceFile {
    /// A violation somewhere in this file.
    pub fn violation(&self, line: Option<usize>, advice: impl Into<String>) -> Violation {
        Violation { path: self.path.clone(), line, advice: advice.into() }
    }

    /// A violation if the file is longer than it may be.
    pub fn longer_than(&self, lines_max: usize, what_to_do: &str) -> Option<Violation> {
        let lines = self.text.lines().count();
        (lines_max < lines).then(|| {
            self.violation(None, format!("{lines} lines, at most {lines_max}: {what_to_do}"))
        })
    }
}

/// Checks the workspace at `root` and returns every violation, sorted by place.
///
/// # Errors
/// When a file cannot be read or `cargo metadata` does not answer.
pub fn check(root: &Path) -> anyhow::Result<Vec<Violation>> {
    let root = root.canonicalize().with_context(|| format!("no folder {}", root.display()))?;
    let files = read_files(&root)?;
    let mut violations = walls::check(&walls::read_crates(&root)?);
    violations.extend(rust::check(&files));
    violations.extend(web::check(&files));
    violations.extend(text::check(&files, |path| root.join(path).exists()));
    violations.sort();
    Ok(violations)
}

fn read_files(root: &Path) -> anyhow::Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)
            .with_context(|| format!("cannot list {}", folder.display()))?
        {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if !NOT_OURS.contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if is_checked(&path) {
                files.push(read_file(root, path)?);
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn is_checked(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    matches!(extension.as_ref(), "rs" | "ts" | "js" | "mjs" | "svelte" | "css" | "json" | "md")
}

fn read_file(root: &Path, path: PathBuf) -> anyhow::Result<SourceFile> {
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {} as text", path.display()))?;
    let relative = path.strip_prefix(root).unwrap_or(&path);
    Ok(SourceFile { path: relative.to_string_lossy().replace('\\', "/"), text })
}
