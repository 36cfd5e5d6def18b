//! What is asked of the server: in which order, and filtered by what was typed.
//!
//! A filter is words and comparisons: `hello views>10 author="Ann Lee"`. A word is sought in every
//! column of text, whatever its case; a comparison goes to its column. All must hold, and all rows
//! are looked at, not only those on the screen.

use serde_json::{Value, json};

use super::columns::Columns;
use crate::domain::{filter::Path, list::Direction, table::Kind};

/// Conditions that one filter may send. The language has room for 200; a word takes one for each
/// column.
const MOST: usize = 160;
/// The longest word that is sought: escaped, it still fits a pattern of the language.
const LONGEST: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub column: String,
    pub direction: Direction,
}

impl Default for Order {
    /// As the server's own default: the newest row first, because identifiers count up.
    fn default() -> Self {
        Self { column: "id".into(), direction: Direction::Descending }
    }
}

impl Order {
    /// Whether the rows are in the order of their identifiers.
    pub fn is_of_identifiers(&self) -> bool {
        self.column == "id"
    }

    pub fn turn_round(&mut self) {
        self.direction = match self.direction {
            Direction::Ascending => Direction::Descending,
            Direction::Descending => Direction::Ascending,
        };
    }
}

/// The typed filter in the server's language; `None` lets every row pass.
pub fn conditions(text: &str, columns: &Columns) -> Option<Value> {
    let parts = parts(text);
    let words = parts.iter().filter(|part| comparison(part).is_none()).count();
    let room = MOST / words.max(1);
    let mut all: Vec<Value> = parts
        .iter()
        .filter_map(|part| match comparison(part) {
            Some(comparison) => comparison.condition(columns),
            None => Some(sought(part, columns, room)),
        })
        .collect();
    match all.len() {
        0 => None,
        1 => all.pop(),
        _ => Some(json!({ "$and": all })),
    }
}

/// The columns that a word is sought in, for the screen to say so.
pub fn searched(columns: &Columns) -> impl Iterator<Item = &str> {
    columns.all().iter().filter(|column| holds_words(&column.name, column.kind)).map(|column| column.name.as_str())
}

/// Whether anything in the filter is sought in several columns.
pub fn has_words(text: &str) -> bool {
    parts(text).iter().any(|part| comparison(part).is_none())
}

fn holds_words(name: &str, kind: Option<Kind>) -> bool {
    name != "createdBy" && matches!(kind, None | Some(Kind::String | Kind::Array))
}

/// Splits at spaces outside of quotes; the quotes stay.
fn parts(text: &str) -> Vec<&str> {
    let mut quoted = false;
    let split = text.split(move |character: char| {
        quoted ^= character == '"';
        character.is_whitespace() && !quoted
    });
    split.filter(|part| !part.is_empty()).collect()
}

fn sought(word: &str, columns: &Columns, room: usize) -> Value {
    let word: String = word.trim_matches('"').chars().take(LONGEST).collect();
    let pattern = json!({ "$regex": regex::escape(&word), "$options": "i" });
    let number = number(&word);
    let condition = |name: &str, kind: Option<Kind>| match kind {
        // An array matches when one of its elements is the word.
        Some(Kind::Array) => Some(json!({ name: word })),
        _ if holds_words(name, kind) => Some(json!({ name: pattern })),
        Some(Kind::Integer | Kind::Number) => number.as_ref().map(|number| json!({ name: number })),
        _ => None,
    };
    let any: Vec<_> = columns.all().iter().filter_map(|c| condition(&c.name, c.kind)).take(room).collect();
    json!({ "$or": any })
}

struct Comparison<'a> {
    column: &'a str,
    operator: &'static str,
    value: &'a str,
}

const OPERATORS: [(&str, &str); 6] =
    [("!=", "$ne"), (">=", "$gte"), ("<=", "$lte"), ("=", "$eq"), (">", "$gt"), ("<", "$lt")];

/// Reads `views>=10`; what does not begin with the name of a column is a word.
fn comparison(part: &str) -> Option<Comparison<'_>> {
    let at = part.find(['!', '>', '<', '='])?;
    let (column, rest) = part.split_at(at);
    let (sign, operator) = OPERATORS.into_iter().find(|(sign, _)| rest.starts_with(sign))?;
    // Anything that no field is called is a word with a sign in it.
    let begins = column.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let is_name = begins && Path::parse(column).is_ok();
    is_name.then(|| Comparison { column, operator, value: &rest[sign.len()..] })
}

impl Comparison<'_> {
    /// `None` while its value is still to be typed.
    fn condition(&self, columns: &Columns) -> Option<Value> {
        if self.value.is_empty() {
            return None;
        }
        let kind = columns.all().iter().find(|column| column.name == self.column).and_then(|column| column.kind);
        let value = match (typed(self.value, kind), self.operator) {
            // Only numbers and texts come before or after one another.
            (Value::Null | Value::Bool(_), "$gt" | "$gte" | "$lt" | "$lte") => self.value.into(),
            (value, _) => value,
        };
        Some(json!({ self.column: { self.operator: value } }))
    }
}

/// The value as its column's type has it. Quotes make text of anything.
fn typed(text: &str, kind: Option<Kind>) -> Value {
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted.trim_end_matches('"').into();
    }
    let plain = || Value::from(text);
    match (text, kind) {
        ("null", _) => Value::Null,
        (_, Some(Kind::String | Kind::Date)) => plain(),
        ("true", _) => true.into(),
        ("false", _) => false.into(),
        _ => number(text).unwrap_or_else(plain),
    }
}

fn number(text: &str) -> Option<Value> {
    let starts = text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    starts.then(|| serde_json::from_str(text).ok()).flatten().filter(Value::is_number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{filter::Filter, table::Schema};

    fn columns() -> Columns {
        let schema = json!({
            "title": {"bsonType": "string"}, "views": {"bsonType": "int"}, "tags": {"bsonType": "array"},
            "done": {"bsonType": "bool"}
        });
        Columns::of(&Schema::parse(schema.as_object().expect("an object")).expect("a schema"))
    }

    #[test]
    fn a_word_is_sought_in_text_and_arrays_and_a_number_in_numbers_too() {
        let text = json!({"$regex": "a\\.b", "$options": "i"});
        assert_eq!(
            conditions("a.b", &columns()),
            Some(json!({"$or": [{"id": text}, {"title": text}, {"tags": "a.b"}]}))
        );
        let found = conditions("42", &columns()).map(|condition| condition.to_string()).unwrap_or_default();
        assert!(found.contains("{\"views\":42}"), "{found}");
        assert_eq!(searched(&columns()).collect::<Vec<_>>(), ["id", "title", "tags"]);
    }

    #[test]
    fn a_comparison_goes_to_its_column_with_a_value_of_its_type() {
        let of = |text: &str| conditions(text, &columns());
        assert_eq!(of("views>=10"), Some(json!({"views": {"$gte": 10}})));
        assert_eq!(of("title=10"), Some(json!({"title": {"$eq": "10"}})));
        assert_eq!(of("title=\"a b\""), Some(json!({"title": {"$eq": "a b"}})));
        assert_eq!(of("done!=true"), Some(json!({"done": {"$ne": true}})));
        assert_eq!(of("extra=null"), Some(json!({"extra": {"$eq": null}})));
        assert_eq!(of("views>1 views<9"), Some(json!({"$and": [{"views": {"$gt": 1}}, {"views": {"$lt": 9}}]})));
        assert_eq!(of("done>true"), Some(json!({"done": {"$gt": "true"}})));
        assert!(of("a.<b").is_some_and(|word| word["$or"].is_array()));
        assert_eq!(of("views>"), None);
        assert_eq!(of("  "), None);
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

        #[test]
        fn a_few_words_are_a_filter_that_the_server_takes(
            text in "([ -~é]{0,6}|(views|done|title|new)(=|!=|<|>=)(null|true|-?[0-9]{1,3}|\"[a-z ]*\"?)| ){0,3}"
        ) {
            if let Some(condition) = conditions(&text, &columns()) {
                proptest::prop_assert!(Filter::parse(&condition).is_ok(), "{text}: {condition}");
            }
        }
    }
}
