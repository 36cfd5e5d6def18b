//! What is wrong in a file that a person wrote.

use std::fmt;

/// Something wrong in such a file. The entry it is about counts as not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// As a person knows it: the folder is known.
    pub file: String,
    pub line: usize,
    /// What is wrong, and what would be right.
    pub text: String,
}

/// As compilers say it, so that editors find the line.
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_names_its_file_and_line() {
        let mistake = Mistake { file: "themes/mine.toml".into(), line: 2, text: "acent is no role of a theme".into() };
        assert_eq!(mistake.to_string(), "themes/mine.toml:2: acent is no role of a theme");
    }
}
