//! Pictures of users: objects that anybody may read, named by the user's `image`.

use super::{Access, Error, Platform, Refusal, multipart::issued_path, object::is_public};
use crate::{
    domain::file::{
        ObjectPath, OwnerType, PublicUrl, Visibility, name,
        wire::{AvatarUpload, NewUpload},
    },
    platform::{Payload, accounts::themselves},
    store::Transaction,
};

const TYPES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

impl Platform {
    /// Hands out an address for a user's picture.
    pub async fn presign_avatar(
        &self,
        access: &Access,
        public: &PublicUrl,
        user: &str,
        body: NewUpload,
    ) -> Result<AvatarUpload, Error> {
        themselves(access, user)?;
        // Whether there is such a user.
        self.user(access, user).await?;
        // Some apps say nothing of the type but how the name ends.
        let guessed = body.filename.as_deref().map(|filename| name::type_of(filename).to_owned());
        let content_type = body.content_type.or(guessed);
        if content_type.as_deref().is_some_and(|media_type| !TYPES.contains(&media_type)) {
            return Err(Refusal::NoPicture.into());
        }
        let body = NewUpload { content_type, visibility: Some(Visibility::Public), ..body };
        let upload = self.presign_for(access, public, body, |issued| {
            user.clone_into(&mut issued.owner_id);
            issued.owner_type = OwnerType::User;
        });
        let upload = upload.await?;
        Ok(AvatarUpload { upload_url: upload.url.clone(), upload })
    }

    /// Makes an uploaded picture the user's.
    pub async fn set_avatar(
        &self,
        access: &Access,
        public: &PublicUrl,
        user: &str,
        key: Option<&str>,
    ) -> Result<Payload, Error> {
        themselves(access, user)?;
        let path = issued_path(access, key.ok_or(Refusal::Missing("s3Key"))?)?;
        let file = self.file(access).await?;
        let id = path.id.clone();
        let object = file.read(move |reader| reader.object(&id)).await?;
        let object = object.filter(|object| object.issued.name == path.name).ok_or(Refusal::InvalidPath)?;
        if object.issued.owner_id != user {
            return Err(Refusal::AccessDenied.into());
        }
        if !is_public(&object) {
            return Err(Refusal::HiddenPicture.into());
        }
        self.replace_avatar(access, user, Some(public.url(&path))).await
    }

    pub async fn remove_avatar(&self, access: &Access, user: &str) -> Result<(), Error> {
        themselves(access, user)?;
        self.replace_avatar(access, user, None).await.map(drop)
    }

    async fn replace_avatar(&self, access: &Access, user: &str, image: Option<String>) -> Result<Payload, Error> {
        let file = self.file(access).await?;
        let id = user.to_owned();
        let before = file.read(move |reader| reader.accounts().user(&id)).await?.and_then(|stored| stored.user.image);
        let answer = self.set_image(access, user, image.clone()).await?;
        let replaced = before.filter(|before| Some(before) != image.as_ref());
        let path = replaced.and_then(|url| ObjectPath::parse(&url).ok());
        if let Some(path) = path.filter(|path| path.environment == *access.environment()) {
            let owner = user.to_owned();
            let remove = move |transaction: &mut Transaction<'_>| {
                let object = transaction.object(&path.id)?;
                // A file of its own is not only a picture.
                let is_only_that =
                    object.is_some_and(|object| object.registration.is_none() && object.issued.owner_id == owner);
                let files = if is_only_that { transaction.remove_object(&path.id)? } else { Vec::new() };
                Ok::<_, Error>(files)
            };
            let files = file.write(remove).await?;
            self.discard(access.environment(), files);
        }
        Ok(answer)
    }
}
