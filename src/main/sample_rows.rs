//! What is in the sample's tables: enough to look real, and always the same.

use bkend_console::{
    domain::{
        EnvironmentId, EnvironmentType, Timestamp,
        api::{CreateTable, Environment, Record},
        permission::{Flags, Permissions},
        table::Index,
    },
    platform::{Error, Platform},
};
use futures_util::future::join_all;
use serde_json::{Map, Value, json};

const MILLIS_PER_HOUR: i64 = 3_600_000;

/// Rows that are written at a time, in one transaction.
const BATCH: usize = 25;

/// Makes the tables of the sample in an environment; the largest gets this many rows.
///
/// They differ a little from one environment to the next, as they do where a team works: `dev` is
/// ahead, and `prod` has not seen everything yet.
pub async fn write(platform: &Platform, environment: &Environment, largest: u32) -> Result<(), Error> {
    let in_prod = environment.kind == EnvironmentType::Prod;
    for sheet in SHEETS.iter().filter(|sheet| !(in_prod && sheet.name == "comments")) {
        let ahead = environment.kind == EnvironmentType::Dev;
        sheet.write(platform, &environment.id, largest, ahead).await?;
    }
    Ok(())
}

/// When the newest post was published.
const LAST: Timestamp = crate::sample::NOW;

/// A table of the sample.
struct Sheet {
    name: &'static str,
    columns: &'static [(&'static str, &'static str)],
    /// Columns that only `dev` has so far.
    newest: &'static [(&'static str, &'static str)],
    /// The column that `dev` has an index on.
    indexed: Option<&'static str>,
    /// How many rows for each hundred of the largest table.
    percent: u32,
    row: fn(u32) -> Value,
}

const SHEETS: [Sheet; 4] = [
    Sheet {
        name: "posts",
        columns: &[
            ("title", "string!"),
            ("slug", "string!"),
            ("views", "int"),
            ("published", "bool"),
            ("publishedAt", "date"),
            ("tags", "array"),
        ],
        newest: &[("readingMinutes", "int")],
        indexed: Some("slug"),
        percent: 100,
        row: |n| {
            let (subject, topic) = (pick(&SUBJECTS, n), pick(&TOPICS, n / 7));
            json!({
                "title": format!("{subject} {topic}"),
                "slug": format!("{}-{}-{n}", slug(subject), slug(topic)),
                "views": n * 37 % 4099,
                "published": n % 5 != 0,
                "publishedAt": LAST.plus_millis(-i64::from(n % 2000) * MILLIS_PER_HOUR),
                "tags": [pick(&TAGS, n), pick(&TAGS, n / 3 + 1)],
            })
        },
    },
    Sheet {
        name: "comments",
        columns: &[("post", "string!"), ("author", "string!"), ("text", "string!"), ("likes", "int")],
        newest: &[],
        indexed: Some("post"),
        percent: 50,
        row: |n| {
            let post = n * 3;
            json!({
                "post": format!("{}-{}-{post}", slug(pick(&SUBJECTS, post)), slug(pick(&TOPICS, post / 7))),
                "author": pick(&PEOPLE, n * 5),
                "text": pick(&REMARKS, n),
                "likes": n * 11 % 23,
            })
        },
    },
    Sheet {
        name: "products",
        columns: &[("name", "string!"), ("price", "double!"), ("stock", "int"), ("available", "bool")],
        newest: &[("weight", "double")],
        indexed: None,
        percent: 20,
        row: |n| {
            json!({
                "name": format!("{} {}", pick(&MATERIALS, n / 5), pick(&THINGS, n)),
                "price": f64::from(n * 173 % 9000 + 495) / 100.0,
                "stock": n * 7 % 120,
                "available": n % 9 != 0,
            })
        },
    },
    Sheet {
        name: "orders",
        columns: &[("customer", "string!"), ("status", "string!"), ("total", "double!"), ("items", "array")],
        newest: &[],
        indexed: Some("customer"),
        percent: 30,
        row: |n| {
            json!({
                "customer": pick(&PEOPLE, n),
                "status": pick(&["paid", "sent", "delivered", "returned"], n / 2),
                "total": f64::from(n * 311 % 20_000 + 990) / 100.0,
                "items": [{ "product": pick(&THINGS, n), "quantity": n % 3 + 1 }],
            })
        },
    },
];

const SUBJECTS: [&str; 7] =
    ["A first look at", "Ten notes on", "Why we chose", "Moving to", "The cost of", "Testing", "Living with"];
const TOPICS: [&str; 6] =
    ["row level permissions", "three environments", "typed schemas", "offline carts", "image uploads", "slow queries"];
const TAGS: [&str; 5] = ["guide", "release", "database", "design", "team"];
const PEOPLE: [&str; 8] =
    ["Ada Byrne", "Jun Park", "María López", "Noor Haddad", "Olu Adeyemi", "Priya Nair", "Sven Lindqvist", "Yuki Mori"];
const REMARKS: [&str; 4] =
    ["This saved me an afternoon.", "Does it work offline too?", "The second part was new to me.", "Thank you!"];
const MATERIALS: [&str; 4] = ["Oak", "Linen", "Steel", "Clay"];
const THINGS: [&str; 5] = ["lamp", "chair", "bowl", "shelf", "clock"];

fn pick(words: &[&'static str], number: u32) -> &'static str {
    words[number as usize % words.len()]
}

fn slug(words: &str) -> String {
    words.to_lowercase().replace(' ', "-")
}

impl Sheet {
    /// `ahead` makes the table with what is new in it.
    async fn write(
        &self,
        platform: &Platform,
        environment: &EnvironmentId,
        largest: u32,
        ahead: bool,
    ) -> Result<(), Error> {
        let definition = |kind: &str| match kind.strip_suffix('!') {
            Some(kind) => json!({ "bsonType": kind, "required": true }),
            None => json!({ "bsonType": kind }),
        };
        let newest = if ahead { self.newest } else { &[] };
        let columns = self.columns.iter().chain(newest);
        let schema: Map<_, _> = columns.map(|(name, kind)| ((*name).to_owned(), definition(kind))).collect();
        let table = CreateTable {
            name: self.name.to_owned(),
            display_name: None,
            description: None,
            schema,
            indexes: if ahead { self.indexes() } else { Vec::new() },
            permissions: (self.name == "orders").then(own_only),
        };
        platform.create_table(environment, table).await?;
        let access = platform.operator_access(environment)?;
        let rows: Vec<_> = (0..largest.saturating_mul(self.percent) / 100).collect();
        for batch in rows.chunks(BATCH) {
            // Asked for in order and written in order, so that each gets the same id every time.
            let writes = batch.iter().map(|n| {
                let row: Record = (self.row)(*n).as_object().cloned().unwrap_or_default();
                platform.create_record(&access, self.name, Some(row))
            });
            join_all(writes).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        }
        Ok(())
    }

    fn indexes(&self) -> Vec<Index> {
        let index = |column: &str| Index {
            name: format!("by_{column}"),
            fields: Map::from_iter([(column.to_owned(), json!(1))]),
            unique: false,
            sparse: false,
        };
        self.indexed.map(index).into_iter().collect()
    }
}

/// Whoever wrote a record may read and change it, and nobody else but an administrator.
fn own_only() -> Permissions {
    let flags = |operations: [bool; 5]| {
        let [create, read, list, update, delete] = operations.map(Some);
        Some(Flags { create, read, list, update, delete })
    };
    Permissions {
        admin: flags([true; 5]),
        user: flags([true, false, false, false, false]),
        guest: flags([false; 5]),
        own: flags([false, true, true, true, false]),
    }
}
