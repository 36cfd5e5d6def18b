//! The commands that work on every page.

use std::borrow::Cow;

use super::{
    command::{Command, Group, always},
    effect::Effect,
    key::Key,
    lock::guarded,
    modal::Outcome,
    modal::{
        confirm::Confirm, connect::Connect, help::Help, notes::Notes, palette::palette, picker::Item, picker::Picker,
    },
    motion::Motion,
    page::PageId,
    shell::{Focus, mark},
    state::State,
    stream,
    theme::{Theme, ThemeName},
    toast::Tone,
    update,
};
use crate::domain::{EnvironmentId, api::Project};

type Availability = Result<(), Cow<'static, str>>;

/// In the order of the footer, as far as they have a place there.
pub const COMMANDS: &[Command] = &[
    command(
        "production-unlock",
        &["u"],
        "unlock",
        "Unlocks a read-only environment for ten minutes.",
        Group::Environment,
        lockable,
        unlock,
    ),
    command(
        "production-lock",
        &["U"],
        "lock",
        "Makes an unlocked environment read-only again.",
        Group::Environment,
        unlocked,
        lock,
    ),
    command(
        "connect",
        &["c"],
        "connect",
        "Shows what an app needs to reach the environment: .env, curl, fetch.",
        Group::Environment,
        any,
        connect,
    ),
    command("environment-next", &["tab"], "next", "Selects the next environment.", Group::Environment, any, |state| {
        step(state, 1)
    }),
    command(
        "environment-previous",
        &["shift-tab"],
        "",
        "Selects the previous environment.",
        Group::Environment,
        any,
        |state| step(state, -1),
    ),
    command(
        "environment-by-number",
        &["1", "2", "3", "4", "5", "6", "7", "8", "9"],
        "",
        "Selects the environment of that number.",
        Group::Environment,
        any,
        by_number,
    ),
    command(
        "environment-switch",
        &["e"],
        "",
        "Finds an environment by a part of its name.",
        Group::Environment,
        any,
        switch,
    ),
    command("project-switch", &["p"], "", "Shows another project.", Group::Environment, always, switch_project),
    command("move-down", &["j", "down"], "", "Moves down.", Group::Move, always, |state| {
        motion(state, Motion::Lines(1))
    }),
    command("move-up", &["k", "up"], "", "Moves up.", Group::Move, always, |state| motion(state, Motion::Lines(-1))),
    command("move-first", &["g g", "home"], "", "Moves to the first row.", Group::Move, always, |state| {
        motion(state, Motion::First)
    }),
    command("move-last", &["G", "end"], "", "Moves to the last row.", Group::Move, always, |state| {
        motion(state, Motion::Last)
    }),
    command("half-page-down", &["ctrl-d"], "", "Moves half a page down.", Group::Move, always, |state| {
        motion(state, Motion::HalfPages(1))
    }),
    command("half-page-up", &["ctrl-u"], "", "Moves half a page up.", Group::Move, always, |state| {
        motion(state, Motion::HalfPages(-1))
    }),
    command("page-down", &["pgdn", "ctrl-f"], "", "Moves a page down.", Group::Move, always, |state| {
        motion(state, Motion::Pages(1))
    }),
    command("page-up", &["pgup", "ctrl-b"], "", "Moves a page up.", Group::Move, always, |state| {
        motion(state, Motion::Pages(-1))
    }),
    command("move-left", &["h", "left"], "", "Moves left, and on into the sidebar.", Group::Move, always, |state| {
        sideways(state, -1)
    }),
    command("move-right", &["l", "right"], "", "Moves right, and out of the sidebar.", Group::Move, always, |state| {
        sideways(state, 1)
    }),
    command(
        "back",
        &["esc"],
        "",
        "Goes back: out of what was opened, of a filter, of a note.",
        Group::Move,
        always,
        back,
    ),
    command("tab-next", &["]"], "", "Shows the next tab inside the page.", Group::Move, always, |state| turn(state, 1)),
    command("tab-previous", &["["], "", "Shows the previous tab inside the page.", Group::Move, always, |state| {
        turn(state, -1)
    }),
    command("go-environments", &["g e"], "", "Goes to the Environments page.", Group::Move, always, |state| {
        go(state, PageId::Environments)
    }),
    command("go-database", &["g d"], "", "Goes to the Database page.", Group::Move, always, |state| {
        go(state, PageId::Database)
    }),
    command("go-keys", &["g k"], "", "Goes to the API Keys page.", Group::Move, always, |state| {
        go(state, PageId::Keys)
    }),
    command("filter", &["/"], "filter", "Filters what is listed while it is typed.", Group::Page, always, |state| {
        state.shell.filtering = true;
        Vec::new()
    }),
    command("sort", &["s"], "", "Sorts by the next column.", Group::Page, always, |state| sort(state, false)),
    command("sort-reverse", &["S"], "", "Turns the order round.", Group::Page, always, |state| sort(state, true)),
    command("refresh", &["R"], "", "Reads everything again now.", Group::Console, always, refresh),
    command(
        "theme",
        &[],
        "",
        "Chooses the colours: dark, light, or the terminal's own sixteen.",
        Group::Console,
        always,
        theme,
    ),
    command("notes", &["m"], "", "Shows what was said, in full.", Group::Console, always, |state| {
        let notes = Notes::new(&state.shell);
        state.shell.open(notes);
        Vec::new()
    }),
    #[cfg(debug_assertions)]
    command("defect", &[], "", "Ends by a defect, to see the terminal given back.", Group::Console, always, defect),
    command("suspend", &["ctrl-z"], "", "Goes to the background; fg comes back.", Group::Console, always, |_| {
        vec![Effect::Suspend]
    }),
    command("repaint", &["ctrl-l"], "", "Draws the screen again.", Group::Console, always, |_| vec![Effect::Repaint]),
    command("quit", &["q", "ctrl-c"], "", "Quits.", Group::Console, always, |state| update::quit(&state.shell)),
    command(
        "commands",
        &[":"],
        "more",
        "Finds any command by its name or by what it does.",
        Group::Console,
        always,
        |state| {
            let palette = palette(state);
            state.shell.open(palette);
            Vec::new()
        },
    ),
    command("help", &["?"], "help", "Shows the keys of this page.", Group::Console, always, |state| {
        let help = Help::new(state);
        state.shell.open(help);
        Vec::new()
    }),
];

const fn command(
    name: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
    doc: &'static str,
    group: Group,
    available: fn(&State) -> Availability,
    run: fn(&mut State) -> Vec<Effect>,
) -> Command {
    Command { name, keys, hint, doc, group, available, run }
}

/// With any environment to act on.
fn any(state: &State) -> Availability {
    if state.shell.environments.is_empty() { Err("there is no environment yet".into()) } else { Ok(()) }
}

fn step(state: &mut State, steps: isize) -> Vec<Effect> {
    state.shell.environments.step(steps);
    state.shell.moved();
    Vec::new()
}

fn by_number(state: &mut State) -> Vec<Effect> {
    let Some(digit) = state.shell.pressed.and_then(Key::typed).and_then(|typed| typed.to_digit(10)) else {
        // Asked for by name: which one is a question of its own.
        return switch(state);
    };
    let found = usize::try_from(digit).ok().and_then(|number| state.shell.environments.numbered(number));
    let Some(id) = found.map(|entry| entry.environment.id.clone()) else {
        state.shell.say(Tone::Info, None, format!("no environment has the number {digit}"));
        return Vec::new();
    };
    state.shell.environments.select(&id);
    state.shell.moved();
    Vec::new()
}

fn switch(state: &mut State) -> Vec<Effect> {
    let shell = &mut state.shell;
    let item = |entry: &super::catalog::Entry| Item {
        name: entry.environment.name.to_string(),
        detail: format!(
            "{} {}, {}",
            mark(entry, shell.now, shell.clock_runs),
            entry.environment.status.label(),
            entry.environment.kind.label()
        ),
        aside: entry.number.to_string(),
        style: if entry.is_production() { shell.theme.production.0 } else { shell.theme.text.0 },
        value: entry.environment.id.clone(),
    };
    let items = shell.environments.entries().iter().map(item).collect();
    let selected = shell.selected_id();
    let picker = Picker::new("Switch environment", items, |shell, id: &EnvironmentId| {
        shell.environments.select(id);
        shell.moved();
        Outcome::Close
    });
    shell.open(picker.starting_at(|id| Some(id) == selected.as_ref()));
    Vec::new()
}

fn lockable(state: &State) -> Availability {
    let shell = &state.shell;
    let environment = shell.selected().ok_or("there is no environment yet")?;
    if !guarded(environment) {
        return Err(format!("{} is not production: it can be changed as it is", environment.name).into());
    }
    if !shell.locks.holds(environment, shell.now.uptime) {
        return Err(format!("{} is unlocked already: U locks it again", environment.name).into());
    }
    Ok(())
}

fn unlock(state: &mut State) -> Vec<Effect> {
    let shell = &mut state.shell;
    let Some(environment) = shell.selected().cloned() else { return Vec::new() };
    let lines = vec![
        format!("{} opens read-only. Unlocked, it can be changed from here for ten minutes.", environment.name),
        "Deleting it or one of its tables takes its name once more.".into(),
    ];
    let name = environment.name.to_string();
    shell.open(Confirm::unlocking(format!("Unlock {name}"), lines, name, move |shell| {
        shell.locks.open(&environment.id, shell.now.uptime);
        shell.say(Tone::Warning, Some(&environment.id), "is unlocked for ten minutes: U locks it again");
        Vec::new()
    }));
    Vec::new()
}

fn unlocked(state: &State) -> Availability {
    let shell = &state.shell;
    let left = shell.selected().and_then(|environment| shell.locks.left(&environment.id, shell.now.uptime));
    left.map(|_| ()).ok_or_else(|| "nothing is unlocked here".into())
}

fn lock(state: &mut State) -> Vec<Effect> {
    if let Some(id) = state.shell.selected_id() {
        state.shell.locks.close(&id);
        state.shell.say(Tone::Info, Some(&id), "is read-only again");
    }
    Vec::new()
}

fn connect(state: &mut State) -> Vec<Effect> {
    let shell = &mut state.shell;
    let Some(id) = shell.selected_id() else { return Vec::new() };
    shell.open(Connect::new(id.clone()));
    shell.want_keys(&id).into_iter().chain(shell.want_tables(&id)).collect()
}

fn switch_project(state: &mut State) -> Vec<Effect> {
    let shell = &mut state.shell;
    let Some(projects) = shell.projects.value() else {
        shell.say(Tone::Info, None, "the projects are not known yet");
        return Vec::new();
    };
    let item = |project: &Project| Item {
        name: project.name.clone(),
        detail: project.description.clone().unwrap_or_default(),
        aside: super::fit::count(project.environments, "environment"),
        style: shell.theme.text.0,
        value: project.clone(),
    };
    let items = projects.iter().map(item).collect();
    let shown = shell.project.as_ref().map(|project| project.id.clone());
    let picker = Picker::new("Switch project", items, |shell, project: &Project| {
        if shell.project.as_ref().is_some_and(|shown| shown.id == project.id) {
            return Outcome::Close;
        }
        Outcome::Done(stream::show_project(shell, project.clone()))
    });
    shell.open(picker.starting_at(|project| Some(&project.id) == shown.as_ref()));
    Vec::new()
}

fn motion(state: &mut State, motion: Motion) -> Vec<Effect> {
    if state.shell.focus == Focus::Sidebar {
        let pages = PageId::ALL;
        let next = motion.apply(state.shell.page as usize, pages.len(), pages.len());
        state.shell.page = pages[next];
        return Vec::new();
    }
    let (shell, page) = state.parts();
    page.motion(shell, motion)
}

fn sideways(state: &mut State, steps: isize) -> Vec<Effect> {
    if state.shell.focus == Focus::Sidebar {
        if steps > 0 {
            state.shell.focus = Focus::Main;
        }
        return Vec::new();
    }
    let (shell, page) = state.parts();
    if !page.sideways(shell, steps) && steps < 0 {
        shell.focus = Focus::Sidebar;
    }
    Vec::new()
}

fn turn(state: &mut State, steps: isize) -> Vec<Effect> {
    let (shell, page) = state.parts();
    page.turn(shell, steps)
}

fn back(state: &mut State) -> Vec<Effect> {
    let (shell, page) = state.parts();
    if shell.toasts.dismiss() {
        return Vec::new();
    }
    if !page.filter(shell).is_empty() {
        return page.set_filter(shell, String::new());
    }
    if !page.back(shell) {
        shell.focus = Focus::Main;
    }
    Vec::new()
}

fn go(state: &mut State, page: PageId) -> Vec<Effect> {
    update::go_to(state, page);
    Vec::new()
}

fn sort(state: &mut State, turn_round: bool) -> Vec<Effect> {
    let (shell, page) = state.parts();
    page.sort(shell, turn_round)
}

fn refresh(state: &mut State) -> Vec<Effect> {
    state.shell.say(Tone::Info, None, "reading everything again");
    stream::read_again(state)
}

fn theme(state: &mut State) -> Vec<Effect> {
    let item = |name: ThemeName| Item {
        name: name.as_str().to_owned(),
        detail: match name {
            ThemeName::Dark => "for a dark background",
            ThemeName::Light => "for a light background",
            ThemeName::Ansi => "the terminal's own sixteen colours",
        }
        .to_owned(),
        aside: String::new(),
        style: state.shell.theme.text.0,
        value: name,
    };
    let items = ThemeName::ALL.into_iter().map(item).collect();
    state.shell.open(Picker::new("Theme", items, |shell, name: &ThemeName| {
        shell.chosen_theme = Some(*name);
        shell.theme = Theme::load(*name, shell.depth);
        Outcome::Close
    }));
    Vec::new()
}

/// Only in debug builds, for the test of what happens then.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "that is what it is for")]
fn defect(_: &mut State) -> Vec<Effect> {
    panic!("a defect was asked for")
}
