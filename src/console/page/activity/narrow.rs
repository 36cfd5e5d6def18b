//! Which lines are asked for: whose, of which kind, and by whom.

use std::collections::BTreeMap;

use crate::{
    console::{
        fit,
        modal::{
            Outcome,
            picker::{Item, Picker},
        },
        page::Choice,
        shell::Shell,
    },
    domain::{
        EnvironmentId,
        activity::ActivityFilter,
        api::{Activity, Actor},
    },
};

/// What is acted on, as actions begin.
const KINDS: [(&str, &str); 7] = [
    ("environment", "created, active, failed, deleted, protected"),
    ("table", "created, changed, imported, deleted"),
    ("key", "created, replaced, deleted"),
    ("user", "made, invited, changed, erased by an operator or an admin"),
    ("file", "changed or deleted by an operator or an admin"),
    ("import", "brought in from an export"),
    ("project", "the project itself"),
];

/// What the session calls the choices: `in` an environment, `only` a kind, `by` somebody.
const IN: &str = "in";
const ONLY: &str = "only";
const BY: &str = "by";
/// The environment of the tab, which is no identifier of one.
const SELECTED: &str = "selected";

/// Whose lines there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Of the whole project.
    #[default]
    Project,
    /// Of the environment of the tab, whichever that is.
    Selected,
    /// Of one that was chosen, which may be gone meanwhile.
    One(EnvironmentId),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrow {
    pub scope: Scope,
    pub kind: Option<&'static str>,
    pub actor: Option<Actor>,
}

/// What the picker gives back.
#[derive(Clone, Debug)]
pub enum Chosen {
    Everything,
    Kind(&'static str),
    Actor(Actor),
    Environment(EnvironmentId),
}

impl Narrow {
    /// The environment that it is narrowed to.
    pub fn environment(&self, shell: &Shell) -> Option<EnvironmentId> {
        match &self.scope {
            Scope::Project => None,
            Scope::Selected => shell.selected_id(),
            Scope::One(id) => Some(id.clone()),
        }
    }

    pub fn filter(&self, shell: &Shell) -> ActivityFilter {
        ActivityFilter {
            environment: self.environment(shell),
            action: self.kind.map(str::to_owned),
            actor: self.actor,
            since: None,
        }
    }

    pub fn take(&mut self, chosen: Chosen) {
        match chosen {
            Chosen::Everything => *self = Self::default(),
            Chosen::Kind(kind) => self.kind = Some(kind),
            Chosen::Actor(actor) => self.actor = Some(actor),
            Chosen::Environment(id) => self.scope = Scope::One(id),
        }
    }

    /// As the session keeps it.
    pub fn kept(&self) -> BTreeMap<String, String> {
        let scope = match &self.scope {
            Scope::Project => None,
            Scope::Selected => Some(SELECTED.to_owned()),
            Scope::One(id) => Some(id.to_string()),
        };
        let actor = self.actor.map(|actor| actor.as_str().to_owned());
        let said = [(IN, scope), (ONLY, self.kind.map(str::to_owned)), (BY, actor)];
        said.into_iter().filter_map(|(what, chosen)| Some((what.to_owned(), chosen?))).collect()
    }

    /// What the session kept, as far as it is still known.
    pub fn of_kept(kept: &BTreeMap<String, String>) -> Self {
        let said = |what: &str| kept.get(what).map(String::as_str);
        let scope = said(IN).map(|scope| (scope, EnvironmentId::parse(scope)));
        Self {
            scope: match scope {
                Some((SELECTED, _)) => Scope::Selected,
                Some((_, Ok(id))) => Scope::One(id),
                Some((_, Err(_))) | None => Scope::Project,
            },
            kind: KINDS.iter().map(|(kind, _)| *kind).find(|kind| said(ONLY) == Some(kind)),
            actor: said(BY).and_then(|actor| actor.parse().ok()),
        }
    }

    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    /// `dev, key, by operator`.
    pub fn describe(&self, shell: &Shell) -> String {
        let environment =
            self.environment(shell).map(|id| shell.name_of(&id).unwrap_or_else(|| "one that is gone".into()));
        let kind = self.kind.map(|kind| format!("only {kind}"));
        let actor = self.actor.map(|actor| format!("by {}", actor.as_str()));
        let said: Vec<_> = environment.map(|name| format!("in {name}")).into_iter().chain(kind).chain(actor).collect();
        said.join(", ")
    }
}

/// Whether the server would list the line with that filter.
pub fn matches(filter: &ActivityFilter, line: &Activity) -> bool {
    let of_kind =
        |action: &str| line.action.strip_prefix(action).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    filter.environment.as_ref().is_none_or(|id| line.environment_id.as_ref() == Some(id))
        && filter.action.as_deref().is_none_or(of_kind)
        && filter.actor.is_none_or(|actor| line.actor == actor)
}

pub fn picker(shell: &Shell) -> Picker<Chosen> {
    let style = shell.theme.text.0;
    let item = |name: String, detail: String, aside: &str, value: Chosen| Item {
        name,
        detail,
        aside: aside.to_owned(),
        style,
        value,
    };
    let everything = item("everything".into(), "of the whole project".into(), "", Chosen::Everything);
    let kinds = KINDS.iter().map(|(kind, detail)| item((*kind).into(), (*detail).into(), "kind", Chosen::Kind(kind)));
    let actors = Actor::ALL.into_iter().map(|actor| {
        let detail = match actor {
            Actor::Operator => "whoever holds the operator token: console and command line",
            Actor::System => "the server, finishing or failing what was begun",
            Actor::Admin => "an admin of the app: a secret key, or a user with that role",
        };
        item(actor.as_str().into(), detail.into(), "actor", Chosen::Actor(actor))
    });
    let environments = shell.environments.entries().iter().map(|entry| {
        let environment = &entry.environment;
        let detail = format!("{}, {}", environment.kind.label(), fit::count(environment.usage.tables, "table"));
        item(environment.name.to_string(), detail, "environment", Chosen::Environment(environment.id.clone()))
    });
    let items = std::iter::once(everything).chain(kinds).chain(actors).chain(environments).collect();
    Picker::new("Show", items, |_, chosen: &Chosen| Outcome::Chosen(Choice::Activity(chosen.clone())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_that_arrives_is_judged_as_the_server_would() {
        let line: Activity = serde_json::from_value(json!({
            "id": "act_0123456789abcdef01234567", "projectId": "proj_0123456789abcdef01234567",
            "environmentId": "env_0123456789abcdef01234567", "environmentName": "dev", "actor": "operator",
            "action": "key.create", "target": "web", "detail": null, "createdAt": "2026-11-23T06:42:39.120Z"
        }))
        .expect("a line");
        let of = |action: &str| ActivityFilter { action: Some(action.into()), ..ActivityFilter::default() };
        assert!(matches(&ActivityFilter::default(), &line));
        assert!(matches(&of("key"), &line) && matches(&of("key.create"), &line));
        assert!(!matches(&of("ke"), &line) && !matches(&of("key.cre"), &line) && !matches(&of("table"), &line));
        assert!(!matches(&ActivityFilter { actor: Some(Actor::Admin), ..ActivityFilter::default() }, &line));
        let other = EnvironmentId::parse("env_000000000000000000000009").ok();
        assert!(!matches(&ActivityFilter { environment: other, ..ActivityFilter::default() }, &line));
    }
}
