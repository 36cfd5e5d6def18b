use ratatui::{Terminal, backend::TestBackend};
use secrecy::ExposeSecret as _;

use super::*;
use crate::{
    console::tests::{Console, refused},
    domain::Violation,
};

/// One field of every kind.
#[derive(Debug)]
struct Sampler;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Name,
    Words,
    Role,
    Active,
    Password,
    About,
}

fn sampler() -> Form<Sampler> {
    Form::new(Sampler)
        .with(Field::Name, "name", Input::word(""))
        .with(Field::Words, "words", Input::words(&["a", "b"]))
        .with(Field::Role, "role", Input::choice(["user", "editor", "administrator"], 0))
        .with(Field::Active, "active", Input::toggle(true))
        .with(Field::Password, "password", Input::secret())
        .with(Field::About, "about", Input::lines("", 3))
        .explained("as JSON")
}

impl Subject for Sampler {
    type Field = Field;
    const WIDTH: u16 = 40;

    fn title(&self, _shell: &Shell) -> String {
        "Sampler".into()
    }

    fn check(&self, _shell: &Shell, values: &Values<Field>, field: Field) -> Note {
        match field {
            Field::Name if values.text(field).is_empty() => Note::needed("a name is needed"),
            Field::Name if values.text(field).len() > 8 => {
                Note::wrong("a name that is longer than eight characters does not fit into the column")
            }
            Field::Name => Note::good("good"),
            _ => Note::None,
        }
    }

    fn submit(&mut self, _shell: &mut Shell, values: &Values<Field>) -> Result<Vec<Effect>, Refusal<Field>> {
        assert_eq!(values.text(Field::Name), "ann");
        assert_eq!(values.words(Field::Words).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!((values.chosen(Field::Role), values.is_on(Field::Active)), (2, false));
        assert_eq!(values.secret(Field::Password).expose_secret(), "hunter2");
        assert_eq!(values.lines(Field::About), "{\n}");
        Ok(vec![Effect::Bell])
    }

    fn named(&self, name: &str) -> Option<Field> {
        [("role", Field::Role), ("about", Field::About)]
            .into_iter()
            .find(|(other, _)| *other == name)
            .map(|found| found.1)
    }
}

struct Typist {
    form: Form<Sampler>,
    console: Console,
    area: Rect,
}

impl Typist {
    fn new(width: u16, height: u16) -> Self {
        Self { form: sampler(), console: Console::sample(100, 40), area: Rect::new(0, 0, width, height) }
    }

    fn press(&mut self, keys: &str) -> Outcome {
        let mut last = Outcome::Stay;
        for key in keys.split(' ') {
            last = self.form.key(&mut self.console.state.shell, Key::parse(key).expect("a key"));
        }
        last
    }

    fn write(&mut self, text: &str) {
        for character in text.chars() {
            self.form.key(&mut self.console.state.shell, Key::char(character));
        }
    }

    fn screen(&self) -> String {
        let mut terminal =
            Terminal::new(TestBackend::new(self.area.width, self.area.height)).expect("a terminal in memory");
        terminal
            .draw(|frame| self.form.view(&self.console.state.shell, self.area, frame))
            .expect("nothing fails in memory");
        terminal.backend().to_string()
    }

    fn click(&mut self, text: &str) {
        let screen = self.screen();
        let (y, line) = screen.lines().enumerate().find(|(_, line)| line.contains(text)).expect(text);
        // The backend puts a quote before every line.
        let x = line[..line.find(text).unwrap_or(0)].chars().count() - 1;
        let position = Position { x: u16::try_from(x).expect("small"), y: u16::try_from(y).expect("small") };
        let area = self.area;
        self.form.click(&mut self.console.state.shell, area, position);
    }
}

#[test]
fn every_kind_of_field_is_filled_with_the_keyboard() {
    let mut typist = Typist::new(60, 40);
    typist.write("ann ");
    typist.write(" c");
    typist.press("tab l l tab space tab");
    typist.write("hunter2");
    typist.press("tab { enter }");
    assert!(matches!(typist.press("ctrl-s"), Outcome::Submitted(effects) if effects.len() == 1));
}

#[test]
fn a_secret_is_neither_on_the_screen_nor_in_a_log() {
    let mut typist = Typist::new(60, 40);
    typist.press("tab tab tab tab");
    typist.write("hunter2");
    assert!(typist.screen().contains("•••••••") && !typist.screen().contains("hunter2"));
    assert!(!format!("{:?}", typist.form).contains("hunter2"));
}

#[test]
fn nothing_is_sent_while_a_field_is_wrong_and_the_focus_goes_there() {
    let mut typist = Typist::new(60, 40);
    typist.press("tab tab");
    assert!(matches!(typist.press("enter"), Outcome::Stay));
    assert_eq!(typist.form.focus, 0);
    typist.write("much-too-long");
    let screen = typist.screen();
    assert!(screen.contains("eight characters does not fit") && screen.contains("into the column"), "{screen}");
}

#[test]
fn the_refusal_stands_beside_the_field_that_the_server_names() {
    let mut typist = Typist::new(60, 40);
    let violation =
        |field: &str| Violation { field: field.into(), rule: "type".into(), message: format!("{field} is no good") };
    typist.form.refused(&client::Error::Refused {
        status: 400,
        code: "validation".into(),
        message: "two fields".into(),
        details: vec![violation("about"), violation("role")],
    });
    assert_eq!(typist.form.focus, 2);
    let screen = typist.screen();
    assert!(
        screen.contains("role is no good") && screen.contains("about is no good") && screen.contains("tries again")
    );
    typist.form.refused(&refused("there are too many"));
    assert!(typist.form.focus == 0 && typist.screen().contains("there are too many"));
}

#[test]
fn leaving_asks_only_where_something_typed_would_be_lost() {
    let mut typist = Typist::new(60, 40);
    typist.press("tab tab l");
    assert!(matches!(typist.press("esc"), Outcome::Close));
    typist.press("tab tab");
    typist.write("secret");
    assert!(matches!(typist.press("esc"), Outcome::Stay));
    assert!(typist.screen().contains("esc again discards"));
    assert!(matches!(typist.press("esc"), Outcome::Close));
}

#[test]
fn fields_and_options_are_clicked() {
    let mut typist = Typist::new(60, 40);
    typist.click("administrator");
    assert_eq!((typist.form.focus, typist.form.values.chosen(Field::Role)), (2, 2));
    typist.click("◉ yes");
    assert!(!typist.form.values.is_on(Field::Active));
    typist.click("as JSON");
    assert_eq!(typist.form.focus, 5);
}

#[test]
fn on_a_low_screen_the_field_in_focus_is_visible() {
    let mut typist = Typist::new(40, 10);
    for label in ["Name", "Words", "Role", "Active", "Password", "About"] {
        let screen = typist.screen();
        assert!(screen.contains(label) && screen.contains("field "), "{label}: {screen}");
        typist.press("tab");
    }
}

#[test]
fn a_paste_of_several_words_goes_on_to_the_next_field() {
    let mut typist = Typist::new(60, 40);
    typist.form.paste(&mut typist.console.state.shell, "ann c d\n");
    assert_eq!(typist.form.values.text(Field::Name), "ann");
    assert_eq!(typist.form.values.text(Field::Words), "a bc d");
}
