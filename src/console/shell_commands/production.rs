//! Unlocking production, and locking it again.

use super::Availability;
use crate::console::{effect::Effect, lock::guarded, modal::confirm::Confirm, state::State, toast::Tone};

pub fn lockable(state: &State) -> Availability {
    let shell = &state.shell;
    let environment = shell.selected().ok_or("there is no environment yet")?;
    if !guarded(environment) {
        return Err(format!("{} is not production: it can be changed as it is", environment.name).into());
    }
    if !shell.locks.holds(environment, shell.now.uptime) {
        return Err(format!("{} is unlocked already: U locks it again", environment.name).into());
    }
    Ok(())
}

pub fn unlock(state: &mut State) -> Vec<Effect> {
    let shell = &mut state.shell;
    let Some(environment) = shell.selected().cloned() else { return Vec::new() };
    let lines = vec![
        format!("{} opens read-only. Unlocked, it can be changed from here for ten minutes.", environment.name),
        "Deleting it or one of its tables takes its name once more.".into(),
    ];
    let name = environment.name.to_string();
    shell.open(Confirm::unlocking(format!("Unlock {name}"), lines, name, move |shell| {
        shell.locks.open(&environment.id, shell.now.uptime);
        shell.say(Tone::Warning, Some(&environment.id), "is unlocked for ten minutes: U locks it again");
        Vec::new()
    }));
    Vec::new()
}

pub fn unlocked(state: &State) -> Availability {
    let shell = &state.shell;
    let left = shell.selected().and_then(|environment| shell.locks.left(&environment.id, shell.now.uptime));
    left.map(|_| ()).ok_or_else(|| "nothing is unlocked here".into())
}

pub fn lock(state: &mut State) -> Vec<Effect> {
    if let Some(id) = state.shell.selected_id() {
        state.shell.locks.close(&id);
        state.shell.say(Tone::Info, Some(&id), "is read-only again");
    }
    Vec::new()
}
