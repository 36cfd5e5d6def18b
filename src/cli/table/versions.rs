//! The versions of a table's columns or indexes, newest first.

use serde::Serialize;

use crate::{
    cli::{Failure, Session, columns::Heading, output::Cell},
    client::Listing,
    domain::{Timestamp, api::Page},
};

/// What is shown of a version.
pub struct Line<'a> {
    pub version: u64,
    pub current: bool,
    pub names: Vec<&'a str>,
    pub created_at: Timestamp,
}

/// Prints them; `heading` says what the names are of.
pub fn print<V: Serialize>(
    session: &Session,
    listing: Listing<V>,
    heading: &'static str,
    line: impl Fn(&V) -> Line<'_>,
) -> Result<(), Failure> {
    let page = Page { items: listing.items, pagination: listing.pagination };
    session.output().result(&page, || {
        let rows = page.items.iter().map(|version| {
            let Line { version, current, names, created_at } = line(version);
            vec![
                Cell::number(version),
                if current { "current".into() } else { "".into() },
                names.join(" ").into(),
                Cell::time(created_at),
            ]
        });
        let headings =
            [Heading::new("VERSION"), Heading::new(""), Heading::new(heading).cut(20), Heading::new("CREATED").drop(1)];
        session.output().table(&headings, rows.collect())
    })
}
