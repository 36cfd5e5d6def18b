//! The answer to the question for the background colour.
//!
//! The question (OSC 11) is asked once and nobody waits for the answer. It comes as input, and the
//! input parser takes it for keys: `alt-]`, then characters, then `alt-\` or `ctrl-g`. This
//! recognises that run of keys and takes it out. Over a slow line, and through tmux, the answer comes
//! in pieces, and a piece that ends behind the escape makes `esc` and `]` of the first key; so what
//! may be its beginning is held back for a moment, but only as long as an answer may still come.

use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

pub const QUESTION: &[u8] = b"\x1b]11;?\x1b\\";

/// What the answer starts with after `alt-]`.
const START: &str = "11;rgb";
/// Longer answers do not exist.
const MOST: usize = 40;
/// The longest gap between two pieces of an answer. Keys that only look like one wait as long.
pub const GAP: Duration = Duration::from_millis(200);
/// Whoever has not answered by then never will.
const LATEST: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub struct Listener {
    /// Keys that may be the beginning of the answer.
    held: Vec<Event>,
    text: String,
    /// The last key was `esc`: what follows may belong to it.
    escaped: bool,
    answered: bool,
    until: Instant,
}

impl Default for Listener {
    fn default() -> Self {
        let until = Instant::now() + LATEST;
        Self { held: Vec::new(), text: String::new(), escaped: false, answered: false, until }
    }
}

/// What an input event turned out to be.
#[derive(Debug, PartialEq)]
pub enum Heard {
    /// Not yet decided.
    Nothing,
    /// Input after all, in its order.
    Input(Vec<Event>),
    Background {
        light: bool,
    },
}

impl Listener {
    pub fn hear(&mut self, event: Event) -> Heard {
        if self.answered {
            return Heard::Input(vec![event]);
        }
        let key = match &event {
            Event::Key(key) => Some(*key),
            _ => None,
        };
        let is_escape = key.is_some_and(|key| key.code == KeyCode::Esc && key.modifiers.is_empty());
        let escaped = std::mem::replace(&mut self.escaped, is_escape);
        if self.held.is_empty() {
            let begins =
                key.is_some_and(|key| is(key, ']', KeyModifiers::ALT) || escaped && is(key, ']', KeyModifiers::NONE));
            if begins && Instant::now() < self.until {
                self.held.push(event);
                return Heard::Nothing;
            }
            return Heard::Input(vec![event]);
        }
        self.held.push(event);
        let Some(key) = key else { return self.release() };
        let ends = is(key, '\\', KeyModifiers::ALT)
            || is(key, 'g', KeyModifiers::CONTROL)
            || escaped && is(key, '\\', KeyModifiers::NONE);
        if ends {
            let Some(light) = is_light(&self.text) else { return self.release() };
            self.answered = true;
            self.held.clear();
            return Heard::Background { light };
        }
        if is_escape && self.text.starts_with(START) {
            return Heard::Nothing;
        }
        let KeyCode::Char(character) = key.code else { return self.release() };
        self.text.push(character.to_ascii_lowercase());
        let goes_on = START.starts_with(&self.text) || self.text.starts_with(START);
        if goes_on && !escaped && self.held.len() < MOST { Heard::Nothing } else { self.release() }
    }

    /// Whether keys are held back, so that no answer within the [`GAP`] releases them.
    pub const fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    /// Nothing came within the gap: it is input after all. A part that nobody types is left out.
    pub fn give_up(&mut self) -> Vec<Event> {
        let is_answer = self.text.starts_with(START);
        match self.release() {
            Heard::Input(events) if !is_answer => events,
            _ => Vec::new(),
        }
    }

    fn release(&mut self) -> Heard {
        self.text.clear();
        Heard::Input(std::mem::take(&mut self.held))
    }
}

fn is(key: KeyEvent, character: char, modifiers: KeyModifiers) -> bool {
    key.code == KeyCode::Char(character) && key.modifiers == modifiers
}

/// Reads `11;rgb:ffff/ffff/ffff` (or `rgba:`): whether that is nearer to white than to black.
fn is_light(answer: &str) -> Option<bool> {
    let (_, channels) = answer.split_once(':')?;
    let mut luminance = 0;
    let mut count = 0;
    for (channel, weight) in channels.split('/').zip([299, 587, 114]) {
        let digits = channel.get(..2).unwrap_or(channel);
        luminance += u32::from_str_radix(digits, 16).ok()? * weight;
        count += 1;
    }
    (count == 3).then_some(luminance > 127_500)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<Event> {
        text.chars().map(|c| Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE))).collect()
    }

    fn alt(character: char) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(character), KeyModifiers::ALT))
    }

    fn hear(events: Vec<Event>) -> (Vec<Event>, Option<bool>) {
        let mut listener = Listener::default();
        let (mut input, mut background) = (Vec::new(), None);
        for event in events {
            match listener.hear(event) {
                Heard::Nothing => {}
                Heard::Input(events) => input.extend(events),
                Heard::Background { light } => background = Some(light),
            }
        }
        (input, background)
    }

    #[test]
    fn the_answer_never_arrives_as_keys() {
        let mut events = keys("j");
        events.push(alt(']'));
        events.extend(keys("11;rgb:fafa/FAFA/fafa"));
        events.push(alt('\\'));
        events.extend(keys("k"));
        assert_eq!(hear(events), (keys("jk"), Some(true)));
    }

    #[test]
    fn keys_that_only_look_like_the_beginning_are_given_back() {
        let mut events = vec![alt(']')];
        events.extend(keys("11x"));
        assert_eq!(hear(events.clone()), (events, None));
    }

    fn escape() -> Event {
        Event::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE))
    }

    #[test]
    fn an_answer_in_pieces_is_one() {
        // As the parser makes it of pieces that end behind each escape.
        let mut events = vec![escape()];
        events.extend(keys("]11;rgb:1a1a/1b1b/2626"));
        events.push(escape());
        events.extend(keys("\\j"));
        let (input, light) = hear(events);
        assert_eq!(light, Some(false));
        assert_eq!(input.len(), 2, "the escape that came first, and what was typed behind: {input:?}");
    }

    #[test]
    fn a_key_that_nothing_follows_is_given_back() {
        let mut listener = Listener::default();
        listener.hear(escape());
        assert_eq!(listener.hear(keys("]").remove(0)), Heard::Nothing);
        assert!(listener.is_holding());
        assert_eq!(listener.give_up(), keys("]"));
        assert!(!listener.is_holding());
        let mut late = Listener { until: Instant::now(), ..Listener::default() };
        late.hear(escape());
        assert_eq!(late.hear(keys("]").remove(0)), Heard::Input(keys("]")), "no answer is expected any more");
    }

    #[test]
    fn a_bracket_alone_is_never_held() {
        assert_eq!(hear(keys("j]11;rgb:k")).0, keys("j]11;rgb:k"));
    }
}
