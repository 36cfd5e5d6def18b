//! What users say and settle about themselves: the profile, and four small groups of settings.

use serde_json::{Map, Value, json};

use super::{Invalid, account::User, record::normalise_numbers};

/// Longest URL that is kept.
const LONGEST_URL: usize = 2048;

/// Bytes of JSON that an app may keep about where a user is in its introduction.
const LARGEST_ONBOARDING: usize = 16 * 1024;

/// Where a user is in an app's introduction: `status`, and whatever the app adds.
pub const ONBOARDING: &str = "onboarding";

const SOCIAL_LINKS: [&str; 3] = ["github", "twitter", "linkedin"];

/// A group of settings: an object with these fields, always whole when it is shown.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    pub name: &'static str,
    fields: &'static [(&'static str, Rule)],
}

#[derive(Clone, Copy, Debug)]
enum Rule {
    /// At most so many characters, or null.
    Text(usize),
    /// One of these, or null.
    Word(&'static [&'static str]),
    /// Letters, digits, hyphens and underscores, or null.
    Slug(usize),
    /// `true` or `false`, and which of them unless it is set.
    Flag(bool),
}

pub const PREFERENCES: Section = Section {
    name: "preferences",
    fields: &[
        ("locale", Rule::Text(35)),
        ("timezone", Rule::Text(64)),
        ("theme", Rule::Word(&["light", "dark", "system"])),
    ],
};

pub const NOTIFICATIONS: Section = Section {
    name: "notifications",
    fields: &[
        ("service", Rule::Flag(true)),
        ("push", Rule::Flag(true)),
        ("email", Rule::Flag(true)),
        ("securityAlerts", Rule::Flag(true)),
        ("marketing", Rule::Flag(false)),
        ("sms", Rule::Flag(false)),
        // Between 22:00 and 08:00.
        ("nightTime", Rule::Flag(false)),
    ],
};

pub const PUBLIC_SETTINGS: Section =
    Section { name: "publicSettings", fields: &[("slug", Rule::Slug(64)), ("isPublic", Rule::Flag(false))] };

impl Section {
    /// The group with what is not set filled in.
    pub fn show(&self, settings: &Map<String, Value>) -> Map<String, Value> {
        let set = settings.get(self.name).and_then(Value::as_object);
        let field = |(name, rule): &(&str, Rule)| {
            let value = set.and_then(|set| set.get(*name)).cloned();
            ((*name).to_owned(), value.unwrap_or_else(|| rule.unset()))
        };
        self.fields.iter().map(field).collect()
    }

    /// Sets the fields that `changes` names; others are not looked at.
    ///
    /// # Errors
    /// [`Invalid`] for the first value that its field does not take.
    pub fn change(&self, settings: &mut Map<String, Value>, changes: &Map<String, Value>) -> Result<(), Invalid> {
        let mut set = self.show(settings);
        for (name, rule) in self.fields {
            if let Some(value) = changes.get(*name) {
                rule.check(name, value)?;
                set.insert((*name).to_owned(), value.clone());
            }
        }
        settings.insert(self.name.to_owned(), set.into());
        Ok(())
    }
}

impl Rule {
    fn unset(self) -> Value {
        match self {
            Self::Flag(default) => default.into(),
            Self::Text(_) | Self::Word(_) | Self::Slug(_) => Value::Null,
        }
    }

    fn check(self, name: &str, value: &Value) -> Result<(), Invalid> {
        let is_slug = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        let (fits, expected) = match (self, value) {
            (Self::Flag(_), value) => (value.is_boolean(), "true or false".to_owned()),
            (_, Value::Null) => return Ok(()),
            (Self::Text(most), value) => (
                value.as_str().is_some_and(|text| is_text(text, 0, most)),
                format!("a text of at most {most} characters"),
            ),
            (Self::Word(words), value) => {
                (value.as_str().is_some_and(|text| words.contains(&text)), words.join(", ") + " or null")
            }
            (Self::Slug(most), value) => (
                value.as_str().is_some_and(|text| is_text(text, 1, most) && is_slug(text)),
                format!("1 to {most} letters, digits, hyphens and underscores"),
            ),
        };
        if fits { Ok(()) } else { Err(Invalid::new(format!("the value of {name} must be {expected}"))) }
    }
}

/// A text of the profile, what it takes, and that in words.
type TextRule = (&'static str, fn(&str) -> bool, &'static str);

/// Why a profile is not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    #[error("a name has 1 to 100 characters")]
    Name,
    #[error("a nickname has 1 to 50 characters")]
    Nickname,
    #[error(transparent)]
    Field(#[from] Invalid),
}

/// A user with all that their profile says. Apps keep the answer to a change as the user they show.
pub fn show_profile(user: &User, profile: &Map<String, Value>) -> Map<String, Value> {
    let value = |name: &str| profile.get(name).cloned().unwrap_or_default();
    let links = profile.get("socialLinks").and_then(Value::as_object);
    let link = |name: &str| links.and_then(|links| links.get(name)).cloned().unwrap_or_default();
    let mut shown = match serde_json::to_value(user) {
        Ok(Value::Object(user)) => user,
        _ => Map::new(),
    };
    shown.insert("mobile".into(), value("mobile"));
    shown.insert("gender".into(), value("gender"));
    shown.insert("bio".into(), value("bio"));
    shown.insert("socialLinks".into(), SOCIAL_LINKS.map(|name| (name.to_owned(), link(name))).into_iter().collect());
    shown
}

/// Sets what `changes` names; `null` clears. Apps send users back as they got them, so what cannot
/// be changed here is passed over.
///
/// # Errors
/// [`ProfileError`] for the first value that its field does not take.
pub fn change_profile(
    user: &mut User,
    profile: &mut Map<String, Value>,
    changes: &Map<String, Value>,
) -> Result<(), ProfileError> {
    if let Some(name) = changes.get("name") {
        user.name = name.as_str().and_then(parse_name).ok_or(ProfileError::Name)?;
    }
    match changes.get("nickname") {
        None => {}
        Some(Value::Null) => user.nickname = None,
        Some(nickname) => {
            let text = nickname.as_str().map(str::trim).filter(|text| is_text(text, 1, 50));
            user.nickname = Some(text.ok_or(ProfileError::Nickname)?.to_owned());
        }
    }
    match changes.get("image") {
        None => {}
        Some(Value::Null) => user.image = None,
        Some(image) => user.image = Some(url("image", image)?),
    }
    let rules: [TextRule; 3] = [
        ("mobile", is_e164, "a number in international form, like +821012345678"),
        ("gender", |text| ["none", "male", "female", "etc"].contains(&text), "none, male, female or etc"),
        ("bio", |text| text.chars().count() <= 500, "a text of at most 500 characters"),
    ];
    for (name, fits, expected) in rules {
        if let Some(value) = changes.get(name) {
            if !value.is_null() && !value.as_str().is_some_and(fits) {
                return Err(Invalid::new(format!("the value of {name} must be {expected}")).into());
            }
            profile.insert(name.to_owned(), value.clone());
        }
    }
    match changes.get("socialLinks") {
        None => {}
        Some(Value::Null) => drop(profile.remove("socialLinks")),
        Some(Value::Object(links)) => change_links(profile, links)?,
        Some(_) => return Err(Invalid::new("the value of socialLinks must be an object of URLs").into()),
    }
    Ok(())
}

fn change_links(profile: &mut Map<String, Value>, changes: &Map<String, Value>) -> Result<(), Invalid> {
    let mut links = profile.get("socialLinks").and_then(Value::as_object).cloned().unwrap_or_default();
    for name in SOCIAL_LINKS {
        match changes.get(name) {
            None => {}
            Some(Value::Null) => drop(links.remove(name)),
            Some(value) => drop(links.insert(name.to_owned(), url(name, value)?.into())),
        }
    }
    profile.insert("socialLinks".to_owned(), links.into());
    Ok(())
}

/// Where the user is in the app's introduction, the status first.
pub fn show_onboarding(user: &User, settings: &Map<String, Value>) -> Map<String, Value> {
    let mut shown = Map::from_iter([("status".to_owned(), json!(user.onboarding_status))]);
    let rest = settings.get(ONBOARDING).and_then(Value::as_object);
    shown.extend(rest.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
    shown
}

/// Merges what an app keeps about its introduction; a key that is set to null goes.
///
/// # Errors
/// [`Invalid`] when the status is not a word, or all of it is too much.
pub fn change_onboarding(
    user: &mut User,
    settings: &mut Map<String, Value>,
    changes: &Map<String, Value>,
) -> Result<(), Invalid> {
    if let Some(status) = changes.get("status") {
        let text = status.as_str().filter(|text| is_text(text, 1, 64));
        let text = text.ok_or_else(|| Invalid::new("the value of status must be a text of 1 to 64 characters"))?;
        text.clone_into(&mut user.onboarding_status);
    }
    let mut kept = settings.get(ONBOARDING).and_then(Value::as_object).cloned().unwrap_or_default();
    for (name, value) in changes.iter().filter(|(name, _)| *name != "status") {
        match value {
            Value::Null => drop(kept.shift_remove(name)),
            value => {
                let mut value = value.clone();
                normalise_numbers(&mut value);
                kept.insert(name.clone(), value);
            }
        }
    }
    let kept = Value::Object(kept);
    if kept.to_string().len() > LARGEST_ONBOARDING {
        return Err(Invalid::new(format!("onboarding holds at most {} KiB", LARGEST_ONBOARDING >> 10)));
    }
    settings.insert(ONBOARDING.to_owned(), kept);
    Ok(())
}

/// A name as it is kept: trimmed, 1 to 100 characters.
pub fn parse_name(text: &str) -> Option<String> {
    Some(text.trim()).filter(|name| is_text(name, 1, 100)).map(str::to_owned)
}

fn url(name: &str, value: &Value) -> Result<String, Invalid> {
    let text = value.as_str().filter(|text| is_text(text, 1, LONGEST_URL));
    text.map(str::to_owned)
        .ok_or_else(|| Invalid::new(format!("the value of {name} must be a URL of at most {LONGEST_URL} characters")))
}

fn is_text(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn is_e164(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (2..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> User {
        User { email: "ann@example.com".into(), name: "Ann".into(), ..User::sample("u1") }
    }

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    fn changed(changes: &Value) -> Result<Value, ProfileError> {
        let (mut user, mut profile) = (user(), Map::new());
        change_profile(&mut user, &mut profile, &object(changes))?;
        Ok(show_profile(&user, &profile).into())
    }

    #[test]
    fn a_profile_takes_what_fits_and_nothing_else() {
        for good in [
            json!({"name": " Ann "}),
            json!({"nickname": "a"}),
            json!({"mobile": "+821012345678"}),
            json!({"gender": "etc"}),
            json!({"bio": "x".repeat(500)}),
            json!({"socialLinks": {"github": "https://x"}}),
            json!({"image": "http://127.0.0.1:4600/objects/1"}),
            json!({"email": "ignored", "unknown": 1}),
        ] {
            assert!(changed(&good).is_ok(), "{good}");
        }
        for bad in [
            json!({"name": null}),
            json!({"name": " "}),
            json!({"name": "x".repeat(101)}),
            json!({"nickname": ""}),
            json!({"nickname": "x".repeat(51)}),
            json!({"mobile": "01012345678"}),
            json!({"mobile": "+1234567890123456"}),
            json!({"gender": "other"}),
            json!({"bio": "x".repeat(501)}),
            json!({"bio": 5}),
            json!({"image": ""}),
            json!({"socialLinks": []}),
            json!({"socialLinks": {"github": 1}}),
        ] {
            assert!(changed(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn null_clears_and_what_is_not_named_stays() {
        let (mut user, mut profile) = (user(), Map::new());
        let first = json!({"nickname": "a", "bio": "b", "image": "i", "socialLinks": {"github": "g", "twitter": "t"}});
        change_profile(&mut user, &mut profile, &object(&first)).expect("valid");
        let second = json!({"nickname": null, "image": null, "socialLinks": {"github": null}});
        change_profile(&mut user, &mut profile, &object(&second)).expect("valid");
        let shown = show_profile(&user, &profile);
        assert_eq!((&shown["nickname"], &shown["image"], &shown["bio"]), (&Value::Null, &Value::Null, &json!("b")));
        assert_eq!(shown["socialLinks"], json!({"github": null, "twitter": "t", "linkedin": null}));
    }

    #[test]
    fn settings_are_whole_from_the_start() {
        let none = Map::new();
        assert_eq!(Value::from(PREFERENCES.show(&none)), json!({"locale": null, "timezone": null, "theme": null}));
        assert_eq!(Value::from(PUBLIC_SETTINGS.show(&none)), json!({"slug": null, "isPublic": false}));
        assert_eq!(
            Value::from(NOTIFICATIONS.show(&none)),
            json!({"service": true, "push": true, "email": true, "securityAlerts": true, "marketing": false,
                   "sms": false, "nightTime": false})
        );
    }

    #[test]
    fn a_setting_takes_values_of_its_kind() {
        for (section, changes, fits) in [
            (PREFERENCES, json!({"theme": "dark", "locale": "ko-KR"}), true),
            (PREFERENCES, json!({"theme": "blue"}), false),
            (PREFERENCES, json!({"timezone": 9}), false),
            (NOTIFICATIONS, json!({"sms": true}), true),
            (NOTIFICATIONS, json!({"sms": null}), false),
            (PUBLIC_SETTINGS, json!({"slug": "ann-1", "isPublic": true}), true),
            (PUBLIC_SETTINGS, json!({"slug": "a/b"}), false),
        ] {
            let mut settings = Map::new();
            assert_eq!(section.change(&mut settings, &object(&changes)).is_ok(), fits, "{changes}");
        }
    }

    #[test]
    fn onboarding_keeps_what_the_app_adds_within_a_bound() {
        let (mut user, mut settings) = (user(), Map::new());
        let body = object(&json!({"status": "completed", "step": 3.0, "tips": ["a"]}));
        change_onboarding(&mut user, &mut settings, &body).expect("valid");
        change_onboarding(&mut user, &mut settings, &object(&json!({"tips": null}))).expect("valid");
        assert_eq!(Value::from(show_onboarding(&user, &settings)), json!({"status": "completed", "step": 3}));
        assert_eq!(user.onboarding_status, "completed");
        assert!(change_onboarding(&mut user, &mut settings, &object(&json!({"status": 1}))).is_err());
        let large = object(&json!({"x": "x".repeat(LARGEST_ONBOARDING)}));
        assert!(change_onboarding(&mut user, &mut settings, &large).is_err());
    }
}
