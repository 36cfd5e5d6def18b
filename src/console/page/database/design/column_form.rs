//! The form that adds a column, or changes one.

use serde_json::{Map, Value};

use super::words::{self, KINDS};
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
        table::{Column, Kind, SchemaChange, check_column_name},
    },
};

#[derive(Debug)]
pub struct ColumnForm {
    environment: EnvironmentId,
    /// As it was when the form opened.
    table: Table,
    /// The column that is changed; a new one has a field for its name.
    column: Option<Column>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Name,
    Type,
    Required,
    Unique,
    Default,
    Allowed,
    Limits,
    Pattern,
    Target,
    Description,
}

impl ColumnForm {
    pub fn open(environment: EnvironmentId, table: Table, column: Option<Column>) -> Form<Self> {
        let property = column.as_ref().map(|column| column.property.clone());
        let text = |read: fn(&crate::domain::table::Property) -> String| {
            Input::text(&property.as_ref().map(read).unwrap_or_default())
        };
        let is = |read: fn(&Column) -> bool| Input::toggle(column.as_ref().is_some_and(read));
        let kind = property.as_ref().map_or(0, words::place);
        let default = column.as_ref().and_then(|column| column.default.as_ref()).map(words::plain).unwrap_or_default();
        let is_new = column.is_none();
        let inputs = [
            (Field::Type, "type", Input::choice(KINDS, kind)),
            (Field::Required, "required", is(|column| column.required)),
            (Field::Unique, "unique", is(|column| column.unique)),
            (Field::Default, "default", Input::text(&default)),
            (Field::Allowed, "values", text(|property| listed(&property.allowed))),
            (Field::Limits, "limits", text(limits_text)),
            (
                Field::Pattern,
                "pattern",
                text(|property| property.pattern.as_ref().map(|p| p.as_str().to_owned()).unwrap_or_default()),
            ),
            (Field::Target, "points to", text(|property| property.reference.clone().unwrap_or_default())),
            (Field::Description, "about", text(|property| property.description.clone().unwrap_or_default())),
        ];
        let mut form = Form::new(Self { environment, table, column });
        if is_new {
            form = form.with(Field::Name, "name", Input::word(""));
        }
        inputs.into_iter().fold(form, |form, (field, label, input)| form.with(field, label, input))
    }

    fn check_name(&self, name: &str) -> Note {
        if name.is_empty() {
            return Note::needed("letters, digits and _, like publishedAt");
        }
        if let Err(invalid) = check_column_name(name) {
            return Note::wrong(invalid.to_string());
        }
        if self.table.schema.get(name).is_some() {
            return Note::wrong(format!("there is a column {name} already"));
        }
        Note::good("this name is free")
    }

    fn name<'a>(&'a self, values: &'a Values<Field>) -> &'a str {
        self.column.as_ref().map_or_else(|| values.text(Field::Name), |column| &column.name)
    }

    fn check_type(&self, kind: Kind) -> Note {
        match &self.column {
            Some(column) if column.property.kind != kind && self.table.rows > 0 => {
                Note::warning(format!("the values in {} stay as they are", words::rows(self.table.rows)))
            }
            _ => Note::None,
        }
    }

    fn check_required(&self, values: &Values<Field>) -> Note {
        let was = self.column.as_ref().is_some_and(|column| column.required);
        match (values.is_on(Field::Required), was) {
            (true, false) if self.table.rows > 0 => {
                Note::warning(format!("asked of every write; {} may lack it", words::rows(self.table.rows)))
            }
            (true, _) => Note::hint("no row is written without it"),
            (false, _) => Note::None,
        }
    }

    /// What the form asks for, and the columns that come of it.
    fn change(&self, values: &Values<Field>) -> Result<SchemaChange, Refusal<Field>> {
        let name = self.name(values).to_owned();
        let definition = definition(values, self.column.as_ref())?;
        let required = values.is_on(Field::Required);
        let was_required = self.column.as_ref().is_some_and(|column| column.required);
        let names = |wanted: bool| if wanted { vec![name.clone()] } else { Vec::new() };
        let change = SchemaChange {
            fields_to_add_or_update: Map::from_iter([(name.clone(), definition.into())]),
            fields_to_remove: Vec::new(),
            required_fields_to_add: names(required && !was_required),
            required_fields_to_remove: names(was_required && !required),
        };
        change.apply(&self.table.schema).map_err(|invalid| {
            let field = if self.column.is_some() { Field::Type } else { Field::Name };
            (field, invalid.to_string())
        })?;
        Ok(change)
    }
}

fn kind(values: &Values<Field>) -> Kind {
    Kind::parse(KINDS[values.chosen(Field::Type)]).unwrap_or(Kind::String)
}

fn is_reference(values: &Values<Field>) -> bool {
    KINDS[values.chosen(Field::Type)] == "reference"
}

/// The column as the server takes it, with what the form has no field for left as it was.
fn definition(values: &Values<Field>, column: Option<&Column>) -> Result<Map<String, Value>, Refusal<Field>> {
    let kind = kind(values);
    let mut json = Map::from_iter([("bsonType".to_owned(), KINDS[values.chosen(Field::Type)].into())]);
    if let Some(Value::Object(before)) = column.filter(|column| column.property.kind == kind).map(Column::to_json) {
        let nested = ["items", "properties", "required"];
        json.extend(before.into_iter().filter(|(name, _)| nested.contains(&name.as_str())));
    }
    let refused = |field| move |reason: String| (field, reason);
    let text = |field| Some(values.text(field).trim()).filter(|text| !text.is_empty());
    if values.is_on(Field::Unique) {
        json.insert("unique".into(), true.into());
    }
    if let Some(text) = text(Field::Default) {
        json.insert("default".into(), value(kind, text).map_err(refused(Field::Default))?);
    }
    if let Some(text) = text(Field::Allowed) {
        json.insert("enum".into(), allowed(kind, text).map_err(refused(Field::Allowed))?.into());
    }
    if let Some(text) = text(Field::Limits) {
        json.extend(limits(kind, text).map_err(refused(Field::Limits))?);
    }
    if let Some(text) = text(Field::Pattern).filter(|_| kind == Kind::String) {
        json.insert("pattern".into(), text.into());
    }
    if let Some(text) = text(Field::Target).filter(|_| is_reference(values)) {
        json.insert("reference".into(), text.into());
    }
    if let Some(text) = text(Field::Description) {
        json.insert("description".into(), text.into());
    }
    Ok(json)
}

/// One value: text as it is, everything else as JSON.
fn value(kind: Kind, text: &str) -> Result<Value, String> {
    if matches!(kind, Kind::String | Kind::Date) && !text.starts_with('"') {
        return Ok(text.into());
    }
    serde_json::from_str(text).map_err(|_| match kind {
        Kind::String | Kind::Date => "the text is not ended by a \"".to_owned(),
        Kind::Integer => "write a whole number, like 0".into(),
        Kind::Number => "write a number, like 0.5".into(),
        Kind::Boolean => "write true or false".into(),
        Kind::Object => "write JSON, like {}".into(),
        Kind::Array => "write JSON, like []".into(),
    })
}

/// Values with commas between them, or an array.
fn allowed(kind: Kind, text: &str) -> Result<Vec<Value>, String> {
    if text.starts_with('[') {
        return serde_json::from_str(text).map_err(|_| "write values with commas between them".into());
    }
    text.split(',').map(str::trim).filter(|text| !text.is_empty()).map(|text| value(kind, text)).collect()
}

fn listed(values: &[Value]) -> String {
    let is_plain = |value: &Value| !value.as_str().is_some_and(|text| text.contains([',', '"']) || text.trim() != text);
    if values.iter().all(is_plain) {
        return values.iter().map(words::plain).collect::<Vec<_>>().join(", ");
    }
    Value::from(values.to_vec()).to_string()
}

/// `1..80`: of a text its length, of a number itself.
fn limits(kind: Kind, text: &str) -> Result<Map<String, Value>, String> {
    let names = match kind {
        Kind::String => ["minLength", "maxLength"],
        Kind::Integer | Kind::Number => ["minimum", "maximum"],
        Kind::Boolean | Kind::Date | Kind::Object | Kind::Array => return Ok(Map::new()),
    };
    let wrong = || "write LEAST..MOST, like 1..80; either may be left out".to_owned();
    let (least, most) = text.split_once("..").ok_or_else(wrong)?;
    let mut json = Map::new();
    let mut ends = Vec::new();
    for (name, text) in names.into_iter().zip([least.trim(), most.trim()]).filter(|(_, text)| !text.is_empty()) {
        let number: serde_json::Number = text.parse().map_err(|_| wrong())?;
        if kind == Kind::String && !number.is_u64() {
            return Err("a length is a whole number of characters".into());
        }
        ends.push(number.as_f64().unwrap_or(f64::NAN));
        json.insert(name.to_owned(), Value::Number(number));
    }
    match ends[..] {
        [] => Err(wrong()),
        [least, most] if least > most => Err("the least is more than the most".into()),
        _ => Ok(json),
    }
}

fn limits_text(property: &crate::domain::table::Property) -> String {
    let text = |least: Option<String>, most: Option<String>| match (least, most) {
        (None, None) => String::new(),
        (least, most) => format!("{}..{}", least.unwrap_or_default(), most.unwrap_or_default()),
    };
    if property.kind == Kind::String {
        return text(property.min_length.map(|n| n.to_string()), property.max_length.map(|n| n.to_string()));
    }
    text(property.minimum.map(|n| n.to_string()), property.maximum.map(|n| n.to_string()))
}

impl Subject for ColumnForm {
    type Field = Field;

    const VERB: &'static str = "save";
    const PROMISE: &'static str = "saves it";
    const ASIDE: &'static str = " as a new version of the columns";

    fn environment(&self) -> Option<&EnvironmentId> {
        Some(&self.environment)
    }

    fn title(&self, shell: &Shell) -> String {
        let (table, place) = (&self.table.name, shell.name_of(&self.environment).unwrap_or_default());
        match &self.column {
            Some(column) => format!("Change {} of {table} in {place}", column.name),
            None => format!("Add a column to {table} in {place}"),
        }
    }

    fn check(&self, _shell: &Shell, values: &Values<Field>, field: Field) -> Note {
        let kind = kind(values);
        let text = values.text(field).trim();
        let checked = |refusal: Result<(), String>, hint: &'static str| match refusal {
            Err(reason) => Note::wrong(reason),
            Ok(()) if text.is_empty() => Note::hint(hint),
            Ok(()) => Note::None,
        };
        match field {
            Field::Name => self.check_name(text),
            Field::Type => self.check_type(kind),
            Field::Required => self.check_required(values),
            Field::Unique => match (values.is_on(Field::Unique), kind) {
                (true, Kind::Object | Kind::Array) => Note::wrong("only a column of plain values can be unique"),
                (true, _) => Note::hint("no two rows have the same; rows without it do not count"),
                (false, _) => Note::None,
            },
            Field::Default => {
                let value = if text.is_empty() { Ok(()) } else { value(kind, text).map(|_| ()) };
                checked(value.and_then(|()| self.check_default(values)), "what a new row gets where it says nothing")
            }
            Field::Allowed => {
                let values = if text.is_empty() { Ok(()) } else { allowed(kind, text).map(|_| ()) };
                checked(values, "draft, published: nothing else is taken")
            }
            Field::Limits if !words::has_limits(kind) => irrelevant(text, "for texts and numbers"),
            Field::Limits => {
                let range = if text.is_empty() { Ok(()) } else { limits(kind, text).map(|_| ()) };
                checked(range, if kind == Kind::String { "1..80 characters" } else { "0..100" })
            }
            Field::Pattern if kind != Kind::String => irrelevant(text, "for texts"),
            Field::Pattern => {
                let pattern = crate::domain::filter::compile(text).map(|_| ());
                checked(
                    pattern.map_err(|_| "this is not a regular expression".into()),
                    "a regular expression, like ^[a-z-]+$",
                )
            }
            Field::Target if !is_reference(values) => irrelevant(text, "for references"),
            Field::Target => checked(Ok(()), "the table whose rows it names; nothing checks that they are there"),
            Field::Description => checked(Ok(()), "for whoever reads the schema"),
        }
    }

    fn submit(&mut self, shell: &mut Shell, values: &Values<Field>) -> Result<Vec<Effect>, Refusal<Field>> {
        let call = DesignCall::ChangeSchema { change: self.change(values)?, confirm: None };
        Ok(vec![shell.request(Call::Design(self.environment.clone(), self.table.name.clone(), call))])
    }

    fn named(&self, name: &str) -> Option<Field> {
        [("default", Field::Default), ("unique", Field::Unique), ("pattern", Field::Pattern)]
            .into_iter()
            .find(|(word, _)| name.ends_with(word))
            .map(|(_, field)| field)
    }
}

impl ColumnForm {
    /// The default has to be a value that the column takes.
    fn check_default(&self, values: &Values<Field>) -> Result<(), String> {
        let Ok(definition) = definition(values, self.column.as_ref()) else { return Ok(()) };
        let map = Map::from_iter([("column".to_owned(), definition.into())]);
        match crate::domain::table::Schema::parse(&map) {
            Err(invalid) if invalid.to_string().contains("default") => {
                Err(invalid.to_string().trim_start_matches("column column: ").to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// A field that says nothing of this type of column.
fn irrelevant(text: &str, whom: &'static str) -> Note {
    if text.is_empty() { Note::hint(whom) } else { Note::warning(format!("{whom}; left out of this type")) }
}
