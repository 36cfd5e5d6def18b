//! One call of the data API, as curl, fetch or axios.

use std::fmt::Write as _;

use serde_json::Value;

use crate::console::posix;

/// The variable that a secret key is read from: the console does not know any.
pub const SECRET: &str = "BKEND_SECRET_KEY";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    #[default]
    Curl,
    Fetch,
    Axios,
}

impl Form {
    pub const ALL: [Self; 3] = [Self::Curl, Self::Fetch, Self::Axios];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Fetch => "fetch",
            Self::Axios => "axios",
        }
    }

    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Curl => Self::Fetch,
            Self::Fetch => Self::Axios,
            Self::Axios => Self::Curl,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential<'a> {
    /// The text of a publishable key.
    Publishable(&'a str),
    /// A secret key, from [`SECRET`].
    Secret,
}

#[derive(Clone, Debug)]
pub struct Request<'a> {
    pub method: &'static str,
    /// With the base URL.
    pub address: String,
    pub query: Vec<(&'static str, String)>,
    /// A filter is JSON inside of the query.
    pub filter: Option<Value>,
    pub body: Option<Value>,
    pub credential: Credential<'a>,
}

impl Request<'_> {
    pub fn text(&self, form: Form) -> String {
        match form {
            Form::Curl => self.curl(),
            Form::Fetch => self.fetch(),
            Form::Axios => self.axios(),
        }
    }

    fn curl(&self) -> String {
        let address = posix::word(&self.address);
        let mut lines = match (self.method, self.query.is_empty()) {
            ("GET", true) => vec![format!("curl {address}")],
            ("GET", false) => vec![format!("curl -G {address}")],
            (method, _) => vec![format!("curl -X {method} {address}")],
        };
        lines.push(match self.credential {
            Credential::Publishable(key) => format!("-H \"X-API-Key: {key}\""),
            // A shell without the variable says what is missing instead of sending nothing.
            Credential::Secret => format!("-H \"X-API-Key: ${{{SECRET}:?set it to a secret key}}\""),
        });
        let parameters: Vec<_> =
            self.query.iter().map(|(name, value)| format!("-d {name}={}", posix::word(value))).collect();
        if !parameters.is_empty() {
            lines.push(parameters.join(" "));
        }
        if let Some(filter) = &self.filter {
            lines.push(format!("--data-urlencode {}", posix::word(&format!("andFilters={filter}"))));
        }
        if let Some(body) = &self.body {
            lines.push("-H \"Content-Type: application/json\"".into());
            lines.push(format!("-d {}", posix::word(&pretty(body, "  "))));
        }
        lines.join(" \\\n  ") + "\n"
    }

    // Writing to a string does not fail.
    fn fetch(&self) -> String {
        let mut text = String::new();
        let mut address = format!("{:?}", self.address);
        if !self.query.is_empty() {
            text.push_str("const query = new URLSearchParams({\n");
            for (name, value) in &self.query {
                let _ = writeln!(text, "  {name}: {value:?},");
            }
            if let Some(filter) = &self.filter {
                let _ = writeln!(text, "  andFilters: JSON.stringify({}),", pretty(filter, "  "));
            }
            text.push_str("});\n");
            address = format!("`{}?${{query}}`", self.address);
        }
        let _ = writeln!(text, "const response = await fetch({address}, {{");
        if self.method != "GET" {
            let _ = writeln!(text, "  method: {:?},", self.method);
        }
        let _ = writeln!(text, "  headers: {},", self.headers());
        if let Some(body) = &self.body {
            let _ = writeln!(text, "  body: JSON.stringify({}),", pretty(body, "  "));
        }
        text.push_str("});\n");
        let _ = writeln!(text, "const {} = await response.json();", self.answer());
        text
    }

    fn axios(&self) -> String {
        let mut text = String::from("import axios from \"axios\";\n\n");
        let method = self.method.to_lowercase();
        let body = self.body.as_ref().map(|body| format!(", {}", pretty(body, ""))).unwrap_or_default();
        let _ =
            writeln!(text, "const {{ data: {} }} = await axios.{method}({:?}{body}, {{", self.answer(), self.address);
        let _ = writeln!(text, "  headers: {},", self.headers());
        if !self.query.is_empty() {
            text.push_str("  params: {\n");
            for (name, value) in &self.query {
                let _ = writeln!(text, "    {name}: {value:?},");
            }
            if let Some(filter) = &self.filter {
                let _ = writeln!(text, "    andFilters: JSON.stringify({}),", pretty(filter, "    "));
            }
            text.push_str("  },\n");
        }
        text.push_str("});\n");
        text
    }

    fn headers(&self) -> String {
        let key = match self.credential {
            Credential::Publishable(key) => format!("{key:?}"),
            Credential::Secret => format!("process.env.{SECRET}"),
        };
        if self.body.is_none() {
            return format!("{{ \"X-API-Key\": {key} }}");
        }
        format!("{{\n    \"X-API-Key\": {key},\n    \"Content-Type\": \"application/json\",\n  }}")
    }

    fn answer(&self) -> &'static str {
        match (self.method, self.query.is_empty()) {
            ("GET", false) => "{ items, pagination }",
            ("DELETE", _) => "answer",
            _ => "row",
        }
    }
}

/// JSON on one line while it is short, else a line for each field.
fn pretty(value: &Value, indent: &str) -> String {
    let short = value.to_string();
    match value {
        Value::Object(fields) if short.len() > 48 => {
            let name = |name: &str| Value::from(name).to_string();
            let fields: Vec<_> =
                fields.iter().map(|(field, value)| format!("{indent}  {}: {value}", name(field))).collect();
            format!("{{\n{}\n{indent}}}", fields.join(",\n"))
        }
        _ => short,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(method: &'static str) -> Request<'static> {
        Request {
            method,
            address: "http://127.0.0.1:4600/v1/data/posts".into(),
            query: Vec::new(),
            filter: None,
            body: None,
            credential: Credential::Publishable("pk_0"),
        }
    }

    #[test]
    fn a_list_is_asked_for_in_each_form() {
        let list = Request {
            query: vec![("page", "1".into()), ("limit", "20".into())],
            filter: Some(json!({"title": "it's"})),
            ..request("GET")
        };
        assert_eq!(
            list.text(Form::Curl),
            "curl -G http://127.0.0.1:4600/v1/data/posts \\\n  -H \"X-API-Key: pk_0\" \\\n  -d page=1 -d limit=20 \\\n  \
             --data-urlencode 'andFilters={\"title\":\"it'\\''s\"}'\n"
        );
        assert_eq!(
            list.text(Form::Fetch),
            "const query = new URLSearchParams({\n  page: \"1\",\n  limit: \"20\",\n  andFilters: \
             JSON.stringify({\"title\":\"it's\"}),\n});\nconst response = await \
             fetch(`http://127.0.0.1:4600/v1/data/posts?${query}`, {\n  headers: { \"X-API-Key\": \"pk_0\" },\n});\nconst \
             { items, pagination } = await response.json();\n"
        );
        assert!(list.text(Form::Axios).contains("params: {\n    page: \"1\","));
    }

    #[test]
    fn a_call_that_takes_a_secret_key_reads_it_from_a_variable() {
        let create = Request { body: Some(json!({"a": 1})), credential: Credential::Secret, ..request("POST") };
        let curl = create.text(Form::Curl);
        assert!(curl.contains("-H \"X-API-Key: ${BKEND_SECRET_KEY:?set it to a secret key}\""), "{curl}");
        assert!(curl.ends_with("-H \"Content-Type: application/json\" \\\n  -d '{\"a\":1}'\n"), "{curl}");
        assert!(create.text(Form::Fetch).contains("process.env.BKEND_SECRET_KEY"));
        assert!(create.text(Form::Axios).contains("axios.post(\"http://127.0.0.1:4600/v1/data/posts\", {\"a\":1}, {"));
    }
}
