//! The whole state of the console.

use std::time::Duration;

use super::{
    page::{Page, Pages},
    session::{self, Session, Settled},
    shell::{Setup, Shell},
    spinner,
    toast::PATIENCE,
};

#[derive(Debug)]
pub struct State {
    pub shell: Shell,
    pub pages: Pages,
    /// The session as it was written last; absent where none is kept.
    session: Option<Session>,
    /// When it is written again, as uptime.
    keep_at: Option<Duration>,
    settled: Settled,
}

impl State {
    pub fn new(setup: Setup) -> Self {
        let settled = Settled {
            theme: setup.config.theme.clone(),
            environment: setup.environment.clone(),
            asked: setup.asked,
            start_page: setup.config.start_page,
        };
        Self { shell: Shell::new(setup), pages: Pages::default(), session: None, keep_at: None, settled }
    }

    /// Goes on where the last session ended, and keeps this one.
    pub fn take_up(&mut self, session: Session) {
        session.restore(self, &self.settled.clone());
        self.session = Some(session);
    }

    /// Something may have changed that the session keeps.
    pub fn touch(&mut self) {
        if self.session.is_some() {
            self.keep_at.get_or_insert(self.shell.now.uptime + session::AFTER);
        }
    }

    /// The session, if it is time to write it and it is another one than was written.
    pub fn session_due(&mut self) -> Option<Session> {
        self.keep_at.take_if(|at| *at <= self.shell.now.uptime)?;
        let session = self.session_to_keep()?;
        self.session = Some(session.clone());
        Some(session)
    }

    /// The session, if it is another one than was written.
    pub fn session_to_keep(&self) -> Option<Session> {
        let before = self.session.as_ref()?;
        // Before anything was read there is nothing new to remember.
        self.shell.listing.value()?;
        Some(Session::of(self, before, &self.settled)).filter(|session| session != before)
    }

    /// The page that is shown.
    pub fn page(&self) -> &dyn Page {
        self.pages.get(self.shell.page)
    }

    /// The shell, and the page that is shown.
    pub fn parts(&mut self) -> (&mut Shell, &mut dyn Page) {
        let page = self.pages.get_mut(self.shell.page);
        (&mut self.shell, page)
    }

    /// When something on the screen changes by itself, as uptime. The loop sleeps until then.
    pub fn next_change(&self) -> Option<Duration> {
        let shell = &self.shell;
        let now = shell.now.uptime;
        let rest = shell.moved_at.map(|at| at + super::shell::REST);
        let moving = || shell.environments.moving();
        // Their marks begin to be drawn, once, also where the clock stands still.
        let marks = moving().map(|entry| entry.since + PATIENCE).filter(|at| *at > now).min();
        let unlocked =
            shell.environments.selected().and_then(|entry| shell.locks.next_change(&entry.environment.id, now));
        let minute = || {
            let into = shell.now.wall.millis().rem_euclid(60_000);
            now + Duration::from_millis(u64::try_from(60_000 - into).unwrap_or(60_000))
        };
        [
            rest,
            self.keep_at,
            shell.projects.next_change(now),
            shell.listing.next_change(now),
            shell.retry_at,
            shell.refresh_at,
            unlocked,
            shell.toasts.next_change(now),
            shell.toasts.working(now).next().and_then(|_| spinner::next_change(now, shell.clock_runs)),
            shell.connection.next_change(now),
            marks,
            moving().next().and_then(|_| spinner::next_change(now, shell.clock_runs)),
            self.page().next_change(shell),
            shell.modals.last().and_then(|modal| modal.next_change(shell)),
            (shell.clock_runs && !shell.environments.is_empty()).then(minute),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}
