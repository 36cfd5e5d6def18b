//! What can be asked for on the Files page.

use std::borrow::Cow;

use super::{
    choices,
    outcome::public_link,
    place::MOST_MARKED,
    transfer::{DownloadForm, UploadForm},
};
use crate::{
    console::{
        call::{Call, FileCall},
        command::{Availability, Command, command},
        effect::Effect,
        fit::{self, clean},
        modal::confirm::Confirm,
        motion::Motion,
        page::{Page as _, absence},
        shell::Shell,
        state::State,
        toast::Tone,
    },
    domain::{EnvironmentId, Status, file::wire::File},
};

pub const COMMANDS: &[Command] = &[
    command("file-upload", &["n"], "upload", "Uploads a file of this machine, while you go on.", uploadable, |state| {
        if let Some(id) = state.shell.selected_id() {
            state.shell.open(UploadForm::open(id));
        }
        Vec::new()
    }),
    command("file-open", &["enter"], "preview", "Opens the file: text and JSON are shown.", openable, |state| {
        state.pages.files.open(&state.shell);
        Vec::new()
    }),
    command("file-download", &["o"], "download", "Downloads the file to a path, while you go on.", selected, |state| {
        with(state, |shell, environment, file| {
            shell.open(DownloadForm::open(environment, file.clone()));
            Vec::new()
        })
    }),
    command("file-visibility", &["v"], "visibility", "Changes who may read the file.", changeable, |state| {
        with(state, |shell, environment, file| {
            shell.open(choices::visibilities(shell, &environment, file));
            Vec::new()
        })
    }),
    command(
        "file-delete",
        &["d"],
        "delete",
        "Deletes the file, or all that are marked; what is lost has to be typed.",
        changeable,
        delete,
    ),
    command("file-mark", &["space"], "mark", "Marks the file for a command, and goes on to the next.", markable, mark),
    command("file-filter", &["f"], "show only", "Shows only files of one type or visibility.", has_any, |state| {
        let filter = state.pages.files.filter_text(&state.shell);
        state.shell.open(choices::conditions(&state.shell, &filter));
        Vec::new()
    }),
    command(
        "file-copy-link",
        &["y"],
        "link",
        "Copies a link that anybody can download the file from, and says how long it lasts.",
        selected,
        |state| {
            with(state, |shell, environment, file| match public_link(file) {
                Some(copy) => vec![copy],
                None => vec![shell.request(Call::File(environment, FileCall::Link { file: Box::new(file.clone()) }))],
            })
        },
    ),
    command(
        "file-copy-key",
        &["i"],
        "key",
        "Copies the key of the file's object, as apps keep it.",
        selected,
        |state| {
            with(state, |_, _, file| {
                let what = format!("the key of {}", clean(&file.original_name));
                vec![Effect::Copy { what, text: file.s3_key.clone().into() }]
            })
        },
    ),
    command("file-copy-curl", &["Y"], "", "Copies the request for the file's link as curl.", selected, |state| {
        with(state, |shell, _, file| {
            let text = format!("curl -X POST {}/v1/files/{}/download-url -H \"X-API-Key: sk_…\"", shell.url, file.id);
            let what = format!("the request for a link of {} as curl", clean(&file.original_name));
            vec![Effect::Copy { what, text: text.into() }]
        })
    }),
];

fn file(state: &State) -> Result<&File, Cow<'static, str>> {
    let (page, keymap) = (&state.pages.files, &state.shell.keymap);
    page.selected(&state.shell).ok_or_else(|| {
        if page.is_replaced(&state.shell) {
            absence::not_here_yet("files")
        } else if page.is_being_read(&state.shell) {
            "no file is read yet".into()
        } else if page.filter_text(&state.shell).is_empty() {
            format!("there is no file here: {} uploads one", absence::way_to_first(&state.shell, "file-upload")).into()
        } else {
            absence::nothing_matches(keymap, "files")
        }
    })
}

fn selected(state: &State) -> Availability {
    file(state).map(|_| ())
}

fn openable(state: &State) -> Availability {
    if state.pages.files.is_open(&state.shell) {
        return Err(format!("the file is open: {} goes back", state.shell.keymap.way("back")).into());
    }
    selected(state)
}

fn markable(state: &State) -> Availability {
    if state.pages.files.is_open(&state.shell) {
        return Err(format!("files are marked in the list: {} goes back", state.shell.keymap.way("back")).into());
    }
    selected(state)
}

fn changeable(state: &State) -> Availability {
    file(state)?;
    state.shell.writable().map(|_| ())
}

fn uploadable(state: &State) -> Availability {
    let environment = state.shell.writable()?;
    if environment.status != Status::Active {
        let text = format!("{} is {}: it takes files once it is active", environment.name, environment.status);
        return Err(text.into());
    }
    Ok(())
}

fn has_any(state: &State) -> Availability {
    if state.pages.files.is_open(&state.shell) {
        return Err(format!("a file is open: {} goes back to the list", state.shell.keymap.way("back")).into());
    }
    if state.shell.selected().is_none() { Err("there is no environment yet".into()) } else { Ok(()) }
}

/// Does something with the file under the cursor.
fn with(state: &mut State, run: impl FnOnce(&mut Shell, EnvironmentId, &File) -> Vec<Effect>) -> Vec<Effect> {
    let Some(environment) = state.shell.selected_id() else { return Vec::new() };
    let Some(file) = state.pages.files.selected(&state.shell).cloned() else { return Vec::new() };
    run(&mut state.shell, environment, &file)
}

fn mark(state: &mut State) -> Vec<Effect> {
    if !state.pages.files.mark(&state.shell) {
        let most = u64::try_from(MOST_MARKED).unwrap_or(u64::MAX);
        state.shell.say(Tone::Info, None, format!("{} are marked, and no more can be", fit::count(most, "file")));
        return Vec::new();
    }
    state.pages.files.motion(&mut state.shell, Motion::Lines(1))
}

fn delete(state: &mut State) -> Vec<Effect> {
    let marked = state.pages.files.marked_files(&state.shell);
    let hidden = state.pages.files.hidden_marks(&state.shell);
    with(state, |shell, environment, file| {
        let name = shell.name_of(&environment).unwrap_or_default();
        shell.open(if marked.is_empty() {
            delete_one(shell, environment, &name, file)
        } else {
            delete_marked(environment, &name, &marked, hidden)
        });
        Vec::new()
    })
}

fn delete_one(shell: &Shell, environment: EnvironmentId, name: &str, file: &File) -> Confirm {
    let shown = clean(&file.original_name).into_owned();
    let lines = vec![
        format!(
            "{}, {}, {} since {}.",
            clean(&file.mime_type),
            fit::bytes(file.size),
            file.visibility.as_str(),
            shell.zone.format(file.created_at, "%Y-%m-%d")
        ),
        "  Its bytes go, and every link to it ends. Rows that name its key stay.".into(),
        "This cannot be undone.".into(),
    ];
    let files = vec![(file.id.clone(), shown.clone())];
    confirm(format!("Delete the file {shown} of {name}"), lines, shown, environment, files)
}

fn delete_marked(
    environment: EnvironmentId,
    name: &str,
    marked: &[(String, String, u64)],
    hidden: Option<String>,
) -> Confirm {
    let count = fit::count(u64::try_from(marked.len()).unwrap_or(u64::MAX), "file");
    let size = marked.iter().map(|(_, _, size)| size).sum();
    let shown: Vec<_> = marked.iter().take(3).map(|(_, name, _)| clean(name)).collect();
    let more = marked.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let mut lines = vec![format!("{count}, {} altogether: {}{more}.", fit::bytes(size), shown.join(", "))];
    lines.extend(hidden);
    lines.push("  Their bytes go, and every link to them ends. Rows that name their keys stay.".into());
    lines.push("This cannot be undone.".into());
    let files = marked.iter().map(|(id, name, _)| (id.clone(), clean(name).into_owned())).collect();
    confirm(format!("Delete {count} of {name}"), lines, count, environment, files)
}

fn confirm(
    title: String,
    lines: Vec<String>,
    typed: String,
    environment: EnvironmentId,
    files: Vec<(String, String)>,
) -> Confirm {
    Confirm::deletion(title, lines, typed, move |shell| {
        vec![shell.request(Call::File(environment, FileCall::Delete(files)))]
    })
}
