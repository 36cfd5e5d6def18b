//! What can be read, and was probably not meant.

use super::{Expression, Field, Literal};
use crate::domain::nearest::nearest;

/// Words of other languages that compare there, and are only sought here.
const FOREIGN: [&str; 8] = ["is", "null", "like", "between", "contains", "exists", "&&", "||"];

/// The first thing in it that is worth a warning. It is no mistake: a field need not be declared, and any word
/// can be sought.
pub fn doubt(expression: &Expression, fields: &[&Field]) -> Option<String> {
    match expression {
        Expression::All(list) => foreign(list).or_else(|| list.iter().find_map(|inner| doubt(inner, fields))),
        Expression::Any(list) => list.iter().find_map(|inner| doubt(inner, fields)),
        Expression::Not(inner) => doubt(inner, fields),
        Expression::Word(_) => None,
        Expression::Compare(column, ..) | Expression::In(column, _) => unknown(column, fields),
    }
}

/// One word alone may well be meant.
fn foreign(list: &[Expression]) -> Option<String> {
    let word = list.iter().find_map(|inner| match inner {
        Expression::Word(word) if is_foreign(word) => Some(&word.text),
        _ => None,
    })?;
    Some(format!("{word} is sought as a word: what compares is = != < > ~ in, like = null"))
}

fn is_foreign(word: &Literal) -> bool {
    !word.quoted && FOREIGN.iter().any(|foreign| foreign.eq_ignore_ascii_case(&word.text))
}

fn unknown(column: &Literal, fields: &[&Field]) -> Option<String> {
    let name = column.text.split('.').next().unwrap_or_default();
    let names = || fields.iter().map(|field| field.name.as_str());
    if fields.is_empty() || names().any(|known| known == name || known == column.text) {
        return None;
    }
    let meant = nearest(name, names()).map(|near| format!(", {near} is")).unwrap_or_default();
    Some(format!("{name} is no column of the schema{meant}"))
}

#[cfg(test)]
mod tests {
    use super::{super::parse, *};

    #[test]
    fn a_column_that_is_misspelt_and_words_that_look_like_operators_are_doubted() {
        let fields: Vec<_> = ["id", "title", "tags", "meta"]
            .map(|name| Field { name: name.into(), kind: None, items: None, allowed: Vec::new() })
            .into();
        let fields: Vec<_> = fields.iter().collect();
        let said = |text: &str| {
            let expression = parse(text).expression.expect("it is read").expect("something");
            doubt(&expression, &fields)
        };
        assert_eq!(said("titel = x").as_deref(), Some("titel is no column of the schema, title is"));
        assert_eq!(said("a or not (weather in (1, 2))").as_deref(), Some("weather is no column of the schema"));
        for text in ["tags is null", "tags LIKE x", "title = x && y"] {
            assert!(said(text).is_some_and(|said| said.contains("is sought as a word")), "{text}");
        }
        for text in ["title = x", "meta.size > 1", "null", "two words", "tags \"is\" x", "titel"] {
            assert_eq!(said(text), None, "{text}");
        }
    }
}
