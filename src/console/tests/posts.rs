//! A table of posts as its server has it, for as many rows as a test likes.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::{
    client::RowsQuery,
    domain::{
        api::{DataChanged, Page, Record},
        list::Direction,
    },
};

/// The posts of `dev` as its server has them, the newest last.
pub struct Posts(pub Vec<u64>);

impl Posts {
    pub fn up_to(count: u64) -> Self {
        Self((1..=count).collect())
    }

    /// Of filters it knows that of one identifier's neighbours; any other lets every row pass.
    fn answer(&self, query: &RowsQuery) -> Page<Record> {
        let sought = query.and_filters.as_ref().and_then(|filter| number(&filter["id"]["$gt"]));
        let mut ids: Vec<_> = self.0.iter().copied().filter(|id| sought.is_none_or(|sought| *id > sought)).collect();
        if query.direction == Direction::Descending {
            ids.reverse();
        }
        let window = Window { page: query.page, limit: query.limit };
        let start = usize::try_from(window.offset()).expect("small");
        let limit = usize::try_from(query.limit).expect("small");
        let items = ids.iter().skip(start).take(limit).map(|id| post(*id)).collect();
        Page { items, pagination: Pagination::new(ids.len() as u64, window) }
    }

    /// Answers what is asked until nothing is.
    pub fn serve(&self, console: &mut Console) {
        while console.asked(is_rows) {
            let position = console.requests.iter().position(|request| is_rows(&request.call)).expect("just seen");
            let Call::Row(_, RowCall::Page { query, .. }) = &console.requests[position].call else {
                unreachable!("it is one")
            };
            let page = self.answer(query);
            let Request { ticket, call } = console.requests.remove(position);
            console.send(Message::Answer { ticket, call: Box::new(call), result: Ok(Reply::Rows(page)) });
        }
    }

    /// Rows were written; the console is told and reads them.
    pub fn written(&self, console: &mut Console) {
        console.happens(data("posts"));
        console.pass(Duration::from_millis(300));
        self.serve(console);
    }
}

pub fn post(id: u64) -> Record {
    let json = json!({
        "id": identifier(id), "title": format!("Post {id}"), "views": id * 7, "tags": ["rust", "sqlite"],
        "body": "The quick brown fox jumps over the lazy dog, and then it goes home to write about it.\nAt length.",
        "author": {"name": "Ann Lee", "langs": ["en", "한국어"]}, "createdBy": "user_1",
        "createdAt": "2026-11-23T06:40:00.000Z", "updatedAt": "2026-11-23T06:41:30.000Z"
    });
    json.as_object().expect("an object").clone()
}

pub fn identifier(id: u64) -> String {
    format!("6ba{id:021}")
}

fn number(id: &Value) -> Option<u64> {
    id.as_str().and_then(|id| id[3..].parse().ok())
}

pub fn is_rows(call: &Call) -> bool {
    matches!(call, Call::Row(_, RowCall::Page { .. }))
}

pub fn data(table: &str) -> Event {
    let environment = environment(2, "dev", "dev", NOW);
    Event::Data(DataChanged { environment_id: environment.id, table: table.into(), revision: 2 })
}
