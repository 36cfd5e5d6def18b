//! What can be asked for on the Users page.

use std::borrow::Cow;

use super::{
    choices::{self, Chosen},
    password_form::PasswordForm,
    user_form::UserForm,
};
use crate::{
    console::{
        call::{Call, UserCall},
        command::{Availability, Command, command},
        effect::Effect,
        fit::{self, clean},
        modal::confirm::Confirm,
        page::absence,
        shell::Shell,
        state::State,
    },
    domain::{Status, account::ListedUser},
};

pub const COMMANDS: &[Command] = &[
    command("user-create", &["n"], "create", "Creates a user, with a password or an invitation.", creatable, |state| {
        let Some(id) = state.shell.selected_id() else { return Vec::new() };
        let policy = state.pages.users.policy(&id);
        state.shell.open(UserForm::open(id, policy));
        Vec::new()
    }),
    command("user-open", &["enter"], "open", "Opens the user to see all of them as JSON.", openable, |state| {
        state.pages.users.open(&state.shell);
        Vec::new()
    }),
    command("user-role", &["r"], "role", "Changes what the user may do: admin, user or guest.", changeable, |state| {
        with(state, |shell, chosen, listed| {
            shell.open(choices::roles(shell, &chosen, listed));
            Vec::new()
        })
    }),
    command(
        "user-sessions-end",
        &["x"],
        "sign out",
        "Ends a session of the user, or all of them.",
        signed_in,
        end_sessions,
    ),
    command(
        "user-password",
        &["w"],
        "password",
        "Sets the user's password: made here and shown once, or typed unseen.",
        changeable,
        |state| {
            let Some(id) = state.shell.selected_id() else { return Vec::new() };
            let policy = state.pages.users.policy(&id);
            with(state, |shell, _, listed| {
                shell.open(PasswordForm::open(id, listed, policy));
                Vec::new()
            })
        },
    ),
    command(
        "user-invite",
        &["I"],
        "",
        "Makes a one-time token with which the user sets their password; the one before is void.",
        changeable,
        |state| {
            with(state, |shell, Chosen { environment, user, email }, _| {
                vec![shell.request(Call::User(environment, UserCall::Invite { user, email }))]
            })
        },
    ),
    command(
        "user-delete",
        &["d"],
        "delete",
        "Deletes the user and ends their sessions; their address has to be typed.",
        changeable,
        |state| with(state, delete),
    ),
    command("user-filter-role", &["f"], "by role", "Shows only users of one role.", has_any, |state| {
        let filter = state.pages.users.filter_text(&state.shell);
        state.shell.open(choices::role_filter(&state.shell, &filter));
        Vec::new()
    }),
    command("user-copy", &["y"], "copy", "Copies the user's address, or all of them as JSON.", selected, copy),
    command("user-copy-id", &["i"], "", "Copies the user's id.", selected, |state| {
        with(state, |_, Chosen { user, email, .. }, _| {
            vec![Effect::Copy { what: format!("the id of {email}"), text: user.into() }]
        })
    }),
    command("user-copy-curl", &["Y"], "curl", "Copies the request for the user as curl.", selected, |state| {
        with(state, |shell, Chosen { user, email, .. }, _| {
            let text = format!("curl {}/v1/users/{user} -H \"X-API-Key: sk_…\"", shell.url);
            vec![Effect::Copy { what: format!("the request for {email} as curl"), text: text.into() }]
        })
    }),
];

fn user(state: &State) -> Result<&ListedUser, Cow<'static, str>> {
    let (page, keymap) = (&state.pages.users, &state.shell.keymap);
    page.selected(&state.shell).ok_or_else(|| {
        if page.is_replaced(&state.shell) {
            absence::not_here_yet("users")
        } else if page.is_being_read(&state.shell) {
            "no user is read yet".into()
        } else if page.filter_text(&state.shell).is_empty() {
            format!("there is no user here: {} creates one", absence::way_to_first(&state.shell, "user-create")).into()
        } else {
            format!("nobody matches: {} shows all users again", keymap.way("back")).into()
        }
    })
}

fn selected(state: &State) -> Availability {
    user(state).map(|_| ())
}

fn openable(state: &State) -> Availability {
    if state.pages.users.is_open(&state.shell) {
        return Err(format!("the user is open: {} goes back", state.shell.keymap.way("back")).into());
    }
    selected(state)
}

fn changeable(state: &State) -> Availability {
    user(state)?;
    state.shell.writable().map(|_| ())
}

fn signed_in(state: &State) -> Availability {
    let listed = user(state)?;
    if listed.sessions == 0 {
        return Err(format!("{} is signed in nowhere", listed.user.email).into());
    }
    state.shell.writable().map(|_| ())
}

fn creatable(state: &State) -> Availability {
    let environment = state.shell.writable()?;
    if environment.status != Status::Active {
        let text = format!("{} is {}: it has users once it is active", environment.name, environment.status);
        return Err(text.into());
    }
    Ok(())
}

fn has_any(state: &State) -> Availability {
    if state.pages.users.is_open(&state.shell) {
        return Err(format!("a user is open: {} goes back to the list", state.shell.keymap.way("back")).into());
    }
    if state.shell.selected().is_none() { Err("there is no environment yet".into()) } else { Ok(()) }
}

/// Does something with the user under the cursor.
fn with(state: &mut State, run: impl FnOnce(&mut Shell, Chosen, &ListedUser) -> Vec<Effect>) -> Vec<Effect> {
    let Some(environment) = state.shell.selected_id() else { return Vec::new() };
    let Some(listed) = state.pages.users.selected(&state.shell).cloned() else { return Vec::new() };
    let chosen = Chosen { environment, user: listed.user.id.clone(), email: clean(&listed.user.email).into_owned() };
    run(&mut state.shell, chosen, &listed)
}

fn end_sessions(state: &mut State) -> Vec<Effect> {
    let known = state.pages.users.sessions(&state.shell).map(<[_]>::to_vec).unwrap_or_default();
    with(state, |shell, chosen, listed| {
        shell.open(choices::sessions(shell, &chosen, listed.sessions, &known));
        Vec::new()
    })
}

fn delete(shell: &mut Shell, Chosen { environment, user, email }: Chosen, listed: &ListedUser) -> Vec<Effect> {
    let name = shell.name_of(&environment).unwrap_or_default();
    let since = shell.zone.format(listed.user.created_at, "%Y-%m-%d");
    let sessions = match listed.sessions {
        0 => "They are signed in nowhere".to_owned(),
        1 => "1 session ends".to_owned(),
        sessions => format!("{} end", fit::count(sessions, "session")),
    };
    let lines = vec![
        format!("{}, {} of {name} since {since}.", clean(&listed.user.name), listed.user.role),
        format!("  {sessions}, and they cannot sign in any more."),
        format!("  Their rows and files stay, and say createdBy {}.", clean(&user)),
        "This cannot be undone.".into(),
    ];
    let title = format!("Delete the user {email} of {name}");
    shell.open(Confirm::deletion(title, lines, email.clone(), move |shell| {
        vec![shell.request(Call::User(environment, UserCall::Delete { user, email }))]
    }));
    Vec::new()
}

fn copy(state: &mut State) -> Vec<Effect> {
    let json = state.pages.users.json(&state.shell);
    with(state, |_, Chosen { email, .. }, listed| {
        let (what, text) = match json {
            Some(json) => (format!("{email} as JSON"), json),
            None => (format!("the address {email}"), listed.user.email.clone()),
        };
        vec![Effect::Copy { what, text: text.into() }]
    })
}
