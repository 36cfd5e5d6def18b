//! Who uses the sample's apps.

use bkend_console::{
    domain::{EnvironmentId, Timestamp, import::users::ImportUsers},
    platform::{
        Error, Platform,
        accounts::{Device, SignIn, SignUp},
    },
};
use serde_json::{Map, Value, json};

use crate::sample::NOW;

const MILLIS_PER_DAY: i64 = 86_400_000;

/// Name, role, and how many days ago they came.
const PEOPLE: [(&str, &str, i64); 12] = [
    ("Ada Byrne", "admin", 40),
    ("Jun Park", "user", 38),
    ("María López", "user", 31),
    ("Noor Haddad", "user", 27),
    ("Olu Adeyemi", "user", 22),
    ("Priya Nair", "user", 21),
    ("Sven Lindqvist", "user", 15),
    ("Yuki Mori", "user", 9),
    ("Tomás Silva", "user", 6),
    ("Léa Fontaine", "user", 4),
    ("Mehmet Kaya", "user", 2),
    ("山田 花子", "user", 1),
];

/// Those who came by themselves, and how they sign in.
const SIGNED_UP: [&str; 2] = ["Grace Okafor", "Ivo Novak"];
const PASSWORD: &str = "correct-Horse-7-battery";

/// Who has signed in since: how many minutes ago, and with which device. Sessions live for 30 days.
pub const LATELY: [(i64, &str, &str); 3] = [
    (1_560, "Ivo Novak", "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"),
    (190, "Grace Okafor", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) CriOS/131.0 Mobile Safari/604.1"),
    (12, "Grace Okafor", "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_1) Safari/605.1.15"),
];

/// Makes the first `count` of them users of the environment, and has two more sign up where that is wanted.
pub async fn write(
    platform: &Platform,
    environment: &EnvironmentId,
    count: usize,
    signs_up: bool,
) -> Result<(), Error> {
    let users = (0u32..).zip(PEOPLE).take(count).map(|(number, person)| user(number, person)).collect();
    platform.import_users(environment, ImportUsers { users }).await?;
    if signs_up {
        let access = platform.operator_access(environment)?;
        for name in SIGNED_UP {
            let body = SignUp { email: email(name), password: PASSWORD.into(), name: name.into() };
            platform.sign_up(&access, body, Device::default()).await?;
        }
    }
    Ok(())
}

/// Signs one of those in who signed up.
pub async fn sign_in(platform: &Platform, environment: &EnvironmentId, name: &str, agent: &str) -> Result<(), Error> {
    let access = platform.operator_access(environment)?;
    let body = SignIn { email: email(name), password: PASSWORD.into() };
    let device = Device { user_agent: Some(agent.into()), ip_address: Some("127.0.0.1".into()) };
    platform.sign_in(&access, body, device).await.map(drop)
}

/// The identifier of the sample's user of that number.
pub fn id(number: u32) -> String {
    format!("5f2c8a10-7d3e-4b6f-9a01-{number:012x}")
}

fn user(number: u32, (name, role, days): (&str, &str, i64)) -> Map<String, Value> {
    let came: Timestamp = NOW.plus_millis(-days * MILLIS_PER_DAY - i64::from(number) * 2_345_000);
    let user = json!({
        "id": id(number),
        "name": name,
        "email": email(name),
        "role": role,
        "emailVerified": days > 3,
        "createdAt": came.to_string(),
    });
    user.as_object().cloned().unwrap_or_default()
}

/// The address that goes with a name: its last word, in the letters an address has.
fn email(name: &str) -> String {
    let plain = |character: char| match character {
        'á' => 'a',
        'é' => 'e',
        'í' => 'i',
        'ó' => 'o',
        other => other,
    };
    let letters: String =
        name.to_lowercase().chars().map(plain).filter(|c| c.is_ascii_lowercase() || *c == ' ').collect();
    let local = letters.trim().replace(' ', ".");
    format!("{}@example.com", if local.is_empty() { "hanako" } else { &local })
}
