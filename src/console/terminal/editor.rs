//! A text in the person's own editor, which has the terminal meanwhile.

use std::{
    fs,
    io::{self, Read as _},
    path::Path,
    process::{Child, ExitStatus},
    sync::mpsc::SyncSender,
};

use super::lent::{self, Lent};
use crate::console::{effect::Edit, message::Message};

/// What is started where neither `VISUAL` nor `EDITOR` says anything.
const USUAL: &str = "vi";
/// The longest text that is taken back: rows are far smaller.
const LONGEST: u64 = 32 << 20;

/// Starts the editor; a [`Message::Edited`] says how it ended.
///
/// # Errors
/// Why it cannot be started, and what to do.
pub fn start(edit: &Edit, messages: SyncSender<Message>) -> Result<Lent, String> {
    let command = command();
    let (starting, line) = (command.clone(), edit.line);
    let start = move |file: &Path| {
        started(&starting, file, line).map_err(|error| {
            format!("{starting} could not be started ({error}): set EDITOR to the editor that you use")
        })
    };
    let ended = move |child, file: &Path| Message::Edited(ended(child, &command, file));
    Lent::start(lent::file(&edit.file_name, &edit.text)?, start, messages, ended)
}

fn command() -> String {
    lent::variable("VISUAL").or_else(|| lent::variable("EDITOR")).unwrap_or_else(|| USUAL.to_owned())
}

/// Starts it as the shell would: what is in `EDITOR` may have arguments.
fn started(command: &str, file: &Path, line: Option<usize>) -> io::Result<Child> {
    let program = command.split_whitespace().next().unwrap_or_default();
    let mut shell = lent::shell(command, &format!("exec {command} \"$@\""))?;
    let name = Path::new(program).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match (line, name) {
        (Some(line), "vi" | "vim" | "nvim" | "nano" | "emacs" | "emacsclient" | "micro" | "kak" | "joe" | "less") => {
            shell.arg(format!("+{line}")).arg(file);
        }
        (Some(line), "hx" | "helix" | "zed" | "subl") => {
            let mut place = file.as_os_str().to_owned();
            place.push(format!(":{line}"));
            shell.arg(place);
        }
        (Some(line), "code" | "codium") => {
            let mut place = file.as_os_str().to_owned();
            place.push(format!(":{line}"));
            shell.arg("--goto").arg(place);
        }
        _ => {
            shell.arg(file);
        }
    }
    shell.spawn()
}

fn ended(mut child: Child, command: &str, file: &Path) -> Result<String, String> {
    let status: ExitStatus = child.wait().map_err(|error| error.to_string())?;
    if !status.success() {
        return Err(format!("{command} ended with {status}: nothing is changed"));
    }
    let mut text = String::new();
    let read = fs::File::open(file).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
    read.map_err(|error| format!("what was edited cannot be read ({error}): nothing is changed"))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_editor_leaves_comes_back_and_a_failure_says_so() {
        let edited = |command: &str| {
            let file = lent::file("row.json", "{}").expect("written");
            ended(started(command, file.path(), None).expect("started"), command, file.path())
        };
        assert_eq!(edited("true"), Ok("{}".to_owned()));
        assert!(edited("false").is_err_and(|error| error.contains("nothing is changed")));
        assert!(started("no-such-editor --wait", Path::new("x"), None).is_err());
    }
}
