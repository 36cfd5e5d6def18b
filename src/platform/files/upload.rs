//! An address for bytes, and the bytes that arrive at it.

use super::{
    Access, Error, Link, PURPOSE, Platform, Refusal, owner,
    signature::{PartName, Verb},
};
use crate::{
    domain::{
        FileId,
        file::{
            ObjectPath, PublicUrl, name,
            name::NameFault,
            wire::{self, NewUpload},
        },
    },
    store::{
        objects::Incoming,
        pool::Lease,
        uploads::{Content, Issued, Object, StoredPart},
    },
};

/// How long an address takes bytes.
const UPLOAD_LIFE_MILLIS: i64 = 15 * 60 * 1000;

impl Platform {
    /// Hands out an address that takes one file, for a quarter of an hour.
    pub async fn presign_upload(
        &self,
        access: &Access,
        public: &PublicUrl,
        body: NewUpload,
    ) -> Result<wire::Upload, Error> {
        self.presign_for(access, public, body, |_| {}).await
    }

    /// The same with the owner that `adjust` writes down.
    pub(super) async fn presign_for(
        &self,
        access: &Access,
        public: &PublicUrl,
        body: NewUpload,
        adjust: impl FnOnce(&mut Issued) + Send,
    ) -> Result<wire::Upload, Error> {
        if let Some(size) = body.file_size {
            self.check_size(size)?;
        }
        let mut issued = self.issued(access, body, None)?;
        adjust(&mut issued);
        let path = path_of(access, &issued);
        let file = self.file(access).await?;
        let (fresh, row) = (self.0.entropy.bytes(), issued.clone());
        let issue = move |transaction: &mut crate::store::Transaction<'_>| {
            transaction.issue_object(&row)?;
            transaction.secret_or(PURPOSE, &fresh).map_err(Error::from)
        };
        let secret = file.write(issue).await?;
        let expires_at = issued.created_at.plus_millis(UPLOAD_LIFE_MILLIS);
        let link = Link::sign(&secret, Verb::Put, &path, None, expires_at);
        Ok(wire::Upload {
            url: format!("{}?{}", public.url(&path), link.query()),
            key: public.key(&path),
            filename: issued.filename,
            content_type: issued.content_type,
            file_id: issued.id.to_string(),
            expires_at,
        })
    }

    /// Signs an address that has been handed out before.
    pub(in crate::platform) async fn upload_url(
        &self,
        file: &Lease,
        public: &PublicUrl,
        path: &ObjectPath,
    ) -> Result<String, Error> {
        let secret = self.signing_secret(file).await?;
        let until = self.0.clock.now().plus_millis(UPLOAD_LIFE_MILLIS);
        let link = Link::sign(&secret, Verb::Put, path, None, until);
        Ok(format!("{}?{}", public.url(path), link.query()))
    }

    /// An address as it is asked for, checked.
    pub(super) fn issued(&self, access: &Access, body: NewUpload, upload_id: Option<String>) -> Result<Issued, Error> {
        let filename = body.filename.ok_or(Refusal::Missing("filename"))?;
        check_name(&filename)?;
        let content_type = body.content_type.ok_or(Refusal::Missing("contentType"))?;
        check_type(&content_type)?;
        let (owner_id, owner_type) = owner(access.check_login()?);
        let id = FileId::generate(&self.0.entropy);
        let path = ObjectPath::new(access.environment().clone(), id, &filename);
        Ok(Issued {
            id: path.id,
            name: path.name,
            filename,
            content_type,
            visibility: body.visibility,
            category: body.category,
            owner_id,
            owner_type,
            upload_id,
            created_at: self.0.clock.now(),
        })
    }

    fn check_size(&self, size: i64) -> Result<(), Refusal> {
        let limit = self.0.max_file_size;
        match u64::try_from(size) {
            Err(_) => Err(Refusal::NegativeSize),
            Ok(size) if size > limit => Err(Refusal::TooLarge { limit }),
            Ok(_) => Ok(()),
        }
    }

    /// Opens an address for the bytes that a link allows. `length` is what the client announces.
    pub async fn begin_put(&self, path: &ObjectPath, link: Option<Link>, length: Option<u64>) -> Result<Put, Error> {
        let link = link.ok_or(Refusal::Forged)?;
        let object = {
            // Let go of before the bytes come: they may take as long as they like.
            let file = self.objects_of(&path.environment).await?;
            let secret = self.signing_secret(&file).await?;
            link.check(&secret, Verb::Put, path, self.0.clock.now())?;
            let id = path.id.clone();
            file.read(move |reader| reader.object(&id)).await?
        };
        expect(object, path, link.part.as_ref())?;
        let limit = self.0.max_file_size;
        if length.is_some_and(|length| length > limit) {
            return Err(Refusal::BodyTooLarge { limit }.into());
        }
        let incoming = self.0.objects.begin(self.objects_folder(&path.environment), &path.id).await;
        let incoming = match incoming {
            Ok(incoming) => incoming,
            Err(error) => {
                // The folder goes with its environment, and then that is the answer.
                self.check_active(&Access::by_url(path.environment.clone()))?;
                return Err(error.into());
            }
        };
        Ok(Put { platform: self.clone(), path: path.clone(), part: link.part, incoming, limit })
    }

    pub(super) async fn objects_of(&self, environment: &crate::domain::EnvironmentId) -> Result<Lease, Error> {
        self.file(&Access::by_url(environment.clone())).await
    }
}

/// Bytes on their way to an address. Dropping it leaves what was there before.
#[derive(Debug)]
pub struct Put {
    platform: Platform,
    path: ObjectPath,
    part: Option<PartName>,
    incoming: Incoming,
    limit: u64,
}

impl Put {
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.incoming.size() + bytes.len() as u64 > self.limit {
            return Err(Refusal::BodyTooLarge { limit: self.limit }.into());
        }
        Ok(self.incoming.write(bytes).await?)
    }

    /// Makes the bytes the object's, or a part's, and answers their tag.
    ///
    /// The work goes on if the caller goes away: between the commit and its answer nobody could say
    /// whether the bytes are needed.
    pub async fn finish(self) -> Result<String, Error> {
        let jobs = self.platform.0.jobs.clone();
        jobs.spawn(self.commit()).await.unwrap_or(Err(Error::Overloaded))
    }

    async fn commit(self) -> Result<String, Error> {
        let Self { platform, path, part, incoming, .. } = self;
        let stored = incoming.finish().await?;
        let (segment, etag) = (stored.segment.clone(), stored.version.clone());
        let content = Content { size: segment.size, etag: etag.clone(), stored_at: platform.0.clock.now() };
        let file = platform.objects_of(&path.environment).await?;
        let subject = path.clone();
        let committed = file.write(move |transaction| {
            expect(transaction.object(&subject.id)?, &subject, part.as_ref())?;
            let replaced = match part {
                None => transaction.store_object(&subject.id, &segment, &content)?,
                Some(part) => {
                    let part = StoredPart { number: part.number, segment, etag: content.etag };
                    transaction.store_part(&subject.id, &part)?.into_iter().collect()
                }
            };
            Ok(replaced)
        });
        match committed.await {
            Ok(replaced) => {
                stored.keep();
                platform.discard(&path.environment, replaced);
                Ok(etag)
            }
            Err(refused @ Error::File(_)) => Err(refused),
            Err(error) => {
                // A commit that failed may be on the disk all the same, and then these bytes are
                // needed; if not, the next start removes them.
                stored.keep();
                Err(error)
            }
        }
    }
}

/// Whether bytes for this part, or for the whole, are still waited for.
fn expect(object: Option<Object>, path: &ObjectPath, part: Option<&PartName>) -> Result<(), Error> {
    let object = object.filter(|object| object.issued.name == path.name).ok_or(Refusal::NotFound)?;
    match (&object.issued.upload_id, part) {
        (None, None) => Ok(()),
        (Some(upload), Some(part)) if *upload == part.upload_id && object.content.is_none() => Ok(()),
        _ => Err(Refusal::NoUpload.into()),
    }
}

pub(super) fn path_of(access: &Access, issued: &Issued) -> ObjectPath {
    ObjectPath { environment: access.environment().clone(), id: issued.id.clone(), name: issued.name.clone() }
}

pub(in crate::platform) fn check_name(filename: &str) -> Result<(), Refusal> {
    name::check(filename).map_err(|fault| match fault {
        NameFault::TooLong => Refusal::NameTooLong,
        NameFault::Unusable => Refusal::InvalidName,
    })
}

pub(in crate::platform) fn check_type(media_type: &str) -> Result<(), Refusal> {
    match media_type {
        long if long.len() > name::LONGEST_TYPE => Err(Refusal::TypeTooLong),
        good if name::is_media_type(good) => Ok(()),
        _ => Err(Refusal::InvalidFormat),
    }
}
