//! JSON to the tree, within its limits.

use serde_json::{Map, Value};

use super::{Comparison, Filter, MAX_DEPTH, Operand, Path, Pattern, Test};
use crate::domain::{Invalid, record::normalise_numbers};

const MAX_CONDITIONS: usize = 200;
const MAX_IN: usize = 1000;
const MAX_LARGE_PATTERNS: usize = 20;

impl Filter {
    /// # Errors
    /// [`Invalid`] with what is wrong, for a shape, operator or operand that the language does not
    /// have, or for one past its limits.
    pub fn parse(json: &Value) -> Result<Self, Invalid> {
        parse_filters(json, 0, &mut Size::default())
    }

    /// Reads `orFilters`: an object, of which one field must hold, or an array of filters, of which
    /// one must hold whole. Neither filters anything when it is empty.
    ///
    /// # Errors
    /// As [`Filter::parse`].
    pub fn parse_any(json: &Value) -> Result<Self, Invalid> {
        let mut size = Size::default();
        let alternatives: Vec<_> = match json {
            Value::Array(list) => {
                list.iter().map(|filters| parse_filters(filters, 1, &mut size)).collect::<Result<_, _>>()?
            }
            Value::Object(fields) => {
                let mut alternatives = Vec::with_capacity(fields.len());
                for (name, condition) in fields {
                    let mut all = Vec::new();
                    parse_member(name, condition, 0, &mut size, &mut all)?;
                    alternatives.push(Self::All(all));
                }
                alternatives
            }
            _ => return Err(Invalid::new("Invalid filter format: expected an object of fields or an array of them")),
        };
        Ok(if alternatives.is_empty() { Self::All(alternatives) } else { Self::Any(alternatives) })
    }

    /// What `search` looks for: its text in some string column, or in the one field that is named.
    ///
    /// # Errors
    /// [`Invalid`] when the text is too long.
    pub fn search(text: &str, field: Option<Path>) -> Result<Self, Invalid> {
        let pattern = Pattern::containing(text)?;
        Ok(match field {
            Some(field) => Self::Field(field, Test::Matches(pattern)),
            None => Self::Search(pattern),
        })
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
        parse_member(name, condition, depth, size, &mut all)?;
    }
    Ok(Filter::All(all))
}

fn parse_member(
    name: &str,
    condition: &Value,
    depth: usize,
    size: &mut Size,
    all: &mut Vec<Filter>,
) -> Result<(), Invalid> {
    match name {
        "$and" => all.push(Filter::All(parse_list(name, condition, depth, size)?)),
        "$or" => all.push(Filter::Any(parse_list(name, condition, depth, size)?)),
        "$not" => all.push(Filter::Not(Box::new(parse_filters(condition, depth + 1, size)?))),
        _ if name.starts_with('$') => return Err(unknown(name)),
        _ => parse_field(&Path::parse(name)?, condition, size, all)?,
    }
    Ok(())
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
    fn of_or_filters_one_is_enough() {
        let any = |json| format!("{:?}", Filter::parse_any(&json).expect("valid"));
        let all = |json| format!("{:?}", Filter::parse(&json).expect("valid"));
        assert_eq!(
            any(json!({"a": 1, "b": {"$gt": 1, "$lt": 5}})),
            any(json!([{"a": 1}, {"b": {"$gt": 1, "$lt": 5}}]))
        );
        assert_eq!(any(json!({})), all(json!({})));
        assert_eq!(any(json!([])), all(json!({})));
        for bad in [json!("x"), json!(1), json!([1]), json!([[{"a": 1}]]), json!({"$nor": []}), json!({"a": {"$x": 1}})]
        {
            assert!(Filter::parse_any(&bad).is_err(), "{bad}");
        }
        assert!(Filter::parse_any(&Value::from(vec![json!({"a": 1}); 201])).is_err());
    }

    #[test]
    fn a_search_is_for_letters_and_not_for_a_pattern() {
        let Filter::Search(pattern) = Filter::search("A.b", None).expect("short") else { unreachable!("no field") };
        assert!(pattern.is_match("xa.Bx") && !pattern.is_match("axb"));
        assert!(Filter::search(&"a".repeat(513), None).is_err());
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
