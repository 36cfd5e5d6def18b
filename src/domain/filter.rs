//! The filter language of list calls: JSON in, a checked tree out.
//!
//! ```text
//! Filters = { field: Cond, … } | { "$and": [Filters…] } | { "$or": [Filters…] } | { "$not": Filters }
//! Cond    = scalar | null | array | object without $      equality
//!         | { operator: operand, … }                      all must hold
//! ```
//! Semantics, shared by every store and held by a property test against a plain in-memory model:
//!
//! - `null` equals null and missing; `$ne` and `$nin` are the negations of `$eq` and `$in`, so they
//!   are true for missing fields.
//! - A scalar equals an array when it equals one of its elements.
//! - `$gt $gte $lt $lte` compare numbers with numbers and strings with strings; a value of another
//!   type never matches. Dates compare as instants.
//! - `$regex` matches strings only, unanchored, in linear time.
//! - `$exists` asks for the key; null counts as present.

use std::fmt;

use regex::{Regex, RegexBuilder};
use serde_json::{Map, Value};

use super::{Invalid, record::normalise_numbers};

const MAX_DEPTH: usize = 8;
const MAX_CONDITIONS: usize = 200;
const MAX_IN: usize = 1000;
const MAX_PATTERN: usize = 512;
/// Bytes that a compiled pattern may take; a few characters can ask for them.
const PATTERN_SIZE: usize = 1 << 20;
/// Bytes past which a pattern is one of few in a filter. Words and names take far less.
const LARGE_PATTERN: usize = 64 << 10;
const MAX_LARGE_PATTERNS: usize = 20;

#[derive(Clone, Debug)]
pub enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Field(Path, Test),
}

#[derive(Clone, Debug)]
pub enum Test {
    Equal(Value),
    In(Vec<Value>),
    Compare(Comparison, Operand),
    Matches(Pattern),
    Exists,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// What an ordering compares with.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    Number(f64),
    Text(String),
}

/// A field, or a property inside an object: `title`, `address.city`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    segments: Vec<String>,
}

impl Path {
    /// # Errors
    /// [`Invalid`] for an empty segment, one that starts with `$`, or characters that no path can
    /// carry.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let segments: Vec<String> = text.split('.').map(str::to_owned).collect();
        let bad = |segment: &String| {
            segment.is_empty()
                || segment.starts_with('$')
                || segment.len() > 256
                || segment.chars().any(|c| c == '"' || c == '\\' || c.is_control())
        };
        if segments.len() > MAX_DEPTH || segments.iter().any(bad) {
            return Err(Invalid::new(format!("{text:?} is not the name of a field")));
        }
        Ok(Self { segments })
    }

    pub fn segments(&self) -> &[String] {
        &self.segments
    }

    /// The name, when the path is a single column.
    pub fn column(&self) -> Option<&str> {
        match self.segments.as_slice() {
            [name] => Some(name),
            _ => None,
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.segments.join("."))
    }
}

/// A checked regular expression; its text carries the options as inline flags.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
    is_large: bool,
}

impl Pattern {
    fn new(pattern: &str, options: &str) -> Result<Self, Invalid> {
        if pattern.chars().count() > MAX_PATTERN {
            return Err(Invalid::new(format!("a $regex has at most {MAX_PATTERN} characters")));
        }
        if let Some(other) = options.chars().find(|c| !"imsx".contains(*c)) {
            return Err(Invalid::new(format!("$options knows i, m, s and x, not {other:?}")));
        }
        let text = if options.is_empty() { pattern.to_owned() } else { format!("(?{options}){pattern}") };
        let (compiled, is_large) = match compile_within(&text, LARGE_PATTERN) {
            Err(regex::Error::CompiledTooBig(_)) => (compile(&text), true),
            other => (other, false),
        };
        match compiled {
            Ok(regex) => Ok(Self { regex, is_large }),
            Err(regex::Error::CompiledTooBig(_)) => {
                Err(Invalid::new(format!("$regex: {pattern:?} takes too much memory: repeat less in it")))
            }
            Err(_) => Err(Invalid::new(format!("$regex: {pattern:?} is not a regular expression"))),
        }
    }

    pub fn as_str(&self) -> &str {
        self.regex.as_str()
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

/// Compiles a pattern within the memory that one request may take.
///
/// # Errors
/// When the pattern is malformed, or would grow past the bound.
pub fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    compile_within(pattern, PATTERN_SIZE)
}

fn compile_within(pattern: &str, size: usize) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(size).dfa_size_limit(PATTERN_SIZE).build()
}

impl Filter {
    /// # Errors
    /// [`Invalid`] with what is wrong, for a shape, operator or operand that the language does not
    /// have, or for one past its limits.
    pub fn parse(json: &Value) -> Result<Self, Invalid> {
        parse_filters(json, 0, &mut Size::default())
    }
}

/// What a filter has used of its limits.
#[derive(Default)]
struct Size {
    conditions: usize,
    large_patterns: usize,
}

impl Size {
    fn condition(&mut self) -> Result<(), Invalid> {
        self.conditions += 1;
        if self.conditions > MAX_CONDITIONS {
            return Err(Invalid::new(format!("a filter has at most {MAX_CONDITIONS} conditions")));
        }
        Ok(())
    }

    fn large_pattern(&mut self) -> Result<(), Invalid> {
        self.large_patterns += 1;
        if self.large_patterns > MAX_LARGE_PATTERNS {
            return Err(Invalid::new(format!(
                "a filter has at most {MAX_LARGE_PATTERNS} $regex as large as these: repeat less in them"
            )));
        }
        Ok(())
    }
}

fn parse_filters(json: &Value, depth: usize, size: &mut Size) -> Result<Filter, Invalid> {
    if depth > MAX_DEPTH {
        return Err(Invalid::new(format!("filters nest at most {MAX_DEPTH} deep")));
    }
    let object = json.as_object().ok_or_else(|| Invalid::new("Invalid filter format: expected an object of fields"))?;
    if object.is_empty() {
        // It filters nothing, but as one of many in an $or it takes its place in the statement.
        size.condition()?;
    }
    let mut all = Vec::with_capacity(object.len());
    for (name, condition) in object {
        match name.as_str() {
            "$and" => all.push(Filter::All(parse_list(name, condition, depth, size)?)),
            "$or" => all.push(Filter::Any(parse_list(name, condition, depth, size)?)),
            "$not" => all.push(Filter::Not(Box::new(parse_filters(condition, depth + 1, size)?))),
            _ if name.starts_with('$') => return Err(unknown(name)),
            _ => parse_field(&Path::parse(name)?, condition, size, &mut all)?,
        }
    }
    Ok(Filter::All(all))
}

fn parse_list(name: &str, json: &Value, depth: usize, size: &mut Size) -> Result<Vec<Filter>, Invalid> {
    match json.as_array() {
        Some(list) if !list.is_empty() => list.iter().map(|filters| parse_filters(filters, depth + 1, size)).collect(),
        _ => Err(Invalid::new(format!("Invalid filter format: {name} needs an array of filters"))),
    }
}

fn parse_field(path: &Path, condition: &Value, size: &mut Size, all: &mut Vec<Filter>) -> Result<(), Invalid> {
    let mut push = |filter| {
        size.condition()?;
        if matches!(&filter, Filter::Field(_, Test::Matches(pattern)) if pattern.is_large) {
            size.large_pattern()?;
        }
        all.push(filter);
        Ok(())
    };
    let field = |test| Filter::Field(path.clone(), test);
    let not = |test| Filter::Not(Box::new(Filter::Field(path.clone(), test)));
    let operators = match condition {
        Value::Object(map) if map.keys().any(|key| key.starts_with('$')) => map,
        plain => return push(field(Test::Equal(normalised(plain)))),
    };
    for (operator, operand) in operators {
        match operator.as_str() {
            "$eq" => push(field(Test::Equal(normalised(operand))))?,
            "$ne" => push(not(Test::Equal(normalised(operand))))?,
            "$in" => push(field(Test::In(parse_in(operator, operand)?)))?,
            "$nin" => push(not(Test::In(parse_in(operator, operand)?)))?,
            "$gt" => push(field(Test::Compare(Comparison::Greater, comparable(operator, operand)?)))?,
            "$gte" => push(field(Test::Compare(Comparison::GreaterOrEqual, comparable(operator, operand)?)))?,
            "$lt" => push(field(Test::Compare(Comparison::Less, comparable(operator, operand)?)))?,
            "$lte" => push(field(Test::Compare(Comparison::LessOrEqual, comparable(operator, operand)?)))?,
            "$regex" => push(field(Test::Matches(parse_regex(operand, operators)?)))?,
            "$options" if operators.contains_key("$regex") => {}
            "$exists" => match operand {
                Value::Bool(true) => push(field(Test::Exists))?,
                Value::Bool(false) => push(not(Test::Exists))?,
                _ => return Err(Invalid::new("$exists needs true or false")),
            },
            other => return Err(unknown(other)),
        }
    }
    Ok(())
}

fn parse_in(operator: &str, operand: &Value) -> Result<Vec<Value>, Invalid> {
    match operand {
        Value::Array(list) if list.len() > MAX_IN => {
            Err(Invalid::new(format!("{operator} takes at most {MAX_IN} values")))
        }
        Value::Array(list) => Ok(list.iter().map(normalised).collect()),
        _ => Err(Invalid::new(format!("{operator} needs an array"))),
    }
}

fn comparable(operator: &str, operand: &Value) -> Result<Operand, Invalid> {
    match operand {
        Value::Number(number) => number
            .as_f64()
            .map(Operand::Number)
            .ok_or_else(|| Invalid::new(format!("{operator}: the number is out of range"))),
        Value::String(text) => Ok(Operand::Text(text.clone())),
        _ => Err(Invalid::new(format!("{operator} compares with a number, a string or a date"))),
    }
}

fn parse_regex(operand: &Value, siblings: &Map<String, Value>) -> Result<Pattern, Invalid> {
    let pattern = operand.as_str().ok_or_else(|| Invalid::new("$regex needs a string"))?;
    let options = match siblings.get("$options") {
        None => "",
        Some(Value::String(options)) => options,
        Some(_) => return Err(Invalid::new("$options needs a string of i, m, s, x")),
    };
    Pattern::new(pattern, options)
}

fn normalised(value: &Value) -> Value {
    let mut value = value.clone();
    normalise_numbers(&mut value);
    value
}

fn unknown(operator: &str) -> Invalid {
    Invalid::new(format!(
        "{operator} is not an operator: use $eq $ne $gt $gte $lt $lte $in $nin $regex $exists, or $and $or $not around filters"
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_language_has_is_accepted() {
        for filter in [
            json!({}),
            json!({"title": "x", "views": {"$gte": 1, "$lt": 9}}),
            json!({"date": {"$gte": "2025-01-20", "$lte": "2025-01-26"}}),
            json!({"tags": {"$in": ["a", null, 3]}, "address.city": {"$ne": null}}),
            json!({"$or": [{"a": 1}, {"$and": [{"b": 2}, {"$not": {"c": 3}}]}]}),
            json!({"title": {"$regex": "^a", "$options": "i"}, "x": {"$exists": false}}),
            json!({"meta": {"deep": {"er": 1}}, "list": [1, 2]}),
        ] {
            assert!(Filter::parse(&filter).is_ok(), "{filter}");
        }
    }

    #[test]
    fn everything_else_is_refused_in_words() {
        for (filter, part) in [
            (json!([]), "Invalid filter format"),
            (json!("x"), "Invalid filter format"),
            (json!({"$nor": []}), "$nor is not an operator"),
            (json!({"a": {"$near": 1}}), "$near is not an operator"),
            (json!({"a": {"$in": 1}}), "array"),
            (json!({"a": {"$gt": null}}), "compares with"),
            (json!({"a": {"$exists": "yes"}}), "true or false"),
            (json!({"a": {"$regex": "("}}), "regular expression"),
            (json!({"a": {"$regex": "a", "$options": "g"}}), "$options"),
            (json!({"a..b": 1}), "not the name of a field"),
            (json!({"$or": {}}), "array of filters"),
        ] {
            let error = Filter::parse(&filter).expect_err("refused").to_string();
            assert!(error.contains(part), "{filter}: {error}");
        }
    }

    #[test]
    fn limits_hold() {
        let nested = (0..9).fold(json!({"a": 1}), |inner, _| json!({"$not": inner}));
        assert!(Filter::parse(&nested).is_err());
        let many: Map<_, _> = (0..201).map(|i| (format!("f{i}"), json!(1))).collect();
        assert!(Filter::parse(&Value::Object(many)).is_err());
        assert!(Filter::parse(&json!({"$or": vec![json!({}); 200]})).is_ok());
        assert!(Filter::parse(&json!({"$or": vec![json!({}); 201]})).is_err());
        assert!(Filter::parse(&json!({"a": {"$in": vec![1; 1001]}})).is_err());
        let patterns = |pattern: &str, count| json!({"$or": vec![json!({"a": {"$regex": pattern}}); count]});
        assert!(Filter::parse(&patterns("(?i)a word or two", 200)).is_ok());
        let large = "(a{1,40}){1,40}";
        assert!(Filter::parse(&patterns(large, 20)).is_ok());
        assert!(Filter::parse(&patterns(large, 21)).is_err());
        assert!(Filter::parse(&patterns(r"\w{500}", 1)).is_err());
        assert!(Filter::parse(&json!({"a": {"$regex": "a".repeat(513)}})).is_err());
    }
}
