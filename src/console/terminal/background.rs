//! The answer to the question for the background colour.
//!
//! The question (OSC 11) is asked once and nobody waits for the answer. It comes as input, and the
//! input parser takes it for keys: `alt-]`, then characters, then `alt-\` or `ctrl-g`. This
//! recognises that run of keys and takes it out.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

pub const QUESTION: &[u8] = b"\x1b]11;?\x1b\\";

/// What the answer starts with after `alt-]`.
const START: &str = "11;rgb";
/// Longer answers do not exist.
const MOST: usize = 40;

#[derive(Debug, Default)]
pub struct Listener {
    /// Keys that may be the beginning of the answer.
    held: Vec<Event>,
    text: String,
    answered: bool,
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
        if self.held.is_empty() {
            if key.is_some_and(|key| is(key, ']', KeyModifiers::ALT)) {
                self.held.push(event);
                return Heard::Nothing;
            }
            return Heard::Input(vec![event]);
        }
        self.held.push(event);
        let Some(key) = key else { return self.release() };
        if is(key, '\\', KeyModifiers::ALT) || is(key, 'g', KeyModifiers::CONTROL) {
            let Some(light) = is_light(&self.text) else { return self.release() };
            self.answered = true;
            self.held.clear();
            return Heard::Background { light };
        }
        let KeyCode::Char(character) = key.code else { return self.release() };
        self.text.push(character.to_ascii_lowercase());
        let goes_on = START.starts_with(&self.text) || self.text.starts_with(START);
        if goes_on && self.held.len() < MOST { Heard::Nothing } else { self.release() }
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
}
