//! What becomes of the calls that were made on the tabs.

use super::{super::Place, Design, Versions, here, versions};
use crate::{
    client,
    console::{
        call::{DesignCall, Reply},
        effect::Ticket,
        modal::refusal,
        shell::Shell,
        stream,
        toast::Tone,
    },
    domain::{EnvironmentId, api::Table},
};

/// An answer about the table of that name.
pub fn answer(
    place: Option<&mut Place>,
    shell: &mut Shell,
    ticket: &Ticket,
    (environment, name): (&EnvironmentId, &str),
    call: &DesignCall,
    result: Result<Reply, client::Error>,
) {
    let open = place.and_then(|place| place.open.as_mut()).filter(|open| open.name == name);
    let generation = ticket.generation;
    match (call, result) {
        (_, Ok(Reply::Table(table))) => {
            stream::put_table(shell, &table);
            if let Some(open) = open {
                open.design.outdate();
            }
            shell.say(Tone::Success, Some(environment), done(call, &table));
        }
        (DesignCall::SchemaVersions(_) | DesignCall::IndexVersions(_), result) => {
            if let Err(error) = &result {
                stream::reading_failed(shell, error);
            }
            let Some(open) = open else { return };
            let Some(table) = table(shell, environment, name) else { return };
            let result = result.map_err(|error| refusal(&error));
            let height = versions::height(open.design.parts(here(shell)).below);
            open.design.take_versions(generation, table, result, height);
        }
        (DesignCall::CountValues(_), result) => {
            let Some(open) = open else { return };
            let Some(loss) = open.design.loss.take_if(|loss| loss.is_awaited(generation)) else { return };
            let Some(table) = table(shell, environment, name).cloned() else { return };
            match result {
                // Something else took the keys meanwhile: nobody types into a question that just appeared.
                Ok(Reply::Count(_)) if !shell.modals.is_empty() || shell.is_filtering() => {}
                Ok(Reply::Count(values)) => loss.ask(shell, environment.clone(), &table, values),
                Ok(_) => {}
                Err(error) => {
                    let text = format!("what would be lost could not be counted: {}", refusal(&error));
                    shell.say(Tone::Error, Some(environment), text);
                }
            }
        }
        (call, Err(error)) => {
            tracing::warn!(%error, "{} failed", call.doing(name));
            shell.say(Tone::Error, Some(environment), format!("{} failed: {error}", call.doing(name)));
        }
        (_, Ok(_)) => {}
    }
}

impl Design {
    fn take_versions(&mut self, generation: u64, table: &Table, result: Result<Reply, String>, height: usize) {
        let (versions, result) = match result {
            Ok(Reply::SchemaVersions(page)) => (&mut self.schema_versions, Ok(Versions::of_schema(page))),
            Ok(Reply::IndexVersions(page)) => (&mut self.index_versions, Ok(Versions::of_indexes(page))),
            Ok(_) => return,
            Err(reason) => {
                for versions in [&mut self.schema_versions, &mut self.index_versions].into_iter().flatten() {
                    versions.answer(generation, Err(reason.clone()), table, height);
                }
                return;
            }
        };
        if let Some(versions) = versions {
            versions.answer(generation, result, table, height);
        }
    }
}

/// What has happened, in words.
fn done(call: &DesignCall, table: &Table) -> String {
    let name = &table.name;
    match call {
        DesignCall::ChangeSchema { change, .. } => {
            let names = |names: Vec<&String>| names.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            if change.fields_to_remove.is_empty() {
                format!("the column {} of {name} is saved", names(change.fields_to_add_or_update.keys().collect()))
            } else {
                format!("the column {} of {name} is deleted", names(change.fields_to_remove.iter().collect()))
            }
        }
        DesignCall::RollBackSchema(version) => format!("the columns of {name} are those of version {version} again"),
        DesignCall::ChangeIndexes(change) => {
            match (change.indexes_to_add_or_update.first(), change.indexes_to_remove.first()) {
                (Some(index), _) => format!("the index {} of {name} is ready", index.name),
                (None, Some(index)) => format!("the index {index} of {name} is deleted"),
                (None, None) => format!("the indexes of {name} are as they were"),
            }
        }
        DesignCall::RollBackIndexes(version) => format!("the indexes of {name} are those of version {version} again"),
        DesignCall::SetPermissions(_) => format!("the permissions of {name} are saved"),
        DesignCall::ResetPermissions => format!("{name} is under the default permissions again"),
        DesignCall::SchemaVersions(_) | DesignCall::IndexVersions(_) | DesignCall::CountValues(_) => String::new(),
    }
}

fn table<'a>(shell: &'a Shell, environment: &EnvironmentId, name: &str) -> Option<&'a Table> {
    shell.tables.get(environment)?.value()?.iter().find(|table| table.name == name)
}
