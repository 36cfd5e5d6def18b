//! What an app needs to reach an environment, in the form its author wants to paste.

use std::str::FromStr;

use crate::domain::Invalid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Two lines for an `.env` file.
    Dotenv,
    Curl,
    /// JavaScript, for a browser or Node.
    Fetch,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::Dotenv, Self::Curl, Self::Fetch];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dotenv => "dotenv",
            Self::Curl => "curl",
            Self::Fetch => "fetch",
        }
    }
}

impl FromStr for Format {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == text)
            .ok_or_else(|| Invalid::new("a format is one of dotenv, curl, fetch"))
    }
}

/// The variables' prefix that a Next.js app lets its browser part read.
pub const PREFIX: &str = "NEXT_PUBLIC_BKEND_";

/// The text to paste. Without a table it asks for `posts`, so that it runs once that table is
/// there; `prefix` matters to `.env` lines only.
pub fn snippet(format: Format, url: &str, key: &str, table: Option<&str>, prefix: &str) -> String {
    let table = table.unwrap_or("posts");
    match format {
        Format::Dotenv => format!("{prefix}API_URL={url}\n{prefix}API_KEY={key}\n"),
        Format::Curl => format!("curl {url}/v1/data/{table} \\\n  -H \"X-API-Key: {key}\"\n"),
        Format::Fetch => format!(
            "const response = await fetch(\"{url}/v1/data/{table}\", {{\n  headers: {{ \"X-API-Key\": \"{key}\" \
             }},\n}});\nconst {{ items, pagination }} = await response.json();\n"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_is_ready_to_paste() {
        let of = |format, table| snippet(format, "http://127.0.0.1:4600", "pk_0", table, PREFIX);
        assert_eq!(
            of(Format::Dotenv, None),
            "NEXT_PUBLIC_BKEND_API_URL=http://127.0.0.1:4600\nNEXT_PUBLIC_BKEND_API_KEY=pk_0\n"
        );
        assert_eq!(of(Format::Curl, None), "curl http://127.0.0.1:4600/v1/data/posts \\\n  -H \"X-API-Key: pk_0\"\n");
        assert_eq!(
            of(Format::Fetch, Some("orders")),
            "const response = await fetch(\"http://127.0.0.1:4600/v1/data/orders\", {\n  headers: { \"X-API-Key\": \
             \"pk_0\" },\n});\nconst { items, pagination } = await response.json();\n"
        );
    }
}
