//! Addresses of the hosted service, where nobody answers any more, and what takes their place.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// Images and files on one, the API and its signed URLs on the other.
const OLD_HOSTS: [&str; 2] = ["img.bkend.ai", "api-client.bkend.ai"];

/// Whether the value is, or holds, text with an address of the old service.
pub fn leads_to_old_host(value: &Value) -> bool {
    match value {
        Value::String(text) => OLD_HOSTS.iter().any(|host| text.contains(host)),
        Value::Array(values) => values.iter().any(leads_to_old_host),
        Value::Object(object) => object.values().any(leads_to_old_host),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Which key of the old service is which one here. Apps keep the key, or an address that ends in it.
#[derive(Clone, Debug, Default)]
pub struct Moved(HashMap<String, String>);

impl Moved {
    pub fn insert(&mut self, old: &str, new: &str) {
        self.0.insert(bare(old).to_owned(), new.to_owned());
    }

    /// Replaces every text of a row that is the key or an address of an imported file.
    pub fn rewrite(&self, row: &mut Map<String, Value>) {
        row.values_mut().for_each(|value| self.rewrite_value(value));
    }

    fn rewrite_value(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(new) = self.0.get(bare(text)) {
                    new.clone_into(text);
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.rewrite_value(value)),
            Value::Object(object) => object.values_mut().for_each(|value| self.rewrite_value(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// The key within an address of the old service: without its host, its image filters and its signature.
fn bare(text: &str) -> &str {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let Some((_, path)) = OLD_HOSTS.iter().find_map(|host| text.split_once(&format!("//{host}/"))) else { return text };
    let mut rest = path;
    loop {
        let (first, after) = rest.split_once('/').unwrap_or((rest, ""));
        let is_size = first
            .split_once('x')
            .is_some_and(|(w, h)| [w, h].iter().all(|number| number.bytes().all(|b| b.is_ascii_digit())));
        if after.is_empty() || !(is_size || first.starts_with("filters:") || matches!(first, "fit-in" | "smart")) {
            return rest;
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_an_app_kept_of_a_file_leads_to_where_it_is_now() {
        let mut moved = Moved::default();
        moved.insert("images/a.png", "http://here/a");
        moved.insert("https://img.bkend.ai/images/b.png", "http://here/b");
        let row = json!({
            "cover": "images/a.png",
            "thumb": "https://img.bkend.ai/fit-in/200x200/filters:quality(80)/images/a.png?x=1",
            "gallery": [{"src": "https://img.bkend.ai/100x50/smart/images/b.png"}, "images/b.png"],
            "other": "https://img.bkend.ai/images/c.png",
            "words": "see images/a.png"
        });
        let mut rewritten = row.as_object().expect("an object").clone();
        moved.rewrite(&mut rewritten);
        assert_eq!(
            Value::Object(rewritten),
            json!({
                "cover": "http://here/a", "thumb": "http://here/a",
                "gallery": [{"src": "http://here/b"}, "http://here/b"],
                "other": "https://img.bkend.ai/images/c.png", "words": "see images/a.png"
            })
        );
    }

    #[test]
    fn an_old_address_is_found_wherever_it_stands() {
        for (value, leads) in [
            (json!("https://img.bkend.ai/fit-in/200x200/a.png"), true),
            (json!({"gallery": [{"src": "https://api-client.bkend.ai/v1/files/1"}]}), true),
            (json!("https://example.com/a.png"), false),
            (json!(["bkend.ai"]), false),
        ] {
            assert_eq!(leads_to_old_host(&value), leads, "{value}");
        }
    }
}
