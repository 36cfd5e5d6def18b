//! A text in the person's own pager, which gets it on its standard input and reads keys from the
//! terminal, as behind a pipe of the shell.

use std::{
    fs::File,
    path::Path,
    process::{Child, Stdio},
    sync::mpsc::SyncSender,
};

use super::lent::{self, Lent};
use crate::console::{effect::Paged, message::Message};

/// What is started where `PAGER` says nothing.
const USUAL: &str = "less";

/// Starts the pager; a [`Message::Paged`] says how it ended.
///
/// # Errors
/// Why it cannot be started, and what to do.
pub fn start(paged: Paged, messages: SyncSender<Message>) -> Result<Lent, String> {
    let command = command(lent::variable("PAGER"));
    let started = command.clone();
    let start = move |file: &Path| {
        started_over(&started, file)
            .map_err(|error| format!("{started} could not be started ({error}): set PAGER to the pager that you use"))
    };
    let ended = move |child, _: &Path| Message::Paged(ended(child, &command));
    let file = match paged {
        Paged::Text(text) => lent::file("text", &printable(&text))?,
        Paged::Written(file) => file,
    };
    Lent::start(file, start, messages, ended)
}

/// `cat` pages nothing: what it wrote would be gone at once.
fn command(set: Option<String>) -> String {
    set.filter(|command| command.trim() != "cat").unwrap_or_else(|| USUAL.to_owned())
}

fn started_over(command: &str, file: &Path) -> std::io::Result<Child> {
    let mut shell = lent::shell(command, command)?;
    shell.env("LESS", staying(lent::variable("LESS")));
    shell.stdin(Stdio::from(File::open(file)?)).spawn()
}

/// A short text stays until it was read, however `less` is set up elsewhere. A dollar sign ends what may be
/// the text of a prompt, and is nothing where there is none.
fn staying(less: Option<String>) -> String {
    less.map(|less| format!("{less}$ ")).unwrap_or_default() + "-+F"
}

fn ended(mut child: Child, command: &str) -> Result<(), String> {
    let status = child.wait().map_err(|error| error.to_string())?;
    if status.success() { Ok(()) } else { Err(format!("{command} ended with {status}")) }
}

/// The text without what a terminal would act on, which not every pager holds back.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_pager_it_is_less() {
        assert_eq!(command(None), "less");
        assert_eq!(command(Some("cat".into())), "less");
        assert_eq!(command(Some("most -w".into())), "most -w");
    }

    #[test]
    fn what_less_is_told_beside_its_own_settings_is_no_part_of_a_prompt() {
        assert_eq!(staying(None), "-+F");
        assert_eq!(staying(Some("-R -PsName".into())), "-R -PsName$ -+F");
    }

    #[test]
    fn it_gets_the_text_and_its_failure_is_said() {
        let file = lent::file("text", "one\ntwo\n").expect("written");
        let file = file.path();
        let run = |command: &str| ended(started_over(command, file).expect("started"), command);
        assert_eq!(run("grep -q two"), Ok(()), "its arguments count");
        assert!(run("grep -q three").is_err_and(|error| error.contains("grep -q three ended with")));
        assert!(started_over("no-such-pager -R", file).is_err());
        assert_eq!(printable("a\x1b[2J\n\tb"), "a\u{fffd}[2J\n\tb");
    }
}
