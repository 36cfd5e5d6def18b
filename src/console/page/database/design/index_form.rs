//! The form that adds an index, or changes one.

use serde_json::Map;

use super::indexes::{declared, is_built_in};
use crate::{
    console::{
        call::{Call, DesignCall},
        effect::Effect,
        modal::form::{Form, Input, Note, Refusal, Subject, Values},
        shell::Shell,
    },
    domain::{
        EnvironmentId,
        api::Table,
        table::{Index, IndexChange},
    },
};

#[derive(Debug)]
pub struct IndexForm {
    environment: EnvironmentId,
    /// As it was when the form opened.
    table: Table,
    /// The index that is changed keeps its name.
    name: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Columns,
    Unique,
    Sparse,
    Name,
}

impl IndexForm {
    pub fn open(environment: EnvironmentId, table: Table, index: Option<&Index>) -> Form<Self> {
        let columns: Vec<_> = index.into_iter().flat_map(|index| &index.fields).map(written).collect();
        let is = |read: fn(&Index) -> bool| Input::toggle(index.is_some_and(read));
        let name = index.map(|index| index.name.clone());
        let is_new = name.is_none();
        let form = Form::new(Self { environment, table, name })
            .with(Field::Columns, "columns", Input::words(&columns))
            .with(Field::Unique, "unique", is(|index| index.unique))
            .with(Field::Sparse, "sparse", is(|index| index.sparse));
        if is_new { form.with(Field::Name, "name", Input::word("")) } else { form }
    }

    /// The index as it stands in the form.
    fn index(&self, values: &Values<Field>) -> Result<Index, Refusal<Field>> {
        let fields = fields(values).map_err(|reason| (Field::Columns, reason))?;
        let typed = || Some(values.text(Field::Name)).filter(|name| !name.is_empty()).map(str::to_owned);
        let name = self.name.clone().or_else(typed).unwrap_or_else(|| name_of(&fields));
        Ok(Index { name, fields, unique: values.is_on(Field::Unique), sparse: values.is_on(Field::Sparse) })
    }

    fn change(&self, values: &Values<Field>) -> Result<IndexChange, Refusal<Field>> {
        let index = self.index(values)?;
        if self.name.is_none()
            && (declared(&self.table).any(|other| other.name == index.name) || is_built_in(&index.name))
        {
            return Err((Field::Name, format!("there is an index {} already", index.name)));
        }
        let change = IndexChange { indexes_to_add_or_update: vec![index], indexes_to_remove: Vec::new() };
        let before: Vec<_> = declared(&self.table).cloned().collect();
        let after = change.apply(&before);
        let checked = after.and_then(|after| Index::check_all(&after, &self.table.schema));
        checked.map_err(|invalid| (Field::Columns, invalid.to_string()))?;
        Ok(change)
    }
}

/// `views:desc`.
fn written((column, direction): (&String, &serde_json::Value)) -> String {
    if direction.as_i64() == Some(-1) { format!("{column}:desc") } else { column.clone() }
}

fn fields(values: &Values<Field>) -> Result<Map<String, serde_json::Value>, String> {
    let mut fields = Map::new();
    for word in values.words(Field::Columns) {
        let (column, direction) = match word.split_once(':') {
            None | Some((_, "asc")) => (word.strip_suffix(":asc").unwrap_or(word), 1),
            Some((column, "desc")) => (column, -1),
            Some((_, other)) => return Err(format!("{other:?} is no direction: write asc or desc")),
        };
        if fields.insert(column.to_owned(), direction.into()).is_some() {
            return Err(format!("{column} is there twice"));
        }
    }
    Ok(fields)
}

/// `idx_views_desc_title`.
fn name_of(fields: &Map<String, serde_json::Value>) -> String {
    let columns: Vec<_> = fields.iter().map(|field| written(field).replace(':', "_")).collect();
    format!("idx_{}", columns.join("_")).chars().take(64).collect()
}

impl Subject for IndexForm {
    type Field = Field;

    const VERB: &'static str = "save";
    const PROMISE: &'static str = "builds it";
    const ASIDE: &'static str = " while the table is read and written";

    fn environment(&self) -> Option<&EnvironmentId> {
        Some(&self.environment)
    }

    fn title(&self, shell: &Shell) -> String {
        let (table, place) = (&self.table.name, shell.name_of(&self.environment).unwrap_or_default());
        match &self.name {
            Some(name) => format!("Change the index {name} of {table} in {place}"),
            None => format!("Add an index to {table} in {place}"),
        }
    }

    fn check(&self, _shell: &Shell, values: &Values<Field>, field: Field) -> Note {
        match field {
            Field::Columns if values.text(field).trim().is_empty() => {
                let names: Vec<_> = self.table.schema.columns().iter().map(|column| column.name.as_str()).collect();
                Note::needed(format!("one to eight, like createdAt:desc, of {}", names.join(" ")))
            }
            Field::Columns => match self.change(values) {
                Err((Field::Columns, reason)) => Note::wrong(reason),
                _ => Note::good("the first counts most; :desc turns one round"),
            },
            Field::Unique if values.is_on(field) => Note::hint("refused if two rows have the same already"),
            Field::Sparse if values.is_on(field) && !values.is_on(Field::Unique) => {
                Note::warning("only a unique index takes notice of it")
            }
            Field::Sparse if values.is_on(field) => Note::hint("rows without a value do not count"),
            Field::Unique | Field::Sparse => Note::None,
            Field::Name => match self.change(values) {
                Err((Field::Name, reason)) => Note::wrong(reason),
                _ if values.text(field).is_empty() => match self.index(values) {
                    Ok(index) if !index.fields.is_empty() => Note::hint(format!("empty: {}", index.name)),
                    _ => Note::hint("may be left empty"),
                },
                _ => Note::None,
            },
        }
    }

    fn submit(&mut self, shell: &mut Shell, values: &Values<Field>) -> Result<Vec<Effect>, Refusal<Field>> {
        let call = DesignCall::ChangeIndexes(self.change(values)?);
        Ok(vec![shell.request(Call::Design(self.environment.clone(), self.table.name.clone(), call))])
    }
}
