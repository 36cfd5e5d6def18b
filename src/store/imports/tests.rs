//! What an import leaves in the file, finished and not.

use super::*;
use crate::{
    domain::{id::Entropy, table::Schema},
    store::{Durability, EnvironmentFile, fixture::DataFile},
};

struct Fixture(DataFile);

impl Fixture {
    fn new() -> Self {
        Self(DataFile::new())
    }

    fn open(&self) -> EnvironmentFile {
        EnvironmentFile::open(self.0.path(), Durability::Full, Arc::new(|_| ())).expect("opens")
    }

    /// Names of SQLite's tables and indexes that belong to the import.
    fn traces(&self, import: &StoredImport) -> Vec<String> {
        let connection = Connection::open(self.0.path()).expect("opens");
        let mut statement = connection
            .prepare("SELECT name FROM sqlite_schema WHERE tbl_name = ?1 AND sql IS NOT NULL ORDER BY name")
            .expect("SQL");
        let names = statement.query_map([&import.table.sql.table], |row| row.get(0)).expect("runs");
        let strip = |name: String| name.replace(&import.table.sql.table, "t");
        names.map(|name| strip(name.expect("text"))).collect()
    }
}

fn import() -> Arc<StoredImport> {
    let now = Timestamp::from_millis(1);
    let id = ImportId::generate(&Entropy::system(), now);
    let table = StoredTable::new(
        StoredImport::table_id(&id),
        "posts".into(),
        None,
        None,
        Schema::default(),
        Vec::new(),
        None,
        now,
    );
    Arc::new(StoredImport {
        id,
        table: Arc::new(table),
        existing: false,
        source: "x".into(),
        table_id: None,
        rows: 0,
        bytes: 0,
        created_at: now,
        finished_at: None,
    })
}

async fn write<T: Send + 'static>(
    file: &EnvironmentFile,
    job: impl FnOnce(&mut Transaction<'_>) -> Result<T, Error> + Send + 'static,
) -> T {
    file.write(job).await.expect("written")
}

#[tokio::test]
async fn a_published_table_has_every_index() {
    let (fixture, import) = (Fixture::new(), import());
    let file = fixture.open();
    let begun = Arc::clone(&import);
    write(&file, move |transaction| transaction.begin_import(&begun)).await;
    assert_eq!(fixture.traces(&import), ["t"], "rows arrive without them");
    loop {
        let subject = Arc::clone(&import);
        if !write(&file, move |transaction| transaction.index_import(&subject)).await {
            break;
        }
    }
    let published = Arc::clone(&import);
    write(&file, move |transaction| transaction.publish(&published, Timestamp::from_millis(2))).await;
    assert_eq!(fixture.traces(&import), ["t", "t_created_at", "t_created_by", "t_updated_at"]);
}

#[tokio::test]
async fn what_nobody_touched_for_a_day_goes_when_the_file_is_opened() {
    let (fixture, fresh, stale) = (Fixture::new(), import(), import());
    let file = fixture.open();
    let begun = [Arc::clone(&fresh), Arc::clone(&stale)];
    write(&file, move |transaction| begun.iter().try_for_each(|import| transaction.begin_import(import))).await;
    drop(file);
    let connection = Connection::open(fixture.0.path()).expect("opens");
    let two_days_ago = Clock::System.now().plus_millis(-2 * 24 * 60 * 60 * 1000).millis();
    let sql = "UPDATE imports SET touched_at = ?2 WHERE id = ?1";
    connection.execute(sql, params![stale.id.as_str(), two_days_ago]).expect("runs");
    drop(connection);
    drop(fixture.open());
    assert_eq!((fixture.traces(&fresh).len(), fixture.traces(&stale).len()), (1, 0));
}
