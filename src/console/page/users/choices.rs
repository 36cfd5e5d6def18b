//! What is chosen from a list: a role, the sessions to end, the role to show.

use super::{detail::line_of, search::with_role};
use crate::{
    console::{
        call::{Call, UserCall},
        fit,
        modal::{
            Outcome,
            picker::{Item, Picker},
        },
        shell::Shell,
    },
    domain::{
        EnvironmentId,
        account::{ListedUser, Role},
        session::Session,
    },
};

/// The user that a command is for.
#[derive(Clone, Debug)]
pub struct Chosen {
    pub environment: EnvironmentId,
    pub user: String,
    pub email: String,
}

pub fn roles(shell: &Shell, chosen: &Chosen, listed: &ListedUser) -> Picker<(Chosen, Role)> {
    let current = listed.user.role;
    let item = |role: Role| Item {
        name: role.to_string(),
        detail: may(role).into(),
        aside: if role == current { "now".into() } else { String::new() },
        style: shell.theme.text.0,
        value: (chosen.clone(), role),
    };
    let picker = Picker::new("Change role", Role::ALL.map(item).into(), |shell, (chosen, role)| {
        let Chosen { environment, user, email } = chosen.clone();
        Outcome::Done(vec![shell.request(Call::User(environment, UserCall::SetRole { user, email, role: *role }))])
    });
    picker.starting_at(|(_, role)| *role == current)
}

const fn may(role: Role) -> &'static str {
    match role {
        Role::Admin => "everything in every table",
        Role::User => "what tables let signed-in users do",
        Role::Guest => "what guests may, and their own rows",
    }
}

/// All of the user's sessions, and each of those that are known.
pub fn sessions(shell: &Shell, chosen: &Chosen, count: u64, known: &[Session]) -> Picker<(Chosen, Option<String>)> {
    let item = |name: String, detail: String, aside: String, session| Item {
        name,
        detail,
        aside,
        style: shell.theme.text.0,
        value: (chosen.clone(), session),
    };
    let all = item("every session".into(), format!("signs {} out everywhere", chosen.email), fit::grouped(count), None);
    let each = known.iter().map(|session| {
        let line = line_of(shell, session);
        let (device, rest) = line.split_once(", ").unwrap_or((&line, ""));
        item(device.to_owned(), rest.to_owned(), String::new(), Some(session.id.clone()))
    });
    let items = std::iter::once(all).chain(each).collect();
    Picker::new("End sessions", items, |shell, (chosen, session)| {
        let Chosen { environment, user, email } = chosen.clone();
        let call = UserCall::EndSessions { user, email, session: session.clone() };
        Outcome::Done(vec![shell.request(Call::User(environment, call))])
    })
}

/// The filters to choose from: what is typed as it is, with each of the roles.
pub fn role_filter(shell: &Shell, filter: &str) -> Picker<String> {
    let item = |role: Option<Role>| Item {
        name: role.map_or("everybody", Role::as_str).to_owned(),
        detail: role.map_or("users of every role", may).to_owned(),
        aside: String::new(),
        style: shell.theme.text.0,
        value: with_role(filter, role),
    };
    let items = std::iter::once(None).chain(Role::ALL.map(Some)).map(item).collect();
    Picker::new("Show users by role", items, |_, filter: &String| Outcome::Filter(filter.clone()))
        .starting_at(|value| value == filter)
}
