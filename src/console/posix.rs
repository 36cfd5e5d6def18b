//! Text for whoever pastes it into a shell.

/// As one word of a POSIX shell, whatever is in it.
pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '=');
    let is_plain = !text.is_empty() && text.chars().all(plain);
    if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_the_text_as_one_word() {
        assert_eq!(word("sortBy=views"), "sortBy=views");
        assert_eq!(word(r#"andFilters={"a":"it's $HOME"}"#), r#"'andFilters={"a":"it'\''s $HOME"}'"#);
        assert_eq!(word(""), "''");
    }
}
