//! Rules for the pages: short components, no framework below `ui`, the same texts in every language.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{SourceFile, Violation};

/// Longest component, its style sheet not counted.
const COMPONENT_LINES_MAX: usize = 150;
/// Longest TypeScript file.
const SCRIPT_LINES_MAX: usize = 500;

/// Every text of one language by its dotted key, with the `{places}` that are filled in.
type Texts = BTreeMap<String, BTreeSet<String>>;

/// Every violation in the pages among `files`.
pub fn check(files: &[SourceFile]) -> Vec<Violation> {
    let ours: Vec<&SourceFile> = files
        .iter()
        .filter(|file| file.path.starts_with("web/") && !file.path.contains(".gen."))
        .collect();
    let mut violations: Vec<Violation> = ours.iter().flat_map(|file| one_file(file)).collect();
    violations.extend(locales(&ours));
    violations
}

fn one_file(file: &SourceFile) -> Vec<Violation> {
    let mut violations = Vec::new();
    if file.path.ends_with(".svelte") {
        let lines = component_lines(&file.text);
        if COMPONENT_LINES_MAX < lines {
            let advice = format!(
                "{lines} lines without its style, at most {COMPONENT_LINES_MAX}: move a part into a \
                 component of its own, logic into packages/client"
            );
            violations.push(file.violation(None, advice));
        }
    }
    if file.path.ends_with(".ts") {
        violations.extend(file.longer_than(SCRIPT_LINES_MAX, "split it where a reader would"));
        violations.extend(framework_below_ui(file));
    }
    if file.path.starts_with("web/apps/") {
        violations.extend(requests_in_apps(file));
    }
    violations
}

fn component_lines(text: &str) -> usize {
    let mut in_style = false;
    let mut lines = 0;
    for line in text.lines() {
        in_style |= line.starts_with("<style");
        lines += usize::from(!in_style);
        in_style &= !line.starts_with("</style>");
    }
    lines
}

fn framework_below_ui(file: &SourceFile) -> Option<Violation> {
    let below = ["web/packages/api/", "web/packages/client/"];
    if !below.iter().any(|folder| file.path.starts_with(folder)) {
        return None;
    }
    let line = file.text.lines().position(|line| {
        line.contains("from \"svelte") || line.contains("from 'svelte") || line.contains("$state")
    })?;
    Some(file.violation(
        Some(line + 1),
        "Svelte stays in packages/ui and apps: this layer knows no framework",
    ))
}

fn requests_in_apps(file: &SourceFile) -> Option<Violation> {
    let line = file
        .text
        .lines()
        .position(|line| line.contains("fetch(") || line.contains("new WebSocket("))?;
    Some(file.violation(Some(line + 1), "apps do not talk to the server: call packages/client"))
}

fn locales(files: &[&SourceFile]) -> Vec<Violation> {
    let mut folders: BTreeMap<&str, Vec<(&SourceFile, Texts)>> = BTreeMap::new();
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".json")) {
        let Some((folder, _)) = file.path.rsplit_once('/') else { continue };
        if !folder.ends_with("/locales") {
            continue;
        }
        match serde_json::from_str(&file.text) {
            Ok(value) => folders.entry(folder).or_default().push((file, texts(&value))),
            Err(error) => violations.push(file.violation(None, format!("is not JSON: {error}"))),
        }
    }
    for languages in folders.values() {
        for (file, texts) in languages {
            for (other, other_texts) in languages {
                violations.extend(missing(file, texts, &other.path, other_texts));
            }
        }
    }
    violations
}

fn missing(file: &SourceFile, texts: &Texts, other: &str, other_texts: &Texts) -> Vec<Violation> {
    other_texts
        .iter()
        .filter_map(|(key, places)| match texts.get(key) {
            None => Some(format!("has no \"{key}\", which {other} has: add the text")),
            Some(own) if own != places && file.path.as_str() < other => Some(format!(
                "\"{key}\" fills {own:?} and {other} fills {places:?}: name the same places"
            )),
            Some(_) => None,
        })
        .map(|advice| file.violation(None, advice))
        .collect()
}

fn texts(value: &Value) -> Texts {
    let mut found = BTreeMap::new();
    collect(value, "", &mut found);
    found
}

fn collect(value: &Value, key: &str, found: &mut Texts) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                collect(inner, &key, found);
            }
        }
        Value::String(text) => {
            let places = text
                .split('{')
                .skip(1)
                .filter_map(|rest| rest.split_once('}'))
                .map(|(name, _)| name.to_owned());
            found.insert(key.to_owned(), places.collect());
        }
        _ => {
            found.insert(key.to_owned(), BTreeSet::new());
        }
    }
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
    fn languages_have_the_same_texts() {
        assert_snapshot!(found(&[
            ("web/packages/ui/locales/en.json", r#"{"stage":{"leave":"Leave","on":"{n} on"}}"#),
            ("web/packages/ui/locales/zh.json", r#"{"stage":{"on":"{count} 人","mute":"静音"}}"#),
        ]), @r#"
        web/packages/ui/locales/en.json: has no "stage.mute", which web/packages/ui/locales/zh.json has: add the text
        web/packages/ui/locales/en.json: "stage.on" fills {"n"} and web/packages/ui/locales/zh.json fills {"count"}: name the same places
        web/packages/ui/locales/zh.json: has no "stage.leave", which web/packages/ui/locales/en.json has: add the text
        "#);
    }

    #[test]
    fn components_are_short_and_their_style_is_not_counted() {
        let style = format!("<p>a</p>\n<style>\n{}</style>\n", "  p { }\n".repeat(200));
        let long = "<p>a</p>\n".repeat(151);
        assert_snapshot!(found(&[
            ("web/apps/watch/src/A.svelte", &style),
            ("web/apps/watch/src/B.svelte", &long),
        ]), @"web/apps/watch/src/B.svelte: 151 lines without its style, at most 150: move a part into a component of its own, logic into packages/client");
    }

    #[test]
    fn layers_of_the_pages_keep_apart() {
        assert_snapshot!(found(&[
            ("web/packages/client/src/a.ts", "import { mount } from \"svelte\";\n"),
            ("web/apps/watch/src/a.ts", "\nawait fetch(address);\n"),
        ]), @r"
        web/packages/client/src/a.ts:1: Svelte stays in packages/ui and apps: this layer knows no framework
        web/apps/watch/src/a.ts:2: apps do not talk to the server: call packages/client
        ");
    }
}
