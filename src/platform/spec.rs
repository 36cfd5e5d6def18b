//! A table described to apps that may read it.

use std::sync::Arc;

use serde_json::Value;

use super::{
    Access, Error, Payload, Platform,
    records::{denied, permit, readable},
};
use crate::{
    domain::{
        permission::{Decision, Operation, effective},
        table::{openapi, spec},
    },
    store::StoredTable,
};

impl Platform {
    pub async fn table_spec(&self, access: &Access, table: &str) -> Result<Payload, Error> {
        let table = self.described(access, table).await?;
        let permissions = effective(table.permissions.as_ref(), &table.name);
        let indexes: Vec<_> = table.built_in_indexes().iter().chain(&table.indexes).cloned().collect();
        Ok(Payload::of(&spec(&table.name, &table.schema, &indexes, &permissions)))
    }

    /// A bare document: tools that read it know no envelope.
    pub async fn table_openapi(&self, access: &Access, table: &str) -> Result<Vec<u8>, Error> {
        let table = self.described(access, table).await?;
        Ok(text(&openapi(&table.name, &table.schema)))
    }

    /// A group that holds `read` may see the description; `self` is not a group.
    async fn described(&self, access: &Access, table: &str) -> Result<Arc<StoredTable>, Error> {
        let file = self.file(access).await?;
        let (access, name) = (access.clone(), table.to_owned());
        file.read(move |reader| {
            let table = readable(reader, &name)?;
            match permit(&access, &name, table.as_deref(), Operation::Read)? {
                Decision::Allow => table.ok_or(Error::TableNotFound { name }),
                _ => Err(denied(&name, Operation::Read)),
            }
        })
        .await
    }
}

fn text(document: &Value) -> Vec<u8> {
    serde_json::to_vec(document).expect("a JSON value serialises")
}
