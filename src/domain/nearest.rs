//! The name that was probably meant.

use std::cmp::Reverse;

/// The nearest of `names` to what was written, if it is near enough to be meant.
///
/// The order of the words does not count: `create-environment` is `environment-create`. Where
/// nothing is a slip away, a name whose words were all written, or that has all of those that
/// were, is nearer than one with similar letters: `environment-unlock` is `unlock`.
pub fn nearest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = words(written);
    let letters: Vec<char> = wanted.join("-").chars().collect();
    // A third of the letters may be wrong, and in a short name two.
    let most = (letters.len() / 3).max(2);
    let ranked = names.into_iter().filter_map(|name| {
        let words = words(name);
        let shared = words.iter().filter(|word| wanted.contains(word)).count();
        let contained = shared > 0 && shared == words.len().min(wanted.len());
        let distance = distance(&letters, &words.join("-").chars().collect::<Vec<_>>());
        let is_slip = distance <= SLIP;
        let shared = if contained { shared } else { 0 };
        (is_slip || contained || distance <= most).then_some((Reverse(is_slip), Reverse(shared), distance, name))
    });
    ranked.min().map(|(.., name)| name)
}

/// Letters that a slip of the hand gets wrong.
const SLIP: usize = 2;

/// The words of a name, in an order of their own.
fn words(name: &str) -> Vec<String> {
    let lower = name.to_lowercase();
    let mut words: Vec<_> = lower.split(['-', '_', ' ']).map(str::to_owned).collect();
    words.sort_unstable();
    words
}

/// How many letters have to be changed, added or left out (Levenshtein).
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_common_come_before_letters_in_common() {
        let names = [
            "environment-next",
            "environments-verify-all",
            "unlock",
            "lock",
            "filter",
            "files-filter",
            "environment-copy",
        ];
        for (written, meant) in [
            ("environment-unlock", Some("unlock")),
            ("verify-all", Some("environments-verify-all")),
            ("filter-files", Some("files-filter")),
            ("filter-rows", Some("filter")),
            ("environment-nexr", Some("environment-next")),
            ("palette", None),
        ] {
            assert_eq!(nearest(written, names), meant, "{written}");
        }
    }

    #[test]
    fn a_slip_is_recognised_and_a_word_of_its_own_is_not() {
        let names = ["environment-create", "environment-copy", "theme", "table-create"];
        for (written, meant) in [
            ("enviroment-create", Some("environment-create")),
            ("create-environment", Some("environment-create")),
            ("them", Some("theme")),
            ("tabel_create", Some("table-create")),
            ("frobnicate", None),
        ] {
            assert_eq!(nearest(written, names), meant, "{written}");
        }
    }
}
