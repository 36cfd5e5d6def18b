//! `bkend file`.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::{Args, Subcommand};
use tokio::{fs, io::AsyncWriteExt as _};

use super::{Failure, Session, columns::Heading, confirm::Sure, output::Cell, progress::Progress};
use crate::{
    client::files::Sending,
    domain::{
        api::{Environment, Page},
        file::{
            Visibility, name,
            wire::{File, NewUpload, UpdateFile},
        },
    },
};

pub const EXAMPLES: &str = "\
Examples:
  bkend file upload photo.jpg --visibility public --env staging
  bkend file list --env staging
  bkend file download photo.jpg
  bkend file visibility photo.jpg private";

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List the files of an environment, newest first
    #[command(visible_alias = "ls", after_help = "Example:\n  bkend file list --env staging")]
    List(List),
    /// Show a file
    #[command(visible_alias = "show", after_help = "Example:\n  bkend file get photo.jpg")]
    Get(Named),
    Upload(Upload),
    Download(Download),
    Delete(Delete),
    Visibility(SetVisibility),
}

#[derive(Debug, Args)]
pub struct List {
    /// Only those with this in their name
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
}

#[derive(Debug, Args)]
pub struct Named {
    /// Its name or id
    #[arg(value_name = "NAME_OR_ID")]
    name: String,
}

/// Send a file
///
/// Large ones go in parts. The file's key goes to stdout; progress is shown on stderr.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bkend file upload photo.jpg --visibility public
  bkend file upload build/app.zip --name app-1.2.zip --env staging")]
pub struct Upload {
    path: PathBuf,

    /// What it is called there [default: its own name]
    #[arg(long)]
    name: Option<String>,

    /// Its media type [default: as its name ends]
    #[arg(long = "type", value_name = "TYPE")]
    content_type: Option<String>,

    /// Who may read it: public, private, protected (any signed-in user) or shared
    #[arg(long, value_name = "WHO", default_value = "private")]
    visibility: Visibility,
}

/// Fetch a file
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bkend file download photo.jpg
  bkend file download photo.jpg --output - | file -")]
pub struct Download {
    /// Its name or id
    #[arg(value_name = "NAME_OR_ID")]
    name: String,

    /// Where it goes; - is stdout [default: its name, in this folder]
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,

    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

/// Delete a file with its bytes
#[derive(Debug, Args)]
#[command(visible_alias = "rm", after_help = "Example:\n  bkend file delete photo.jpg --yes")]
pub struct Delete {
    /// Its name or id
    #[arg(value_name = "NAME_OR_ID")]
    name: String,
    #[command(flatten)]
    pub sure: Sure,
}

/// Say who may read a file
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  bkend file visibility photo.jpg public")]
pub struct SetVisibility {
    /// Its name or id
    #[arg(value_name = "NAME_OR_ID")]
    name: String,

    /// public, private, protected (any signed-in user) or shared
    visibility: Visibility,
}

impl Verb {
    pub async fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(session).await,
            Self::Get(named) => named.run(session).await,
            Self::Upload(upload) => upload.run(session).await,
            Self::Download(download) => download.run(session).await,
            Self::Delete(delete) => delete.run(session).await,
            Self::Visibility(visibility) => visibility.run(session).await,
        }
    }
}

impl List {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let (_, environment) = session.target().await?;
        let listing = session.client.files(&environment.id, self.search.as_deref()).await?;
        let page = Page { items: listing.items, pagination: listing.pagination };
        session.output().result(&page, || {
            let rows = page.items.iter().map(|file| {
                vec![
                    file.original_name.as_str().into(),
                    file.mime_type.as_str().into(),
                    Cell::bytes(file.size),
                    file.visibility.as_str().into(),
                    owner(file).into(),
                    Cell::time(file.created_at),
                    file.id.as_str().into(),
                ]
            });
            let columns = [
                Heading::new("NAME").cut(32),
                Heading::new("TYPE").cut(10).drop(1),
                Heading::new("SIZE"),
                Heading::new("VISIBILITY").drop(2),
                Heading::new("OWNER").cut(10).drop(4),
                Heading::new("CREATED").drop(3),
                Heading::new("ID"),
            ];
            session.output().table(&columns, rows.collect())
        })
    }
}

fn owner(file: &File) -> &str {
    if file.owner_id.is_empty() { file.owner_type.as_str() } else { &file.owner_id }
}

impl Named {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let (_, environment) = session.target().await?;
        let file = find(session, &environment, &self.name).await?;
        session.output().result(&file, || {
            session.output().fields(vec![
                ("id", file.id.as_str().into()),
                ("name", file.original_name.as_str().into()),
                ("type", file.mime_type.as_str().into()),
                ("size", Cell::bytes(file.size)),
                ("visibility", file.visibility.as_str().into()),
                ("bucket", file.bucket.map_or("", |bucket| bucket.as_str()).into()),
                ("owner", owner(&file).into()),
                ("key", file.s3_key.as_str().into()),
                ("created", Cell::time(file.created_at)),
                ("changed", Cell::time(file.updated_at)),
            ])
        })
    }
}

impl Upload {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let unreadable = |reason: String| Failure::Usage(format!("{} {reason}", self.path.display()));
        let metadata =
            fs::metadata(&self.path).await.map_err(|error| unreadable(format!("cannot be read: {error}")))?;
        if !metadata.is_file() {
            return Err(unreadable("is not a file: name one".into()));
        }
        let own_name = || self.path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        let name = self.name.clone().or_else(own_name).ok_or_else(|| unreadable("needs a name: add --name".into()))?;
        let (_, environment) = session.target_to_write().await?;
        let size = metadata.len();
        let upload = NewUpload {
            content_type: Some(self.content_type.clone().unwrap_or_else(|| name::type_of(&name).to_owned())),
            file_size: i64::try_from(size).ok(),
            visibility: Some(self.visibility),
            filename: Some(name),
            category: None,
        };
        let sending = Sending { path: self.path, size, upload };
        let sent = Arc::default();
        let progress = Progress::new(session.output(), "sent", Some(size));
        let sending = session.client.upload(&environment.id, &sending, &sent);
        let file = progress.watching(&sent, sending).await?;
        session.output().result(&file, || file.s3_key.clone())
    }
}

impl Download {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let (_, environment) = session.target().await?;
        let file = find(session, &environment, &self.name).await?;
        let download = session.client.download_url(&environment.id, &file.id).await?;
        let to_stdout = self.output.as_deref() == Some(Path::new("-"));
        let path = match self.output {
            Some(path) => path,
            // Names that came from elsewhere may hold a path.
            None => PathBuf::from(file.original_name.rsplit(['/', '\\']).next().unwrap_or(&file.id)),
        };
        if !to_stdout && !self.force && fs::try_exists(&path).await? {
            return Err(Failure::Refused {
                code: "cli/file-exists",
                message: format!("{} is there already: add --force, or name another with --output", path.display()),
            });
        }
        let mut bytes = session.client.download(&download.url).await?;
        let mut progress = Progress::new(session.output(), "fetched", Some(download.size));
        if to_stdout {
            while let Some(chunk) = bytes.next().await? {
                progress.add(chunk.len());
                // Whoever reads may take their time; the server of this process must not wait for it.
                tokio::task::spawn_blocking(move || io::stdout().write_all(&chunk))
                    .await
                    .map_err(io::Error::other)??;
            }
            return Ok(io::stdout().flush()?);
        }
        // Under its name only when it is whole.
        let partial = Partial::beside(&path);
        let mut written = fs::File::create(&partial.0).await?;
        while let Some(chunk) = bytes.next().await? {
            written.write_all(&chunk).await?;
            progress.add(chunk.len());
        }
        written.sync_all().await?;
        drop((written, progress));
        fs::rename(&partial.0, &path).await?;
        session.output().result(&file, || format!("{} is fetched", path.display()))
    }
}

/// A file that is being written; what is left of it goes with the value.
struct Partial(PathBuf);

impl Partial {
    fn beside(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Self(path.with_file_name(format!(".{name}.{}.part", std::process::id())))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Gone already when all went well.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Delete {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let (_, environment) = session.target_to_write().await?;
        let file = find(session, &environment, &self.name).await?;
        let what = format!("the file {} ({}) of {}", file.original_name, file.id, environment.name);
        self.sure.ask(&file.original_name, &what).await?;
        session.client.delete_file(&environment.id, &file.id).await?;
        session.output().result(&file, || format!("{} is deleted", file.original_name))
    }
}

impl SetVisibility {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let (_, environment) = session.target_to_write().await?;
        let file = find(session, &environment, &self.name).await?;
        let body = UpdateFile { visibility: Some(self.visibility), ..UpdateFile::default() };
        let file = session.client.update_file(&environment.id, &file.id, &body).await?;
        session.output().result(&file, || {
            let url = file.url.as_deref().map(|url| format!(": {url}")).unwrap_or_default();
            format!("{} is {}{url}", file.original_name, file.visibility.as_str())
        })
    }
}

/// By id or by name, if no other has it.
async fn find(session: &Session, environment: &Environment, name: &str) -> Result<File, Failure> {
    if crate::domain::FileId::parse(name).is_ok() {
        return Ok(session.client.file(&environment.id, name).await?);
    }
    let mut files = session.client.files(&environment.id, Some(name)).await?.items;
    files.retain(|file| file.original_name == name);
    match files.len() {
        0 => Err(Failure::NotFound {
            code: "file/not-found",
            message: format!("{} has no file {name}: `bkend file list` shows those there are", environment.name),
        }),
        1 => Ok(files.remove(0)),
        _ => {
            let ids: Vec<_> = files.iter().map(|file| file.id.as_str()).collect();
            Err(Failure::Usage(format!("several files are named {name}; say which by its id: {}", ids.join(", "))))
        }
    }
}
