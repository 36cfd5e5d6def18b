//! Files that come along with their identifiers. One is shown when its bytes are there, and not before.

use super::{Error, Platform};
use crate::{
    domain::{
        EnvironmentId, FileId, Timestamp,
        file::{ObjectPath, PublicUrl},
        import::files::{FileImportStatus, FileImported, ImportFile},
    },
    platform::files::upload::{check_name, check_type},
    store::{files::FileRow, uploads::Issued},
};

impl Platform {
    /// Says where the bytes of a file go, or makes a file of those that have arrived.
    pub async fn import_file(
        &self,
        environment: &EnvironmentId,
        public: &PublicUrl,
        body: ImportFile,
    ) -> Result<FileImported, Error> {
        let id = FileId::parse(&body.id).map_err(|invalid| Error::Invalid(format!("id: {invalid}")))?;
        check_name(&body.original_name)?;
        check_type(&body.mime_type)?;
        let path = ObjectPath::new(environment.clone(), id, &body.original_name);
        let (file, _) = self.design(environment).await?;
        let now = self.0.clock.now();
        let subject = path.clone();
        let settled = file.write(move |transaction| {
            if let Some(row) = transaction.file(&subject.id)? {
                return Ok((FileImportStatus::Present, Some(row)));
            }
            match transaction.object(&subject.id)? {
                Some(object) if object.content.is_some() => {
                    let row = row(&body, &subject, object.content.map_or(body.size, |content| content.size), now);
                    transaction.insert_file(&row)?;
                    return Ok((FileImportStatus::Imported, Some(row)));
                }
                Some(_) => {}
                None => transaction.issue_object(&issued(&body, &subject, now))?,
            }
            Ok::<_, Error>((FileImportStatus::Waiting, None))
        });
        let (status, row) = settled.await?;
        let key = row.as_ref().map_or_else(|| public.key(&path), |row| public.stored_key(&row.object_key));
        let url = match status {
            FileImportStatus::Waiting => Some(self.upload_url(&file, public, &path).await?),
            FileImportStatus::Imported | FileImportStatus::Present => None,
        };
        if let Some(row) = row.filter(|_| status == FileImportStatus::Imported) {
            self.tell_new_file(environment, public, row);
        }
        Ok(FileImported { id: path.id.to_string(), status, key, url })
    }
}

fn issued(body: &ImportFile, path: &ObjectPath, now: Timestamp) -> Issued {
    Issued {
        id: path.id.clone(),
        name: path.name.clone(),
        filename: body.original_name.clone(),
        content_type: body.mime_type.clone(),
        visibility: Some(body.visibility),
        category: None,
        owner_id: body.owner_id.clone(),
        owner_type: body.owner_type,
        upload_id: None,
        created_at: now,
    }
}

fn row(body: &ImportFile, path: &ObjectPath, size: u64, now: Timestamp) -> FileRow {
    let created_at = body.created_at.unwrap_or(now);
    FileRow {
        id: path.id.clone(),
        object_key: path.to_string(),
        original_name: body.original_name.clone(),
        mime_type: body.mime_type.clone(),
        size,
        width: body.width,
        height: body.height,
        visibility: body.visibility,
        bucket: body.bucket,
        owner_id: body.owner_id.clone(),
        owner_type: body.owner_type,
        metadata: body.metadata.clone().unwrap_or_default(),
        created_at,
        updated_at: body.updated_at.unwrap_or(created_at),
    }
}
