//! `control.db`: projects, environments, keys and activity.
//!
//! One connection, owned by one thread (see `platform::control`), which is also what keeps the
//! copy in memory equal to it. A change and its line of activity are one transaction.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row, Transaction, named_params, params};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Error,
    directory::create_private_file,
    environment::{Durability, set_durability},
};
use crate::domain::{
    ApiKey, EnvironmentId, EnvironmentName, KeyId, ProjectId, Timestamp,
    activity::ActivityFilter,
    api::{Activity, Actor, Environment, Key, Project, ProjectStatus, Usage},
    id::ActivityId,
    key::KeyDigest,
    list::Window,
};

const VERSION: i64 = 2;

const SCHEMA: &str = "
CREATE TABLE projects (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    status TEXT NOT NULL,
    cors_origins TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE environments (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    step TEXT,
    reason TEXT,
    protected INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    active_after_ms REAL,
    steps TEXT NOT NULL,
    usage TEXT NOT NULL,
    UNIQUE (project_id, name)
) STRICT;

CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    environment_id TEXT NOT NULL REFERENCES environments (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    key TEXT,
    mask TEXT NOT NULL,
    scopes TEXT NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER,
    revoked_at INTEGER,
    created_at INTEGER NOT NULL,
    replaced_by TEXT
) STRICT;
CREATE UNIQUE INDEX keys_name ON keys (environment_id, name) WHERE revoked_at IS NULL;

CREATE TABLE activity (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    environment_id TEXT,
    environment_name TEXT,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    detail TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX activity_project ON activity (project_id, id);
";

/// From version 1 to 2: keys that were rotated know what took their place.
const REPLACED_KEYS: &str = "ALTER TABLE keys ADD COLUMN replaced_by TEXT;";

/// Lines of activity kept for each project.
const ACTIVITY_KEPT: u64 = 10_000;

/// Lines after which those past that are looked for, which reads all of them.
const TRIMMED_EVERY: i64 = 256;

/// A key as it is stored: the resource, what it is found by, and whether it still counts.
///
/// A revoked key stays until its environment goes, so that its use can be told from a wrong one.
#[derive(Clone, Debug)]
pub struct StoredKey {
    pub key: Key,
    pub digest: KeyDigest,
    pub revoked: bool,
}

impl StoredKey {
    pub fn new(mut key: Key, secret: &ApiKey) -> Self {
        key.mask = secret.mask();
        Self { key, digest: secret.digest(), revoked: false }
    }
}

/// All of it that is kept in memory.
#[derive(Debug)]
pub struct Contents {
    pub projects: Vec<Project>,
    pub environments: Vec<Environment>,
    pub keys: Vec<StoredKey>,
}

#[derive(Debug)]
pub struct ControlStore {
    connection: Connection,
    durability: Durability,
}

impl ControlStore {
    /// Opens the file, or makes it on the first start.
    ///
    /// # Errors
    /// When it cannot be opened, is no database, or is of a newer program.
    pub fn open(path: &Path) -> Result<Self, Error> {
        create_private_file(path).map_err(Error::io(format!("opening {}", path.display())))?;
        Self::open_database(path).map_err(|error| error.of_file(path))
    }

    fn open_database(path: &Path) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        set_durability(&connection, Durability::Full)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.set_prepared_statement_cache_capacity(64);
        let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        match found {
            0 => bring_to_version(&mut connection, SCHEMA)?,
            1 => bring_to_version(&mut connection, REPLACED_KEYS)?,
            VERSION => {}
            _ => return Err(Error::TooNew { file: path.display().to_string(), found, known: VERSION }),
        }
        Ok(Self { connection, durability: Durability::Full })
    }

    pub fn contents(&self) -> Result<Contents, Error> {
        let mut projects: Vec<Project> = self.all("SELECT * FROM projects ORDER BY id", read_project)?;
        let environments: Vec<Environment> = self.all("SELECT * FROM environments ORDER BY id", read_environment)?;
        for project in &mut projects {
            project.environments = environments.iter().filter(|e| e.project_id == project.id).count() as u64;
        }
        let keys = self.all("SELECT * FROM keys ORDER BY id", read_key)?;
        Ok(Contents { projects, environments, keys })
    }

    fn all<T>(&self, sql: &str, read: fn(&Row<'_>) -> Result<T, Error>) -> Result<Vec<T>, Error> {
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map([], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Runs `job` in a transaction that is on the disk when `durability` says.
    ///
    /// # Errors
    /// The job's own, after which nothing of it remains; the commit's.
    pub fn write<T, E: From<Error>>(
        &mut self,
        durability: Durability,
        job: impl FnOnce(&Control<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.durability != durability {
            set_durability(&self.connection, durability)?;
            self.durability = durability;
        }
        let transaction = self.connection.transaction().map_err(Error::from)?;
        let control = Control(transaction);
        let value = job(&control)?;
        control.0.commit().map_err(Error::from)?;
        Ok(value)
    }

    /// Folds the log into the file, so that a stopped server leaves one file to copy.
    pub fn fold(&self) -> Result<(), Error> {
        Ok(self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }

    /// A page of a project's activity, newest first, and how many lines there are on all pages.
    pub fn activity(
        &self,
        project: &ProjectId,
        filter: &ActivityFilter,
        window: Window,
    ) -> Result<(Vec<Activity>, u64), Error> {
        const FROM: &str = "FROM activity WHERE project_id = :project
            AND (:environment IS NULL OR environment_id = :environment)
            AND (:action IS NULL OR action = :action OR instr(action, :action || '.') = 1)
            AND (:actor IS NULL OR actor = :actor)
            AND (:since IS NULL OR created_at >= :since)";
        let conditions = named_params! {
            ":project": project.as_str(),
            ":environment": filter.environment.as_ref().map(EnvironmentId::as_str),
            ":action": filter.action,
            ":actor": filter.actor.map(Actor::as_str),
            ":since": filter.since.map(Timestamp::millis),
        };
        let sql = format!("SELECT * {FROM} ORDER BY id DESC LIMIT :limit OFFSET :offset");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let page = named_params! { ":limit": window.limit, ":offset": window.offset() };
        let rows = statement.query_map([conditions, page].concat().as_slice(), |row| Ok(read_activity(row)))?;
        let items = rows.map(|row| row?).collect::<Result<_, Error>>()?;
        let mut count = self.connection.prepare_cached(&format!("SELECT count(*) {FROM}"))?;
        Ok((items, count.query_row(conditions, |row| row.get(0))?))
    }
}

/// The statements of one transaction.
#[derive(Debug)]
pub struct Control<'a>(Transaction<'a>);

impl Control<'_> {
    fn execute(&self, sql: &str, values: impl rusqlite::Params) -> Result<usize, Error> {
        Ok(self.0.prepare_cached(sql)?.execute(values)?)
    }

    pub fn put_project(&self, project: &Project) -> Result<(), Error> {
        self.execute(
            "INSERT INTO projects (id, name, description, status, cors_origins, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (id) DO UPDATE SET name = ?2, description = ?3, status = ?4, cors_origins = ?5, updated_at = ?7",
            params![
                project.id.as_str(),
                project.name,
                project.description,
                word(&project.status)?,
                json(&project.cors_origins)?,
                project.created_at.millis(),
                project.updated_at.millis(),
            ],
        )?;
        Ok(())
    }

    pub fn delete_project(&self, id: &ProjectId) -> Result<(), Error> {
        self.execute("DELETE FROM projects WHERE id = ?1", [id.as_str()])?;
        Ok(())
    }

    pub fn put_environment(&self, environment: &Environment) -> Result<(), Error> {
        self.execute(
            "INSERT INTO environments (id, project_id, name, type, status, step, reason, protected, created_at,
                                       updated_at, active_after_ms, steps, usage)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
             ON CONFLICT (id) DO UPDATE SET status = ?5, step = ?6, reason = ?7, protected = ?8, updated_at = ?10,
                                            active_after_ms = ?11, steps = ?12, usage = ?13",
            params![
                environment.id.as_str(),
                environment.project_id.as_str(),
                environment.name.as_str(),
                environment.kind.as_str(),
                environment.status.as_str(),
                environment.step.map(|step| step.name.as_str()),
                environment.reason,
                environment.protected,
                environment.created_at.millis(),
                environment.updated_at.millis(),
                environment.active_after_ms,
                json(&environment.steps)?,
                json(&environment.usage)?,
            ],
        )?;
        Ok(())
    }

    pub fn put_usage(&self, id: &EnvironmentId, usage: &Usage) -> Result<(), Error> {
        self.execute("UPDATE environments SET usage = ?2 WHERE id = ?1", params![id.as_str(), json(usage)?])?;
        Ok(())
    }

    /// Its keys go with it.
    pub fn delete_environment(&self, id: &EnvironmentId) -> Result<(), Error> {
        self.execute("DELETE FROM environments WHERE id = ?1", [id.as_str()])?;
        Ok(())
    }

    pub fn insert_key(&self, stored: &StoredKey) -> Result<(), Error> {
        let key = &stored.key;
        self.execute(
            "INSERT INTO keys (id, environment_id, name, type, digest, key, mask, scopes, expires_at, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                key.id.as_str(),
                key.environment_id.as_str(),
                key.name,
                key.kind.as_str(),
                stored.digest.0,
                key.key,
                key.mask,
                json(&key.scopes)?,
                key.expires_at.map(Timestamp::millis),
                key.created_at.millis(),
            ],
        )?;
        Ok(())
    }

    /// Writes what a rotation changes of the key that is replaced.
    pub fn replace_key(&self, key: &Key) -> Result<(), Error> {
        self.execute(
            "UPDATE keys SET name = ?2, expires_at = ?3, replaced_by = ?4 WHERE id = ?1",
            params![
                key.id.as_str(),
                key.name,
                key.expires_at.map(Timestamp::millis),
                key.replaced_by.as_ref().map(KeyId::as_str),
            ],
        )?;
        Ok(())
    }

    /// The text of a publishable key goes too: nothing may show it any more.
    pub fn revoke_key(&self, id: &KeyId, now: Timestamp) -> Result<(), Error> {
        self.execute("UPDATE keys SET revoked_at = ?2, key = NULL WHERE id = ?1", params![id.as_str(), now.millis()])?;
        Ok(())
    }

    pub fn touch_key(&self, id: &KeyId, used: Timestamp) -> Result<(), Error> {
        self.execute("UPDATE keys SET last_used_at = ?2 WHERE id = ?1", params![id.as_str(), used.millis()])?;
        Ok(())
    }

    pub fn insert_activity(&self, line: &Activity) -> Result<(), Error> {
        self.execute(
            "INSERT INTO activity (id, project_id, environment_id, environment_name, actor, action, target, detail, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                line.id.as_str(),
                line.project_id.as_str(),
                line.environment_id.as_ref().map(EnvironmentId::as_str),
                line.environment_name,
                word(&line.actor)?,
                line.action,
                line.target,
                line.detail,
                line.created_at.millis(),
            ],
        )?;
        if self.0.last_insert_rowid() % TRIMMED_EVERY == 0 {
            self.execute(
                "DELETE FROM activity WHERE id IN (
                     SELECT id FROM (
                         SELECT id, row_number() OVER (PARTITION BY project_id ORDER BY id DESC) AS place FROM activity
                     ) WHERE place > ?1
                 )",
                [ACTIVITY_KEPT],
            )?;
        }
        Ok(())
    }
}

/// A crash leaves the version from before, and the next start does it again.
fn bring_to_version(connection: &mut Connection, sql: &str) -> Result<(), Error> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(sql)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(transaction.commit()?)
}

fn read_project(row: &Row<'_>) -> Result<Project, Error> {
    Ok(Project {
        id: parse(&text(row, "id")?, ProjectId::parse)?,
        name: text(row, "name")?,
        description: row.get("description")?,
        status: from_word::<ProjectStatus>(&text(row, "status")?)?,
        cors_origins: from_json(&text(row, "cors_origins")?)?,
        environments: 0,
        created_at: instant(row, "created_at")?,
        updated_at: instant(row, "updated_at")?,
    })
}

fn read_environment(row: &Row<'_>) -> Result<Environment, Error> {
    let step: Option<String> = row.get("step")?;
    Ok(Environment {
        id: parse(&text(row, "id")?, EnvironmentId::parse)?,
        project_id: parse(&text(row, "project_id")?, ProjectId::parse)?,
        name: parse(&text(row, "name")?, EnvironmentName::parse)?,
        kind: parse(&text(row, "type")?, str::parse)?,
        status: parse(&text(row, "status")?, str::parse)?,
        step: step.map(|step| parse(&step, str::parse::<crate::domain::Step>)).transpose()?.map(Into::into),
        reason: row.get("reason")?,
        protected: row.get("protected")?,
        created_at: instant(row, "created_at")?,
        updated_at: instant(row, "updated_at")?,
        active_after_ms: row.get("active_after_ms")?,
        steps: from_json(&text(row, "steps")?)?,
        usage: from_json(&text(row, "usage")?)?,
    })
}

fn read_key(row: &Row<'_>) -> Result<StoredKey, Error> {
    let millis = |name: &str| -> Result<Option<Timestamp>, Error> {
        Ok(row.get::<_, Option<i64>>(name)?.map(Timestamp::from_millis))
    };
    Ok(StoredKey {
        digest: KeyDigest(row.get("digest")?),
        revoked: row.get::<_, Option<i64>>("revoked_at")?.is_some(),
        key: Key {
            id: parse(&text(row, "id")?, KeyId::parse)?,
            environment_id: parse(&text(row, "environment_id")?, EnvironmentId::parse)?,
            name: text(row, "name")?,
            kind: parse(&text(row, "type")?, str::parse)?,
            key: row.get("key")?,
            mask: text(row, "mask")?,
            scopes: from_json(&text(row, "scopes")?)?,
            expires_at: millis("expires_at")?,
            last_used_at: millis("last_used_at")?,
            replaced_by: row.get::<_, Option<String>>("replaced_by")?.map(|id| parse(&id, KeyId::parse)).transpose()?,
            created_at: instant(row, "created_at")?,
        },
    })
}

fn read_activity(row: &Row<'_>) -> Result<Activity, Error> {
    let environment: Option<String> = row.get("environment_id")?;
    Ok(Activity {
        id: parse(&text(row, "id")?, ActivityId::parse)?,
        project_id: parse(&text(row, "project_id")?, ProjectId::parse)?,
        environment_id: environment.map(|id| parse(&id, EnvironmentId::parse)).transpose()?,
        environment_name: row.get("environment_name")?,
        actor: from_word::<Actor>(&text(row, "actor")?)?,
        action: text(row, "action")?,
        target: text(row, "target")?,
        detail: row.get("detail")?,
        created_at: instant(row, "created_at")?,
    })
}

fn text(row: &Row<'_>, column: &str) -> Result<String, Error> {
    Ok(row.get(column)?)
}

fn instant(row: &Row<'_>, column: &str) -> Result<Timestamp, Error> {
    Ok(Timestamp::from_millis(row.get(column)?))
}

fn parse<T, E>(text: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, Error> {
    parse(text).map_err(|_| Error::Corrupt(format!("control.db holds {text:?} where it cannot be")))
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Corrupt(error.to_string()))
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    parse(text, |text| serde_json::from_str(text))
}

/// The wire word of an enum that has no other name.
fn word(value: &impl Serialize) -> Result<String, Error> {
    Ok(json(value)?.trim_matches('"').to_owned())
}

fn from_word<T: DeserializeOwned>(word: &str) -> Result<T, Error> {
    from_json(&format!("\"{word}\""))
}

#[cfg(test)]
mod tests;
