//! What one value may be: a column, an array's items, or a nested property.

use regex::Regex;
use serde_json::{Map, Value};

use crate::domain::{Invalid, Timestamp, filter};

const MAX_DEPTH: usize = 8;

/// What a value may be; the names are the console's, [`Kind::bson_type`] is the wire's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    String,
    Integer,
    Number,
    Boolean,
    /// Stored and printed as an instant with milliseconds and `Z`.
    Date,
    Object,
    Array,
}

impl Kind {
    /// Reads the wire's name or one of the aliases that exports and tools use.
    ///
    /// # Errors
    /// [`Invalid`] naming the types that exist.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Ok(match text {
            "string" | "reference" => Self::String,
            "int" | "long" | "integer" => Self::Integer,
            "double" | "number" | "decimal" => Self::Number,
            "bool" | "boolean" => Self::Boolean,
            "date" => Self::Date,
            "object" => Self::Object,
            "array" => Self::Array,
            other => {
                return Err(Invalid::new(format!(
                    "{other:?} is not a type: use string, int, double, bool, date, object, array or reference"
                )));
            }
        })
    }

    pub const fn bson_type(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "int",
            Self::Number => "double",
            Self::Boolean => "bool",
            Self::Date => "date",
            Self::Object => "object",
            Self::Array => "array",
        }
    }
}

/// The constraints of one value: a column, an array's items, or a nested property.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    pub kind: Kind,
    pub description: Option<String>,
    pub min_length: Option<usize>,
    pub max_length: Option<usize>,
    pub pattern: Option<Pattern>,
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    pub allowed: Vec<Value>,
    pub items: Option<Box<Property>>,
    /// Nested properties of an object, with whether each is required.
    pub properties: Vec<(String, Property, bool)>,
    /// The table a reference points to; its records are not checked.
    pub reference: Option<String>,
}

/// A regular expression with the text it was made from.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Property {
    pub(super) fn parse(json: &Map<String, Value>, depth: usize) -> Result<Self, Invalid> {
        if depth > MAX_DEPTH {
            return Err(Invalid::new(format!("properties nest at most {MAX_DEPTH} deep")));
        }
        let kind = match json.get("bsonType").or_else(|| json.get("type")) {
            Some(Value::String(name)) => name.as_str(),
            _ => return Err(Invalid::new("bsonType is needed, like {\"bsonType\":\"string\"}")),
        };
        let reference = text(json, "reference")?;
        let is_reference = kind == "reference";
        let kind = Kind::parse(kind)?;
        let pattern = match text(json, "pattern")? {
            None => None,
            Some(source) => Some(Pattern(
                filter::compile(&source)
                    .map_err(|_| Invalid::new(format!("pattern {source:?} is not a regular expression")))?,
            )),
        };
        let allowed = match json.get("enum") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(values)) => values.clone(),
            Some(_) => return Err(Invalid::new("enum: expected an array of values")),
        };
        let items = match json.get("items") {
            Some(Value::Object(items)) => Some(Box::new(Self::parse(items, depth + 1)?)),
            None | Some(Value::Null) => None,
            Some(_) => return Err(Invalid::new("items: expected an object with bsonType")),
        };
        let mut properties = Vec::new();
        if let Some(nested) = json.get("properties").and_then(Value::as_object) {
            let required = string_list(json.get("required"), "required")?;
            for (name, definition) in nested {
                let definition = definition
                    .as_object()
                    .ok_or_else(|| Invalid::new(format!("{name}: expected an object with bsonType")))?;
                let property =
                    Self::parse(definition, depth + 1).map_err(|error| Invalid::new(format!("{name}: {error}")))?;
                properties.push((name.clone(), property, required.contains(&name.as_str())));
            }
        }
        Ok(Self {
            kind,
            description: text(json, "description")?,
            min_length: length(json, "minLength")?,
            max_length: length(json, "maxLength")?,
            pattern,
            minimum: number(json, "minimum")?,
            maximum: number(json, "maximum")?,
            allowed,
            items,
            properties,
            reference: reference.or_else(|| is_reference.then(String::new)),
        })
    }

    pub(super) fn to_json(&self) -> Map<String, Value> {
        let mut json = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                json.insert(name.into(), value);
            }
        };
        put("bsonType", Some(self.kind.bson_type().into()));
        put("reference", self.reference.clone().map(Value::from));
        put("description", self.description.clone().map(Value::from));
        put("minLength", self.min_length.map(Value::from));
        put("maxLength", self.max_length.map(Value::from));
        put("pattern", self.pattern.as_ref().map(|pattern| pattern.as_str().into()));
        put("minimum", self.minimum.map(whole));
        put("maximum", self.maximum.map(whole));
        put("enum", (!self.allowed.is_empty()).then(|| self.allowed.clone().into()));
        put("items", self.items.as_ref().map(|items| Value::Object(items.to_json())));
        if !self.properties.is_empty() {
            let required: Vec<_> = self.properties.iter().filter(|p| p.2).map(|p| Value::from(p.0.as_str())).collect();
            let nested: Map<_, _> =
                self.properties.iter().map(|(name, p, _)| (name.clone(), Value::Object(p.to_json()))).collect();
            put("properties", Some(nested.into()));
            put("required", (!required.is_empty()).then(|| required.into()));
        }
        json
    }

    /// Checks one value; dates are accepted as text here and rewritten by [`crate::domain::record`].
    ///
    /// # Errors
    /// The rule's name and the rest of a sentence that begins with the field's name.
    pub fn check(&self, value: &Value) -> Result<(), (&'static str, String)> {
        let kind_fits = match self.kind {
            Kind::String => value.is_string(),
            Kind::Integer => is_whole(value),
            Kind::Number => value.is_number(),
            Kind::Boolean => value.is_boolean(),
            Kind::Date => value.as_str().is_some_and(|text| Timestamp::parse(text).is_some()),
            Kind::Object => value.is_object(),
            Kind::Array => value.is_array(),
        };
        if !kind_fits {
            let wanted = match self.kind {
                Kind::String => "a string",
                Kind::Integer => "a whole number",
                Kind::Number => "a number",
                Kind::Boolean => "true or false",
                Kind::Date => "an ISO 8601 date",
                Kind::Object => "an object",
                Kind::Array => "an array",
            };
            return Err(("type", format!("must be {wanted}")));
        }
        match value {
            Value::String(text) => self.check_text(text)?,
            Value::Number(number) => self.check_number(number.as_f64().unwrap_or(f64::NAN))?,
            Value::Array(values) => {
                for (index, item) in values.iter().enumerate() {
                    let Some(items) = &self.items else { break };
                    items.check(item).map_err(|(rule, message)| (rule, format!("item {index} {message}")))?;
                }
            }
            Value::Object(object) => self.check_object(object)?,
            Value::Null | Value::Bool(_) => {}
        }
        if !self.allowed.is_empty() && !self.allowed.iter().any(|allowed| equal(allowed, value)) {
            let list: Vec<_> = self.allowed.iter().map(Value::to_string).collect();
            return Err(("enum", format!("must be one of {}", list.join(", "))));
        }
        Ok(())
    }

    fn check_text(&self, text: &str) -> Result<(), (&'static str, String)> {
        if self.min_length.is_some() || self.max_length.is_some() {
            let length = text.chars().count();
            if let Some(minimum) = self.min_length.filter(|minimum| length < *minimum) {
                return Err(("minLength", format!("must have at least {minimum} characters")));
            }
            if let Some(maximum) = self.max_length.filter(|maximum| length > *maximum) {
                return Err(("maxLength", format!("must have at most {maximum} characters")));
            }
        }
        match &self.pattern {
            Some(pattern) if !pattern.is_match(text) => {
                Err(("pattern", format!("must match the pattern {}", pattern.as_str())))
            }
            _ => Ok(()),
        }
    }

    fn check_number(&self, number: f64) -> Result<(), (&'static str, String)> {
        if let Some(minimum) = self.minimum.filter(|minimum| number < *minimum) {
            return Err(("minimum", format!("must be at least {minimum}")));
        }
        if let Some(maximum) = self.maximum.filter(|maximum| number > *maximum) {
            return Err(("maximum", format!("must be at most {maximum}")));
        }
        Ok(())
    }

    fn check_object(&self, object: &Map<String, Value>) -> Result<(), (&'static str, String)> {
        for (name, property, required) in &self.properties {
            match object.get(name) {
                None | Some(Value::Null) if *required => return Err(("required", format!("needs {name}"))),
                None | Some(Value::Null) => {}
                Some(value) => {
                    property.check(value).map_err(|(rule, message)| (rule, format!("has a {name} that {message}")))?;
                }
            }
        }
        Ok(())
    }
}

/// Equality of JSON values in which `5` and `5.0` are one number.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(l), Value::Number(r)) => l == r || l.as_f64() == r.as_f64(),
        _ => left == right,
    }
}

fn is_whole(value: &Value) -> bool {
    value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0 && n.abs() < 9e15)
}

/// A number without the fraction it does not have: Dart clients cast `5` to `int` and fail on `5.0`.
#[expect(clippy::cast_possible_truncation, reason = "guarded by the range that both types hold exactly")]
pub(in crate::domain) fn whole(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 { (number as i64).into() } else { number.into() }
}

pub(super) fn flag(json: &Map<String, Value>, name: &str) -> Result<bool, Invalid> {
    match json.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        // A nested object's list of required properties shares the word with a column's flag.
        Some(Value::Array(_)) if name == "required" => Ok(false),
        Some(_) => Err(Invalid::new(format!("{name}: expected true or false"))),
    }
}

fn text(json: &Map<String, Value>, name: &str) -> Result<Option<String>, Invalid> {
    match json.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(value)) => Ok(Some(value.clone())),
        Some(_) => Err(Invalid::new(format!("{name}: expected a string"))),
    }
}

fn number(json: &Map<String, Value>, name: &str) -> Result<Option<f64>, Invalid> {
    match json.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_f64().map(Some).ok_or_else(|| Invalid::new(format!("{name}: expected a number"))),
    }
}

fn length(json: &Map<String, Value>, name: &str) -> Result<Option<usize>, Invalid> {
    match json.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value
            .as_u64()
            .and_then(|n| usize::try_from(n).ok())
            .map(Some)
            .ok_or_else(|| Invalid::new(format!("{name}: expected a whole number of characters"))),
    }
}

pub(super) fn string_list<'a>(json: Option<&'a Value>, name: &str) -> Result<Vec<&'a str>, Invalid> {
    let wrong = || Invalid::new(format!("{name}: expected an array of names"));
    match json {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(values)) => values.iter().map(|value| value.as_str().ok_or_else(wrong)).collect(),
        Some(_) => Err(wrong()),
    }
}
