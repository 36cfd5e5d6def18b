//! The last line: the keys that work now.

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use crate::console::{
    command::{self, Command},
    fit,
    key::{Key, show},
    keymap::Keymap,
    shell_commands,
    state::State,
    target::Target,
    theme::Theme,
    widget::{Field, Pen, field::Marks},
};

/// One key with what it does.
struct Entry {
    key: String,
    text: &'static str,
    target: Option<Target>,
}

pub fn view(state: &State, area: Rect, screen: &mut Frame<'_>) {
    let theme = &state.shell.theme;
    if let Some(line) = state.shell.filtering.as_ref().filter(|_| state.shell.modals.is_empty()) {
        filter(state, line, area, screen);
        return;
    }
    for (entry, area) in arrange(state, area) {
        Pen::new(screen.buffer_mut(), area)
            .put(&entry.key, theme.key)
            .put(" ", theme.muted)
            .put(entry.text, theme.muted);
    }
}

pub fn target(state: &State, area: Rect, position: Position) -> Option<Target> {
    arrange(state, area).into_iter().find(|(_, area)| area.contains(position)).and_then(|(entry, _)| entry.target)
}

/// Columns of air between what is typed and the keys.
const GAP: u16 = 2;

/// The filter as it is typed, with what is wrong in it and how it may go on.
fn filter(state: &State, line: &Field, area: Rect, screen: &mut Frame<'_>) {
    let theme = &state.shell.theme;
    let aid = state.page().filter_aid(&state.shell);
    let (at, rest) = &aid.rest;
    let mut pen = Pen::new(screen.buffer_mut(), area);
    let note = aid.note.as_ref().map_or(0, |(note, _)| fit::width(note) + 1);
    let mut keys = vec![("enter", " keep  "), ("esc", " clear ")];
    if aid.completed.is_some() {
        keys.insert(0, ("tab", " complete  "));
    }
    let width = |keys: &[(&str, &str)]| keys.iter().map(|(key, does)| fit::width(key) + fit::width(does)).sum::<u16>();
    // With a column for the cursor behind the text.
    let text = fit::width(line.text()).saturating_add(fit::width(rest)).saturating_add(1);
    let taken = text.saturating_add(3).saturating_add(note);
    // What is wrong is worth more than the keys, and they are worth more than what may come next.
    if note == 0 || taken.saturating_add(width(&keys) + GAP) <= area.width {
        let mut end = pen.split_right(width(&keys) + GAP);
        end.skip(GAP);
        for (key, does) in &keys {
            end.put(key, theme.key).put(does, theme.muted);
        }
    }
    pen.put(" / ", theme.key);
    // What is typed is always there to see.
    let room = pen.room() - note.min(pen.room() / 2);
    let field = Rect { x: pen.position(), width: text.min(room), ..area };
    pen.skip(field.width);
    if let Some((note, style)) = &aid.note {
        pen.skip(1).put(note, *style);
    }
    if let Some(hint) = &aid.hint {
        put_parts(pen.skip(1), hint, theme);
    }
    let marks = Marks { wrong: aid.wrong.unwrap_or_default(), rest: (*at, rest) };
    if let Some(cursor) = line.view_with(&marks, theme, field, screen.buffer_mut()) {
        screen.set_cursor_position(cursor);
    }
}

/// As many parts of a hint as there is room for.
fn put_parts(pen: &mut Pen<'_>, hint: &str, theme: &Theme) {
    let mut parts = hint.split("  ").peekable();
    while let Some(part) = parts.next() {
        // Room for a mark that there are more.
        let more = if parts.peek().is_some() { 3 } else { 0 };
        if fit::width(part) + more > pen.room() {
            pen.put_whole("…", theme.muted);
            return;
        }
        pen.put(part, theme.muted).skip(2);
    }
}

/// `:` and `?`, which lead to everything that has no room.
const ALWAYS: usize = 2;

/// What fits, in its place. The last of it always does.
fn arrange(state: &State, area: Rect) -> Vec<(Entry, Rect)> {
    let mut entries = entries(state);
    let width = |entry: &Entry| fit::width(&entry.key) + 1 + fit::width(entry.text) + 2;
    let always = if state.shell.modals.is_empty() && state.shell.pending.is_empty() { ALWAYS } else { 1 };
    let last = entries.split_off(entries.len().saturating_sub(always));
    let mut room = area.width.saturating_sub(1 + last.iter().map(width).sum::<u16>());
    let mut fitting: Vec<_> = entries
        .into_iter()
        .take_while(|entry| {
            let fits = width(entry) <= room;
            room = room.saturating_sub(width(entry));
            fits
        })
        .collect();
    fitting.extend(last);
    let mut x = area.x + 1;
    fitting
        .into_iter()
        .map(|entry| {
            let rect = Rect { x, width: width(&entry) - 2, ..area }.intersection(area);
            x = x.saturating_add(width(&entry));
            (entry, rect)
        })
        .collect()
}

fn entries(state: &State) -> Vec<Entry> {
    let shell = &state.shell;
    if let Some(modal) = shell.modals.last() {
        let entry = |(key, text): (&str, &'static str)| Entry {
            key: key.to_owned(),
            text,
            target: Key::parse(key).map(Target::Key),
        };
        let mut entries: Vec<_> = modal.hints().into_iter().map(entry).collect();
        let commands = modal.commands(shell).into_iter();
        let commands = commands.map(|(key, text)| Entry { target: Key::parse(&key).map(Target::Key), key, text });
        // Before the way out, which is the last one.
        let end = entries.len().saturating_sub(1);
        entries.splice(end..end, commands);
        return entries;
    }
    let pressed = &shell.pending;
    if !pressed.is_empty() {
        return continuations(state, pressed);
    }
    // Locking makes sense everywhere, and is worth a place while the time of an unlocking runs.
    let is_worth_it = |command: &Command| command.name != "lock" || shell.is_unlocked();
    let available = |command: &&'static Command| {
        // One whose key was taken away is in the palette.
        let has_key = shell.keymap.first(command).is_some();
        !command.hint.is_empty() && has_key && (command.available)(state).is_ok() && is_worth_it(command)
    };
    let keymap = &shell.keymap;
    let of = |names: &[&str], text| of(keymap, names, text);
    let entry = |command: &'static Command| entry(keymap, &[command], command.hint);
    let page = state.page();
    let mut entries: Vec<_> = page.keymap(shell).iter().filter(available).map(entry).collect();
    entries.extend(page.is_inside(shell).then(|| of(&["back"], "back")).flatten());
    entries.extend(shell_commands::COMMANDS.iter().filter(available).map(entry));
    // What is nice to know stands before the two that lead to everything else.
    let sorting = page.is_sorted(shell).then(|| of(&["sort"], "sort")).flatten();
    let scrolling = page.is_wide(shell).then(|| of(&["move-left", "move-right"], "scroll")).flatten();
    let end = entries.len().saturating_sub(ALWAYS);
    entries.splice(end..end, scrolling.into_iter().chain(sorting));
    entries
}

/// Commands of the shell that have a place only on some pages.
fn of(keymap: &Keymap, names: &[&str], text: &'static str) -> Option<Entry> {
    let commands: Vec<_> = names.iter().filter_map(|name| command::named(name)).collect();
    (!commands.is_empty()).then(|| entry(keymap, &commands, text))
}

/// Commands under one word; a click runs the last.
fn entry(keymap: &Keymap, commands: &[&'static Command], text: &'static str) -> Entry {
    let keys: Vec<_> = commands.iter().filter_map(|command| keymap.first(command)).collect();
    let target = commands.last().map(|command| Target::Command(command));
    // One without a key can still be clicked.
    let key = if keys.is_empty() { "·".to_owned() } else { keys.join(" ") };
    Entry { key, text, target }
}

/// How a sequence that was begun can go on.
fn continuations(state: &State, pressed: &[Key]) -> Vec<Entry> {
    let goes_on = |command: &'static Command| {
        let binding = state.shell.keymap.bindings(command).iter().find(|binding| binding.starts_with(pressed))?;
        // The keys say that it is a movement.
        let text = command.name.strip_prefix("go-").or(command.name.strip_prefix("move-")).unwrap_or(command.name);
        Some(Entry { key: show(binding), text, target: Some(Target::Command(command)) })
    };
    command::here(state).filter_map(goes_on).collect()
}
