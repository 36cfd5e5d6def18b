//! What is chosen from a list: who may read a file, which files to show.

use super::{
    detail::read_by,
    search::{CHOICES, VISIBILITIES, with},
};
use crate::{
    console::{
        call::{Call, FileCall},
        fit::clean,
        modal::{
            Outcome,
            picker::{Item, Picker},
        },
        shell::Shell,
    },
    domain::{
        EnvironmentId,
        file::{Visibility, wire::File},
    },
};

/// The file that is to be read by others.
#[derive(Clone, Debug)]
pub struct Chosen {
    environment: EnvironmentId,
    file: String,
    name: String,
    visibility: Visibility,
}

pub fn visibilities(shell: &Shell, environment: &EnvironmentId, file: &File) -> Picker<Chosen> {
    let current = file.visibility;
    let name = clean(&file.original_name).into_owned();
    let item = |visibility: Visibility| Item {
        name: visibility.as_str().into(),
        detail: format!("read by {}", read_by(visibility)),
        aside: if visibility == current { "now".into() } else { String::new() },
        style: shell.theme.text.0,
        value: Chosen { environment: environment.clone(), file: file.id.clone(), name: name.clone(), visibility },
    };
    let picker = Picker::new("Who may read it", VISIBILITIES.map(item).into(), |shell, chosen: &Chosen| {
        let Chosen { environment, file, name, visibility } = chosen.clone();
        Outcome::Done(vec![shell.request(Call::File(environment, FileCall::SetVisibility { file, name, visibility }))])
    });
    picker.starting_at(|chosen| chosen.visibility == current)
}

/// The filters to choose from: what is typed as it is, with one more condition or without any.
pub fn conditions(shell: &Shell, filter: &str) -> Picker<String> {
    let item = |name: String, detail: &str, value: String| Item {
        name,
        detail: detail.into(),
        aside: String::new(),
        style: shell.theme.text.0,
        value,
    };
    let plain = CHOICES.iter().fold(filter.to_owned(), |filter, (kind, ..)| with(&filter, kind, None));
    let all = item("all files".into(), "of every type, whoever may read them", plain);
    let each = CHOICES
        .iter()
        .map(|(kind, value, detail)| item(format!("{kind}{value}"), detail, with(filter, kind, Some(value))));
    let items = std::iter::once(all).chain(each).collect();
    Picker::new("Show only", items, |_, filter: &String| Outcome::Filter(filter.clone()))
        .starting_at(|value| value == filter)
}
