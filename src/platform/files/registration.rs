//! Registered files: what clients list, change, delete and ask a URL for.

use serde_json::{Map, Value};

use super::{
    Access, Error, Link, Platform, Refusal,
    multipart::issued_path,
    owner,
    signature::Verb,
    upload::{check_name, check_type},
};
use crate::{
    domain::{
        EnvironmentId, FileId,
        api::{Actor, Event},
        file::{
            Bucket, Category, ObjectPath, PublicUrl, Sight, Visibility, may_change, sight,
            wire::{Download, File, FileChanged, FileView, RegisterFile, UpdateFile},
        },
        list::Pagination,
        permission::Group,
        record::normalise_numbers,
    },
    store::{
        Transaction,
        files::{Audience, FileQuery, FileRow},
    },
};

/// How long a signed URL hands a file out.
const DOWNLOAD_LIFE_MILLIS: i64 = 60 * 60 * 1000;

/// A page of files, each as the caller may see it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct FileList {
    pub items: Vec<FileView>,
    pub pagination: Pagination,
}

impl Platform {
    /// Makes a file out of an address that was handed out. Its bytes may still be on their way.
    pub async fn register_file(&self, access: &Access, public: &PublicUrl, body: RegisterFile) -> Result<File, Error> {
        let requester = access.check_login()?.clone();
        let path = issued_path(access, body.s3_key.as_deref().ok_or(Refusal::Missing("s3Key"))?)?;
        let original_name = body.original_name.ok_or(Refusal::Missing("originalName"))?;
        check_name(&original_name)?;
        let mime_type = body.mime_type.ok_or(Refusal::Missing("mimeType"))?;
        check_type(&mime_type)?;
        let size = u64::try_from(body.size.ok_or(Refusal::Missing("size"))?).map_err(|_| Refusal::NegativeSize)?;
        let (owner_id, owner_type) = owner(&requester);
        let now = self.0.clock.now();
        let file = self.file(access).await?;
        let register = move |transaction: &mut Transaction<'_>| {
            let object = transaction.object(&path.id)?.filter(|object| object.issued.name == path.name);
            let object = object.ok_or(Refusal::InvalidPath)?;
            if !may_change(&object.issued.owner_id, &requester) {
                return Err(Refusal::AccessDenied.into());
            }
            if object.registration.is_some() {
                return Err(Refusal::Registered.into());
            }
            let mut metadata = with_category(body.metadata.unwrap_or_default(), object.issued.category);
            metadata.values_mut().for_each(normalise_numbers);
            let row = FileRow {
                id: path.id.clone(),
                object_key: path.to_string(),
                original_name,
                mime_type,
                size: object.content.map_or(size, |content| content.size),
                width: body.width,
                height: body.height,
                visibility: body.visibility.or(object.issued.visibility).unwrap_or(Visibility::Private),
                bucket: Some(body.bucket.unwrap_or_else(|| Bucket::of(category(&metadata)))),
                owner_id,
                owner_type,
                metadata,
                created_at: now,
                updated_at: now,
            };
            transaction.insert_file(&row)?;
            Ok::<_, Error>(row)
        };
        let row = file.write(register).await?;
        Ok(self.tell_file(access.environment(), public, row, Event::File))
    }

    pub async fn get_file(&self, access: &Access, public: &PublicUrl, id: &str) -> Result<FileView, Error> {
        let row = self.visible(access, id).await?;
        Ok(view(access, public, row))
    }

    pub async fn list_files(&self, access: &Access, public: &PublicUrl, query: FileQuery) -> Result<FileList, Error> {
        let requester = access.requester();
        let audience = match requester.group {
            Group::Admin => Audience::Admin,
            _ if requester.id.is_empty() => Audience::Guest,
            _ => Audience::User(requester.id.clone()),
        };
        let window = query.window;
        let file = self.file(access).await?;
        let (rows, total) = file.read(move |reader| reader.files(&audience, &query)).await?;
        let items = rows.into_iter().map(|row| view(access, public, row)).collect();
        Ok(FileList { items, pagination: Pagination::new(total, window) })
    }

    pub async fn update_file(
        &self,
        access: &Access,
        public: &PublicUrl,
        id: &str,
        body: UpdateFile,
    ) -> Result<File, Error> {
        if let Some(name) = &body.original_name {
            check_name(name)?;
        }
        let id = parse(id)?;
        let now = self.0.clock.now();
        let file = self.file(access).await?;
        let caller = access.clone();
        let update = move |transaction: &mut Transaction<'_>| {
            let mut row = owned(transaction, &caller, &id)?;
            row.original_name = body.original_name.unwrap_or(row.original_name);
            row.visibility = body.visibility.unwrap_or(row.visibility);
            for (key, mut value) in body.metadata.unwrap_or_default() {
                normalise_numbers(&mut value);
                if value.is_null() {
                    row.metadata.shift_remove(&key);
                } else {
                    row.metadata.insert(key, value);
                }
            }
            row.updated_at = now;
            transaction.update_file(&row)?;
            Ok::<_, Error>(row)
        };
        let row = file.write(update).await?;
        if access.is_operator() {
            let detail = format!("{}, {}", row.visibility.as_str(), row.id);
            self.log_deed(access.environment(), Actor::Operator, "file.update", &row.original_name, Some(detail)).await;
        }
        Ok(self.tell_file(access.environment(), public, row, Event::File))
    }

    /// Forgets the file, then removes its bytes: a crash in between leaves bytes that nothing names,
    /// and the next start removes them.
    pub async fn delete_file(&self, access: &Access, public: &PublicUrl, id: &str) -> Result<(), Error> {
        access.check_login()?;
        let id = parse(id)?;
        let file = self.file(access).await?;
        let caller = access.clone();
        let delete = move |transaction: &mut Transaction<'_>| {
            let row = owned(transaction, &caller, &id)?;
            let files = transaction.remove_object(&id)?;
            Ok::<_, Error>((row, files))
        };
        let (row, files) = file.write(delete).await?;
        self.discard(access.environment(), files);
        if access.is_operator() {
            let detail = Some(row.id.to_string());
            self.log_deed(access.environment(), Actor::Operator, "file.delete", &row.original_name, detail).await;
        }
        self.tell_file(access.environment(), public, row, Event::FileDeleted);
        Ok(())
    }

    /// A URL that hands the file out: of a public one its address, of others one that is signed and
    /// ends.
    pub async fn download_url(&self, access: &Access, public: &PublicUrl, id: &str) -> Result<Download, Error> {
        let row = self.visible(access, id).await?;
        let file = self.file(access).await?;
        let id = row.id.clone();
        let object = file.read(move |reader| reader.object(&id)).await?.ok_or(Refusal::NoBytes)?;
        object.content.ok_or(Refusal::NoBytes)?;
        let path = ObjectPath { environment: access.environment().clone(), id: row.id, name: object.issued.name };
        let expires_at = self.0.clock.now().plus_millis(DOWNLOAD_LIFE_MILLIS);
        let url = if row.visibility == Visibility::Public {
            public.url(&path)
        } else {
            let secret = self.signing_secret(&file).await?;
            let link = Link::sign(&secret, Verb::Get, &path, None, expires_at);
            format!("{}?{}", public.url(&path), link.query())
        };
        Ok(Download { url, filename: row.original_name, content_type: row.mime_type, size: row.size, expires_at })
    }

    /// A file that the caller may see something of.
    async fn visible(&self, access: &Access, id: &str) -> Result<FileRow, Error> {
        let id = parse(id)?;
        let file = self.file(access).await?;
        let row = file.read(move |reader| reader.file(&id)).await?.ok_or(Refusal::NotFound)?;
        if sight(row.visibility, &row.owner_id, access.requester()) == Sight::Nothing {
            access.check_login()?;
            return Err(Refusal::AccessDenied.into());
        }
        Ok(row)
    }

    /// Tells followers of a change that is on the disk already.
    /// Tells followers of a file that came with an import.
    pub(in crate::platform) fn tell_new_file(&self, environment: &EnvironmentId, public: &PublicUrl, row: FileRow) {
        self.tell_file(environment, public, row, Event::File);
    }

    fn tell_file(
        &self,
        environment: &EnvironmentId,
        public: &PublicUrl,
        row: FileRow,
        event: fn(Box<FileChanged>) -> Event,
    ) -> File {
        let file = resource(public, row);
        let changed = Box::new(FileChanged { environment_id: environment.clone(), file: file.clone() });
        self.0.shared.publish(|_| vec![event(changed)]);
        file
    }
}

fn parse(id: &str) -> Result<FileId, Refusal> {
    FileId::parse(id).map_err(|_| Refusal::NotFound)
}

/// A file that the caller may change.
fn owned(transaction: &Transaction<'_>, access: &Access, id: &FileId) -> Result<FileRow, Error> {
    let requester = access.check_login()?;
    let row = transaction.file(id)?.ok_or(Refusal::NotFound)?;
    if may_change(&row.owner_id, requester) { Ok(row) } else { Err(Refusal::AccessDenied.into()) }
}

fn category(metadata: &Map<String, Value>) -> Option<Category> {
    metadata.get("category").and_then(Value::as_str).and_then(|word| word.parse().ok())
}

fn with_category(mut metadata: Map<String, Value>, category: Option<Category>) -> Map<String, Value> {
    if let Some(category) = category
        && !metadata.contains_key("category")
    {
        metadata.insert("category".into(), category.as_str().into());
    }
    metadata
}

fn view(access: &Access, public: &PublicUrl, row: FileRow) -> FileView {
    let sight = sight(row.visibility, &row.owner_id, access.requester());
    let file = resource(public, row);
    if sight == Sight::Everything { FileView::Whole(Box::new(file)) } else { FileView::Public(file.into()) }
}

fn resource(public: &PublicUrl, row: FileRow) -> File {
    let key = public.stored_key(&row.object_key);
    let path = ObjectPath::parse(&row.object_key).ok();
    let url = path.filter(|_| row.visibility == Visibility::Public).map(|path| public.url(&path));
    File {
        id: row.id.to_string(),
        s3_key: key.clone(),
        key,
        original_name: row.original_name,
        mime_type: row.mime_type,
        size: row.size,
        width: row.width,
        height: row.height,
        visibility: row.visibility,
        bucket: row.bucket,
        owner_id: row.owner_id,
        owner_type: row.owner_type,
        metadata: row.metadata,
        url,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
