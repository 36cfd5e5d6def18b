//! What deleting a column would lose: counted first, and then asked about.

use std::time::Duration;

use super::words;
use crate::{
    console::{
        call::{Call, DesignCall},
        effect::Effect,
        fit,
        modal::confirm::Confirm,
        page::absence,
        shell::Shell,
        theme::Paint,
    },
    domain::{EnvironmentId, api::Table, table::SchemaChange},
};

/// The number is awaited; the question follows it, unless something else is done meanwhile.
#[derive(Debug)]
pub struct Loss {
    column: String,
    generation: u64,
    since: Duration,
}

impl Loss {
    pub fn count(shell: &mut Shell, table: &Table, column: &str) -> (Self, Effect) {
        let call = DesignCall::CountValues(column.to_owned());
        let call = Call::Design(table.environment_id.clone(), table.name.clone(), call);
        let (effect, generation) = shell.ask(call);
        (Self { column: column.to_owned(), generation, since: shell.now.uptime }, effect)
    }

    pub const fn is_awaited(&self, generation: u64) -> bool {
        self.generation == generation
    }

    /// What is under way, once it takes long.
    pub fn note(&self, shell: &Shell) -> Option<(String, Paint)> {
        let text = || (format!("counting the values of {}", self.column), shell.theme.muted);
        absence::waits_long(shell, Some(self.since)).then(text)
    }

    /// Asks about the deletion, now that it is known what goes.
    pub fn ask(self, shell: &mut Shell, environment: EnvironmentId, table: &Table, values: u64) {
        let place = shell.name_of(&environment).unwrap_or_default();
        let column = self.column;
        let lost = match values {
            0 => format!("No row has a value in it, of {}.", words::rows(table.rows)),
            1 => "The value of one row is lost for good.".to_owned(),
            values => format!("The values of {} are lost for good.", fit::count(values, "row")),
        };
        let lines = vec![
            format!("{column} is a column of {} in {place}. {lost}", table.name),
            "Bringing back an earlier version of the columns brings back the column, but not its values.".into(),
        ];
        let (name, wanted) = (table.name.clone(), column.clone());
        shell.open(Confirm::deletion(format!("Delete {column} from {name}"), lines, wanted, move |shell| {
            let change = SchemaChange { fields_to_remove: vec![column], ..SchemaChange::default() };
            let call = DesignCall::ChangeSchema { change, confirm: Some(place) };
            vec![shell.request(Call::Design(environment, name, call))]
        }));
    }
}
