//! The bytes of files, below `environments/<env id>/objects/`.
//!
//! A file there is named `<object id>.<run><number>`: the number counts the files this process made,
//! and the run is drawn anew by every process. So no name is ever used twice, replacing an object's
//! bytes is a commit that names another file, and what a crash left is told from what is on its way
//! by the run in its name. A dot in front marks bytes that are still arriving.
//!
//! | After a crash | there is | and the next start |
//! |---|---|---|
//! | while bytes arrive | a dotted file | removes it |
//! | after its rename, before the commit | a file that no row names | removes it |
//! | after the commit, before the replaced bytes are gone | the same | removes it |
//!
//! One folder, not shards of it: the file systems in use index their folders, and one folder has one
//! sync.

use std::{
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use tokio::{
    fs::File,
    io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _, BufWriter},
    task::JoinHandle,
};

use super::{Error, directory::sync_folder, failpoint};
use crate::domain::{
    FileId,
    id::{Entropy, hex},
};

/// Bytes of a file in memory for each download.
const CHUNK: usize = 64 * 1024;

/// Bytes gathered of an upload before they are written: a connection brings fewer at a time.
const GATHERED: usize = 256 * 1024;

/// Bytes after which an upload is put on the disk, while more arrives. Left to its end, a large one
/// would have every commit on the same disk wait for it.
const FLUSHED: u64 = 32 << 20;

/// Names the files that this process makes.
#[derive(Debug)]
pub struct Objects {
    run: String,
    made: AtomicU64,
}

/// A part of an object's bytes: a file in its environment's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub file: String,
    pub size: u64,
}

impl Default for Objects {
    fn default() -> Self {
        // Not of the platform's own source: a seed would give two processes the same run.
        Self { run: hex(&Entropy::system().bytes()[..4]), made: AtomicU64::new(0) }
    }
}

impl Objects {
    /// A word that no other call of any process answers: part of a file's name, and good enough to
    /// tell one version of an object from every other.
    pub fn version(&self) -> String {
        format!("{}{:08x}", self.run, self.made.fetch_add(1, Ordering::Relaxed))
    }

    /// Makes the file that bytes for an object arrive in, and the folder with an environment's first.
    pub async fn begin(&self, folder: PathBuf, id: &FileId) -> Result<Incoming, Error> {
        let version = self.version();
        let name = format!("{id}.{version}");
        let path = folder.join(format!(".{name}"));
        let opening = tokio::task::spawn_blocking({
            let (folder, path) = (folder.clone(), path.clone());
            move || match open(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => make(&folder).and_then(|()| open(&path)),
                other => other,
            }
        });
        let file = opening.await.unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into()));
        let taking_in = || Error::io("taking in a file");
        let file = file.map_err(taking_in())?;
        let disk = Arc::new(file.try_clone().map_err(taking_in())?);
        let file = File::from_std(file);
        Ok(Incoming {
            file: BufWriter::with_capacity(GATHERED, file),
            disk,
            size: 0,
            unflushed: 0,
            flushing: None,
            version,
            name,
            folder,
            temporary: Temporary(Some(path)),
        })
    }

    /// Files that an earlier process left: those still arriving are removed at once, the others are
    /// handed back for their rows to be looked up. Blocks on the disk.
    pub fn left_behind(&self, folder: &Path) -> Result<Vec<String>, Error> {
        let reading = || format!("reading {}", folder.display());
        let mut names = Vec::new();
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(names),
            Err(error) => return Err(Error::io(reading())(error)),
        };
        for entry in entries {
            let name = entry.map_err(Error::io(reading()))?.file_name();
            // What is not named like a file of ours is not ours to remove.
            let Some(name) = name.to_str().filter(|name| self.is_of_earlier_run(name)) else { continue };
            if name.starts_with('.') {
                remove(folder, &[name.to_owned()]);
            } else {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    fn is_of_earlier_run(&self, name: &str) -> bool {
        let Some((id, version)) = name.strip_prefix('.').unwrap_or(name).split_once('.') else { return false };
        let is_version = version.len() >= 16 && version.bytes().all(|b| b.is_ascii_hexdigit());
        is_version && FileId::parse(id).is_ok() && !version.starts_with(&self.run)
    }
}

fn open(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the folder in its environment's, which is there for as long as the environment is.
fn make(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => folder.parent().map_or(Ok(()), sync_folder),
    }
}

/// Bytes on their way in. Dropping it before [`Incoming::finish`] leaves nothing.
#[derive(Debug)]
pub struct Incoming {
    file: BufWriter<File>,
    /// The same file, for putting it on the disk meanwhile.
    disk: Arc<fs::File>,
    size: u64,
    unflushed: u64,
    flushing: Option<JoinHandle<io::Result<()>>>,
    version: String,
    name: String,
    folder: PathBuf,
    temporary: Temporary,
}

/// A file that goes with the value, unless it is kept.
#[derive(Debug)]
struct Temporary(Option<PathBuf>);

impl Temporary {
    fn renamed(mut self, to: PathBuf) -> io::Result<Self> {
        if let Some(from) = &self.0 {
            fs::rename(from, &to)?;
        }
        self.0 = Some(to);
        Ok(self)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            // What cannot be removed now is removed by the next start.
            let _ = fs::remove_file(path);
        }
    }
}

impl Incoming {
    pub const fn size(&self) -> u64 {
        self.size
    }

    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).await.map_err(Error::io("taking in a file"))?;
        self.size += bytes.len() as u64;
        self.unflushed += bytes.len() as u64;
        if self.unflushed >= FLUSHED && self.flushing.as_ref().is_none_or(JoinHandle::is_finished) {
            self.flushed().await?;
            self.unflushed = 0;
            let disk = Arc::clone(&self.disk);
            self.flushing = Some(tokio::task::spawn_blocking(move || disk.sync_data()));
        }
        Ok(())
    }

    /// Waits for what is being put on the disk. A failure is told to the one who asks, and never again.
    async fn flushed(&mut self) -> Result<(), Error> {
        let Some(flushing) = self.flushing.take() else { return Ok(()) };
        let result = flushing.await.unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into()));
        result.map_err(Error::io("putting a file on the disk"))
    }

    /// Puts the bytes on the disk under their final name, which no row knows yet.
    pub async fn finish(mut self) -> Result<Stored, Error> {
        let what = || Error::io("putting a file on the disk");
        // The last write may still be on its way; its failure is told here.
        self.file.flush().await.map_err(what())?;
        self.flushed().await?;
        let Self { disk, size, version, name, folder, temporary, .. } = self;
        let renamed = tokio::task::spawn_blocking(move || {
            disk.sync_all().map_err(what())?;
            failpoint::reach("object.written")?;
            let path = folder.join(&name);
            let temporary = temporary.renamed(path).map_err(what())?;
            failpoint::reach("object.renamed")?;
            sync_folder(&folder).map_err(what())?;
            Ok(Stored { segment: Segment { file: name, size }, version, file: temporary })
        });
        renamed.await.unwrap_or(Err(Error::Closed))
    }
}

/// Bytes on the disk that no row knows yet: they go with the value, unless it is kept.
#[derive(Debug)]
pub struct Stored {
    pub segment: Segment,
    /// Tells these bytes from every other version of the object.
    pub version: String,
    file: Temporary,
}

impl Stored {
    /// A row knows of them, or may.
    pub fn keep(mut self) {
        self.file.0 = None;
    }
}

/// Takes files away that no row names any more. What fails is left to the next start.
pub fn remove(folder: &Path, names: &[String]) {
    for name in names {
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, file = name, "a file's bytes stay behind until the next start");
            }
            _ => {}
        }
    }
}

/// A range of an object's bytes, a chunk at a time.
///
/// # Errors
/// When the first of its files cannot be opened; later ones end the stream.
pub async fn read(
    folder: PathBuf,
    segments: Vec<Segment>,
    range: Range<u64>,
) -> Result<impl Stream<Item = io::Result<Bytes>> + Send + 'static, Error> {
    let mut reading = Reading { folder, pieces: pieces(segments, range), file: None };
    reading.open_next().await.map_err(Error::io("opening a file"))?;
    Ok(stream::try_unfold(reading, |mut reading| async move {
        let chunk = reading.next().await?;
        Ok(chunk.map(|chunk| (chunk, reading)))
    }))
}

/// What is to be read of each file, the first one last.
fn pieces(segments: Vec<Segment>, range: Range<u64>) -> Vec<(String, Range<u64>)> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for Segment { file, size } in segments {
        let from = range.start.clamp(start, start + size) - start;
        let to = range.end.clamp(start, start + size) - start;
        if from < to {
            pieces.push((file, from..to));
        }
        start += size;
    }
    pieces.reverse();
    pieces
}

struct Reading {
    folder: PathBuf,
    pieces: Vec<(String, Range<u64>)>,
    /// The file being read, and how much of it is left.
    file: Option<(File, u64)>,
}

impl Reading {
    async fn open_next(&mut self) -> io::Result<bool> {
        let Some((name, range)) = self.pieces.pop() else { return Ok(false) };
        let mut file = File::open(self.folder.join(name)).await?;
        if range.start > 0 {
            file.seek(io::SeekFrom::Start(range.start)).await?;
        }
        self.file = Some((file, range.end - range.start));
        Ok(true)
    }

    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        while self.file.as_ref().is_none_or(|(_, left)| *left == 0) {
            if !self.open_next().await? {
                return Ok(None);
            }
        }
        let Some((file, left)) = &mut self.file else { return Ok(None) };
        let most = usize::try_from(*left).unwrap_or(usize::MAX).min(CHUNK);
        let mut chunk = BytesMut::with_capacity(most);
        let read = file.take(*left).read_buf(&mut chunk).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        *left -= read as u64;
        Ok(Some(chunk.freeze()))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt as _;

    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary directory")
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("text")).collect()
    }

    async fn stored(objects: &Objects, folder: &Path, bytes: &[u8]) -> Stored {
        let id = FileId::generate(&Entropy::system());
        let mut incoming = objects.begin(folder.to_owned(), &id).await.expect("begun");
        incoming.write(bytes).await.expect("written");
        incoming.finish().await.expect("stored")
    }

    #[tokio::test]
    async fn bytes_that_nobody_keeps_leave_nothing() {
        let (objects, folder) = (Objects::default(), folder());
        let id = FileId::generate(&Entropy::system());
        let mut incoming = objects.begin(folder.path().to_owned(), &id).await.expect("begun");
        incoming.write(b"half").await.expect("written");
        assert!(names(folder.path())[0].starts_with('.'));
        drop(incoming);
        drop(stored(&objects, folder.path(), b"whole").await);
        assert_eq!(names(folder.path()), Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_range_crosses_segments() {
        let (objects, folder) = (Objects::default(), folder());
        let mut segments = Vec::new();
        for part in ["abc", "", "defg", "h"] {
            let stored = stored(&objects, folder.path(), part.as_bytes()).await;
            segments.push(stored.segment.clone());
            stored.keep();
        }
        let whole = "abcdefgh";
        for start in 0..=8_usize {
            for end in start..=8 {
                let stream = read(folder.path().to_owned(), segments.clone(), start as u64..end as u64).await;
                let chunks: Vec<Bytes> = stream.expect("opened").try_collect().await.expect("read");
                assert_eq!(chunks.concat(), &whole.as_bytes()[start..end], "{start}..{end}");
            }
        }
    }

    #[tokio::test]
    async fn only_what_an_earlier_process_left_is_looked_at() {
        let (earlier, objects, folder) = (Objects::default(), Objects::default(), folder());
        let old = stored(&earlier, folder.path(), b"old").await;
        let name = old.segment.file.clone();
        old.keep();
        fs::write(folder.path().join(format!(".{name}0")), "half").expect("written");
        fs::write(folder.path().join("notes.txt"), "somebody's own").expect("written");
        let mine = stored(&objects, folder.path(), b"mine").await;
        assert_eq!(objects.left_behind(folder.path()).expect("read"), std::slice::from_ref(&name));
        let mut left = names(folder.path());
        left.sort();
        let mut expected = vec![mine.segment.file.clone(), name, "notes.txt".to_owned()];
        expected.sort();
        assert_eq!(left, expected, "the half-made file of the earlier process is gone");
    }
}
