//! What is sought among the users: words, and `role:admin`.

use crate::domain::account::Role;

const ROLE: &str = "role:";

/// The typed filter as the server is asked for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// Part of a name, a nickname or an address.
    pub text: Option<String>,
    pub role: Option<Role>,
    /// What of it means nothing.
    pub problem: Option<&'static str>,
}

impl Sought {
    pub fn of(filter: &str) -> Self {
        let mut sought = Self::default();
        let mut words = Vec::new();
        for word in filter.split_whitespace() {
            match word.strip_prefix(ROLE) {
                // Its value is still to be typed.
                Some("") => {}
                Some(role) => {
                    sought.role = Role::ALL.into_iter().find(|known| known.as_str().starts_with(role));
                    if sought.role.is_none() {
                        sought.problem = Some("no role: admin, user, guest");
                    }
                }
                None => words.push(word),
            }
        }
        if !words.is_empty() {
            sought.text = Some(words.join(" "));
        }
        sought
    }
}

/// The filter with another role, or with none.
pub fn with_role(filter: &str, role: Option<Role>) -> String {
    let words = filter.split_whitespace().filter(|word| !word.starts_with(ROLE)).map(str::to_owned);
    words.chain(role.map(|role| format!("{ROLE}{role}"))).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sought_and_a_role_is_a_word_of_its_own() {
        let sought = Sought::of("ann  role:a lee");
        assert_eq!(sought, Sought { text: Some("ann lee".into()), role: Some(Role::Admin), problem: None });
        assert_eq!(Sought::of(" role: "), Sought::default());
        assert!(Sought::of("role:king").problem.is_some());
    }

    #[test]
    fn a_chosen_role_takes_the_place_of_the_one_before() {
        assert_eq!(with_role("role:user ann", Some(Role::Guest)), "ann role:guest");
        assert_eq!(with_role("ann role:guest", None), "ann");
    }
}
