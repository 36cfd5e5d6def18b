//! What becomes of the calls that were made here.

use super::{Place, detail::read_by, height, transfer};
use crate::{
    client,
    console::{
        call::{Call, Deleted, FileCall, Looked, Reply},
        effect::{Effect, Ticket},
        fit::{self, clean},
        modal::refusal,
        page::list::paged::failure,
        remote::PerEnvironment,
        shell::Shell,
        toast::Tone,
    },
    domain::{EnvironmentId, Timestamp, file::wire::File},
};

pub fn answer(
    places: &mut PerEnvironment<Place>,
    shell: &mut Shell,
    ticket: &Ticket,
    environment: &EnvironmentId,
    call: &FileCall,
    result: Result<Reply, client::Error>,
) -> Vec<Effect> {
    let place = places.entry(environment);
    let generation = ticket.generation;
    match (call, result) {
        (FileCall::Page(_), Ok(Reply::Files(page))) => place.take(generation, Ok(page), height(shell)),
        (FileCall::Page(_), Err(error)) => place.take(generation, Err(failure(shell, &error)), height(shell)),
        (FileCall::Preview { .. }, Ok(Reply::Bytes(bytes))) => place.take_preview(generation, Ok(&bytes)),
        (FileCall::Preview { .. }, Err(error)) => place.take_preview(generation, Err(refusal(&error))),
        (FileCall::Link { file }, Ok(Reply::Link { url, expires_at })) => {
            let what = format!("the link of {}, {}", clean(&file.original_name), until(shell, expires_at));
            return vec![Effect::Copy { what, text: url }];
        }
        (FileCall::SetVisibility { name, .. }, Ok(Reply::File(file))) => {
            let text = format!("{name} is {}: read by {}", file.visibility.as_str(), read_by(file.visibility));
            place.take_over(&file);
            shell.say(Tone::Success, Some(environment), text);
        }
        (FileCall::Delete(files), Ok(Reply::Deleted(deleted))) => {
            for (id, _) in files.iter().take(deleted.count) {
                place.forget(id);
            }
            say_deleted(shell, environment, files, &deleted);
        }
        (FileCall::Source { visibility, .. }, Ok(Reply::Looked(Looked(path)))) => {
            return transfer::upload(shell, environment, path, *visibility);
        }
        (FileCall::Target { file, replace, .. }, Ok(Reply::Looked(Looked(path)))) => {
            return transfer::download(shell, environment, file, path, *replace);
        }
        (call, Err(error)) => shell.say_failure(&Call::File(environment.clone(), call.clone()), &error),
        (_, Ok(_)) => {}
    }
    Vec::new()
}

/// `good until 07:42, for 60 m`.
fn until(shell: &Shell, expires_at: Timestamp) -> String {
    // An hour that has just begun is an hour.
    let left = expires_at.since(shell.now.wall).max(0) + 30_000;
    format!("good for {} until {}", fit::age(left), shell.zone.format(expires_at, "%H:%M"))
}

/// A public file has an address that lasts as long as it is public.
pub fn public_link(file: &File) -> Option<Effect> {
    let url = file.url.clone().filter(|_| file.visibility == crate::domain::file::Visibility::Public)?;
    let what = format!("the link of {}, good while it is public", clean(&file.original_name));
    Some(Effect::Copy { what, text: url.into() })
}

fn say_deleted(shell: &mut Shell, environment: &EnvironmentId, files: &[(String, String)], deleted: &Deleted) {
    let count = |count: usize| fit::count(u64::try_from(count).unwrap_or(u64::MAX), "file");
    match (&deleted.failed, files) {
        (None, [(_, name)]) => shell.say(Tone::Success, Some(environment), format!("{name} is deleted")),
        (None, _) => {
            shell.say(Tone::Success, Some(environment), format!("{} are deleted", count(deleted.count)));
        }
        (Some((name, error)), _) => {
            let left = count(files.len() - deleted.count);
            let text = format!("{} deleted, {left} still there: {name}: {}", count(deleted.count), refusal(error));
            shell.say(Tone::Error, Some(environment), text);
        }
    }
}
