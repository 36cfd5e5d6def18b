//! What counts as abandoned, and what files add to an environment's totals.

use std::sync::{Arc, Mutex};

use super::*;
use crate::{
    domain::id::Entropy,
    store::{Committed, Durability, EnvironmentFile, files::FileRow, fixture::DataFile},
};

const DAY: i64 = 24 * 60 * 60 * 1000;

struct Fixture {
    file: EnvironmentFile,
    committed: Arc<Mutex<Vec<Totals>>>,
    _file: DataFile,
}

impl Fixture {
    fn new() -> Self {
        let data = DataFile::new();
        let committed: Arc<Mutex<Vec<Totals>>> = Arc::default();
        let seen = Arc::clone(&committed);
        let on_commit = move |commit: &Committed| seen.lock().expect("no panic").push(commit.totals);
        let file = EnvironmentFile::open(data.path(), Durability::Full, Arc::new(on_commit)).expect("opens");
        Self { file, committed, _file: data }
    }

    async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Transaction<'_>) -> Result<T, Error> + Send + 'static,
    ) -> T {
        self.file.write(job).await.expect("written")
    }

    /// An object of a visibility and an age, its bytes as old as itself.
    async fn object(&self, visibility: Option<Visibility>, age: i64, stored: bool, upload: Option<&str>) -> FileId {
        let id = FileId::generate(&Entropy::system());
        let issued = Issued {
            id: id.clone(),
            name: "a.png".into(),
            filename: "a.png".into(),
            content_type: "image/png".into(),
            visibility,
            category: None,
            owner_id: "u1".into(),
            owner_type: OwnerType::User,
            upload_id: upload.map(str::to_owned),
            created_at: Timestamp::from_millis(-age),
        };
        let subject = id.clone();
        self.write(move |transaction| {
            transaction.issue_object(&issued)?;
            if stored {
                let segment = Segment { file: format!("{subject}.1"), size: 5 };
                transaction.store_object(&subject, &segment, &content(5, issued.created_at))?;
            }
            Ok(())
        })
        .await;
        id
    }

    async fn registered(&self, id: &FileId) {
        let row = FileRow {
            id: id.clone(),
            object_key: id.to_string(),
            original_name: "a.png".into(),
            mime_type: "image/png".into(),
            size: 9,
            width: None,
            height: None,
            visibility: Visibility::Private,
            bucket: None,
            owner_id: "u1".into(),
            owner_type: OwnerType::User,
            metadata: serde_json::Map::new(),
            created_at: Timestamp::from_millis(0),
            updated_at: Timestamp::from_millis(0),
        };
        self.write(move |transaction| transaction.insert_file(&row)).await;
    }

    /// Files and bytes as the commits told them, which counting again must find as well.
    async fn totals(&self) -> (i64, i64) {
        let told = self
            .committed
            .lock()
            .expect("no panic")
            .iter()
            .fold((0, 0), |sum, totals| (sum.0 + totals.files, sum.1 + totals.bytes));
        let counted = self.write(|transaction| totals(transaction.connection())).await;
        assert_eq!(told, counted);
        told
    }
}

fn content(size: u64, stored_at: Timestamp) -> Content {
    Content { size, etag: "e".into(), stored_at }
}

#[tokio::test]
async fn what_anybody_can_read_is_never_abandoned() {
    let fixture = Fixture::new();
    let (private, public) = (Some(Visibility::Private), Some(Visibility::Public));
    let mut expected = Vec::new();
    for (visibility, days, stored, upload, abandoned) in [
        // Nothing came.
        (None, 2, false, None, true),
        (None, 0, false, None, false),
        // In parts, which may take a week.
        (None, 2, false, Some("up"), false),
        (None, 8, false, Some("up"), true),
        // Never registered.
        (None, 1000, true, None, false),
        (public, 1000, true, None, false),
        (private, 2, true, None, true),
        (private, 0, true, None, false),
        (Some(Visibility::Protected), 2, true, Some("up"), true),
    ] {
        let id = fixture.object(visibility, days * DAY + 1, stored, upload).await;
        if abandoned {
            expected.push(id);
        }
    }
    for stored in [true, false] {
        let kept = fixture.object(private, 1000 * DAY, stored, None).await;
        fixture.registered(&kept).await;
    }
    let before = Abandoned {
        single: Timestamp::from_millis(-DAY),
        multipart: Timestamp::from_millis(-7 * DAY),
        unregistered: Timestamp::from_millis(-DAY),
    };
    let mut found = fixture.write(move |transaction| transaction.abandoned(before, 100)).await;
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_file_counts_once_when_it_has_bytes_or_a_registration() {
    let fixture = Fixture::new();
    let id = fixture.object(None, 0, false, None).await;
    assert_eq!(fixture.totals().await, (0, 0));
    fixture.registered(&id).await;
    assert_eq!(fixture.totals().await, (1, 0), "what is said of its size is not there");
    for size in [5, 7, 7] {
        let subject = id.clone();
        let replaced = fixture.write(move |transaction| {
            let segment = Segment { file: format!("{subject}.{size}"), size };
            transaction.store_object(&subject, &segment, &content(size, Timestamp::from_millis(0)))
        });
        replaced.await;
        assert_eq!(fixture.totals().await, (1, i64::try_from(size).expect("small")));
    }
    let other = fixture.object(None, 0, true, None).await;
    assert_eq!(fixture.totals().await, (2, 12));
    for (id, left) in [(id, (1, 5)), (other, (0, 0))] {
        let files = fixture.write(move |transaction| transaction.remove_object(&id)).await;
        assert_eq!((files.len(), fixture.totals().await), (1, left));
    }
}
