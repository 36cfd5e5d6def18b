//! The form that asks which export is to be imported, and how.

use super::form::{Form, Input, Note, Refusal, Subject, Values};
use crate::{
    client::import::{Choices, Wanted},
    console::{
        call::{Call, typed},
        effect::Effect,
        fit,
        shell::Shell,
    },
    domain::EnvironmentId,
};

#[derive(Debug)]
pub struct ImportForm {
    environment: EnvironmentId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Folder,
    Only,
    Strict,
    Private,
    Incomplete,
    KeepExisting,
    RewriteUrls,
}

impl ImportForm {
    pub fn open(environment: EnvironmentId) -> Form<Self> {
        Self::with(environment, &Wanted::default())
    }

    /// With what was wanted before, to be changed.
    pub fn with(environment: EnvironmentId, wanted: &Wanted) -> Form<Self> {
        let Choices { strict, private, incomplete, keep_existing, rewrite_urls } = wanted.choices;
        Form::new(Self { environment })
            .with(Field::Folder, "folder", Input::text(&wanted.directory.display().to_string()))
            .with(Field::Only, "only", Input::words(&wanted.only))
            .with(Field::Private, "private", Input::toggle(private))
            .with(Field::Strict, "strict", Input::toggle(strict))
            .with(Field::Incomplete, "incomplete", Input::toggle(incomplete))
            .with(Field::KeepExisting, "keep existing", Input::toggle(keep_existing))
            .with(Field::RewriteUrls, "rewrite urls", Input::toggle(rewrite_urls))
    }
}

impl Subject for ImportForm {
    type Field = Field;

    const VERB: &'static str = "read it";
    const PROMISE: &'static str = "reads it and shows the plan";
    const ASIDE: &'static str = "; nothing is changed by that";

    fn environment(&self) -> Option<&EnvironmentId> {
        Some(&self.environment)
    }

    fn title(&self, shell: &Shell) -> String {
        format!("Import an export into {}", shell.name_of(&self.environment).unwrap_or_default())
    }

    fn check(&self, _shell: &Shell, values: &Values<Field>, field: Field) -> Note {
        let on = values.is_on(field);
        match field {
            Field::Folder if values.text(field).trim().is_empty() => {
                Note::needed("the folder of the export, where posts_page1.json lies")
            }
            Field::Folder => Note::None,
            Field::Only if values.text(field).trim().is_empty() => Note::hint("all tables; or the names of some"),
            Field::Only => Note::hint(fit::count(values.words(field).count() as u64, "list")),
            Field::Private if on => Note::hint("new tables are closed to all but admins"),
            Field::Private => Note::hint("new tables are read by everybody, as by default"),
            Field::Strict if on => Note::hint("columns of which every row has a value are required"),
            Field::Strict => Note::hint("no column is required"),
            Field::Incomplete if on => Note::warning("goes on though pages or rows are missing"),
            Field::Incomplete => Note::hint("missing pages and rows are in the way"),
            Field::KeepExisting if on => Note::hint("rows whose ids are there already are left alone"),
            Field::KeepExisting => Note::hint("rows whose ids are there already are in the way"),
            Field::RewriteUrls if on => Note::hint("keys of imported files become those that they have here"),
            Field::RewriteUrls => Note::hint("keys and addresses of files stay as they are in rows"),
        }
    }

    fn submit(&mut self, shell: &mut Shell, values: &Values<Field>) -> Result<Vec<Effect>, Refusal<Field>> {
        let wanted = Wanted {
            directory: typed(values.text(Field::Folder)),
            only: values.words(Field::Only).map(str::to_owned).collect(),
            choices: Choices {
                strict: values.is_on(Field::Strict),
                private: values.is_on(Field::Private),
                incomplete: values.is_on(Field::Incomplete),
                keep_existing: values.is_on(Field::KeepExisting),
                rewrite_urls: values.is_on(Field::RewriteUrls),
            },
        };
        Ok(vec![shell.request(Call::LookForExport(self.environment.clone(), Box::new(wanted)))])
    }
}
