//! A pattern held against texts of any length, with a bound on the work for one of them.
//!
//! A search for a pattern takes time in proportion to the text, but in the worst case to the pattern as well: of those
//! that may be asked for, some would take half an hour for ten megabytes, and nothing can interrupt them. Nearly every
//! pattern is found by an automaton that is built while it runs and looks at each byte once; it gives up where that
//! stops paying. What is left follows every state at every byte, so it is tried where the product of both is small,
//! and not at all where it is not.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use regex_automata::{
    Input,
    hybrid::dfa::{self, DFA},
    nfa::thompson::{
        self, NFA, WhichCaptures,
        pikevm::{self, PikeVM},
    },
};

use super::pattern::PATTERN_SIZE;

/// How often the automaton may throw away what it has built of itself, a megabyte each time, for one text. Each takes
/// some ten milliseconds to fill.
const REBUILDS: usize = 20;

/// States of a pattern times bytes of a text: up to three seconds of work, at ten nanoseconds each.
const LARGEST_PRODUCT: usize = 1 << 28;

/// The pattern would keep a text this long busy for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMuchWork;

pub struct Matcher {
    automaton: DFA,
    /// What to follow state by state where the automaton gives up, and the word boundaries of Unicode.
    states: PikeVM,
    scratch: Mutex<Scratch>,
}

struct Scratch {
    automaton: dfa::Cache,
    /// Few patterns ever need it.
    states: Option<pikevm::Cache>,
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matcher").finish_non_exhaustive()
    }
}

impl Matcher {
    /// # Errors
    /// When the pattern is malformed, or would grow past the bound of its size.
    pub fn new(pattern: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let config = thompson::Config::new().nfa_size_limit(Some(PATTERN_SIZE)).which_captures(WhichCaptures::None);
        let nfa = NFA::compiler().configure(config).build(pattern)?;
        let config = DFA::config()
            .cache_capacity(PATTERN_SIZE)
            .skip_cache_capacity_check(true)
            .minimum_cache_clear_count(Some(REBUILDS))
            .unicode_word_boundary(true);
        let automaton = DFA::builder().configure(config).build_from_nfa(nfa.clone())?;
        let states = PikeVM::new_from_nfa(nfa)?;
        let scratch = Mutex::new(Scratch { automaton: automaton.create_cache(), states: None });
        Ok(Self { automaton, states, scratch })
    }

    /// # Errors
    /// [`TooMuchWork`] for a pattern that would take too long on a text of this length.
    pub fn is_match(&self, text: &str) -> Result<bool, TooMuchWork> {
        let mut scratch = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let Scratch { automaton, states } = &mut *scratch;
        if automaton.clear_count() > 0 {
            // The bound is for each text.
            automaton.reset(&self.automaton);
        }
        let input = Input::new(text).earliest(true);
        if let Ok(found) = self.automaton.try_search_fwd(automaton, &input) {
            return Ok(found.is_some());
        }
        if self.states.get_nfa().states().len().saturating_mul(text.len()) > LARGEST_PRODUCT {
            return Err(TooMuchWork);
        }
        Ok(self.states.is_match(states.get_or_insert_with(|| self.states.create_cache()), input))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where it may have begun is to be known of each of the last three hundred letters.
    const FORKS: &str = "a[ab]{300}c";

    fn letters(count: usize) -> String {
        // No period that an automaton could settle into.
        let mut seed = 1_u32;
        let mut next = || {
            seed = seed.wrapping_mul(1_103_515_245).wrapping_add(12345);
            if seed & 0x10000 == 0 { 'a' } else { 'b' }
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn a_pattern_that_forks_without_end_is_matched_in_a_short_text_and_refused_in_a_long_one() {
        let matcher = Matcher::new(FORKS).expect("a pattern");
        let short = letters(2_000);
        assert_eq!(matcher.is_match(&short), Ok(false));
        assert_eq!(matcher.is_match(&format!("{short}a{}c", letters(300))), Ok(true));
        assert_eq!(matcher.is_match(&letters(1 << 20)), Err(TooMuchWork));
        // Having given up once changes nothing for the next.
        assert_eq!(matcher.is_match(&short), Ok(false));
    }

    #[test]
    fn what_people_seek_is_found_in_a_long_text() {
        let long = "가나 word, ".repeat(20_000) + "ann@example.com";
        for (pattern, found) in [
            (r"(?i)[\w.]+@EXAMPLE\.\w{2,}$", true),
            (r"\bann\b", true),
            (r"\bword,\b", false),
            ("나 word, 가.*나", true),
            ("(?s)^가.*com$", true),
            ("z|y", false),
        ] {
            assert_eq!(Matcher::new(pattern).expect("a pattern").is_match(&long), Ok(found), "{pattern}");
        }
    }
}
