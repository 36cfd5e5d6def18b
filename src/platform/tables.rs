//! Tables, as an operator designs them.

use std::sync::Arc;

use super::{Error, Listed, Noun, Platform};
use crate::{
    domain::{
        EnvironmentId, Status, TableId, TableName, Timestamp,
        api::{Actor, CreateTable, Environment, Event, Table, TableStatus},
        list::Window,
        table::{Index, Schema},
    },
    store::{self, Counters, Durability, StoredTable, Transaction, pool::Lease},
};

/// Tables of one environment; each costs SQLite a little when the file is opened.
const MAX_TABLES: i64 = 1000;

impl Platform {
    pub async fn tables(&self, id: &EnvironmentId, window: Window) -> Result<Listed<Table>, Error> {
        let (file, event) = self.design(id).await?;
        let all = file.read(|reader| Ok::<_, Error>(reader.tables()?)).await?;
        let tables = all.into_iter().map(|(table, counters)| resource(id, &table, counters));
        Ok(Listed::of(tables, window, event))
    }

    pub async fn table(&self, id: &EnvironmentId, name: &str) -> Result<Table, Error> {
        let (file, _) = self.design(id).await?;
        let name = name.to_owned();
        let found = file.read(move |reader| {
            let table = reader.table(&name)?.ok_or(Error::NotFound(Noun::Table))?;
            let counters = reader.counters(&table)?;
            Ok::<_, Error>((table, counters))
        });
        let (table, counters) = found.await?;
        Ok(resource(id, &table, counters))
    }

    pub async fn create_table(&self, id: &EnvironmentId, body: CreateTable) -> Result<Table, Error> {
        let now = self.0.clock.now();
        let table = Arc::new(definition(TableId::generate(&self.0.entropy, now), body, now)?);
        let (file, _) = self.design(id).await?;
        let created = Arc::clone(&table);
        file.write(move |transaction| {
            if transaction.table(&created.name)?.is_some() {
                return Err(Error::AlreadyExists { noun: Noun::Table, name: created.name.clone() });
            }
            check_room(transaction)?;
            Ok(transaction.create_table(&created)?)
        })
        .await?;
        let table = resource(id, &table, Counters::default());
        self.tell("table.create", Event::Table(table.clone()), &table, None).await;
        Ok(table)
    }

    /// Drops the table with all its rows.
    pub async fn delete_table(&self, id: &EnvironmentId, name: &str, confirm: Option<&str>) -> Result<Table, Error> {
        self.check_confirmed(id, name, confirm)?;
        let (file, _) = self.design(id).await?;
        let name = name.to_owned();
        let dropped = file.write(move |transaction| {
            let table = transaction.table(&name)?.ok_or(Error::NotFound(Noun::Table))?;
            let counters = transaction.counters(&table)?;
            transaction.drop_table(&table)?;
            Ok::<_, Error>((table, counters))
        });
        let (table, counters) = dropped.await?;
        let table = resource(id, &table, counters);
        let rows = (table.rows > 0).then(|| format!("{} rows", table.rows));
        self.tell("table.delete", Event::TableDeleted(table.clone()), &table, rows).await;
        Ok(table)
    }

    /// What destroys rows of a protected environment needs its name, or the table's: what matters is that
    /// one was typed.
    pub(super) fn check_confirmed(&self, id: &EnvironmentId, name: &str, confirm: Option<&str>) -> Result<(), Error> {
        let environment = self.active(id)?;
        match confirm {
            None if environment.protected => Err(Error::Protected { name: environment.name }),
            Some(confirm) if confirm != name && confirm != environment.name.as_str() => {
                Err(Error::Unconfirmed { noun: Noun::Table, name: name.into() })
            }
            _ => Ok(()),
        }
    }

    /// The environment, if tables and keys can be made in it.
    pub(super) fn active(&self, id: &EnvironmentId) -> Result<Environment, Error> {
        let environment = self.environment(id)?;
        match environment.status {
            Status::Active => Ok(environment),
            status => Err(Error::NotActive { name: environment.name, status }),
        }
    }

    /// The open file, and an event from before anything is read from it.
    pub(super) async fn design(&self, id: &EnvironmentId) -> Result<(Lease, u64), Error> {
        self.active(id)?;
        let event = self.0.shared.latest_event();
        match self.0.pool.get(id, Durability::Full).await {
            Ok(file) => Ok((file, event)),
            Err(error) => {
                // It may have been deleted while this waited for it, and then that is the answer.
                self.active(id)?;
                Err(error.into())
            }
        }
    }

    /// Tells followers and the log of a change that is on the disk already.
    pub(super) async fn tell(&self, action: &'static str, event: Event, table: &Table, detail: Option<String>) {
        self.0.shared.publish(|_| vec![event]);
        self.log_deed(&table.environment_id, Actor::Operator, action, &table.name, detail).await;
    }
}

/// Checks what a new table is to be made of.
pub(super) fn definition(id: TableId, body: CreateTable, now: Timestamp) -> Result<StoredTable, Error> {
    let invalid = |error: crate::domain::Invalid| Error::Invalid(error.to_string());
    let name = TableName::parse(&body.name).map_err(invalid)?;
    let schema = Schema::parse(&body.schema).map_err(invalid)?;
    // A schema that was printed by `spec` brings the built-in indexes along.
    let mut indexes = body.indexes;
    indexes.retain(|index| !Index::built_in().iter().any(|built_in| built_in.name == index.name));
    Index::check_all(&indexes, &schema).map_err(invalid)?;
    let name = name.to_string();
    Ok(StoredTable::new(id, name, body.display_name, body.description, schema, indexes, body.permissions, now))
}

pub(super) fn check_room(transaction: &Transaction<'_>) -> Result<(), Error> {
    if transaction.table_count()? >= MAX_TABLES {
        return Err(Error::Invalid(format!("an environment has at most {MAX_TABLES} tables")));
    }
    Ok(())
}

pub(super) fn resource(environment: &EnvironmentId, table: &StoredTable, counters: Counters) -> Table {
    let store::Counters { rows, bytes, revision } = counters;
    Table {
        id: table.id.clone(),
        environment_id: environment.clone(),
        name: table.name.clone(),
        display_name: table.display_name.clone(),
        description: table.description.clone(),
        status: TableStatus::Deployed,
        schema: table.schema.clone(),
        indexes: Index::built_in().into_iter().chain(table.indexes.iter().cloned()).collect(),
        permissions: table.permissions,
        rows,
        bytes,
        revision,
        created_at: table.created_at,
        updated_at: table.updated_at,
    }
}
