//! Text that people type and others read on air: one clean line without tricks.

/// One line out of what was typed: control characters and line ends become single spaces,
/// characters that reorder or hide text (bidirectional controls, zero-width spaces) are dropped,
/// ends are trimmed. Joiners (U+200C, U+200D) stay: scripts and emoji need them.
pub fn clean_line(typed: &str) -> String {
    let mut line = String::with_capacity(typed.len());
    let mut gap = false;
    for c in typed.chars().filter(|c| !reorders_or_hides(*c)) {
        if c.is_whitespace() || c.is_control() {
            gap = true;
            continue;
        }
        if gap && !line.is_empty() {
            line.push(' ');
        }
        gap = false;
        line.push(c);
    }
    line
}

const fn reorders_or_hides(c: char) -> bool {
    matches!(
        c,
        '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tricks_go_and_scripts_stay() {
        assert_eq!(clean_line("  李\t 雨晴\n"), "李 雨晴");
        assert_eq!(clean_line("abc\u{202E}cba\u{0007}x"), "abccba x");
        assert_eq!(clean_line("می\u{200C}خواهم"), "می\u{200C}خواهم");
        assert_eq!(clean_line("\u{FEFF}\u{200B} \u{2028}"), "");
    }
}
