//! Changes of a table that exists: its permissions, columns and indexes, each version kept.
//!
//! A change that needs every row is carried out in slices among the writes of others (see
//! `store::rebuild`). It runs in a task of its own, so that a caller who goes away leaves nothing half
//! done, and one at a time in an environment.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::Value;

use super::{Error, Noun, Platform, tables::resource};
use crate::{
    domain::{
        EnvironmentId, Invalid, Timestamp,
        api::{Actor, Event, Page, Table},
        list::{Pagination, Window},
        permission::Permissions,
        table::{Index, IndexChange, IndexVersion, Schema, SchemaChange, SchemaVersion},
    },
    store::{self, Counters, Facet, Fill, Rebuild, StoredTable, Transaction},
};

/// The environments in which a table is being changed.
#[derive(Debug, Default)]
pub(super) struct UnderWay(Arc<Mutex<HashSet<EnvironmentId>>>);

/// Held for as long as a change takes.
#[derive(Debug)]
struct Turn {
    under_way: Arc<Mutex<HashSet<EnvironmentId>>>,
    environment: EnvironmentId,
}

impl UnderWay {
    fn turn(&self, id: &EnvironmentId) -> Option<Turn> {
        let is_free = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
        is_free.then(|| Turn { under_way: Arc::clone(&self.0), environment: id.clone() })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.environment);
    }
}

/// What a table is to become.
struct Design {
    schema: Schema,
    indexes: Vec<Index>,
    /// Columns whose values go.
    dropped: Vec<String>,
    facet: Facet,
}

/// How far a change has come after a request to the writer.
enum Progress {
    /// The table as it is now, and its new version; none if it was like that before.
    Settled(StoredTable, Option<(Facet, u64)>),
    Moving(Rebuild),
}

impl Platform {
    /// Replaces the permissions of a table whole; without any the default matrix applies.
    pub async fn set_permissions(
        &self,
        id: &EnvironmentId,
        name: &str,
        permissions: Option<Permissions>,
    ) -> Result<Table, Error> {
        let (file, _) = self.design(id).await?;
        let (now, name) = (self.0.clock.now(), name.to_owned());
        let changed = file.write(move |transaction| {
            let table = transaction.table(&name)?.ok_or(Error::NotFound(Noun::Table))?;
            let mut table = table.as_ref().clone();
            table.permissions = permissions;
            table.updated_at = now;
            transaction.set_permissions(&table)?;
            Ok::<_, Error>((transaction.counters(&table)?, table))
        });
        let (counters, table) = changed.await?;
        let table = resource(id, &table, counters);
        let detail = if permissions.is_some() { "permissions" } else { "permissions, the default ones" };
        self.tell("table.update", Event::Table(table.clone()), &table, Some(detail.to_owned())).await;
        Ok(table)
    }

    /// Adds, changes and removes columns. In a protected environment `confirm` says that values may go.
    pub async fn change_schema(
        &self,
        id: &EnvironmentId,
        name: &str,
        change: SchemaChange,
        confirm: Option<&str>,
    ) -> Result<Table, Error> {
        if !change.fields_to_remove.is_empty() {
            self.check_confirmed(id, name, confirm)?;
        }
        self.redesign(id, name, move |_, table| {
            let schema = change.apply(&table.schema).map_err(invalid)?;
            Ok(Design {
                schema,
                indexes: table.indexes.clone(),
                dropped: change.fields_to_remove,
                facet: Facet::Schema,
            })
        })
        .await
    }

    /// Makes an earlier set of columns the newest again. What it does not declare keeps its values.
    pub async fn roll_back_schema(&self, id: &EnvironmentId, name: &str, version: u64) -> Result<Table, Error> {
        self.redesign(id, name, move |transaction, table| {
            let schema = earlier(transaction, table, Facet::Schema, version)?;
            Ok(Design { schema, indexes: table.indexes.clone(), dropped: Vec::new(), facet: Facet::Schema })
        })
        .await
    }

    pub async fn change_indexes(&self, id: &EnvironmentId, name: &str, change: IndexChange) -> Result<Table, Error> {
        self.redesign(id, name, move |_, table| {
            let indexes = change.apply(&table.indexes).map_err(invalid)?;
            Ok(Design { schema: table.schema.clone(), indexes, dropped: Vec::new(), facet: Facet::Indexes })
        })
        .await
    }

    pub async fn roll_back_indexes(&self, id: &EnvironmentId, name: &str, version: u64) -> Result<Table, Error> {
        self.redesign(id, name, move |transaction, table| {
            let indexes = earlier(transaction, table, Facet::Indexes, version)?;
            Ok(Design { schema: table.schema.clone(), indexes, dropped: Vec::new(), facet: Facet::Indexes })
        })
        .await
    }

    pub async fn schema_versions(
        &self,
        id: &EnvironmentId,
        name: &str,
        window: Window,
    ) -> Result<Page<SchemaVersion>, Error> {
        self.versions(id, name, Facet::Schema, window, |version, current| {
            let store::Version { number, definition, created_at, .. } = version;
            let schema = read(&definition)?;
            Ok(SchemaVersion { version: number, current, schema, created_by: Actor::Operator, created_at })
        })
        .await
    }

    pub async fn index_versions(
        &self,
        id: &EnvironmentId,
        name: &str,
        window: Window,
    ) -> Result<Page<IndexVersion>, Error> {
        self.versions(id, name, Facet::Indexes, window, |version, current| {
            let store::Version { number, definition, created_at, .. } = version;
            let indexes = read(&definition)?;
            Ok(IndexVersion { version: number, current, indexes, created_by: Actor::Operator, created_at })
        })
        .await
    }

    async fn versions<T>(
        &self,
        id: &EnvironmentId,
        name: &str,
        facet: Facet,
        window: Window,
        resource: impl Fn(store::Version, bool) -> Result<T, Error>,
    ) -> Result<Page<T>, Error> {
        let (file, _) = self.design(id).await?;
        let name = name.to_owned();
        let found = file.read(move |reader| {
            let table = reader.table(&name)?.ok_or(Error::NotFound(Noun::Table))?;
            Ok::<_, Error>(reader.versions(&table, facet, window)?)
        });
        let (versions, total) = found.await?;
        let items = versions.into_iter().map(|version| {
            // Versions are counted without a gap, so the newest has their number.
            let current = version.number == total;
            resource(version, current)
        });
        Ok(Page { items: items.collect::<Result<_, _>>()?, pagination: Pagination::new(total, window) })
    }

    async fn redesign(
        &self,
        id: &EnvironmentId,
        name: &str,
        design: impl FnOnce(&Transaction<'_>, &StoredTable) -> Result<Design, Error> + Send + 'static,
    ) -> Result<Table, Error> {
        self.active(id)?;
        let turn = self.0.under_way.turn(id).ok_or_else(|| Error::Changing { name: name.to_owned() })?;
        let (platform, id, name) = (self.clone(), id.clone(), name.to_owned());
        let task = self.0.jobs.spawn(async move {
            let changed = platform.carry_out(&id, &name, design).await;
            // Also after a failure: what was begun is garbage by then.
            let swept = platform.sweep(&id).await;
            drop(turn);
            if let Err(error) = swept {
                tracing::warn!(environment = %id, %error, "the next change of a table takes away what this one left");
            }
            changed
        });
        task.await.map_err(|_| Error::Overloaded)?
    }

    async fn carry_out(
        &self,
        id: &EnvironmentId,
        name: &str,
        design: impl FnOnce(&Transaction<'_>, &StoredTable) -> Result<Design, Error> + Send + 'static,
    ) -> Result<Table, Error> {
        // What a crash left under the names that this change takes.
        self.sweep(id).await?;
        let (file, _) = self.design(id).await?;
        let (now, name) = (self.0.clock.now(), name.to_owned());
        let begun = file.write(move |transaction| {
            let table = transaction.table(&name)?.ok_or(Error::NotFound(Noun::Table))?;
            let design = design(transaction, &table)?;
            let facet = design.facet;
            let Some((to, dropped)) = plan(transaction, &table, design, now)? else {
                return Ok(Progress::Settled(table.as_ref().clone(), None));
            };
            if dropped.is_empty()
                && let Some(version) = transaction.redefine(&table, &to, facet)?
            {
                return Ok(Progress::Settled(to, Some((facet, version))));
            }
            let rebuild = transaction.begin_rebuild(&table, to, &dropped, facet)?;
            go_on(transaction, rebuild, now)
        });
        let mut progress = begun.await?;
        drop(file);
        let (table, version) = loop {
            match progress {
                Progress::Settled(table, version) => break (table, version),
                Progress::Moving(rebuild) => {
                    // The turn of everybody else comes between two slices.
                    if self.0.stopping.is_cancelled() {
                        return Err(Error::Overloaded);
                    }
                    let (file, _) = self.design(id).await?;
                    let now = self.0.clock.now();
                    progress = file.write(move |transaction| go_on(transaction, rebuild, now)).await?;
                }
            }
        };
        let counters = self.counters(id, &table).await?;
        let table = resource(id, &table, counters);
        if let Some((facet, version)) = version {
            let what = match facet {
                Facet::Schema => "columns",
                Facet::Indexes => "indexes",
            };
            let detail = format!("{what}, version {version}");
            self.tell("table.update", Event::Table(table.clone()), &table, Some(detail)).await;
        }
        Ok(table)
    }

    async fn counters(&self, id: &EnvironmentId, table: &StoredTable) -> Result<Counters, Error> {
        let (file, _) = self.design(id).await?;
        let table = table.clone();
        file.read(move |reader| reader.counters(&table)).await.map_err(|error| match error {
            store::Error::NoSuchTable => Error::NotFound(Noun::Table),
            other => other.into(),
        })
    }

    /// Takes away what moves of rows left, unless one is under way.
    pub(super) async fn sweep_unless_changing(&self, id: &EnvironmentId) -> Result<(), Error> {
        match self.0.under_way.turn(id) {
            Some(_turn) => self.sweep(id).await,
            None => Ok(()),
        }
    }

    async fn sweep(&self, id: &EnvironmentId) -> Result<(), Error> {
        loop {
            let (file, _) = self.design(id).await?;
            let more = file.write(|transaction| Ok::<_, Error>(transaction.sweep()?)).await?;
            if !more || self.0.stopping.is_cancelled() {
                return Ok(());
            }
        }
    }
}

/// The table as it will be, with the columns whose values go; `None` if it is like that already.
fn plan(
    transaction: &Transaction<'_>,
    table: &StoredTable,
    design: Design,
    now: Timestamp,
) -> Result<Option<(StoredTable, Vec<String>)>, Error> {
    let Design { schema, indexes, dropped, .. } = design;
    if schema == table.schema && indexes == table.indexes {
        return Ok(None);
    }
    for index in &indexes {
        let gone = |column: &&String| table.schema.get(column).is_some() && schema.get(column).is_none();
        if let Some(column) = index.fields.keys().find(gone) {
            return Err(Error::Indexed { column: column.clone(), index: index.name.clone() });
        }
    }
    Index::check_all(&indexes, &schema).map_err(invalid)?;
    let is_empty = transaction.is_empty(table)?;
    let loose = schema.columns().iter().filter(|column| {
        let as_before = table.schema.get(&column.name).is_some_and(|old| old.property.kind == column.property.kind);
        !is_empty && (!as_before || table.is_loose(&column.name))
    });
    let loose = loose.map(|column| column.name.clone()).collect();
    let mut planned = table.clone();
    planned.schema = schema;
    planned.indexes = indexes;
    planned.loose = loose;
    planned.updated_at = now;
    Ok(Some((planned, dropped)))
}

/// One slice of a move, and its end if that was the last.
fn go_on(transaction: &mut Transaction<'_>, mut rebuild: Rebuild, now: Timestamp) -> Result<Progress, Error> {
    let gone = |error| match error {
        store::Error::NoSuchTable => Error::NotFound(Noun::Table),
        other => other.into(),
    };
    match transaction.fill(&mut rebuild).map_err(gone)? {
        Fill::More => Ok(Progress::Moving(rebuild)),
        Fill::Clash { fields, values } => Err(Error::Clash { fields, values }),
        Fill::Done => {
            let (version, table) = transaction.finish_rebuild(&rebuild, now).map_err(gone)?;
            Ok(Progress::Settled(table, Some((rebuild.facet(), version))))
        }
    }
}

fn earlier<T: serde::de::DeserializeOwned>(
    transaction: &Transaction<'_>,
    table: &StoredTable,
    facet: Facet,
    number: u64,
) -> Result<T, Error> {
    let version = transaction.version(table, facet, number)?.ok_or(Error::NotFound(Noun::Version))?;
    read(&version.definition)
}

fn read<T: serde::de::DeserializeOwned>(definition: &str) -> Result<T, Error> {
    serde_json::from_str(definition).map_err(|error| Error::Internal(format!("a version cannot be read: {error}")))
}

#[expect(clippy::needless_pass_by_value, reason = "it stands where map_err hands the error over")]
fn invalid(error: Invalid) -> Error {
    Error::Invalid(error.to_string())
}

/// The columns and values of a clash, in words.
pub(super) fn clash(fields: &[String], values: &[Value]) -> String {
    let pairs: Vec<_> = fields.iter().zip(values).map(|(field, value)| format!("{field} {value}")).collect();
    pairs.join(" and ")
}
