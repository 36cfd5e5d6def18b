use std::path::PathBuf;

use super::{Impact, Reply, path};
use crate::{
    client::{Client, Error, files::FilesQuery},
    domain::{
        EnvironmentId,
        file::{
            Visibility,
            wire::{File, UpdateFile},
        },
    },
};

/// Bytes of a file that a preview shows.
pub const PREVIEW: u64 = 64 << 10;

#[derive(Clone, Debug)]
pub enum FileCall {
    Page(FilesQuery),
    /// The first bytes of a file.
    Preview {
        file: String,
    },
    /// An address that anybody can fetch the file from.
    Link {
        file: Box<File>,
    },
    SetVisibility {
        file: String,
        name: String,
        visibility: Visibility,
    },
    /// Each with its name.
    Delete(Vec<(String, String)>),
    /// Whether a path of this machine can be sent; the upload follows the answer.
    Source {
        path: String,
        visibility: Visibility,
    },
    /// Whether a file can be written to a path of this machine; the download follows the answer.
    Target {
        file: Box<File>,
        path: String,
        replace: bool,
    },
}

/// What became of files that were to be deleted.
#[derive(Debug)]
pub struct Deleted {
    pub count: usize,
    /// Why the rest is still there: the name of the first of those, and the reason.
    pub failed: Option<(String, Error)>,
}

/// A path of this machine that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked(pub PathBuf);

impl FileCall {
    pub(super) const fn impact(&self) -> Impact {
        match self {
            Self::Page(_) | Self::Preview { .. } | Self::Link { .. } | Self::Source { .. } | Self::Target { .. } => {
                Impact::Reads
            }
            Self::SetVisibility { .. } => Impact::Changes,
            Self::Delete(_) => Impact::Destroys,
        }
    }

    pub(super) fn doing(&self) -> String {
        match self {
            Self::Page(_) => "reading the files".into(),
            Self::Preview { .. } => "reading the beginning of a file".into(),
            Self::Link { file } => format!("asking for a link of {}", file.original_name),
            Self::SetVisibility { name, visibility, .. } => format!("making {name} {}", visibility.as_str()),
            Self::Delete(files) => match files.as_slice() {
                [(_, name)] => format!("deleting {name}"),
                files => format!("deleting {} files", files.len()),
            },
            Self::Source { path, .. } | Self::Target { path, .. } => format!("looking at {path}"),
        }
    }

    pub(super) async fn perform(&self, client: &Client, id: &EnvironmentId) -> Result<Reply, Error> {
        Ok(match self {
            Self::Page(query) => Reply::Files(client.files_page(id, query).await?),
            Self::Preview { file } => Reply::Bytes(client.file_start(id, file, PREVIEW).await?),
            Self::Link { file } => {
                let download = client.download_url(id, &file.id).await?;
                Reply::Link { url: download.url.into(), expires_at: download.expires_at }
            }
            Self::SetVisibility { file, visibility, .. } => {
                let update = UpdateFile { visibility: Some(*visibility), ..UpdateFile::default() };
                Reply::File(Box::new(client.update_file(id, file, &update).await?))
            }
            Self::Delete(files) => Reply::Deleted(delete(client, id, files).await),
            Self::Source { path, .. } => Reply::Looked(Looked(path::source(path).await?)),
            Self::Target { path, replace, file } => {
                Reply::Looked(Looked(path::target(path, &file.original_name, *replace).await?))
            }
        })
    }
}

/// Deletes one after the other, so that what is said of the first failure is true of the rest: it is
/// still there. One that is gone already is as good as deleted.
async fn delete(client: &Client, id: &EnvironmentId, files: &[(String, String)]) -> Deleted {
    let mut count = 0;
    for (file, name) in files {
        match client.delete_file(id, file).await {
            Ok(()) => count += 1,
            Err(error) if error.is_not_found() => count += 1,
            Err(error) => return Deleted { count, failed: Some((name.clone(), error)) },
        }
    }
    Deleted { count, failed: None }
}
