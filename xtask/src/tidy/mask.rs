//! Blanks out what is not code: comments and literals, and on request everything under
//! `#[cfg(test)]`. Line numbers and columns stay as they are.

/// `source` with the insides of comments, strings and character literals replaced by blanks.
pub fn code_only(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = literal_length(rest, out.chars().next_back());
        if length == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            blank(&rest[..length], &mut out);
            rest = &rest[length..];
        }
    }
    out
}

/// Masked code without the items that stand behind `#[cfg(test)]`.
pub fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        out.push_str(&rest[..at]);
        let item = &rest[at..];
        let end = MARK.len() + item_length(&item[MARK.len()..]);
        blank(&item[..end], &mut out);
        rest = &item[end..];
    }
    out.push_str(rest);
    out
}

/// Names of the modules that masked code declares as `#[cfg(test)] mod name;`.
pub fn test_modules(code: &str) -> Vec<String> {
    code.split("#[cfg(test)]")
        .skip(1)
        .filter_map(|after| {
            let name = after.trim_start().strip_prefix("mod ")?.split(';').next()?.trim();
            name.chars().all(|c| c.is_alphanumeric() || c == '_').then(|| name.to_owned())
        })
        .collect()
}

fn blank(text: &str, out: &mut String) {
    out.extend(text.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
}

/// Bytes of the comment or literal at the head of `text`; 0 when there is none.
fn literal_length(text: &str, before: Option<char>) -> usize {
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return block_comment_length(text);
    }
    if let Some(inside) = text.strip_prefix('"') {
        return 1 + closing_quote(inside, '"');
    }
    if text.starts_with('\'') {
        return character_length(text);
    }
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if in_word { 0 } else { raw_string_length(text) }
}

fn block_comment_length(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// Bytes up to and with the closing quote.
fn closing_quote(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if !escaped && c == quote {
            return at + c.len_utf8();
        }
        escaped = !escaped && c == '\\';
    }
    text.len()
}

/// A character literal; a lifetime has no closing quote and counts as code.
fn character_length(text: &str) -> usize {
    let mut inside = text[1..].chars();
    match (inside.next(), inside.next()) {
        (Some('\\'), _) => 1 + closing_quote(&text[1..], '\''),
        (Some(c), Some('\'')) if c != '\'' => 2 + c.len_utf8(),
        _ => 0,
    }
}

/// `r"…"`, `r#"…"#`, and the same behind `b` or `c`.
fn raw_string_length(text: &str) -> usize {
    let head = text.trim_start_matches(['b', 'c']);
    let Some(after) = head.strip_prefix('r') else { return 0 };
    let hashes = after.len() - after.trim_start_matches('#').len();
    let Some(inside) = after[hashes..].strip_prefix('"') else { return 0 };
    let closing = format!("\"{}", "#".repeat(hashes));
    let start = text.len() - inside.len();
    inside.find(&closing).map_or(text.len(), |at| start + at + closing.len())
}

/// Bytes of the item at the head of masked code: up to its `;` or its closing brace.
fn item_length(code: &str) -> usize {
    let mut braces = 0_usize;
    let mut brackets = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            ';' if braces == 0 && brackets == 0 => return at + 1,
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets = brackets.saturating_sub(1),
            '{' => braces += 1,
            '}' => {
                braces = braces.saturating_sub(1);
                if braces == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn marked(source: &str) -> String {
        code_only(source).replace(' ', "·")
    }

    #[test]
    fn comments_and_literals_are_blank_and_lifetimes_stay() {
        assert_snapshot!(marked("a // b\nc \"d\\\" e\" f 'g' &'h i"), @r"
        a·····
        c·········f·····&'h·i
        ");
        assert_snapshot!(marked("a r#\"b \" c\"# d /* e /* f */ g */ h '\\'' i"), @"a············d···················h······i");
        assert_snapshot!(marked("for \"x\" in bar"), @"for·····in·bar");
    }

    #[test]
    fn an_item_for_tests_is_blank_and_the_code_behind_it_stays() {
        let code = "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() { c() }\n}\nfn d() {}\n";
        assert_snapshot!(without_tests(code).replace(' ', ""), @r"
        fna(){}




        fnd(){}
        ");
    }

    #[test]
    fn modules_for_tests_are_found() {
        assert_eq!(
            test_modules("#[cfg(test)]\nmod script;\n#[cfg(test)] mod tests { }"),
            ["script"]
        );
    }
}
