//! Whatever names a key names the one that does it: another key map is followed by every sentence.

use std::{fs, path::Path, sync::LazyLock};

use super::{
    activity::activity,
    compare::compare,
    database::{opened, tables},
    design::on_tab,
    files::{Stored, files},
    keys::keys,
    overview::overview,
    posts::Posts,
    users::{People, users},
    *,
};
use crate::console::{
    command::{self, Command},
    key::show,
    keymap::{Change, Keymap},
    page::PageId,
};

const SIZE: (u16, u16) = (140, 40);

/// Every command on two function keys, none of which any text would name.
static MOVED: LazyLock<Keymap> = LazyLock::new(|| {
    let mut names: Vec<_> = command::all().map(|command| command.name).collect();
    names.sort_unstable();
    names.dedup();
    let changes = names.into_iter().enumerate().map(|(number, name)| {
        let (first, second) = (number / 12, number % 12 + 1);
        let first = if first < 12 { format!("f{}", first + 1) } else { format!("ctrl-f{}", first - 11) };
        let binding = Key::parse_sequence(&format!("{first} f{second}")).expect("keys");
        Change { command: command::named(name).expect("a command"), bindings: vec![binding] }
    });
    let (keymap, conflicts) = Keymap::with(&changes.collect::<Vec<_>>());
    assert_eq!(conflicts, []);
    keymap
});

/// The keys that the table itself binds, as far as no other word is spelt like them.
static KEYS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let bindings = command::all().flat_map(|command| command.keys);
    let keys = bindings.map(|keys| show(&Key::parse_sequence(keys).expect("keys")));
    let is_a_word = |key: &String| ["a", "go", "tab", "space", "home", "end"].contains(&key.as_str());
    keys.filter(|key| key.starts_with(|c: char| c.is_ascii_alphabetic()) && !is_a_word(key)).collect()
});

/// The keys of the table that are signs. What lies over a page has letters and no signs of its own.
static SIGNS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let keys = command::all().flat_map(|command| command.keys.iter().copied());
    // Brackets are in every JSON text: those are looked for as pairs.
    keys.filter(|key| key.len() == 1 && key.chars().all(|c| c.is_ascii_punctuation() && !"[]".contains(c))).collect()
});

/// The keys of the table that a text names.
fn named(text: &str) -> Vec<String> {
    let text = text.replace(|c: char| ('\u{2500}'..='\u{257f}').contains(&c), " ");
    let mut found = Vec::new();
    let mut before = "";
    for word in text.split_whitespace() {
        let key = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        // `3 d`, `a to z`.
        let is_unit = before.ends_with(|c: char| c.is_ascii_digit()) || before == "to";
        if !is_unit
            && !word.starts_with(['-', '"', '{'])
            && !word.ends_with('…')
            && (KEYS.iter().any(|other| other == key) || SIGNS.contains(&word))
        {
            found.push(format!("{before} {word}"));
        }
        before = word;
    }
    let brackets = ["[ ]", "[ and ]", "with ]"].into_iter().filter(|brackets| text.contains(brackets));
    found.extend(brackets.map(str::to_owned));
    found
}

/// What is on the screen. What lies over the page cuts it, so either is looked at alone; and it has
/// keys of its own.
fn keys_on(console: &mut Console) -> Vec<String> {
    let modals = std::mem::take(&mut console.state.shell.modals);
    let mut found = named(&console.screen());
    let area = console.state.shell.area;
    for modal in &modals {
        let mut terminal = Terminal::new(TestBackend::new(area.width, area.height)).expect("memory");
        terminal.draw(|frame| modal.view(&console.state.shell, area, frame)).expect("memory");
        let hints = modal.hints().into_iter().filter(|(keys, _)| keys.split(' ').any(|key| SIGNS.contains(&key)));
        found.extend(hints.map(|(keys, does)| format!("the hint {keys} {does}")));
        let own: Vec<_> = modal.hints().iter().flat_map(|(keys, _)| keys.split(' ')).chain(["enter", "esc"]).collect();
        let is_own = |found: &String| {
            let key = found.rsplit(' ').next().unwrap_or_default();
            own.contains(&key.trim_matches(|c: char| !c.is_ascii_alphanumeric()))
        };
        found.extend(named(&text(terminal.backend().buffer())).into_iter().filter(|found| !is_own(found)));
    }
    found
}

fn on(page: PageId, mut console: Console) -> Console {
    update::go_to(&mut console.state, page);
    console.pass(Duration::ZERO);
    console
}

fn failed() -> Environment {
    let broken = json!({
        "status": "failed", "reason": "the disk is full", "step": {"name": "storage", "index": 2, "of": 5}
    });
    changed(&environment(2, "dev", "dev", NOW), &broken)
}

/// Nothing can be read.
fn unreadable(page: PageId) -> Console {
    let mut console = on(page, Console::sample(SIZE.0, SIZE.1));
    for Request { ticket, call } in std::mem::take(&mut console.requests) {
        let result = Err(refused("the disk is full"));
        console.send(Message::Answer { ticket, call: Box::new(call), result });
    }
    console
}

/// Every page in every state that says something else.
fn places() -> Vec<Box<dyn Fn() -> Console>> {
    let (w, h) = SIZE;
    let mut places: Vec<Box<dyn Fn() -> Console>> = vec![
        Box::new(move || Console::starting(30, 8)),
        Box::new(move || tables(w, h, 3)),
        Box::new(move || opened(w, h, &Posts::up_to(30))),
        Box::new(move || opened(w, h, &Posts::up_to(0))),
        Box::new(move || {
            let mut console = opened(w, h, &Posts::up_to(3));
            console.press("enter");
            console
        }),
        Box::new(move || keys(w, h)),
        Box::new(move || users(w, h, &People::few())),
        Box::new(move || users(w, h, &People(Vec::new()))),
        Box::new(move || {
            let mut console = users(w, h, &People::few());
            console.press("enter");
            console
        }),
        Box::new(move || files(w, h, &Stored::few())),
        Box::new(move || files(w, h, &Stored(Vec::new()))),
        Box::new(move || {
            let mut console = files(w, h, &Stored::few());
            console.press("j enter");
            console
        }),
        Box::new(move || activity(w, h)),
        Box::new(move || {
            let mut console = activity(w, h);
            console.press("enter");
            console
        }),
        Box::new(move || compare(w, h)),
        Box::new(move || overview(w, h)),
        Box::new(move || {
            let mut console = on(PageId::Database, Console::sample(w, h));
            console.answer(|call| matches!(call, Call::Table(..)), Ok(Reply::Tables(listing(Vec::new()))));
            console
        }),
        Box::new(move || {
            let mut console = on(PageId::Keys, Console::sample(w, h));
            console.state.shell.keys.entry(&environment(2, "dev", "dev", NOW).id).outdate();
            console.pass(Duration::ZERO);
            console.answer(|call| matches!(call, Call::Key(..)), Ok(Reply::Keys(listing(Vec::new()))));
            console
        }),
    ];
    for tab in 1..=4 {
        places.push(Box::new(move || on_tab(w, h, tab)));
    }
    for page in PageId::ALL {
        places.push(Box::new(move || on(page, Console::with(w, h, Vec::new()))));
        places.push(Box::new(move || on(page, Console::with(w, h, vec![failed()]))));
        places.push(Box::new(move || on(page, Console::sample(w, h))));
        places.push(Box::new(move || unreadable(page)));
        places.push(Box::new(move || {
            let mut console = on(page, Console::sample(w, h));
            let (shell, page) = console.state.parts();
            let _ = page.set_filter(shell, "nothing-has-that".into());
            console.pass(Duration::ZERO);
            console
        }));
    }
    places
}

fn with_moved_keys(mut console: Console) -> Console {
    console.state.shell.keymap = MOVED.clone();
    console.state.shell.toasts.clear();
    console
}

#[test]
fn with_other_keys_no_page_no_modal_and_no_refusal_names_the_keys_of_the_table() {
    let mut found = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for place in places() {
        let mut console = with_moved_keys(place());
        let page = console.state.shell.page;
        found.extend(keys_on(&mut console).into_iter().map(|keys| format!("{page:?}: {keys}")));
        for command in command::here(&console.state).filter(|command| command.name != "defect") {
            match (command.available)(&console.state) {
                Err(reason) => {
                    found.extend(named(&reason).into_iter().map(|_| format!("{}: {reason}", command.name)));
                }
                // What it opens is the same wherever that is.
                Ok(()) if seen.insert(command.name) => {
                    let mut after = after(with_moved_keys(place()), command);
                    found.extend(keys_on(&mut after).into_iter().map(|keys| format!("after {}: {keys}", command.name)));
                }
                Ok(()) => {}
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    assert_eq!(found, Vec::<String>::new());
}

fn after(mut console: Console, command: &'static Command) -> Console {
    let effects = command.invoke(&mut console.state);
    console.take(effects);
    console.pass(Duration::ZERO);
    console
}

/// What the console says where no test gets it to say it: in its sources.
#[test]
fn no_sentence_in_the_sources_has_a_key_of_the_table_in_it() {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/console")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("tests") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).expect("a source");
                let source = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                found.extend(literals(source).filter(|text| says_a_key(text)).map(|text| format!("{name}: {text}")));
                found.extend(drawn_keys(source).map(|key| format!("{name}: {key}")));
                found.extend(unknown_commands(source).map(|command| format!("{name}: no command {command}")));
            }
        }
    }
    found.retain(|found| !OWN_KEYS.iter().any(|own| found == own));
    found.sort_unstable();
    assert_eq!(found, Vec::<String>::new(), "`keymap.way(..)` names the key that the user has for a command");
}

/// Keys that belong to what lies over the page, and are no commands.
const OWN_KEYS: &[&str] = &[
    "cell_view.rs: \\n… and more: y copies all of it",
    "connect.rs: a line is broken to fit: enter copies it whole",
    "connect.rs: no room for the whole key here: enter copies it whole",
    "confirm.rs: esc leaves everything as it is",
    "draft.rs: ctrl-s",
    "draft.rs: enter",
    "import_plan.rs: G shows what cannot be read; until that is mended nothing is imported",
    "import_plan.rs: G shows what is in the way; as it is, nothing is imported",
    "import_plan.rs: enter",
    "picker.rs: nothing of that name; esc closes",
    "shown_once.rs: Y",
    "shown_once.rs: esc",
    "shown_once.rs: y",
    "tasks.rs: y",
];

/// The text literals of a source, without comments.
fn literals(source: &str) -> impl Iterator<Item = &str> {
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split('"').skip(1).step_by(2))
}

/// Whether it goes on like `n creates one`, or ends like `make one with n`.
fn says_a_key(text: &str) -> bool {
    let words: Vec<_> = text.split_whitespace().collect();
    words.windows(2).any(|pair| {
        let bare = |word: &str| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned();
        let is_key = |word: &str| !word.starts_with('-') && KEYS.iter().any(|key| *key == bare(word));
        let is_verb = |word: &str| bare(word).ends_with('s') && bare(word).len() > 2 && bare(word) != "has";
        is_key(pair[0]) && is_verb(pair[1]) || ["with", "press"].contains(&pair[0]) && is_key(pair[1])
    })
}

/// Literals that are written as keys are: `put("n", theme.key)`.
fn drawn_keys(source: &str) -> impl Iterator<Item = &str> {
    let before = source.split("theme.key)").filter_map(|before| {
        let before = before.strip_suffix("shell.").unwrap_or(before);
        before.strip_suffix("\", ")?.rsplit('"').next()
    });
    before.filter(|text| KEYS.iter().any(|key| key == text))
}

/// Names of commands that the key map is asked for, and has not.
fn unknown_commands(source: &str) -> impl Iterator<Item = &str> {
    let asked = source.split("way(\"").skip(1).filter_map(|rest| rest.split('"').next());
    asked.filter(|name| command::named(name).is_none())
}

#[test]
fn the_pager_has_the_key_of_the_key_map_over_a_cell_too_and_takes_none_of_its_own() {
    let with = |keys: &[(&str, &str)]| {
        let change = |(name, key): &(&str, &str)| Change {
            command: command::named(name).expect("a command"),
            bindings: vec![Key::parse_sequence(key).expect("a key")],
        };
        let (keymap, conflicts) = Keymap::with(&keys.iter().map(change).collect::<Vec<_>>());
        assert_eq!(conflicts, []);
        let mut console = opened(100, 20, &Posts::up_to(3));
        console.state.shell.keymap = keymap;
        console.press("l o");
        console
    };
    let is_page = |effect: &Effect| matches!(effect, Effect::Page(_));
    let footer = |console: &Console| console.screen().lines().last().expect("a footer").to_owned();
    let mut moved = with(&[("pager", "f9")]);
    assert!(footer(&moved).contains("f9 pager  esc close") && !footer(&moved).contains('|'), "{}", footer(&moved));
    moved.press("|");
    assert!(!moved.effects.iter().any(is_page));
    moved.press("f9");
    assert!(moved.effects.iter().any(is_page));
    let mut own = with(&[("pager", "k"), ("move-up", "f8")]);
    assert!(!footer(&own).contains("pager"), "{}", footer(&own));
    own.press("k");
    assert!(!own.effects.iter().any(is_page), "it scrolls");
}
