//! The whole state of the console.

use std::time::Duration;

use super::{
    page::{Page, Pages},
    shell::{Setup, Shell},
    spinner,
    toast::PATIENCE,
};

#[derive(Debug)]
pub struct State {
    pub shell: Shell,
    pub pages: Pages,
}

impl State {
    pub fn new(setup: Setup) -> Self {
        Self { shell: Shell::new(setup), pages: Pages::default() }
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
        let moving = || shell.environments.entries().iter().filter(|entry| entry.is_moving());
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
