//! What becomes of the calls that were made here.

use secrecy::{ExposeSecret as _, SecretString};

use super::{Place, height};
use crate::{
    client,
    console::{
        call::{Call, Entry, NewUser, Reply, UserCall},
        effect::Ticket,
        fit::{self, clean},
        modal::{refusal, shown_once::ShownOnce},
        page::{absence::sentence, list::paged::failure},
        remote::PerEnvironment,
        shell::Shell,
        toast::Tone,
    },
    domain::{EnvironmentId, account::Role, session::Invitation},
};

pub fn answer(
    places: &mut PerEnvironment<Place>,
    shell: &mut Shell,
    ticket: &Ticket,
    environment: &EnvironmentId,
    call: &UserCall,
    result: Result<Reply, client::Error>,
) {
    let place = places.entry(environment);
    let generation = ticket.generation;
    match (call, result) {
        (UserCall::Page(_), Ok(Reply::Users(page))) => place.take(generation, Ok(page), height(shell)),
        (UserCall::Page(_), Err(error)) => place.take(generation, Err(failure(shell, &error)), height(shell)),
        (UserCall::Sessions { .. }, Ok(Reply::Sessions(sessions))) => place.sessions.answer(generation, Ok(sessions)),
        (UserCall::Sessions { .. }, Err(error)) => place.sessions.answer(generation, Err(refusal(&error))),
        (UserCall::Policy, Ok(Reply::AuthPolicy(policy))) => {
            place.policy.answer(generation, Ok(*policy));
        }
        // Without it the usual rules are checked while typing, and the server has the last word.
        (UserCall::Policy, Err(error)) => {
            place.policy.answer(generation, Err(error.to_string()));
        }
        (UserCall::Create { .. }, Ok(Reply::NewUser(new))) => created(place, shell, environment, *new),
        (UserCall::SetRole { user, email, role }, Ok(_)) => {
            place.list.paged.pages.change(user, |listed| listed.user.role = *role);
            let text = format!("{email} is {} from their next request on", article(*role));
            shell.say(Tone::Success, Some(environment), text);
        }
        (UserCall::SetPassword { email, .. }, Ok(Reply::Password(made))) => {
            place.changed();
            match made {
                Some(password) => shell.open(password_shown(email, password)),
                None => shell.say(Tone::Success, Some(environment), format!("the password of {email} is set")),
            }
        }
        (UserCall::Invite { .. }, Ok(Reply::Invitation(invitation))) => invite(shell, environment, invitation),
        (UserCall::EndSessions { email, session, .. }, Ok(_)) => {
            place.changed();
            let text = match session {
                None => format!("{email} is signed out everywhere"),
                Some(_) => format!("a session of {email} is ended"),
            };
            shell.say(Tone::Success, Some(environment), text);
        }
        (UserCall::Delete { email, .. }, Ok(_)) => {
            place.changed();
            shell.say(Tone::Success, Some(environment), format!("{email} is deleted: the address is free again"));
        }
        (call, Err(error)) => shell.say_failure(&Call::User(environment.clone(), call.clone()), &error),
        (_, Ok(_)) => {}
    }
}

const fn article(role: Role) -> &'static str {
    match role {
        Role::Admin => "an admin",
        Role::User => "a user",
        Role::Guest => "a guest",
    }
}

fn created(place: &mut Place, shell: &mut Shell, environment: &EnvironmentId, new: NewUser) {
    let NewUser { user, entry } = new;
    place.expect(user.id, shell.now.uptime);
    let email = clean(&user.email).into_owned();
    match entry {
        Entry::Password => {
            let text = format!("has the user {email}, who can sign in with the password");
            shell.say(Tone::Success, Some(environment), text);
        }
        Entry::Invitation(invitation) => invite(shell, environment, invitation),
        Entry::None(error) => {
            let reason = sentence(&refusal(&error));
            let (password, invite) = (shell.keymap.way("user-password"), shell.keymap.way("user-invite"));
            let text = format!(
                "{email} is created, but cannot sign in yet: {reason} {password} sets a password, {invite} invites"
            );
            shell.say(Tone::Warning, Some(environment), text);
        }
    }
}

fn password_shown(email: &str, password: SecretString) -> ShownOnce {
    let told = vec![
        "This is the only time it is shown. Hand it on to them, and have them change it.".into(),
        "Every session of theirs has ended.".into(),
    ];
    ShownOnce::new(format!("The new password of {email}"), format!("the password of {email}"), password, told)
}

fn invite(shell: &mut Shell, environment: &EnvironmentId, invitation: Invitation) {
    let Invitation { email, token, expires_at, .. } = invitation;
    let email = clean(&email).into_owned();
    let days = expires_at.since(shell.now.wall).max(0);
    let told = vec![
        format!(
            "With this token {email} sets a password, once, until {} ({}). This is the only time it is shown; another \
             invitation makes it void.",
            shell.zone.minute(expires_at),
            fit::age(days)
        ),
        "Their app sends it with the address and the new password to POST /v1/auth/password/reset/confirm.".into(),
    ];
    let token = SecretString::from(token);
    let request = request(shell, environment, &email, &token);
    let title = format!("An invitation for {email}");
    shell.open(ShownOnce::new(title, format!("the invitation of {email}"), token, told).with_request(request));
}

/// What their app sends.
fn request(shell: &Shell, environment: &EnvironmentId, email: &str, token: &SecretString) -> SecretString {
    let key = shell.publishable_key(environment).and_then(|key| key.key.as_deref()).unwrap_or("pk_…");
    let body = serde_json::json!({ "email": email, "token": token.expose_secret(), "newPassword": "…" });
    let request = format!(
        "curl {}/v1/auth/password/reset/confirm \\\n  -H \"X-API-Key: {key}\" \\\n  -H \"Content-Type: \
         application/json\" \\\n  -d '{}'",
        shell.url,
        body.to_string().replace('\'', "'\\''")
    );
    request.into()
}
