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

/// More places than anybody walks back.
const MOST: usize = 100;
/// Shorter stays are passing through: somebody tabs on to the environment that they want.
const STAY: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub struct Trail {
    places: Vec<Place>,
    /// The place that is shown, by its position.
    here: usize,
    /// When it was come to, as uptime.
    since: Duration,
}

impl Trail {
    /// Takes down where one is now.
    pub fn visit(&mut self, page: PageId, environment: &EnvironmentId, opened: Option<&str>, now: Duration) {
        let Some(here) = self.places.get_mut(self.here) else {
            self.push(page, environment, opened, now);
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
        self.push(page, environment, opened, now);
    }

    fn push(&mut self, page: PageId, environment: &EnvironmentId, opened: Option<&str>, now: Duration) {
        // What lay ahead is another way now.
        self.places.truncate(self.here + 1);
        if self.places.len() == MOST {
            self.places.remove(0);
        }
        self.places.push(Place { page, environment: environment.clone(), opened: opened.map(str::to_owned) });
        self.here = self.places.len() - 1;
        self.since = now;
    }

    /// The next place in that direction that is still there.
    pub fn peek(&self, steps: isize, is_there: impl Fn(&Place) -> bool) -> Option<&Place> {
        self.find(steps, is_there).map(|position| &self.places[position])
    }

    /// Goes there.
    pub fn step(&mut self, steps: isize, is_there: impl Fn(&Place) -> bool) -> Option<Place> {
        self.here = self.find(steps, is_there)?;
        self.places.get(self.here).cloned()
    }

    fn find(&self, steps: isize, is_there: impl Fn(&Place) -> bool) -> Option<usize> {
        let fits = |position: &usize| is_there(&self.places[*position]);
        if steps < 0 { (0..self.here).rev().find(fits) } else { (self.here + 1..self.places.len()).find(fits) }
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
