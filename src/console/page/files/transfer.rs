//! Uploads and downloads: the forms that ask for a path, and the tasks that follow.

use std::path::PathBuf;

use crate::{
    console::{
        call::{Call, FileCall, downloads, own_name, typed},
        effect::Effect,
        fit,
        modal::form::{Form, Input, Note, Refusal, Subject, Values},
        shell::Shell,
        task::Task,
    },
    domain::{
        EnvironmentId,
        file::{Visibility, name, wire::File},
    },
};

use super::detail::read_by;

/// The most careful first.
const VISIBILITIES: [Visibility; 4] =
    [Visibility::Private, Visibility::Public, Visibility::Protected, Visibility::Shared];

/// The path was looked at and can be sent.
pub fn upload(shell: &mut Shell, environment: &EnvironmentId, path: PathBuf, visibility: Visibility) -> Vec<Effect> {
    shell.start(Task::Upload { environment: environment.clone(), path, visibility })
}

/// The path was looked at and can be written to.
pub fn download(
    shell: &mut Shell,
    environment: &EnvironmentId,
    file: &File,
    to: PathBuf,
    replace: bool,
) -> Vec<Effect> {
    shell.start(Task::Download { environment: environment.clone(), file: Box::new(file.clone()), to, replace })
}

#[derive(Debug)]
pub struct UploadForm {
    environment: EnvironmentId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadField {
    Path,
    Visibility,
}

impl UploadForm {
    pub fn open(environment: EnvironmentId) -> Form<Self> {
        Form::new(Self { environment }).with(UploadField::Path, "file", Input::text("")).with(
            UploadField::Visibility,
            "read by",
            Input::choice(VISIBILITIES.map(Visibility::as_str), 0),
        )
    }
}

fn visibility(values: &Values<UploadField>) -> Visibility {
    VISIBILITIES.get(values.chosen(UploadField::Visibility)).copied().unwrap_or(Visibility::Private)
}

impl Subject for UploadForm {
    type Field = UploadField;

    const VERB: &'static str = "upload";
    const PROMISE: &'static str = "uploads it";
    const ASIDE: &'static str = ", while you go on";

    fn environment(&self) -> Option<&EnvironmentId> {
        Some(&self.environment)
    }

    fn title(&self, shell: &Shell) -> String {
        format!("Upload a file to {}", shell.name_of(&self.environment).unwrap_or_default())
    }

    fn check(&self, _shell: &Shell, values: &Values<UploadField>, field: UploadField) -> Note {
        let path = typed(values.text(UploadField::Path));
        match field {
            UploadField::Path if path.as_os_str().is_empty() => Note::needed("a path, typed or pasted: ~/photo.jpg"),
            UploadField::Path => match path.file_name().map(|name| name.to_string_lossy()) {
                Some(own) => Note::hint(format!("becomes {}, {}", fit::clean(&own), name::type_of(&own))),
                None => Note::wrong("that is a folder: name a file in it"),
            },
            UploadField::Visibility => Note::hint(read_by(visibility(values))),
        }
    }

    fn submit(&mut self, shell: &mut Shell, values: &Values<UploadField>) -> Result<Vec<Effect>, Refusal<UploadField>> {
        let path = values.text(UploadField::Path).to_owned();
        let call = FileCall::Source { path, visibility: visibility(values) };
        Ok(vec![shell.request(Call::File(self.environment.clone(), call))])
    }
}

#[derive(Debug)]
pub struct DownloadForm {
    environment: EnvironmentId,
    file: File,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DownloadField {
    Path,
    Replace,
}

impl DownloadForm {
    pub fn open(environment: EnvironmentId, file: File) -> Form<Self> {
        let path = downloads().join(own_name(&file.original_name)).display().to_string();
        Form::new(Self { environment, file }).with(DownloadField::Path, "to", Input::text(&path)).with(
            DownloadField::Replace,
            "replace",
            Input::toggle(false),
        )
    }
}

impl Subject for DownloadForm {
    type Field = DownloadField;

    const VERB: &'static str = "download";
    const PROMISE: &'static str = "downloads it";
    const ASIDE: &'static str = ", while you go on";

    fn environment(&self) -> Option<&EnvironmentId> {
        Some(&self.environment)
    }

    fn title(&self, _shell: &Shell) -> String {
        format!("Download {}, {}", fit::clean(&self.file.original_name), fit::bytes(self.file.size))
    }

    fn check(&self, _shell: &Shell, values: &Values<DownloadField>, field: DownloadField) -> Note {
        match field {
            DownloadField::Path if values.text(field).trim().is_empty() => Note::needed("a path, or a folder"),
            DownloadField::Path => Note::None,
            DownloadField::Replace if values.is_on(field) => Note::warning("writes over a file of that name"),
            DownloadField::Replace => Note::hint("a file of that name is left alone"),
        }
    }

    fn submit(
        &mut self,
        shell: &mut Shell,
        values: &Values<DownloadField>,
    ) -> Result<Vec<Effect>, Refusal<DownloadField>> {
        let path = values.text(DownloadField::Path).to_owned();
        let replace = values.is_on(DownloadField::Replace);
        let call = FileCall::Target { file: Box::new(self.file.clone()), path, replace };
        Ok(vec![shell.request(Call::File(self.environment.clone(), call))])
    }
}
