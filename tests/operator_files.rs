//! What an operator does with the files of an environment.

mod harness;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use bkend_console::{
    client::files::{FilesQuery, Sending},
    domain::{
        api::Page,
        file::{
            FileOrder, Visibility,
            wire::{File, NewUpload, UpdateFile},
        },
        list::Direction,
    },
};
use harness::{Backend, Environment};
use tempfile::TempDir;

struct World {
    backend: Backend,
    dev: Environment,
    folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let backend = Backend::start().await;
        let dev = backend.environment("dev").await;
        Self { backend, dev, folder: tempfile::tempdir().expect("a folder") }
    }

    async fn upload(&self, name: &str, mime_type: &str, bytes: &[u8]) -> File {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        let upload = NewUpload {
            filename: Some(name.into()),
            content_type: Some(mime_type.into()),
            visibility: Some(Visibility::Private),
            ..NewUpload::default()
        };
        let sent = Arc::new(AtomicU64::new(0));
        let sending = Sending { path, size: bytes.len() as u64, upload };
        let file = self.backend.client().upload(&self.dev.id(), &sending, &sent).await.expect("sent");
        assert_eq!(sent.load(Ordering::Relaxed), bytes.len() as u64, "who watches sees all of it");
        file
    }

    async fn page(&self, query: FilesQuery) -> Page<File> {
        self.backend.client().files_page(&self.dev.id(), &query).await.expect("a page")
    }
}

fn names(page: &Page<File>) -> Vec<&str> {
    page.items.iter().map(|file| file.original_name.as_str()).collect()
}

#[tokio::test]
async fn files_are_read_page_by_page_searched_filtered_and_sorted() {
    let world = World::new().await;
    world.upload("a.png", "image/png", b"123").await;
    world.upload("b.json", "application/json", b"{}").await;
    let jpeg = world.upload("c.jpg", "image/jpeg", b"1").await;
    let change = UpdateFile { visibility: Some(Visibility::Public), ..UpdateFile::default() };
    world.backend.client().update_file(&world.dev.id(), &jpeg.id, &change).await.expect("changed");

    let by_size = FilesQuery { sort_by: FileOrder::Size, ..FilesQuery::page(1, 2) };
    let first = world.page(by_size.clone()).await;
    assert_eq!((names(&first), first.pagination.total), (vec!["a.png", "b.json"], 3));
    assert_eq!(names(&world.page(FilesQuery { page: 2, ..by_size.clone() }).await), ["c.jpg"]);
    let by_name = FilesQuery { sort_by: FileOrder::Name, direction: Direction::Ascending, ..FilesQuery::page(1, 10) };
    let images = FilesQuery { mime_type: Some("image/*".into()), ..by_name.clone() };
    assert_eq!(names(&world.page(images).await), ["a.png", "c.jpg"]);
    let public = FilesQuery { visibility: Some(Visibility::Public), ..by_name.clone() };
    assert_eq!(names(&world.page(public).await), ["c.jpg"]);
    let found = FilesQuery { search: Some(".JS".into()), ..by_name.clone() };
    assert_eq!(names(&world.page(found).await), ["b.json"]);
    let of_nobody = FilesQuery { owner_id: Some("nobody".into()), ..by_name };
    assert!(world.page(of_nobody).await.items.is_empty());
}

#[tokio::test]
async fn the_start_of_a_file_is_read_without_the_rest() {
    let world = World::new().await;
    let long: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    let client = world.backend.client();
    let file = world.upload("long.bin", "application/octet-stream", &long).await;
    let start = client.file_start(&world.dev.id(), &file.id, 64 << 10).await.expect("bytes");
    assert_eq!(start, long[..64 << 10]);
    let short = world.upload("short.txt", "text/plain", b"hello").await;
    assert_eq!(client.file_start(&world.dev.id(), &short.id, 64 << 10).await.expect("bytes"), b"hello"[..]);
    let empty = world.upload("empty.txt", "text/plain", b"").await;
    assert!(client.file_start(&world.dev.id(), &empty.id, 64 << 10).await.expect("bytes").is_empty());
}
