//! Addresses of the hosted service, which nobody answers at any more.

use serde_json::Value;

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
