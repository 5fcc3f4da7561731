//! Rules for Rust files: length, head, words that do not belong.

use std::collections::BTreeSet;

use regex::Regex;

use super::{SourceFile, Violation, mask};

/// Longest file; beyond it a reader loses the thread.
const LINES_MAX: usize = 500;

/// Crates without I/O, clock, tasks and threads. The shell gives them time, bytes and ids.
const CORES: [&str; 5] =
    ["plenary-model", "plenary-stage", "plenary-hls", "plenary-show", "plenary-audience"];

/// What a core may not know, and where it comes from instead.
const WORDS_OF_THE_SHELL: [(&str, &str); 10] = [
    (r"\bInstant::now\b", "time is an argument of the core"),
    (r"\bSystemTime\b", "time is an argument of the core"),
    (r"\.elapsed\(\)", "subtract from the `now` that the core was given"),
    (
        r"\b(Udp|Unix)(Socket|Datagram|Stream|Listener)\b|\bTcp(Stream|Listener)\b",
        "sockets belong to plenary-server",
    ),
    (r"\btokio\b", "tasks belong to plenary-server"),
    (r"\bthread::|\bstd::thread\b", "threads belong to plenary-server"),
    (r"\bstd::fs\b|\bFile::(open|create)\b", "files belong to plenary-store"),
    (r"\bstd::process\b|\bstd::env\b", "processes and their environment belong to plenary-server"),
    (r"\bprintln!|\beprintln!", "return an output, or trace it"),
    (
        r"\bUuid::(now_v7|new_v4)\b|\brand::",
        "ids and random numbers are minted by the shell and handed in",
    ),
];

/// What no file may hold outside tests.
const UNFINISHED: [(&str, &str); 4] = [
    (r"\btodo!", "finish it, or return an error that says what is not possible"),
    (r"\bunimplemented!", "finish it, or return an error that says what is not possible"),
    (r"\bdbg!", "use tracing"),
    (r"\.unwrap\(\)", "return the error, or `expect` the belief that makes it impossible"),
];

/// A comment with this on the line before a walk over a hash map says why no order shows.
const ORDER_REASON: &str = "order does not show:";

/// Every violation in the Rust files among `files`.
pub fn check(files: &[SourceFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    let rust: Vec<Masked> =
        files.iter().filter(|f| f.path.ends_with(".rs")).map(Masked::new).collect();
    let test_files: BTreeSet<String> = rust.iter().flat_map(Masked::test_files).collect();
    let rules = Rules::new();
    for masked in &rust {
        violations.extend(head_and_length(masked.file));
        if !is_test(&masked.file.path, &test_files) {
            rules.check(masked, &mut violations);
        }
    }
    violations
}

/// A file with its code alone beside it.
struct Masked<'a> {
    file: &'a SourceFile,
    code: String,
}

impl<'a> Masked<'a> {
    fn new(file: &'a SourceFile) -> Self {
        Self { file, code: mask::code_only(&file.text) }
    }

    /// Places where the modules that this file declares for tests can be.
    fn test_files(&self) -> Vec<String> {
        let stem = self.file.path.trim_end_matches(".rs");
        let folder = match stem.rsplit_once('/') {
            Some((folder, "lib" | "main" | "mod")) => folder,
            _ => stem,
        };
        let names = mask::test_modules(&self.code);
        names.iter().map(|name| format!("{folder}/{name}")).collect()
    }
}

fn is_test(path: &str, test_files: &BTreeSet<String>) -> bool {
    let in_folder = path.split('/').any(|part| matches!(part, "tests" | "benches" | "fuzz"));
    in_folder
        || path.ends_with("/tests.rs")
        || path.ends_with("_tests.rs")
        || test_files.iter().any(|module| {
            path.strip_prefix(module.as_str())
                .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        })
}

fn head_and_length(file: &SourceFile) -> Vec<Violation> {
    let split = "split it where a reader would draw the line";
    let mut violations: Vec<Violation> = file.longer_than(LINES_MAX, split).into_iter().collect();
    let head = file.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if !head.starts_with("//!") {
        let advice = "begin the file with `//!` and one sentence that says what it is for";
        violations.push(file.violation(Some(1), advice));
    }
    violations
}

struct Rules {
    shell: Vec<(Regex, &'static str)>,
    unfinished: Vec<(Regex, &'static str)>,
    hash_name: Regex,
}

impl Rules {
    fn new() -> Self {
        let compile = |table: &[(&str, &'static str)]| -> Vec<(Regex, &'static str)> {
            table.iter().map(|(pattern, advice)| (regex(pattern), *advice)).collect()
        };
        Self {
            shell: compile(&WORDS_OF_THE_SHELL),
            unfinished: compile(&UNFINISHED),
            hash_name: regex(
                r"\b(\w+)\s*(?::\s*&?(?:mut\s+)?|=\s*)(?:std::collections::)?Hash(?:Map|Set)\b",
            ),
        }
    }

    fn check(&self, masked: &Masked<'_>, violations: &mut Vec<Violation>) {
        let code = mask::without_tests(&masked.code);
        words(masked.file, &code, &self.unfinished, "", violations);
        if CORES.iter().any(|name| masked.file.path.contains(&format!("{name}/src/"))) {
            words(masked.file, &code, &self.shell, "not in a core: ", violations);
            self.hash_walks(masked.file, &code, violations);
        }
    }

    fn hash_walks(&self, file: &SourceFile, code: &str, violations: &mut Vec<Violation>) {
        let names: BTreeSet<&str> = self
            .hash_name
            .captures_iter(code)
            .filter_map(|found| found.get(1))
            .map(|name| name.as_str())
            .collect();
        for name in names {
            let walk = regex(&format!(
                r"\b{name}\s*\.\s*(iter|iter_mut|keys|values|values_mut|into_iter|into_keys|into_values|drain)\s*\(|\bin\s+&?(mut\s+)?(\w+\.)*{name}\s*\{{"
            ));
            for found in walk.find_iter(code) {
                let line = line_of(code, found.start());
                let before = file.text.lines().nth(line.wrapping_sub(2)).unwrap_or_default();
                if !before.contains(ORDER_REASON) {
                    let advice = format!(
                        "walks over the hash map `{name}`, whose order changes from run to run: \
                         use a BTreeMap or a Vec (or `// {ORDER_REASON} …` on the line before)"
                    );
                    violations.push(file.violation(Some(line), advice));
                }
            }
        }
    }
}

fn words(
    file: &SourceFile,
    code: &str,
    table: &[(Regex, &str)],
    prefix: &str,
    violations: &mut Vec<Violation>,
) {
    for (word, advice) in table {
        for found in word.find_iter(code) {
            let line = line_of(code, found.start());
            let advice = format!("{prefix}`{}`: {advice}", found.as_str());
            violations.push(file.violation(Some(line), advice));
        }
    }
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text[..at].matches('\n').count()
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns of tidy are well formed")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn found(files: &[(&str, &str)]) -> String {
        let files: Vec<SourceFile> = files
            .iter()
            .map(|(path, text)| SourceFile { path: (*path).into(), text: (*text).into() })
            .collect();
        check(&files).iter().map(|violation| format!("{violation}\n")).collect()
    }

    #[test]
    fn a_core_may_not_know_the_clock() {
        let text =
            "//! Stage.\n// Instant::now() in a comment is fine.\nfn f() { g(Instant::now()) }\n";
        assert_snapshot!(found(&[("crates/plenary-stage/src/lib.rs", text)]), @"crates/plenary-stage/src/lib.rs:3: not in a core: `Instant::now`: time is an argument of the core");
        assert_snapshot!(found(&[("crates/plenary-server/src/clock.rs", text)]), @"");
    }

    #[test]
    fn unwrap_is_for_tests_only() {
        let text = "//! A.\nfn f() { g().unwrap() }\n#[cfg(test)]\nmod tests { fn h() { g().unwrap() } }\n";
        assert_snapshot!(found(&[("crates/plenary-server/src/a.rs", text)]), @"crates/plenary-server/src/a.rs:2: `.unwrap()`: return the error, or `expect` the belief that makes it impossible");
        assert_snapshot!(found(&[("crates/plenary-server/tests/a.rs", text)]), @"");
    }

    #[test]
    fn modules_declared_for_tests_count_as_tests() {
        assert_snapshot!(found(&[
            ("crates/plenary-hls/src/window.rs", "//! A.\n#[cfg(test)]\nmod script;\n"),
            ("crates/plenary-hls/src/window/script.rs", "//! B.\nfn f() { g().unwrap() }\n"),
        ]), @"");
    }

    #[test]
    fn walking_over_a_hash_map_needs_a_reason() {
        let text = "//! A.\nstruct S { seats: HashMap<u8, u8> }\nfn f(s: &S) { for x in s.seats.values() {} }\n\
                    // order does not show: a sum.\nfn g(s: &S) { s.seats.values().sum() }\n";
        assert_snapshot!(found(&[("crates/plenary-stage/src/a.rs", text)]), @"crates/plenary-stage/src/a.rs:3: walks over the hash map `seats`, whose order changes from run to run: use a BTreeMap or a Vec (or `// order does not show: …` on the line before)");
    }

    #[test]
    fn files_are_short_and_say_what_they_are_for() {
        let long = format!("fn f() {{\n{}}}\n", "    g();\n".repeat(500));
        assert_snapshot!(found(&[("xtask/src/a.rs", &long)]), @r"
        xtask/src/a.rs: 502 lines, at most 500: split it where a reader would draw the line
        xtask/src/a.rs:1: begin the file with `//!` and one sentence that says what it is for
        ");
    }
}
