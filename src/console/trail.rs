//! The places one has been to, for the way back and forward.

use std::time::Duration;

use super::page::PageId;
use crate::domain::EnvironmentId;

/// Somewhere to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub page: PageId,
    pub environment: EnvironmentId,
    /// What is open on the page, by its name.
    pub opened: Option<String>,
}

/// A place that was come to.
#[derive(Debug)]
struct Step {
    place: Place,
    /// It was opened from the one before, and leaving what is open leads back there.
    leads_back: bool,
}

/// More places than anybody walks back.
const MOST: usize = 100;
/// Shorter stays are passing through: somebody tabs on to the environment that they want.
const STAY: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub struct Trail {
    steps: Vec<Step>,
    /// The place that is shown, by its position.
    here: usize,
    /// When it was come to, as uptime.
    since: Duration,
    /// What is shown next is opened from here.
    opening: bool,
}

impl Trail {
    /// Something on another page is opened from this place.
    pub const fn open_from_here(&mut self) {
        self.opening = true;
    }

    /// Whether what is open at this place was opened from the one before.
    pub fn leads_back(&self) -> bool {
        self.steps.get(self.here).is_some_and(|step| step.leads_back)
    }

    /// Whether that is left now: nothing is open there any more.
    pub fn is_left(&self, page: PageId, environment: &EnvironmentId, opened: Option<&str>) -> bool {
        let here = self.steps.get(self.here).filter(|_| self.leads_back() && opened.is_none());
        here.is_some_and(|Step { place, .. }| place.page == page && place.environment == *environment)
    }

    /// Takes down where one is now.
    pub fn visit(&mut self, page: PageId, environment: &EnvironmentId, opened: Option<&str>, now: Duration) {
        let leads_back = std::mem::take(&mut self.opening);
        let Some(Step { place: here, .. }) = self.steps.get_mut(self.here) else {
            self.push(page, environment, opened, leads_back, now);
            return;
        };
        if here.page == page && here.environment == *environment && here.opened.as_deref() == opened {
            return;
        }
        // On the list of environments every movement selects another one, and is not a place.
        let moved_on = here.page == page && here.opened.is_none() && opened.is_none();
        if moved_on && (page == PageId::Environments || now < self.since + STAY) {
            here.environment = environment.clone();
            self.since = now;
            return;
        }
        self.push(page, environment, opened, leads_back, now);
    }

    fn push(
        &mut self,
        page: PageId,
        environment: &EnvironmentId,
        opened: Option<&str>,
        leads_back: bool,
        now: Duration,
    ) {
        // What lay ahead is another way now.
        self.steps.truncate(self.here + 1);
        if self.steps.len() == MOST {
            self.steps.remove(0);
        }
        let place = Place { page, environment: environment.clone(), opened: opened.map(str::to_owned) };
        self.steps.push(Step { place, leads_back });
        self.here = self.steps.len() - 1;
        self.since = now;
    }

    /// The next place in that direction that is still there.
    pub fn peek(&self, steps: isize, is_there: impl Fn(&Place) -> bool) -> Option<&Place> {
        self.find(steps, is_there).map(|position| &self.steps[position].place)
    }

    /// Goes there.
    pub fn step(&mut self, steps: isize, is_there: impl FnMut(&Place) -> bool) -> Option<Place> {
        self.here = self.find(steps, is_there)?;
        self.steps.get(self.here).map(|step| step.place.clone())
    }

    fn find(&self, steps: isize, mut is_there: impl FnMut(&Place) -> bool) -> Option<usize> {
        let fits = |position: &usize| is_there(&self.steps[*position].place);
        if steps < 0 { (0..self.here).rev().find(fits) } else { (self.here + 1..self.steps.len()).find(fits) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(number: u32) -> EnvironmentId {
        serde_json::from_value(format!("env_{number:024x}").into()).expect("an id")
    }

    fn later(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_way_back_is_the_way_one_came() {
        let mut trail = Trail::default();
        let (dev, qa) = (environment(1), environment(2));
        trail.visit(PageId::Environments, &dev, None, later(0));
        trail.visit(PageId::Database, &dev, None, later(10));
        trail.visit(PageId::Database, &dev, Some("posts"), later(11));
        trail.visit(PageId::Database, &qa, Some("posts"), later(20));
        let back: Vec<_> =
            std::iter::from_fn(|| trail.step(-1, |_| true)).map(|place| (place.page, place.opened)).collect();
        let expected =
            [(PageId::Database, Some("posts".to_owned())), (PageId::Database, None), (PageId::Environments, None)];
        assert_eq!(back, expected);
        assert!(trail.peek(-1, |_| true).is_none());
        assert_eq!(trail.step(1, |_| true).map(|place| place.page), Some(PageId::Database));
    }

    #[test]
    fn what_was_opened_from_another_page_is_left_for_that() {
        let mut trail = Trail::default();
        let dev = environment(1);
        trail.visit(PageId::Compare, &dev, None, later(0));
        trail.open_from_here();
        trail.visit(PageId::Database, &dev, Some("posts"), later(1));
        let left = |trail: &Trail, opened| trail.is_left(PageId::Database, &dev, opened);
        assert!(!left(&trail, Some("posts")) && left(&trail, None));
        assert!(!trail.is_left(PageId::Database, &environment(2), None), "that is another place");
        trail.step(-1, |_| true).expect("there was one");
        trail.visit(PageId::Compare, &dev, None, later(2));
        trail.step(1, |_| true).expect("it lies ahead");
        assert!(left(&trail, None), "it is the same place again");
        trail.visit(PageId::Database, &dev, Some("tags"), later(3));
        assert!(!left(&trail, None), "that was opened from a list");
    }

    #[test]
    fn a_new_turn_takes_the_place_of_what_lay_ahead() {
        let mut trail = Trail::default();
        let dev = environment(1);
        for (page, at) in [(PageId::Environments, 0), (PageId::Database, 5)] {
            trail.visit(page, &dev, None, later(at));
        }
        trail.step(-1, |_| true).expect("there was one");
        trail.visit(PageId::Keys, &dev, None, later(9));
        assert!(trail.peek(1, |_| true).is_none());
        assert_eq!(trail.step(-1, |_| true).map(|place| place.page), Some(PageId::Environments));
    }

    #[test]
    fn passing_through_leaves_no_trace() {
        let mut trail = Trail::default();
        for number in 1..5 {
            trail.visit(PageId::Environments, &environment(number), None, later(u64::from(number) * 100));
        }
        trail.visit(PageId::Keys, &environment(4), None, later(500));
        for number in 5..9 {
            let at = later(500) + Duration::from_millis(u64::from(number));
            trail.visit(PageId::Keys, &environment(number), None, at);
        }
        assert_eq!(trail.step(-1, |_| true).map(|place| place.environment), Some(environment(4)));
        assert!(trail.peek(-1, |_| true).is_none());
    }

    #[test]
    fn what_is_gone_is_passed_over() {
        let mut trail = Trail::default();
        for number in 1..4 {
            trail.visit(PageId::Database, &environment(number), Some("posts"), later(u64::from(number) * 100));
        }
        let found = trail.step(-1, |place| place.environment != environment(2));
        assert_eq!(found.map(|place| place.environment), Some(environment(1)));
    }
}
