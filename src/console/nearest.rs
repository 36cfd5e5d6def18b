//! The name that was probably meant.

/// The nearest of `names` to what was written, if it is near enough to be meant.
///
/// The order of the words does not count: `create-environment` is `environment-create`.
pub fn nearest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = sorted(written);
    // A third of the letters may be wrong, and in a short name two.
    let most = (wanted.len() / 3).max(2);
    names
        .into_iter()
        .map(|name| (distance(&wanted, &sorted(name)), name))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, name)| name)
}

fn sorted(name: &str) -> Vec<char> {
    let lower = name.to_lowercase();
    let mut words: Vec<_> = lower.split(['-', '_', ' ']).collect();
    words.sort_unstable();
    words.join("-").chars().collect()
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
