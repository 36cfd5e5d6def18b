//! What may be changed: unlocking production, and making any environment read-only.

use super::Availability;
use crate::console::{effect::Effect, lock::guarded, modal::confirm::Confirm, state::State, toast::Tone};

pub fn locked(state: &State) -> Availability {
    let shell = &state.shell;
    let environment = shell.selected().ok_or("there is no environment yet")?;
    if shell.locks.holds(environment, shell.now.uptime) {
        return Ok(());
    }
    let way = shell.keymap.way("lock");
    Err(if guarded(environment) {
        format!("{} is unlocked already: {way} locks it again", environment.name).into()
    } else {
        format!("{} can be changed as it is: {way} makes it read-only", environment.name).into()
    })
}

pub fn unlock(state: &mut State) -> Vec<Effect> {
    let shell = &mut state.shell;
    let Some(environment) = shell.selected().cloned() else { return Vec::new() };
    if !guarded(&environment) {
        shell.locks.open(&environment, shell.now.uptime);
        shell.say(Tone::Info, Some(&environment.id), "can be changed again");
        return Vec::new();
    }
    let lines = vec![
        format!("{} opens read-only. Unlocked, it can be changed from here for ten minutes.", environment.name),
        "Deleting it or one of its tables takes its name once more.".into(),
    ];
    let name = environment.name.to_string();
    shell.open(Confirm::unlocking(format!("Unlock {name}"), lines, name, move |shell| {
        shell.locks.open(&environment, shell.now.uptime);
        let text = format!("is unlocked for ten minutes: {} locks it again", shell.keymap.way("lock"));
        shell.say(Tone::Warning, Some(&environment.id), text);
        Vec::new()
    }));
    Vec::new()
}

pub fn lockable(state: &State) -> Availability {
    let shell = &state.shell;
    let environment = shell.selected().ok_or("there is no environment yet")?;
    if shell.locks.holds(environment, shell.now.uptime) {
        return Err(format!("{} is read-only already", environment.name).into());
    }
    Ok(())
}

pub fn lock(state: &mut State) -> Vec<Effect> {
    let shell = &mut state.shell;
    let Some(environment) = shell.selected().cloned() else { return Vec::new() };
    shell.locks.close(&environment);
    let text = if guarded(&environment) {
        "is read-only again".to_owned()
    } else {
        format!("is read-only from now on: {} lets it be changed again", shell.keymap.way("unlock"))
    };
    shell.say(Tone::Info, Some(&environment.id), text);
    Vec::new()
}
