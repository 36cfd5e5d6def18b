//! What concerns the console itself: its colours, its notes, its freshness.

use super::Availability;
use crate::console::{
    effect::{Effect, Paged},
    modal::{
        Outcome,
        export_form::ExportForm,
        help::Help,
        palette::palette,
        picker::{Item, Picker},
    },
    shell::Medium,
    state::State,
    stream,
    task::{
        ExportTo, Task,
        export::{Format, Target},
    },
    toast::Tone,
};

pub fn refresh(state: &mut State) -> Vec<Effect> {
    if state.shell.connection.is_lost() {
        let text = "the server is not there: everything is read again as soon as it is";
        state.shell.say(Tone::Warning, None, text);
    } else {
        state.shell.say(Tone::Info, None, "reading everything again");
    }
    stream::read_again(state)
}

pub fn theme(state: &mut State) -> Vec<Effect> {
    let shell = &state.shell;
    let item = |name: &str| Item {
        name: name.to_owned(),
        detail: shell.themes.describe(name).to_owned(),
        aside: String::new(),
        style: shell.theme.text.0,
        value: name.to_owned(),
    };
    let items = shell.themes.names().map(item).collect();
    let shown = shell.chosen_theme.clone();
    let picker = Picker::new("Theme", items, |shell, name: &String| {
        if let Some(theme) = shell.themes.load(name, shell.depth) {
            shell.theme = theme;
            shell.chosen_theme = Some(name.clone());
        }
        Outcome::Close
    });
    state.shell.open(picker.of("theme").starting_at(|name| Some(name) == shown.as_ref()));
    Vec::new()
}

pub fn exportable(state: &State) -> Availability {
    if state.page().is_exportable(&state.shell) { Ok(()) } else { Err("there is no list here to export".into()) }
}

pub fn export(state: &mut State) -> Vec<Effect> {
    if let Some(export) = state.page().export(&state.shell) {
        let form = ExportForm::open(&state.shell, export);
        state.shell.open(form);
    }
    Vec::new()
}

pub fn pageable(state: &State) -> Availability {
    if state.shell.medium == Medium::Lines {
        return Err("a pager needs a screen: plain mode has none".into());
    }
    let (page, shell) = (state.page(), &state.shell);
    if page.document(shell).is_none() && !page.is_exportable(shell) {
        return Err("there is nothing here that a pager could show".into());
    }
    Ok(())
}

/// What was opened, or the list as CSV: how else it may go out is asked by the form for that.
pub fn page(state: &mut State) -> Vec<Effect> {
    if let Some(text) = state.page().document(&state.shell) {
        return vec![Effect::Page(Paged::Text(text))];
    }
    if let Some(export) = state.page().export(&state.shell) {
        let to = ExportTo { format: Format::Csv, target: Target::Pager };
        return state.shell.start(Task::Export(Box::new(export), to));
    }
    Vec::new()
}

pub fn mouse(state: &mut State) -> Vec<Effect> {
    let shell = &mut state.shell;
    let taken = !shell.habits.mouse;
    shell.habits.mouse = taken;
    let text = if taken {
        "the mouse is the console's: click, wheel, tabs and buttons".to_owned()
    } else {
        format!("the mouse is the terminal's: select text as elsewhere; {} takes it again", shell.keymap.way("mouse"))
    };
    shell.say(Tone::Info, None, text);
    vec![Effect::Mouse { taken }]
}

/// Only in debug builds, for the test of what happens then.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "that is what it is for")]
pub fn defect(_: &mut State) -> Vec<Effect> {
    panic!("a defect was asked for")
}

/// Finds a command on a screen. Where a name is typed anyway, all of them are told.
pub fn commands(state: &mut State) -> Vec<Effect> {
    if state.shell.medium == Medium::Lines {
        let commands = Help::of_all_pages(state);
        state.shell.open(commands);
    } else {
        let palette = palette(state);
        state.shell.open(palette);
    }
    Vec::new()
}
