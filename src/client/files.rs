//! Files of an environment, as its operator: listed, sent and fetched.
//!
//! Bytes go a chunk at a time to the address that the server hands out, in parts when there are
//! many. A transfer may take as long as it likes and ends when it stands still.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use reqwest::{Body, Method};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, json};
use tokio::{
    fs,
    io::{AsyncReadExt as _, AsyncSeekExt as _},
};

use super::{Client, Error, Listing, management, segment, transport::Call};
use crate::domain::{
    EnvironmentId,
    api::Page,
    file::{
        FileOrder, Visibility,
        wire::{
            CompletedUpload, Download, File, MultipartUpload, NewUpload, Part, PartUrl, RegisterFile, UpdateFile,
            Upload,
        },
    },
    list::Direction,
};

/// Bytes of a file past which it is sent in parts: a part that is lost costs less than the whole.
const PARTS_FROM: u64 = 64 << 20;

const PART: u64 = 16 << 20;

/// The most parts an upload may have.
const MOST_PARTS: u64 = 10_000;

const CHUNK: usize = 64 * 1024;

/// How long a transfer may stand still. After the last byte the server puts all of them on its disk.
pub(super) const STANDSTILL: Duration = Duration::from_mins(2);

/// A file on its way out.
#[derive(Clone, Debug)]
pub struct Sending {
    pub path: PathBuf,
    pub size: u64,
    pub upload: NewUpload,
}

/// Bytes that have been sent, for whoever shows it.
pub type Sent = Arc<AtomicU64>;

/// Which files to read.
#[derive(Clone, Debug)]
pub struct FilesQuery {
    /// 1 for the first.
    pub page: u64,
    /// At most 100.
    pub limit: u64,
    /// Part of the name.
    pub search: Option<String>,
    /// A type, `image/png`, or the first half of one, `image/*`.
    pub mime_type: Option<String>,
    pub visibility: Option<Visibility>,
    pub owner_id: Option<String>,
    pub sort_by: FileOrder,
    pub direction: Direction,
}

impl FilesQuery {
    /// A page of all files, the newest first.
    pub const fn page(page: u64, limit: u64) -> Self {
        Self {
            page,
            limit,
            search: None,
            mime_type: None,
            visibility: None,
            owner_id: None,
            sort_by: FileOrder::CreatedAt,
            direction: Direction::Descending,
        }
    }
}

impl Client {
    /// One page of the files.
    pub async fn files_page(&self, environment: &EnvironmentId, query: &FilesQuery) -> Result<Page<File>, Error> {
        let call = Call::get(files(environment, ""))
            .page(query.page, query.limit)
            .sorted(query.sort_by.as_str(), query.direction);
        let given = [
            ("search", query.search.as_deref()),
            ("mimeType", query.mime_type.as_deref()),
            ("visibility", query.visibility.map(Visibility::as_str)),
            ("ownerId", query.owner_id.as_deref()),
        ];
        let given = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let call = given.fold(call, |call, (name, value)| call.query(name, value));
        self.transport.send(call).await?.enveloped()
    }

    pub async fn files(&self, environment: &EnvironmentId, search: Option<&str>) -> Result<Listing<File>, Error> {
        self.list_of_app(files(environment, ""), search).await
    }

    pub async fn file(&self, environment: &EnvironmentId, id: &str) -> Result<File, Error> {
        let call = Call::get(files(environment, &format!("/{}", segment(id))));
        self.transport.send(call).await?.enveloped()
    }

    pub async fn update_file(&self, environment: &EnvironmentId, id: &str, body: &UpdateFile) -> Result<File, Error> {
        let path = files(environment, &format!("/{}", segment(id)));
        self.transport.send(Call::new(Method::PATCH, path).body(body)?).await?.enveloped()
    }

    pub async fn delete_file(&self, environment: &EnvironmentId, id: &str) -> Result<(), Error> {
        let path = files(environment, &format!("/{}", segment(id)));
        self.transport.send(Call::new(Method::DELETE, path)).await.map(drop)
    }

    /// Sends a file and registers it.
    pub async fn upload(&self, environment: &EnvironmentId, file: &Sending, sent: &Sent) -> Result<File, Error> {
        let key = if file.size > PARTS_FROM {
            self.send_in_parts(environment, file, sent).await?
        } else {
            let upload: Upload = self.ask(environment, "/presigned-url", &file.upload).await?;
            self.put(&upload.url, file, 0, file.size, sent).await?;
            upload.key
        };
        let registration = RegisterFile {
            s3_key: Some(key),
            original_name: file.upload.filename.clone(),
            mime_type: file.upload.content_type.clone(),
            size: i64::try_from(file.size).ok(),
            visibility: file.upload.visibility,
            ..RegisterFile::default()
        };
        self.ask(environment, "", &registration).await
    }

    /// Registers a private file of these few bytes, with the description.
    pub(super) async fn plant_file(
        &self,
        environment: &EnvironmentId,
        filename: &str,
        description: &str,
        bytes: Bytes,
    ) -> Result<File, Error> {
        let upload = NewUpload {
            filename: Some(filename.to_owned()),
            content_type: Some("text/plain".to_owned()),
            visibility: Some(Visibility::Private),
            ..NewUpload::default()
        };
        let Upload { url, key, .. } = self.ask(environment, "/presigned-url", &upload).await?;
        let length = bytes.len() as u64;
        self.transport.put(self.path_of(&url)?, Body::from(bytes), length, &AtomicU64::new(0)).await?;
        let registration = RegisterFile {
            s3_key: Some(key),
            original_name: upload.filename,
            mime_type: upload.content_type,
            size: i64::try_from(length).ok(),
            visibility: upload.visibility,
            metadata: Some(Map::from_iter([("description".to_owned(), description.into())])),
            ..RegisterFile::default()
        };
        self.ask(environment, "", &registration).await
    }

    async fn send_in_parts(&self, environment: &EnvironmentId, file: &Sending, sent: &Sent) -> Result<String, Error> {
        let upload: MultipartUpload = self.ask(environment, "/multipart/init", &file.upload).await?;
        let name = json!({"key": upload.key, "uploadId": upload.upload_id});
        let result = self.send_parts(environment, &upload, file, sent).await;
        match result {
            Ok(parts) => {
                let body = json!({"key": upload.key, "uploadId": upload.upload_id, "parts": parts});
                let done: CompletedUpload = self.ask(environment, "/multipart/complete", &body).await?;
                Ok(done.key)
            }
            Err(error) => {
                // The parts that arrived are of no use; the server would find that out in a week.
                let _: Result<serde_json::Value, _> = self.ask(environment, "/multipart/abort", &name).await;
                Err(error)
            }
        }
    }

    async fn send_parts(
        &self,
        environment: &EnvironmentId,
        upload: &MultipartUpload,
        file: &Sending,
        sent: &Sent,
    ) -> Result<Vec<Part>, Error> {
        let length = PART.max(file.size.div_ceil(MOST_PARTS));
        let mut parts = Vec::new();
        let mut start = 0;
        for part_number in 1.. {
            let body = json!({"key": upload.key, "uploadId": upload.upload_id, "partNumber": part_number});
            let part: PartUrl = self.ask(environment, "/multipart/presigned-url", &body).await?;
            let etag = self.put(&part.url, file, start, length.min(file.size - start), sent).await?;
            parts.push(Part { part_number, etag });
            start += length;
            if start >= file.size {
                break;
            }
        }
        Ok(parts)
    }

    /// Sends a stretch of a file to an address, and answers its tag.
    async fn put(&self, url: &str, file: &Sending, start: u64, length: u64, sent: &Sent) -> Result<String, Error> {
        let unreadable = |error: io::Error| Error::Malformed {
            url: file.path.display().to_string(),
            reason: format!("the file cannot be read: {error}"),
        };
        let stretch = stretch(&file.path, start, length, Arc::clone(sent)).await.map_err(unreadable)?;
        self.transport.put(self.path_of(url)?, Body::wrap_stream(stretch), length, sent).await
    }

    /// Sends a whole file to an address that was handed out for it.
    pub(super) async fn send_bytes(&self, url: &str, path: &Path, size: u64, sent: &Sent) -> Result<(), Error> {
        let sending = Sending { path: path.to_owned(), size, upload: NewUpload::default() };
        self.put(url, &sending, 0, size, sent).await.map(drop)
    }

    pub async fn download_url(&self, environment: &EnvironmentId, id: &str) -> Result<Download, Error> {
        self.ask(environment, &format!("/{}/download-url", segment(id)), &json!({})).await
    }

    /// The bytes behind a URL that [`Client::download_url`] answered.
    pub async fn download(&self, url: &str) -> Result<Fetching, Error> {
        Ok(Fetching { response: self.transport.fetch(self.path_of(url)?, None).await?, client: self.clone() })
    }

    /// The first bytes of a file, at most so many: what it looks like without fetching all of it.
    pub async fn file_start(&self, environment: &EnvironmentId, id: &str, most: u64) -> Result<Bytes, Error> {
        let Download { url, size, .. } = self.download_url(environment, id).await?;
        let most = most.min(size);
        if most == 0 {
            return Ok(Bytes::new());
        }
        let range = format!("bytes=0-{}", most - 1);
        let response = self.transport.fetch(self.path_of(&url)?, Some(&range)).await?;
        let mut fetching = Fetching { response, client: self.clone() };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let mut start = BytesMut::new();
        while start.len() < most
            && let Some(chunk) = fetching.next().await?
        {
            start.extend_from_slice(&chunk[..chunk.len().min(most - start.len())]);
        }
        Ok(start.freeze())
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        environment: &EnvironmentId,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        let call = Call::new(Method::POST, files(environment, path)).body(body)?;
        self.transport.send(call).await?.enveloped()
    }

    /// An address is for apps, which may reach the server by another name: what counts here is its
    /// path, at the URL that this client has.
    pub(super) fn path_of<'a>(&self, url: &'a str) -> Result<&'a str, Error> {
        let start = url.find("/v1/objects/").ok_or_else(|| self.transport.malformed("it answered no address"))?;
        Ok(&url[start..])
    }
}

/// Bytes on their way in.
#[derive(Debug)]
pub struct Fetching {
    response: reqwest::Response,
    client: Client,
}

impl Fetching {
    /// The next of them; none at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let transport = &self.client.transport;
        match tokio::time::timeout(STANDSTILL, self.response.chunk()).await {
            Ok(chunk) => chunk.map_err(|error| transport.unreachable(&error)),
            Err(_) => Err(transport.stood_still()),
        }
    }
}

fn files(environment: &EnvironmentId, path: &str) -> String {
    management(&format!("/environments/{environment}/v1/files{path}"))
}

/// A stretch of a file, a chunk at a time.
async fn stretch(
    path: &Path,
    start: u64,
    length: u64,
    sent: Sent,
) -> io::Result<impl Stream<Item = io::Result<Bytes>> + Send + 'static> {
    let mut file = fs::File::open(path).await?;
    if start > 0 {
        file.seek(io::SeekFrom::Start(start)).await?;
    }
    Ok(stream::try_unfold((file.take(length), sent), |(mut file, sent)| async move {
        let mut chunk = BytesMut::with_capacity(CHUNK);
        let read = file.read_buf(&mut chunk).await?;
        sent.fetch_add(read as u64, Ordering::Relaxed);
        Ok((read > 0).then(|| (chunk.freeze(), (file, sent))))
    }))
}
