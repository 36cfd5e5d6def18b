//! The device of a session, in few words.

/// How a user agent names itself, and what people call it. The first that fits: most claim to be
/// several.
const PROGRAMS: [(&str, &str); 10] = [
    ("Firefox/", "Firefox"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
    ("Dart/", "a Flutter app"),
    ("okhttp/", "an Android app"),
    ("CFNetwork/", "an Apple app"),
];

const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Mac OS X", "macOS"),
    ("Windows", "Windows"),
    ("Linux", "Linux"),
    ("X11", "Unix"),
];

const LONGEST: usize = 40;

/// `Firefox on Linux`; what nobody knows is as it calls itself.
pub fn device(user_agent: Option<&str>) -> String {
    let Some(agent) = user_agent.filter(|agent| !agent.is_empty()) else { return "an unknown device".into() };
    let find =
        |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    match (find(&PROGRAMS), find(&SYSTEMS)) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(program), None) => program.into(),
        _ => agent.split_whitespace().next().unwrap_or(agent).chars().take(LONGEST).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_a_program_on_a_system() {
        let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0";
        assert_eq!(device(Some(agent)), "Firefox on Linux");
        let agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) CriOS/131.0 Mobile Safari/604.1";
        assert_eq!(device(Some(agent)), "Chrome on iPhone");
        assert_eq!(device(Some("Dart/3.5 (dart:io)")), "a Flutter app");
        assert_eq!(device(Some("curl/8.9.1")), "curl/8.9.1");
        assert_eq!(device(None), "an unknown device");
    }
}
