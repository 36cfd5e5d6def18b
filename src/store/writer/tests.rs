//! Requests that share a transaction.

use std::sync::{Mutex, mpsc};

use super::*;
use crate::{
    domain::{TableId, Timestamp, account::User, id::Entropy, table::Schema},
    store::{Row, Totals, accounts::StoredUser, fixture::DataFile},
};
use serde_json::{Map, json};

struct Fixture {
    writer: Arc<Writer>,
    /// What each commit changed of the totals.
    committed: Arc<Mutex<Vec<Totals>>>,
    _file: DataFile,
}

impl Fixture {
    fn new() -> Self {
        Self::with(|_| ())
    }

    fn with(prepare: impl FnOnce(&Connection)) -> Self {
        let file = DataFile::new();
        let connection = environment::connect(file.path(), Durability::Full).expect("opens");
        prepare(&connection);
        let committed: Arc<Mutex<Vec<Totals>>> = Arc::default();
        let seen = Arc::clone(&committed);
        let on_commit: OnCommit = Arc::new(move |c| seen.lock().expect("no panic").push(c.totals));
        let path = file.path().to_owned();
        let writer = Writer::start(path, connection, Durability::Full, Arc::default(), on_commit).expect("starts");
        Self { writer: Arc::new(writer), committed, _file: file }
    }

    /// Holds the writer inside a transaction until the answer is sent to: what is written meanwhile
    /// shares it.
    async fn hold(&self) -> mpsc::Sender<()> {
        let (begun, has_begun) = oneshot::channel();
        let (release, released) = mpsc::channel();
        let writer = Arc::clone(&self.writer);
        tokio::spawn(async move {
            let held = writer.write(move |_| {
                let _ = begun.send(());
                released.recv().map_err(|_| Error::Closed)
            });
            held.await
        });
        has_begun.await.expect("it runs");
        release
    }

    /// Queues a request; it is in the queue when this returns.
    async fn queue<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Transaction<'_>) -> Result<T, Error> + Send + 'static,
    ) -> tokio::task::JoinHandle<Result<T, Error>> {
        let before = self.waiting();
        let writer = Arc::clone(&self.writer);
        let task = tokio::spawn(async move { writer.write(job).await });
        while self.waiting() == before {
            tokio::task::yield_now().await;
        }
        task
    }

    fn waiting(&self) -> usize {
        self.writer.queue.as_ref().map_or(0, |queue| queue.max_capacity() - queue.capacity())
    }

    fn commits(&self) -> Vec<Totals> {
        self.committed.lock().expect("no panic").clone()
    }
}

fn table(name: &str) -> Arc<StoredTable> {
    let schema = json!({"slug": {"bsonType": "string", "unique": true}});
    Arc::new(StoredTable::new(
        TableId::generate(&Entropy::system(), Timestamp::from_millis(1)),
        name.into(),
        None,
        None,
        Schema::parse(schema.as_object().unwrap_or(&Map::new())).expect("valid"),
        Vec::new(),
        None,
        Timestamp::from_millis(1),
    ))
}

fn row(id: &str, slug: &str) -> Row {
    let now = Timestamp::from_millis(1);
    let document = json!({ "slug": slug }).to_string();
    Row { id: id.into(), created_by: String::new(), created_at: now, updated_at: now, document }
}

#[tokio::test]
async fn a_request_that_is_refused_or_panics_takes_nothing_of_its_neighbours_along() {
    let fixture = Fixture::new();
    let posts = table("posts");
    let created = Arc::clone(&posts);
    fixture.writer.write(move |t| t.create_table(&created)).await.expect("created");
    let release = fixture.hold().await;
    let insert = |id: &'static str, slug: &'static str| {
        let posts = Arc::clone(&posts);
        fixture.queue(move |t| t.insert(&posts, &row(id, slug)))
    };
    let first = insert("1", "a").await;
    let clash = insert("2", "a").await;
    let panics = fixture.queue(|_| -> Result<(), Error> { unreachable!("a defect") }).await;
    let last = insert("3", "b").await;
    release.send(()).expect("it waits");
    assert!(first.await.expect("ran").is_ok() && last.await.expect("ran").is_ok());
    assert!(matches!(clash.await.expect("ran"), Err(Error::Duplicate(_))));
    assert!(panics.await.expect("ran").is_err());
    let counted = fixture.writer.write(move |t| t.counters(&posts)).await.expect("counted");
    assert_eq!((counted.rows, counted.revision), (2, 2));
    assert_eq!(fixture.commits().len(), 3, "the four shared one commit");
}

#[tokio::test]
async fn a_request_too_large_for_the_disk_is_told_so_and_its_neighbours_are_kept() {
    for rows in [vec![1 << 20], vec![16 << 10; 64]] {
        let fixture = Fixture::with(|connection| {
            connection.pragma_update(None, "max_page_count", 64).expect("a bound");
        });
        let posts = table("posts");
        let created = Arc::clone(&posts);
        fixture.writer.write(move |t| t.create_table(&created)).await.expect("created");
        let release = fixture.hold().await;
        let insert = |id: &'static str| {
            let posts = Arc::clone(&posts);
            fixture.queue(move |t| t.insert(&posts, &row(id, id)))
        };
        let before = insert("before").await;
        let target = Arc::clone(&posts);
        let large = fixture
            .queue(move |t| {
                t.savepoint()?;
                rows.into_iter()
                    .enumerate()
                    .try_for_each(|(n, length)| t.insert(&target, &row(&format!("{n}"), &n.to_string().repeat(length))))
            })
            .await;
        let after = insert("after").await;
        release.send(()).expect("it waits");
        before.await.expect("ran").expect("written");
        assert!(matches!(large.await.expect("ran"), Err(Error::Full)));
        after.await.expect("ran").expect("written");
        let counted = fixture.writer.write(move |t| t.counters(&posts)).await.expect("counted");
        assert_eq!((counted.rows, counted.revision), (2, 2));
    }
}

#[tokio::test]
async fn totals_leave_out_what_their_own_batch_has_yet_to_count() {
    let fixture = Fixture::new();
    let (old, new) = (table("old"), table("new"));
    let created = Arc::clone(&old);
    fixture.writer.write(move |t| t.create_table(&created)).await.expect("created");
    let release = fixture.hold().await;
    let (first, second) = (Arc::clone(&new), Arc::clone(&old));
    let create = fixture.queue(move |t| t.create_table(&first)).await;
    let insert = fixture.queue(move |t| t.insert(&new, &row("1", "a"))).await;
    let drop = fixture.queue(move |t| t.drop_table(&second)).await;
    let totals = fixture.queue(|t| Ok((t.totals()?, t.table_count()?))).await;
    release.send(()).expect("it waits");
    for task in [create, insert, drop] {
        task.await.expect("ran").expect("written");
    }
    let (totals, tables) = totals.await.expect("ran").expect("read");
    assert_eq!((totals.tables, totals.rows, tables), (1, 0, 1), "one before the batch, one in it");
    let changed = fixture.commits().pop().expect("a commit");
    assert_eq!((totals.tables + changed.tables, totals.rows + changed.rows), (1, 1));
}

#[tokio::test]
async fn rows_written_and_dropped_with_their_table_in_one_batch_count_for_nothing() {
    let fixture = Fixture::new();
    let posts = table("posts");
    let created = Arc::clone(&posts);
    fixture.writer.write(move |t| t.create_table(&created)).await.expect("created");
    let release = fixture.hold().await;
    let (inserted, dropped) = (Arc::clone(&posts), Arc::clone(&posts));
    let insert = fixture.queue(move |t| t.insert(&inserted, &row("1", "a"))).await;
    let drop = fixture.queue(move |t| t.drop_table(&dropped)).await;
    let late = fixture.queue(move |t| t.insert(&posts, &row("2", "b"))).await;
    release.send(()).expect("it waits");
    insert.await.expect("ran").expect("written");
    drop.await.expect("ran").expect("dropped");
    assert!(matches!(late.await.expect("ran"), Err(Error::NoSuchTable)));
    let sum = fixture.commits().into_iter().fold(Totals::default(), |mut sum, totals| {
        sum += totals;
        sum
    });
    assert_eq!(sum, Totals::default());
}

#[tokio::test]
async fn totals_leave_out_the_users_of_their_own_batch() {
    let fixture = Fixture::new();
    let user = |id: &str| StoredUser {
        user: User::sample(id),
        password_hash: None,
        profile: Map::new(),
        settings: Map::new(),
    };
    let (first, second) = (user("ann"), user("bob"));
    fixture.writer.write(move |t| t.insert_user(&first)).await.expect("written");
    let release = fixture.hold().await;
    let insert = fixture.queue(move |t| t.insert_user(&second)).await;
    let totals = fixture.queue(|t| t.totals()).await;
    release.send(()).expect("it waits");
    insert.await.expect("ran").expect("written");
    assert_eq!(totals.await.expect("ran").expect("read").users, 1, "one before the batch, one in it");
    assert_eq!(fixture.commits().pop().expect("a commit").users, 1);
}
