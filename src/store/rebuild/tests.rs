//! Moves of rows with writes in between.

use std::{collections::BTreeMap, sync::Arc};

use rusqlite::Connection;
use serde_json::json;

use super::*;
use crate::{
    domain::{
        TableId,
        id::Entropy,
        table::{Index, Schema},
    },
    store::{Durability, EnvironmentFile, environment::connect, fixture::DataFile},
};

/// Far more than one slice copies on any machine.
const MANY: u32 = 20_000;

struct Fixture {
    file: EnvironmentFile,
    connection: Connection,
    _file: DataFile,
}

impl Fixture {
    async fn new(rows: u32) -> Self {
        let data = DataFile::new();
        let connection = connect(data.path(), Durability::Full).expect("opens");
        let file = EnvironmentFile::open(data.path(), Durability::Full, Arc::new(|_| ())).expect("opens");
        let fixture = Self { file, connection, _file: data };
        let table = StoredTable::new(
            TableId::generate(&Entropy::seeded(1), now()),
            "posts".into(),
            None,
            None,
            schema(&["a", "b"]),
            Vec::new(),
            None,
            now(),
        );
        fixture.write(move |transaction| transaction.create_table(&table)).await.expect("created");
        let add_rows = move |transaction: &mut Transaction<'_>| {
            transaction.savepoint()?;
            (0..rows).try_for_each(|n| insert(transaction, &format!("{n:08}"), n))
        };
        fixture.write(add_rows).await.expect("filled");
        fixture
    }

    async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Transaction<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.file.write(job).await
    }

    /// Begins a move: an index on `a` that is unique or not, and without the columns `dropped`.
    async fn begin(&self, unique: bool, dropped: &'static [&'static str]) -> Rebuild {
        let begun = self.write(move |transaction| {
            let table = transaction.table("posts")?.ok_or(Error::NoSuchTable)?;
            let mut to = table.as_ref().clone();
            let left: Vec<_> = ["a", "b"].into_iter().filter(|column| !dropped.contains(column)).collect();
            to.schema = schema(&left);
            let fields = [("a".to_owned(), 1.into())].into_iter().collect();
            to.indexes = vec![Index { name: "by_a".into(), fields, unique, sparse: false }];
            let dropped: Vec<_> = dropped.iter().map(|column| (*column).to_owned()).collect();
            transaction.begin_rebuild(&table, to, &dropped, Facet::Indexes)
        });
        begun.await.expect("begun")
    }

    async fn fill(&self, mut rebuild: Rebuild) -> (Result<Fill, Error>, Rebuild) {
        let filled = self.write(move |transaction| Ok((transaction.fill(&mut rebuild), rebuild)));
        filled.await.expect("the writer goes on")
    }

    async fn sweep(&self) {
        let mut more = true;
        while more {
            let swept = self.write(|transaction| {
                let more = transaction.sweep()?;
                Ok(more)
            });
            more = swept.await.expect("swept");
        }
    }

    /// The rows as they are read, by id.
    fn rows(&self) -> BTreeMap<String, String> {
        let (table, _) = tables::find(&self.connection, "posts").expect("read").expect("there");
        let sql = format!("SELECT id, json(doc) FROM {}", table.sql.table);
        let mut statement = self.connection.prepare(&sql).expect("compiles");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("runs");
        rows.map(|row| row.expect("a row")).collect()
    }

    fn number(&self, sql: &str) -> u64 {
        self.connection.query_row(sql, [], |row| row.get(0)).expect("a number")
    }

    /// What the counters say is what there is, and nothing but the table is left.
    fn check(&self) {
        let (table, counters) = tables::find(&self.connection, "posts").expect("read").expect("there");
        let storage = &table.sql.table;
        assert_eq!(counters.rows, self.number(&format!("SELECT count(*) FROM {storage}")));
        assert_eq!(counters.bytes, self.number(&format!("SELECT coalesce(sum(length(doc)), 0) FROM {storage}")));
        let others = "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' OR type = 'table' AND name LIKE 't^_%' ESCAPE '^'";
        assert_eq!(self.number(others), 1);
        assert_eq!(self.number("SELECT count(*) FROM rebuilds"), 0);
        assert_eq!(self.number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
    }
}

fn now() -> Timestamp {
    Timestamp::from_millis(1)
}

fn schema(columns: &[&str]) -> Schema {
    let columns = columns.iter().map(|name| ((*name).to_owned(), json!({"bsonType": "int"}))).collect();
    Schema::parse(&columns).expect("valid")
}

fn document(n: u32) -> String {
    json!({"a": n, "b": "b".repeat(20)}).to_string()
}

fn insert(transaction: &mut Transaction<'_>, id: &str, n: u32) -> Result<(), Error> {
    let table = transaction.table("posts")?.ok_or(Error::NoSuchTable)?;
    let (at, document) = (now(), document(n));
    transaction
        .insert(&table, &Row { id: id.into(), created_by: String::new(), created_at: at, updated_at: at, document })
}

fn update(transaction: &mut Transaction<'_>, id: &str, n: u32) -> Result<(), Error> {
    let table = transaction.table("posts")?.ok_or(Error::NoSuchTable)?;
    let Some(current) = transaction.current(&table, id)? else { return Ok(()) };
    transaction.update(&table, id, &current, &document(n), now())
}

fn delete(transaction: &mut Transaction<'_>, id: &str) -> Result<(), Error> {
    let table = transaction.table("posts")?.ok_or(Error::NoSuchTable)?;
    transaction.delete(&table, id).map(drop)
}

#[tokio::test]
async fn what_is_written_between_two_slices_is_in_the_new_storage() {
    let fixture = Fixture::new(MANY).await;
    let mut rebuild = fixture.begin(false, &["b"]).await;
    let mut slices = 0;
    loop {
        let (filled, so_far) = fixture.fill(rebuild).await;
        rebuild = so_far;
        match filled.expect("a slice") {
            Fill::More => slices += 1,
            Fill::Done => break,
            clash @ Fill::Clash { .. } => unreachable!("{clash:?}"),
        }
        // What was copied, what will be, what is new, and the highest row number given back.
        let n = slices;
        let written = fixture.write(move |transaction| {
            transaction.savepoint()?;
            update(transaction, &format!("{n:08}"), MANY + n)?;
            update(transaction, &format!("{:08}", MANY - n), MANY + n)?;
            delete(transaction, &format!("{:08}", n + 100))?;
            delete(transaction, &format!("{:08}", MANY - n - 100))?;
            insert(transaction, &format!("new {n:08}"), n)?;
            delete(transaction, &format!("new {n:08}"))?;
            insert(transaction, &format!("newer {n:08}"), n)
        });
        written.await.expect("written");
    }
    assert!(slices > 1, "a write had its turn in between");
    let expected: BTreeMap<_, _> = fixture
        .rows()
        .into_iter()
        .map(|(id, document)| {
            let mut columns: serde_json::Map<_, _> = serde_json::from_str(&document).expect("an object");
            columns.shift_remove("b");
            (id, serde_json::to_string(&columns).expect("JSON"))
        })
        .collect();
    // A row in the batch of the last transaction is counted there as well.
    let finished = fixture.write(move |transaction| {
        transaction.savepoint()?;
        transaction.finish_rebuild(&rebuild, now()).map(|(version, _)| version)
    });
    assert_eq!(finished.await.expect("finished"), 2);
    assert_eq!(fixture.rows(), expected);
    fixture.write(|transaction| insert(transaction, "after", 1)).await.expect("written");
    fixture.sweep().await;
    fixture.check();
}

#[tokio::test]
async fn what_was_left_half_way_is_swept_and_nothing_has_changed() {
    let fixture = Fixture::new(MANY).await;
    let before = fixture.rows();
    let rebuild = fixture.begin(false, &["b"]).await;
    let (filled, rebuild) = fixture.fill(rebuild).await;
    assert_eq!(filled.expect("a slice"), Fill::More);
    drop(rebuild);
    fixture.sweep().await;
    assert_eq!(fixture.rows(), before);
    fixture.check();
}

#[tokio::test]
async fn a_value_that_is_there_twice_is_named() {
    let fixture = Fixture::new(10).await;
    fixture.write(|transaction| insert(transaction, "twin", 7)).await.expect("written");
    let rebuild = fixture.begin(true, &[]).await;
    let (filled, _) = fixture.fill(rebuild).await;
    assert_eq!(filled.expect("a slice"), Fill::Clash { fields: vec!["a".into()], values: vec![json!(7)] });
}

#[tokio::test]
async fn a_write_that_would_break_an_index_on_its_way_is_refused() {
    let fixture = Fixture::new(10).await;
    let rebuild = fixture.begin(true, &[]).await;
    let (filled, rebuild) = fixture.fill(rebuild).await;
    assert_eq!(filled.expect("a slice"), Fill::Done);
    let refused = fixture.write(|transaction| insert(transaction, "twin", 7)).await;
    assert!(matches!(refused, Err(Error::Duplicate(_))), "{refused:?}");
    let finished = fixture.write(move |transaction| transaction.finish_rebuild(&rebuild, now()).map(drop));
    finished.await.expect("finished");
    fixture.sweep().await;
    assert_eq!(fixture.rows().len(), 10);
    fixture.check();
}

#[tokio::test]
async fn a_table_that_is_dropped_meanwhile_ends_the_move() {
    let fixture = Fixture::new(MANY).await;
    let rebuild = fixture.begin(false, &[]).await;
    let (filled, rebuild) = fixture.fill(rebuild).await;
    assert_eq!(filled.expect("a slice"), Fill::More);
    let dropped = fixture.write(|transaction| {
        let table = transaction.table("posts")?.ok_or(Error::NoSuchTable)?;
        transaction.drop_table(&table)
    });
    dropped.await.expect("dropped");
    let (filled, _) = fixture.fill(rebuild).await;
    assert!(matches!(filled, Err(Error::NoSuchTable)), "{filled:?}");
    fixture.sweep().await;
    assert_eq!(fixture.number("SELECT count(*) FROM sqlite_schema WHERE name LIKE 't^_%' ESCAPE '^'"), 0);
}

#[tokio::test]
async fn counters_of_the_same_batch_are_not_counted_twice() {
    let fixture = Fixture::new(50).await;
    let rebuild = fixture.begin(false, &["b"]).await;
    let (filled, rebuild) = fixture.fill(rebuild).await;
    assert_eq!(filled.expect("a slice"), Fill::Done);
    // Both are queued before the writer takes them up, so they share a transaction.
    let (written, finished) = tokio::join!(
        fixture.write(|transaction| insert(transaction, "late", 3)),
        fixture.write(move |transaction| transaction.finish_rebuild(&rebuild, now()).map(drop)),
    );
    written.expect("written");
    finished.expect("finished");
    fixture.sweep().await;
    fixture.check();
}
