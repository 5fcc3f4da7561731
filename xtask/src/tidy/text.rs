//! Rules for documents: the map stays short, and links lead somewhere.

use super::{SourceFile, Violation};

/// Longest map of the whole; a newcomer reads it in one sitting.
const MAP_LINES_MAX: usize = 250;

/// Every violation in the documents among `files`; `exists` tells whether a path from the root of
/// the workspace is there.
pub fn check(files: &[SourceFile], exists: impl Fn(&str) -> bool) -> Vec<Violation> {
    let documents = files.iter().filter(|file| file.path.ends_with(".md"));
    documents.flat_map(|file| one_document(file, &exists)).collect()
}

fn one_document(file: &SourceFile, exists: &impl Fn(&str) -> bool) -> Vec<Violation> {
    let mut violations = Vec::new();
    if file.path == "docs/ARCHITECTURE.md" {
        violations.extend(file.longer_than(MAP_LINES_MAX, "keep the map, move the rest"));
    }
    for (number, line) in file.text.lines().enumerate() {
        for target in links(line) {
            let path = resolve(&file.path, target);
            if !exists(&path) {
                let advice = format!("links to {target}, which is not there: correct the link");
                violations.push(file.violation(Some(number + 1), advice));
            }
        }
    }
    violations
}

/// Targets of Markdown links in `line` that are files of ours.
fn links(line: &str) -> Vec<&str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty() && !target.contains(':'))
        .collect()
}

fn resolve(document: &str, target: &str) -> String {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn links_lead_somewhere() {
        let file = SourceFile {
            path: "docs/operating.md".into(),
            text: "[a](../README.md#top) [b](gone.md) [c](https://example.org/)\n".into(),
        };
        let found: String = check(&[file], |path| path == "README.md")
            .iter()
            .map(|violation| format!("{violation}\n"))
            .collect();
        assert_snapshot!(found, @"docs/operating.md:1: links to gone.md, which is not there: correct the link");
    }
}
