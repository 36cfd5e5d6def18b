//! Where one was among the users of an environment.

use std::time::Duration;

use super::{
    list::{Field, query},
    search::Sought,
    sessions::Sessions,
};
use crate::{
    console::{
        call::{Call, UserCall},
        effect::Effect,
        page::{
            document::Document,
            list::{Order, Paged, Row},
        },
        remote::Remote,
        session::Kept,
        shell::Shell,
    },
    domain::{
        EnvironmentId,
        account::{ListedUser, User},
        api::Page,
        auth_policy::AuthPolicy,
    },
};

#[derive(Debug)]
pub struct Place {
    pub filter: String,
    pub order: Order<Field>,
    pub paged: Paged<ListedUser>,
    pub sessions: Sessions,
    pub policy: Remote<AuthPolicy>,
    /// The user under the cursor, opened whole, with their id.
    pub whole: Option<(String, Document)>,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            filter: String::new(),
            order: Order::default(),
            paged: Paged::new(false),
            sessions: Sessions::default(),
            policy: Remote::default(),
            whole: None,
        }
    }
}

impl Place {
    pub fn open(&mut self) {
        self.whole = self.paged.row().map(|listed| (listed.user.id.clone(), Document::resource(listed)));
    }

    pub fn set_filter(&mut self, text: String, now: Duration) {
        let is_other = Sought::of(&text) != Sought::of(&self.filter);
        self.filter = text;
        self.whole = None;
        if is_other {
            self.paged.refilter(&self.filter, now);
        }
    }

    pub fn kept(&self) -> Kept {
        let usual = Order::<Field>::default().column;
        let column = ListedUser::COLUMNS.iter().find(|column| column.key == self.order.column && column.key != usual);
        Kept {
            filter: self.filter.clone(),
            order: column.map(|column| column.title().to_owned()),
            reversed: self.order.reversed,
            cursor: self.paged.selected().map(str::to_owned),
            ..Kept::default()
        }
    }

    /// Takes up what the session kept, before anything is read.
    pub fn keep(&mut self, kept: Kept) {
        let column = ListedUser::COLUMNS.iter().find(|column| Some(column.title()) == kept.order.as_deref());
        self.order =
            Order { column: column.map_or(Order::default().column, |column| column.key), reversed: kept.reversed };
        self.filter = kept.filter;
        if let Some(id) = kept.cursor {
            self.paged.await_row(id);
        }
    }

    pub fn sort(&mut self, turn: impl FnOnce(&mut Order<Field>)) {
        let before = self.order;
        turn(&mut self.order);
        if self.order != before {
            self.paged.restart();
        }
    }

    /// The readings that the screen lacks.
    pub fn want(&mut self, shell: &mut Shell, environment: &EnvironmentId, height: usize) -> Vec<Effect> {
        let (filter, order) = (&self.filter, self.order);
        let mut effects = self
            .paged
            .want(shell, height, |asked| Call::User(environment.clone(), UserCall::Page(query(asked, filter, order))));
        if self.policy.is_wanted() {
            let (effect, generation) = shell.ask(Call::User(environment.clone(), UserCall::Policy));
            self.policy.ask(generation, shell.now.uptime);
            effects.push(effect);
        }
        if let Some(listed) = self.paged.row() {
            effects.extend(self.sessions.want(shell, environment, listed));
        }
        effects
    }

    pub fn take(&mut self, generation: u64, result: Result<Page<ListedUser>, String>, height: usize) {
        self.paged.answer(generation, result, height);
        self.renew();
    }

    /// Something about a user is not as it was read.
    pub fn changed(&mut self) {
        self.paged.change();
        self.sessions.outdate();
    }

    /// Everything may be old.
    pub fn outdate(&mut self) {
        self.paged.outdate();
        self.sessions.outdate();
        self.policy.outdate();
    }

    /// The server says what a user is now; where it belongs in the list is read.
    pub fn take_over(&mut self, user: &User) {
        self.paged.pages.change(&user.id, |listed| listed.user = user.clone());
        self.paged.change();
        self.renew();
    }

    /// The list is to show this user, under the cursor.
    pub fn expect(&mut self, id: String, now: Duration) {
        // What was just created has to be seen.
        self.set_filter(String::new(), now);
        self.paged.await_row(id);
        self.paged.outdate();
    }

    /// A user that is open whole shows what became of them.
    fn renew(&mut self) {
        let Some((id, document)) = &mut self.whole else { return };
        match self.paged.row() {
            Some(listed) if listed.user.id == *id => document.renew(Document::resource(listed)),
            // Gone, or not followed that far: what the keys do is for the user under the cursor.
            Some(_) => self.whole = None,
            None => {}
        }
    }
}
