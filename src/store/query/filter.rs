//! A filter as a condition of SQL.

use rusqlite::types::Value as Sql;
use serde_json::Value;

use super::super::{StoredTable, tables::accessor};
use crate::domain::{
    Invalid, Timestamp,
    filter::{Comparison, Filter, Operand, Path, Test},
    list::Direction,
    table::Kind,
};

/// What a path leads to.
enum Field<'a> {
    /// `id`, `createdBy`.
    Text(String),
    /// `createdAt`, `updatedAt`: milliseconds.
    Instant(String),
    Column {
        name: &'a str,
        kind: Kind,
    },
    /// A bound JSON path, as the placeholder's text.
    Undeclared(String),
}

pub(super) struct Compiler<'a> {
    pub table: &'a StoredTable,
    /// What the placeholders stand for, in their order.
    pub values: Vec<Sql>,
}

/// The JSON types of a scalar, as `json_type` and `json_each.type` name them.
const TEXT: &str = "'text'";
const NUMBER: &str = "'integer','real'";

impl<'a> Compiler<'a> {
    fn bind(&mut self, value: impl Into<Sql>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    fn field(&mut self, path: &Path) -> Field<'a> {
        if let Some(name) = path.column() {
            match name {
                "id" | "_id" => return Field::Text("id".into()),
                "createdBy" => return Field::Text("created_by".into()),
                "createdAt" | "updatedAt" => return Field::Instant(accessor(name)),
                _ => {}
            }
            if let Some(column) = self.table.schema.get(name) {
                let kind = column.property.kind;
                // No index serves an array or an object, so a loose one is as good as undeclared.
                if !(self.table.is_loose(name) && matches!(kind, Kind::Array | Kind::Object)) {
                    return Field::Column { name: &column.name, kind };
                }
            }
        }
        let quoted: Vec<_> = path.segments().iter().map(|segment| format!("\"{segment}\"")).collect();
        Field::Undeclared(self.bind(format!("$.{}", quoted.join("."))))
    }

    /// Adds a look at the JSON type to a condition on a declared column, where its rows need one.
    fn guard(&self, name: &str, kind: Kind, condition: String) -> String {
        if !self.table.is_loose(name) {
            return condition;
        }
        let types = match kind {
            // A text from before is a date if it is written as one that was stored since.
            Kind::Date => {
                let stored = "LIKE '____-__-__T__:__:__.___Z'";
                return format!("({condition} AND json_type(doc,'$.{name}') = {TEXT} AND {} {stored})", accessor(name));
            }
            Kind::String => TEXT,
            Kind::Integer | Kind::Number => NUMBER,
            Kind::Boolean => "'true','false'",
            Kind::Object => "'object'",
            Kind::Array => "'array'",
        };
        format!("({condition} AND json_type(doc,'$.{name}') IN ({types}))")
    }

    /// Whether a filter leaves one value of the sorted column: sorting by it then does nothing, and
    /// SQLite, which does not see that of an expression, would sort all the same.
    pub fn fixes(&self, filter: &Filter, sorted: &Path) -> bool {
        match filter {
            Filter::All(filters) => filters.iter().any(|filter| self.fixes(filter, sorted)),
            Filter::Field(path, Test::Equal(value)) => {
                let column = path.column().and_then(|name| self.table.schema.get(name));
                let scalar = !value.is_array() && !value.is_object();
                path == sorted && scalar && column.is_some_and(|column| column.property.kind != Kind::Array)
            }
            _ => false,
        }
    }

    pub fn order(&mut self, field: Option<&Path>, direction: Direction) -> String {
        let direction = match direction {
            Direction::Ascending => "ASC",
            Direction::Descending => "DESC",
        };
        let Some(field) = field else { return format!("id {direction}") };
        let expression = match self.field(field) {
            Field::Text(column) if column == "id" => return format!("id {direction}"),
            Field::Text(column) | Field::Instant(column) => column,
            Field::Column { name, .. } => accessor(name),
            Field::Undeclared(path) => format!("json_extract(doc,{path})"),
        };
        format!("{expression} {direction}, id {direction}")
    }

    pub fn filter(&mut self, filter: &Filter) -> Result<String, Invalid> {
        Ok(match filter {
            Filter::All(filters) => self.join(filters, " AND ", "1")?,
            Filter::Any(filters) => self.join(filters, " OR ", "0")?,
            // NULL is neither true nor false to SQL, and false to this language.
            Filter::Not(inner) => format!("({}) IS NOT TRUE", self.filter(inner)?),
            Filter::Field(path, test) => self.test(path, test)?,
            Filter::Search(pattern) => self.search(pattern.as_str()),
        })
    }

    fn join(&mut self, filters: &[Filter], with: &str, empty: &str) -> Result<String, Invalid> {
        let parts = filters.iter().map(|filter| self.filter(filter)).collect::<Result<Vec<_>, _>>()?;
        Ok(match parts.as_slice() {
            [] => empty.to_owned(),
            [only] => only.clone(),
            _ => format!("({})", parts.join(with)),
        })
    }

    fn test(&mut self, path: &Path, test: &Test) -> Result<String, Invalid> {
        match test {
            Test::Equal(value) => self.equal(path, value),
            Test::In(values) => self.any_of(path, values),
            Test::Compare(comparison, operand) => self.compare(path, *comparison, operand),
            Test::Matches(pattern) => Ok(self.matches(path, pattern.as_str())),
            Test::Exists => Ok(match self.field(path) {
                Field::Text(_) | Field::Instant(_) => "1".into(),
                Field::Column { name, .. } => format!("json_type(doc,'$.{name}') IS NOT NULL"),
                Field::Undeclared(path) => format!("json_type(doc,{path}) IS NOT NULL"),
            }),
        }
    }

    fn equal(&mut self, path: &Path, value: &Value) -> Result<String, Invalid> {
        let (expression, name, kind) = match self.field(path) {
            Field::Text(column) => (column, "", Kind::String),
            Field::Instant(column) => {
                return Ok(match value {
                    Value::Null => "0".into(),
                    value => format!("{column} = {}", self.instant(path, value)?),
                });
            }
            Field::Column { name, kind: Kind::Array } if !value.is_null() && !value.is_array() => {
                let elements = format!("json_each(doc,'$.{name}')");
                return Ok(self.some_element(&elements, value));
            }
            Field::Column { name, kind } => (accessor(name), name, kind),
            Field::Undeclared(path) => return Ok(self.equal_undeclared(&path, value)),
        };
        if value.is_null() {
            return Ok(format!("{expression} IS NULL"));
        }
        let Some(operand) = operand(path, kind, value)? else { return Ok("0".into()) };
        let condition = format!("{expression} = {}", self.bind(operand));
        Ok(self.guard(name, kind, condition))
    }

    fn equal_undeclared(&mut self, path: &str, value: &Value) -> String {
        match value {
            Value::Null => format!("ifnull(json_type(doc,{path}),'null') = 'null'"),
            Value::Array(_) | Value::Object(_) => {
                let kind = if value.is_array() { "'array'" } else { "'object'" };
                let text = self.bind(value.to_string());
                format!("(json_type(doc,{path}) = {kind} AND json_extract(doc,{path}) = {text})")
            }
            // `json_each` of a scalar is one row, the scalar; an object's members are not elements.
            scalar => {
                let some = self.some_element(&format!("json_each(doc,{path})"), scalar);
                format!("(json_type(doc,{path}) <> 'object' AND {some})")
            }
        }
    }

    fn some_element(&mut self, elements: &str, value: &Value) -> String {
        let condition = match value {
            Value::Bool(true) => "e.type = 'true'".into(),
            Value::Bool(false) => "e.type = 'false'".into(),
            Value::String(text) => format!("e.type = {TEXT} AND e.value = {}", self.bind(text.clone())),
            Value::Number(_) => match sql_number(value) {
                Some(number) => format!("e.type IN ({NUMBER}) AND e.value = {}", self.bind(number)),
                None => return "0".into(),
            },
            Value::Null | Value::Array(_) | Value::Object(_) => return "0".into(),
        };
        format!("EXISTS (SELECT 1 FROM {elements} AS e WHERE {condition})")
    }

    /// `$in`: texts, numbers and containers go as one bound JSON array each, so a list of a thousand
    /// is one parameter and one statement in the cache; what is left are three values, each compared
    /// with once. A disjunction of all would pass the depth that SQLite allows an expression.
    fn any_of(&mut self, path: &Path, values: &[Value]) -> Result<String, Invalid> {
        let mut texts = Vec::new();
        let mut numbers = Vec::new();
        let mut containers = Vec::new();
        let mut parts = Vec::new();
        for value in values {
            match value {
                Value::String(_) => texts.push(value.clone()),
                Value::Number(_) => numbers.push(value.clone()),
                Value::Array(_) | Value::Object(_) => containers.push(value),
                Value::Null | Value::Bool(_) => {}
            }
        }
        for single in [Value::Null, Value::Bool(true), Value::Bool(false)] {
            if values.contains(&single) {
                parts.push(self.equal(path, &single)?);
            }
        }
        if !containers.is_empty() {
            parts.push(self.in_containers(path, &containers)?);
        }
        for (list, is_text) in [(texts, true), (numbers, false)] {
            if !list.is_empty() {
                parts.push(self.in_list(path, list, is_text)?);
            }
        }
        Ok(match parts.as_slice() {
            [] => "0".into(),
            [only] => only.clone(),
            _ => format!("({})", parts.join(" OR ")),
        })
    }

    fn in_list(&mut self, path: &Path, list: Vec<Value>, is_text: bool) -> Result<String, Invalid> {
        let types = if is_text { TEXT } else { NUMBER };
        let (expression, list, column) = match self.field(path) {
            Field::Text(column) if is_text => (column, list, None),
            Field::Instant(column) => {
                let instants = list.iter().map(|value| instant_of(path, value).map(|t| t.millis().into()));
                (column, instants.collect::<Result<Vec<Value>, _>>()?, None)
            }
            Field::Column { name, kind: Kind::Date } if is_text => {
                let dates = list.iter().map(|value| instant_of(path, value).map(|t| t.to_string().into()));
                (accessor(name), dates.collect::<Result<Vec<Value>, _>>()?, Some((name, Kind::Date)))
            }
            Field::Column { name, kind: kind @ Kind::String } if is_text => (accessor(name), list, Some((name, kind))),
            Field::Column { name, kind: kind @ (Kind::Integer | Kind::Number) } if !is_text => {
                (accessor(name), list, Some((name, kind)))
            }
            Field::Column { name, kind: Kind::Array } => {
                let elements = format!("json_each(doc,'$.{name}')");
                let list = self.bind(Value::from(list).to_string());
                return Ok(format!(
                    "EXISTS (SELECT 1 FROM {elements} AS e WHERE e.type IN ({types}) \
                     AND e.value IN (SELECT value FROM json_each({list})))"
                ));
            }
            Field::Undeclared(path) => {
                let list = self.bind(Value::from(list).to_string());
                return Ok(format!(
                    "(json_type(doc,{path}) <> 'object' AND EXISTS (SELECT 1 FROM json_each(doc,{path}) AS e \
                     WHERE e.type IN ({types}) AND e.value IN (SELECT value FROM json_each({list}))))"
                ));
            }
            Field::Text(_) | Field::Column { .. } => return Ok("0".into()),
        };
        let list = self.bind(Value::from(list).to_string());
        let condition = format!("{expression} IN (SELECT value FROM json_each({list}))");
        Ok(match column {
            Some((name, kind)) => self.guard(name, kind, condition),
            None => condition,
        })
    }

    /// Arrays and objects are compared as the text that SQLite prints them with.
    fn in_containers(&mut self, path: &Path, list: &[&Value]) -> Result<String, Invalid> {
        let texts = |fits: fn(&Value) -> bool| -> Value {
            list.iter().filter(|value| fits(value)).map(|value| Value::from(value.to_string())).collect()
        };
        let (expression, texts, guard) = match self.field(path) {
            Field::Column { name, kind: Kind::Object } => (accessor(name), texts(Value::is_object), String::new()),
            Field::Column { name, kind: Kind::Array } => (accessor(name), texts(Value::is_array), String::new()),
            Field::Undeclared(path) => {
                let guard = format!("json_type(doc,{path}) IN ('array','object') AND ");
                (format!("json_extract(doc,{path})"), texts(|_| true), guard)
            }
            Field::Instant(_) => return Err(not_a_date(path)),
            Field::Text(_) | Field::Column { .. } => return Ok("0".into()),
        };
        let texts = self.bind(texts.to_string());
        Ok(format!("({guard}{expression} IN (SELECT value FROM json_each({texts})))"))
    }

    fn compare(&mut self, path: &Path, comparison: Comparison, operand: &Operand) -> Result<String, Invalid> {
        let operator = match comparison {
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
        };
        let (expression, value, column) = match (self.field(path), operand) {
            (Field::Text(column), Operand::Text(text)) => (column, Sql::Text(text.clone()), None),
            (Field::Instant(column), Operand::Text(text)) => (column, Sql::Integer(date(path, text)?.millis()), None),
            (Field::Instant(_), Operand::Number(_)) => return Err(not_a_date(path)),
            (Field::Column { name, kind: kind @ Kind::String }, Operand::Text(text)) => {
                (accessor(name), Sql::Text(text.clone()), Some((name, kind)))
            }
            (Field::Column { name, kind: kind @ Kind::Date }, Operand::Text(text)) => {
                (accessor(name), Sql::Text(date(path, text)?.to_string()), Some((name, kind)))
            }
            (Field::Column { name, kind: kind @ (Kind::Integer | Kind::Number) }, Operand::Number(number)) => {
                (accessor(name), Sql::Real(*number), Some((name, kind)))
            }
            (Field::Undeclared(path), operand) => {
                let (types, value) = match operand {
                    Operand::Number(number) => (NUMBER, Sql::Real(*number)),
                    Operand::Text(text) => (TEXT, Sql::Text(text.clone())),
                };
                let value = self.bind(value);
                return Ok(format!(
                    "(json_type(doc,{path}) IN ({types}) AND json_extract(doc,{path}) {operator} {value})"
                ));
            }
            (Field::Text(_) | Field::Column { .. }, _) => return Ok("0".into()),
        };
        let condition = format!("{expression} {operator} {}", self.bind(value));
        Ok(match column {
            Some((name, kind)) => self.guard(name, kind, condition),
            None => condition,
        })
    }

    /// Goes over the document once instead of over each of its columns, so that one pattern is
    /// compiled however many columns a table has.
    fn search(&mut self, pattern: &str) -> String {
        let columns = self.table.schema.columns().iter().filter(|column| column.property.kind == Kind::String);
        let names: Vec<_> = columns.map(|column| Value::from(column.name.as_str())).collect();
        if names.is_empty() {
            return "0".into();
        }
        let (names, pattern) = (self.bind(Value::from(names).to_string()), self.bind(pattern.to_owned()));
        format!(
            "EXISTS (SELECT 1 FROM json_each(doc) AS e WHERE e.type = {TEXT} \
             AND e.key IN (SELECT value FROM json_each({names})) AND regexp({pattern}, e.value))"
        )
    }

    fn matches(&mut self, path: &Path, pattern: &str) -> String {
        let expression = match self.field(path) {
            Field::Text(column) => column,
            Field::Instant(column) => format!("strftime('%Y-%m-%dT%H:%M:%fZ', {column} / 1000.0, 'unixepoch')"),
            Field::Column { name, kind: kind @ (Kind::String | Kind::Date) } => {
                let condition = format!("regexp({}, {})", self.bind(pattern.to_owned()), accessor(name));
                return self.guard(name, kind, condition);
            }
            Field::Column { .. } => return "0".into(),
            Field::Undeclared(path) => {
                let pattern = self.bind(pattern.to_owned());
                return format!("(json_type(doc,{path}) = {TEXT} AND regexp({pattern}, json_extract(doc,{path})))");
            }
        };
        format!("regexp({}, {expression})", self.bind(pattern.to_owned()))
    }

    fn instant(&mut self, path: &Path, value: &Value) -> Result<String, Invalid> {
        let instant = instant_of(path, value)?;
        Ok(self.bind(instant.millis()))
    }
}

/// The SQL value that a stored value of `kind` equals, if one can.
fn operand(path: &Path, kind: Kind, value: &Value) -> Result<Option<Sql>, Invalid> {
    Ok(match (kind, value) {
        (Kind::String, Value::String(text)) => Some(Sql::Text(text.clone())),
        (Kind::Integer | Kind::Number, Value::Number(_)) => sql_number(value),
        (Kind::Boolean, Value::Bool(value)) => Some(Sql::Integer((*value).into())),
        (Kind::Date, Value::String(text)) => Some(Sql::Text(date(path, text)?.to_string())),
        (Kind::Object, Value::Object(_)) | (Kind::Array, Value::Array(_)) => Some(Sql::Text(value.to_string())),
        _ => None,
    })
}

fn sql_number(value: &Value) -> Option<Sql> {
    value.as_i64().map(Sql::Integer).or_else(|| value.as_f64().map(Sql::Real))
}

fn instant_of(path: &Path, value: &Value) -> Result<Timestamp, Invalid> {
    value.as_str().and_then(Timestamp::parse).ok_or_else(|| not_a_date(path))
}

fn date(path: &Path, text: &str) -> Result<Timestamp, Invalid> {
    Timestamp::parse(text).ok_or_else(|| not_a_date(path))
}

fn not_a_date(path: &Path) -> Invalid {
    Invalid::new(format!("{path} is a date: compare it with one, like \"2025-01-20\" or \"2025-01-20T09:00:00Z\""))
}
