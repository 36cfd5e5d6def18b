//! Filters as a query string spells them: `andFilters[status]=open&andFilters[views][$gt]=5`.
//!
//! `URLSearchParams` code and the serialisers of HTTP clients write nested parameters so. Every value
//! arrives as text; [`Bracketed::typed`] makes it what its column holds, and the result is read as any
//! other filter.

use serde_json::{Map, Value};

use super::MAX_DEPTH;
use crate::domain::{
    Invalid,
    table::{Kind, Property, Schema},
};

/// A filter whose values are still text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bracketed(Map<String, Value>);

impl Bracketed {
    /// Collects the parameters that are called `name[…]`; `None` when there is none.
    ///
    /// # Errors
    /// [`Invalid`] for brackets that do not match, or for a name that is both a value and a group.
    pub fn collect<'a>(
        name: &str,
        parameters: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<Option<Self>, Invalid> {
        let mut root = Map::new();
        for (key, value) in parameters {
            let Some(brackets) = key.strip_prefix(name).filter(|rest| rest.starts_with('[')) else { continue };
            let wrong = || Invalid::new(format!("Invalid filter format: {key:?} is not {name}[column]"));
            let inside = brackets.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).ok_or_else(wrong)?;
            let segments: Vec<&str> = inside.split("][").collect();
            let malformed = |segment: &&str| segment.contains(['[', ']']);
            if segments.len() > 2 * MAX_DEPTH || segments[0].is_empty() || segments.iter().any(malformed) {
                return Err(wrong());
            }
            insert(&mut root, &segments, value).ok_or_else(wrong)?;
        }
        Ok((!root.is_empty()).then_some(Self(root)))
    }

    /// The filter as JSON, each value of the type of its column. A value that its column cannot hold
    /// stays text, and so matches nothing.
    pub fn typed(self, schema: &Schema) -> Value {
        filters(Value::Object(self.0), schema)
    }
}

/// Puts a value at the end of its path; of one that comes twice the first counts.
fn insert(map: &mut Map<String, Value>, segments: &[&str], value: &str) -> Option<()> {
    let (first, rest) = segments.split_first()?;
    // `[]` appends.
    let key = if first.is_empty() { map.len().to_string() } else { (*first).to_owned() };
    if rest.is_empty() {
        let entry = map.entry(key).or_insert_with(|| value.into());
        return (!entry.is_object()).then_some(());
    }
    insert(map.entry(key).or_insert_with(|| Value::Object(Map::new())).as_object_mut()?, rest, value)
}

/// A group of fields, or a list of groups when its keys are numbers.
fn filters(value: Value, schema: &Schema) -> Value {
    let map = match value {
        Value::Object(map) => map,
        other => return other,
    };
    if is_list(&map) {
        return map.into_iter().map(|(_, group)| filters(group, schema)).collect();
    }
    let mut fields = Map::new();
    for (name, condition) in map {
        if name.starts_with('$') {
            fields.insert(name, filters(condition, schema));
        } else {
            let property = property_at(schema, &name);
            field(name, property, condition, &mut fields);
        }
    }
    fields.into()
}

/// The declared property that a dotted name leads to.
fn property_at<'a>(schema: &'a Schema, name: &str) -> Option<&'a Property> {
    let mut segments = name.split('.');
    let column = schema.get(segments.next()?)?;
    segments.try_fold(&column.property, nested)
}

fn nested<'a>(property: &'a Property, name: &str) -> Option<&'a Property> {
    property.properties.iter().find(|(other, ..)| other == name).map(|(_, property, _)| property)
}

fn field(name: String, property: Option<&Property>, condition: Value, fields: &mut Map<String, Value>) {
    let map = match condition {
        Value::Object(map) => map,
        text => {
            fields.insert(name, scalar(property, text));
            return;
        }
    };
    if is_list(&map) {
        fields.insert(name, map.into_iter().map(|(_, text)| scalar(property, text)).collect());
    } else if map.keys().any(|key| key.starts_with('$')) {
        let operators = map.into_iter().map(|(operator, operand)| typed_operand(property, operator, operand));
        fields.insert(name, Value::Object(operators.collect()));
    } else {
        // `andFilters[address][city]` is `address.city`.
        for (inner, condition) in map {
            let property = property.and_then(|property| nested(property, &inner));
            field(format!("{name}.{inner}"), property, condition, fields);
        }
    }
}

fn typed_operand(property: Option<&Property>, operator: String, operand: Value) -> (String, Value) {
    let operand = match (operator.as_str(), operand) {
        ("$in" | "$nin", Value::String(list)) => list.split(',').map(|text| scalar(property, text.into())).collect(),
        ("$in" | "$nin", Value::Object(list)) => list.into_iter().map(|(_, text)| scalar(property, text)).collect(),
        ("$exists", Value::String(text)) => flag(&text).unwrap_or(Value::String(text)),
        ("$regex" | "$options", operand) => operand,
        (_, operand) => scalar(property, operand),
    };
    (operator, operand)
}

fn scalar(property: Option<&Property>, value: Value) -> Value {
    let (Some(property), Value::String(text)) = (property, &value) else { return value };
    let typed = match property.kind {
        Kind::String | Kind::Object => None,
        Kind::Date => null(text),
        Kind::Integer | Kind::Number => number(text).or_else(|| null(text)),
        Kind::Boolean => flag(text).or_else(|| null(text)),
        Kind::Array => return scalar(property.items.as_deref(), value),
    };
    typed.unwrap_or(value)
}

fn number(text: &str) -> Option<Value> {
    let whole = text.parse::<i64>().map(Value::from).ok();
    whole.or_else(|| text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from))
}

fn flag(text: &str) -> Option<Value> {
    text.parse::<bool>().ok().map(Value::from)
}

fn null(text: &str) -> Option<Value> {
    (text == "null").then_some(Value::Null)
}

fn is_list(map: &Map<String, Value>) -> bool {
    !map.is_empty() && map.keys().all(|key| key.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::domain::filter::Filter;

    fn typed(query: &[(&str, &str)]) -> Result<Value, Invalid> {
        let columns = json!({
            "title": {"bsonType": "string"}, "views": {"bsonType": "int"}, "price": {"bsonType": "double"},
            "open": {"bsonType": "bool"}, "due": {"bsonType": "date"},
            "sizes": {"bsonType": "array", "items": {"bsonType": "int"}},
            "place": {"bsonType": "object", "properties": {"floor": {"bsonType": "int"}}},
        });
        let schema = Schema::parse(columns.as_object().expect("an object")).expect("valid");
        let found = Bracketed::collect("andFilters", query.iter().copied())?;
        Ok(found.map_or(Value::Null, |found| found.typed(&schema)))
    }

    #[test]
    fn a_value_becomes_what_its_column_holds() {
        for (query, filter) in [
            (&[("andFilters[title]", "5")][..], json!({"title": "5"})),
            (&[("andFilters[views]", "5")], json!({"views": 5})),
            (&[("andFilters[views]", "many")], json!({"views": "many"})),
            (
                &[("andFilters[price][$gte]", "1.5"), ("andFilters[price][$lt]", "9")],
                json!({"price": {"$gte": 1.5, "$lt": 9}}),
            ),
            (&[("andFilters[open]", "true")], json!({"open": true})),
            (&[("andFilters[open]", "null")], json!({"open": null})),
            (&[("andFilters[title]", "null")], json!({"title": "null"})),
            (&[("andFilters[due][$gt]", "2025-01-20")], json!({"due": {"$gt": "2025-01-20"}})),
            (&[("andFilters[sizes]", "4")], json!({"sizes": 4})),
            (&[("andFilters[views][$in]", "1,2")], json!({"views": {"$in": [1, 2]}})),
            (
                &[("andFilters[views][$in][]", "1"), ("andFilters[views][$in][]", "2")],
                json!({"views": {"$in": [1, 2]}}),
            ),
            (&[("andFilters[views][$exists]", "false")], json!({"views": {"$exists": false}})),
            (&[("andFilters[place][floor]", "2")], json!({"place.floor": 2})),
            (&[("andFilters[place.floor]", "2")], json!({"place.floor": 2})),
            (&[("andFilters[other]", "2")], json!({"other": "2"})),
            (&[("andFilters[0][views]", "1"), ("andFilters[1][open]", "true")], json!([{"views": 1}, {"open": true}])),
            (&[("andFilters[$or][0][views]", "1")], json!({"$or": [{"views": 1}]})),
            (&[("andFilters[views]", "1"), ("andFilters[views]", "2")], json!({"views": 1})),
            (&[("page", "1"), ("andFiltersX[views]", "1")], Value::Null),
        ] {
            assert_eq!(typed(query), Ok(filter), "{query:?}");
        }
    }

    proptest! {
        #[test]
        fn any_query_is_read_or_refused(
            query in prop::collection::vec(("andFilters(\\[[a-z$0-9.]{0,4}\\]?){0,6}", ".{0,6}"), 0..5)
        ) {
            let query: Vec<_> = query.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            if let Ok(filter) = typed(&query)
                && !filter.is_null()
            {
                let _ = (Filter::parse(&filter), Filter::parse_any(&filter));
            }
        }
    }

    #[test]
    fn brackets_that_do_not_match_are_refused() {
        for key in ["andFilters[", "andFilters[]", "andFilters[a", "andFilters[a]b", "andFilters[a]]", "andFilters[[a]"]
        {
            assert!(typed(&[(key, "1")]).is_err(), "{key}");
        }
        assert!(typed(&[("andFilters[a]", "1"), ("andFilters[a][$gt]", "1")]).is_err());
        assert!(typed(&[("andFilters[a][$gt]", "1"), ("andFilters[a]", "1")]).is_err());
        assert!(typed(&[(&format!("andFilters[a]{}", "[b]".repeat(16)), "1")]).is_err());
    }
}
