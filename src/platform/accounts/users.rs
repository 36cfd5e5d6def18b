//! Users, as admins manage them and as others see them.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    Refusal,
    administration::SET_ROLE,
    sign_in::{taken_or, user_name},
};
use crate::{
    domain::{
        account::{Email, PublicUser, Role, User, UserOrder},
        api::Page,
        list::{Direction, Pagination, Window},
        permission::Group,
        user_settings::{self, ProfileError, Section},
    },
    platform::{Access, Error, Payload, Platform, Splice, records::Body},
    store::accounts::{LinkedAccount, SeenUser, StoredUser, UserQuery, UserSearch},
};

/// What a list of users is asked for.
#[derive(Clone, Debug)]
pub struct UsersQuery {
    pub window: Window,
    pub search: Option<String>,
    /// The one column to search in.
    pub search_type: Option<String>,
    pub order: UserOrder,
    pub direction: Direction,
    pub include_accounts: bool,
}

/// A user, as much of them as the caller may see.
#[derive(Serialize)]
#[serde(untagged)]
enum Shown<'a> {
    Whole(&'a User),
    WithAccounts {
        #[serde(flatten)]
        user: &'a User,
        accounts: Vec<LinkedAccount>,
    },
    Public(PublicUser<'a>),
}

impl Platform {
    /// A page of users: whole for admins, public fields for everybody else.
    pub async fn users(&self, access: &Access, query: UsersQuery) -> Result<Payload, Error> {
        logged_in(access)?;
        let is_admin = access.requester().group == Group::Admin;
        let UsersQuery { window, search, search_type, order, direction, include_accounts } = query;
        // What the caller may not see must not be found by it, nor told by the order.
        let visible: &[&'static str] = if is_admin { &["name", "nickname", "email"] } else { &["name", "nickname"] };
        let order = match order {
            UserOrder::Email | UserOrder::Role | UserOrder::UpdatedAt | UserOrder::LastSeenAt if !is_admin => {
                UserOrder::CreatedAt
            }
            order => order,
        };
        let search = search.map(|text| {
            let wanted = |column: &&str| search_type.as_ref().is_none_or(|only| only == column);
            UserSearch { text, columns: visible.iter().copied().filter(wanted).collect() }
        });
        let file = self.file(access).await?;
        let access = access.clone();
        file.read(move |reader| {
            let accounts = reader.accounts();
            let (users, total) = accounts.users(&UserQuery { window, search, role: None, order, direction })?;
            let mut items = Vec::with_capacity(users.len());
            for SeenUser { stored, .. } in &users {
                items.push(match shown(&access, &stored.user) {
                    Shown::Whole(user) if include_accounts => {
                        Shown::WithAccounts { user, accounts: accounts.linked(&user.id)? }
                    }
                    shown => shown,
                });
            }
            Ok(Payload::of(&Page { items, pagination: Pagination::new(total, window) }))
        })
        .await
    }

    pub async fn user(&self, access: &Access, id: &str) -> Result<Payload, Error> {
        logged_in(access)?;
        let stored = self.stored_user(access, id).await?;
        Ok(Payload::of(&shown(access, &stored.user)))
    }

    /// Makes a user without a password, who can be invited to set one.
    pub async fn create_user(&self, access: &Access, body: Body) -> Result<Payload, Error> {
        admin(access)?;
        let body = body.ok_or(Error::Unreadable)?;
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let name = user_name(text("name").unwrap_or_default())?;
        let email = Email::parse(text("email").unwrap_or_default()).map_err(|_| Refusal::InvalidEmail)?;
        let role = body.get("role").filter(|role| !role.is_null()).map_or(Ok(Role::default()), role)?;
        let stored = self.new_user(&email, name, role, None);
        let user = stored.user.clone();
        let file = self.file(access).await?;
        file.write(move |transaction| transaction.insert_user(&stored).map_err(taken_or)).await?;
        self.note_deed(access, "user.create", &user).await;
        Ok(Payload::of(&user))
    }

    /// Changes the name.
    pub async fn update_user(&self, access: &Access, id: &str, body: Body) -> Result<Payload, Error> {
        themselves(access, id)?;
        let body = body.ok_or(Error::Unreadable)?;
        let stored = self.change_user(access, id, move |stored| {
            if let Some(name) = body.get("name") {
                stored.user.name = user_name(name.as_str().unwrap_or_default())?;
            }
            Ok(())
        });
        Ok(Payload::of(&stored.await?.user))
    }

    pub async fn set_role(&self, access: &Access, id: &str, body: Body) -> Result<Payload, Error> {
        admin(access)?;
        let role = role(body.ok_or(Error::Unreadable)?.get("role").unwrap_or(&Value::Null))?;
        let stored = self.change_user(access, id, move |stored| {
            stored.user.role = role;
            Ok(())
        });
        let user = stored.await?.user;
        self.note_deed(access, SET_ROLE, &user).await;
        Ok(Payload::of(&user))
    }

    /// Deletes a user: they cannot sign in, their sessions end, and their address is free again.
    pub async fn delete_user(&self, access: &Access, id: &str) -> Result<(), Error> {
        themselves(access, id)?;
        let (id, now) = (id.to_owned(), self.0.clock.now());
        let file = self.file(access).await?;
        let deleted = file.write(move |transaction| {
            let stored = transaction.accounts()?.user(&id)?.ok_or(Refusal::UserNotFound)?;
            transaction.delete_user(&stored.user, now)?;
            Ok::<_, Error>(stored.user)
        });
        let deleted = deleted.await?;
        self.note_deed(access, "user.delete", &deleted).await;
        Ok(())
    }

    pub async fn profile(&self, access: &Access, id: &str) -> Result<Payload, Error> {
        themselves(access, id)?;
        let stored = self.stored_user(access, id).await?;
        Ok(Payload::of(&user_settings::show_profile(&stored.user, &stored.profile)))
    }

    pub async fn update_profile(&self, access: &Access, id: &str, body: Body) -> Result<Payload, Error> {
        themselves(access, id)?;
        let body = body.ok_or(Error::Unreadable)?;
        let stored = self.change_user(access, id, move |stored| {
            user_settings::change_profile(&mut stored.user, &mut stored.profile, &body).map_err(|error| match error {
                ProfileError::Name => Refusal::InvalidName.into(),
                ProfileError::Nickname => Refusal::InvalidNickname.into(),
                ProfileError::Field(invalid) => Error::Invalid(invalid.to_string()),
            })
        });
        let stored = stored.await?;
        Ok(Payload::of(&user_settings::show_profile(&stored.user, &stored.profile)))
    }

    pub async fn settings(&self, access: &Access, id: &str, section: Section) -> Result<Payload, Error> {
        themselves(access, id)?;
        let stored = self.stored_user(access, id).await?;
        Ok(Payload::of(&section.show(&stored.settings)))
    }

    pub async fn update_settings(
        &self,
        access: &Access,
        id: &str,
        section: Section,
        body: Body,
    ) -> Result<Payload, Error> {
        themselves(access, id)?;
        let body = body.ok_or(Error::Unreadable)?;
        let stored = self.change_user(access, id, move |stored| {
            section.change(&mut stored.settings, &body).map_err(|invalid| Error::Invalid(invalid.to_string()))
        });
        Ok(Payload::of(&section.show(&stored.await?.settings)))
    }

    pub async fn onboarding(&self, access: &Access, id: &str) -> Result<Payload, Error> {
        themselves(access, id)?;
        Ok(onboarding(&self.stored_user(access, id).await?))
    }

    pub async fn update_onboarding(&self, access: &Access, id: &str, body: Body) -> Result<Payload, Error> {
        themselves(access, id)?;
        let body = body.ok_or(Error::Unreadable)?;
        let stored = self.change_user(access, id, move |stored| {
            user_settings::change_onboarding(&mut stored.user, &mut stored.settings, &body)
                .map_err(|invalid| Error::Invalid(invalid.to_string()))
        });
        Ok(onboarding(&stored.await?))
    }

    /// Sets or clears the picture of a user; the URL is what apps show as it is.
    pub async fn set_image(&self, access: &Access, id: &str, image: Option<String>) -> Result<Payload, Error> {
        themselves(access, id)?;
        let stored = self.change_user(access, id, move |stored| {
            stored.user.image = image;
            Ok(())
        });
        Ok(Payload::of(&stored.await?.user))
    }

    pub(super) async fn stored_user(&self, access: &Access, id: &str) -> Result<StoredUser, Error> {
        let id = id.to_owned();
        let file = self.file(access).await?;
        let found = file.read(move |reader| Ok::<_, Error>(reader.accounts().user(&id)?)).await?;
        found.ok_or_else(|| Refusal::UserNotFound.into())
    }

    async fn change_user(
        &self,
        access: &Access,
        id: &str,
        change: impl FnOnce(&mut StoredUser) -> Result<(), Error> + Send + 'static,
    ) -> Result<StoredUser, Error> {
        let (id, now) = (id.to_owned(), self.0.clock.now());
        let file = self.file(access).await?;
        file.write(move |transaction| {
            let mut stored = transaction.accounts()?.user(&id)?.ok_or(Refusal::UserNotFound)?;
            change(&mut stored)?;
            stored.user.updated_at = now;
            transaction.update_user(&stored)?;
            Ok(stored)
        })
        .await
    }
}

/// Whether anybody in particular asks: a user, a secret key or the operator.
fn logged_in(access: &Access) -> Result<(), Refusal> {
    let requester = access.requester();
    if requester.group == Group::Guest && requester.id.is_empty() { Err(Refusal::LoginNeeded) } else { Ok(()) }
}

fn admin(access: &Access) -> Result<(), Refusal> {
    logged_in(access)?;
    if access.requester().group == Group::Admin { Ok(()) } else { Err(Refusal::AdminNeeded) }
}

/// The user themselves, or an admin.
pub(in crate::platform) fn themselves(access: &Access, id: &str) -> Result<(), Refusal> {
    logged_in(access)?;
    let requester = access.requester();
    if requester.group == Group::Admin || requester.id == id { Ok(()) } else { Err(Refusal::Forbidden) }
}

fn shown<'a>(access: &Access, user: &'a User) -> Shown<'a> {
    match themselves(access, &user.id) {
        Ok(()) => Shown::Whole(user),
        Err(_) => Shown::Public(user.into()),
    }
}

fn role(value: &Value) -> Result<Role, Refusal> {
    Role::parse(value.as_str().unwrap_or_default()).map_err(|_| Refusal::InvalidRole)
}

/// Apps choose the keys, so there may be some that the envelope uses.
fn onboarding(stored: &StoredUser) -> Payload {
    let shown: Map<String, Value> = user_settings::show_onboarding(&stored.user, &stored.settings);
    let taken = ["success", "data"].iter().any(|name| shown.contains_key(*name));
    Payload { splice: if taken { Splice::Without } else { Splice::Whole }, ..Payload::of(&shown) }
}
