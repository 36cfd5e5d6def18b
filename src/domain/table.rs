//! Tables: their names, the schema of their columns, and their indexes.

use std::{fmt, sync::Arc};

use regex::Regex;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{Invalid, Timestamp, filter};

/// Tables that come with every environment; the data API reads them for `admin` only.
pub const SYSTEM_TABLES: [&str; 4] = ["accounts", "sessions", "users", "files"];

/// Columns that every record has and no schema may declare.
pub const SYSTEM_COLUMNS: [&str; 4] = ["id", "createdBy", "createdAt", "updatedAt"];

const MAX_NAME: usize = 64;
const MAX_COLUMNS: usize = 500;
const MAX_INDEXES: usize = 50;
const MAX_DEPTH: usize = 8;

/// A table's name: a letter, then up to 63 letters, digits, `_` and `-`. Case counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName(Arc<str>);

impl TableName {
    /// # Errors
    /// [`Invalid`] for a name that breaks the rule or belongs to a system table.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        check_table_name(text)?;
        if SYSTEM_TABLES.contains(&text) {
            return Err(Invalid::new(format!("{text} is a system table of every environment: choose another name")));
        }
        Ok(Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

pub(super) fn check_table_name(text: &str) -> Result<(), Invalid> {
    check_identifier(text, "a table name", |c| c == '_' || c == '-')
}

/// The rule for the name of a column.
///
/// # Errors
/// [`Invalid`] with what is wrong with the name.
pub fn check_column_name(text: &str) -> Result<(), Invalid> {
    check_identifier(text, "a column name", |c| c == '_')?;
    if SYSTEM_COLUMNS.contains(&text) || text == "_id" {
        return Err(Invalid::new(format!("every record has {text} already: choose another name")));
    }
    Ok(())
}

fn check_identifier(text: &str, what: &str, also: fn(char) -> bool) -> Result<(), Invalid> {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Err(Invalid::new(format!("{what} starts with a letter")));
    }
    if let Some(other) = text.chars().find(|c| !(c.is_ascii_alphanumeric() || also(*c))) {
        return Err(Invalid::new(format!("{what} cannot contain {other:?}")));
    }
    if text.len() > MAX_NAME {
        return Err(Invalid::new(format!("{what} has at most {MAX_NAME} characters")));
    }
    Ok(())
}

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

#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub name: String,
    pub property: Property,
    pub required: bool,
    pub unique: bool,
    pub default: Option<Value>,
}

/// The columns of a table, in the order of their declaration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    columns: Vec<Column>,
}

impl Schema {
    /// Reads the short form, a map of columns (`{"title":{"bsonType":"string","required":true}}`),
    /// or the object form that `spec` prints (`{"bsonType":"object","required":[…],"properties":{…}}`).
    ///
    /// # Errors
    /// [`Invalid`] naming the column and what is wrong with it.
    pub fn parse(json: &Map<String, Value>) -> Result<Self, Invalid> {
        let object_form = json.get("bsonType").is_some_and(Value::is_string)
            || json.get("properties").is_some_and(Value::is_object)
                && json.get("properties").is_none_or(|p| p.get("bsonType").is_none());
        let empty = Map::new();
        let (properties, required) = if object_form {
            let properties = match json.get("properties") {
                None => &empty,
                Some(value) => value.as_object().ok_or_else(|| Invalid::new("properties: expected an object"))?,
            };
            (properties, string_list(json.get("required"), "required")?)
        } else {
            (json, Vec::new())
        };
        if properties.len() > MAX_COLUMNS {
            return Err(Invalid::new(format!("a table has at most {MAX_COLUMNS} columns")));
        }
        let mut columns = Vec::with_capacity(properties.len());
        for (name, definition) in properties {
            let column = Self::column(name, definition, required.contains(&name.as_str()))
                .map_err(|error| Invalid::new(format!("column {name}: {error}")))?;
            columns.push(column);
        }
        if let Some(unknown) = required.iter().find(|name| !properties.contains_key(**name)) {
            return Err(Invalid::new(format!("required names {unknown}, which is not a column")));
        }
        Ok(Self { columns })
    }

    fn column(name: &str, definition: &Value, required: bool) -> Result<Column, Invalid> {
        check_column_name(name)?;
        let json = definition.as_object().ok_or_else(|| Invalid::new("expected an object with bsonType"))?;
        let property = Property::parse(json, 0)?;
        let unique = flag(json, "unique")?;
        if unique && matches!(property.kind, Kind::Object | Kind::Array) {
            return Err(Invalid::new("only a column of plain values can be unique"));
        }
        let default = json.get("default").filter(|value| !value.is_null()).cloned();
        if let Some(value) = &default {
            property
                .check(value)
                .map_err(|(_, message)| Invalid::new(format!("the default is not valid: it {message}")))?;
        }
        Ok(Column { name: name.to_owned(), required: required || flag(json, "required")?, unique, default, property })
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub fn get(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The object form, as `spec` prints it.
    pub fn to_json(&self) -> Value {
        let required: Vec<_> = self.columns.iter().filter(|c| c.required).map(|c| c.name.as_str()).collect();
        let properties: Map<_, _> = self.columns.iter().map(|column| (column.name.clone(), column.to_json())).collect();
        json!({ "bsonType": "object", "required": required, "properties": properties })
    }
}

impl Column {
    fn to_json(&self) -> Value {
        let mut json = self.property.to_json();
        if self.unique {
            json.insert("unique".into(), true.into());
        }
        if let Some(default) = &self.default {
            json.insert("default".into(), default.clone());
        }
        Value::Object(json)
    }
}

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&Map::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Property {
    fn parse(json: &Map<String, Value>, depth: usize) -> Result<Self, Invalid> {
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

    fn to_json(&self) -> Map<String, Value> {
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

    /// Checks one value; dates are accepted as text here and rewritten by [`super::record`].
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
pub(super) fn equal(left: &Value, right: &Value) -> bool {
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
pub(super) fn whole(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 { (number as i64).into() } else { number.into() }
}

fn flag(json: &Map<String, Value>, name: &str) -> Result<bool, Invalid> {
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

fn string_list<'a>(json: Option<&'a Value>, name: &str) -> Result<Vec<&'a str>, Invalid> {
    let wrong = || Invalid::new(format!("{name}: expected an array of names"));
    match json {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(values)) => values.iter().map(|value| value.as_str().ok_or_else(wrong)).collect(),
        Some(_) => Err(wrong()),
    }
}

/// An index as the API names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Index {
    pub name: String,
    /// Column to direction, 1 ascending or -1 descending, most significant first.
    #[schema(value_type = Object)]
    pub fields: Map<String, Value>,
    #[serde(default)]
    pub unique: bool,
    /// A unique index that is sparse ignores records without a value.
    #[serde(default)]
    pub sparse: bool,
}

impl Index {
    /// Those that every table has and nobody can delete.
    pub fn built_in() -> [Self; 4] {
        let index = |name: &str, column: &str, direction: i8| Self {
            name: name.into(),
            fields: Map::from_iter([(column.to_owned(), direction.into())]),
            unique: column == "_id",
            sparse: false,
        };
        [
            index("_id_", "_id", 1),
            index("idx_createdAt_desc", "createdAt", -1),
            index("idx_updatedAt_desc", "updatedAt", -1),
            index("idx_createdBy", "createdBy", 1),
        ]
    }

    /// Checks a declared index against the columns it names.
    ///
    /// # Errors
    /// [`Invalid`] with what is wrong.
    pub fn check_all(indexes: &[Self], schema: &Schema) -> Result<(), Invalid> {
        if indexes.len() > MAX_INDEXES {
            return Err(Invalid::new(format!("a table has at most {MAX_INDEXES} indexes")));
        }
        for (position, index) in indexes.iter().enumerate() {
            let wrong = |message: String| Invalid::new(format!("index {}: {message}", index.name));
            check_identifier(&index.name, "an index name", |c| c == '_' || c == '-')?;
            let taken = Self::built_in().iter().any(|other| other.name == index.name)
                || indexes[..position].iter().any(|other| other.name == index.name);
            if taken {
                return Err(wrong("there is one of that name already".into()));
            }
            if index.fields.is_empty() || index.fields.len() > 8 {
                return Err(wrong("it needs one to eight columns".into()));
            }
            for (column, direction) in &index.fields {
                let system = SYSTEM_COLUMNS.contains(&column.as_str());
                if !system && schema.get(column).is_none() {
                    return Err(wrong(format!("{column} is not a column of the table")));
                }
                if schema.get(column).is_some_and(|c| matches!(c.property.kind, Kind::Object | Kind::Array)) {
                    return Err(wrong(format!("{column} holds objects or arrays, which cannot be indexed")));
                }
                if !matches!(direction.as_i64(), Some(1 | -1)) {
                    return Err(wrong(format!("the direction of {column} is 1 or -1")));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(json: &Value) -> Result<Schema, Invalid> {
        Schema::parse(json.as_object().expect("an object"))
    }

    #[test]
    fn both_forms_of_a_schema_mean_the_same() {
        let short = schema(&json!({"title": {"bsonType": "string", "required": true}, "views": {"bsonType": "int"}}));
        let long = schema(&json!({
            "bsonType": "object", "required": ["title"],
            "properties": {"title": {"bsonType": "string"}, "views": {"bsonType": "int"}}
        }));
        assert_eq!(short, long);
    }

    #[test]
    fn a_schema_reads_back_what_it_prints() {
        let original = schema(&json!({
            "title": {"bsonType": "string", "required": true, "unique": true, "minLength": 1, "pattern": "^x"},
            "price": {"bsonType": "double", "minimum": 0, "default": 5},
            "items": {"bsonType": "array", "items": {"bsonType": "object", "properties": {"n": {"bsonType": "int"}}, "required": ["n"]}},
            "author": {"bsonType": "reference", "reference": "people"}
        }))
        .expect("valid");
        let printed = original.to_json();
        assert_eq!(Schema::parse(printed.as_object().expect("an object")).as_ref(), Ok(&original));
    }

    #[test]
    fn what_is_wrong_with_a_schema_names_the_column() {
        for (json, part) in [
            (json!({"createdAt": {"bsonType": "date"}}), "createdAt"),
            (json!({"a b": {"bsonType": "string"}}), "a b"),
            (json!({"title": {"bsonType": "text"}}), "not a type"),
            (json!({"title": {}}), "bsonType is needed"),
            (json!({"title": {"bsonType": "string", "pattern": "("}}), "regular expression"),
            (json!({"views": {"bsonType": "int", "default": "x"}}), "default"),
        ] {
            let error = schema(&json).expect_err("refused").to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn indexes_name_columns_that_exist() {
        let schema = schema(&json!({"title": {"bsonType": "string"}})).expect("valid");
        let index = |json: Value| serde_json::from_value::<Index>(json).expect("an index");
        assert!(Index::check_all(&[index(json!({"name": "by_title", "fields": {"title": 1}}))], &schema).is_ok());
        assert!(Index::check_all(&[index(json!({"name": "by_x", "fields": {"x": 1}}))], &schema).is_err());
        assert!(Index::check_all(&[index(json!({"name": "by_title", "fields": {"title": 2}}))], &schema).is_err());
        assert!(Index::check_all(&[index(json!({"name": "_id_", "fields": {"title": 1}}))], &schema).is_err());
    }
}
