//! The form of a row: a field for each column of its table.

use serde_json::Value;

use super::{
    json,
    row_input::{Way, described, short},
};
use crate::{
    client,
    console::{
        call::{Call, Change, RowCall, conflicts},
        effect::Effect,
        fit,
        modal::form::{Form, Input, Note, Refusal, Subject, Values},
        page::list::Item as _,
        shell::Shell,
    },
    domain::{
        EnvironmentId,
        api::{Record, Table},
        record,
        table::{Column, SYSTEM_COLUMNS, Schema},
    },
};

/// Lines of the field for what no column declares.
const OTHERS_LINES: u16 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The place of a column in the schema.
    Column(usize),
    /// What the schema does not declare, as JSON.
    Others,
}

/// What becomes of the row.
#[derive(Clone, Debug, PartialEq)]
enum Purpose {
    New,
    /// New, with the values of another one.
    Copy,
    /// Only what differs from the row as it was read is sent.
    Edit(Record),
}

#[derive(Debug)]
pub struct RowForm {
    environment: EnvironmentId,
    table: String,
    schema: Schema,
    ways: Vec<Way>,
    purpose: Purpose,
    /// Columns that somebody else has changed meanwhile; sent again, they are overwritten.
    overwritten: Vec<String>,
}

impl RowForm {
    pub fn create(table: &Table) -> Form<Self> {
        Self::open(table, Purpose::New, &Record::new())
    }

    pub fn duplicate(table: &Table, row: &Record) -> Form<Self> {
        Self::open(table, Purpose::Copy, row)
    }

    pub fn edit(table: &Table, row: &Record) -> Form<Self> {
        Self::open(table, Purpose::Edit(row.clone()), row)
    }

    fn open(table: &Table, purpose: Purpose, row: &Record) -> Form<Self> {
        let schema = table.schema.clone();
        let columns = schema.columns().to_vec();
        let value = |column: &Column| row.get(&column.name).cloned();
        let ways: Vec<_> = columns.iter().map(|column| Way::of(column, value(column).as_ref())).collect();
        let is_edit = matches!(purpose, Purpose::Edit(_));
        let environment = table.environment_id.clone();
        let subject = Self {
            environment,
            table: table.name.clone(),
            schema,
            ways: ways.clone(),
            purpose,
            overwritten: Vec::new(),
        };
        let mut form = Form::new(subject);
        for (place, (column, way)) in columns.iter().zip(&ways).enumerate() {
            let label = format!("{}{}", column.name, if column.required { " *" } else { "" });
            let absent = match (is_edit, &column.default) {
                (true, _) => "null",
                (false, Some(_)) => "default",
                (false, None) => "none",
            };
            form = form.with(Field::Column(place), label, way.input(value(column).as_ref(), absent));
        }
        let others = undeclared(&table.schema, row);
        let others = if others.is_empty() { String::new() } else { super::record::pretty(&others) };
        form.with(Field::Others, "others", Input::lines(&others, OTHERS_LINES))
    }

    fn before(&self) -> Option<&Record> {
        match &self.purpose {
            Purpose::Edit(row) => Some(row),
            Purpose::New | Purpose::Copy => None,
        }
    }

    /// What stands in the field of a column.
    fn value(&self, values: &Values<Field>, place: usize) -> Result<Option<Value>, String> {
        let field = Field::Column(place);
        match self.ways.get(place) {
            Some(way @ Way::Choice(_)) => way.read("", values.chosen(field)),
            Some(way @ Way::Lines) => {
                let read = way.read(&values.lines(field), 0);
                // A field has no carriage returns; where nothing else differs they are kept.
                let was = self.schema.columns().get(place).and_then(|column| self.before()?.get(&column.name));
                let text = was.and_then(Value::as_str).map(|text| text.replace("\r\n", "\n"));
                if text.is_some()
                    && read.as_ref().is_ok_and(|read| read.as_ref().and_then(Value::as_str) == text.as_deref())
                {
                    return Ok(was.cloned());
                }
                read
            }
            Some(way @ Way::Json) => way.read(&values.lines(field), 0),
            Some(way) => way.read(values.text(field), 0),
            None => Ok(None),
        }
    }

    fn others(&self, values: &Values<Field>) -> Result<Record, String> {
        let text = values.lines(Field::Others);
        if text.trim().is_empty() {
            return Ok(Record::new());
        }
        let others =
            json::object(&text).map_err(|wrong| format!("not a JSON object, like {{\"note\": 1}}: {wrong}"))?;
        match others.keys().find(|name| self.schema.get(name).is_some() || is_system(name)) {
            Some(name) if is_system(name) => Err(format!("{name} is the server's own")),
            Some(name) => Err(format!("{name} has a field of its own above")),
            None => Ok(others),
        }
    }

    fn check_column(&self, values: &Values<Field>, place: usize) -> Note {
        let Some(column) = self.schema.columns().get(place) else { return Note::None };
        let value = match self.value(values, place) {
            Ok(value) => value,
            Err(problem) => return Note::wrong(format!("{} {problem}", column.name)),
        };
        let was = self.before().map(|row| row.get(&column.name).unwrap_or(&Value::Null));
        let Some(value) = value else {
            return match (was, &column.default) {
                (None, Some(default)) => Note::hint(format!("{}; {} by itself", described(column), short(default))),
                _ if column.required => Note::needed(format!("{}; it is required", described(column))),
                (Some(was), _) if !was.is_null() => Note::warning(format!("becomes null; was {}", short(was))),
                _ => Note::hint(described(column)),
            };
        };
        if let Err((_, problem)) = column.property.check(&value) {
            return Note::wrong(format!("{} {problem}", column.name));
        }
        match was {
            Some(was) if *was != value => Note::good(format!("was {}", short(was))),
            _ => Note::hint(described(column)),
        }
    }

    /// Every column that has a value, or whose value is another than before.
    fn filled(&self, values: &Values<Field>) -> Result<Record, Refusal<Field>> {
        let mut row = Record::new();
        for (place, column) in self.schema.columns().iter().enumerate() {
            let value = self.value(values, place).map_err(|problem| (Field::Column(place), problem))?;
            row.extend(value.map(|value| (column.name.clone(), value)));
        }
        row.extend(self.others(values).map_err(|problem| (Field::Others, problem))?);
        Ok(row)
    }
}

impl Subject for RowForm {
    type Field = Field;

    const WIDTH: u16 = 76;
    const VERB: &'static str = "save";
    const PROMISE: &'static str = "saves the row";

    fn environment(&self) -> Option<&EnvironmentId> {
        Some(&self.environment)
    }

    fn title(&self, shell: &Shell) -> String {
        let table = &self.table;
        let environment = shell.name_of(&self.environment).unwrap_or_default();
        match &self.purpose {
            Purpose::New => format!("New Row of {table} in {environment}"),
            Purpose::Copy => format!("New Row of {table} in {environment}, as a Copy"),
            Purpose::Edit(row) => format!("Row {} of {table} in {environment}", row.id().unwrap_or_default()),
        }
    }

    fn check(&self, _shell: &Shell, values: &Values<Field>, field: Field) -> Note {
        match field {
            Field::Column(place) => self.check_column(values, place),
            Field::Others => match self.others(values) {
                Ok(others) if others.is_empty() => Note::hint("columns that no schema declares, as a JSON object"),
                Ok(others) => {
                    let count = u64::try_from(others.len()).unwrap_or(u64::MAX);
                    Note::good(format!("{} beside the declared ones", fit::count(count, "column")))
                }
                Err(problem) => Note::wrong(problem),
            },
        }
    }

    fn submit(&mut self, shell: &mut Shell, values: &Values<Field>) -> Result<Vec<Effect>, Refusal<Field>> {
        let row = self.filled(values)?;
        let table = self.table.clone();
        let call = match self.before() {
            None => RowCall::Create { table, row },
            Some(before) => {
                let Some(change) = change(before, &row, &self.overwritten) else {
                    return Err((self.named("").unwrap_or(Field::Column(0)), "nothing is changed yet".into()));
                };
                RowCall::Change { table, change }
            }
        };
        Ok(vec![shell.request(Call::Row(self.environment.clone(), call))])
    }

    fn named(&self, name: &str) -> Option<Field> {
        let column = name.split('.').next().unwrap_or(name);
        let place = self.schema.columns().iter().position(|other| other.name == column);
        Some(place.map_or(if self.ways.is_empty() { Field::Others } else { Field::Column(0) }, Field::Column))
    }

    fn refused(&mut self, error: &client::Error) {
        self.overwritten = conflicts(error);
    }
}

/// The columns of a row that the schema does not declare.
fn undeclared(schema: &Schema, row: &Record) -> Record {
    let mut others = row.clone();
    others.retain(|name, _| schema.get(name).is_none() && !is_system(name));
    others
}

fn is_system(name: &str) -> bool {
    SYSTEM_COLUMNS.contains(&name)
}

/// What differs between a row as it was read and as it is to be.
pub fn change(before: &Record, after: &Record, overwritten: &[String]) -> Option<Change> {
    let changes = record::changes(before, after);
    let asked = changes.keys().filter(|name| !overwritten.contains(name));
    let was = asked.map(|name| (name.clone(), before.get(name).cloned().unwrap_or(Value::Null))).collect();
    let id = before.id()?.to_owned();
    (!changes.is_empty()).then_some(Change { id, changes, was })
}
