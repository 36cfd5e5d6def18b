//! The form that says where a list goes.

use super::form::{Form, Input, Note, Refusal, Subject, Values};
use crate::console::{
    call::{Call, Place},
    effect::Effect,
    shell::Shell,
    task::{
        Export, ExportTo, Task,
        export::{Format, Target},
    },
};

const TARGETS: [&str; 2] = ["a file", "a program"];
/// The place of the first.
const FILE: usize = 0;

#[derive(Debug)]
pub struct ExportForm {
    export: Export,
    /// The file's name without its end.
    stem: String,
    /// The path was typed by hand; until then its end follows the format.
    typed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Format,
    To,
    Where,
    Replace,
}

impl ExportForm {
    pub fn open(shell: &Shell, export: Export) -> Form<Self> {
        let environment = export.environment.as_ref().and_then(|id| shell.name_of(id));
        let stem = environment.map_or_else(|| export.name.clone(), |name| format!("{name}-{}", export.name));
        let path = format!("{stem}.{}", Format::Csv.extension());
        Form::new(Self { export, stem, typed: false })
            .with(Field::Where, "where", Input::text(&path))
            .with(Field::Format, "format", Input::choice(Format::ALL.map(Format::label), 0))
            .with(Field::To, "to", Input::choice(TARGETS, FILE))
            .with(Field::Replace, "replace", Input::toggle(false))
    }

    fn file_name(&self, format: Format) -> String {
        format!("{}.{}", self.stem, format.extension())
    }
}

fn is_file(values: &Values<Field>) -> bool {
    values.chosen(Field::To) == FILE
}

impl Subject for ExportForm {
    type Field = Field;

    const VERB: &'static str = "export";
    const PROMISE: &'static str = "exports it";
    const ASIDE: &'static str = ", all of its pages, while you go on";

    fn title(&self, _shell: &Shell) -> String {
        format!("Export {}", self.export.name)
    }

    fn check(&self, _shell: &Shell, values: &Values<Field>, field: Field) -> Note {
        let place = values.text(Field::Where).trim();
        match (field, is_file(values)) {
            (Field::Where, true) if place.is_empty() => Note::needed("a path, like ./posts.csv or ~/posts.csv"),
            (Field::Where, true) if place.ends_with('/') => Note::wrong("that is a folder: name a file in it"),
            (Field::Where, false) if place.is_empty() => Note::needed("a command for the shell, like `jq length`"),
            (Field::Where, true) => Note::hint("from the folder that the console was started in"),
            (Field::Where, false) => Note::hint("gets the text on its standard input"),
            (Field::Replace, true) if values.is_on(Field::Replace) => Note::warning("writes over a file of that name"),
            (Field::Replace, true) => Note::hint("a file of that name is left alone"),
            (Field::Format | Field::To | Field::Replace, _) => Note::None,
        }
    }

    fn submit(&mut self, shell: &mut Shell, values: &Values<Field>) -> Result<Vec<Effect>, Refusal<Field>> {
        let place = values.text(Field::Where).trim().to_owned();
        let format = Format::ALL[values.chosen(Field::Format)];
        let export = Box::new(self.export.clone());
        if is_file(values) {
            let name = self.file_name(format);
            let place = Place { path: place, name, replace: values.is_on(Field::Replace), format };
            return Ok(vec![shell.request(Call::LookForPlace(export, place))]);
        }
        Ok(shell.start(Task::Export(export, ExportTo { format, target: Target::Program(place) })))
    }

    fn changed(&mut self, field: Field, values: &mut Values<Field>) {
        match field {
            Field::Where => self.typed = true,
            Field::Format | Field::To if !self.typed => {
                let format = Format::ALL[values.chosen(Field::Format)];
                let path = if is_file(values) { self.file_name(format) } else { String::new() };
                values.write(Field::Where, &path);
            }
            Field::Format | Field::To | Field::Replace => {}
        }
    }
}
