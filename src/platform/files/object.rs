//! Bytes on their way out, by their URL alone.
//!
//! Without a signature a URL opens what is public: a file that is registered as such, or an object
//! that is not registered and whose client named no other visibility. Mobile apps of the hosted
//! service never register what they upload, and show it by its bare URL.

use std::{io, ops::Range, path::PathBuf};

use bytes::Bytes;
use futures_util::Stream;

use super::{Error, Link, Platform, Refusal, signature::Verb};
use crate::{
    domain::file::{ObjectPath, Visibility},
    store::{
        self, Error as StoreError,
        objects::{self, Segment},
        uploads::{Content, Object},
    },
};

/// Whoever holds this may read the bytes.
#[derive(Clone, Debug)]
pub struct OpenObject {
    pub content: Content,
    pub content_type: String,
    pub filename: String,
    /// Whether the URL needed no signature.
    pub public: bool,
    segments: Vec<Segment>,
    folder: PathBuf,
}

impl Platform {
    pub async fn open_object(&self, path: &ObjectPath, link: Option<&Link>) -> Result<OpenObject, Error> {
        let file = self.objects_of(&path.environment).await?;
        if let Some(link) = link {
            let secret = self.signing_secret(&file).await?;
            link.check(&secret, Verb::Get, path, self.0.clock.now())?;
        }
        let id = path.id.clone();
        let found = file
            .read(move |reader| {
                let object = reader.object(&id)?;
                let segments = reader.segments(&id)?;
                Ok::<_, StoreError>(object.map(|object| (object, segments)))
            })
            .await?;
        let (object, segments) =
            found.filter(|(object, _)| object.issued.name == path.name).ok_or(Refusal::NotFound)?;
        if link.is_none() && !is_public(&object) {
            return Err(Refusal::NotPublic.into());
        }
        let content = object.content.ok_or(Refusal::NoBytes)?;
        let (content_type, filename) = match object.registration {
            Some(registration) => (registration.mime_type, registration.original_name),
            None => (object.issued.content_type, object.issued.filename),
        };
        let folder = self.objects_folder(&path.environment);
        Ok(OpenObject { content, content_type, filename, public: link.is_none(), segments, folder })
    }
}

impl OpenObject {
    /// # Errors
    /// [`Refusal::Lost`] when the bytes are gone: replaced or deleted in this moment, or damaged.
    pub async fn read(
        self,
        range: Range<u64>,
    ) -> Result<impl Stream<Item = io::Result<Bytes>> + Send + 'static, Error> {
        objects::read(self.folder, self.segments, range).await.map_err(|error| match error {
            store::Error::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => Refusal::Lost.into(),
            other => other.into(),
        })
    }
}

/// Whether anybody may read it by its bare URL.
pub(super) fn is_public(object: &Object) -> bool {
    let visibility = match &object.registration {
        Some(registration) => Some(registration.visibility),
        None => object.issued.visibility,
    };
    visibility.is_none_or(|visibility| visibility == Visibility::Public)
}
