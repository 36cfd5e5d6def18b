//! What comes back of what was asked for: answers of the server, work that went on or ended, copies.

use crate::{
    client::{self, import::Plan},
    console::{
        call::{Call, Reply},
        effect::{Effect, Paged, Ticket},
        message::{CopiedBy, TaskNews},
        modal::Modal,
        shell::Shell,
        state::State,
        stream,
        task::{self, TaskId},
        toast::Tone,
    },
};

pub fn answer(state: &mut State, ticket: &Ticket, call: &Call, result: Result<Reply, client::Error>) -> Vec<Effect> {
    if call.mutates() && !state.shell.toasts.done(ticket) {
        // Asked for in a project that is no longer shown.
        return Vec::new();
    }
    if let (Some(mut form), Err(error)) = (state.shell.submitted.take(ticket), &result) {
        tracing::warn!(%error, "{} failed", call.doing());
        form.refused(error);
        state.shell.modals.push(form);
        return Vec::new();
    }
    match call.owner() {
        Some(id) => state.pages.get_mut(id).answer(&mut state.shell, ticket, call, result),
        None => stream::take_over(state, ticket, call, result),
    }
}

pub fn copied(shell: &mut Shell, what: &str, result: Result<CopiedBy, String>) {
    match result {
        Ok(CopiedBy::Terminal) => shell.say(Tone::Success, None, format!("copied {what} through the terminal")),
        Ok(CopiedBy::Program(name)) => shell.say(Tone::Success, None, format!("copied {what} with {name}")),
        Err(reason) => shell.say(Tone::Error, None, format!("{what} could not be copied: {reason}")),
    }
}

/// Long work went on, or ended.
pub fn task(state: &mut State, id: TaskId, news: TaskNews) -> Vec<Effect> {
    let shell = &mut state.shell;
    let Some(entry) = shell.tasks.get(id) else { return Vec::new() };
    let (title, environment) = (entry.title.clone(), entry.environment.clone());
    match news {
        TaskNews::Progress(progress) => shell.tasks.progress(id, progress),
        TaskNews::Planned(plan) => planned(shell, id, Ok(plan)),
        TaskNews::Uploaded(file) => {
            let text = format!("{} is there now", file.original_name);
            if let Some(environment) = &environment {
                state.pages.files.uploaded(shell, environment, &file);
            }
            shell.say(Tone::Success, environment.as_ref(), text.clone());
            shell.tasks.end(id, task::State::Done(text));
        }
        TaskNews::Ended(Err(reason)) if awaiting(shell, id).is_some() => planned(shell, id, Err(reason)),
        TaskNews::Written { text, said } => {
            shell.tasks.end(id, task::State::Done(said));
            // Whoever types something else by now is not taken away from it, and two programs cannot have
            // one terminal.
            if shell.modals.is_empty() && shell.filtering.is_none() && !shell.lent {
                return vec![Effect::Page(Paged::Written(text))];
            }
            let again = shell.keymap.way("pager");
            shell.say(Tone::Info, environment.as_ref(), format!("the {title} is not shown over this: {again} again"));
        }
        TaskNews::Ended(Ok(text)) => {
            shell.say(Tone::Success, environment.as_ref(), text.clone());
            shell.tasks.end(id, task::State::Done(text));
        }
        TaskNews::Ended(Err(reason)) => {
            shell.say(Tone::Error, environment.as_ref(), format!("the {title} failed: {reason}"));
            shell.tasks.end(id, task::State::Failed(reason));
        }
        TaskNews::Stopped => {
            shell.say(Tone::Info, environment.as_ref(), format!("the {title} was stopped"));
            shell.tasks.end(id, task::State::Stopped);
        }
    }
    Vec::new()
}

/// An export was read: the modal that waits for the plan has it, and the list no more to show.
fn planned(shell: &mut Shell, id: TaskId, result: Result<Box<Plan>, String>) {
    if let Some(modal) = awaiting(shell, id) {
        modal.planned(result);
    }
    shell.tasks.forget(id);
}

fn awaiting(shell: &mut Shell, id: TaskId) -> Option<&mut Box<dyn Modal>> {
    shell.modals.iter_mut().find(|modal| modal.awaits_plan() == Some(id))
}
