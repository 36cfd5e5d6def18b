//! The commands that work on every page.
//!
//! | File | Idea |
//! |---|---|
//! | `selection` | selecting environments and projects |
//! | `production` | what may be changed: unlocking production, read-only environments |
//! | `moving` | in lists, between pages, back out |
//! | `looks` | the console itself |

mod looks;
mod moving;
mod production;
mod selection;

pub use self::selection::show_project;
use self::{
    moving::{back, filterable, go, motion, sideways, sort, sortable, tread, trodden, turn},
    production::{lock, lockable, locked, unlock},
    selection::{any, by_number, connect, step, switch, switch_project},
};
use super::{
    command::{Availability, Command, Group, always},
    effect::Effect,
    modal::{help::Help, notes::Notes, tasks::TaskList},
    motion::Motion,
    page::PageId,
    state::State,
    update,
    widget::Field,
};

/// In the order of the footer, as far as they have a place there.
pub const COMMANDS: &[Command] = &[
    command(
        "unlock",
        &["u"],
        "unlock",
        "Lets a read-only environment be changed; production for ten minutes, after its name.",
        Group::Environment,
        locked,
        unlock,
    ),
    command(
        "lock",
        &["U"],
        "lock",
        "Makes an environment read-only; the session remembers it.",
        Group::Environment,
        lockable,
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
        "Goes back: out of what was opened, or of a filter; notes go too.",
        Group::Move,
        always,
        back,
    ),
    command(
        "place-back",
        &["alt-left", "<"],
        "",
        "Goes back to the place before: page, environment, opened table.",
        Group::Move,
        |state| trodden(state, -1),
        |state| tread(state, -1),
    ),
    command(
        "place-forward",
        &["alt-right", ">"],
        "",
        "Goes forward again after going back.",
        Group::Move,
        |state| trodden(state, 1),
        |state| tread(state, 1),
    ),
    command("tab-next", &["]"], "", "Shows the next tab inside the page.", Group::Move, always, |state| turn(state, 1)),
    command("tab-previous", &["["], "", "Shows the previous tab inside the page.", Group::Move, always, |state| {
        turn(state, -1)
    }),
    command("go-overview", &["g o"], "", "Goes to the Overview page.", Group::Move, always, |state| {
        go(state, PageId::Overview)
    }),
    command("go-environments", &["g e"], "", "Goes to the Environments page.", Group::Move, always, |state| {
        go(state, PageId::Environments)
    }),
    command("go-database", &["g d"], "", "Goes to the Database page.", Group::Move, always, |state| {
        go(state, PageId::Database)
    }),
    command("go-users", &["g u"], "", "Goes to the Users page.", Group::Move, always, |state| go(state, PageId::Users)),
    command("go-files", &["g f"], "", "Goes to the Files page.", Group::Move, always, |state| go(state, PageId::Files)),
    command("go-keys", &["g k"], "", "Goes to the API Keys page.", Group::Move, always, |state| {
        go(state, PageId::Keys)
    }),
    command("go-activity", &["g a"], "", "Goes to the Activity page.", Group::Move, always, |state| {
        go(state, PageId::Activity)
    }),
    command("go-compare", &["g c"], "", "Goes to the Compare page.", Group::Move, always, |state| {
        go(state, PageId::Compare)
    }),
    command(
        "filter",
        &["/"],
        "filter",
        "Filters what is listed while it is typed.",
        Group::Page,
        filterable,
        |state| {
            state.shell.filtering = Some(Field::new(&state.page().filter(&state.shell)));
            Vec::new()
        },
    ),
    command("sort", &["s"], "", "Sorts by the next column.", Group::Page, sortable, |state| sort(state, false)),
    command("sort-reverse", &["S"], "", "Turns the order round.", Group::Page, sortable, |state| sort(state, true)),
    command("refresh", &["R"], "", "Reads everything again now.", Group::Console, always, looks::refresh),
    command(
        "theme",
        &[],
        "",
        "Chooses the colours: for a dark or a light background, easier to read, or your own.",
        Group::Console,
        always,
        looks::theme,
    ),
    command(
        "mouse",
        &["M"],
        "",
        "Gives the mouse to the terminal, to select text with it, or takes it again.",
        Group::Console,
        always,
        looks::mouse,
    ),
    command(
        "export",
        &["X"],
        "",
        "Writes the list as CSV or JSON, all of its pages, to a file or into a program.",
        Group::Page,
        looks::exportable,
        looks::export,
    ),
    command(
        "pager",
        &["|"],
        "",
        "Shows what was opened, or the list with all of its pages, in your pager.",
        Group::Page,
        looks::pageable,
        looks::page,
    ),
    command(
        "tasks",
        &["t"],
        "",
        "Shows the long work that is under way, and stops it.",
        Group::Console,
        always,
        |state| {
            state.shell.open(TaskList::default());
            Vec::new()
        },
    ),
    command("notes", &["m"], "", "Shows what was said, in full.", Group::Console, always, |state| {
        let notes = Notes::new(&state.shell);
        state.shell.open(notes);
        Vec::new()
    }),
    #[cfg(debug_assertions)]
    command(
        "defect",
        &[],
        "",
        "Ends by a defect, to see the terminal given back.",
        Group::Console,
        always,
        looks::defect,
    ),
    command("suspend", &["ctrl-z"], "", "Goes to the background; fg comes back.", Group::Console, always, |_| {
        vec![Effect::Suspend]
    }),
    command("repaint", &["ctrl-l"], "", "Draws the screen again.", Group::Console, always, |_| vec![Effect::Repaint]),
    command("quit", &["q", "ctrl-c"], "", "Quits.", Group::Console, always, update::quit),
    command(
        "commands",
        &[":"],
        "more",
        "Finds any command, table, environment or project by its name.",
        Group::Console,
        always,
        looks::commands,
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
