//! The file that every new environment starts as, and the version every existing one must have.

use rusqlite::Connection;

use super::{Error, StoredTable, tables};
use crate::domain::{
    TableId, Timestamp,
    permission::{Flags, Permissions},
    table::Schema,
};

/// The format of `data.db` that this program writes.
const VERSION: i64 = 2;

/// Kept in `user_version`, so that a file says its format before any table is read.
///
/// The tables of accounts and files are there from the start: they are part of what an environment
/// is, and the data API lists them for `admin`.
const SCHEMA: &str = "
CREATE TABLE tables (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    display_name TEXT,
    description TEXT,
    schema TEXT NOT NULL,
    indexes TEXT NOT NULL,
    permissions TEXT,
    storage TEXT NOT NULL,
    loose TEXT NOT NULL DEFAULT '[]',
    rows INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE table_versions (
    table_id TEXT NOT NULL REFERENCES tables (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    definition TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (table_id, kind, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE rebuilds (
    storage TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE imports (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    display_name TEXT,
    description TEXT,
    schema TEXT NOT NULL,
    indexes TEXT NOT NULL,
    permissions TEXT,
    source TEXT NOT NULL,
    existing INTEGER NOT NULL,
    table_id TEXT,
    rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    touched_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    nickname TEXT,
    role TEXT NOT NULL DEFAULT 'user',
    password_hash TEXT,
    email_verified_at INTEGER,
    image TEXT,
    onboarding_status TEXT NOT NULL DEFAULT 'pending',
    profile TEXT NOT NULL DEFAULT '{}',
    settings TEXT NOT NULL DEFAULT '{}',
    deleted_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_seen_at INTEGER
) STRICT;
CREATE UNIQUE INDEX users_email ON users (email) WHERE deleted_at IS NULL;
CREATE INDEX users_created ON users (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX users_seen ON users (last_seen_at, id) WHERE deleted_at IS NULL;

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    refresh_digest BLOB NOT NULL,
    user_agent TEXT,
    ip_address TEXT,
    last_activity_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE one_time_tokens (
    digest BLOB PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX one_time_tokens_user ON one_time_tokens (user_id);

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    provider_account_id TEXT NOT NULL,
    connected_at INTEGER NOT NULL,
    UNIQUE (provider, provider_account_id)
) STRICT;

CREATE TABLE files (
    id TEXT PRIMARY KEY,
    object_key TEXT NOT NULL UNIQUE,
    original_name TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    visibility TEXT NOT NULL DEFAULT 'private',
    bucket TEXT,
    owner_id TEXT NOT NULL,
    owner_type TEXT NOT NULL,
    metadata TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX files_created ON files (created_at, id);

CREATE TABLE objects (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    filename TEXT NOT NULL,
    content_type TEXT NOT NULL,
    visibility TEXT,
    category TEXT,
    owner_id TEXT NOT NULL,
    owner_type TEXT NOT NULL,
    upload_id TEXT,
    size INTEGER,
    etag TEXT,
    stored_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE segments (
    object_id TEXT NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    file TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    PRIMARY KEY (object_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE secrets (
    purpose TEXT PRIMARY KEY,
    secret BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// From version 1 to 2: when users were last seen, and the orders in which many of them are paged.
const USERS_SEEN: &str = "
ALTER TABLE users ADD COLUMN last_seen_at INTEGER;
UPDATE users SET last_seen_at = (SELECT max(last_activity_at) FROM sessions WHERE user_id = users.id);
CREATE INDEX users_created ON users (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX users_seen ON users (last_seen_at, id) WHERE deleted_at IS NULL;
";

/// The table that a new environment is probed with, and that goes before anybody else comes. No
/// name that a caller may choose starts with `_`.
pub const PROBE_TABLE: &str = "_bkend_probe";

/// A new environment's `data.db`, built once per process and kept in memory.
#[derive(Debug)]
pub struct Template(Vec<u8>);

impl Template {
    pub fn build() -> Result<Self, Error> {
        let mut connection = Connection::open_in_memory()?;
        connection.execute_batch("PRAGMA page_size = 4096")?;
        connection.execute_batch(SCHEMA)?;
        tables::define(&connection, &probe_table())?;
        tables::lay_out_bare(&connection, &probe_table())?;
        connection.pragma_update(None, "user_version", VERSION)?;
        Ok(Self(connection.serialize("main")?.to_vec()))
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Guests may do everything to it, since the first key is a publishable one.
fn probe_table() -> StoredTable {
    let all = Flags { create: Some(true), read: Some(true), list: Some(true), update: Some(true), delete: Some(true) };
    let permissions = Permissions { guest: Some(all), ..Permissions::default() };
    let id = TableId::parse("tbl_000000000000000000000000").expect("a prefix and 24 digits");
    let epoch = Timestamp::from_millis(0);
    StoredTable::new(id, PROBE_TABLE.into(), None, None, Schema::default(), Vec::new(), Some(permissions), epoch)
}

/// Refuses a file of a newer program, and brings one of an older program forward.
pub fn check_version(connection: &Connection, file: &str) -> Result<(), Error> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match found {
        VERSION => Ok(()),
        // A crash leaves the version from before, and the next opening does it again.
        1 => {
            let transaction = connection.unchecked_transaction()?;
            transaction.execute_batch(USERS_SEEN)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
            Ok(transaction.commit()?)
        }
        0 => Err(Error::Corrupt(format!("{file} is not an environment's data"))),
        _ => Err(Error::TooNew { file: file.to_owned(), found, known: VERSION }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Durability, environment::connect, fixture::DataFile};

    #[test]
    fn a_file_of_the_first_version_is_brought_forward_with_what_its_sessions_tell() {
        let file = DataFile::new();
        let connection = connect(file.path(), Durability::Relaxed).expect("opens");
        connection
            .execute_batch(
                "DROP INDEX users_created; DROP INDEX users_seen; ALTER TABLE users DROP COLUMN last_seen_at;
                 INSERT INTO users (id, email, name, created_at, updated_at)
                 VALUES ('ann', 'ann@example.com', 'ann', 1, 1), ('ben', 'ben@example.com', 'ben', 1, 1);
                 INSERT INTO sessions (id, user_id, refresh_digest, last_activity_at, expires_at, created_at)
                 VALUES ('1', 'ann', x'00', 7, 9, 1), ('2', 'ann', x'00', 8, 9, 1);
                 PRAGMA user_version = 1;",
            )
            .expect("as the first version made it");
        for _ in 0..2 {
            check_version(&connection, "data.db").expect("is brought forward, and then as it should be");
        }
        let seen = |id| connection.query_row("SELECT last_seen_at FROM users WHERE id = ?1", [id], |row| row.get(0));
        let [ann, ben] = ["ann", "ben"].map(|id| seen(id).expect("a user"));
        assert_eq!((ann, ben), (Some(8), None::<i64>));
        let newer = VERSION + 1;
        connection.pragma_update(None, "user_version", newer).expect("set");
        let refused = check_version(&connection, "data.db");
        assert!(matches!(refused, Err(Error::TooNew { found, .. }) if found == newer));
    }
}
