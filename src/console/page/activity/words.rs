//! A line of activity as a sentence.

use crate::domain::api::Activity;

/// `created the key web`.
pub fn sentence(line: &Activity) -> String {
    let target = &line.target;
    let detail = line.detail.as_deref().map(|detail| format!(" ({detail})")).unwrap_or_default();
    let text = match line.action.as_str() {
        "environment.active" => format!("{target} became active"),
        "environment.gone" => format!("{target} is gone with everything in it"),
        "environment.fail" => format!("{target} failed"),
        "environment.retry" => format!("tried again to create {target}"),
        "environment.verify" => format!("tried the isolation of {target}"),
        "user.end-sessions" => format!("signed {target} out everywhere"),
        "user.set-role" => format!("changed the role of {target}"),
        "environment.delete" => format!("asked for the deletion of {target}"),
        "row.delete" | "row.restore" => {
            // Its target is the table, its detail how many.
            let (_, verb) = line.action.split_once('.').unwrap_or_default();
            return format!("{} {} of {target}", past(verb), line.detail.as_deref().unwrap_or("rows"));
        }
        action => {
            let (noun, verb) = action.split_once('.').unwrap_or(("", action));
            match noun {
                "" => format!("{} {target}", past(verb)),
                noun => format!("{} the {} {target}", past(verb), noun.replace('-', " ")),
            }
        }
    };
    text + &detail
}

/// Whether what is shown of the line has all of the words, which are in lower case.
pub fn matches(line: &Activity, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let environment = line.environment_name.as_deref().unwrap_or_default();
    let shown = format!("{environment} {} {} {}", line.actor.as_str(), line.action, sentence(line)).to_lowercase();
    words.iter().all(|word| shown.contains(word))
}

/// The words of a filter, in lower case.
pub fn sought(filter: &str) -> Vec<String> {
    filter.split_whitespace().map(str::to_lowercase).collect()
}

/// What somebody did, from the word for doing it.
fn past(verb: &str) -> String {
    let verb = verb.replace('-', " ");
    match verb.as_str() {
        "set" => verb,
        _ if verb.contains(' ') => verb,
        _ if verb.ends_with('e') => verb + "d",
        _ if verb.ends_with('y') => verb[..verb.len() - 1].to_owned() + "ied",
        _ => verb + "ed",
    }
}
