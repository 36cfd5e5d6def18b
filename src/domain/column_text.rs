//! Columns as people write them: `title:string! views:int tags:array`.

use std::{collections::HashSet, fmt, str::FromStr};

use serde_json::{Map, Value, json};

use super::{
    Invalid,
    table::{Kind, check_column_name},
};

/// `COLUMN:TYPE` with `!` for one that is required.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnText {
    name: String,
    bson_type: &'static str,
    required: bool,
}

impl FromStr for ColumnText {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (name, kind) = text.split_once(':').ok_or_else(|| {
            Invalid::new("write COLUMN:TYPE, like title:string, with ! for a required one: title:string!")
        })?;
        check_column_name(name)?;
        let (kind, required) = kind.strip_suffix('!').map_or((kind, false), |kind| (kind, true));
        // `reference` is a string that points to another table's rows; the word must survive.
        let bson_type = if kind == "reference" { "reference" } else { Kind::parse(kind)?.bson_type() };
        Ok(Self { name: name.to_owned(), bson_type, required })
    }
}

impl fmt::Display for ColumnText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}{}", self.name, self.bson_type, if self.required { "!" } else { "" })
    }
}

/// The columns as the map that a new table is described by.
///
/// # Errors
/// [`Invalid`] naming a column that is given twice.
pub fn schema(columns: Vec<ColumnText>) -> Result<Map<String, Value>, Invalid> {
    let mut seen = HashSet::new();
    if let Some(twice) = columns.iter().find(|column| !seen.insert(column.name.clone())) {
        return Err(Invalid::new(format!("the column {} is given twice", twice.name)));
    }
    let definition = |column: &ColumnText| {
        if column.required {
            json!({ "bsonType": column.bson_type, "required": true })
        } else {
            json!({ "bsonType": column.bson_type })
        }
    };
    Ok(columns.into_iter().map(|column| (column.name.clone(), definition(&column))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_a_name_and_a_type() {
        let parse = |text: &str| schema(vec![text.parse()?]).map(Value::Object);
        assert_eq!(parse("views:int"), Ok(json!({ "views": { "bsonType": "int" } })));
        assert_eq!(parse("title:string!"), Ok(json!({ "title": { "bsonType": "string", "required": true } })));
        assert_eq!(parse("author:reference"), Ok(json!({ "author": { "bsonType": "reference" } })));
        assert_eq!(parse("price:number"), Ok(json!({ "price": { "bsonType": "double" } })));
        for bad in ["title", "title:", "title:text", "title:string!!", ":string", "a b:string", "id:string", "!:int"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_column_reads_back_what_it_prints() {
        for text in ["views:int", "title:string!", "author:reference"] {
            assert_eq!(text.parse::<ColumnText>().map(|column| column.to_string()), Ok(text.to_owned()));
        }
    }
}
