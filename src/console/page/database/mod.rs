//! The Database page.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::{Click, Page};
use crate::{
    client,
    console::{
        command::Command,
        effect::{Call, Effect, Ticket},
        message::Reply,
        motion::Motion,
        shell::Shell,
        widget::Pen,
    },
};

pub const COMMANDS: &[Command] = &[];

#[derive(Debug, Default)]
pub struct Database {
    filter: String,
}

impl Page for Database {
    fn commands(&self) -> &'static [Command] {
        COMMANDS
    }

    fn count(&self, shell: &Shell) -> Option<u64> {
        shell.selected().map(|environment| environment.usage.tables)
    }

    fn refresh(&mut self, shell: &mut Shell) -> Vec<Effect> {
        shell.selected_id().and_then(|id| shell.want_tables(&id)).into_iter().collect()
    }

    fn motion(&mut self, _shell: &mut Shell, _motion: Motion) -> Vec<Effect> {
        Vec::new()
    }

    fn filter(&self, _shell: &Shell) -> String {
        self.filter.clone()
    }

    fn set_filter(&mut self, _shell: &mut Shell, text: String) -> Vec<Effect> {
        self.filter = text;
        Vec::new()
    }

    fn sort(&mut self, _shell: &mut Shell, _turn_round: bool) -> Vec<Effect> {
        Vec::new()
    }

    fn answer(
        &mut self,
        shell: &mut Shell,
        _ticket: &Ticket,
        call: &Call,
        result: Result<Reply, client::Error>,
    ) -> Vec<Effect> {
        if let Err(error) = result {
            shell.say_failure(call, &error);
        }
        Vec::new()
    }

    fn click(&mut self, _shell: &mut Shell, _area: Rect, _position: Position) -> Click {
        Click::Nothing
    }

    fn view(&self, shell: &Shell, area: Rect, buffer: &mut Buffer) {
        let mut pen = Pen::line(buffer, area, 0);
        pen.skip(1).put("Database", shell.theme.strong).skip(2);
        let names = shell.selected().and_then(|environment| shell.tables.get(&environment.id)?.value());
        for (line, item) in (2..area.height).zip(names.into_iter().flatten()) {
            Pen::line(buffer, area, line).skip(3).put(&item.name, shell.theme.text);
        }
    }
}
