//! Where one was among the users of an environment.

use std::time::Duration;

use super::{list::query, search::Sought, sessions::Sessions};
use crate::{
    console::{
        call::{Call, UserCall},
        effect::Effect,
        page::{document::Document, list::Searched},
        remote::Remote,
        shell::Shell,
    },
    domain::{
        EnvironmentId,
        account::{ListedUser, User},
        api::Page,
        auth_policy::AuthPolicy,
    },
};

#[derive(Debug, Default)]
pub struct Place {
    pub list: Searched<ListedUser>,
    pub sessions: Sessions,
    pub policy: Remote<AuthPolicy>,
    /// The user under the cursor, opened whole, with their id.
    pub whole: Option<(String, Document)>,
}

impl Place {
    pub fn open(&mut self) {
        self.whole = self.list.paged.row().map(|listed| (listed.user.id.clone(), Document::resource(listed)));
    }

    pub fn set_filter(&mut self, text: String, now: Duration) {
        self.list.set_filter(text, Sought::of, now);
        self.whole = None;
    }

    /// The readings that the screen lacks.
    pub fn want(&mut self, shell: &mut Shell, environment: &EnvironmentId, height: usize) -> Vec<Effect> {
        let (filter, order) = (&self.list.filter, self.list.order);
        let mut effects = self
            .list
            .paged
            .want(shell, height, |asked| Call::User(environment.clone(), UserCall::Page(query(asked, filter, order))));
        if self.policy.is_wanted() {
            let (effect, generation) = shell.ask(Call::User(environment.clone(), UserCall::Policy));
            self.policy.ask(generation, shell.now.uptime);
            effects.push(effect);
        }
        if let Some(listed) = self.list.paged.row() {
            effects.extend(self.sessions.want(shell, environment, listed));
        }
        effects
    }

    pub fn take(&mut self, generation: u64, result: Result<Page<ListedUser>, String>, height: usize) {
        self.list.paged.answer(generation, result, height);
        self.renew();
    }

    /// Something about a user is not as it was read.
    pub fn changed(&mut self) {
        self.list.paged.change();
        self.sessions.outdate();
    }

    /// Everything may be old.
    pub fn outdate(&mut self) {
        self.list.paged.outdate();
        self.sessions.outdate();
        self.policy.outdate();
    }

    /// The server says what a user is now; where it belongs in the list is read.
    pub fn take_over(&mut self, user: &User) {
        self.list.paged.pages.change(&user.id, |listed| listed.user = user.clone());
        self.list.paged.change();
        self.renew();
    }

    /// The list is to show this user, under the cursor.
    pub fn expect(&mut self, id: String, now: Duration) {
        // What was just created has to be seen.
        self.set_filter(String::new(), now);
        self.list.paged.await_row(id);
        self.list.paged.outdate();
    }

    /// A user that is open whole shows what became of them.
    fn renew(&mut self) {
        let Some((id, document)) = &mut self.whole else { return };
        match self.list.paged.row() {
            Some(listed) if listed.user.id == *id => document.renew(Document::resource(listed)),
            // Gone, or not followed that far: what the keys do is for the user under the cursor.
            Some(_) => self.whole = None,
            None => {}
        }
    }
}
