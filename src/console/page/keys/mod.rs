//! The API Keys page: the publishable and the secret keys of the selected environment.
//!
//! | File | Idea |
//! |---|---|
//! | `commands` | what can be asked for here |
//! | `list`, `detail` | the list, and what is to be known of the key under the cursor |
//! | `key_form`, `rotate_form` | the form that creates one; the form that puts another in its place |

mod commands;
mod detail;
mod key_form;
mod list;
mod rotate_form;

use std::time::Duration;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};
use secrecy::SecretString;

pub use self::commands::COMMANDS;
use self::list::KeyList;
use super::{
    Click, Page, absence,
    list::{Hit, Parts},
};
use crate::{
    client,
    console::{
        call::{Call, KeyCall, Reply},
        command::Command,
        effect::{Effect, Ticket},
        modal::shown_once::ShownOnce,
        motion::Motion,
        remote::{PerEnvironment, Remote},
        session::Kept,
        shell::Shell,
        stream,
        task::Export,
        toast::Tone,
        view::frame::rule,
    },
    domain::{
        EnvironmentId, KeyId, KeyType, Status,
        api::{Event, Key},
    },
};

/// How long a key that was asked for is readable.
const SHOWN_FOR: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub struct Keys {
    places: PerEnvironment<KeyList>,
    /// The key that is readable for now, and until when.
    shown: Option<(KeyId, Duration)>,
}

/// The fields of an exported key.
const EXPORTED: [&str; 8] = ["id", "name", "type", "mask", "scopes", "expiresAt", "lastUsedAt", "createdAt"];

impl Keys {
    /// The key under the cursor.
    pub fn selected<'a>(&self, shell: &'a Shell) -> Option<&'a Key> {
        let environment = shell.selected()?;
        let id = self.places.get(&environment.id)?.selected()?;
        shell.keys.get(&environment.id)?.value()?.iter().find(|key| key.id == *id)
    }

    /// Makes a key readable for some seconds, or unreadable again.
    pub fn show(&mut self, id: &KeyId, now: Duration) {
        let already = self.is_shown(id, now);
        self.shown = (!already).then(|| (id.clone(), now + SHOWN_FOR));
    }

    pub fn is_shown(&self, id: &KeyId, now: Duration) -> bool {
        self.shown.as_ref().is_some_and(|(shown, until)| shown == id && now < *until)
    }

    fn place(&mut self, shell: &Shell) -> Option<&mut KeyList> {
        shell.selected().map(|environment| self.places.entry(&environment.id))
    }

    fn derive(&mut self, shell: &Shell, environment: &EnvironmentId) {
        if let Some(keys) = shell.keys.get(environment).and_then(Remote::value) {
            self.places.entry(environment).derive(keys, height(shell));
        }
    }

    /// The new key is shown once; of the one before, the server says by itself when it ends.
    fn rotated(&mut self, shell: &mut Shell, environment: &EnvironmentId, before: &KeyId, key: Key) {
        let keys = shell.keys.entry(environment);
        keys.outdate();
        let known = keys.value_mut().and_then(|keys| keys.iter_mut().find(|other| other.id == *before));
        if let Some(before) = known {
            before.replaced_by = Some(key.id.clone());
        }
        self.created(shell, environment, key);
    }

    fn created(&mut self, shell: &mut Shell, environment: &EnvironmentId, mut key: Key) {
        // A secret key is kept nowhere but in the box that shows it.
        let secret = if key.kind == KeyType::Secret { key.key.take() } else { None };
        stream::put_key(shell, &key);
        let place = self.places.entry(environment);
        place.filter.clear();
        self.derive(shell, environment);
        self.places.entry(environment).select(&key.id, height(shell));
        if let Some(secret) = secret {
            let shown = shown_once(shell, environment, &key, secret.into());
            shell.open(shown);
        } else {
            let text = format!("has the key {}: {} copies it", key.name, shell.keymap.way("key-copy"));
            shell.say(Tone::Success, Some(environment), text);
        }
    }
}

impl Page for Keys {
    fn commands(&self) -> &'static [Command] {
        COMMANDS
    }

    fn count(&self, shell: &Shell) -> Option<u64> {
        shell.selected().map(|environment| environment.usage.keys)
    }

    fn refresh(&mut self, shell: &mut Shell) -> Vec<Effect> {
        let Some(environment) = shell.selected().cloned() else { return Vec::new() };
        let now = shell.now.uptime;
        self.shown.take_if(|(_, until)| *until <= now);
        self.places.retain(|id| shell.environments.get(id).is_some());
        self.derive(shell, &environment.id);
        let active = environment.status == Status::Active;
        // The tables are for the request that `Y` copies.
        let tables = active.then(|| shell.want_tables(&environment.id)).flatten();
        shell.want_keys(&environment.id).into_iter().chain(tables).collect()
    }

    fn motion(&mut self, shell: &mut Shell, motion: Motion) -> Vec<Effect> {
        let height = height(shell);
        if let Some(place) = self.place(shell) {
            place.move_by(motion, height);
        }
        Vec::new()
    }

    /// From one section to the other.
    fn turn(&mut self, shell: &mut Shell, _steps: isize) -> Vec<Effect> {
        let height = height(shell);
        if let Some(place) = self.place(shell) {
            place.leap(height);
        }
        Vec::new()
    }

    fn filter(&self, shell: &Shell) -> String {
        let place = shell.selected().and_then(|environment| self.places.get(&environment.id));
        place.map(|place| place.filter.clone()).unwrap_or_default()
    }

    fn set_filter(&mut self, shell: &mut Shell, text: String) -> Vec<Effect> {
        if let Some(place) = self.place(shell) {
            place.filter = text;
        }
        Vec::new()
    }

    fn sort(&mut self, shell: &mut Shell, turn_round: bool) -> Vec<Effect> {
        if let Some(place) = self.place(shell) {
            place.sort(turn_round);
        }
        Vec::new()
    }

    /// Masked, also those that may be shown: a file lives longer than a look.
    fn export(&self, shell: &Shell) -> Option<Export> {
        let environment = &shell.selected()?.id;
        let (place, keys) = (self.places.get(environment)?, shell.keys.get(environment)?.value()?);
        let shown = place.listed().filter_map(|id| keys.iter().find(|key| key.id == *id));
        (!place.is_empty()).then(|| Export::known("keys", Some(environment), &EXPORTED, shown))
    }

    fn kept(&self, environment: Option<&EnvironmentId>) -> Option<Kept> {
        self.places.get(environment?).map(KeyList::kept)
    }

    fn keep(&mut self, environment: Option<&EnvironmentId>, kept: Kept) {
        if let Some(environment) = environment {
            self.places.entry(environment).keep(kept);
        }
    }

    fn answer(
        &mut self,
        shell: &mut Shell,
        _ticket: &Ticket,
        call: &Call,
        result: Result<Reply, client::Error>,
    ) -> Vec<Effect> {
        match (call, result) {
            (Call::Key(environment, KeyCall::Create(_)), Ok(Reply::Key(key))) => self.created(shell, environment, *key),
            (Call::Key(environment, KeyCall::Rotate { id, .. }), Ok(Reply::Key(key))) => {
                self.rotated(shell, environment, id, *key);
            }
            (Call::Key(environment, KeyCall::Delete(id)), Ok(Reply::Key(key))) => {
                if let Some(keys) = shell.keys.get_mut(environment).and_then(Remote::value_mut) {
                    keys.retain(|other| other.id != *id);
                }
                let text = format!("the key {} is deleted: whoever uses it is refused from now on", key.name);
                shell.say(Tone::Success, Some(environment), text);
            }
            (call, Err(error)) => shell.say_failure(call, &error),
            (_, Ok(_)) => {}
        }
        Vec::new()
    }

    fn event(&mut self, _shell: &mut Shell, event: &Event) -> Vec<Effect> {
        if let Event::EnvironmentDeleted(environment) = event {
            self.places.remove(&environment.id);
        }
        Vec::new()
    }

    fn click(&mut self, shell: &mut Shell, area: Rect, position: Position) -> Click {
        let parts = Parts::of(area, detail::HEIGHT);
        if list::BUTTON.area(&shell.keymap, parts.title).contains(position) {
            return Click::Command("key-create");
        }
        if parts.detail.is_some_and(|(_, pane)| detail::key_lines(pane).contains(position)) {
            return Click::Command("key-show");
        }
        match self.place(shell).map(|place| place.click(&parts, position)) {
            Some(Hit::Again) => Click::Command("key-show"),
            _ => Click::Nothing,
        }
    }

    fn view(&self, shell: &Shell, area: Rect, buffer: &mut Buffer) {
        let parts = Parts::of(area, detail::HEIGHT);
        let Some(environment) = shell.selected() else {
            absence::without_environment(shell, area, buffer);
            return;
        };
        let none = KeyList::default();
        let place = self.places.get(&environment.id).unwrap_or(&none);
        let known = shell.keys.get(&environment.id);
        list::view(place, shell, environment, known, &parts, buffer);
        if let (Some((line, pane)), Some(key)) = (parts.detail, self.selected(shell)) {
            rule(shell, area, line, &key.name, buffer);
            let until = self.shown.as_ref().filter(|(id, _)| *id == key.id).map(|(_, until)| *until);
            let keys = known.and_then(Remote::value).map(Vec::as_slice).unwrap_or_default();
            detail::view(shell, key, rotate_form::replaced(key, keys), until, pane, buffer);
        }
    }

    fn next_change(&self, shell: &Shell) -> Option<Duration> {
        let now = shell.now.uptime;
        let keys = shell.keys.get(&shell.selected()?.id).and_then(Remote::awaited_since);
        let countdown = self.shown.as_ref().map(|(_, until)| {
            let left = until.saturating_sub(now);
            let part = Duration::from_nanos(u64::from(left.subsec_nanos()));
            now + if part.is_zero() { Duration::from_secs(1).min(left) } else { part }
        });
        absence::next_change(keys, now).into_iter().chain(countdown).min()
    }
}

/// The box with a new secret key: the only time that anybody sees it.
fn shown_once(shell: &Shell, environment: &EnvironmentId, key: &Key, secret: SecretString) -> ShownOnce {
    let place = shell.name_of(environment).unwrap_or_default();
    let passes = if key.scopes.is_empty() {
        "It passes every permission".to_owned()
    } else {
        format!("Within its scopes ({}) it passes every permission", list::scopes(key))
    };
    let told = format!("This is the only time it is shown. {passes}: keep it on servers.");
    let what = format!("secret key {} of {place}", key.name);
    ShownOnce::new(format!("The {what}"), format!("the {what}"), secret, vec![told])
}

/// Rows of the list that are visible.
fn height(shell: &Shell) -> usize {
    Parts::here(shell, detail::HEIGHT).height()
}
