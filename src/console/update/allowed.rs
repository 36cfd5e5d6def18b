//! The last word on production: whatever view, command or dialog asked for it, a call that changes
//! a locked environment is not made.

use crate::console::{
    call::Impact,
    effect::{Effect, Ticket},
    shell::{Shell, read_only},
    task::TaskId,
    toast::Tone,
};

/// What was asked for and is refused.
enum Asked {
    Call(Ticket),
    Task(TaskId),
}

/// What of this is carried out; of the rest it is said why not.
pub fn allowed(shell: &mut Shell, effects: Vec<Effect>) -> Vec<Effect> {
    let refused = |effect: &Effect| match effect {
        Effect::Call(request) if request.call.mutates() => {
            let id = request.call.environment()?;
            shell.is_locked(id).then(|| (id.clone(), Asked::Call(request.ticket.clone())))
        }
        Effect::Start { id, task } if task.impact() >= Impact::Changes => {
            let environment = task.environment()?;
            shell.is_locked(environment).then(|| (environment.clone(), Asked::Task(*id)))
        }
        _ => None,
    };
    let (kept, refused): (Vec<_>, Vec<_>) =
        effects.into_iter().map(|effect| (refused(&effect), effect)).partition(|(refused, _)| refused.is_none());
    for (id, asked) in refused.into_iter().filter_map(|(refused, _)| refused) {
        match asked {
            Asked::Call(ticket) => {
                shell.toasts.done(&ticket);
                shell.modals.extend(shell.submitted.take(&ticket));
            }
            Asked::Task(id) => shell.tasks.forget(id),
        }
        if let Some(entry) = shell.environments.get(&id) {
            let text = read_only(&entry.environment, &shell.keymap);
            shell.say(Tone::Warning, Some(&id), text);
        }
    }
    kept.into_iter().map(|(_, effect)| effect).collect()
}
