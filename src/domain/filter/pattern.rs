//! Regular expressions that one request can afford.

use regex::{Regex, RegexBuilder};

use crate::domain::Invalid;

const MAX_PATTERN: usize = 512;
/// Bytes that a compiled pattern may take; a few characters can ask for them.
pub(super) const PATTERN_SIZE: usize = 1 << 20;
/// Bytes past which a pattern is one of few in a filter. Words and names take far less.
const LARGE_PATTERN: usize = 64 << 10;

/// A checked regular expression; its text carries the options as inline flags.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
    pub(super) is_large: bool,
}

impl Pattern {
    pub(super) fn new(pattern: &str, options: &str) -> Result<Self, Invalid> {
        if pattern.chars().count() > MAX_PATTERN {
            return Err(Invalid::new(format!("a $regex has at most {MAX_PATTERN} characters")));
        }
        if let Some(other) = options.chars().find(|c| !"imsx".contains(*c)) {
            return Err(Invalid::new(format!("$options knows i, m, s and x, not {other:?}")));
        }
        let text = if options.is_empty() { pattern.to_owned() } else { format!("(?{options}){pattern}") };
        let (compiled, is_large) = match compile_within(&text, LARGE_PATTERN) {
            Err(regex::Error::CompiledTooBig(_)) => (compile(&text), true),
            other => (other, false),
        };
        match compiled {
            Ok(regex) => Ok(Self { regex, is_large }),
            Err(regex::Error::CompiledTooBig(_)) => {
                Err(Invalid::new(format!("$regex: {pattern:?} takes too much memory: repeat less in it")))
            }
            Err(_) => Err(Invalid::new(format!("$regex: {pattern:?} is not a regular expression"))),
        }
    }

    /// What contains `text`, whatever the case of its letters.
    pub(super) fn containing(text: &str) -> Result<Self, Invalid> {
        if text.chars().count() > MAX_PATTERN {
            return Err(Invalid::new(format!("a search has at most {MAX_PATTERN} characters")));
        }
        let pattern = format!("(?i){}", regex::escape(text));
        let regex =
            compile(&pattern).map_err(|_| Invalid::new("a search like this takes too much memory: shorten it"))?;
        Ok(Self { regex, is_large: false })
    }

    pub fn as_str(&self) -> &str {
        self.regex.as_str()
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

/// Compiles a pattern within the memory that one request may take.
///
/// # Errors
/// When the pattern is malformed, or would grow past the bound.
pub fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    compile_within(pattern, PATTERN_SIZE)
}

fn compile_within(pattern: &str, size: usize) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(size).dfa_size_limit(PATTERN_SIZE).build()
}
