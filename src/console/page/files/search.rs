//! What is sought among the files: words of the name, and `type:image visibility:public owner:…`.

use crate::domain::file::Visibility;

/// In the order of how many may read it.
pub const VISIBILITIES: [Visibility; 4] =
    [Visibility::Public, Visibility::Protected, Visibility::Shared, Visibility::Private];

const TYPE: &str = "type:";
const VISIBILITY: &str = "visibility:";
const OWNER: &str = "owner:";

/// The typed filter as the server is asked for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// Part of the name.
    pub text: Option<String>,
    /// `image/png` or `image/*`.
    pub mime_type: Option<String>,
    pub visibility: Option<Visibility>,
    pub owner: Option<String>,
    /// What of it means nothing.
    pub problem: Option<&'static str>,
}

impl Sought {
    pub fn of(filter: &str) -> Self {
        let mut sought = Self::default();
        let mut words = Vec::new();
        for word in filter.split_whitespace() {
            if let Some(kind) = word.strip_prefix(TYPE) {
                sought.mime_type =
                    (!kind.is_empty()).then(|| if kind.contains('/') { kind.to_owned() } else { format!("{kind}/*") });
            } else if let Some(text) = word.strip_prefix(VISIBILITY).filter(|text| !text.is_empty()) {
                sought.visibility = VISIBILITIES.into_iter().find(|known| known.as_str().starts_with(text));
                if sought.visibility.is_none() {
                    sought.problem = Some("not public, protected, shared or private");
                }
            } else if let Some(owner) = word.strip_prefix(OWNER) {
                sought.owner = (!owner.is_empty()).then(|| owner.to_owned());
            } else if !word.starts_with(VISIBILITY) {
                words.push(word);
            }
        }
        if !words.is_empty() {
            sought.text = Some(words.join(" "));
        }
        sought
    }
}

/// The filter with another condition of the same kind, or with none of it.
pub fn with(filter: &str, kind: &str, value: Option<&str>) -> String {
    let words = filter.split_whitespace().filter(|word| !word.starts_with(kind)).map(str::to_owned);
    words.chain(value.map(|value| format!("{kind}{value}"))).collect::<Vec<_>>().join(" ")
}

/// Conditions to choose from: a kind, a value, and what it lets pass.
pub const CHOICES: [(&str, &str, &str); 10] = [
    (VISIBILITY, "public", "read by anyone"),
    (VISIBILITY, "protected", "read by any signed-in user"),
    (VISIBILITY, "shared", "read by their owner and named users"),
    (VISIBILITY, "private", "read by their owner alone"),
    (TYPE, "image", "pictures"),
    (TYPE, "video", "films"),
    (TYPE, "audio", "sound"),
    (TYPE, "text", "text of any kind"),
    (TYPE, "application/json", "JSON"),
    (TYPE, "application/pdf", "PDF"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_told_from_words_of_the_name() {
        let sought = Sought::of("holiday type:image visibility:pub owner:u1 photo");
        assert_eq!(sought.text.as_deref(), Some("holiday photo"));
        assert_eq!(sought.mime_type.as_deref(), Some("image/*"));
        assert_eq!((sought.visibility, sought.owner.as_deref()), (Some(Visibility::Public), Some("u1")));
        assert_eq!(Sought::of("type: visibility: owner:"), Sought::default());
        assert!(Sought::of("visibility:secret").problem.is_some());
    }

    #[test]
    fn a_chosen_condition_takes_the_place_of_its_kind() {
        assert_eq!(with("a type:image", "type:", Some("video")), "a type:video");
        assert_eq!(with("a type:image", "type:", None), "a");
        for (kind, value, _) in CHOICES {
            assert!(Sought::of(&format!("{kind}{value}")).problem.is_none());
        }
    }
}
