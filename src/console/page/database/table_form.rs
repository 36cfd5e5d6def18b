//! The form that creates a table: a name, and columns as `bkend table create` takes them.

use serde_json::{Map, Value};

use crate::{
    console::{
        call::{Call, TableCall},
        effect::Effect,
        fit,
        modal::form::{Form, Input, Note, Refusal, Subject, Values},
        shell::Shell,
    },
    domain::{
        EnvironmentId, Invalid, TableName,
        api::CreateTable,
        column_text::{ColumnText, schema},
    },
};

/// What the two commands of the manual begin with; pasting one of them fills the form.
const COMMAND: &str = "bkend table create ";

#[derive(Debug)]
pub struct TableForm {
    environment: EnvironmentId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Name,
    Columns,
}

impl TableForm {
    pub fn open(environment: EnvironmentId) -> Form<Self> {
        Form::new(Self { environment })
            .with(Field::Name, "name", Input::word(""))
            .with(Field::Columns, "columns", Input::text(""))
            .explained("string int double bool date object array reference")
    }

    /// What is to be said of the name.
    fn check_name(&self, shell: &Shell, name: &str) -> Note {
        if name.is_empty() {
            return Note::needed("letters, digits, _ and -, like posts");
        }
        if let Err(invalid) = TableName::parse(name) {
            return Note::wrong(invalid.to_string());
        }
        let tables = shell.tables.get(&self.environment).and_then(|tables| tables.value());
        if tables.is_some_and(|tables| tables.iter().any(|table| table.name == name)) {
            return Note::wrong(format!("there is a table {name} already"));
        }
        Note::good("this name is free")
    }
}

fn columns(values: &Values<Field>) -> Result<Map<String, Value>, Invalid> {
    let columns = values.words(Field::Columns).map(str::parse::<ColumnText>);
    schema(columns.collect::<Result<_, _>>()?)
}

impl Subject for TableForm {
    type Field = Field;

    const ASIDE: &'static str = "; apps may write undeclared columns too";

    fn environment(&self) -> Option<&EnvironmentId> {
        Some(&self.environment)
    }

    fn title(&self, shell: &Shell) -> String {
        format!("Create Table in {}", shell.name_of(&self.environment).unwrap_or_default())
    }

    fn check(&self, shell: &Shell, values: &Values<Field>, field: Field) -> Note {
        match (field, columns(values)) {
            (Field::Name, _) => self.check_name(shell, values.text(Field::Name)),
            (Field::Columns, Ok(schema)) if schema.is_empty() => {
                Note::hint("title:string! views:int tags:array   ! for required")
            }
            (Field::Columns, Ok(schema)) => {
                let columns = u64::try_from(schema.len()).unwrap_or(u64::MAX);
                Note::good(format!("{}, beside id, createdBy, createdAt, updatedAt", fit::count(columns, "column")))
            }
            (Field::Columns, Err(problem)) => Note::wrong(problem.to_string()),
        }
    }

    fn submit(&mut self, shell: &mut Shell, values: &Values<Field>) -> Result<Vec<Effect>, Refusal<Field>> {
        let body = CreateTable {
            name: values.text(Field::Name).to_owned(),
            display_name: None,
            description: None,
            schema: columns(values).map_err(|invalid| (Field::Columns, invalid.to_string()))?,
            indexes: Vec::new(),
            permissions: None,
        };
        Ok(vec![shell.request(Call::Table(self.environment.clone(), TableCall::Create(body)))])
    }

    fn pasted<'a>(&self, _field: Field, text: &'a str) -> &'a str {
        text.strip_prefix(COMMAND).unwrap_or(text)
    }

    fn named(&self, name: &str) -> Option<Field> {
        name.starts_with("schema").then_some(Field::Columns)
    }
}
